//! Components that are no good are refused by name, the rest runs; and every exit code for its own reason.
#![forbid(unsafe_code)]

mod support;

use std::path::Path;
use support::{Bench, check, finish, fixtures, reason, touchstone};

/// File, a word of what is wrong, a word of the remedy.
const REFUSED: &[(&str, &str, &str)] = &[
    ("truncated", "truncated", "build it again"),
    ("core", "core module", "touchstone plugin build"),
    ("wasi", "wasi:cli/environment@0.2.0", "touchstone:contract only"),
    ("future", "version 9.9.9", "SDK of that version"),
    ("empty", "", "build"),
    ("absent", "cannot be read", "build the plugin first"),
];

fn folder(bench: &Path) {
    let good = std::fs::read(fixtures().join("hostile.wasm")).expect("the fixture");
    let write = |name: &str, content: &[u8]| std::fs::write(bench.join(format!("{name}.wasm")), content).expect("written");
    write("hostile", &good);
    write("truncated", &good[..good.len() / 2]);
    write("core", &wat::parse_str("(module (memory 1))").expect("a module"));
    let wasi = "(component (import \"wasi:cli/environment@0.2.0\" (instance
        (export \"get-arguments\" (func (result (list string)))))))";
    write("wasi", &wat::parse_str(wasi).expect("a component"));
    write("future", &replaced(&good, b"@0.2.0", b"@9.9.9"));
    write("empty", b"");
}

fn replaced(content: &[u8], from: &[u8; 6], to: &[u8; 6]) -> Vec<u8> {
    let mut content = content.to_vec();
    let found: Vec<usize> = content.windows(6).enumerate().filter(|(_, w)| w == from).map(|(at, _)| at).collect();
    assert!(!found.is_empty(), "the contract's version is not in the component");
    for at in found {
        content[at..at + 6].copy_from_slice(to);
    }
    content
}

#[test]
fn bad_components_are_refused_by_name_and_the_rest_runs() {
    let plugins = tempfile::tempdir().expect("a folder");
    folder(plugins.path());
    let bench = Bench::new(plugins.path());
    let names: Vec<&str> = REFUSED.iter().map(|(name, ..)| *name).chain(["hostile"]).collect();
    let ids: Vec<String> = names.iter().map(|name| format!("{name}/good")).collect();
    let checks: Vec<(&str, String)> = ids.iter().map(|id| (id.as_str(), String::new())).collect();
    bench.suite(&names, &checks);

    let plan = finish(&mut bench.command(&["plan", "--lang", "en"]));
    assert_eq!(plan.code, Some(0), "{}", plan.said);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(3), "{}", went.said);
    let report = bench.report("run");
    assert_eq!(check(&report, "hostile/good@machine")["verdict"]["verdict"], "conforming");
    let clauses = report["clauses"].as_array().expect("clauses");
    for ((name, wrong, remedy), clause) in REFUSED.iter().zip(clauses) {
        assert_eq!(clause["verdict"], "not-assessed", "{clause:#}");
        let why = &clause["aspects"][0]["reasons"][0];
        let [zh, en] = ["zh", "en"].map(|lang| why[lang].as_str().unwrap_or_default());
        assert!(!zh.is_empty(), "{why:#}");
        for words in [en, &plan.said] {
            for word in [&format!("{name}.wasm"), *wrong, *remedy] {
                assert!(words.contains(word), "{name}: no {word:?} in {words}");
            }
        }
    }
    assert_eq!(clauses[REFUSED.len()]["verdict"], "conforming");
    for (name, ..) in REFUSED {
        let shown =
            finish(touchstone().args(["plugin", "inspect", "--lang", "en"]).arg(plugins.path().join(format!("{name}.wasm"))));
        assert_ne!(shown.code, Some(0), "{name}: {}", shown.said);
        assert!(shown.said.contains(&format!("{name}.wasm")), "{name}: {}", shown.said);
    }
}

#[test]
fn nothing_but_refused_components_selects_nothing() {
    let plugins = tempfile::tempdir().expect("a folder");
    folder(plugins.path());
    let bench = Bench::new(plugins.path());
    bench.suite(&["core"], &[("core/good", String::new())]);
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(4), "{}", went.said);
    assert!(went.said.contains("core.wasm"), "{}", went.said);
    assert!(!bench.path("run").exists(), "no folder for a run that was none");
}

