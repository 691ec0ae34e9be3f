//! Who may load what: nothing runs that the suite's lock does not pin and a trusted publisher did not sign for just that role.

use crate::support::{Bench, Went, finish, fixtures, root, touchstone};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use touchstone_bundle::verify::{Weight, verify};

/// A purchaser with checks, a vendor with an adapter, each with keys of their own.
struct Parties {
    bench: Bench,
}

/// The program as people have it: nothing unsigned is let in.
fn program(words: &[&str]) -> std::process::Command {
    let mut command = touchstone();
    command.env_remove("TOUCHSTONE_ALLOW_UNSIGNED").args(["--lang", "en"]).args(words);
    command
}

fn done(command: &mut std::process::Command) -> String {
    let went = finish(command);
    assert_eq!(went.code, Some(0), "{}", went.said);
    went.said
}

/// A real adapter, built once.
fn adapter() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = fixtures().parent().expect("a folder").join("fixture-adapters");
        let source = root().join("plugins/adapters/tomcat");
        done(touchstone().args(["plugin", "build", "--lang", "en", "--out"]).arg(&out).arg(source));
        out.join("tomcat.wasm")
    })
}

impl Parties {
    fn new() -> Parties {
        let bench = Bench::new(fixtures());
        let parties = Parties { bench };
        std::fs::create_dir(parties.at("plugins")).expect("a folder");
        std::fs::copy(fixtures().join("hostile.wasm"), parties.at("plugins/hostile.wasm")).expect("copied");
        std::fs::copy(adapter(), parties.at("plugins/tomcat.wasm")).expect("copied");
        parties.bench.suite(&["hostile"], &[("hostile/good", String::new())]);
        let suite = std::fs::read_to_string(parties.at("suite.toml")).expect("a suite");
        let suite = suite.replace("plugins = [\"hostile\"]\n", "plugins = [\"hostile\"]\nadapters = [\"tomcat\"]\n");
        parties.bench.write("suite.toml", suite);
        for name in ["purchaser", "vendor"] {
            done(program(&["plugin", "key"]).arg(parties.at(name)));
        }
        parties
    }

    fn at(&self, name: &str) -> PathBuf {
        self.bench.path(name)
    }

    fn sign(&self, who: &str, file: &str) {
        done(program(&["plugin", "sign", "--key"]).arg(self.at(&format!("{who}.key"))).arg(self.at(file)));
    }

    fn trust(&self, who: &str, role: &str) -> Went {
        let mut command = program(&["plugin", "trust", "--role", role, "--name", who, "--suite"]);
        finish(command.arg(self.at("suite.toml")).arg(self.at(&format!("{who}.pub"))))
    }

    fn lock(&self) -> Went {
        let mut command = program(&["plugin", "lock", "--suite"]);
        finish(command.arg(self.at("suite.toml")).arg("--plugins").arg(self.at("plugins")))
    }

    fn run(&self, folder: &str, more: &[&str]) -> Went {
        let mut command = program(&["run"]);
        command.arg("--suite").arg(self.at("suite.toml")).arg("--plugins").arg(self.at("plugins"));
        command.arg("--inventory").arg(self.at("inventory.toml")).arg("--out").arg(self.at(folder));
        finish(command.args(more))
    }

    /// Everything signed, trusted and locked as it should be.
    fn in_order() -> Parties {
        let parties = Parties::new();
        parties.sign("purchaser", "plugins/hostile.wasm");
        parties.sign("vendor", "plugins/tomcat.wasm");
        for (who, role) in [("purchaser", "check"), ("vendor", "adapter")] {
            let went = parties.trust(who, role);
            assert_eq!(went.code, Some(0), "{}", went.said);
        }
        let went = parties.lock();
        assert_eq!(went.code, Some(0), "{}", went.said);
        parties
    }
}

fn refused(went: &Went, words: &[&str]) {
    assert_eq!(went.code, Some(4), "nothing is left to run: {}", went.said);
    for word in words {
        assert!(went.said.contains(word), "{word}: {}", went.said);
    }
}

