//! Common Test Report Format (ctrf.io): a test per check on a target, and one per check that was left out.

use crate::clean::{clean, clean_line};
use crate::verdict_map;
use crate::view::{Pair, View};
use jiff::Timestamp;
use serde_json::{Value, json};
use touchstone_model::plan::LeftOut;
use touchstone_model::run::Run;
use touchstone_model::text::Text;
use touchstone_model::verdict::ExpectationReport;

/// Version of the format.
const SPEC: &str = "0.0.0";

/// The checks of a run as CTRF: inconclusive is "other", not applicable and left out are "skipped".
pub fn ctrf(run: &Run) -> String {
    let view = View::new(run);
    let mut tests: Vec<Value> = view.pairs.iter().map(|pair| check(&view, pair)).collect();
    tests.extend(run.plan.left_out.iter().map(left_out));
    let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    let start = milliseconds(&run.started);
    let stop = run.finished.as_deref().map_or(start, milliseconds);
    let report = json!({
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "timestamp": run.started,
        "runId": run.run,
        "generatedBy": format!("touchstone {}", run.tool),
        "results": {
            "tool": { "name": "touchstone", "version": run.tool },
            "summary": {
                "tests": tests.len(),
                "passed": count("passed"),
                "failed": count("failed"),
                "skipped": count("skipped"),
                "pending": 0,
                "other": count("other"),
                "flaky": run.checks.iter().filter(|c| c.unstable).count(),
                "start": start,
                "stop": stop,
                "extra": {
                    "conclusion": run.conclusion,
                    "withoutWaivers": run.without_waivers,
                    "journalHead": run.journal_head,
                    "unsignedPlugins": view.unvouched().map(|(name, _)| name).collect::<Vec<_>>(),
                    "waivers": run.waivers,
                },
            },
            "tests": tests,
        },
    });
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn check(view: &View, pair: &Pair) -> Value {
    let (item, check) = (pair.item, pair.check);
    let clauses: Vec<String> = item.decides.iter().map(ToString::to_string).collect();
    let waivers: Vec<String> = view.waivers_over(item).map(|w| both(&w.waiver.words())).collect();
    let mut test = json!({
        "name": clean_line(&format!("{} · {}", item.key, both(&item.check.title))),
        "status": verdict_map::ctrf(&check.verdict),
        "rawStatus": check.verdict.name(),
        "duration": check.elapsed_ms,
        "suite": [clean_line(&item.target)],
        "tags": item.tags,
        "extra": { "clauses": clauses, "waivers": waivers },
    });
    if let Some(at) = &check.started {
        test["start"] = milliseconds(at).into();
    }
    if let Some(reason) = check.verdict.reason() {
        test["message"] = clean(&both(reason)).into();
    }
    let contradicted: Vec<String> = pair.contradictions().map(|report| seen(pair, report)).collect();
    if !contradicted.is_empty() {
        test["trace"] = contradicted.join("\n").into();
    }
    if check.unstable {
        test["flaky"] = true.into();
    }
    if !check.earlier.is_empty() {
        test["retries"] = check.earlier.len().into();
        let earlier = check.earlier.iter().map(|a| {
            let trace: Vec<String> = a.reports.iter().map(|report| seen(pair, report)).collect();
            json!({
                "attempt": a.attempt, "status": verdict_map::ctrf(&a.verdict), "duration": a.elapsed_ms,
                "message": a.verdict.reason().map(both).unwrap_or_default(), "trace": trace.join("\n"),
            })
        });
        test["retryAttempts"] = earlier.collect();
    }
    test
}

fn left_out(left: &LeftOut) -> Value {
    let at = left.target.as_ref().map(|t| format!("@{t}")).unwrap_or_default();
    let clauses: Vec<String> = left.decides.iter().map(ToString::to_string).collect();
    json!({
        "name": clean_line(&format!("{}{at}", left.check)),
        "status": "skipped",
        "rawStatus": "left-out",
        "duration": 0,
        "message": clean(&both(&left.reason.words())),
        "extra": { "clauses": clauses },
    })
}

fn seen(pair: &Pair, report: &ExpectationReport) -> String {
    let title = both(&pair.expectation(&report.expectation));
    clean(&format!("{title}\nexpected: {}\nactual:   {}", report.expected, report.actual)).into_owned()
}

fn both(text: &Text) -> String {
    if text.zh == text.en { text.zh.clone() } else { format!("{} / {}", text.zh, text.en) }
}

/// Since 1970, UTC.
fn milliseconds(at: &str) -> i64 {
    at.parse::<Timestamp>().map_or(0, Timestamp::as_millisecond)
}
