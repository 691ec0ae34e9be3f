//! CTRF, OSCAL and in-toto: each verdict is told as the table says, and the formats' own schemas and tools accept the documents.
#![forbid(unsafe_code)]

mod common;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use touchstone_model::run::Run;
use touchstone_reports::in_toto::{Subject, statement};
use touchstone_reports::{ctrf, oscal};

fn runs() -> [(&'static str, Run); 2] {
    [("everything", common::everything().run), ("many", common::many(300, 100).run)]
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).expect("it is JSON")
}

/// The official schema, where this machine has it.
fn schema(name: &str) -> Option<Value> {
    let found =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|f| f.join("shared/schemas").join(name)).find(|f| f.is_file());
    if found.is_none() {
        eprintln!("\n*** NOT VALIDATED AGAINST {name}: it is not in shared/schemas of any folder above. ***\n");
    }
    Some(parsed(&std::fs::read_to_string(found?).expect("the schema can be read")))
}

fn fits(validator: &jsonschema::Validator, what: &str, json: &str) {
    let errors: Vec<String> = validator
        .iter_errors(&parsed(json))
        .take(5)
        .map(|e| format!("{}: {e}", e.instance_path()).chars().take(600).collect())
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

fn oscal_documents(run: &Run) -> Vec<(&'static str, String)> {
    let mut all = vec![(oscal::PLAN, oscal::plan(run)), (oscal::RESULTS, oscal::results(run))];
    all.extend(oscal::poam(run).map(|poam| (oscal::POAM, poam)));
    all
}

#[test]
fn ctrf_tells_each_verdict_and_counts_right() {
    let run = common::everything().run;
    let report = parsed(&ctrf(&run));
    assert_eq!(ctrf(&run), ctrf(&run));
    let tests = report["results"]["tests"].as_array().expect("tests");
    assert_eq!(tests.len(), run.checks.len() + run.plan.left_out.len());
    let status = |name: &str| {
        let found = tests.iter().find(|t| t["name"].as_str().is_some_and(|n| n.starts_with(name)));
        found.unwrap_or_else(|| panic!("no test {name}"))["status"].as_str().expect("a status")
    };
    let expected = [
        ("os/kernel-version@", "passed"),
        ("db/insert-all@", "failed"),
        ("db/multi-row@", "other"),
        ("os/never-began@", "other"),
        ("db/not-applicable@", "skipped"),
        ("gen/failover", "skipped"),
    ];
    for (name, wanted) in expected {
        assert_eq!(status(name), wanted, "{name}");
    }
    let summary = &report["results"]["summary"];
    for word in ["passed", "failed", "skipped", "other"] {
        assert_eq!(summary[word], tests.iter().filter(|t| t["status"] == word).count(), "{word}");
    }
    let waived = tests.iter().find(|t| t["name"].as_str().is_some_and(|n| n.starts_with("db/insert-all@"))).expect("it");
    assert!(waived["extra"]["waivers"][0].as_str().is_some_and(|w| w.contains("W-1")), "{waived:#}");
}

#[test]
fn ctrfs_schema_accepts_it() {
    let Some(schema) = schema("ctrf.schema.json") else { return };
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, run) in runs() {
        fits(&validator, name, &ctrf(&run));
    }
    let mut broken = parsed(&ctrf(&common::everything().run));
    broken["results"]["tests"][0]["status"] = "green".into();
    assert!(!validator.is_valid(&broken), "the schema is really looked at");
}

#[test]
fn oscal_has_findings_for_what_was_decided_and_for_nothing_else() {
    let run = common::everything().run;
    let results = parsed(&oscal::results(&run));
    let result = &results["assessment-results"]["results"][0];
    let findings = result["findings"].as_array().expect("findings");
    let state = |clause: &str| {
        findings.iter().find(|f| f["target"]["target-id"] == clause).map(|f| f["target"]["status"]["state"].as_str().expect("it"))
    };
    assert_eq!(state("OS-01"), Some("satisfied"));
    assert_eq!(state("DB-05"), Some("not-satisfied"));
    assert_eq!(state("DB-08"), Some("not-satisfied"));
    for open in ["DB-09", "DB-10", "GEN-01", "GEN-02", "GEN-03"] {
        assert_eq!(state(open), None, "{open}");
    }
    let props = result["props"].as_array().expect("props");
    let told = |name: &str, begins: &str| {
        props.iter().any(|p| p["name"] == name && p["value"].as_str().is_some_and(|v| v.starts_with(begins)))
    };
    assert!(told("not-assessed", "DB-09:") && told("not-applicable", "DB-10:"), "{props:#?}");
    assert!(told("waiver", "DB-08: applied") && told("waiver", "DB-05: expired") && told("waiver", "OS-01: unused"));
    let poam = parsed(&oscal::poam(&run).expect("something is to be rectified"));
    let items = poam["plan-of-action-and-milestones"]["poam-items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    let risks = poam["plan-of-action-and-milestones"]["risks"].as_array().expect("risks");
    assert_eq!(risks.len(), 2);
    for (item, risk) in items.iter().zip(risks) {
        assert_eq!(item["related-risks"][0]["risk-uuid"], risk["uuid"]);
        assert_eq!(risk["deadline"], "2099-02-15T23:59:59+08:00", "the end of the fifteenth working day, in China");
    }
    assert!(oscal::poam(&common::many(1, 10).run).is_some());
}

#[test]
fn oscals_schema_accepts_all_documents() {
    let Some(schema) = schema("oscal_complete_schema-1-2-2.json") else { return };
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, run) in runs() {
        for (file, json) in oscal_documents(&run) {
            fits(&validator, &format!("{name} {file}"), &json);
        }
    }
    let mut broken = parsed(&oscal::results(&common::everything().run));
    broken["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "green".into();
    assert!(!validator.is_valid(&broken), "the schema is really looked at");
}

#[test]
fn the_statement_names_what_passed_and_what_failed_and_can_be_printed_by_a_shell() {
    let run = common::everything().run;
    let text = statement(&run, &[Subject { name: "SHA256SUMS".into(), digests: vec![("sha256", "0".repeat(64))] }]);
    assert!(text.is_ascii() && !text.contains('\n'));
    let predicate = &parsed(&text)["predicate"];
    assert_eq!(predicate["result"], "FAILED");
    let list = |name: &str| predicate[name].as_array().expect("a list").clone();
    assert!(list("passedTests").contains(&"os/kernel-version@host-1".into()));
    assert!(list("failedTests").contains(&"db/insert-all@db main".into()));
    for open in ["db/multi-row@db main", "db/not-applicable@db main", "os/never-began@host-1"] {
        assert!(!list("passedTests").contains(&open.into()) && !list("failedTests").contains(&open.into()), "{open}");
    }
}

/// A Python with that module, as ci/setup makes it.
fn python(module: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?;
    let python = std::env::var_os("TOUCHSTONE_PYTHON").map_or_else(|| cache.join("touchstone/venv/bin/python"), PathBuf::from);
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).output().ok();
    let found = found.is_some_and(|output| output.status.success());
    if !found {
        eprintln!("\n*** NOT TRIED WITH {module}: {} has it not (ci/setup). ***\n", python.display());
    }
    found.then_some(python)
}

