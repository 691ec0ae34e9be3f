//! The rounds of an acceptance and the comparison of runs, as a person uses them: real runs, the program, its exit codes.
#![forbid(unsafe_code)]

mod support;

use serde_json::Value;
use support::{Bench, Went, check, finish, fixtures, root, touchstone};
use touchstone_bundle::verify::{Weight, verify};
use touchstone_model::digest::Digest;

/// A suite with rules about rounds: a check that is content on those tries (each run is one), one that always is, and a
/// clause that rounds decide. Another target has the second check only.
fn bench(content: &str, recheck: &str) -> Bench {
    let bench = Bench::new(fixtures());
    let file = bench.path("tries").display().to_string();
    let clause = |id: &str, method: &str, aspects: &[&str]| {
        let aspects: String = aspects
            .iter()
            .map(|aspect| {
                format!("[[clause.aspect]]\nid = \"{aspect}\"\ntitle = {{ zh = \"它\", en = \"it\" }}\nmethod = \"{method}\"\n")
            })
            .collect();
        format!(
            "[[clause]]\nid = \"{id}\"\narea = \"{}\"\ntitle = {{ zh = \"条\", en = \"clause\" }}\ntext = {{ zh = \"条\", en = \"clause\" }}\n\
             decided_by = {{ zh = \"看\", en = \"a look\" }}\nsource = \"1\"\nmandatory = true\nmethod = [\"{method}\"]\n\
             target = \"host\"\n{aspects}",
            &id[..2]
        )
    };
    bench.write(
        "catalogue.toml",
        format!(
            "schema = 1\nid = \"tests\"\ntitle = {{ zh = \"测试\", en = \"tests\" }}\n\
             [[area]]\nid = \"OS\"\ntitle = {{ zh = \"测\", en = \"os\" }}\n[[area]]\nid = \"GE\"\ntitle = {{ zh = \"测\", en = \"general\" }}\n{}{}{}",
            clause("OS-01", "test", &["it"]),
            clause("OS-02", "test", &["it"]),
            clause("GE-06", "analysis", &["deadline", "rounds"]),
        ),
    );
    let calendar = root().join("suites/gov-paas/calendar.toml").display().to_string();
    bench.write(
        "suite.toml",
        format!(
            "schema = 1\nid = \"tests\"\ntitle = {{ zh = \"测试\", en = \"tests\" }}\ncatalogue = \"catalogue.toml\"\n\
             calendar = \"{calendar}\"\nacceptance = \"acceptance.toml\"\nplugins = [\"hostile\"]\n\
             [[check]]\nid = \"hostile/flaky\"\ndecides = [\"OS-01/it\"]\nparams = {{ file = \"{file}\", content = \"{content}\" }}\n\
             [[check]]\nid = \"hostile/good\"\ndecides = [\"OS-02/it\"]\n"
        ),
    );
    bench.write(
        "acceptance.toml",
        format!(
            "schema = 1\n[rounds]\nworking_days = 15\nfailures = 3\nrecheck = [{recheck}]\ndeadline = \"GE-06/deadline\"\nfailed = \"GE-06/rounds\"\n"
        ),
    );
    bench
}

fn run(bench: &Bench, folder: &str, more: &[&str]) -> Went {
    bench.run(folder, &[&["--allow", "scratch"], more].concat())
}

fn bundle(bench: &Bench, run: &str) -> String {
    for words in [&["key"][..], &["key", "--sm2"]] {
        let path = bench.path(&format!("{run}-{}", words.len()));
        assert_eq!(finish(touchstone().args(words).arg(path)).code, Some(0));
    }
    let mut command = touchstone();
    command.args(["bundle", "--lang", "en", "--key"]).arg(bench.path(&format!("{run}-1.key")));
    let went = finish(command.arg("--sm2-key").arg(bench.path(&format!("{run}-2.key"))).arg(bench.path(run)));
    assert_eq!(went.code, Some(0), "{}", went.said);
    format!("{run}.bundle")
}

