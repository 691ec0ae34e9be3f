//! `touchstone plugin sign`: the publisher's signature, in a file beside the component.

use super::shown;
use anyhow::{Context as _, anyhow};
use std::path::{Path, PathBuf};
use touchstone_host::{Host, HostConfig, Limits, PluginKind};
use touchstone_model::text::Lang;
use touchstone_runner::input::{Pin, SIGNATURE, load_signature, render_signature};
use touchstone_seal::plugin::{Role, sign};
use touchstone_seal::{Ed25519Key, read_pem};

/// Arguments of `plugin sign`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The components. 组件文件。
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Publisher's private Ed25519 key in PEM. 发布者的Ed25519私钥（PEM）。
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Leave adapters out: checks only. 只签检查，略过适配器。
    #[arg(long, conflicts_with = "adapters")]
    checks: bool,
    /// Leave checks out: adapters only. 只签适配器，略过检查。
    #[arg(long)]
    adapters: bool,
}

/// Signs each for what it is: a check or an adapter.
pub async fn run(arguments: &Arguments, cache_dir: &Path, lang: Lang) -> anyhow::Result<()> {
    let at_key = || arguments.key.display().to_string();
    let key = Ed25519Key::from_pem(&read_pem(&arguments.key)?).with_context(at_key)?;
    let host = Host::new(HostConfig { cache_dir: cache_dir.to_owned(), limits: Limits::default() })?;
    for file in &arguments.files {
        let plugin = host.load(file).await.map_err(|refusal| anyhow!(refusal.words().get(lang).to_owned()))?;
        let role = match plugin.kind() {
            PluginKind::Checks(_) => Role::Check,
            PluginKind::Adapter(_) => Role::Adapter,
        };
        if (arguments.checks && role == Role::Adapter) || (arguments.adapters && role == Role::Check) {
            continue;
        }
        // The name by which suites find it.
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = plugin.sha256().clone();
        let signature = sign(&key, role, &name, &sha256);
        let pin = Pin { name, role, sha256, key: key.public(), signature };
        let beside = signature_file(file);
        std::fs::write(&beside, render_signature(&pin)).with_context(|| beside.display().to_string())?;
        // Read back: what cannot be read is no signature.
        load_signature(&beside).map_err(|bad| shown(&bad, lang))?;
        println!("{} ({})", beside.display(), role.name());
    }
    Ok(())
}

/// `os.wasm.sig` for `os.wasm`.
pub(super) fn signature_file(component: &Path) -> PathBuf {
    let mut file = component.as_os_str().to_owned();
    file.push(SIGNATURE);
    file.into()
}
