//! What people write, rightly and wrongly.
//!
//! In the broken documents below `«code»` stands right before the place where a problem of that code must be reported; the
//! marks are taken out before the document is read, and exactly the marked problems must come out.

use std::path::{Path, PathBuf};
use touchstone_model::acceptance::Severity;
use touchstone_model::inventory::{SecretSource, SshAuth, TlsMode, Transport};
use touchstone_model::text::{Lang, Text};
use touchstone_runner::input::{
    BadInput, Code, load_acceptance, load_catalogue, load_inventory, load_ledgers, load_register, load_rules, load_slots,
    load_suite, nearest,
};

type Place = (usize, usize, String);

const CATALOGUE: &str = include_str!("input/small-catalogue.toml");

fn gov_paas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites/gov-paas")
}

/// The text without marks, and the marked places.
fn unmark(marked: &str) -> (String, Vec<Place>) {
    let (mut text, mut places, mut rest) = (String::new(), Vec::new(), marked);
    while let Some((before, after)) = rest.split_once('«') {
        let (code, after) = after.split_once('»').expect("a mark is closed");
        text.push_str(before);
        let line = text.matches('\n').count() + 1;
        let column = text.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        places.push((line, column, code.to_owned()));
        rest = after;
    }
    (text + rest, places)
}

fn places(bad: &BadInput) -> Vec<Place> {
    let place = |problem: &touchstone_runner::input::Problem| {
        let (line, column) = problem.position();
        (line, column, problem.code.name().to_owned())
    };
    bad.problems.iter().map(place).collect()
}

/// Every problem must say something and propose something, in both languages, in all renderings, on the marked place.
fn assert_places(what: &str, bad: Option<BadInput>, expected: &[Place]) {
    let found = bad.as_ref().map(places).unwrap_or_default();
    assert_eq!(found, expected, "{what}\n{}", bad.as_ref().map(ToString::to_string).unwrap_or_default());
    let Some(bad) = bad else { return };
    for problem in &bad.problems {
        for text in [&problem.message, &problem.help] {
            assert!(!text.zh.is_empty() && !text.en.is_empty() && !text.en.contains('\n') && !text.zh.contains('\n'), "{text:?}");
            assert!(text.en.is_ascii() || problem.code != Code::MissingKey, "{text:?}");
        }
    }
    for lang in [Lang::Zh, Lang::En] {
        let plain = bad.render(lang, false, false);
        let fancy = bad.render(lang, true, false);
        for (problem, (line, column, code)) in bad.problems.iter().zip(expected) {
            assert!(plain.contains(&format!(":{line}:{column}: {} -- {}", problem.message.get(lang), problem.help.get(lang))));
            let place =
                if problem.source.text().is_empty() { format!(":{line}:{column}: ") } else { format!(":{line}:{column}]") };
            assert!(fancy.contains(&place), "{fancy}");
            assert!(problem.source.text().is_empty() || fancy.contains(code.as_str()), "{fancy}");
            assert!(fancy.contains(problem.help.get(lang)), "{fancy}");
        }
    }
}

fn inventory(text: &str) -> Result<touchstone_runner::input::LoadedInventory, BadInput> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inventory.toml");
    std::fs::write(&path, text).expect("written");
    load_inventory(&path)
}

fn suite(text: &str, catalogue: &str) -> Result<touchstone_runner::input::LoadedSuite, BadInput> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("catalogue.toml"), catalogue).expect("written");
    let path = folder.path().join("suite.toml");
    std::fs::write(&path, text).expect("written");
    load_suite(&path)
}

fn catalogue(text: &str) -> Result<touchstone_model::catalogue::Catalogue, BadInput> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("catalogue.toml");
    std::fs::write(&path, text).expect("written");
    load_catalogue(&path)
}

const SUITE_TOP: &str =
    "schema = 1\nid = \"s\"\ntitle = { zh = \"套\", en = \"s\" }\ncatalogue = \"catalogue.toml\"\nplugins = [\"os\"]\n";

#[test]
fn the_real_suite_loads() {
    let loaded = load_suite(&gov_paas().join("suite.toml")).unwrap_or_else(|bad| panic!("{}", bad.render(Lang::En, true, false)));
    assert_eq!(loaded.catalogue.clauses.len(), 105);
    assert_eq!(loaded.suite.id, "gov-paas");
    assert!(loaded.suite.checks.len() >= 11, "{}", loaded.suite.checks.len());
    let check = loaded.suite.checks.iter().find(|check| check.id == "os/kernel-version").expect("the check");
    assert_eq!(check.params.get("minimum").map(String::as_str), Some("4.9"));
    assert_eq!(check.decides[0].to_string(), "OS-01/release");
    assert_eq!(loaded.suite.acceptance.tolerated, [(Severity::Fatal, 0), (Severity::Serious, 0)].into());
    assert!(loaded.suite.particulars.object.is_some() && loaded.suite.particulars.number.is_none());
    assert_eq!(loaded.sha256.0.len(), 64);
}