fn accepted(python: &Path, script: &str, file: &Path) -> bool {
    let output = Command::new(python).args(["-c", script]).arg(file).output().expect("Python runs");
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

#[test]
fn trestle_reads_the_oscal_documents() {
    let Some(python) = python("trestle") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let script = "import sys, pathlib\n\
        from trestle.oscal import assessment_plan, assessment_results, poam\n\
        kinds = {'plan': assessment_plan.AssessmentPlan, 'results': assessment_results.AssessmentResults,\n\
                 'poam': poam.PlanOfActionAndMilestones}\n\
        path = pathlib.Path(sys.argv[1])\n\
        kind = next(k for k in kinds if path.stem.endswith(k))\n\
        model = kinds[kind].oscal_read(path)\n\
        assert model is not None and model.uuid\n";
    for (_, run) in runs() {
        for (name, json) in oscal_documents(&run) {
            let file = folder.path().join(name);
            std::fs::write(&file, &json).expect("written");
            assert!(accepted(&python, script, &file), "{name}");
        }
    }
    let file = folder.path().join(oscal::RESULTS);
    std::fs::write(&file, oscal::results(&common::everything().run).replace("\"uuid\"", "\"id\"")).expect("written");
    assert!(!accepted(&python, script, &file), "trestle is really asked");
}

#[test]
fn in_totos_own_library_reads_the_statement() {
    let Some(python) = python("in_toto_attestation") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let script = "import sys\n\
        from google.protobuf import json_format\n\
        from in_toto_attestation.v1.statement import Statement\n\
        import in_toto_attestation.v1.statement_pb2 as pb\n\
        import in_toto_attestation.predicates.test_result.v0.test_result_pb2 as result\n\
        text = open(sys.argv[1]).read()\n\
        proto = json_format.Parse(text, pb.Statement())\n\
        Statement.copy_from_pb(proto).validate()\n\
        json_format.ParseDict(json_format.MessageToDict(proto.predicate), result.TestResult())\n";
    let file = folder.path().join("statement.json");
    let subject = || Subject { name: "SHA256SUMS".into(), digests: vec![("sha256", "0".repeat(64)), ("sm3", "1".repeat(64))] };
    for (name, run) in runs() {
        std::fs::write(&file, statement(&run, &[subject()])).expect("written");
        assert!(accepted(&python, script, &file), "{name}");
    }
    std::fs::write(&file, statement(&common::everything().run, &[])).expect("written");
    assert!(!accepted(&python, script, &file), "a statement about nothing is refused");
}

/// The decrees of the calendar, day by day, as another house has them.
#[test]
fn working_days_are_those_of_chinesecalendar() {
    let Some(python) = python("chinese_calendar") else { return };
    let script = "import sys, tomllib, datetime as d\n\
        import chinese_calendar as other\n\
        years = tomllib.load(open(sys.argv[1], 'rb'))['year']\n\
        day = d.date.fromisoformat\n\
        off = {day(a) + d.timedelta(n) for y in years for a, b in y['off'].values() for n in range((day(b) - day(a)).days + 1)}\n\
        worked = {day(w) for y in years for w in y['worked']}\n\
        now, end = d.date(years[0]['year'], 1, 1), d.date(years[-1]['year'], 12, 31)\n\
        seen = 0\n\
        while now <= end:\n\
        \u{20}   ours = now in worked or not (now in off or now.weekday() >= 5)\n\
        \u{20}   assert ours == other.is_workday(now), now\n\
        \u{20}   seen, now = seen + 1, now + d.timedelta(1)\n\
        assert seen > 1000\n";
    let calendar = Path::new(env!("CARGO_MANIFEST_DIR")).join("../suites/gov-paas/calendar.toml");
    assert!(accepted(&python, script, &calendar));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("calendar.toml");
    let text = std::fs::read_to_string(calendar).expect("it").replace("2026-09-20", "2026-09-19");
    std::fs::write(&file, text).expect("written");
    assert!(!accepted(&python, script, &file), "another day is found");
}