fn clause<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["clauses"].as_array().and_then(|all| all.iter().find(|c| c["clause"] == id)).unwrap_or_else(|| panic!("no {id}"))
}

fn holds(bench: &Bench, folder: &str) {
    let findings = verify(&bench.path(folder), None).findings;
    assert!(findings.weight() == Weight::Note, "{folder}: {findings:?}");
}

#[test]
fn what_failed_is_run_again_the_rest_stands_and_the_chain_is_bound_by_digest() {
    let bench = bench("2", "\"shared-aspect\"");
    let went = run(&bench, "one", &["--round", "initial"]);
    assert_eq!(went.code, Some(1), "{}", went.said);
    assert!(went.said.contains("Round 1: initial acceptance") && went.said.contains("to be rectified"), "{}", went.said);
    let first = bench.report("one");
    let defect = &first["defects"][0];
    assert_eq!((&defect["clause"], &defect["state"]), (&"OS-01".into(), &"open".into()), "{first:#}");
    assert_eq!(clause(&first, "GE-06")["verdict"], "not-assessed", "the acceptance is not over");
    holds(&bench, "one");
    let handed = bundle(&bench, "one");
    holds(&bench, &handed);

    // The plan says why each check is in, and touches nothing.
    let planned = finish(
        bench.command(&["plan", "--lang", "en", "--allow", "scratch", "--recheck", &handed]).current_dir(bench.dir.path()),
    );
    assert!(planned.said.contains("hostile/flaky@machine"), "{}", planned.said);
    assert!(planned.said.contains("because the round before: nonconforming"), "{}", planned.said);
    assert!(planned.said.contains("hostile/good@machine: not asked again: stands as round 1 left it"), "{}", planned.said);

    let went = run(&bench, "two", &["--recheck", &handed]);
    assert_eq!(went.code, Some(0), "{}", went.said);
    let second = bench.report("two");
    let rounds = &second["rounds"];
    assert_eq!((&rounds["number"], &rounds["kind"]), (&2.into(), &"re-acceptance".into()));
    let statement = std::fs::read(bench.path(&handed).join("statement.json")).expect("a statement");
    assert_eq!(rounds["earlier"][0]["bundle"], Digest::of(statement).0.as_str(), "bound by the bundle's digest");
    assert_eq!(second["checks"].as_array().map(Vec::len), Some(1), "only what was not conforming");
    let standing = |id: &str| {
        let all = rounds["standing"].as_array().expect("clauses");
        let found = all.iter().find(|s| s["clause"] == id).unwrap_or_else(|| panic!("no {id} in {all:#?}"));
        (found["verdict"].as_str().expect("it").to_owned(), found["round"].as_u64().expect("it"))
    };
    assert_eq!(standing("OS-01"), ("conforming".into(), 2));
    assert_eq!(standing("OS-02"), ("conforming".into(), 1));
    assert_eq!(clause(&second, "GE-06")["verdict"], "conforming", "{:#}", clause(&second, "GE-06"));
    assert_eq!(second["defects"][0]["state"], "rectified");
    assert_eq!(rounds["since"]["checks"]["changed"][0]["change"], "newly-passing");
    assert_eq!(rounds["since"]["checks"]["not_compared"][0], "hostile/good@machine");
    assert!(went.said.contains("Newly passing (1)") && went.said.contains("rectified in time"), "{}", went.said);
    let html = std::fs::read_to_string(bench.path("two/report.html")).expect("a page");
    assert!(html.contains("Round 2: re-acceptance") && html.contains("第 2 轮：复验"));
    holds(&bench, "two");
    let handed = bundle(&bench, "two");
    holds(&bench, &handed);

    // The final round runs everything again; the chain has both.
    let went = run(&bench, "final", &["--round", "final", "--recheck", &handed]);
    let last = bench.report("final");
    assert_eq!(last["rounds"]["earlier"].as_array().map(Vec::len), Some(2), "{}", went.said);
    assert_eq!(last["checks"].as_array().map(Vec::len), Some(2));
    assert_eq!(went.code, Some(1), "content on the second try only");
}

