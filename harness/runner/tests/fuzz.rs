//! Documents and journals that nobody wrote in good faith: each is read, or refused with its mistakes, and never more.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use touchstone_fuzz::fuzz;
use touchstone_runner::input::{load_catalogue, load_inventory, load_suite};
use touchstone_runner::journal;

/// A file in a folder of its own, in memory where there is such a place.
struct Paper {
    dir: tempfile::TempDir,
    name: &'static str,
}

impl Paper {
    fn new(name: &'static str) -> Self {
        let memory = PathBuf::from("/dev/shm");
        let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self { dir: dir.expect("a folder"), name }
    }

    fn holding(&self, content: &[u8]) -> PathBuf {
        let path = self.dir.path().join(self.name);
        std::fs::write(&path, content).expect("written");
        path
    }
}

fn example(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)).expect("an example")
}

/// What both outcomes have in common: how many mistakes, and each with words in both languages.
fn mistakes(said: &touchstone_runner::input::BadInput) -> usize {
    let words = said.to_string();
    assert!(!words.is_empty());
    words.lines().count().min(12)
}

#[test]
fn fuzz_suites() {
    let paper = Paper::new("suite.toml");
    std::fs::write(paper.dir.path().join("catalogue.toml"), example("tests/input/small-catalogue.toml")).expect("written");
    let good = "schema = 1\nid = \"s\"\ntitle = { zh = \"一\", en = \"one\" }\ncatalogue = \"catalogue.toml\"\nplugins = [\"os\"]\n\n\
        [[check]]\nid = \"os/a\"\ndecides = [\"OS-20/mbr\"]\nparams = { size = \"1\" }\ntime_limit = \"90s\"\n";
    let words = [
        "[[check]]\n",
        "id = ",
        "decides = [",
        "\"",
        "time_limit = \"",
        "ms",
        "plugins",
        "{",
        "}",
        "\n",
        "\u{feff}",
        "\r",
        "../",
    ];
    fuzz(&[good.as_bytes(), &example("tests/input/broken-suite.toml")], &words, |input| {
        match load_suite(&paper.holding(input)) {
            Ok(suite) => suite.suite.checks.len(),
            Err(said) => 100 + mistakes(&said),
        }
    });
}

#[test]
fn fuzz_catalogues() {
    let paper = Paper::new("catalogue.toml");
    let words = ["[[clause]]\n", "[[clause.aspect]]\n", "[[area]]\n", "id = ", "\"", "mandatory = ", "{", "zh", "\n", "\0"];
    fuzz(&[&example("tests/input/small-catalogue.toml")], &words, |input| match load_catalogue(&paper.holding(input)) {
        Ok(catalogue) => catalogue.clauses.len(),
        Err(said) => 100 + mistakes(&said),
    });
}

/// A secret written into an inventory, where it must not stand, is in no message about it.
#[test]
fn fuzz_inventories() {
    const SECRET: &str = "Tr0ub4dor-and-3";
    let paper = Paper::new("inventory.toml");
    let good = String::from(
        "schema = 1\n\n[[target]]\nname = \"db-1\"\nkind = \"database\"\n[target.shell]\ntransport = \"ssh\"\naddress = \"10.0.0.1\"\n\
         user = \"root\"\nkey = { file = \"id\", passphrase = { env = \"P\" } }\njump = { address = \"gate\", user = \"me\", agent = true }\n\
         [target.sql]\nprotocol = \"postgresql\"\nhost = \"h\"\ndatabase = \"d\"\ntls = \"require\"\n[target.sql.roles.app]\n\
         user = \"app\"\npassword = { env = \"X\" }\n[target.http.endpoints]\na = \"https://10.0.0.1:8443/\"\n",
    );
    let bad = format!(
        "schema = 1\n[[target]]\nname = \"a\"\nkind = \"host\"\n[target.sql.roles.app]\nuser = \"u\"\npassword = \"{SECRET}\"\n"
    );
    let secret = format!("password = \"{SECRET}\"\n");
    let words = [
        secret.as_str(),
        "passphrase = ",
        "{ env = \"X\" }",
        "[target.",
        "jump = {",
        "\"",
        "}",
        "\n",
        "'''",
        "port = ",
        "enter = [",
    ];
    fuzz(&[good.as_bytes(), bad.as_bytes()], &words, |input| match load_inventory(&paper.holding(input)) {
        Ok(loaded) => loaded.inventory.targets.len(),
        Err(said) => {
            // Only where it stands as the value of a password is it known to be one.
            if String::from_utf8_lossy(input).matches(SECRET).count() == String::from_utf8_lossy(input).matches(&secret).count() {
                assert!(!said.to_string().contains(SECRET), "{said}");
            }
            100 + mistakes(&said)
        }
    });
}

#[test]
fn fuzz_journals() {
    let paper = Paper::new(journal::FILE);
    let line = "0".repeat(64) + " {\"seq\":0}\n";
    fuzz(&[line.as_bytes(), b"\n", b"abc def\n"], &["\n", " ", "{\"seq\":", "}", "\0"], |input| {
        paper.holding(input);
        match journal::read(paper.dir.path()) {
            // No hash was ever right by chance: what is read is empty, or torn before its first end.
            Ok(stored) => {
                assert!(stored.entries.is_empty());
                0
            }
            Err(error) => 1 + error.to_string().split(':').nth(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0).min(9),
        }
    });
}
