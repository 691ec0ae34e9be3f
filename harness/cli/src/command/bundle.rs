//! `touchstone bundle`

use crate::args::BundleArgs;
use crate::command::timestamp::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use touchstone_bundle::{BundleError, Keys, make};
use touchstone_model::text::Lang;
use touchstone_seal::time_stamp::Imprint;
use touchstone_seal::{Ed25519Key, SealError, Sm2Key, read_pem};

/// Makes a signed bundle of a finished run.
pub async fn run(args: &BundleArgs, lang: Lang) -> Result<Exit, Failure> {
    let keys = Keys { ed25519: key(&args.key, Ed25519Key::from_pem)?, sm2: key(&args.sm2_key, Sm2Key::from_pem)? };
    let out = args.out.clone().unwrap_or_else(|| beside(&args.run));
    let without = make(&args.run, &out, &keys, lang).map_err(|error| match error {
        BundleError::Unfit(text) => Failure::usage(text.zh, text.en),
        other => Failure::broken(other),
    })?;
    if let Some(why) = without {
        eprintln!("{}: {}", lang.pick("交付包不含 report.pdf", "the bundle has no report.pdf"), why.get(lang));
    }
    println!("{}: {}", lang.pick("交付包", "bundle"), out.display());
    println!("Ed25519 {}\nSM2     {}", keys.ed25519.public().fingerprint(), keys.sm2.public().fingerprint());
    println!(
        "{}",
        lang.pick(
            "请将以上指纹经其他途径告知收件人；收件人按 VERIFY.md 或用 touchstone verify 核验",
            "give these fingerprints to the recipient by another way; VERIFY.md or touchstone verify shows whether all is as sealed"
        )
    );
    match &args.timestamp {
        Some(url) => ask(&out, url, Imprint::Sha256, lang).await,
        None => Ok(Exit::Accepted),
    }
}

fn key<K>(path: &Path, read: fn(&str) -> Result<K, SealError>) -> Result<K, Failure> {
    let told = |error: SealError| match error {
        SealError::Io { .. } => Failure::usage(error.to_string(), error.to_string()),
        other => {
            let path = path.display();
            Failure::usage(
                format!("{path}：不是所需的私钥（可用 touchstone key 生成，SM2 加 --sm2）"),
                format!("{path}: {other}"),
            )
        }
    };
    read_pem(path).and_then(|pem| read(&pem)).map_err(told)
}

/// `runs/x.bundle` for `runs/x`.
fn beside(run: &Path) -> PathBuf {
    let mut name = run.components().next_back().map(|part| part.as_os_str().to_owned()).unwrap_or_default();
    name.push(".bundle");
    run.parent().unwrap_or(Path::new(".")).join(name)
}