#[test]
fn all_mistakes_of_a_suite_at_once_with_their_places() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/input/broken-suite.toml");
    let bad = load_suite(&path).expect_err("broken");
    let expected = [
        (2, 6, "bad-id"),
        (5, 18, "duplicate"),
        (6, 1, "unknown-key"),
        (10, 12, "unknown-aspect"),
        (10, 29, "unknown-clause"),
        (11, 22, "wrong-type"),
        (12, 14, "bad-duration"),
        (15, 6, "duplicate"),
        (17, 1, "unknown-key"),
        (20, 6, "unknown-plugin"),
        (21, 11, "bad-value"),
    ];
    let expected: Vec<Place> = expected.map(|(line, column, code)| (line, column, code.to_owned())).to_vec();
    let fancy = bad.render(Lang::En, true, false);
    println!("{fancy}{}", bad.render(Lang::Zh, true, false));
    let first_id = bad.problems[7].also.clone().expect("the first of two ids");
    assert_eq!(bad.problems[7].source.position(first_id.0.start), (9, 6));
    for remedy in ["did you mean `release`?", "did you mean `OS-01`?", "minimum = \"4.9\"", "\"90s\"", "did you mean `tags`?"] {
        assert!(fancy.contains(remedy), "{remedy}\n{fancy}");
    }
    assert!(fancy.ends_with("11 problems in 1 file\n"), "{fancy}");
    assert!(bad.render(Lang::Zh, true, false).ends_with("1个文件中共11处问题\n"));
    assert_places("the fixture", Some(bad), &expected);
}

#[test]
fn broken_suites() {
    let check = "[[check]]\nid = \"os/k\"\ndecides = [\"OS-01/release\"]\n";
    let cases = [
        ("empty", "«missing-key»«missing-key»«missing-key»«missing-key»«missing-key»«missing-key»".to_owned()),
        ("no quotes", format!("{SUITE_TOP}[[check]]\nid = «syntax»os/kernel\ndecides = [\"OS-01/release\"]\n")),
        (
            "unclosed string, then others",
            format!("{SUITE_TOP}[[check]]\nid = \"os/kernel«syntax»\ndecides = [«bad-id»\"OS-01\"]\n«unknown-key»decide = 1\n"),
        ),
        ("duplicate key", format!("{SUITE_TOP}{check}tags = []\n«duplicate»tags = []\n")),
        (
            "numbers as parameters",
            format!(
                "{SUITE_TOP}{check}params = {{ a = «wrong-type»1, b = «wrong-type»true, \"名\" = \"\", c = «wrong-type»[] }}\n"
            ),
        ),
        ("bad durations", format!("{SUITE_TOP}{check}time_limit = «bad-duration»90\n")),
        ("bad duration, float", format!("{SUITE_TOP}{check}time_limit = «bad-duration»\"1.5s\"\n")),
        ("check id", format!("{SUITE_TOP}[[check]]\nid = «bad-id»\"kernel\"\ndecides = [\"OS-01/release\"]\n")),
        (
            "aspect twice",
            format!("{SUITE_TOP}[[check]]\nid = \"os/k\"\ndecides = [\"OS-01/release\", «duplicate»\"OS-01/release\"]\n"),
        ),
        (
            "check no table",
            format!("{SUITE_TOP}check = «wrong-type»1\n")
                .replace("check = «wrong-type»1\n", "check = «wrong-type»«missing-key»1\n"),
        ),
        ("schema 2", format!("{}{check}", SUITE_TOP.replace("schema = 1", "schema = «bad-value»2"))),
        ("no English", format!("{}{check}", SUITE_TOP.replace("{ zh = \"套\", en = \"s\" }", "«missing-key»{ zh = \"套\" }"))),
        ("no such catalogue", format!("{}{check}", SUITE_TOP.replace("\"catalogue.toml\"", "«not-found»\"other.toml\""))),
        (
            "rules of acceptance",
            format!(
                "{SUITE_TOP}{check}[conclusion]\nmandatory_partly = «bad-value»\"grave\"\ntolerated = {{ fatal = «bad-value»-1, «unknown-key»mild = 1 }}\n\
                 graded = {{ «unknown-clause»\"OS-99\" = \"fatal\", \"OS-01\" = «wrong-type»1 }}\n[report]\n«unknown-key»buyer = \"x\"\nnumber = «bad-value»\"\"\n"
            ),
        ),
        ("plugin as a path", format!("{}{check}", SUITE_TOP.replace("[\"os\"]", "[\"os\", «bad-id»\"../os\"]"))),
    ];
    for (what, marked) in cases {
        let (text, mut expected) = unmark(&marked);
        if what == "check no table" {
            // No check can be read, so none is there; that is said at the top of the file.
            expected = vec![(1, 1, "missing-key".to_owned()), expected[0].clone()];
        }
        assert_places(what, suite(&text, CATALOGUE).err(), &expected);
    }
}

