//! Journals and reports that nobody wrote in good faith.

use touchstone_fuzz::fuzz;
use touchstone_model::description::{CheckDescription, Expectation, Impact};
use touchstone_model::digest::Digest;
use touchstone_model::event::Entry;
use touchstone_model::observation::{ActResult, Observation, keep};
use touchstone_model::run::Run;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ExpectationReport, Judgement, Termination, judge};

const START: &str = r#"{"seq":0,"at":"2026-01-01T00:00:00.000Z","event":"run-started","run":"r","tool":"0","suite_sha256":"00","plan":{"suite":"s","suite_title":{"zh":"","en":""},"catalogue":{"id":"c","title":{"zh":"","en":""},"areas":[],"clauses":[]},"selected":[],"allowed":"observe","targets":[],"plugins":[],"items":[],"left_out":[]}}"#;

/// Lines of JSON: whatever can be read as entries is folded, without a panic, into a run or an error.
#[test]
fn fuzz_entries_are_folded_whatever_they_say() {
    let more = r#"{"seq":1,"at":"t","event":"run-finished","interrupted":false}"#;
    let log = r#"{"seq":2,"at":"t","event":"logged","item":"a@b","level":"info","message":"m"}"#;
    let resumed = r#"{"seq":3,"at":"t","event":"run-resumed","interrupted":[]}"#;
    let seed = format!("{START}\n{more}\n{log}\n{resumed}");
    let words = [
        "\"event\":\"",
        "check-started",
        "check-finished",
        "observed",
        "reported",
        "cleanup-done",
        "null",
        "[]",
        "{}",
        "\n",
        ",",
    ];
    fuzz(&[seed.as_bytes(), START.as_bytes()], &words, |input| {
        let entries: Vec<Entry> = input.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        match Run::from_entries(&entries, Digest::default()) {
            Ok(run) => (entries.len().min(9), run.checks.len(), run.interrupted, true),
            Err(error) => (entries.len().min(9), error.to_string().len() % 5, false, false),
        }
    });
}

/// Two bytes an observation, three a report. Whatever they say, the verdict obeys the rules as another hand has them.
#[test]
fn fuzz_no_verdict_breaks_the_rules() {
    let check = CheckDescription {
        id: "p/c".into(),
        title: Text::default(),
        question: Text::default(),
        effect: Text::default(),
        target_kind: "host".into(),
        needs: Default::default(),
        impact: Impact::Observe,
        expectations: ["a", "b"].map(|id| Expectation { id: id.into(), title: Text::default() }).to_vec(),
        params: Vec::new(),
        time_limit_ms: 1,
    };
    fuzz(&[b"\x02\0\0\0\0\0\0\0\0\x01\0\0", b"\x01\0\0\0\0\x01\x01\0\x11\0"], &[], |input| {
        let mut bytes = input.iter().copied();
        let mut next = || bytes.next().unwrap_or_default();
        let ending = next();
        let observations: Vec<Observation> = (1..=u32::from(next() % 4)).map(|id| observation(id, next(), next())).collect();
        let reports: Vec<ExpectationReport> = (0..next() % 4).map(|_| report(next(), next(), next())).collect();
        let termination = match ending % 4 {
            0 | 1 => Termination::Decided,
            2 => Termination::NotApplicable { reason: Text::default() },
            _ => Termination::Interrupted,
        };
        let verdict = judge(&check, &observations, &reports, &termination).name();

        let trusted = !observations.iter().any(|o| match &o.result {
            ActResult::Lost { .. } | ActResult::Indeterminate { .. } | ActResult::Denied { .. } => true,
            ActResult::Refused { code, .. } => code == "limit" || code == "cut-short",
            _ => false,
        });
        let seen = |report: &ExpectationReport| {
            observations.iter().any(|o| report.observations.contains(&o.id) && o.capability == "shell" && shows(&o.result))
        };
        let of = |id: &str| reports.iter().filter(|r| r.expectation == id).collect::<Vec<_>>();
        let once = ["a", "b"].into_iter().all(|id| matches!(of(id)[..], [r] if r.judgement == Judgement::Met && seen(r)));
        let contradiction = reports.iter().any(|r| r.judgement == Judgement::Unmet && seen(r) && r.expected != r.actual);
        let decided = termination == Termination::Decided;
        if verdict == "conforming" {
            assert!(decided && trusted && once && reports.len() == 2, "{observations:?} {reports:?}");
        }
        if verdict == "nonconforming" {
            assert!(decided && trusted && contradiction, "{observations:?} {reports:?}");
        }
        if verdict == "not-applicable" {
            assert!(trusted && observations.iter().any(|o| o.capability == "shell" && shows(&o.result)));
            assert!(reports.iter().all(|r| matches!(r.judgement, Judgement::Unevaluated(_))), "{reports:?}");
        }
        // And the other way: what obeys every rule conforms.
        assert_eq!(decided && trusted && once && reports.len() == 2, verdict == "conforming");
        (verdict, observations.len(), reports.len())
    });
}

fn shows(result: &ActResult) -> bool {
    !matches!(result, ActResult::Lost { .. } | ActResult::Denied { .. } | ActResult::Refused { .. } | ActResult::Local { .. })
        && !matches!(result, ActResult::NetworkFailed { code, .. } if code == "resolution")
}

fn observation(id: u32, kind: u8, capability: u8) -> Observation {
    let (message, code) = (String::new(), |code: &str| code.to_owned());
    let result = match kind % 12 {
        0..=3 => ActResult::Exited { code: 0 },
        4 => ActResult::Lost { message },
        5 => ActResult::Denied { message },
        6 => ActResult::Indeterminate { reason: message },
        7 => ActResult::Refused { code: code("limit"), message },
        8 => ActResult::Refused { code: code("invalid"), message },
        9 => ActResult::Local { amount: 1 },
        10 => ActResult::NetworkFailed { code: code("resolution"), message },
        _ => ActResult::NetworkFailed { code: code("refused"), message },
    };
    let capability = ["shell", "shell", "shell", "adapter", "adapter:shell"][usize::from(capability % 5)].to_owned();
    Observation { id, at: String::new(), elapsed_us: 0, capability, act: String::new(), result, evidence: Vec::new() }
}

fn report(who: u8, judgement: u8, observations: u8) -> ExpectationReport {
    let judgement = match judgement % 4 {
        0 | 1 => Judgement::Met,
        2 => Judgement::Unmet,
        _ => Judgement::Unevaluated(Text::default()),
    };
    ExpectationReport {
        expectation: ["a", "b", "a", "b", "c"][usize::from(who % 5)].to_owned(),
        judgement,
        expected: "1".to_owned(),
        actual: if observations & 0x80 == 0 { "2" } else { "1" }.to_owned(),
        observations: (1..=4).filter(|id| observations & (1 << id) != 0).collect(),
    }
}

/// Evidence is named by the hash of what is kept, and text that is kept inline is that content.
#[test]
fn fuzz_evidence_is_what_its_hash_says() {
    fuzz(&[b"text", b"\xff\xfe", "é".as_bytes()], &["\0", "\u{fffd}"], |input| {
        let (evidence, blob) = keep("stdout", input.to_vec(), false);
        let kept =
            evidence.inline.as_ref().map_or_else(|| blob.as_ref().map(|b| b.content.clone()), |t| Some(t.clone().into_bytes()));
        let kept = kept.expect("kept in one of the two places");
        assert_eq!((Digest::of(&kept), kept.len() as u64), (evidence.sha256, evidence.size));
        assert_eq!(kept, input);
        blob.is_some()
    });
}