#[test]
fn a_fix_reaches_as_far_as_the_rules_say() {
    for (rules, runs) in [("\"same-target\"", 2), ("\"same-area\"", 2), ("", 1)] {
        let bench = bench("2", rules);
        assert_eq!(run(&bench, "one", &[]).code, Some(1), "a run that is no declared round is taken as the first");
        let went = run(&bench, "two", &["--recheck", "one"]);
        assert_eq!(bench.report("two")["checks"].as_array().map(Vec::len), Some(runs), "{rules}: {}", went.said);
    }
}

#[test]
fn after_three_failures_a_further_round_needs_somebody_who_agreed() {
    let bench = bench("9", "\"same-target\"");
    assert_eq!(run(&bench, "one", &["--round", "initial"]).code, Some(1));
    assert_eq!(run(&bench, "two", &["--recheck", "one"]).code, Some(1));
    let went = run(&bench, "three", &["--recheck", "two"]);
    assert_eq!(went.code, Some(1), "{}", went.said);
    let third = bench.report("three");
    assert_eq!(third["rounds"]["failures_in_a_row"], 3);
    assert_eq!(clause(&third, "GE-06")["verdict"], "nonconforming", "{:#}", clause(&third, "GE-06"));
    assert!(went.said.contains("failed in a row: 3 (limit 3)"), "{}", went.said);
    let refused = run(&bench, "four", &["--recheck", "three"]);
    assert_eq!(refused.code, Some(2), "{}", refused.said);
    assert!(refused.said.contains("3 rounds failed in a row (limit 3)") && !bench.path("four").exists(), "{}", refused.said);
    let went = run(&bench, "four", &["--recheck", "three", "--agreed-by", "王某，采购办公室"]);
    assert!(went.said.contains("agreed to by 王某，采购办公室"), "{}", went.said);
    let fourth = bench.report("four");
    assert_eq!((&fourth["rounds"]["number"], &fourth["rounds"]["agreed_by"]), (&4.into(), &"王某，采购办公室".into()));
    assert_eq!(clause(&fourth, "GE-06")["verdict"], "nonconforming");
    holds(&bench, "four");
}

#[test]
fn what_cannot_be_a_round_before_is_refused() {
    let bench = bench("1", "\"same-target\"");
    assert_eq!(run(&bench, "one", &["--round", "initial"]).code, Some(0), "OS is met, the rounds do not apply yet");
    let code = |words: &[&str]| run(&bench, "none", words).code;
    assert_eq!(code(&["--round", "final"]), Some(2));
    assert_eq!(code(&["--round", "initial", "--recheck", "one"]), Some(2));
    assert_eq!(code(&["--recheck", "one", "--clause", "OS-01"]), Some(2));
    assert_eq!(code(&["--recheck", "nowhere"]), Some(2));
    let report = bench.path("one/report.json");
    let text = std::fs::read_to_string(&report).expect("a report");
    std::fs::write(&report, text.replace("conforming", "confirming")).expect("written");
    let went = run(&bench, "none", &["--recheck", "one"]);
    assert_eq!(went.code, Some(7), "{}", went.said);
    assert!(went.said.contains("report.json") && !bench.path("none").exists(), "{}", went.said);
}

#[test]
fn after_an_incident_the_accepted_state_is_what_counts() {
    let bench = bench("1,2", "\"same-target\"");
    run(&bench, "accepted", &[]);
    let recheck = |out: &str| {
        let words =
            ["recheck", "--lang", "en", "--allow", "scratch", "--clauses", "OS-01,OS-02", "--against", "accepted", "--out", out];
        finish(&mut bench.command(&words))
    };
    let went = recheck("same");
    assert_eq!(went.code, Some(0), "{}", went.said);
    let went = recheck("worse");
    assert_eq!(went.code, Some(9), "{}", went.said);
    let report = bench.report("worse");
    assert_eq!(report["rounds"]["kind"], "after-incident");
    let changed = &report["rounds"]["since"]["checks"]["changed"];
    assert_eq!(
        (&changed[0]["id"], &changed[0]["change"]),
        (&"hostile/flaky@machine".into(), &"newly-failing".into()),
        "{changed:#}"
    );
    assert!(went.said.contains("Newly failing (1)"), "{}", went.said);
    holds(&bench, "worse");
}