#[test]
fn broken_catalogues() {
    let cases = [
        ("clause id", CATALOGUE.replace("id = \"OS-01\"", "id = «bad-id»\"os-1\"")),
        ("area", CATALOGUE.replace("area = \"OS\"", "area = «unknown-area»\"DB\"")),
        ("method", CATALOGUE.replace("method = [\"test\"]", "method = [\"test\", «unknown-word»\"tests\"]")),
        ("target", CATALOGUE.replace("target = \"host\"", "target = «unknown-word»\"hots\"")),
        ("mandatory", CATALOGUE.replace("mandatory = true", "mandatory = «wrong-type»\"true\"")),
        (
            "aspect twice",
            format!(
                "{CATALOGUE}[[clause.aspect]]\nid = «duplicate»\"release\"\ntitle = {{ zh = \"版\", en = \"r\" }}\nmethod = \"test\"\n"
            ),
        ),
        (
            "clause twice",
            format!(
                "{CATALOGUE}{}",
                CATALOGUE
                    .split_once("[[clause]]")
                    .map(|(_, clause)| format!("[[clause]]{}", clause.replace("id = \"OS-01\"", "id = «duplicate»\"OS-01\"")))
                    .expect("a clause")
            ),
        ),
        (
            "no aspects",
            CATALOGUE
                .split_once("[[clause.aspect]]")
                .map(|(head, _)| head.replace("[[clause]]", "«missing-key»[[clause]]"))
                .expect("an aspect"),
        ),
        (
            "after Chinese on one line",
            CATALOGUE.replace("{ zh = \"版本\", en = \"Release\" }", "{ zh = \"版本\", en = «wrong-type»1 }"),
        ),
    ];
    for (what, marked) in cases {
        let (text, expected) = unmark(&marked);
        assert_places(what, catalogue(&text).err(), &expected);
    }
    // Mistakes of both files at once, and what the broken file lost is not held against the suite.
    let check = "[[check]]\nid = \"os/k\"\ndecides = [\"OS-01/release\"]\ntag = []\n";
    let bad = suite(&format!("{SUITE_TOP}{check}"), &CATALOGUE.replace("id = \"OS-01\"", "id = OS-01")).expect_err("broken");
    let codes: Vec<_> = bad.problems.iter().map(|problem| problem.code.name()).collect();
    assert_eq!(codes, ["unknown-key", "syntax"], "{bad}");
    assert!(bad.render(Lang::En, true, false).ends_with("2 problems in 2 files\n"));
}

const TARGET: &str = "schema = 1\n[[target]]\nname = \"t\"\nkind = \"host\"\n";
const SQL: &str = "[target.sql]\nprotocol = \"postgresql\"\nhost = \"db\"\ndatabase = \"postgres\"\n";
const ROLES: &str = "[target.sql.roles.app]\nuser = \"app\"\n";
const SSH: &str = "[target.shell]\ntransport = \"ssh\"\naddress = \"10.0.0.1\"\nuser = \"root\"\n";

