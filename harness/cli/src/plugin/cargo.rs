//! What cargo knows of a workspace, and what it built.

use anyhow::{Context, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use touchstone_model::text::Lang;

/// Name of the SDK's crate: whoever depends on it is a plugin.
pub const SDK: &str = "touchstone-sdk";

/// A plugin crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Package name.
    pub package: String,
    /// Name of its component, kebab-case: the library's.
    pub name: String,
    /// Its Cargo.toml.
    pub manifest: PathBuf,
    /// The SDK it is built with, where that is a folder.
    pub sdk: Option<PathBuf>,
}

/// A cargo workspace and the plugins in it.
#[derive(Debug)]
pub struct Workspace {
    /// Its root folder.
    pub root: PathBuf,
    /// cargo's own target folder for it.
    pub target: PathBuf,
    /// Folder of the SDK, where it is one of its packages.
    pub sdk: Option<PathBuf>,
    /// Packages that depend on the SDK and make a dynamic library.
    pub guests: Vec<Guest>,
}

/// Asks cargo about the workspace that `dir` belongs to.
pub fn workspace(dir: &Path, lang: Lang) -> anyhow::Result<Workspace> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version=1", "--no-deps"])
        .current_dir(dir)
        .output()
        .with_context(|| format!("cargo metadata ({})", dir.display()))?;
    if !output.status.success() {
        bail!(
            "{} {}: {}",
            lang.pick("无法读取插件源码", "the plugin's source cannot be read:"),
            dir.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let path = |key: &str| metadata[key].as_str().map(PathBuf::from).with_context(|| format!("cargo metadata: {key}"));
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let guests = packages.iter().filter_map(guest).collect();
    let sdk = packages.iter().find(|package| package["name"] == SDK).and_then(|package| package["manifest_path"].as_str());
    let sdk = sdk.and_then(|manifest| Some(Path::new(manifest).parent()?.to_owned()));
    Ok(Workspace { sdk, root: path("workspace_root")?, target: path("target_directory")?, guests })
}

fn guest(package: &Value) -> Option<Guest> {
    let dependency = package["dependencies"].as_array()?.iter().find(|d| d["name"] == SDK)?;
    let library = package["targets"].as_array()?.iter().find(|target| is_cdylib(target))?;
    Some(Guest {
        package: package["name"].as_str()?.to_owned(),
        name: library["name"].as_str()?.replace('_', "-"),
        manifest: package["manifest_path"].as_str()?.into(),
        sdk: dependency["path"].as_str().map(PathBuf::from),
    })
}

fn is_cdylib(target: &Value) -> bool {
    target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
}

/// Runs a `cargo build --message-format=json-render-diagnostics` and returns (manifest, core module) of all it built.
pub fn build(command: &mut Command, lang: Lang) -> anyhow::Result<Vec<(PathBuf, PathBuf)>> {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().context("cargo")?.wait_with_output()?;
    if !output.status.success() {
        bail!(lang.pick("插件未能编译，原因见上", "the plugins did not compile; the reason is above").to_owned());
    }
    let built = output.stdout.split(|byte| *byte == b'\n').filter_map(|line| {
        let message: Value = serde_json::from_slice(line).ok()?;
        if message["reason"] != "compiler-artifact" || !is_cdylib(&message["target"]) {
            return None;
        }
        let module = message["filenames"].as_array()?.iter().find_map(|f| f.as_str().filter(|f| f.ends_with(".wasm")))?;
        Some((message["manifest_path"].as_str()?.into(), module.into()))
    });
    Ok(built.collect())
}
