//! Why a component is not loaded, and why a check and an adapter do not fit.

use thiserror::Error;
use touchstone_model::text::Text;

/// A component that is not loaded, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {}", self.reason.words().en)]
pub struct Refusal {
    /// Name of the file, without its folder.
    pub file: String,
    /// Why.
    pub reason: Reason,
}

impl Refusal {
    /// For people: the file, what is wrong, what to do.
    pub fn words(&self) -> Text {
        let reason = self.reason.words();
        Text::new(format!("{}：{}", self.file, reason.zh), format!("{}: {}", self.file, reason.en))
    }
}

/// Why a component is not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The file cannot be read.
    Io(String),
    /// The file is larger than a component may be.
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// It is no WebAssembly at all.
    NotWasm,
    /// It ends in the middle.
    Truncated,
    /// It is WebAssembly, but breaks its rules.
    Malformed(String),
    /// A core module instead of a component.
    CoreModule,
    /// It wants something that the contract does not offer, or not to such a component.
    ForbiddenImport {
        /// The import.
        import: String,
    },
    /// It wants a capability that none of its checks declares to need.
    UndeclaredImport {
        /// The import.
        import: String,
    },
    /// It was built for another version of the contract.
    ContractVersion {
        /// Version found.
        found: String,
        /// Version that this host speaks.
        wanted: String,
    },
    /// It exports neither checks nor an adapter.
    NoExport,
    /// It exports checks and an adapter.
    TwoKinds,
    /// An import or export has other types than the contract's.
    Mistyped(String),
    /// It could not say what it is.
    Describe(String),
    /// What it says of itself makes no sense.
    Description(String),
    /// Nobody trusted vouches for it; in words, with the remedy.
    NotAdmitted(Text),
}

impl Reason {
    /// In words, with the remedy.
    pub fn words(&self) -> Text {
        match self {
            Reason::Io(why) => Text::new(
                format!("无法读取（{why}）；请先构建插件或更正路径"),
                format!("cannot be read ({why}); build the plugin first, or correct the path"),
            ),
            Reason::TooLarge { limit } => Text::new(
                format!("文件超过 {limit} 字节；请去除调试信息后重新构建"),
                format!("is larger than {limit} bytes; build it without debug information"),
            ),
            Reason::NotWasm => Text::new(
                "不是 WebAssembly 文件；请用 `touchstone plugin build` 构建",
                "is not WebAssembly; build it with `touchstone plugin build`",
            ),
            Reason::Truncated => Text::new("文件不完整；请重新复制或构建", "is truncated; copy or build it again"),
            Reason::Malformed(why) => Text::new(
                format!("不是有效的 WebAssembly（{why}）；请重新构建"),
                format!("is not valid WebAssembly ({why}); build it again"),
            ),
            Reason::CoreModule => Text::new(
                "是核心模块而非组件；请用 `touchstone plugin build` 构建",
                "is a core module, not a component; build it with `touchstone plugin build`",
            ),
            Reason::ForbiddenImport { import } => Text::new(
                format!("要求导入 {import}，契约不向此类插件提供；插件只能使用 touchstone:contract 的能力"),
                format!(
                    "wants to import {import}, which the contract does not offer to such a plugin; plugins have the capabilities of touchstone:contract only"
                ),
            ),
            Reason::UndeclaredImport { import } => Text::new(
                format!("导入了 {import}，但没有声明需要它；请在 needs 中声明或去除该导入"),
                format!("imports {import} but declares no need for it; declare it among the needs or drop the import"),
            ),
            Reason::ContractVersion { found, wanted } => Text::new(
                format!("按契约版本 {found} 构建，本程序使用 {wanted}；请用相应版本的 SDK 重新构建"),
                format!(
                    "was built for version {found} of the contract, this host speaks {wanted}; build it with the SDK of that version"
                ),
            ),
            Reason::NoExport => Text::new(
                "既不导出 checks 也不导出 adapter-info；请用 SDK 编写",
                "exports neither checks nor adapter-info; write it with the SDK",
            ),
            Reason::TwoKinds => {
                Text::new("同时导出检查和适配器；请拆成两个组件", "exports both checks and an adapter; make two components of it")
            }
            Reason::Mistyped(what) => Text::new(
                format!("类型与契约不符（{what}）；请按契约的 WIT 重新构建"),
                format!("has other types than the contract ({what}); build it from the contract's WIT"),
            ),
            Reason::NotAdmitted(why) => why.clone(),
            Reason::Describe(why) => {
                Text::new(format!("无法给出自我描述（{why}）"), format!("could not describe itself ({why})"))
            }
            Reason::Description(why) => {
                Text::new(format!("自我描述不合规（{why}）"), format!("describes itself against the rules ({why})"))
            }
        }
    }
}

/// Why a check cannot call an adapter's interface.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BridgeError {
    /// The component is not an adapter.
    #[error("{plugin} is not an adapter")]
    NotAnAdapter {
        /// Its name.
        plugin: String,
    },
    /// The adapter does not offer the interface.
    #[error("the adapter {adapter} does not offer the interface {interface}")]
    MissingInterface {
        /// Adapter's name.
        adapter: String,
        /// Bare name of the interface.
        interface: String,
    },
    /// The adapter's interface lacks a function.
    #[error("the interface {interface} of the adapter {adapter} has no function {function}")]
    MissingFunction {
        /// Adapter's name.
        adapter: String,
        /// Bare name of the interface.
        interface: String,
        /// The function.
        function: String,
    },
    /// The function takes or gives something else than the check expects.
    #[error("the function {interface}.{function} of the adapter {adapter} {how}")]
    Mistyped {
        /// Adapter's name.
        adapter: String,
        /// Bare name of the interface.
        interface: String,
        /// The function.
        function: String,
        /// In which way.
        how: String,
    },
    /// The interface passes handles, which belong to one store.
    #[error("the interface {interface} passes handles, which cannot cross a bridge ({what})")]
    Handles {
        /// Bare name of the interface.
        interface: String,
        /// The function or resource.
        what: String,
    },
}

/// Why there is no host.
#[derive(Debug, Error)]
pub enum HostError {
    /// The engine could not be set up.
    #[error("the WebAssembly engine could not be set up: {0}")]
    Engine(String),
}