#[test]
fn broken_inventories() {
    let cases = [
        ("empty", "«missing-key»«missing-key»".to_owned()),
        ("kind", "schema = 1\n[[target]]\nname = «bad-id»\"T 1\"\nkind = «unknown-word»\"hots\"\n".to_owned()),
        ("two targets of one name", format!("{TARGET}{}", "[[target]]\nname = «duplicate»\"t\"\nkind = \"service\"\n")),
        (
            "permits",
            format!("{TARGET}permits = [\"denial-of-service\", «unknown-word»\"arson\"]\nsettings = {{ a = «wrong-type»1 }}\n"),
        ),
        (
            "addresses",
            format!(
                "{TARGET}addresses = [\"a:1\", «bad-address»\"a\", «bad-address»\"a:0\", «bad-address»\"a:65536\", «bad-address»\"::1:80\", \"[::1]:80\", «duplicate»\"a:1\", «bad-address»\"1.2.3:4\"]\n"
            ),
        ),
        (
            "load",
            format!("{TARGET}load = {{ max_rate = «bad-value»0, max_connections = «bad-value»10001, «unknown-key»rate = 1 }}\n"),
        ),
        ("load without bounds", format!("{TARGET}load = «missing-key»{{ max_rate = 5 }}\n")),
        ("load by word", format!("{TARGET}load = {{ max_rate = «wrong-type»\"5\", max_connections = 1 }}\n")),
        (
            "parameter names",
            format!(
                "{TARGET}params = {{ «bad-id»\"os/large-file\".directory = \"/x\", «bad-id»x = \"y\", \"os/large-file.size\" = «wrong-type»1 }}\n"
            ),
        ),
        (
            "shell and nodes",
            format!("{TARGET}shell = {{ transport = \"local\" }}\nnodes = {{ «conflict»n1 = {{ transport = \"local\" }} }}\n"),
        ),
        ("ssh keys of a local shell", format!("{TARGET}shell = {{ transport = \"local\", «unknown-key»address = \"a\" }}\n")),
        ("transport", format!("{TARGET}shell = {{ transport = «unknown-word»\"shh\", address = \"a\" }}\n")),
        ("no way to log in", format!("{TARGET}{}", SSH.replace("[target.shell]", "«missing-key»[target.shell]"))),
        (
            "ports",
            format!(
                "{TARGET}{SSH}agent = true\nport = «bad-port»0\n[target.shell.jump]\naddress = \"j\"\nuser = \"u\"\nagent = true\nport = «bad-port»65536\n"
            ),
        ),
        ("port as a string", format!("{TARGET}{SSH}agent = true\nport = «wrong-type»\"22\"\n")),
        (
            "jump",
            format!(
                "{TARGET}{SSH}agent = true\n«missing-key»[target.shell.jump]\naddress = «bad-address»\"j:22\"\nuser = \"u\"\n«unknown-key»sudo = {{}}\n"
            ),
        ),
        ("agent", format!("{TARGET}{SSH}agent = «wrong-type»1\n")),
        ("key as a string", format!("{TARGET}{SSH}key = «wrong-type»\"~/.ssh/id\"\n")),
        (
            "sql",
            format!(
                "{TARGET}«missing-key»[target.sql]\nprotocol = «unknown-word»\"mysql\"\nhost = «bad-address»\"http://db\"\ndatabase = «bad-value»\"\"\ntls = «unknown-word»\"on\"\nfamily = «unknown-word»\"oracle\"\n"
            ),
        ),
        (
            "secrets",
            format!(
                "{TARGET}{SQL}{ROLES}password = «plain-secret»\"hunter2\"\n[target.sql.roles.b]\nuser = \"b\"\npassword = {{ env = \"A\", file = «conflict»\"b\" }}\n[target.sql.roles.c]\nuser = \"c\"\npassword = «missing-key»{{}}\n[target.sql.roles.d]\nuser = \"d\"\npassword = {{ env = «bad-value»\"4 2\" }}\n"
            ),
        ),
        (
            "urls",
            format!(
                "{TARGET}[target.http.endpoints]\na = «bad-url»\"localhost:80\"\nb = «bad-url»\"ftp://x/\"\nc = «bad-url»\"http://u:hunter2@x/\"\nd = «bad-url»\"/x\"\ne = «bad-url»\"http://x/#a\"\nf = «bad-url»\"http://x:99999/\"\ng = \"https://[::1]:8443/a\"\nh = «wrong-type»1\n"
            ),
        ),
        ("endpoints", format!("{TARGET}«missing-key»[target.http]\ninsecure = «wrong-type»\"yes\"\n")),
        ("groups", format!("{TARGET}group = «unknown-group»\"wep\"\n[[group]]\nname = «bad-value»\"web\"\n")),
        (
            "a group's mistake, once for all of it",
            format!("{TARGET}group = \"g\"\n[[target]]\nname = \"u\"\nkind = \"host\"\ngroup = \"g\"\n[[group]]\nname = \"g\"\neach = «unknown-key»{{}}\n«unknown-key»tagz = 1\n"),
        ),
        ("two groups of one name", format!("{TARGET}group = \"g\"\n[[group]]\nname = \"g\"\n[[group]]\nname = «duplicate»\"g\"\n")),
        ("each by name", format!("{TARGET}each = {{ n = \"1-3\" }}\n").replace("\"t\"", "«duplicate»\"t\"")),
        (
            "each",
            "schema = 1\n[[target]]\nname = \"t{a}{b}{c}\"\nkind = \"host\"\neach = { a = «bad-value»\"3-1\", b = «wrong-type»1, «bad-id»C = [\"x\"], c = [«wrong-type»1, \"x\"] }\n"
                .to_owned(),
        ),
        (
            "a mistake of many, once",
            "schema = 1\n[[target]]\nname = \"t-{n}\"\nkind = \"host\"\neach = { n = \"1-9\" }\naddresses = [«bad-address»\"h{n}\"]\n".to_owned(),
        ),
        (
            "variables",
            format!("{TARGET}vars = {{ rack = \"a\", «bad-id»\"b c\" = \"x\", n = «wrong-type»1 }}\ntags = [«unknown-variable»\"{{racks}}\", \"{{rack}}\"]\n"),
        ),
        (
            "secrets of many",
            format!("{TARGET}vars = {{ who = \"a\" }}\n{SQL}{ROLES}password = «plain-secret»\"hunter2{{who}}\"\n"),
        ),
    ];
    for (what, marked) in cases {
        let (text, expected) = unmark(&marked);
        let bad = inventory(&text).err();
        if let Some(bad) = &bad {
            assert!(!bad.render(Lang::En, true, false).contains("hunter2"), "{what}");
        }
        assert_places(what, bad, &expected);
    }
}

#[test]
fn no_secret_is_shown_back() {
    let role = format!("{TARGET}{SQL}[target.sql.roles.app]\nuser = \"app\"\n");
    let documents = [
        format!("{role}password = \"hunter2\"\n"),
        format!("{role}password = 'hunter2'\nuser = \"again\"\n"),
        format!("{role}password = \"hunter2\n"),
        format!("{role}password = hunter2\n"),
        format!("{role}password \"hunter2\"\n"),
        format!("{role}password = = \"hunter2\"\n"),
        format!("{role}password: hunter2\n"),
        format!("{role}password = \"\"\"\nhunter2\n"),
        format!("{role}password = \"\"\"\nhunter2\"\"\"\n"),
        format!("{role}pasword = \"hunter2\"\n"),
        format!("{role}pasword = \"hunter2\n"),
        format!("{role}kennwort = hunter2\n"),
        format!("{role}password = {{ value = \"hunter2\" }}\n"),
        format!("{role}password = {{ value = \"hunter2\" \n"),
        format!("{role}password = {{ env = \"hunter2 !\" }}\n"),
        format!("{role}password = {{ env = [\"hunter2\"] }}\n"),
        format!("{role}password = [\"hunter2\"]\n"),
        format!("{role}\"password\" = \"hunter2\"\n"),
        format!("{role}password.value = \"hunter2\"\n"),
        format!("{role}user.password = \"hunter2\"\n"),
        format!("{TARGET}{SQL}roles = {{ app = \"hunter2\" }}\n"),
        format!("{TARGET}{SQL}roles = {{ app = {{ user = \"a\", password = \"hunter2\", x = 1 }} }}\n"),
        format!("{TARGET}{SQL}roles = {{ app = {{ user = \"a\", x = 1, password = \"hunter2\" }}\n"),
        format!("{TARGET}{SQL}roles = \"hunter2\"\n"),
        format!("{TARGET}{SSH}key = \"\"\"-----BEGIN\nhunter2\n\"\"\"\n"),
        format!("{TARGET}{SSH}key = {{ file = \"k\", passphrase = \"hunter2\" }}\n"),
        format!("{TARGET}{SSH}agent = true\nsudo = {{ password = \"hunter2\" }}\n"),
        format!("{TARGET}{SSH}agent = true\nsudo = \"hunter2\"\n"),
        format!("{TARGET}[target.http.endpoints]\na = \"http://u:hunter2@x/\"\nb = 1\n"),
        format!("{TARGET}[target.http.endpoints]\na = \"http://u:hunter2@x/\n"),
        format!("{TARGET}[target.http.endpoints]\na = \"http://u:hunter2}}x/\"\n"),
        format!("{TARGET}[target.http]\nendpoints = {{ a = 1, b = \"http://u:hunter2@x/\" }}\n"),
        format!("{TARGET}hunter2 = 1\n").replace("hunter2 = 1", "token = \"hunter2\""),
    ];
    for text in documents {
        let bad = inventory(&text).expect_err(&text);
        let said = [
            bad.render(Lang::En, true, true),
            bad.render(Lang::Zh, true, false),
            bad.to_string(),
            format!("{bad:?}"),
            format!("{:?}", miette::Report::new(bad)),
        ];
        for said in said {
            assert!(!said.contains("hunter2"), "{text}\n----\n{said}");
        }
    }
    let mut latin1 = format!("{role}password = \"hunter2\" # ").into_bytes();
    latin1.push(0xe4);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("i.toml"), latin1).expect("written");
    let bad = load_inventory(&folder.path().join("i.toml")).expect_err("not UTF-8");
    assert!(!format!("{bad:?}{}", bad.render(Lang::En, true, false)).contains("hunter2"));
}

