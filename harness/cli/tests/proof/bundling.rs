//! Bundles of real runs, and their own guide followed literally with nothing but openssl and sha256sum.

use crate::support::{Bench, Went, finish, fixtures, touchstone};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A bench with a run, its keys, and a bundle of it.
pub fn sealed() -> (Bench, PathBuf) {
    let bench = Bench::new(fixtures());
    let wrong = "params = { wanted = \"别的\" }".to_owned();
    bench.suite(&["hostile"], &[("hostile/good", wrong), ("hostile/bulky", String::new())]);
    assert_eq!(bench.run("run", &[]).code, Some(1));
    for words in [&["key"][..], &["key", "--sm2"]] {
        let went = finish(touchstone().args(words).arg(bench.path(words.last().expect("a word").trim_start_matches('-'))));
        assert_eq!(went.code, Some(0), "{}", went.said);
    }
    let went = bundle(&bench, "run", &[]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    let folder = bench.path("run.bundle");
    (bench, folder)
}

pub fn bundle(bench: &Bench, run: &str, more: &[&str]) -> Went {
    let mut command = touchstone();
    command.args(["bundle", "--lang", "en", "--key"]).arg(bench.path("key.key")).arg("--sm2-key").arg(bench.path("sm2.key"));
    finish(command.arg(bench.path(run)).args(more))
}

/// The commands of VERIFY.md as they stand there.
pub fn guide(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("VERIFY.md")).expect("a guide");
    let blocks: Vec<&str> = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("an end")).collect();
    assert_eq!(blocks.len(), 8);
    blocks.join("\n")
}

/// A PATH with nothing but openssl and sha256sum in it.
fn only_two() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["openssl", "sha256sum"] {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
            std::os::unix::fs::symlink(found.expect("it is installed"), folder.path().join(name)).expect("a link");
        }
        folder
    });
    folder.path()
}

/// Follows the guide in a folder, literally; whether every step ended well, and what was said.
pub fn follow(shell: &str, script: &str, folder: &Path, environment: &[(&str, &str)]) -> (bool, String) {
    let temporary = tempfile::tempdir().expect("a folder");
    let output = Command::new(shell)
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .env("PATH", only_two())
        .env("TMPDIR", temporary.path())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}
