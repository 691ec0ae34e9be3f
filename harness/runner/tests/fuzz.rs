//! Documents and journals that nobody wrote in good faith: each is read, or refused with its mistakes, and never more.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use touchstone_fuzz::fuzz;
use touchstone_runner::input::{
    load_catalogue, load_dialects, load_inventory, load_ledgers, load_lock, load_register, load_signature, load_suite,
    load_waivers, render_lock,
};
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

/// Lines as they would be bound together: what is wrong in them must be told by more than their hashes.
#[test]
fn fuzz_journals_whose_hashes_are_right() {
    let paper = Paper::new(journal::FILE);
    let start = r#"{"seq":0,"at":"2026-01-01T00:00:00.000Z","event":"run-started","run":"r","tool":"0","suite_sha256":"00","plan":{"suite":"s","suite_title":{"zh":"","en":""},"catalogue":{"id":"c","title":{"zh":"","en":""},"areas":[],"clauses":[]},"selected":[],"allowed":"observe","targets":[],"plugins":[],"items":[],"left_out":[]}}"#;
    let more = r#"{"seq":1,"at":"t","event":"check-started","item":"a@b","attempt":1}"#;
    let end = r#"{"seq":2,"at":"t","event":"run-finished","interrupted":false}"#;
    let seed = format!("{start}\n{more}\n{end}");
    let words =
        ["\"event\":\"", "check-finished", "cleanup-registered", "\"seq\":", "\n", "null", "{}", "[]", "\"attempt\":", "-1"];
    fuzz(&[seed.as_bytes(), start.as_bytes()], &words, |input| {
        let mut content = Vec::new();
        let mut before = journal::zero();
        for line in String::from_utf8_lossy(input).lines() {
            before = journal::link(&before, line);
            content.extend(format!("{before} {line}\n").bytes());
        }
        paper.holding(&content);
        match journal::read(paper.dir.path()) {
            Ok(stored) => {
                let folded = touchstone_model::run::Run::from_entries(&stored.entries, stored.head.clone());
                (stored.entries.len().min(9), folded.is_ok(), 0)
            }
            Err(error) => (0, false, error.to_string().len().min(200)),
        }
    });
}

#[test]
fn fuzz_waivers() {
    let paper = Paper::new("waivers.toml");
    let catalogue = Paper::new("catalogue.toml");
    let known = load_catalogue(&catalogue.holding(&example("tests/input/small-catalogue.toml"))).expect("a catalogue");
    let good = "schema = 1\n[[waiver]]\nid = \"W-1\"\ncovers = \"OS-20/mbr\"\ntarget = \"a\"\napprover = \"x\"\n\
        reason = { zh = \"一\", en = \"one\" }\nfrom = 2026-11-01T00:00:00+08:00\nuntil = 2026-12-31T23:59:59+08:00\n";
    let words =
        ["[[waiver]]\n", "covers = ", "from = ", "until = ", "2026-02-30T25:61:61+99:00", "+08:00", "Z", "\"", "\n", "OS-20"];
    fuzz(&[good.as_bytes()], &words, |input| match load_waivers(&paper.holding(input), &known) {
        Ok(loaded) => loaded.waivers.len(),
        Err(said) => 100 + mistakes(&said),
    });
}

