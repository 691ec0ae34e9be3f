//! The one table of verdicts: how each is shown, and what it is called in each format.
//!
//! What did not end in a decision is never shown as passed, in no format.

use touchstone_assess::Exact;
use touchstone_model::acceptance::Outcome;
use touchstone_model::compare::{Change, Comparison};
use touchstone_model::text::Text;
use touchstone_model::verdict::{ClauseVerdict, Conclusion, Judgement, Verdict};
use touchstone_model::waiver::WaiverState;

/// How a verdict looks: never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Stable name; `v-` and this is its class in HTML.
    pub name: &'static str,
    /// One column wide.
    pub symbol: &'static str,
    /// SGR parameters of a terminal.
    pub ansi: &'static str,
}

/// What a JUnit reader is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junit {
    /// Passed.
    Success,
    /// `<failure>`: a contradiction was observed.
    Failure,
    /// `<error>`: no decision was reached.
    Error,
    /// `<skipped>`.
    Skipped,
}

//                                  name               symbol       terminal
const CONFORMING: Look = look("conforming", "✓", "32");
const PARTLY: Look = look("partly", "◐", "33");
const NONCONFORMING: Look = look("nonconforming", "✗", "1;31");
const NOT_APPLICABLE: Look = look("not-applicable", "–", "2");
const NOT_ASSESSED: Look = look("not-assessed", "○", "36");
const INCONCLUSIVE: Look = look("inconclusive", "?", "35");
const WAIVED: Look = look("waived", "◇", "33");

/// A check that did not run.
pub const LEFT_OUT: (Look, Junit) = (NOT_ASSESSED, Junit::Skipped);

/// A check on a target.
pub fn check(verdict: &Verdict) -> (Look, Junit) {
    match verdict {
        Verdict::Conforming => (CONFORMING, Junit::Success),
        Verdict::Nonconforming => (NONCONFORMING, Junit::Failure),
        Verdict::NotApplicable { .. } => (NOT_APPLICABLE, Junit::Skipped),
        Verdict::Inconclusive { .. } => (INCONCLUSIVE, Junit::Error),
    }
}

/// A waiver: what it covers keeps its own verdict.
pub fn waiver(state: WaiverState) -> Look {
    match state {
        WaiverState::Applied => WAIVED,
        WaiverState::Unused => NOT_APPLICABLE,
        WaiverState::NotYetValid | WaiverState::Expired => NONCONFORMING,
    }
}

/// A clause or an aspect of one.
pub fn clause(verdict: ClauseVerdict) -> Look {
    match verdict {
        ClauseVerdict::Conforming => CONFORMING,
        ClauseVerdict::Partly => PARTLY,
        ClauseVerdict::Nonconforming => NONCONFORMING,
        ClauseVerdict::NotApplicable => NOT_APPLICABLE,
        ClauseVerdict::NotAssessed => NOT_ASSESSED,
    }
}

/// What became of a question between two runs.
pub fn change(change: Change) -> Look {
    match change {
        Change::NewlyFailing | Change::FailsFurther => NONCONFORMING,
        Change::NoLongerShown | Change::Unstable => INCONCLUSIVE,
        Change::NewlyPassing => CONFORMING,
        Change::FailsLess => PARTLY,
        Change::Other => NOT_ASSESSED,
        Change::NotCompared | Change::Same => NOT_APPLICABLE,
    }
}

/// Two runs in one sentence, and how a terminal paints it.
pub fn comparison(comparison: &Comparison) -> (&'static str, Text) {
    if comparison.is_empty() {
        return (INCONCLUSIVE.ansi, Text::new("没有可比较的内容", "there is nothing that both runs asked about"));
    }
    if comparison.worse {
        return (NONCONFORMING.ansi, Text::new("变差", "worse"));
    }
    (CONFORMING.ansi, Text::new("没有变差", "not worse"))
}

/// An expectation of a check; absent: it was never reported.
pub fn judgement(judgement: Option<&Judgement>) -> Look {
    match judgement {
        Some(Judgement::Met) => CONFORMING,
        Some(Judgement::Unmet) => NONCONFORMING,
        Some(Judgement::Unevaluated(_)) | None => INCONCLUSIVE,
    }
}

