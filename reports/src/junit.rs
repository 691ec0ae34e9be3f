//! JUnit XML as Jenkins' junit-10.xsd wants it: no `<properties>` in a case, no `file` attribute, times with three decimals.
//!
//! A suite per target; a case per check on it. Readers group cases by `classname` and drop a second one with the same two
//! names, so `classname` holds the clauses and `name` the check with its target.

use crate::clean::{clean, clean_line};
use crate::units;
use crate::verdict_map::{self, Junit};
use crate::view::{Pair, View};
use jiff::Timestamp;
use junit_report::{Duration, OffsetDateTime, Report, TestCase, TestResult, TestSuite};
use std::collections::HashSet;
use std::fmt::Write as _;
use touchstone_model::plan::LeftOut;
use touchstone_model::run::Run;
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;

/// Suite of what was left out without a target being in question.
const NO_TARGET: &str = "no target";

/// The checks of a run as JUnit XML: inconclusive is an error, not applicable and left out are skipped.
pub fn junit(run: &Run) -> String {
    let view = View::new(run);
    let mut names = HashSet::new();
    let mut report = Report::new();
    for target in &run.plan.targets {
        let mut suite = suite(run, &target.name);
        suite.package = line(&target.kind);
        for pair in view.pairs.iter().filter(|p| p.item.target == target.name) {
            suite.add_testcase(unique(check_case(&view, pair), &mut names));
        }
        for left in run.plan.left_out.iter().filter(|l| l.target.as_ref() == Some(&target.name)) {
            suite.add_testcase(unique(left_out_case(left), &mut names));
        }
        add(&mut report, suite);
    }
    let named = |target: &str| run.plan.targets.iter().any(|t| t.name == target);
    let mut rest = suite(run, NO_TARGET);
    for pair in view.pairs.iter().filter(|p| !named(&p.item.target)) {
        rest.add_testcase(unique(check_case(&view, pair), &mut names));
    }
    for left in run.plan.left_out.iter().filter(|l| !l.target.as_deref().is_some_and(named)) {
        rest.add_testcase(unique(left_out_case(left), &mut names));
    }
    add(&mut report, rest);

    let mut out = Vec::new();
    // Writing to memory does not fail; were it to, an empty document is refused by every reader.
    match report.write_xml(&mut out) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

fn suite(run: &Run, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(&line(name));
    suite.hostname = suite.name.clone();
    let started = run.started.parse::<Timestamp>().map_or(0, |t| t.as_second());
    suite.timestamp = OffsetDateTime::from_unix_timestamp(started).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    suite
}

fn add(report: &mut Report, mut suite: TestSuite) {
    if suite.testcases.is_empty() {
        return;
    }
    // The writer adds seconds up as floating point; some sums print with seventeen digits, which the schema refuses.
    // A millisecond or two more in one case makes it a sum that prints with three.
    while suite.time().as_seconds_f64().to_string().split_once('.').is_some_and(|(_, decimals)| decimals.len() > 3) {
        match suite.testcases.last_mut() {
            Some(case) => case.time += Duration::milliseconds(1),
            None => break,
        }
    }
    report.add_testsuite(suite);
}

fn check_case(view: &View, pair: &Pair) -> TestCase {
    let (item, check) = (pair.item, pair.check);
    let mut case = TestCase::success(
        &line(&format!("{} · {}", item.key, both(&item.check.title))),
        Duration::milliseconds(i64::try_from(check.elapsed_ms).unwrap_or(i64::MAX)),
    );
    case.classname = Some(class(&item.decides));
    let beside = beside(view, pair);
    case.system_out = Some(block(&format!("{beside}{}", transcript(pair)))).filter(|t| !t.is_empty());
    let kind = check.verdict.name().to_owned();
    let reason = check.verdict.reason().map(both).unwrap_or_default();
    case.result = match verdict_map::check(&check.verdict).1 {
        Junit::Success => TestResult::Success,
        Junit::Failure => {
            let mut message = String::new();
            // A failure that is waived stays a failure; whoever looks at it alone must see the waiver too.
            let mut cause = beside;
            for report in pair.contradictions() {
                let title = both(&pair.expectation(&report.expectation));
                if message.is_empty() {
                    message.clone_from(&title);
                }
                let _ = writeln!(cause, "{title}\nexpected: {}\nactual:   {}", report.expected, report.actual);
            }
            TestResult::Failure { type_: kind, message: line(&message), cause: Some(block(&cause)) }
        }
        Junit::Error => TestResult::Error { type_: kind, message: line(&reason), cause: Some(block(&reason)) },
        Junit::Skipped => TestResult::SkippedWithCause { type_: kind, message: line(&reason), cause: None },
    };
    case
}

fn left_out_case(left: &LeftOut) -> TestCase {
    let at = left.target.as_ref().map(|t| format!("@{t}")).unwrap_or_default();
    let title = left.title.as_ref().map(|t| format!(" · {}", both(t))).unwrap_or_default();
    let name = line(&format!("{}{at}{title}", left.check));
    let mut case = TestCase::skipped_with_cause(&name, "left-out", &line(&both(&left.reason.words())));
    case.classname = Some(class(&left.decides));
    case
}

/// What lies beside the verdict: waivers, earlier tries, a plugin that nobody vouches for.
fn beside(view: &View, pair: &Pair) -> String {
    let mut out = String::new();
    for waived in view.waivers_over(pair.item) {
        let _ = writeln!(out, "WAIVED: {} · {}", both(&waived.waiver.words()), both(&waived.waiver.reason));
    }
    for try_ in &pair.check.earlier {
        let reason = try_.verdict.reason().map(|r| format!(": {}", both(r))).unwrap_or_default();
        let _ = writeln!(out, "TRY {}: {}{reason}", try_.attempt, both(&try_.verdict.words()));
        for report in &try_.reports {
            let symbol = verdict_map::judgement(Some(&report.judgement)).symbol;
            let title = both(&pair.expectation(&report.expectation));
            let _ = writeln!(out, "  {symbol} {title}\n    expected: {}\n    actual:   {}", report.expected, report.actual);
        }
    }
    let plugin = pair.item.check.id.split('/').next().unwrap_or_default();
    for (_, why) in view.unvouched().filter(|(name, _)| *name == plugin) {
        let _ = writeln!(out, "UNSIGNED PLUGIN {plugin}: {}", both(why));
    }
    out
}

/// What was expected and done, without the evidence itself: that is in the other reports.
fn transcript(pair: &Pair) -> String {
    let mut out = String::new();
    for report in &pair.check.reports {
        let symbol = verdict_map::judgement(Some(&report.judgement)).symbol;
        let title = both(&pair.expectation(&report.expectation));
        let _ = writeln!(out, "{symbol} {title}\n  expected: {}\n  actual:   {}", report.expected, report.actual);
    }
    for seen in &pair.check.observations {
        let took = units::microseconds(seen.elapsed_us);
        let _ = writeln!(out, "#{} {} {}\n  {} ({took})", seen.id, seen.capability, seen.act, seen.result.words().en);
        for evidence in &seen.evidence {
            let _ = writeln!(out, "  {} {} B sha256:{}", evidence.name, evidence.size, evidence.sha256);
        }
    }
    for left in &pair.check.left_behind {
        let _ = writeln!(out, "LEFT BEHIND: {}", left.failure);
    }
    out
}

fn class(decides: &[AspectRef]) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for aspect in decides {
        if !ids.contains(&aspect.clause.as_str()) {
            ids.push(&aspect.clause);
        }
    }
    if ids.is_empty() { "no-clause".to_owned() } else { line(&ids.join(" ")) }
}

fn unique(mut case: TestCase, names: &mut HashSet<(Option<String>, String)>) -> TestCase {
    let name = case.name.clone();
    let mut nth = 1;
    while !names.insert((case.classname.clone(), case.name.clone())) {
        nth += 1;
        case.name = format!("{name} ({nth})");
    }
    case
}

fn both(text: &Text) -> String {
    if text.zh == text.en { text.en.clone() } else { format!("{} / {}", text.en, text.zh) }
}

fn line(text: &str) -> String {
    clean_line(text)
}

/// For CDATA, which the writer doesn't escape: its end mark is parted by a character without width.
fn block(text: &str) -> String {
    clean(text).replace("]]>", "]]\u{200b}>")
}
