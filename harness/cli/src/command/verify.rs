//! `touchstone verify`

use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use std::path::Path;
use touchstone_bundle::verify::{Anchors, Verification, Weight, verify_with};
use touchstone_model::digest::Digest;
use touchstone_model::text::Lang;
use touchstone_seal::{Ed25519Public, Sm2Public, read_pem};

/// Looks at a run; says what is wrong and where, or what can be relied on.
pub fn run(args: &VerifyArgs, lang: Lang) -> Result<Exit, Failure> {
    if !args.run.is_dir() {
        let shown = args.run.display();
        return Err(Failure::usage(
            format!("{shown} 不是目录。若是压缩包，请先解开，再给出其中的目录"),
            format!("{shown} is no folder. Where it is an archive, unpack it and give the folder in it"),
        ));
    }
    let head = args.head.as_ref().map(|head| Digest(head.trim().to_ascii_lowercase()));
    let keys = args.key.iter().map(|path| fingerprint(path)).collect::<Result<_, _>>()?;
    let verification = verify_with(&args.run, &Anchors { head, keys });
    for finding in &verification.findings.0 {
        let sign = match finding.weight {
            Weight::Altered => "✗",
            Weight::Open => "?",
            Weight::Note => "!",
        };
        println!("{sign} {}: {}", finding.place(), finding.what.get(lang));
    }
    print!("{}", summary(&verification, args.head.is_some(), lang));
    Ok(match verification.findings.weight() {
        Weight::Altered => Exit::Altered,
        Weight::Open => Exit::Inconclusive,
        Weight::Note => Exit::Accepted,
    })
}

/// Fingerprint of a public key of either kind.
fn fingerprint(path: &Path) -> Result<Digest, Failure> {
    let pem = read_pem(path).map_err(|error| Failure::usage(error.to_string(), error.to_string()))?;
    let ed25519 = Ed25519Public::from_pem(&pem).map(|key| key.fingerprint());
    ed25519.or_else(|_| Sm2Public::from_pem(&pem).map(|key| key.fingerprint())).map_err(|_| {
        let path = path.display();
        Failure::usage(format!("{path} 不是 Ed25519 或 SM2 公钥"), format!("{path} is no public Ed25519 or SM2 key"))
    })
}

fn summary(verification: &Verification, anchored: bool, lang: Lang) -> String {
    let Verification { findings, entries, head, signers, .. } = verification;
    let say = |zh: String, en: String| if lang == Lang::Zh { zh } else { en };
    let altered = findings.0.iter().filter(|finding| finding.weight == Weight::Altered).count();
    let mut out = match findings.weight() {
        Weight::Altered => say(
            format!("被改动：{altered} 处。不能依据此记录得出任何结论。\n"),
            format!("Altered in {altered} places: nothing may be concluded from this record.\n"),
        ),
        Weight::Open => say("未被改动，但不完整。\n".into(), "Not altered, but not complete.\n".into()),
        Weight::Note => say(
            format!("原样未改：{entries} 条记录前后相扣，结论均由所见得出，证据与文档相符。\n"),
            format!(
                "As written: {entries} entries bound to each other, every verdict follows from what was seen, evidence and documents fit.\n"
            ),
        ),
    };
    if findings.weight() != Weight::Altered {
        out += &say(format!("日志末项 {head}\n"), format!("Journal head {head}\n"));
        for (algorithm, key) in signers {
            out += &say(format!("{algorithm} 签名成立，公钥指纹 {key}\n"), format!("{algorithm} signature holds, key {key}\n"));
        }
        if signers.is_empty() && !anchored {
            out += &say(
                "本目录未签名：请与另处记下的末项比对（--head），或核验签名的交付包。\n".into(),
                "This folder carries no signature: compare the head with one noted elsewhere (--head), or verify a signed bundle.\n".into(),
            );
        }
    }
    out
}