#[test]
fn what_is_signed_trusted_and_locked_runs_and_the_report_says_whose_it_was() {
    let parties = Parties::in_order();
    let went = parties.run("run", &[]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    let report = parties.bench.report("run");
    let plugins = report["plan"]["plugins"].as_array().expect("plugins");
    for (plugin, (name, by, role)) in plugins.iter().zip([("hostile", "purchaser", "check"), ("tomcat", "vendor", "adapter")]) {
        assert_eq!(plugin["name"], name);
        assert_eq!((&plugin["vouched"]["by"], &plugin["vouched"]["role"]), (&by.into(), &role.into()), "{plugin:#}");
        assert_eq!(plugin["vouched"]["key"].as_str().map(str::len), Some(64));
    }
    assert_eq!(report["plan"]["unsigned_allowed"], false);
    let html = std::fs::read_to_string(parties.at("run/report.html")).expect("a page");
    assert!(html.contains("purchaser") && html.contains("vendor") && !html.contains("--allow-unsigned"));
    // The lock is kept with the run, and its signatures are looked at again.
    let verification = verify(&parties.at("run"), None);
    assert!(verification.findings.0.is_empty(), "{:?}", verification.findings);
    assert_eq!(verification.findings.weight(), Weight::Note);
}

#[test]
fn what_nobody_vouches_for_is_refused_and_told_what_to_do() {
    let parties = Parties::new();
    let remedy = ["hostile.wasm", "plugin sign", "plugin lock", "--allow-unsigned"];
    refused(&parties.run("none", &[]), &[&remedy[..], &["there is no touchstone.lock"]].concat());
    assert!(!parties.at("none").exists());

    let allowed = parties.run("allowed", &["--allow-unsigned"]);
    assert_eq!(allowed.code, Some(0), "{}", allowed.said);
    assert!(allowed.said.contains("nobody vouches for"), "{}", allowed.said);
    let report = parties.bench.report("allowed");
    assert_eq!(report["plan"]["unsigned_allowed"], true);
    assert_eq!(report["plan"]["plugins"][0]["vouched"]["kind"], "nobody");
    let page = std::fs::read_to_string(parties.at("allowed/report.html")).expect("a page");
    let junit = std::fs::read_to_string(parties.at("allowed/junit.xml")).expect("a document");
    assert!(page.contains("Nobody vouches for a plugin (--allow-unsigned)") && junit.contains("UNSIGNED PLUGIN hostile"));

    let went = parties.lock();
    assert_ne!(went.code, Some(0));
    assert!(went.said.contains("hostile") && went.said.contains("not signed"), "{}", went.said);
    parties.sign("purchaser", "plugins/hostile.wasm");
    parties.sign("vendor", "plugins/tomcat.wasm");
    let went = parties.lock();
    assert_ne!(went.code, Some(0));
    assert!(went.said.contains("is not trusted") && went.said.contains("plugin trust"), "{}", went.said);
    assert!(!parties.at("touchstone.lock").exists());
}

#[test]
fn a_vendors_key_brings_no_check_into_a_purchasers_suite() {
    let parties = Parties::in_order();
    // The vendor signs a check of their own, named as the purchaser's.
    parties.sign("vendor", "plugins/hostile.wasm");
    let went = parties.lock();
    assert_ne!(went.code, Some(0));
    assert!(
        went.said.contains("the key of vendor") && went.said.contains("trusted for adapters, not for checks"),
        "{}",
        went.said
    );
    // Nor does writing it into the lock by hand.
    let signature = std::fs::read_to_string(parties.at("plugins/hostile.wasm.sig")).expect("a signature");
    let lock = std::fs::read_to_string(parties.at("touchstone.lock")).expect("a lock");
    let signature = signature.split_once("schema = 1\n").expect("its head").1.to_owned();
    let (roots, pins) = lock.split_once("\n[[plugin]]\n").expect("plugins");
    let adapter = pins.split_once("\n[[plugin]]\n").expect("two plugins").1;
    let forged = format!("{roots}\n[[plugin]]\n{signature}\n[[plugin]]\n{adapter}");
    parties.bench.write("touchstone.lock", &forged);
    refused(&parties.run("none", &[]), &["hostile.wasm", "trusted for adapters, not for checks"]);
    // Nor an adapter's signature carried over: the role is part of what is signed.
    let carried = forged.replacen("role = \"check\"\nsha256", "role = \"adapter\"\nsha256", 1);
    assert_ne!(carried, forged);
    parties.bench.write("touchstone.lock", carried);
    refused(&parties.run("none", &[]), &["its signature does not fit"]);
    // One key for both roles is refused.
    let went = parties.trust("vendor", "check");
    assert_ne!(went.code, Some(0));
    assert!(went.said.contains("different keys") || went.said.contains("does not"), "{}", went.said);
}

#[test]
fn every_change_to_component_or_lock_is_refused() {
    let parties = Parties::in_order();
    let lock = std::fs::read_to_string(parties.at("touchstone.lock")).expect("a lock");
    let component = std::fs::read(parties.at("plugins/hostile.wasm")).expect("a component");
    let mut changed = component.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    parties.bench.write("plugins/hostile.wasm", &changed);
    refused(&parties.run("none", &[]), &["hostile.wasm", "it was changed"]);
    parties.bench.write("plugins/hostile.wasm", &component);
    // Pinned anew, but signed by nobody.
    let digest = |content: &[u8]| touchstone_model::digest::Digest::of(content).0;
    parties.bench.write("plugins/hostile.wasm", &changed);
    parties.bench.write("touchstone.lock", lock.replace(&digest(&component), &digest(&changed)));
    refused(&parties.run("none", &[]), &["its signature does not fit"]);
    parties.bench.write("plugins/hostile.wasm", &component);
    parties.bench.write("touchstone.lock", lock.replace("role = \"check\"\nname", "role = \"adapter\"\nname"));
    refused(&parties.run("none", &[]), &["trusted for adapters, not for checks"]);
    parties.bench.write("touchstone.lock", lock.replace("sha256 = \"", "sha256 = \"x"));
    let went = parties.run("none", &[]);
    assert_eq!(went.code, Some(5), "{}", went.said);
    assert!(went.said.contains("touchstone.lock:") && went.said.contains("no SHA-256"), "{}", went.said);
    parties.bench.write("touchstone.lock", &lock);
    assert_eq!(parties.run("run", &[]).code, Some(0));
}

#[test]
fn keys_are_private_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new(fixtures());
    for words in [&["key"][..], &["key", "--sm2"], &["plugin", "key"]] {
        let name = bench.path(&words.join("-"));
        let said = done(program(words).arg(&name));
        let private = bench.path(&format!("{}.key", words.join("-")));
        assert_eq!(private.metadata().expect("a key").permissions().mode() & 0o777, 0o600);
        let secret = std::fs::read_to_string(&private).expect("a key");
        assert!(!said.contains(secret.lines().nth(1).expect("its body")), "the private half is not shown");
        assert_ne!(finish(program(words).arg(&name)).code, Some(0));
        assert_eq!(std::fs::read_to_string(&private).expect("a key"), secret);
    }
}