#[test]
fn a_suite_that_names_unknown_checks_and_parameters_is_shown_where() {
    let bench = Bench::new(fixtures());
    let param = "params = { wantet = \"ok\" }".to_owned();
    bench.suite(&["hostile"], &[("hostile/goood", String::new()), ("hostile/good", param)]);
    let suite = std::fs::read_to_string(bench.path("suite.toml")).expect("the suite");
    let place = |word: &str| {
        let (number, line) = suite.lines().enumerate().find(|(_, line)| line.contains(word)).expect("the word");
        (number + 1, line.find(word).expect("the word") + 1)
    };
    let went = bench.run("run", &[]);
    assert_eq!(went.code, Some(5), "{}", went.said);
    for (word, near) in [("\"hostile/goood\"", "hostile/good"), ("wantet", "wanted")] {
        let (line, column) = place(word);
        assert!(went.said.contains(&format!("suite.toml:{line}:{column}")), "{word} at {line}:{column}: {}", went.said);
        assert!(went.said.contains(&format!("did you mean {near}?")), "{}", went.said);
    }
    // The word is underlined in its own line of the file.
    let under = |word: &str| "─".repeat(word.len());
    assert!(went.said.contains(&format!("      {}\n", under("\"hostile/goood\""))), "{}", went.said);
    assert!(went.said.contains("2 problems"), "all at once: {}", went.said);
    assert!(!bench.path("run").exists());
}

#[test]
fn every_exit_code_has_its_own_reason() {
    let bench = Bench::new(fixtures());
    let params = |wanted: &str| format!("params = {{ wanted = \"{wanted}\" }}");
    bench.suite(&["hostile"], &[("hostile/good", params("ok"))]);
    assert_eq!(bench.run("accepted", &[]).code, Some(0));
    let twice = bench.run("accepted", &[]);
    assert_eq!(twice.code, Some(2), "a folder holds one run: {}", twice.said);
    assert_eq!(bench.run("none", &["--check", "nobody/*"]).code, Some(4));
    assert_eq!(bench.run("none", &["--target", "nobody"]).code, Some(4));
    for words in [&["--nonsense"][..], &["--allow", "everything"], &["--check", "["]] {
        let went = bench.run("none", words);
        assert_eq!(went.code, Some(2), "{words:?}: {}", went.said);
    }
    assert!(!bench.path("none").exists());
    assert_eq!(finish(touchstone().arg("nonsense")).code, Some(2));

    bench.suite(&["hostile"], &[("hostile/good", params("something else"))]);
    assert_eq!(bench.run("not-accepted", &[]).code, Some(1));
    let report = bench.report("not-accepted");
    let seen = &check(&report, "hostile/good@machine")["reports"][0];
    assert_eq!((&seen["expected"], &seen["actual"]), (&"something else".into(), &"ok".into()));

    bench.suite(&["hostile"], &[("hostile/good", params("ok")), ("hostile/panicker", String::new())]);
    assert_eq!(bench.run("inconclusive", &[]).code, Some(3));
    assert!(reason(check(&bench.report("inconclusive"), "hostile/panicker@machine")).contains("on purpose"));

    // What is above the allowed impact does not run, and its clause stays open.
    let file = format!("params = {{ file = \"{}\" }}", bench.path("counter").display());
    bench.suite(&["hostile"], &[("hostile/good", params("ok")), ("hostile/counter", file)]);
    assert_eq!(bench.run("observing", &[]).code, Some(3));
    assert!(!bench.path("counter").exists());
    assert_eq!(bench.run("scratching", &["--allow", "scratch"]).code, Some(0));
    assert!(bench.path("counter").exists());

    bench.write("inventory.toml", "schema = 1\n[[target]]\nname = \"x\nkind = 7\n");
    let went = bench.run("none", &[]);
    assert_eq!(went.code, Some(5), "{}", went.said);
    assert!(went.said.contains("inventory.toml:3:"), "{}", went.said);
    assert_eq!(bench.on_run("report", "nowhere").code, Some(6));
}
