//! The rules that make a verdict, tried with every way a check can lie, be lazy or be cut short.

use touchstone_model::acceptance::{Rules, steps};
use touchstone_model::catalogue::{Aspect, Catalogue, Clause, Method};
use touchstone_model::description::{CheckDescription, Expectation, Impact};
use touchstone_model::observation::{ActResult, Observation};
use touchstone_model::text::Text;
use touchstone_model::verdict::{
    ClauseVerdict, Conclusion, ExpectationReport, Judgement, Termination, Verdict, conclude, join, judge,
};

fn check(expectations: &[&str]) -> CheckDescription {
    CheckDescription {
        id: "plugin/check".into(),
        title: Text::default(),
        question: Text::default(),
        effect: Text::default(),
        target_kind: "host".into(),
        needs: Default::default(),
        impact: Impact::Observe,
        expectations: expectations.iter().map(|id| Expectation { id: (*id).into(), title: Text::default() }).collect(),
        params: Vec::new(),
        time_limit_ms: 1000,
    }
}

fn saw(id: u32, capability: &str, result: ActResult) -> Observation {
    Observation {
        id,
        at: String::new(),
        elapsed_us: 0,
        capability: capability.into(),
        act: "act".into(),
        result,
        evidence: Vec::new(),
    }
}

fn ok(id: u32) -> Observation {
    saw(id, "shell", ActResult::Exited { code: 0 })
}

fn report(id: &str, judgement: Judgement, observations: &[u32]) -> ExpectationReport {
    ExpectationReport {
        expectation: id.into(),
        judgement,
        expected: "so".into(),
        actual: "otherwise".into(),
        observations: observations.to_vec(),
    }
}

fn met(id: &str, observations: &[u32]) -> ExpectationReport {
    report(id, Judgement::Met, observations)
}

fn unmet(id: &str, observations: &[u32]) -> ExpectationReport {
    report(id, Judgement::Unmet, observations)
}

fn verdict(expectations: &[&str], observations: &[Observation], reports: &[ExpectationReport]) -> &'static str {
    judge(&check(expectations), observations, reports, &Termination::Decided).name()
}

#[test]
fn everything_met_and_observed_conforms() {
    assert_eq!(verdict(&["a", "b"], &[ok(1), ok(2)], &[met("a", &[1]), met("b", &[2])]), "conforming");
}

#[test]
fn an_observed_contradiction_does_not_conform() {
    assert_eq!(verdict(&["a", "b"], &[ok(1)], &[met("a", &[1]), unmet("b", &[1])]), "nonconforming");
    // What could not be looked at any more cannot turn a contradiction around.
    assert_eq!(verdict(&["a", "b"], &[ok(1)], &[unmet("a", &[1])]), "nonconforming");
}

#[test]
fn nothing_conforms_without_observation() {
    assert_eq!(verdict(&["a"], &[], &[met("a", &[])]), "inconclusive");
    assert_eq!(verdict(&["a"], &[ok(1)], &[met("a", &[])]), "inconclusive");
    assert_eq!(verdict(&["a"], &[ok(1)], &[met("a", &[7])]), "inconclusive");
    assert_eq!(verdict(&["a"], &[], &[unmet("a", &[])]), "inconclusive");
}

#[test]
fn what_the_harness_did_on_its_own_side_is_no_observation_of_the_target() {
    let unseen = [
        saw(1, "shell", ActResult::Local { amount: 9 }),
        saw(1, "net", ActResult::NetworkFailed { code: "resolution".into(), message: String::new() }),
    ];
    for observation in unseen {
        for report in [met("a", &[1]), unmet("a", &[1])] {
            assert_eq!(verdict(&["a"], std::slice::from_ref(&observation), &[report]), "inconclusive");
        }
    }
    // That a service does not answer is something seen of the target.
    let silent = saw(1, "net", ActResult::NetworkFailed { code: "refused".into(), message: String::new() });
    assert_eq!(verdict(&["a"], &[silent], &[unmet("a", &[1])]), "nonconforming");
}

#[test]
fn a_contradiction_shows_in_what_was_expected_and_seen() {
    let same = ExpectationReport { actual: " so\n".into(), ..unmet("a", &[1]) };
    assert_eq!(verdict(&["a"], &[ok(1)], &[same]), "inconclusive");
}

#[test]
fn who_goes_on_past_a_limit_or_after_something_was_broken_off_is_not_believed() {
    for code in ["limit", "cut-short"] {
        let seen = [ok(1), saw(2, "shell", ActResult::Refused { code: code.into(), message: String::new() })];
        for report in [met("a", &[1]), unmet("a", &[1])] {
            assert_eq!(verdict(&["a"], &seen, &[report]), "inconclusive", "{code}");
        }
    }
    // What made no sense, or was not there, may be asked about.
    for code in ["invalid", "unavailable", "no-such-file"] {
        let seen = [ok(1), saw(2, "shell", ActResult::Refused { code: code.into(), message: String::new() })];
        assert_eq!(verdict(&["a"], &seen, &[met("a", &[1])]), "conforming", "{code}");
    }
}

#[test]
fn an_adapters_word_is_no_observation() {
    for capability in ["adapter", "adapter:shell", "adapter:http"] {
        let observation = saw(1, capability, ActResult::Done { amount: 1 });
        assert_eq!(verdict(&["a"], &[observation], &[met("a", &[1])]), "inconclusive");
    }
}

