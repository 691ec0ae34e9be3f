//! Time stamps by a real authority: OpenSSL's, on loopback. What it stamped is verified by the bundle's own guide.

use crate::bundling::{bundle, follow, guide, sealed};
use crate::support::{Bench, finish, touchstone};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use touchstone_bundle::verify::{Weight, verify};

/// A certificate authority and a time-stamping authority below it.
struct Authority {
    dir: tempfile::TempDir,
}

fn openssl(dir: &Path, words: &[&str]) {
    let output = Command::new("openssl").args(words).current_dir(dir).stdin(Stdio::null()).output().expect("openssl runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Authority {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let config = "[tsa]\ndefault_tsa = one\n[one]\ndir = .\nserial = ./serial\nsigner_cert = ./tsa.pem\ncerts = ./ca.pem\n\
                      signer_key = ./tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256, sm3\n\
                      accuracy = secs:1\n[ext]\nextendedKeyUsage = critical,timeStamping\n[req]\ndistinguished_name = dn\n[dn]\n\
                      [caext]\nbasicConstraints = critical,CA:TRUE\n";
        std::fs::write(dir.path().join("tsa.cnf"), config).expect("written");
        std::fs::write(dir.path().join("serial"), "01\n").expect("written");
        let at = dir.path();
        openssl(
            at,
            &[
                "req",
                "-x509",
                "-newkey",
                "ed25519",
                "-nodes",
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem",
                "-subj",
                "/CN=test CA",
                "-days",
                "2",
                "-config",
                "tsa.cnf",
                "-extensions",
                "caext",
            ],
        );
        openssl(
            at,
            &[
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "tsa.key",
                "-out",
                "tsa.csr",
                "-subj",
                "/CN=test TSA",
                "-config",
                "tsa.cnf",
            ],
        );
        openssl(
            at,
            &[
                "x509",
                "-req",
                "-in",
                "tsa.csr",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-out",
                "tsa.pem",
                "-days",
                "2",
                "-extfile",
                "tsa.cnf",
                "-extensions",
                "ext",
            ],
        );
        Authority { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn reply(&self, query: &[u8]) -> Vec<u8> {
        std::fs::write(self.path("in.tsq"), query).expect("written");
        openssl(
            self.dir.path(),
            &["ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", "in.tsq", "-out", "out.tsr"],
        );
        std::fs::read(self.path("out.tsr")).expect("an answer")
    }

    /// Answers one request over HTTP; the thread ends with it.
    fn serve_once(self) -> (String, std::thread::JoinHandle<(Authority, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/tsa", listener.local_addr().expect("an address"));
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut seen = Vec::new();
            let (head, length) = loop {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a request");
                seen.push(byte[0]);
                if seen.ends_with(b"\r\n\r\n") {
                    let head = String::from_utf8_lossy(&seen).to_ascii_lowercase();
                    let length = head
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length:"))
                        .expect("a length")
                        .trim()
                        .parse()
                        .expect("a number");
                    break (head, length);
                }
            };
            let mut body = vec![0; length];
            stream.read_exact(&mut body).expect("a body");
            let reply = self.reply(&body);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                reply.len()
            );
            stream.write_all(answer.as_bytes()).and_then(|()| stream.write_all(&reply)).expect("answered");
            (self, head)
        });
        (url, served)
    }
}

fn stamp(bundle: &Path, more: &[&str]) -> crate::support::Went {
    finish(touchstone().args(["timestamp", "--lang", "en"]).arg(bundle).args(more))
}

fn stamps(bundle: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(bundle.join("timestamps")).map(|all| all.flatten().map(|e| e.path()).collect()).unwrap_or_default()
}

