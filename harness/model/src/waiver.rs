//! Waivers: somebody with the right to do so accepts that a verdict is not what was asked for.
//!
//! A waiver lies beside the verdict that it covers and never changes it. It counts only from its first to its last moment;
//! one that covers nothing, has run out or is not valid yet is told as such.

use crate::acceptance::{self, Step};
use crate::run::Answers;
use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::{self, ClauseVerdict, Conclusion};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One waiver as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// Unique in its file.
    pub id: String,
    /// What it covers.
    #[serde(flatten)]
    pub scope: Scope,
    /// Who approved it.
    pub approver: String,
    /// Why.
    pub reason: Text,
    /// First moment that it is valid at; RFC 3339 with the offset that was written.
    pub from: String,
    /// Last moment that it is valid at; RFC 3339 with the offset that was written.
    pub until: String,
}

/// What a waiver covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// Clause id.
    pub clause: String,
    /// Only this aspect of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<String>,
    /// Only on this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What became of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers a verdict.
    Applied,
    /// It is valid, but there is nothing to cover: conforming, not applicable, or not selected.
    Unused,
    /// Its first moment is still to come.
    NotYetValid,
    /// Its last moment is past.
    Expired,
}

/// A waiver and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverResult {
    /// As it was written.
    #[serde(flatten)]
    pub waiver: Waiver,
    /// What became of it.
    pub state: WaiverState,
    /// Verdict of what it names; absent where the run has none.
    pub verdict: Option<ClauseVerdict>,
}

impl WaiverState {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            WaiverState::Applied => "applied",
            WaiverState::Unused => "unused",
            WaiverState::NotYetValid => "not-yet-valid",
            WaiverState::Expired => "expired",
        }
    }

    /// For people.
    pub fn words(self) -> Text {
        match self {
            WaiverState::Applied => Text::new("生效", "applied"),
            WaiverState::Unused => Text::new("未用到：没有需要豁免的结论", "unused: there is nothing to waive"),
            WaiverState::NotYetValid => Text::new("尚未生效，不予考虑", "not valid yet: not taken into account"),
            WaiverState::Expired => Text::new("已过期，不予考虑", "expired: not taken into account"),
        }
    }
}

impl Waiver {
    /// Whether it is valid at a moment, and why not. What cannot be read is never valid.
    pub fn validity(&self, moment: &str) -> Result<(), WaiverState> {
        let read = |text: &str| text.parse::<Timestamp>().ok();
        match (read(&self.from), read(&self.until), read(moment)) {
            (Some(from), _, Some(now)) if now < from => Err(WaiverState::NotYetValid),
            (Some(_), Some(until), Some(now)) if now <= until => Ok(()),
            _ => Err(WaiverState::Expired),
        }
    }

    /// In one line, without its reason: who approved it, until when.
    pub fn words(&self) -> Text {
        let Waiver { id, scope, approver, until, .. } = self;
        Text::new(
            format!("豁免 {id}（{scope}）：{approver} 批准，有效期至 {until}"),
            format!("waiver {id} ({scope}): approved by {approver}, valid until {until}"),
        )
    }
}

impl Scope {
    /// Whether it covers an aspect as a whole, or, with a target, what was found on that target.
    fn covers(&self, aspect: &AspectRef, target: Option<&str>) -> bool {
        self.clause == aspect.clause
            && self.aspect.as_ref().is_none_or(|a| *a == aspect.aspect)
            && self.target.as_deref().is_none_or(|t| Some(t) == target)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.clause)?;
        self.aspect.iter().try_for_each(|aspect| write!(f, "/{aspect}"))?;
        self.target.iter().try_for_each(|target| write!(f, "@{target}"))
    }
}

/// Says of each waiver what became of it at `moment`.
pub(crate) fn results(waivers: &[Waiver], answers: &Answers<'_>, moment: &str) -> Vec<WaiverResult> {
    let result = |waiver: &Waiver| {
        let verdict = verdict_of(&waiver.scope, answers);
        let open = matches!(verdict, Some(v) if !matches!(v, ClauseVerdict::Conforming | ClauseVerdict::NotApplicable));
        let state = match waiver.validity(moment) {
            Err(why) => why,
            Ok(()) if open && answers.plan.selected.contains(&waiver.scope.clause) => WaiverState::Applied,
            Ok(()) => WaiverState::Unused,
        };
        WaiverResult { waiver: waiver.clone(), state, verdict }
    };
    waivers.iter().map(result).collect()
}

/// The steps of the acceptance once everything that is covered is left out; none where no waiver is applied or needed.
pub(crate) fn steps(bare: Conclusion, results: &[WaiverResult], answers: &Answers<'_>) -> Vec<Step> {
    let plan = answers.plan;
    let applied: Vec<&Scope> = results.iter().filter(|r| r.state == WaiverState::Applied).map(|r| &r.waiver.scope).collect();
    if bare == Conclusion::Accepted || applied.is_empty() {
        return Vec::new();
    }
    let covered = |aspect: &AspectRef, target: Option<&str>| applied.iter().any(|scope| scope.covers(aspect, target));
    let selected = plan.catalogue.clauses.iter().filter(|clause| plan.selected.contains(&clause.id));
    let rest = selected.filter_map(|clause| {
        let aspects = clause.aspects.iter().map(|a| AspectRef { clause: clause.id.clone(), aspect: a.id.clone() });
        let open: Vec<ClauseVerdict> =
            aspects.filter_map(|aspect| crate::run::aspect_verdict(answers, &aspect, &|t| !covered(&aspect, t))).collect();
        (!open.is_empty()).then(|| (clause, verdict::join(open)))
    });
    acceptance::steps(&plan.acceptance, &rest.collect::<Vec<_>>())
}

/// The conclusion with regard to waivers. Only where they turn it into an acceptance do they matter, and then it says so.
pub(crate) fn conclude(bare: Conclusion, waived: &[Step]) -> Conclusion {
    match verdict::conclude(waived) {
        Conclusion::Accepted => Conclusion::AcceptedWithWaivers,
        _ => bare,
    }
}

fn verdict_of(scope: &Scope, answers: &Answers<'_>) -> Option<ClauseVerdict> {
    let clause = answers.plan.catalogue.clause(&scope.clause)?;
    let aspects = clause.aspects.iter().map(|a| AspectRef { clause: clause.id.clone(), aspect: a.id.clone() });
    let found: Vec<ClauseVerdict> = aspects
        .filter(|aspect| scope.aspect.as_ref().is_none_or(|a| *a == aspect.aspect))
        .filter_map(|aspect| crate::run::aspect_verdict(answers, &aspect, &|target| scope.covers(&aspect, target)))
        .collect();
    (!found.is_empty()).then(|| verdict::join(found))
}
