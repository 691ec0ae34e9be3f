//! `touchstone plugin key` and `touchstone key`: a new pair of keys in two files.

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use touchstone_model::text::Lang;
use touchstone_seal::{Ed25519Key, Sm2Key, write_private, write_public};

/// Arguments of `plugin key`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where: NAME.key is the private half, NAME.pub the public one. 密钥文件名：NAME.key为私钥，NAME.pub为公钥。
    name: PathBuf,
    /// SM2 instead of Ed25519; bundles are signed with both. 生成SM2密钥（缺省为Ed25519）；交付包用两种密钥签名。
    #[arg(long)]
    sm2: bool,
}

/// Makes them; nothing is ever written over.
pub fn run(arguments: &Arguments, lang: Lang) -> anyhow::Result<()> {
    let (private, public, fingerprint) = if arguments.sm2 {
        let key = Sm2Key::generate()?;
        (key.to_pem()?, key.public().to_pem()?, key.public().fingerprint())
    } else {
        let key = Ed25519Key::generate()?;
        (key.to_pem()?, key.public().to_pem()?, key.public().fingerprint())
    };
    let (private_file, public_file) = (with(&arguments.name, "key"), with(&arguments.name, "pub"));
    if let Some(folder) = arguments.name.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    write_private(&private_file, &private)?;
    write_public(&public_file, &public)?;
    println!("{}: {}", lang.pick("私钥，切勿外传", "private, keep it to yourself"), private_file.display());
    println!("{}: {}", lang.pick("公钥", "public"), public_file.display());
    println!("{}: {fingerprint}", lang.pick("公钥指纹（SHA-256）", "fingerprint (SHA-256)"));
    Ok(())
}

fn with(name: &Path, ending: &str) -> PathBuf {
    let mut file = name.as_os_str().to_owned();
    file.push(format!(".{ending}"));
    file.into()
}