#[test]
fn fuzz_locks_and_signatures() {
    let (paper, signature) = (Paper::new("touchstone.lock"), Paper::new("os.wasm.sig"));
    let (key, sum) = ("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "0".repeat(64));
    let pin = format!("name = \"os\"\nrole = \"check\"\nsha256 = \"{sum}\"\nkey = \"{key}\"\nsignature = \"{key}{key}\"\n");
    let lock = format!("schema = 1\n[[trust]]\nrole = \"check\"\nname = \"n\"\nkey = \"{key}\"\n\n[[plugin]]\n{pin}");
    let words = ["[[trust]]\n", "[[plugin]]\n", "role = \"adapter\"\n", "key = ", "sha256 = ", "\"", "=", "\n", key];
    fuzz(&[lock.as_bytes(), format!("schema = 1\n{pin}").as_bytes()], &words, |input| {
        let lock = match load_lock(&paper.holding(input)) {
            Ok(lock) => {
                // What was read means the same when it is written and read again.
                let again = load_lock(&paper.holding(render_lock(&lock).as_bytes())).expect("our own words");
                assert_eq!((&again.roots, &again.pins), (&lock.roots, &lock.pins));
                lock.roots.len() + 10 * lock.pins.len()
            }
            Err(said) => 100 + mistakes(&said),
        };
        let pin = load_signature(&signature.holding(input));
        (lock, pin.map(|_| 0).unwrap_or_else(|said| 1 + mistakes(&said)))
    });
}

#[test]
fn fuzz_dialects() {
    let paper = Paper::new("product.toml");
    std::fs::write(paper.dir.path().join("family.toml"), example("../../suites/dialects/postgres-like.toml")).expect("written");
    let good = "schema = 1\nlevel = \"product\"\ntitle = { zh = \"一\", en = \"one\" }\naliases = [\"p\"]\nfamily = \"family\"\nsource = \"s\"\n\
        absent = [\"database/packages/*\"]\n[cases.shared]\ndrop-table = [\"DROP TABLE IF EXISTS {{x}}\"]\n[cases.\"database/arrays\"]\n\
        variable = [ { do = [\"SELECT {{k}}\"], undo = [\"@table {{p}}_t\"] } ]\n";
    let words = [
        "[cases.",
        "{{x}}",
        "{{",
        "}}",
        "@table ",
        "do = [",
        "undo = [",
        "family = \"product\"",
        "level = ",
        "\"",
        "\n",
        "absent = [",
    ];
    fuzz(&[good.as_bytes()], &words, |input| {
        paper.holding(input);
        load_dialects(paper.dir.path()).map(|_| 0).unwrap_or_else(|said| 1 + mistakes(&said))
    });
}

#[test]
fn fuzz_registers_of_evidence() {
    let paper = Paper::new("evidence.toml");
    let good = "schema = 1\nservice_period = { from = \"2026-01-01\", until = \"2026-12-31\" }\n[[document]]\nslot = \"MW-07/copyright\"\n\
        confidential = true\nsha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\nissuer = \"i\"\nholder = \"h\"\n\
        scope = \"s\"\nfrom = \"2025-03-01\"\nuntil = \"2028-02-28\"\nattested_by = \"a\"\nattested_on = \"2026-11-20\"\n";
    let words = [
        "[[document]]\n",
        "file = \"../../etc/passwd\"\n",
        "from = ",
        "until = ",
        "2026-02-30",
        "sha256 = ",
        "\"",
        "\n",
        "slot = ",
    ];
    fuzz(&[good.as_bytes()], &words, |input| match load_register(&paper.holding(input), &[]) {
        Ok(loaded) => loaded.register.documents.len(),
        Err(said) => 100 + mistakes(&said),
    });
}

/// The first byte chooses whether the rest is the index, or a ledger as CSV or as TOML.
#[test]
fn fuzz_ledgers() {
    let paper = Paper::new("ledgers.toml");
    let index = "schema = 1\noperator = \"o\"\n[[service]]\nid = \"database\"\ntitle = { zh = \"一\", en = \"one\" }\n";
    let listed = |file: &str| {
        let kind = "kind = \"incidents\"\nfrom = \"2026-01-01\"\nuntil = 2026-12-31\n";
        format!("{index}[[ledger]]\nfile = \"{file}\"\n{kind}")
    };
    let csv = "id,service,began,recovered,reported,channel,unusable,affected,confirmed,responsible,truthful,service_unusable,data_lost\n\
        i1,database,2026-05-01T10:00:00+08:00,2026-05-01T10:30:00+08:00,2026-05-01T10:05:00+08:00,phone,yes,10,yes,operator,yes,yes,no\n";
    let seeds = [
        format!("i{}", listed("incidents.csv")),
        format!("c{csv}"),
        format!("c\u{feff}{}", csv.replace(',', ";")),
        format!("t{csv}"),
    ];
    let seeds: Vec<&[u8]> = seeds.iter().map(String::as_bytes).collect();
    let words = [
        "\"",
        ",",
        ";",
        "\t",
        "\r\n",
        "\"\"",
        "2026-13-41",
        "\u{ff0c}",
        "[[ledger]]\n",
        "[[incident]]\n",
        "+08:00",
        "yes",
        "-1",
        "\0",
    ];
    let as_of = "2026-11-24T00:00:00Z".parse().expect("a time");
    fuzz(&seeds, &words, |input| {
        let (first, rest) = input.split_first().unwrap_or((&b'i', &[]));
        let (name, text) = match first {
            b'c' => ("incidents.csv", Some(listed("incidents.csv"))),
            b't' => ("incidents.toml", Some(listed("incidents.toml"))),
            _ => ("ledgers.toml", None),
        };
        if let Some(text) = text {
            paper.holding(text.as_bytes());
        }
        std::fs::write(paper.dir.path().join(name), rest).expect("written");
        match load_ledgers(paper.dir.path(), &Default::default(), as_of) {
            Ok(loaded) => (name, loaded.ledgers.incidents.len(), loaded.notes.len()),
            Err(said) => (name, 100 + mistakes(&said), 0),
        }
    });
}