#[test]
fn an_inventory_with_everything() {
    let text = r#"
schema = 1

[[target]]
name = "machine"
kind = "host"
tags = ["prod", "fast"]
adapter = "tomcat"
params = { "os/large-file.directory" = "/data" }
addresses = ["127.0.0.1:9000", "[::1]:9000"]
load = { max_rate = 1000, max_connections = 50 }
permits = ["denial-of-service"]
settings = { base = "/srv/server", "base.n1" = "" }
shell = { transport = "local", enter = ["chroot", "/x"], sudo = { password = { env = "SUDO_PW" } } }

[[target]]
name = "cluster"
kind = "database"

[target.nodes.n2]
transport = "ssh"
address = "fe80::1"
port = 2222
user = "root"
known_hosts = "known"
key = { file = "id", passphrase = { file = "/run/phrase" } }
agent = "/run/agent"
password = { env = "PW" }
sudo = {}
jump = { address = "gate", user = "me", agent = true, jump = { address = "outer", user = "me", agent = true } }

[target.nodes.n1]
transport = "local"

[target.sql]
protocol = "postgresql"
host = "10.0.0.1"
database = "app"
tls = "verify-full"
ca_file = "ca.pem"
product = "PostgreSQL"
family = "postgres-like"

[target.sql.roles.app]
user = "app"
password = { file = "pw/app" }

[target.sql.roles.owner]
user = "owner"

[target.http]
insecure = true

[target.http.endpoints]
application = "http://localhost:8080/"

[target.http.credentials.console]
user = "admin"
password = { file = "pw/console" }
"#;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inventory.toml");
    // A byte order mark, as some editors write it, changes nothing.
    std::fs::write(&path, format!("\u{feff}{text}")).expect("written");
    let loaded = load_inventory(&path).unwrap_or_else(|bad| panic!("{}", bad.render(Lang::En, true, false)));
    let [machine, cluster] = loaded.inventory.targets.as_slice() else { panic!("two targets") };
    assert_eq!((machine.name.as_str(), machine.kind.as_str(), machine.adapter.as_deref()), ("machine", "host", Some("tomcat")));
    assert_eq!(machine.params["os/large-file.directory"], "/data");
    assert_eq!(machine.addresses, ["127.0.0.1:9000", "[::1]:9000"]);
    assert_eq!(machine.load.map(|load| (load.max_rate, load.max_connections)), Some((1000, 50)));
    assert_eq!(cluster.load, None, "nobody said that load may be put on it");
    assert_eq!(machine.permits, ["denial-of-service"]);
    assert_eq!(
        machine.settings.iter().collect::<Vec<_>>(),
        [(&"base".into(), &"/srv/server".into()), (&"base.n1".into(), &String::new())]
    );
    let [(node, shell)] = machine.shells.as_slice() else { panic!("one shell") };
    assert_eq!((node.as_str(), &shell.transport), ("machine", &Transport::Local));
    assert_eq!(shell.enter, ["chroot", "/x"]);
    let sudo = shell.sudo.as_ref().expect("sudo");
    assert_eq!(sudo.password, Some(SecretSource::Env("SUDO_PW".into())));

    let names: Vec<_> = cluster.shells.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["n2", "n1"], "in the order of the file");
    let Transport::Ssh(ssh) = &cluster.shells[0].1.transport else { panic!("by SSH") };
    assert_eq!((ssh.address.as_str(), ssh.port, ssh.user.as_str()), ("fe80::1", 2222, "root"));
    assert_eq!(ssh.known_hosts, folder.path().join("known"));
    let key = SshAuth::Key { file: folder.path().join("id"), passphrase: Some(SecretSource::File("/run/phrase".into())) };
    let password = SshAuth::Password(SecretSource::Env("PW".into()));
    assert_eq!(ssh.auth, [key, SshAuth::Agent(Some("/run/agent".into())), password]);
    let outer = ssh.jump.as_ref().and_then(|jump| jump.jump.as_ref()).expect("two jumps");
    assert_eq!((outer.address.as_str(), outer.port, outer.auth.as_slice()), ("outer", 22, &[SshAuth::Agent(None)][..]));
    assert!(outer.known_hosts.ends_with(".ssh/known_hosts"));

    let sql = cluster.sql.as_ref().expect("a database");
    assert_eq!((sql.port, sql.tls, sql.ca_file.clone()), (5432, TlsMode::VerifyFull, Some(folder.path().join("ca.pem"))));
    assert_eq!(sql.roles["app"].password, Some(SecretSource::File(folder.path().join("pw/app"))));
    assert_eq!(sql.roles["owner"].password, None);
    let http = cluster.http.as_ref().expect("endpoints");
    assert_eq!(http.endpoints["application"], "http://localhost:8080/");
    assert_eq!((http.credentials["console"].user.as_str(), http.insecure), ("admin", true));

    let at =
        |target| loaded.problem_at_target(target, Code::UnknownTarget, Text::new("甲", "a"), Text::new("乙", "b")).position();
    assert_eq!((at("machine"), at("cluster"), at("nowhere")), ((5, 8), (17, 8), (1, 1)));
    let adapter = loaded.problem_at_adapter("machine", Code::UnknownAdapter, Text::new("甲", "a"), Text::new("乙", "b"));
    assert_eq!(adapter.position(), (8, 11));
}