#[test]
fn diff_says_what_changed_and_whether_it_is_worse() {
    let bench = bench("2", "\"same-target\"");
    run(&bench, "one", &[]);
    run(&bench, "two", &[]);
    let handed = bundle(&bench, "two");
    let diff = |before: &str, after: &str, more: &[&str]| {
        let mut command = touchstone();
        finish(command.args(["diff", "--lang", "en"]).arg(bench.path(before)).arg(bench.path(after)).args(more))
    };
    let better = diff("one", &handed, &["--out", &bench.path("page").display().to_string()]);
    assert_eq!(better.code, Some(0), "{}", better.said);
    assert!(better.said.contains("Newly passing (1)") && better.said.contains("Conclusion  not worse"), "{}", better.said);
    let worse = diff(&handed, "one", &[]);
    assert_eq!(worse.code, Some(9), "{}", worse.said);
    assert!(worse.said.contains("OS-01") && worse.said.contains("expected 2; actual 1"), "{}", worse.said);
    let json = diff(&handed, "one", &["--json"]);
    let json: Value = serde_json::from_str(&json.said).unwrap_or_else(|e| panic!("{e}: {}", json.said));
    assert_eq!((&json["worse"], &json["clauses"]["changed"][0]["change"]), (&true.into(), &"newly-failing".into()));
    let page = std::fs::read_to_string(bench.path("page/comparison.html")).expect("a page");
    assert!(page.contains("hostile/flaky@machine") && page.contains("两次运行的比较"));
    assert!(bench.path("page/comparison.json").exists());
    // An answer that got lost is worse, not "no change".
    run(&bench, "left", &["--clause", "OS-02"]);
    assert_eq!(diff("one", "left", &[]).code, Some(0), "what was not asked about is not compared");
    assert!(diff("one", "left", &[]).said.contains("Not compared"), "and that is told");
    bench.run("no-impact", &[]);
    let lost = diff(&handed, "no-impact", &[]);
    assert_eq!(lost.code, Some(9), "left out for its impact: shown before, no longer shown: {}", lost.said);
    assert!(lost.said.contains("Shown before, no longer shown"), "{}", lost.said);
    assert_eq!(diff("one", "nowhere", &[]).code, Some(2));
    std::fs::write(bench.path("two/junit.xml"), "<x/>").expect("written");
    assert_eq!(diff("one", "two", &[]).code, Some(7));
    assert_eq!(check(&bench.report("one"), "hostile/flaky@machine")["verdict"]["verdict"], "nonconforming");
}

#[test]
fn a_bill_of_materials_must_be_approved_and_drift_is_a_finding() {
    let bench = bench("1,2,3,4", "\"same-target\"");
    let rules = std::fs::read_to_string(bench.path("acceptance.toml")).expect("rules");
    bench.write("acceptance.toml", rules + "[materials]\nversion = \"GE-06/rounds\"\n");
    run(&bench, "one", &[]);
    let listed = finish(touchstone().args(["materials", "--lang", "en"]).arg(bench.path("one")));
    assert_eq!(listed.code, Some(0), "{}", listed.said);
    assert!(listed.said.contains("fact = \"kernel\"") && listed.said.contains("kind = \"version\""), "{}", listed.said);
    bench.write("materials.toml", &listed.said);
    let refused = run(&bench, "none", &["--materials", "materials.toml"]);
    assert_eq!(refused.code, Some(5), "nobody approved it: {}", refused.said);
    assert!(refused.said.contains("approved_by is empty"), "{}", refused.said);
    let approved = listed
        .said
        .replace("approved_by = \"\"", "approved_by = \"李某\"")
        .replace("approved_on = \"\"", "approved_on = \"2026-11-24\"");
    bench.write("materials.toml", &approved);
    let aspect = |folder: &str| clause(&bench.report(folder), "GE-06")["aspects"][1]["verdict"].as_str().expect("it").to_owned();
    let went = run(&bench, "as-approved", &["--materials", "materials.toml"]);
    assert_eq!(aspect("as-approved"), "conforming", "{}", went.said);
    holds(&bench, "as-approved");
    bench.write("materials.toml", approved.replace("value = \"Linux ", "value = \"Lunix "));
    run(&bench, "drift", &["--materials", "materials.toml"]);
    assert_eq!(aspect("drift"), "nonconforming");
    bench.write("materials.toml", approved.replace("fact = \"kernel\"", "fact = \"firmware\""));
    run(&bench, "unseen", &["--materials", "materials.toml"]);
    assert_eq!(aspect("unseen"), "not-assessed");
}