/// What a CTRF reader is told of a check: passed, failed, skipped, other.
pub fn ctrf(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Conforming => "passed",
        Verdict::Nonconforming => "failed",
        Verdict::NotApplicable { .. } => "skipped",
        Verdict::Inconclusive { .. } => "other",
    }
}

/// List of an in-toto test result that names a check: passedTests, failedTests, or none.
pub fn in_toto(verdict: &Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Conforming => Some("passedTests"),
        Verdict::Nonconforming => Some("failedTests"),
        Verdict::NotApplicable { .. } | Verdict::Inconclusive { .. } => None,
    }
}

/// Result of an in-toto test result as a whole: PASSED, WARNED, FAILED.
pub fn in_toto_result(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Accepted => "PASSED",
        Conclusion::AcceptedWithWaivers => "WARNED",
        Conclusion::NotAccepted | Conclusion::Inconclusive => "FAILED",
    }
}

/// State of an OSCAL finding about a clause; none: there is no finding.
pub fn oscal(verdict: ClauseVerdict) -> Option<&'static str> {
    match verdict {
        ClauseVerdict::Conforming => Some("satisfied"),
        ClauseVerdict::Partly | ClauseVerdict::Nonconforming => Some("not-satisfied"),
        ClauseVerdict::NotApplicable | ClauseVerdict::NotAssessed => None,
    }
}

/// A rule of the acceptance.
pub fn outcome(outcome: Outcome) -> Look {
    match outcome {
        Outcome::Holds => CONFORMING,
        Outcome::Broken => NONCONFORMING,
        Outcome::Open => INCONCLUSIVE,
    }
}

/// The run as a whole.
pub fn conclusion(conclusion: Conclusion) -> Look {
    match conclusion {
        Conclusion::Accepted => CONFORMING,
        Conclusion::NotAccepted => NONCONFORMING,
        Conclusion::Inconclusive => INCONCLUSIVE,
        Conclusion::AcceptedWithWaivers => WAIVED,
    }
}

/// An indicator of an assessment: all points, some, none, or no score.
pub fn score(score: Option<Exact>, weight: Exact) -> Look {
    match score {
        None => NOT_ASSESSED,
        Some(score) if score >= weight => CONFORMING,
        Some(score) if score > Exact::ZERO => PARTLY,
        Some(_) => NONCONFORMING,
    }
}

/// A row of the breach table: something fell under it, something may, or nothing does.
pub fn breach(events: usize, open: usize) -> Look {
    match (events, open) {
        (0, 0) => CONFORMING,
        (0, _) => NOT_ASSESSED,
        _ => NONCONFORMING,
    }
}

const fn look(name: &'static str, symbol: &'static str, ansi: &'static str) -> Look {
    Look { name, symbol, ansi }
}

#[cfg(test)]
mod tests {
    use super::*;
    use touchstone_model::text::Text;

    #[test]
    fn only_conforming_is_ever_green() {
        let reason = Text::new("原因", "reason");
        let others =
            [Verdict::Nonconforming, Verdict::NotApplicable { reason: reason.clone() }, Verdict::Inconclusive { reason }];
        assert_eq!(check(&Verdict::Conforming), (CONFORMING, Junit::Success));
        for verdict in &others {
            let (look, junit) = check(verdict);
            assert_eq!(look.name, verdict.name());
            assert_ne!(look.symbol, CONFORMING.symbol);
            assert_ne!(junit, Junit::Success);
            assert_ne!(ctrf(verdict), "passed");
            assert_ne!(in_toto(verdict), Some("passedTests"));
        }
        for verdict in ClauseVerdict::ALL {
            assert_eq!(clause(verdict).name, verdict.name());
            assert_eq!(clause(verdict) == CONFORMING, verdict == ClauseVerdict::Conforming);
            assert_eq!(oscal(verdict) == Some("satisfied"), verdict == ClauseVerdict::Conforming);
        }
        assert_eq!(judgement(None), INCONCLUSIVE);
        assert_eq!(conclusion(Conclusion::Inconclusive), INCONCLUSIVE);
        for other in [Conclusion::NotAccepted, Conclusion::Inconclusive, Conclusion::AcceptedWithWaivers] {
            assert_ne!(in_toto_result(other), "PASSED");
        }
        assert_ne!(conclusion(Conclusion::AcceptedWithWaivers).symbol, CONFORMING.symbol);
    }
}
