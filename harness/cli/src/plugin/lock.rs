//! `touchstone plugin trust` and `touchstone plugin lock`: whose components a suite lets in, and exactly which.

use super::shown;
use super::sign::signature_file;
use crate::setup;
use anyhow::{Context as _, anyhow, bail};
use std::path::{Path, PathBuf};
use touchstone_model::digest::Digest;
use touchstone_model::text::Lang;
use touchstone_runner::input::{LOCK, Lock, Pin, Root, load_lock, load_signature, load_suite, render_lock};
use touchstone_runner::trust::trusted;
use touchstone_seal::plugin::Role;
use touchstone_seal::{Ed25519Public, read_pem};

/// The suite, and its lock.
#[derive(Debug, clap::Args)]
pub struct Where {
    /// Suite file, or its folder. 套件文件或其目录。
    #[arg(long, env = "TOUCHSTONE_SUITE", value_name = "PATH")]
    suite: Option<PathBuf>,
    /// Lock file; touchstone.lock beside the suite by default. 锁定文件；缺省为套件旁的touchstone.lock。
    #[arg(long, env = "TOUCHSTONE_LOCK", value_name = "FILE")]
    lock: Option<PathBuf>,
}

/// Arguments of `plugin trust`.
#[derive(Debug, clap::Args)]
pub struct TrustArguments {
    /// Publisher's public Ed25519 key in PEM. 发布者的Ed25519公钥（PEM）。
    key: PathBuf,
    /// What it may sign: check or adapter. 准许签署检查（check）还是适配器（adapter）。
    #[arg(long, value_parser = ["check", "adapter"])]
    role: String,
    /// Publisher's name, as reports show it. 发布者名称，显示在报告中。
    #[arg(long)]
    name: String,
    #[command(flatten)]
    place: Where,
}

/// Arguments of `plugin lock`.
#[derive(Debug, clap::Args)]
pub struct LockArguments {
    /// Folder of the plugins. 插件目录。
    #[arg(long, env = "TOUCHSTONE_PLUGINS", value_name = "DIR")]
    plugins: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
}

/// Adds a publisher.
pub fn trust(arguments: &TrustArguments, lang: Lang) -> anyhow::Result<()> {
    let at_key = || arguments.key.display().to_string();
    let key = Ed25519Public::from_pem(&read_pem(&arguments.key)?).with_context(at_key)?;
    let Some(role) = Role::of(&arguments.role) else { bail!("{}", arguments.role) };
    let file = place(&arguments.place, lang)?;
    let mut lock = read(&file, lang)?;
    if let Some(other) = lock.roots.iter().find(|root| root.key == key && root.role != role) {
        bail!(
            "{} {} ({}). {}",
            lang.pick("同一公钥已获准签署另一类插件：", "the same key is already trusted for the other kind:"),
            other.name,
            other.role.name(),
            lang.pick("检查与适配器须用不同的密钥", "checks and adapters need different keys"),
        );
    }
    let root = Root { role, name: arguments.name.clone(), key };
    lock.roots.retain(|known| known.key != root.key || known.role != root.role);
    println!("{}: {} ({}), {}", lang.pick("已登记", "trusted"), root.name, role.name(), root.key.fingerprint());
    lock.roots.push(root);
    write(&file, &lock)
}

/// Pins every component of the suite as it is now, provided that its publisher is trusted.
pub fn lock(arguments: &LockArguments, lang: Lang) -> anyhow::Result<()> {
    let suite = suite(&arguments.place, lang)?;
    let suite = load_suite(&suite).map_err(|bad| shown(&bad, lang))?;
    let file = place(&arguments.place, lang)?;
    let mut lock = read(&file, lang)?;
    let folder = setup::plugins(arguments.plugins.as_deref()).map_err(|failure| anyhow!(failure.words(lang)))?;
    let checks = suite.suite.plugins.iter().map(|name| (name, Role::Check));
    let wanted: Vec<_> = checks.chain(suite.suite.adapters.iter().map(|name| (name, Role::Adapter))).collect();
    let mut pins = Vec::new();
    let mut refused = Vec::new();
    for (name, role) in wanted {
        match pin(&folder.join(format!("{name}.wasm")), name, role, &lock, lang) {
            Ok(pin) => pins.push(pin),
            Err(why) => refused.push(format!("{name}: {why:#}")),
        }
    }
    if !refused.is_empty() {
        bail!("{}\n{}", lang.pick("未锁定任何插件：", "nothing was locked:"), refused.join("\n"));
    }
    for pin in &pins {
        let new = lock.pins.iter().find(|known| known.name == pin.name).is_none_or(|known| known.sha256 != pin.sha256);
        let state = if new { lang.pick("新", "new") } else { lang.pick("未变", "unchanged") };
        println!("{:<20} {:<8} {} {state}", pin.name, pin.role.name(), pin.sha256.short());
    }
    lock.pins = pins;
    write(&file, &lock)?;
    println!("{}", file.display());
    Ok(())
}

fn pin(component: &Path, name: &str, role: Role, lock: &Lock, lang: Lang) -> anyhow::Result<Pin> {
    let bytes = std::fs::read(component).with_context(|| component.display().to_string())?;
    let beside = signature_file(component);
    if !beside.exists() {
        bail!(
            "{}: {}",
            beside.display(),
            lang.pick("没有签名；用 touchstone plugin sign 签名", "not signed: touchstone plugin sign"),
        );
    }
    let pin = load_signature(&beside).map_err(|bad| shown(&bad, lang))?;
    if pin.name != name || pin.sha256 != Digest::of(&bytes) {
        bail!(
            "{}: {}",
            beside.display(),
            lang.pick(
                "不是这个组件的签名；组件可能在签名后改变过，请重新签名",
                "is not this component's signature; it may have changed since: have it signed again"
            ),
        );
    }
    trusted(lock, &pin, role).map_err(|why| {
        let remedy =
            lang.pick("可信发布者用 touchstone plugin trust 登记", "add a trusted publisher with touchstone plugin trust");
        anyhow!("{}. {remedy}", why.get(lang))
    })?;
    Ok(pin)
}

fn suite(place: &Where, lang: Lang) -> anyhow::Result<PathBuf> {
    setup::suite_file(place.suite.as_deref()).map_err(|failure| anyhow!(failure.words(lang)))
}

fn place(place: &Where, lang: Lang) -> anyhow::Result<PathBuf> {
    if let Some(lock) = &place.lock {
        return Ok(lock.clone());
    }
    let suite = suite(place, lang)?;
    Ok(suite.parent().unwrap_or(Path::new(".")).join(LOCK))
}

fn read(file: &Path, lang: Lang) -> anyhow::Result<Lock> {
    if !file.exists() {
        return Ok(Lock::default());
    }
    load_lock(file).map_err(|bad| shown(&bad, lang))
}

/// Whole or not at all.
fn write(file: &Path, lock: &Lock) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let readable = std::fs::Permissions::from_mode(0o644);
    let mut new = tempfile::Builder::new().permissions(readable).tempfile_in(folder)?;
    new.write_all(render_lock(lock).as_bytes())?;
    new.persist(file)?;
    Ok(())
}
