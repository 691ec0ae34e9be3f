//! What becomes of a run: its documents, the signed bundle that leaves the building, and whether either of them is as it was
//! written.
#![forbid(unsafe_code)]

mod documents;
mod folder;
mod make;
mod pdf;
pub mod verify;

pub use documents::{ASSESSMENT, Document, assessment, documents, evidence};
pub use make::{BundleError, Keys, make};
pub use pdf::{PDF, pdf};