#[test]
fn a_refused_act_is_no_observation() {
    let refused = saw(1, "shell", ActResult::Refused { code: "limit".into(), message: String::new() });
    assert_eq!(verdict(&["a"], &[refused], &[met("a", &[1])]), "inconclusive");
}

#[test]
fn each_expectation_once_and_only_those_declared() {
    assert_eq!(verdict(&["a", "b"], &[ok(1)], &[met("a", &[1])]), "inconclusive");
    assert_eq!(verdict(&["a"], &[ok(1)], &[met("a", &[1]), met("a", &[1])]), "inconclusive");
    assert_eq!(verdict(&["a"], &[ok(1)], &[met("a", &[1]), met("other", &[1])]), "inconclusive");
    assert_eq!(verdict(&["a"], &[ok(1)], &[report("a", Judgement::Unevaluated(Text::new("原因", "why")), &[1])]), "inconclusive");
    assert_eq!(verdict(&[], &[ok(1)], &[]), "inconclusive");
}

#[test]
fn a_broken_link_or_a_denial_makes_both_sides_inconclusive() {
    let lost = || ActResult::Lost { message: String::new() };
    let open = || ActResult::Indeterminate { reason: String::new() };
    let denied = || ActResult::Denied { message: String::new() };
    for broken in [lost(), open(), denied()] {
        let seen = [ok(1), saw(2, "sql", broken)];
        assert_eq!(verdict(&["a"], &seen, &[met("a", &[1])]), "inconclusive");
        assert_eq!(verdict(&["a"], &seen, &[unmet("a", &[1])]), "inconclusive");
    }
}

#[test]
fn every_other_ending_is_inconclusive() {
    let endings = [
        Termination::Trapped { message: "boom".into() },
        Termination::TimedOut { limit_ms: 5 },
        Termination::LimitExceeded { what: "memory".into() },
        Termination::NotStarted { message: String::new() },
        Termination::Failed { code: "lost".into(), message: String::new() },
        Termination::Inconclusive { reason: Text::default() },
        Termination::Interrupted,
    ];
    for ending in endings {
        for reports in [vec![met("a", &[1])], vec![unmet("a", &[1])]] {
            assert_eq!(judge(&check(&["a"]), &[ok(1)], &reports, &ending).name(), "inconclusive", "{ending:?}");
        }
    }
}

#[test]
fn not_applicable_needs_a_look() {
    let ending = Termination::NotApplicable { reason: Text::new("没有该设备", "no such device") };
    assert_eq!(judge(&check(&["a"]), &[ok(1)], &[], &ending).name(), "not-applicable");
    assert_eq!(judge(&check(&["a"]), &[], &[], &ending).name(), "inconclusive");
    // What was decided applies; a contradiction above all must not vanish behind these words.
    for report in [met("a", &[1]), unmet("a", &[1])] {
        assert_eq!(judge(&check(&["a"]), &[ok(1)], &[report], &ending).name(), "inconclusive");
    }
    let denied = saw(2, "sql", ActResult::Denied { message: String::new() });
    assert_eq!(judge(&check(&["a"]), &[ok(1), denied], &[], &ending).name(), "inconclusive");
}

#[test]
fn a_clause_needs_all_its_parts() {
    use ClauseVerdict::*;
    assert_eq!(join([Conforming, Conforming]), Conforming);
    assert_eq!(join([Conforming, NotApplicable]), Conforming);
    assert_eq!(join([Conforming, NotAssessed]), NotAssessed);
    assert_eq!(join([Conforming, Nonconforming]), Partly);
    assert_eq!(join([Nonconforming, NotAssessed]), Nonconforming);
    assert_eq!(join([NotApplicable, NotApplicable]), NotApplicable);
    assert_eq!(join([Partly, Conforming]), Partly);
    assert_eq!(join([]), NotAssessed);
}

#[test]
fn the_conclusion_counts_mandatory_clauses() {
    use ClauseVerdict::*;
    let clause = |mandatory| Clause {
        id: "X-01".into(),
        area: "X".into(),
        title: Text::default(),
        text: Text::default(),
        decided_by: Text::default(),
        source: String::new(),
        mandatory,
        method: vec![Method::Test],
        target: "host".into(),
        aspects: vec![Aspect { id: "a".into(), title: Text::default(), method: Method::Test }],
    };
    let (must, may) = (clause(true), clause(false));
    let conclude = |clauses: &[(&Clause, ClauseVerdict)]| conclude(&steps(&Rules::default(), clauses));
    assert_eq!(conclude(&[(&must, Conforming), (&may, Nonconforming)]), Conclusion::Accepted);
    assert_eq!(conclude(&[(&must, Conforming), (&must, Partly)]), Conclusion::NotAccepted);
    assert_eq!(conclude(&[(&must, NotAssessed), (&must, Nonconforming)]), Conclusion::NotAccepted);
    assert_eq!(conclude(&[(&must, Conforming), (&must, NotAssessed)]), Conclusion::Inconclusive);
    assert_eq!(conclude(&[]), Conclusion::Inconclusive);
    assert_eq!(conclude(&[(&must, NotApplicable)]), Conclusion::Inconclusive);
    assert!(Catalogue::default().clause("X-01").is_none());
    assert!(Verdict::Conforming.reason().is_none());
}
