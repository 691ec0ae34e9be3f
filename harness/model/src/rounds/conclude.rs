//! What follows from the rounds together: what stands, what is rectified, whether the limits were kept.

use super::defect::{Looked, after, day_of};
use super::{CarriedClause, Defect, DefectState, EarlierRound, Rectification, Round, RoundKind};
use crate::analysis::{Analysis, Basis};
use crate::compare::{Comparison, Difference, Surrounding};
use crate::run::ClauseResult;
use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::{ClauseVerdict, Conclusion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A round, concluded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoundResult {
    /// What kind.
    pub kind: RoundKind,
    /// From 1.
    pub number: u32,
    /// The rounds before, the first one first.
    pub earlier: Vec<EarlierRound>,
    /// How many rounds up to this one failed in a row.
    pub failures_in_a_row: u32,
    /// How many end the purchaser's patience; absent: the suite has no rule.
    pub limit: Option<u32>,
    /// Who agreed to a round beyond that limit.
    pub agreed_by: Option<String>,
    /// Every clause that this or an earlier round asked about, as it stands.
    pub standing: Vec<StandingClause>,
    /// What changed since the round before.
    pub since: Option<Comparison>,
}

/// A clause as it stands after the rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StandingClause {
    /// Clause id.
    pub clause: String,
    /// Its verdict.
    pub verdict: ClauseVerdict,
    /// Number of the round that decided it.
    pub round: u32,
    /// Why what an earlier round decided does not count any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Text>,
}

impl RoundResult {
    /// Takes over how the clauses of this round stand in the end.
    pub(crate) fn standing_of(&mut self, clauses: &[ClauseResult]) {
        for standing in self.standing.iter_mut().filter(|standing| standing.round == self.number) {
            if let Some(result) = clauses.iter().find(|result| result.clause == standing.clause) {
                standing.verdict = result.verdict;
            }
        }
    }

    /// Ids of the clauses that were carried over and do not stand any more.
    pub(crate) fn doubted(&self) -> Vec<String> {
        self.standing.iter().filter(|standing| standing.doubt.is_some()).map(|standing| standing.clause.clone()).collect()
    }
}

/// How many of `rounds`, counted back from the last, failed. One without a conclusion neither fails nor ends the row.
pub fn failures_in_a_row(rounds: impl DoubleEndedIterator<Item = Conclusion>) -> u32 {
    let mut failures = 0;
    for conclusion in rounds.rev() {
        match conclusion {
            Conclusion::NotAccepted => failures += 1,
            Conclusion::Inconclusive => {}
            Conclusion::Accepted | Conclusion::AcceptedWithWaivers => break,
        }
    }
    failures
}

/// What is known when a round is concluded.
pub(crate) struct Concluding<'a> {
    pub(crate) round: Option<&'a Round>,
    pub(crate) rectification: Option<&'a Rectification>,
    pub(crate) started: &'a str,
    pub(crate) concluded: &'a str,
    /// As decided without the rounds.
    pub(crate) clauses: &'a [ClauseResult],
    /// What followed for the selection without the clauses that rounds decide.
    pub(crate) conclusion: Conclusion,
    pub(crate) since: Option<Comparison>,
}

/// Defects, analyses, and the round where there is one.
pub(crate) fn conclude(known: Concluding<'_>) -> (Vec<Defect>, Vec<Analysis>, Option<RoundResult>) {
    let rules = known.rectification.map(|rectification| &rectification.rules);
    let own = |text: &Option<String>| text.as_deref().and_then(aspect);
    let (deadline, failed) = (rules.and_then(|r| own(&r.deadline)), rules.and_then(|r| own(&r.failed)));
    let decided_here = |clause: &str| rules.is_some_and(|rules| rules.decided_clauses().contains(&clause));
    let (began, concluded) = (day_of(known.started).unwrap_or_default(), day_of(known.concluded).unwrap_or_default());
    let number = known.round.map_or(1, |round| round.number);
    let looked = Looked { number, began: &began, concluded: &concluded, clauses: known.clauses };
    let earlier: &[Defect] = known.round.map_or(&[], |round| &round.defects);
    let defects = after(earlier, &looked, known.rectification, &|clause| !decided_here(clause));
    let Some(round) = known.round.filter(|round| round.kind != RoundKind::AfterIncident) else {
        let result = known.round.map(|round| result(round, &known, 0, rules.map(|rules| rules.failures)));
        return (defects, Vec::new(), result);
    };
    let conclusions = || round.earlier.iter().map(|earlier| earlier.conclusion);
    let failures = failures_in_a_row(conclusions().chain([known.conclusion]));
    let most = most_in_a_row(conclusions().chain([known.conclusion]));
    let mut analyses = Vec::new();
    if let Some(aspect) = deadline {
        let found_before: Vec<&Defect> = defects.iter().filter(|defect| defect.found_in < number).collect();
        analyses.push(in_time(aspect, round, &found_before));
    }
    if let (Some(aspect), Some(rules)) = (failed, rules) {
        analyses.push(not_too_often(aspect, round, known.conclusion, most, rules.failures));
    }
    let result = result(round, &known, failures, rules.map(|rules| rules.failures));
    (defects, analyses, Some(result))
}

fn aspect(text: &str) -> Option<AspectRef> {
    let (clause, aspect) = text.split_once('/')?;
    Some(AspectRef { clause: clause.to_owned(), aspect: aspect.to_owned() })
}

