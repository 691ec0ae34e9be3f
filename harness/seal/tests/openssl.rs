//! Keys and signatures as OpenSSL makes and reads them.

use std::path::Path;
use std::process::Command;
use touchstone_seal::{DISTID, Ed25519Key, Ed25519Public, Sm2Key, Sm2Public, read_pem, write_private, write_public};

fn openssl(folder: &Path, words: &[&str]) -> bool {
    let output = Command::new("openssl").current_dir(folder).args(words).output().expect("openssl starts");
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

const ED: [&str; 6] = ["pkeyutl", "-verify", "-pubin", "-rawin", "-in", "m"];

#[test]
fn ed25519_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let key = Ed25519Key::generate().expect("a key");
    write_private(&at("k"), &key.to_pem().expect("pem")).expect("written");
    write_public(&at("p"), &key.public().to_pem().expect("pem")).expect("written");
    assert!(write_private(&at("k"), "other").is_err(), "never written over");
    std::fs::write(at("m"), b"message").expect("written");
    std::fs::write(at("s"), key.sign(b"message")).expect("written");
    assert!(openssl(folder.path(), &[&ED[..], &["-inkey", "p", "-sigfile", "s"]].concat()));
    std::fs::write(at("m"), b"massage").expect("written");
    assert!(!openssl(folder.path(), &[&ED[..], &["-inkey", "p", "-sigfile", "s"]].concat()));
    // OpenSSL's own key, and its signature.
    assert!(openssl(folder.path(), &["genpkey", "-algorithm", "ed25519", "-out", "ok"]));
    assert!(openssl(folder.path(), &["pkey", "-in", "ok", "-pubout", "-out", "op"]));
    assert!(openssl(folder.path(), &["pkeyutl", "-sign", "-inkey", "ok", "-rawin", "-in", "m", "-out", "os"]));
    let public = Ed25519Public::from_pem(&read_pem(&at("op")).expect("read")).expect("a key");
    let signature = std::fs::read(at("os")).expect("read");
    assert!(public.verifies(b"massage", &signature) && !public.verifies(b"message", &signature));
    assert_eq!(Ed25519Key::from_pem(&read_pem(&at("ok")).expect("read")).expect("a key").public(), public);
    assert_eq!(Ed25519Public::from_bytes(&public.to_bytes()), Some(public.clone()));
    // It reads our private key too, and the fingerprint is what its DER has.
    assert!(openssl(folder.path(), &["pkeyutl", "-sign", "-inkey", "k", "-rawin", "-in", "m", "-out", "s2"]));
    assert_eq!(std::fs::read(at("s2")).expect("read"), key.sign(b"massage"));
    assert!(openssl(folder.path(), &["pkey", "-pubin", "-in", "op", "-outform", "DER", "-out", "der"]));
    let der = std::fs::read(at("der")).expect("read");
    assert_eq!(touchstone_model::digest::Digest::of(der), public.fingerprint());
}

#[test]
fn sm2_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let distid = format!("distid:{DISTID}");
    let options = ["-rawin", "-digest", "sm3", "-pkeyopt", &distid];
    let verify = |key: &str, signature: &str| {
        let words = [&["pkeyutl", "-verify", "-pubin", "-in", "m", "-inkey", key, "-sigfile", signature], &options[..]].concat();
        openssl(folder.path(), &words)
    };
    let key = Sm2Key::generate().expect("a key");
    write_private(&at("k"), &key.to_pem().expect("pem")).expect("written");
    write_public(&at("p"), &key.public().to_pem().expect("pem")).expect("written");
    std::fs::write(at("m"), b"message").expect("written");
    std::fs::write(at("s"), key.sign(b"message").expect("signed")).expect("written");
    assert!(verify("p", "s"));
    std::fs::write(at("m"), b"massage").expect("written");
    assert!(!verify("p", "s"));
    assert!(openssl(folder.path(), &["genpkey", "-algorithm", "SM2", "-out", "ok"]));
    assert!(openssl(folder.path(), &["pkey", "-in", "ok", "-pubout", "-out", "op"]));
    let words = [&["pkeyutl", "-sign", "-inkey", "ok", "-in", "m", "-out", "os"], &options[..]].concat();
    assert!(openssl(folder.path(), &words));
    let public = Sm2Public::from_pem(&read_pem(&at("op")).expect("read")).expect("a key");
    let signature = std::fs::read(at("os")).expect("read");
    assert!(public.verifies(b"massage", &signature) && !public.verifies(b"message", &signature));
    assert_eq!(Sm2Key::from_pem(&read_pem(&at("ok")).expect("read")).expect("a key").public(), public);
    assert!(openssl(folder.path(), &["pkey", "-pubin", "-in", "op", "-outform", "DER", "-out", "der"]));
    assert_eq!(touchstone_model::digest::Digest::of(std::fs::read(at("der")).expect("read")), public.fingerprint());
}

/// Leading zeros in r or s change the encoding's length: enough signatures to meet some.
#[test]
fn many_sm2_signatures_are_read_back() {
    let key = Sm2Key::generate().expect("a key");
    let public = key.public();
    for n in 0u32..600 {
        let message = n.to_be_bytes();
        let signature = key.sign(&message).expect("signed");
        assert!(public.verifies(&message, &signature), "{n}: {}", hex::encode(&signature));
    }
}
