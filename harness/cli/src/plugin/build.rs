//! `touchstone plugin build`: crates in, components out, the same bytes on every machine with the same compiler.

use super::cargo::{self, Guest, Workspace};
use super::toolchain::{TARGET, Toolchain};
use anyhow::{Context, bail};
use std::io::Write;
use std::path::{Path, PathBuf};
use touchstone_model::text::Lang;
use wit_component::ComponentEncoder;

/// Arguments of `plugin build`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folders of plugin crates; all plugins of this workspace if none is given. 插件源码目录；缺省为本工作区的全部插件。
    dirs: Vec<PathBuf>,
    /// Where the components go; `plugins` in cargo's target folder by default. 组件输出目录。
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Small, and with the functions' names, so that a trap's backtrace can be read.
const PROFILE: [&str; 7] = [
    r#"profile.guest.inherits="release""#,
    r#"profile.guest.opt-level="s""#,
    r#"profile.guest.panic="abort""#,
    r#"profile.guest.strip="debuginfo""#,
    "profile.guest.debug=false",
    "profile.guest.lto=true",
    "profile.guest.codegen-units=1",
];

/// Builds what was asked for.
pub fn run(arguments: &Arguments, lang: Lang) -> anyhow::Result<()> {
    let toolchain = Toolchain::find(lang)?;
    for (workspace, guests) in selected(&arguments.dirs, lang)? {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.target.clone(), PathBuf::from);
        let out = arguments.out.clone().unwrap_or_else(|| target.join("plugins"));
        std::fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
        for (manifest, module) in compile(&toolchain, &workspace, &guests, &target.join("guests"), lang)? {
            let Some(guest) = guests.iter().find(|guest| guest.manifest == manifest) else { continue };
            let component = encode(&module).with_context(|| guest.package.clone())?;
            let file = out.join(format!("{}.wasm", guest.name));
            let changed = replace(&file, &component)?;
            let state = if changed { lang.pick("已写入", "written") } else { lang.pick("无变化", "unchanged") };
            eprintln!("{}: {} KiB, {state}", file.display(), component.len().div_ceil(1024));
        }
    }
    Ok(())
}

/// The plugins in these folders, by workspace.
fn selected(dirs: &[PathBuf], lang: Lang) -> anyhow::Result<Vec<(Workspace, Vec<Guest>)>> {
    let mut jobs: Vec<(Workspace, Vec<Guest>)> = Vec::new();
    let here = [PathBuf::from(".")];
    let everything = dirs.is_empty();
    for dir in if everything { &here[..] } else { dirs } {
        let workspace = cargo::workspace(dir, lang)?;
        let inside = dir.canonicalize()?;
        let guests: Vec<Guest> =
            workspace.guests.iter().filter(|guest| everything || guest.manifest.starts_with(&inside)).cloned().collect();
        if guests.is_empty() {
            bail!(
                "{}: {}",
                dir.display(),
                lang.pick(
                    "这里没有插件。插件是依赖 touchstone-sdk、crate-type 为 cdylib 的包；`touchstone plugin new` 可新建一个",
                    "no plugin here. A plugin is a package that depends on touchstone-sdk with crate-type cdylib; \
                     `touchstone plugin new` makes one",
                )
            );
        }
        match jobs.iter_mut().find(|(known, _)| known.root == workspace.root) {
            Some((_, known)) => known.extend(guests),
            None => jobs.push((workspace, guests)),
        }
    }
    Ok(jobs)
}

fn compile(
    toolchain: &Toolchain,
    workspace: &Workspace,
    guests: &[Guest],
    target: &Path,
    lang: Lang,
) -> anyhow::Result<Vec<(PathBuf, PathBuf)>> {
    let mut command = toolchain.cargo(&remapped(toolchain, workspace, guests));
    command.current_dir(&workspace.root).args(["build", "--message-format=json-render-diagnostics"]);
    command.args(["--profile", "guest", "--target", TARGET, "--target-dir"]).arg(target);
    command.args(toolchain.build_arguments());
    command.args(PROFILE.iter().flat_map(|setting| ["--config", setting]));
    command.args(guests.iter().flat_map(|guest| ["--package", &guest.package]));
    cargo::build(&mut command, lang)
}

/// No path of this machine may show in a component: neither in a panic's message, nor through a hash of it.
fn remapped(toolchain: &Toolchain, workspace: &Workspace, guests: &[Guest]) -> Vec<String> {
    let mut pairs = vec![(toolchain.library_source(), "/rustc".to_owned())];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // Its folders are named after the registry, which may be somebody's mirror.
    for registry in home.iter().flat_map(|home| std::fs::read_dir(home.join("registry/src"))).flatten().flatten() {
        pairs.push((registry.path(), "/registry".to_owned()));
    }
    for sdk in guests.iter().filter_map(|guest| guest.sdk.clone()) {
        pairs.push((sdk, "/touchstone-sdk".to_owned()));
    }
    // The last that matches counts.
    pairs.push((workspace.root.clone(), "/plugin".to_owned()));
    pairs.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect()
}

fn encode(module: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::read(module)?;
    ComponentEncoder::default().validate(true).module(&bytes)?.encode()
}

/// Whole or not at all; untouched when nothing changed, so that a cache keyed by time or digest stays good.
fn replace(file: &Path, content: &[u8]) -> anyhow::Result<bool> {
    if std::fs::read(file).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().permissions(permissions()).tempfile_in(folder)?;
    new.write_all(content)?;
    new.persist(file)?;
    Ok(true)
}

fn permissions() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn a_file_is_replaced_only_when_it_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.wasm");
        assert!(replace(&file, b"one").expect("written"));
        assert!(!replace(&file, b"one").expect("same"));
        assert!(replace(&file, b"two").expect("replaced"));
        assert_eq!(std::fs::read(&file).expect("content"), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1, "nothing else is left behind");
    }
}
