//! Which compiler builds guests: rustup's where it has the target, else Debian's with the standard library's source.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use touchstone_model::text::Lang;

/// Target of every guest: no WASI, no imports but the contract's.
pub const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const LINKERS: [&str; 3] = ["wasm-ld-19", "wasm-ld", "rust-lld"];

/// A way to compile for [`TARGET`].
#[derive(Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// The standard library is built from source, with this linker.
    from_source: Option<&'static str>,
    sysroot: PathBuf,
}

impl Toolchain {
    /// The first that works here.
    pub fn find(lang: Lang) -> anyhow::Result<Self> {
        // Set by cargo and by rustup when this program itself was started through them.
        let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
        if has_target(&rustc) {
            return Ok(Self { sysroot: sysroot(&rustc)?, cargo, rustc, from_source: None });
        }
        let rustc = PathBuf::from(DEBIAN_RUSTC);
        let linker = LINKERS.into_iter().find(|name| in_path(name));
        if let (true, Ok(sysroot), Some(linker)) = (Path::new(DEBIAN_CARGO).exists(), sysroot(&rustc), linker)
            && sysroot.join("lib/rustlib/src/rust/library/std").is_dir()
        {
            let from_source = if has_target(&rustc) { None } else { Some(linker) };
            return Ok(Self { cargo: DEBIAN_CARGO.into(), rustc, from_source, sysroot });
        }
        bail!(lang.pick(
            "没有可用的 WebAssembly 编译目标。请执行 `rustup target add wasm32-unknown-unknown`；\
             无法使用 rustup 时：`apt-get install cargo-web rustc-web rust-web-src lld-19`",
            "there is no WebAssembly target to build with. Run `rustup target add wasm32-unknown-unknown`, or where that \
             cannot be: `apt-get install cargo-web rustc-web rust-web-src lld-19`",
        ))
    }

    /// `cargo` with the environment that makes the same bytes everywhere.
    pub fn cargo(&self, rustflags: &[String]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.env("RUSTC", &self.rustc).env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        command.env("CARGO_ENCODED_RUSTFLAGS", rustflags.join("\u{1f}"));
        if let Some(linker) = self.from_source {
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    /// Arguments of `cargo build` beyond the usual ones.
    pub fn build_arguments(&self) -> &'static [&'static str] {
        if self.from_source.is_some() { &["-Zbuild-std=std,panic_abort"] } else { &[] }
    }

    /// Where the standard library's source lies.
    pub fn library_source(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust")
    }
}

fn sysroot(rustc: &Path) -> anyhow::Result<PathBuf> {
    print(rustc, &["--print", "sysroot"]).map(PathBuf::from)
}

fn has_target(rustc: &Path) -> bool {
    // The folder is named whether or not it exists.
    let Ok(folder) = print(rustc, &["--print", "target-libdir", "--target", TARGET]) else { return false };
    std::fs::read_dir(folder)
        .is_ok_and(|mut files| files.any(|f| f.is_ok_and(|f| f.file_name().to_string_lossy().starts_with("libstd"))))
}

fn print(rustc: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(rustc).args(arguments).output().with_context(|| rustc.display().to_string())?;
    if !output.status.success() {
        bail!("{}: {}", rustc.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn in_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}