#[test]
fn a_bundle_is_stamped_over_http_and_by_hand_and_its_guide_verifies_both() {
    let (bench, bundle): (Bench, PathBuf) = sealed();
    let (url, served) = Authority::new().serve_once();
    let went = stamp(&bundle, &["--url", &url]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    let (authority, head) = served.join().expect("it answered");
    assert!(head.contains("content-type: application/timestamp-query"), "{head}");
    // By hand, with the national digest.
    let query = bench.path("query.tsq");
    assert_eq!(stamp(&bundle, &["--sm3", "--query", &query.display().to_string()]).code, Some(0));
    let response = bench.write("response.tsr", authority.reply(&std::fs::read(&query).expect("a request")));
    let went = stamp(&bundle, &["--response", &response.display().to_string()]);
    assert!(went.code == Some(0) && went.said.contains("(sm3)"), "{}", went.said);
    assert_eq!(stamps(&bundle).len(), 2);
    assert_eq!(verify(&bundle, None).findings.weight(), Weight::Note);

    let ca = authority.path("ca.pem").display().to_string();
    let (well, said) = follow("/bin/sh", &guide(&bundle), &bundle, &[("TSA_CA", &ca)]);
    assert!(well && said.matches("Verification: OK").count() == 2, "{said}");
    let (well, said) = follow("/bin/sh", &guide(&bundle), &bundle, &[]);
    assert!(well && said.contains("not verified without TSA_CA"), "{said}");
    // Another authority's word is not taken.
    let other = Authority::new().path("ca.pem").display().to_string();
    assert!(!follow("/bin/sh", &guide(&bundle), &bundle, &[("TSA_CA", &other)]).0);

    for path in stamps(&bundle) {
        let content = std::fs::read(&path).expect("a stamp");
        for at in (0..content.len()).step_by(content.len() / 30) {
            let mut changed = content.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).expect("written");
            assert_eq!(verify(&bundle, None).findings.weight(), Weight::Altered, "byte {at}");
        }
        std::fs::write(&path, &content).expect("written");
    }
}

#[test]
fn a_bundle_is_stamped_as_it_is_made_or_said_to_be_without() {
    let (bench, _) = sealed();
    let stamped = bench.path("stamped.bundle");
    let to = stamped.display().to_string();
    let (url, served) = Authority::new().serve_once();
    let went = bundle(&bench, "run", &["--out", &to, "--timestamp", &url]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    let (authority, _) = served.join().expect("it answered");
    assert_eq!(stamps(&stamped).len(), 1);
    assert_eq!(verify(&stamped, None).findings.weight(), Weight::Note);
    let ca = authority.path("ca.pem").display().to_string();
    let (well, said) = follow("/bin/sh", &guide(&stamped), &stamped, &[("TSA_CA", &ca)]);
    assert!(well && said.matches("Verification: OK").count() == 1, "{said}");
    // Nobody answers there: that is told, and the bundle stands without a stamp.
    let unstamped = bench.path("unstamped.bundle");
    let went = bundle(&bench, "run", &["--out", &unstamped.display().to_string(), "--timestamp", "http://127.0.0.1:9/"]);
    assert!(went.code == Some(2) && went.said.contains("127.0.0.1:9"), "{}", went.said);
    assert!(verify(&unstamped, None).findings.weight() == Weight::Note && stamps(&unstamped).is_empty());
}

#[test]
fn what_stamps_something_else_or_is_no_answer_is_not_kept() {
    let (bench, bundle) = sealed();
    let authority = Authority::new();
    std::fs::write(authority.path("other"), "something else").expect("written");
    openssl(authority.dir.path(), &["ts", "-query", "-data", "other", "-sha256", "-cert", "-out", "other.tsq"]);
    let reply = authority.reply(&std::fs::read(authority.path("other.tsq")).expect("a request"));
    let response = bench.write("other.tsr", reply);
    for (file, words) in [(response, "something else"), (bench.write("page.tsr", "<html>404</html>"), "no answer")] {
        let went = stamp(&bundle, &["--response", &file.display().to_string()]);
        assert!(went.code == Some(2) && went.said.contains(words), "{}", went.said);
    }
    assert!(stamps(&bundle).is_empty());
    assert_eq!(stamp(&bundle, &["--url", "http://127.0.0.1:9/"]).code, Some(2));
    assert_eq!(stamp(&bundle, &[]).code, Some(2));
    assert_eq!(stamp(&bench.path("run"), &["--url", "http://127.0.0.1:9/"]).code, Some(2));
}