#[test]
fn a_signed_run_on_the_combination_fills_a_cell_and_nothing_else_does() {
    let bench = bench("2", "\"same-target\"");
    let rules = std::fs::read_to_string(bench.path("acceptance.toml")).expect("rules");
    let cell = |word: &str, proved: &str| {
        let sign = format!("{{ fact = \"kernel\", holds = [\"{word}\"] }}");
        let cell = format!("[[matrix]]\naspect = \"GE-06/rounds\"\nshown_by = [{sign}]\nproved_by = [\"{proved}\"]\n");
        bench.write("acceptance.toml", format!("{rules}{cell}"));
    };
    cell("linux", "OS-02");
    run(&bench, "plain", &[]);
    let signed = bundle(&bench, "plain");
    let aspect = |folder: &str| clause(&bench.report(folder), "GE-06")["aspects"][1].clone();
    let said = |folder: &str| aspect(folder)["reasons"].to_string();

    let refused = run(&bench, "unsigned", &["--matrix", "plain"]);
    assert_eq!(refused.code, Some(2), "{}", refused.said);
    assert!(refused.said.contains("is not signed"), "{}", refused.said);
    let went = run(&bench, "filled", &["--matrix", &signed]);
    let id = bench.report("plain")["run"].as_str().expect("an id").to_owned();
    assert!(aspect("filled")["verdict"] == "conforming" && said("filled").contains(&id), "{} {}", went.said, aspect("filled"));
    holds(&bench, "filled");
    let twice = run(&bench, "twice", &["--matrix", &signed, "--matrix", &signed]);
    assert!(twice.code == Some(2) && twice.said.contains("given twice"), "{}", twice.said);

    // The first try of the flaky check had failed.
    cell("linux", "OS-01");
    run(&bench, "failed", &["--matrix", &signed]);
    assert_eq!(aspect("failed")["verdict"], "nonconforming", "{}", aspect("failed"));
    cell("SunOS", "OS-02");
    run(&bench, "elsewhere", &["--matrix", &signed]);
    assert!(
        aspect("elsewhere")["verdict"] == "not-assessed" && said("elsewhere").contains("no signed run"),
        "{}",
        said("elsewhere")
    );
    cell("", "OS-02");
    let empty = run(&bench, "empty", &["--matrix", &signed]);
    assert!(empty.code == Some(5) && empty.said.contains("an empty word"), "{}", empty.said);

    cell("linux", "OS-02");
    let command = |words: &[&str]| {
        let mut command = touchstone();
        command.args(["matrix", "--lang", "en", "--suite", "suite.toml"]).args(words);
        finish(command.current_dir(bench.path(".")))
    };
    let printed = command(&[&signed]);
    assert!(printed.code == Some(0) && printed.said.contains("rounds") && printed.said.contains(&id), "{}", printed.said);
    assert!(command(&[]).said.contains("not assessed"), "{}", command(&[]).said);
    let page = bench.path(&signed).join("report.html");
    let changed = std::fs::read_to_string(&page).expect("a page").replacen("html", "HTML", 1);
    std::fs::write(&page, changed).expect("written");
    assert_eq!(command(&[&signed]).code, Some(7), "a changed bundle fills nothing");
}