fn most_in_a_row(conclusions: impl DoubleEndedIterator<Item = Conclusion>) -> u32 {
    let mut all: Vec<Conclusion> = conclusions.collect();
    let mut most = 0;
    while !all.is_empty() {
        most = most.max(failures_in_a_row(all.iter().copied()));
        all.pop();
    }
    most
}

fn in_time(aspect: AspectRef, round: &Round, defects: &[&Defect]) -> Analysis {
    let of = |states: &[DefectState]| -> Vec<&&Defect> { defects.iter().filter(|d| states.contains(&d.state)).collect() };
    let late = of(&[DefectState::Overdue, DefectState::RectifiedLate]);
    let unknown: Vec<&&Defect> = defects.iter().filter(|defect| defect.due.is_none()).collect();
    let open = of(&[DefectState::Open]);
    let list = |defects: &[&&Defect]| defects.iter().map(|d| d.clause.as_str()).collect::<Vec<_>>().join(", ");
    let (verdict, reason) = if round.kind == RoundKind::Initial {
        (
            ClauseVerdict::NotApplicable,
            Text::new("初验：此前没有待整改项", "initial acceptance: nothing was to be rectified before"),
        )
    } else if !late.is_empty() {
        let one = |d: &&&Defect| {
            let due = d.due.as_deref().unwrap_or("–");
            (
                format!("{} 应于 {due} 前整改，{}", d.clause, d.state.words().zh),
                format!("{} due {due}: {}", d.clause, d.state.words().en),
            )
        };
        let (zh, en): (Vec<String>, Vec<String>) = late.iter().map(one).unzip();
        (ClauseVerdict::Nonconforming, Text::new(zh.join("；"), en.join("; ")))
    } else if !unknown.is_empty() {
        let names = list(&unknown);
        (
            ClauseVerdict::NotAssessed,
            Text::new(
                format!("工作日历没有覆盖到整改期限：{names}"),
                format!("the calendar does not reach the due date of {names}"),
            ),
        )
    } else if !open.is_empty() {
        let due = open.iter().filter_map(|d| d.due.as_deref()).min().unwrap_or("–");
        let names = list(&open);
        (
            ClauseVerdict::NotAssessed,
            Text::new(
                format!("整改期限未到（最早 {due}）：{names}"),
                format!("still to be rectified, the first by {due}: {names}"),
            ),
        )
    } else if defects.is_empty() {
        (ClauseVerdict::NotApplicable, Text::new("此前各轮没有发现不符合", "the rounds before found nothing to rectify"))
    } else {
        let count = defects.len();
        (
            ClauseVerdict::Conforming,
            Text::new(format!("{count} 项均已按期整改并复验"), format!("all {count} were rectified and shown to be in time")),
        )
    };
    Analysis { aspect, verdict, reasons: vec![reason], basis: Basis::Rounds }
}

fn not_too_often(aspect: AspectRef, round: &Round, conclusion: Conclusion, most: u32, limit: u32) -> Analysis {
    let (zh, en) = (format!("连续 {most} 轮不通过（限 {limit}）"), format!("{most} failed in a row (limit {limit})"));
    let (verdict, reason) = if most >= limit {
        (
            ClauseVerdict::Nonconforming,
            Text::new(format!("{zh}：采购人可以解约"), format!("{en}: the purchaser may end the contract")),
        )
    } else if !matches!(conclusion, Conclusion::Accepted | Conclusion::AcceptedWithWaivers) {
        (ClauseVerdict::NotAssessed, Text::new(format!("验收尚未结束：{zh}"), format!("the acceptance is not over: {en}")))
    } else if round.kind == RoundKind::Initial {
        (ClauseVerdict::NotApplicable, Text::new("初验即通过", "accepted at the first round"))
    } else {
        (ClauseVerdict::Conforming, Text::new(zh, en))
    };
    Analysis { aspect, verdict, reasons: vec![reason], basis: Basis::Rounds }
}

fn result(round: &Round, known: &Concluding<'_>, failures_in_a_row: u32, limit: Option<u32>) -> RoundResult {
    let own = known.clauses.iter().filter(|result| result.selected);
    let own = own.map(|r| StandingClause { clause: r.clause.clone(), verdict: r.verdict, round: round.number, doubt: None });
    let drift: &[Difference] = known.since.as_ref().map_or(&[], |since| &since.environment);
    let carried = round.carried.iter().map(|carried| stands(carried, drift));
    RoundResult {
        kind: round.kind,
        number: round.number,
        earlier: round.earlier.clone(),
        failures_in_a_row,
        limit,
        agreed_by: round.agreed_by.clone(),
        standing: own.chain(carried).collect(),
        since: known.since.clone(),
    }
}

/// What an earlier round decided stands, unless a target that it was decided on is known to be another by now.
fn stands(carried: &CarriedClause, drift: &[Difference]) -> StandingClause {
    let on = |difference: &&Difference| {
        difference.of == Surrounding::Fact
            && carried.targets.iter().any(|target| difference.place.starts_with(&format!("{target} · ")))
    };
    let doubt = drift.iter().find(on).map(|d| {
        let (place, name) = (&d.place, &d.name);
        Text::new(
            format!("此后 {place} 的 {name} 已改变，须重新判定"),
            format!("{name} of {place} has changed since: it must be decided anew"),
        )
    });
    let verdict = if doubt.is_some() { ClauseVerdict::NotAssessed } else { carried.verdict };
    StandingClause { clause: carried.clause.clone(), verdict, round: carried.round, doubt }
}
