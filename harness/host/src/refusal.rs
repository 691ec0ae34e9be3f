//! Why a component is not let in.

use std::path::PathBuf;

/// Each names the file and, where there is one, the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The file cannot be read.
    #[error("{path}: {message}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
    /// Not WebAssembly at all.
    #[error("{path}: not WebAssembly; a plugin is a component made by `touchstone plugin build`")]
    NotWasm {
        /// The file.
        path: PathBuf,
    },
    /// A core module.
    #[error("{path}: a core module, not a component; encode it with `touchstone plugin build`")]
    CoreModule {
        /// The file.
        path: PathBuf,
    },
    /// A component that is damaged, cut short or not valid.
    #[error("{path}: damaged or not valid: {message}; build it again or copy it anew")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What the validator said.
        message: String,
    },
    /// Wants something that is not in the contract.
    #[error("{path}: imports {import}, which no plugin is granted; plugins may import touchstone:contract interfaces only")]
    ForbiddenImport {
        /// The file.
        path: PathBuf,
        /// The import.
        import: String,
    },
    /// Imports a capability that none of its checks declares.
    #[error("{path}: imports {import}, but declares no need for it; add the need to the check that uses it")]
    UndeclaredImport {
        /// The file.
        path: PathBuf,
        /// The import.
        import: String,
    },
    /// Made for another version of the contract.
    #[error("{path}: built for {found}, this host speaks {wanted}; build it again with the matching SDK")]
    ContractVersion {
        /// The file.
        path: PathBuf,
        /// Interface with the version found.
        found: String,
        /// Package with the version spoken.
        wanted: String,
    },
    /// Neither a component of checks nor an adapter.
    #[error("{path}: exports neither checks nor adapter-info of the contract; a plugin must export one of them")]
    NoExport {
        /// The file.
        path: PathBuf,
    },
    /// Its description cannot be had or makes no sense.
    #[error("{path}: cannot describe itself: {message}")]
    Description {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
}
