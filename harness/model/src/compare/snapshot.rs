//! A run as far as another is compared with it: small enough to be kept in the journal of the next round.

use super::change::State;
use crate::digest::Digest;
use crate::event::Survey;
use crate::plan::{LeftOutReason, PlannedTarget};
use crate::run::{CheckRun, Run};
use crate::text::Text;
use crate::verdict::{Conclusion, Judgement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is compared of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// Which run.
    #[serde(flatten)]
    pub side: Side,
    /// Targets as the plan names them.
    pub targets: Vec<PlannedTarget>,
    /// Version and SHA-256 of each component, by name.
    pub plugins: BTreeMap<String, String>,
    /// What the targets said of themselves.
    pub environment: Vec<Survey>,
    /// The clauses, in the catalogue's order.
    pub clauses: Vec<Answer>,
    /// Their aspects (`DB-05/order`).
    pub aspects: Vec<Answer>,
    /// The checks (`os/kernel-version@host`), those that were left out among them.
    pub checks: Vec<Answer>,
}

/// A run by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Its id.
    pub run: String,
    /// Touchstone's version.
    pub tool: String,
    /// Suite's id.
    pub suite: String,
    /// Of the suite's files.
    pub suite_sha256: Digest,
    /// Hash of the journal's last entry.
    pub journal_head: Digest,
    /// RFC 3339, UTC.
    pub started: String,
    /// RFC 3339, UTC.
    pub finished: Option<String>,
    /// Stopped before everything had answered.
    pub interrupted: bool,
    /// What followed for its selection.
    pub conclusion: Conclusion,
}

/// How one question stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Clause, aspect or check.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How it stood.
    pub state: State,
    /// Why, or what contradicted; nothing where it conforms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
    /// Of a check: its target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Of a check: its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

impl Snapshot {
    /// Of a run.
    pub fn of(run: &Run) -> Snapshot {
        let plan = &run.plan;
        let plugin = |p: &crate::plan::PlannedPlugin| (p.name.clone(), format!("{} {}", p.version, p.sha256));
        Snapshot {
            side: Side {
                run: run.run.clone(),
                tool: run.tool.clone(),
                suite: plan.suite.clone(),
                suite_sha256: run.suite_sha256.clone(),
                journal_head: run.journal_head.clone(),
                started: run.started.clone(),
                finished: run.finished.clone(),
                interrupted: run.interrupted,
                conclusion: run.conclusion,
            },
            targets: plan.targets.clone(),
            plugins: plan.plugins.iter().map(plugin).collect(),
            environment: run.environment.clone(),
            clauses: clauses(run),
            aspects: aspects(run),
            checks: checks(run),
        }
    }
}

fn clauses(run: &Run) -> Vec<Answer> {
    let title = |id: &str| run.plan.catalogue.clause(id).map(|clause| clause.title.clone()).unwrap_or_default();
    let answer = |result: &crate::run::ClauseResult| Answer {
        id: result.clause.clone(),
        title: title(&result.clause),
        state: if result.selected { State::of_clause(result.verdict) } else { State::NotAsked },
        why: None,
        target: None,
        params: BTreeMap::new(),
    };
    run.clauses.iter().map(answer).collect()
}

fn aspects(run: &Run) -> Vec<Answer> {
    let mut answers = Vec::new();
    for result in &run.clauses {
        let clause = run.plan.catalogue.clause(&result.clause);
        for aspect in &result.aspects {
            let known = clause.and_then(|clause| clause.aspects.iter().find(|a| a.id == aspect.aspect));
            answers.push(Answer {
                id: format!("{}/{}", result.clause, aspect.aspect),
                title: known.map(|known| known.title.clone()).unwrap_or_default(),
                state: if result.selected { State::of_clause(aspect.verdict) } else { State::NotAsked },
                why: aspect.reasons.first().cloned(),
                target: None,
                params: BTreeMap::new(),
            });
        }
    }
    answers
}

fn checks(run: &Run) -> Vec<Answer> {
    let ran = run.plan.items.iter().zip(&run.checks).map(|(item, check)| Answer {
        id: item.key.clone(),
        title: item.check.title.clone(),
        state: State::of_check(&check.verdict, check.unstable),
        why: why(check),
        target: Some(item.target.clone()),
        params: item.params.clone(),
    });
    let left_out = run.plan.left_out.iter().map(|left| Answer {
        id: left.target.as_ref().map_or_else(|| left.check.clone(), |target| crate::plan::item_key(&left.check, target)),
        title: left.title.clone().unwrap_or_default(),
        state: if matches!(left.reason, LeftOutReason::Filtered | LeftOutReason::CarriedOver { .. }) {
            State::NotAsked
        } else {
            State::Open
        },
        why: Some(left.reason.words()),
        target: left.target.clone(),
        params: BTreeMap::new(),
    });
    ran.chain(left_out).collect()
}

fn why(check: &CheckRun) -> Option<Text> {
    if let Some(reason) = check.verdict.reason() {
        return Some(reason.clone());
    }
    let unmet = check.reports.iter().find(|report| report.judgement == Judgement::Unmet)?;
    let (expected, actual) = (short(&unmet.expected), short(&unmet.actual));
    Some(Text::new(format!("期望 {expected}；实际 {actual}"), format!("expected {expected}; actual {actual}")))
}

/// What a target says can be long; the run itself has it all.
fn short(text: &str) -> String {
    const MOST: usize = 200;
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
