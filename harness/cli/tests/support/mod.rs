//! Suites of fixtures, and the program as people start it.
#![allow(dead_code, reason = "no test uses all of it")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A scratch folder with a suite, its catalogue and an inventory.
pub struct Bench {
    pub dir: tempfile::TempDir,
    plugins: PathBuf,
}

/// How a call of the program ended.
pub struct Went {
    pub code: Option<i32>,
    /// Both streams.
    pub said: String,
    pub took: Duration,
}

/// Names the folder of the fixtures to a test that is started by another one, which has built them.
pub const FIXTURES: &str = "TOUCHSTONE_TEST_FIXTURES";

/// Folder of the built fixtures; built once.
pub fn fixtures() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(built) = std::env::var_os(FIXTURES) {
            return built.into();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_touchstone"));
        let out = program.ancestors().nth(2).expect("a target folder").join("fixtures");
        let built = touchstone()
            .args(["plugin", "build", "--lang", "en", "--out"])
            .arg(&out)
            .args(["hostile", "survival"].map(|name| root().join("plugins/fixtures").join(name)))
            .output()
            .expect("the program starts");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        out
    })
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The program, without what the tests' own environment says to it.
pub fn touchstone() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_touchstone"));
    for name in ["TOUCHSTONE_SUITE", "TOUCHSTONE_PLUGINS", "TOUCHSTONE_INVENTORY", "TOUCHSTONE_LOG", "TOUCHSTONE_LOCK"] {
        command.env_remove(name);
    }
    // Fixtures are built where they are tried, and nobody signs them; tests of who may load what take this away.
    command.env("TOUCHSTONE_ALLOW_UNSIGNED", "1");
    command
}

impl Bench {
    /// With these plugins.
    pub fn new(plugins: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("touchstone-test-").tempdir().expect("a folder");
        let bench = Bench { dir, plugins: plugins.to_owned() };
        bench.inventory("[[target]]\nname = \"machine\"\nkind = \"host\"\nshell = { transport = \"local\" }\n");
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).expect("written");
        self.path(name)
    }

    /// `targets` in the inventory's own words.
    pub fn inventory(&self, targets: &str) {
        self.write("inventory.toml", format!("schema = 1\n\n{targets}"));
    }

    /// Each check with further lines of its own decides a mandatory clause of its own: OS-01, OS-02 ...
    pub fn suite(&self, plugins: &[&str], checks: &[(&str, String)]) {
        let mut catalogue = "schema = 1\nid = \"tests\"\ntitle = { zh = \"测试\", en = \"tests\" }\n\
            [[area]]\nid = \"OS\"\ntitle = { zh = \"测试\", en = \"tests\" }\n"
            .to_owned();
        let mut suite = format!(
            "schema = 1\nid = \"tests\"\ntitle = {{ zh = \"测试\", en = \"tests\" }}\ncatalogue = \"catalogue.toml\"\n\
             plugins = {plugins:?}\ndialects = {:?}\n",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../suites/dialects")
        );
        for (number, (check, more)) in checks.iter().enumerate() {
            let clause = format!("OS-{:02}", number + 1);
            catalogue += &format!(
                "[[clause]]\nid = \"{clause}\"\narea = \"OS\"\ntitle = {{ zh = \"条\", en = \"clause\" }}\n\
                 text = {{ zh = \"条\", en = \"clause\" }}\ndecided_by = {{ zh = \"看\", en = \"a look\" }}\nsource = \"1\"\n\
                 mandatory = true\nmethod = [\"test\"]\ntarget = \"host\"\n\
                 [[clause.aspect]]\nid = \"it\"\ntitle = {{ zh = \"它\", en = \"it\" }}\nmethod = \"test\"\n"
            );
            suite += &format!("\n[[check]]\nid = \"{check}\"\ndecides = [\"{clause}/it\"]\n{more}\n");
        }
        self.write("catalogue.toml", catalogue);
        self.write("suite.toml", suite);
    }

    /// A command over this suite, these plugins and this inventory.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = touchstone();
        command.args(words).arg("--suite").arg(self.path("suite.toml")).arg("--plugins").arg(&self.plugins);
        command.arg("--inventory").arg(self.path("inventory.toml")).current_dir(self.dir.path());
        command
    }

    /// `run --out <folder>`.
    pub fn run(&self, folder: &str, more: &[&str]) -> Went {
        let mut command = self.command(&["run", "--lang", "en"]);
        finish(command.args(["--out", folder]).args(more))
    }

    /// `run` in the background, with its words in files.
    pub fn start(&self, folder: &str, more: &[&str]) -> Child {
        let mut command = self.command(&["run", "--lang", "en", "--out", folder]);
        let log = |name: &str| Stdio::from(std::fs::File::create(self.path(name)).expect("a file"));
        command.args(more).stdin(Stdio::null()).stdout(log("stdout.log")).stderr(log("stderr.log"));
        command.spawn().expect("the program starts")
    }

    /// `resume` or `report` of a folder.
    pub fn on_run(&self, word: &str, folder: &str) -> Went {
        finish(touchstone().args([word, "--lang", "en"]).arg(self.path(folder)))
    }

    pub fn report(&self, folder: &str) -> Value {
        let json = std::fs::read(self.path(folder).join("report.json")).expect("a report");
        serde_json::from_slice(&json).expect("JSON")
    }
}

/// Runs it to its end.
pub fn finish(command: &mut Command) -> Went {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Went { code: output.status.code(), said, took: begun.elapsed() }
}

/// One check of a report.
pub fn check<'a>(report: &'a Value, item: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["item"] == item).unwrap_or_else(|| panic!("no {item} in {report:#}"))
}

/// The English reason of a verdict, once both languages hold one.
pub fn reason(check: &Value) -> &str {
    let reason = &check["verdict"]["reason"];
    let [zh, en] = ["zh", "en"].map(|lang| reason[lang].as_str().unwrap_or_default().trim());
    assert!(!zh.is_empty() && !en.is_empty(), "{check:#}");
    en
}

/// Waits until something is so.
pub fn until(what: &str, within: Duration, so: impl Fn() -> bool) {
    let end = Instant::now() + within;
    while !so() {
        assert!(Instant::now() < end, "not within {within:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Living processes with this word on their command line (the dead that nobody has collected do not count).
pub fn alive(word: &str) -> Vec<u32> {
    let numbers = std::fs::read_dir("/proc").expect("/proc").flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|id| std::fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| has(&line, word))).collect()
}

fn has(line: &[u8], word: &str) -> bool {
    line.split(|byte| *byte == 0).any(|one| one == word.as_bytes())
}

/// A number of seconds that tells this test's processes from all others.
pub fn own_seconds(offset: u32) -> u32 {
    100_000 + (std::process::id() % 50_000) * 10 + offset
}