#[test]
fn the_runner_can_point_into_a_good_suite() {
    let check = "[[check]]\nid = \"os/k\"\ndecides = [\"OS-01/release\"]\nparams = { minimum = \"4\" }\ntime_limit = \"2m\"\n";
    let loaded = suite(&format!("{SUITE_TOP}{check}"), CATALOGUE).expect("fine");
    assert_eq!(loaded.suite.checks[0].time_limit_ms, Some(120_000));
    let (message, help) = (Text::new("没有这个参数", "no such parameter"), Text::new("删去", "remove it"));
    let problem = loaded.problem_at_param("os/k", "minimum", Code::UnknownParam, message.clone(), help.clone());
    assert_eq!(problem.position(), (9, 12));
    let line = BadInput::from(problem).render(Lang::Zh, false, false);
    assert!(line.contains("suite.toml:9:12: 没有这个参数 -- 删去\n"), "{line}");
    let at_check = |id| loaded.problem_at_check(id, Code::UnknownCheck, message.clone(), help.clone()).position();
    assert_eq!((at_check("os/k"), at_check("none")), ((7, 6), (1, 1)));
    assert_eq!(loaded.problem_at_plugin("os", Code::UnknownPlugin, message, help).position(), (5, 12));
}

#[test]
fn files_that_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("folder")).expect("made");
    std::fs::write(path("gbk.toml"), b"schema = 1\ntitle = \"\xd5\xfe\"\n").expect("written");
    std::fs::write(path("utf16.toml"), b"\xff\xfes\0c\0").expect("written");
    let cases = [
        ("absent.toml", "not-found", 1, 1),
        ("folder", "not-a-file", 1, 1),
        ("gbk.toml", "not-utf8", 2, 10),
        ("utf16.toml", "not-utf8", 1, 1),
    ];
    for (name, code, line, column) in cases {
        let found = [load_suite(&path(name)).err(), load_inventory(&path(name)).err(), load_catalogue(&path(name)).err()];
        for bad in found {
            let bad = bad.expect(name);
            assert_eq!(places(&bad), [(line, column, code.to_owned())]);
            assert!(
                bad.render(Lang::En, true, false).contains(&format!("{name}:{line}:{column}")),
                "{}",
                bad.render(Lang::En, true, false)
            );
        }
    }
}

#[test]
fn carets_stand_under_the_place_also_behind_chinese() {
    let text =
        format!("{SUITE_TOP}[[check]]\nid = \"os/k\"\ndecides = [\"OS-01/release\"]\nparams = {{ \"名字\" = \"值\", n = 1 }}\n");
    let fancy = suite(&text, CATALOGUE).expect_err("a number").render(Lang::Zh, true, false);
    let lines: Vec<&str> = fancy.lines().collect();
    let source = lines.iter().position(|line| line.contains("n = 1")).expect("the source line");
    let width = |text: &str| text.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum::<usize>();
    let before = width(lines[source].split_once("n = 1").expect("there").0) + 4;
    let caret = lines[source + 1].chars().position(|c| matches!(c, '┬' | '▲')).unwrap_or_else(|| panic!("no caret in\n{fancy}"));
    assert_eq!(caret, before, "{fancy}");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = format!("{TARGET}\"a\\u001b[31m\" = 1\nx = \"\u{202e}\u{9b}31m\"\ny = \u{1b}[2J\n");
    let bad = inventory(&text).expect_err("wrong");
    for shown in [bad.render(Lang::En, true, false), bad.to_string()] {
        assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
    }
}

