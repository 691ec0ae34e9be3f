//! The seal of a bundle: lists of sums, statement, signatures, envelope.

use super::{Findings, Weight};
use crate::folder::Listing;
use crate::make::{Sums, lists, names, own, state};
use crate::stamp::{ENDING, STAMPS};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_seal::dsse::{Signed, envelope, pre_authentication_encoding};
use touchstone_seal::time_stamp::stamped;
use touchstone_seal::{Ed25519Public, Sm2Public, sm3};

/// What a seal tells.
pub(super) struct Seal {
    /// Files that belong to the bundle.
    pub(super) files: BTreeSet<String>,
    /// Keys whose signatures hold.
    pub(super) signers: Vec<(&'static str, Digest)>,
}

/// Looks at all of it; `wanted` are fingerprints that must be among the signers.
pub(super) fn look(folder: &Path, run: &Run, listing: &Listing, wanted: &[Digest], findings: &mut Findings) -> Seal {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
    let (sha256_list, sm3_list) = (read(names::SHA256), read(names::SM3));
    let mut sums = BTreeMap::new();
    for name in listing.files.keys().filter(|name| !names::SEAL.contains(&name.as_str()) && !name.starts_with(STAMPS)) {
        let content = read(name);
        sums.insert(name.clone(), Sums { sha256: Digest::of(&content), sm3: sm3(&content) });
    }
    let (sha256_due, sm3_due) = lists(&sums);
    compare(names::SHA256, &sha256_list, &sha256_due, findings);
    compare(names::SM3, &sm3_list, &sm3_due, findings);
    for (name, content) in own(run) {
        if read(name) != content.as_bytes() {
            findings.altered(name, "与日志所得不同：被改动过", "is not what the journal yields: it was changed");
        }
    }
    let statement = read(names::STATEMENT);
    if statement != state(run, &sha256_list, &sm3_list).as_bytes() {
        let (zh, en) = ("不是关于这次运行和这些清单的声明", "is not the statement about this run and these lists");
        findings.altered(names::STATEMENT, zh, en);
    }
    let signed = signatures(folder, &statement, findings);
    let signatures: Vec<Signed> = signed.iter().map(|(_, signed)| signed.clone()).collect();
    if read(names::ENVELOPE) != envelope(&statement, &signatures).as_bytes() {
        findings.altered(names::ENVELOPE, "与声明和签名不符", "does not hold this statement and these signatures");
    }
    let signers: Vec<(&'static str, Digest)> = signed.into_iter().map(|(name, signed)| (name, signed.key)).collect();
    for key in wanted.iter().filter(|key| !signers.iter().any(|(_, signer)| signer == *key)) {
        findings.altered(
            "keys",
            format!("没有指纹为 {key} 的密钥的签名"),
            format!("carries no signature of the key with the fingerprint {key}"),
        );
    }
    if wanted.is_empty() {
        findings.add(
            Weight::Note,
            "keys",
            None,
            "签名可信与否取决于密钥：请用其他途径核对以下指纹，或用 --key 给出公钥",
            "a signature is worth what its key is: compare the fingerprints below by another way, or give the public keys with --key",
        );
    }
    let stamps = stamps(folder, listing, &statement, findings);
    let fixed = names::SEAL.into_iter().chain([names::ED25519_KEY, names::SM2_KEY]).chain(own(run).into_iter().map(|(n, _)| n));
    Seal { files: fixed.map(str::to_owned).chain(stamps).collect(), signers }
}

/// Time stamps come after the seal, so no list has them: each lies under its own hash and is about this statement.
fn stamps(folder: &Path, listing: &Listing, statement: &[u8], findings: &mut Findings) -> Vec<String> {
    let mut known = Vec::new();
    for name in listing.files.keys().filter(|name| name.starts_with(STAMPS) && name.ends_with(ENDING)) {
        let content = std::fs::read(folder.join(name)).unwrap_or_default();
        if *name != format!("{STAMPS}{}{ENDING}", Digest::of(&content)) {
            findings.altered(name, "内容与其名称所示的哈希不符", "does not have the hash that it is called by");
        } else if let Err(why) = stamped(&content, statement) {
            findings.altered(
                name,
                format!("不是本交付包声明的时间戳：{why}"),
                format!("is no time stamp of this statement: {why}"),
            );
        } else {
            findings.add(
                Weight::Note,
                name,
                None,
                "是对本声明的时间戳；签发机构的签名须用 openssl ts -verify 核验（VERIFY.md 第 8 步）",
                "is a time stamp of this statement; whether the authority's signature holds, openssl ts -verify says (VERIFY.md, step 8)",
            );
        }
        known.push(name.clone());
    }
    known
}

/// Names each line that is not as it should be.
fn compare(name: &str, list: &[u8], due: &str, findings: &mut Findings) {
    if list == due.as_bytes() {
        return;
    }
    let text = String::from_utf8_lossy(list);
    let due: Vec<&str> = due.lines().collect();
    let mut told = false;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !due.contains(line)) {
        let file = line.split_once("  ").map_or(line, |(_, file)| file);
        told = true;
        findings.add(
            Weight::Altered,
            name,
            Some(index + 1),
            format!("{file} 与所列摘要不符，或不在包中"),
            format!("{file} does not have the sum that is listed, or is not in the bundle"),
        );
    }
    for line in due.iter().filter(|line| !text.lines().any(|l| l == **line)) {
        let file = line.split_once("  ").map_or(*line, |(_, file)| file);
        told = true;
        findings.altered(name, format!("没有列出 {file} 现在的摘要"), format!("does not list the sum that {file} has"));
    }
    if !told {
        findings.altered(name, "行的顺序或结尾被改动", "the order or the ends of its lines were changed");
    }
}

fn signatures(folder: &Path, statement: &[u8], findings: &mut Findings) -> Vec<(&'static str, Signed)> {
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
    let encoding = pre_authentication_encoding(statement);
    let mut signed = Vec::new();
    let ed25519 = Ed25519Public::from_pem(&text(names::ED25519_KEY)).ok();
    let signature = bytes(names::ED25519);
    match ed25519.filter(|key| key.verifies(&encoding, &signature)) {
        Some(key) => signed.push(("Ed25519", Signed { key: key.fingerprint(), signature })),
        None => findings.altered(
            names::ED25519,
            format!("Ed25519 签名不成立（公钥 {}）", names::ED25519_KEY),
            format!("the Ed25519 signature does not hold (key {})", names::ED25519_KEY),
        ),
    }
    let sm2 = Sm2Public::from_pem(&text(names::SM2_KEY)).ok();
    let signature = bytes(names::SM2);
    match sm2.filter(|key| key.verifies(&encoding, &signature)) {
        Some(key) => signed.push(("SM2", Signed { key: key.fingerprint(), signature })),
        None => findings.altered(
            names::SM2,
            format!("SM2 签名不成立（公钥 {}）", names::SM2_KEY),
            format!("the SM2 signature does not hold (key {})", names::SM2_KEY),
        ),
    }
    signed
}