#[test]
fn nearest_is_near() {
    assert_eq!(nearest("pasword", ["user", "password"]), Some("password"));
    assert_eq!(nearest("TAGS", ["tags"]), Some("tags"));
    assert_eq!(nearest("colour", ["id", "title", "check"]), None);
    assert_eq!(nearest("x", ["y"]), None);
}

/// Cuts, doubled and swapped pieces of real documents: any answer, but an answer.
#[test]
fn mangled_documents_never_panic() {
    let folder = gov_paas();
    let suite_text = std::fs::read_to_string(folder.join("suite.toml")).expect("read");
    let catalogue_text = std::fs::read_to_string(folder.join("catalogue.toml")).expect("read");
    let inventory_text = format!("{TARGET}{SSH}key = {{ file = \"k\" }}\n{SQL}{ROLES}password = {{ env = \"密\" }}\n");
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below.max(1) as u64).unwrap_or(0)
    };
    let try_all = |text: &str| {
        for bad in [suite(text, CATALOGUE).err(), inventory(text).err(), catalogue(text).err()].into_iter().flatten() {
            assert!(!bad.problems.is_empty());
            bad.render(Lang::Zh, true, true);
        }
    };
    for text in [&suite_text, &inventory_text] {
        for end in (0..text.len()).step_by(1 + text.len() / 1500).filter(|end| text.is_char_boundary(*end)) {
            try_all(&text[..end]);
        }
    }
    for _ in 0..60 {
        let end = catalogue_text.floor_char_boundary(random(catalogue_text.len()));
        try_all(&catalogue_text[..end]);
    }
    let pieces = [
        "\"",
        "=",
        "[",
        "]",
        "{",
        "}",
        "\n",
        ".",
        "'",
        "\"\"\"",
        "#",
        ",",
        "[[",
        "]]",
        "\\",
        "\r",
        "中",
        "0",
        "[[target]]\n",
        "[target.sql]\n",
        "password",
        "://@",
    ];
    for round in 0..1500 {
        let mut text = [&suite_text, &inventory_text][round % 2].clone();
        for _ in 0..=random(4) {
            let at = text.floor_char_boundary(random(text.len()));
            let to = text.ceil_char_boundary((at + random(6)).min(text.len()));
            text.replace_range(at..to, pieces[random(pieces.len())]);
        }
        try_all(&text);
    }
    try_all(&format!("a{} = 1\n", ".a".repeat(20_000)));
    try_all(&format!("a = {}1{}\n", "[".repeat(20_000), "]".repeat(20_000)));
    try_all(&format!("{TARGET}{SSH}{}\n", "[target.shell.jump.jump.jump.jump.jump.jump.jump.jump.jump.jump]\naddress = \"a\""));
}

/// One or two slips anywhere in a document with a secret in the wrong place: the secret is not shown, whatever else is said.
#[test]
fn slips_around_a_secret_do_not_show_it() {
    let documents = [
        format!("{TARGET}{SQL}[target.sql.roles.app]\nuser = \"app\"\npassword = \"hunter2\"\n"),
        format!("{TARGET}{SQL}roles = {{ app = {{ user = \"a\", password = \"hunter2\" }}, b = {{ user = \"b\" }} }}\n"),
    ];
    let pieces = ["\"", "=", "[", "]", "{", "}", "\n", ".", "'", "\"\"\"", "#", ",", "\\", " ", "x", ""];
    for document in &documents {
        let secret = document.find("hunter2").expect("there");
        for at in 0..document.len() {
            if (secret..secret + 7).contains(&at) {
                continue;
            }
            for (piece, taken) in pieces.iter().flat_map(|piece| [(piece, 0), (piece, 1)]) {
                let mut text = document.clone();
                text.replace_range(at..at + taken, piece);
                let Err(bad) = inventory(&text) else { continue };
                let said = format!("{}{bad}{bad:?}", bad.render(Lang::En, true, false));
                assert!(!said.contains("hunter2"), "{text}\n----\n{said}");
            }
        }
    }
}

#[test]
fn the_formats_described_to_users_are_those_read() {
    let readme = std::fs::read_to_string(gov_paas().join("../README.md")).expect("read");
    let blocks: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block).collect();
    let [clauses, checks, _slots, documents, acceptance, index, _dialect, _waivers, targets, fleet] = blocks.as_slice() else {
        panic!("ten blocks")
    };
    // Shown, but not beside the test's document.
    let elsewhere = ["dialects", "evidence", "assessment", "calendar", "acceptance"];
    let beside = |line: &&str| !elsewhere.iter().any(|name| line.starts_with(name));
    let checks: String = checks.lines().filter(beside).map(|line| format!("{line}\n")).collect();
    let loaded = suite(&checks, clauses).unwrap_or_else(|bad| panic!("{}", bad.render(Lang::En, true, false)));
    assert_eq!(loaded.suite.checks[0].time_limit_ms, Some(90_000));
    let loaded = inventory(targets).unwrap_or_else(|bad| panic!("{}", bad.render(Lang::En, true, false)));
    assert_eq!(loaded.inventory.targets.len(), 1);
    let loaded = inventory(fleet).unwrap_or_else(|bad| panic!("{}", bad.render(Lang::En, true, false)));
    assert_eq!(loaded.inventory.targets.len(), 201);

    let dir = tempfile::TempDir::new().expect("a folder");
    let real = load_suite(&gov_paas().join("suite.toml")).unwrap_or_else(|bad| panic!("{bad}"));
    let slots = load_slots(&real).unwrap_or_else(|bad| panic!("{bad}"));
    std::fs::write(dir.path().join("evidence.toml"), documents).expect("written");
    let loaded = load_register(&dir.path().join("evidence.toml"), &slots).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(loaded.register.documents.len(), 1);
    std::fs::write(dir.path().join("ledgers.toml"), index).expect("written");
    let header = "id,service,began,recovered,reported,channel,unusable,affected,confirmed,responsible,truthful,service_unusable,data_lost\n";
    std::fs::write(dir.path().join("incidents.csv"), header).expect("written");
    let as_of = "2026-06-01T00:00:00Z".parse().expect("a time");
    let loaded = load_ledgers(dir.path(), &real.catalogue, as_of).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(loaded.ledgers.services.len(), 1);
    load_rules(&real).unwrap_or_else(|bad| panic!("{bad}"));
    assert!(load_acceptance(&real).unwrap_or_else(|bad| panic!("{bad}")).is_some_and(|rules| rules.analysis.len() > 40));
    let mut shown = real;
    shown.acceptance = Some(dir.path().join("acceptance.toml"));
    std::fs::write(dir.path().join("acceptance.toml"), acceptance).expect("written");
    let loaded = load_acceptance(&shown).unwrap_or_else(|bad| panic!("{bad}")).expect("rules");
    assert_eq!((loaded.analysis.len(), loaded.materials.len()), (1, 1));
    std::fs::write(dir.path().join("acceptance.toml"), acceptance.replace("ASM-02/a1", "ASM-02/a99")).expect("written");
    assert!(load_acceptance(&shown).expect_err("no such aspect").to_string().contains("ASM-02/a99"));
}

#[test]
fn a_fleet_is_written_in_few_lines() {
    let text = r#"
schema = 1
[[group]]
name = "web"
kind = "host"
tags = ["prod"]
vars = { rack = "a", user = "probe" }
params = { "os/large-file.directory" = "/data/{rack}", "os/kernel-version.minimum" = "4.9" }
[group.shell]
transport = "ssh"
address = "web-{n}.{rack}.example"
user = "{user}"
known_hosts = "known_hosts"
key = { file = "key-{rack}", passphrase = { env = "PASS_{n}" } }

[[target]]
name = "web-{n}"
group = "web"
each = { n = "08-11" }

[[target]]
name = "edge-{rack}-{n}"
kind = "middleware"
group = "web"
each = { rack = ["b", "c"], n = "1-2" }
params = { "os/kernel-version.minimum" = "{{5}" }
shell = { port = 2222 }

[[target]]
name = "plain{n}"
kind = "host"
"#;
    let bad = inventory(text).expect_err("a name with braces and no variables");
    assert_eq!(places(&bad).iter().map(|(line, _, code)| (*line, code.as_str())).collect::<Vec<_>>(), [(30, "bad-id")]);
    let loaded = inventory(&text.replace("plain{n}", "plain")).unwrap_or_else(|bad| panic!("{bad}"));
    let targets = &loaded.inventory.targets;
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let expected = ["web-08", "web-09", "web-10", "web-11", "edge-b-1", "edge-b-2", "edge-c-1", "edge-c-2", "plain"];
    assert_eq!(names, expected);
    let ssh = |at: usize| match &targets[at].shells[0] {
        (name, touchstone_model::inventory::ShellSpec { transport: Transport::Ssh(ssh), .. }) => (name.as_str(), ssh),
        other => panic!("{other:?}"),
    };
    let (node, spec) = ssh(1);
    assert_eq!((node, spec.address.as_str(), spec.port, spec.user.as_str()), ("web-09", "web-09.a.example", 22, "probe"));
    assert!(
        matches!(&spec.auth[0], SshAuth::Key { file, passphrase: Some(SecretSource::Env(name)) } if file.ends_with("key-a") && name == "PASS_09")
    );
    let (_, spec) = ssh(6);
    assert_eq!((spec.address.as_str(), spec.port), ("web-1.c.example", 2222));
    assert_eq!((targets[6].kind.as_str(), targets[0].kind.as_str()), ("middleware", "host"));
    assert_eq!(targets[6].params["os/large-file.directory"], "/data/c");
    assert_eq!(
        (&targets[6].params["os/kernel-version.minimum"][..], &targets[0].params["os/kernel-version.minimum"][..]),
        ("{5}", "4.9")
    );
    assert_eq!((&targets[0].tags[..], &targets[8].tags[..]), (&["prod".to_owned(), "web".to_owned()][..], &[][..]));
    let many = text.replace("plain{n}", "plain").replace("08-11", "00001-10000");
    let bad = inventory(&many).expect_err("too many");
    assert!(bad.to_string().contains("more than 10000 targets"), "{bad}");
}

/// A quotation mark too few makes the password a part of another value: no message repeats that.
#[test]
fn a_password_inside_a_string_that_was_never_closed_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.toml");
    let text =
        "schema = 1\n[[target]]\nname = \"a\"\nkind = \'\'\'host\n[target.sql.roles.app]\npassword = \"Tr0ub4dor-and-3\"\n";
    std::fs::write(&path, text).unwrap();
    let said = touchstone_runner::input::load_inventory(&path).unwrap_err().to_string();
    assert!(said.contains("close it with three quotes") && !said.contains("Tr0ub4dor"), "{said}");
}
