//! A run as its readers see it: folded from the events, nothing else.

use crate::acceptance::{self, Outcome, Rule, Step};
use crate::analysis::Analysis;
use crate::attempts;
use crate::catalogue::{Clause, Method};
use crate::compare::{Snapshot, compare};
use crate::digest::Digest;
use crate::event::{Cleanup, Entry, Event, InputFile, Survey};
use crate::evidence::Inspection;
use crate::materials;
use crate::matrix;
use crate::observation::Observation;
use crate::plan::{LeftOut, LeftOutReason, Plan, PlanItem};
use crate::rounds::{self, Concluding, Defect, RoundResult};
use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::{self, ClauseVerdict, Conclusion, ExpectationReport, Termination, Verdict};
use crate::waiver::{self, Waiver, WaiverResult, WaiverState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::mem::{replace, take};

/// Version of the report's JSON format.
pub const SCHEMA: u32 = 1;

/// Everything a report is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of this format.
    pub schema: u32,
    /// Unique id.
    pub run: String,
    /// Touchstone's version.
    pub tool: String,
    /// Of the suite's and catalogue's files.
    pub suite_sha256: Digest,
    /// What it was made from, as copied into its folder.
    #[serde(default)]
    pub inputs: Vec<InputFile>,
    /// RFC 3339, UTC.
    pub started: String,
    /// RFC 3339, UTC; absent while unfinished.
    pub finished: Option<String>,
    /// Stopped before everything had answered, or never finished.
    pub interrupted: bool,
    /// How often it was taken up again.
    pub resumed: u32,
    /// Hash of the journal's last entry read.
    pub journal_head: Digest,
    /// What was to answer.
    pub plan: Plan,
    /// What the targets are made of, by target and part.
    #[serde(default)]
    pub environment: Vec<Survey>,
    /// What answered, in the order of the plan.
    pub checks: Vec<CheckRun>,
    /// What follows for each clause of the catalogue, in its order.
    pub clauses: Vec<ClauseResult>,
    /// What was computed for aspects that are decided by analysis.
    #[serde(default)]
    pub analyses: Vec<Analysis>,
    /// What is to be rectified and until when, what earlier rounds found included.
    #[serde(default)]
    pub defects: Vec<Defect>,
    /// The round of the acceptance, where the run is one.
    #[serde(default)]
    pub rounds: Option<RoundResult>,
    /// Waivers, each with what became of it.
    #[serde(default)]
    pub waivers: Vec<WaiverResult>,
    /// RFC 3339, UTC: when they were laid. After `finished` where somebody approved them in view of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waivers_laid: Option<String>,
    /// Every rule of the acceptance with what became of it, by the verdicts alone.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The same without what waivers cover; empty where none is applied or none is needed.
    #[serde(default)]
    pub waived: Vec<Step>,
    /// What follows for the selected clauses together, with regard to waivers.
    pub conclusion: Conclusion,
    /// What follows from the verdicts alone.
    pub without_waivers: Conclusion,
}

/// One check on one target, as it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRun {
    /// Key of the plan item.
    pub item: String,
    /// What follows from every try at it.
    pub verdict: Verdict,
    /// How the plugin ended.
    pub termination: Termination,
    /// RFC 3339, UTC; absent when it never began.
    pub started: Option<String>,
    /// Milliseconds.
    pub elapsed_ms: u64,
    /// More than 1 after a resume, or when it was tried again.
    pub attempts: u32,
    /// Its tries do not agree with each other.
    #[serde(default)]
    pub unstable: bool,
    /// The tries before the last one that came to an end, in order; what lies beside this is of the last one.
    #[serde(default)]
    pub earlier: Vec<Attempt>,
    /// Decisions on expectations.
    pub reports: Vec<ExpectationReport>,
    /// What the host saw.
    pub observations: Vec<Observation>,
    /// Notes of the plugin.
    pub notes: Vec<Note>,
    /// What was to be undone and could not be.
    pub left_behind: Vec<LeftBehind>,
}

/// A try at a check that was not the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// What follows from it alone.
    pub verdict: Verdict,
    /// How the plugin ended.
    pub termination: Termination,
    /// RFC 3339, UTC.
    pub started: Option<String>,
    /// Milliseconds.
    pub elapsed_ms: u64,
    /// Decisions on expectations.
    pub reports: Vec<ExpectationReport>,
    /// What the host saw.
    pub observations: Vec<Observation>,
    /// Notes of the plugin.
    pub notes: Vec<Note>,
}

/// A note of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// debug, info, warn.
    pub level: String,
    /// Redacted.
    pub message: String,
}

/// Something not undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftBehind {
    /// What was to be done.
    pub cleanup: Cleanup,
    /// Why it was not.
    pub failure: String,
}

/// What follows for a clause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClauseResult {
    /// Clause id.
    pub clause: String,
    /// Whether the filters selected it.
    pub selected: bool,
    /// The verdict.
    pub verdict: ClauseVerdict,
    /// Ids of the waivers that cover it or a part of it.
    #[serde(default)]
    pub waivers: Vec<String>,
    /// Its aspects, in order.
    pub aspects: Vec<AspectResult>,
}

/// What follows for an aspect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AspectResult {
    /// Aspect id.
    pub aspect: String,
    /// The verdict.
    pub verdict: ClauseVerdict,
    /// Keys of the plan items that decide it.
    pub checks: Vec<String>,
    /// Why it was not assessed.
    pub reasons: Vec<Text>,
}

/// Why a sequence of entries is not a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The first entry must start a run.
    #[error("the journal does not begin with the start of a run")]
    NoStart,
    /// An entry names an item that the plan does not have.
    #[error("entry {seq} names {item}, which the plan does not have")]
    UnknownItem {
        /// Number of the entry.
        seq: u64,
        /// The item.
        item: String,
    },
}

struct Folding {
    check: CheckRun,
    pending: Vec<Cleanup>,
    /// The current try came to an end by itself.
    answered: bool,
}

impl Run {
    /// Folds the entries of a journal.
    pub fn from_entries(entries: &[Entry], journal_head: Digest) -> Result<Run, FoldError> {
        let Some(Entry { at: started, event: Event::RunStarted { run, tool, suite_sha256, inputs, plan }, .. }) = entries.first()
        else {
            return Err(FoldError::NoStart);
        };
        let mut states: HashMap<&str, Folding> = plan.items.iter().map(|i| (i.key.as_str(), Folding::new(i))).collect();
        let (mut finished, mut interrupted, mut resumed) = (None, true, 0);
        let (mut waivers, mut waivers_laid): (&[Waiver], _) = (&[], None);
        let mut environment: Vec<Survey> = Vec::new();
        let mut concluded = started;
        for entry in &entries[1..] {
            match &entry.event {
                Event::RunFinished { interrupted: early } => {
                    (finished, interrupted) = (Some(entry.at.clone()), *early);
                    concluded = &entry.at;
                }
                Event::Surveyed(survey) => {
                    // One taken after a resume takes the place of the one before.
                    environment.retain(|known| known.target != survey.target || known.part != survey.part);
                    environment.push(survey.clone());
                }
                Event::WaiversLaid { waivers: laid, .. } => {
                    (waivers, waivers_laid) = (laid, Some(entry.at.clone()));
                    concluded = &entry.at;
                }
                Event::RunResumed { .. } => (finished, interrupted, resumed) = (None, true, resumed + 1),
                event => {
                    if let Some(item) = event.item() {
                        let state = states
                            .get_mut(item)
                            .ok_or_else(|| FoldError::UnknownItem { seq: entry.seq, item: item.to_owned() })?;
                        state.take(&entry.at, event);
                    }
                }
            }
        }
        let checks: Vec<CheckRun> =
            plan.items.iter().filter_map(|i| states.remove(i.key.as_str())).map(Folding::into_check).collect();
        environment.sort_by(|a, b| (&a.target, &a.part).cmp(&(&b.target, &b.part)));
        let mut analyses = plan.analyses.clone();
        analyses.extend(plan.materials.iter().flat_map(|materials| materials::analyses(materials, &plan.targets, &environment)));
        analyses.extend(plan.matrix.iter().flat_map(|matrix| matrix::analyses(matrix, &plan.catalogue)));
        let mut run = Run {
            schema: SCHEMA,
            run: run.clone(),
            tool: tool.clone(),
            suite_sha256: suite_sha256.clone(),
            inputs: inputs.clone(),
            started: started.clone(),
            finished,
            interrupted,
            resumed,
            journal_head,
            plan: (**plan).clone(),
            environment,
            checks,
            clauses: Vec::new(),
            analyses,
            defects: Vec::new(),
            rounds: None,
            waivers: Vec::new(),
            waivers_laid,
            steps: Vec::new(),
            waived: Vec::new(),
            conclusion: Conclusion::Inconclusive,
            without_waivers: Conclusion::Inconclusive,
        };
        run.decide(waivers, concluded);
        if plan.rectification.is_some() || plan.round.is_some() {
            run.join_rounds(waivers, concluded);
        }
        Ok(run)
    }

    /// Everything that follows from what answered.
    fn decide(&mut self, waivers: &[Waiver], concluded: &str) {
        let answers = Answers { plan: &self.plan, checks: &self.checks, analyses: &self.analyses };
        let waivers = waiver::results(waivers, &answers, concluded);
        let clauses = clause_results(&answers, &waivers);
        let catalogue = &self.plan.catalogue;
        let selected = clauses.iter().filter(|c| c.selected);
        let selected: Vec<(&Clause, ClauseVerdict)> =
            selected.filter_map(|c| Some((catalogue.clause(&c.clause)?, c.verdict))).collect();
        let steps = acceptance::steps(&self.plan.acceptance, &selected);
        let waived = waiver::steps(verdict::conclude(&steps), &waivers, &answers);
        (self.clauses, self.waivers, self.steps, self.waived) = (clauses, waivers, steps, waived);
        self.conclude();
    }

    /// What follows from the steps, and from nothing else.
    fn conclude(&mut self) {
        self.without_waivers = verdict::conclude(&self.steps);
        self.conclusion = waiver::conclude(self.without_waivers, &self.waived);
    }

    /// What follows together with the rounds before. Whether a round failed is asked without the clauses that rounds decide:
    /// these follow from it.
    fn join_rounds(&mut self, waivers: &[Waiver], concluded: &str) {
        let (round, rectification) = (self.plan.round.clone(), self.plan.rectification.clone());
        let before = round.as_ref().and_then(|round| round.before.as_ref());
        let since = before.map(|before| compare(before, &Snapshot::of(self), &[]));
        let all = self.plan.selected.clone();
        if round.is_some() {
            let by_rounds = rectification.as_ref().map(|r| r.rules.decided_clauses()).unwrap_or_default();
            self.plan.selected.retain(|clause| !by_rounds.contains(&clause.as_str()));
            self.decide(waivers, concluded);
        }
        let (defects, analyses, rounds) = rounds::conclude(Concluding {
            round: round.as_deref(),
            rectification: rectification.as_ref(),
            started: &self.started,
            concluded,
            clauses: &self.clauses,
            conclusion: self.conclusion,
            since,
        });
        (self.defects, self.rounds) = (defects, rounds);
        if round.is_none() {
            return;
        }
        self.plan.selected = all;
        self.analyses.extend(analyses);
        self.decide(waivers, concluded);
        let Some(rounds) = &mut self.rounds else { return };
        rounds.standing_of(&self.clauses);
        // What is accepted is all of it: what was carried over and does not stand any more is open.
        let doubted = rounds.doubted();
        let outcome = if doubted.is_empty() { Outcome::Holds } else { Outcome::Open };
        let step = Step { rule: Rule::CarriedStands, outcome, clauses: doubted };
        if !self.waived.is_empty() {
            self.waived.push(step.clone());
        }
        self.steps.push(step);
        self.conclude();
    }

    /// The check run of that key.
    pub fn check(&self, item: &str) -> Option<&CheckRun> {
        self.checks.iter().find(|c| c.item == item)
    }

    /// The plan item of that key.
    pub fn item(&self, key: &str) -> Option<&PlanItem> {
        self.plan.items.iter().find(|i| i.key == key)
    }

    /// How many clauses of the selection have each verdict.
    pub fn tally(&self) -> [(ClauseVerdict, usize); 5] {
        ClauseVerdict::ALL.map(|v| (v, self.clauses.iter().filter(|c| c.selected && c.verdict == v).count()))
    }
}

impl Folding {
    fn new(item: &PlanItem) -> Self {
        let check = CheckRun {
            item: item.key.clone(),
            verdict: Verdict::Inconclusive { reason: Termination::Interrupted.words() },
            termination: Termination::Interrupted,
            started: None,
            elapsed_ms: 0,
            attempts: 0,
            unstable: false,
            earlier: Vec::new(),
            reports: Vec::new(),
            observations: Vec::new(),
            notes: Vec::new(),
            left_behind: Vec::new(),
        };
        Folding { check, pending: Vec::new(), answered: false }
    }

    fn take(&mut self, at: &str, event: &Event) {
        match event {
            Event::CheckStarted { attempt, .. } => {
                self.set_aside();
                self.check.started = Some(at.to_owned());
                self.check.attempts = *attempt;
            }
            Event::Observed { observation, .. } => self.check.observations.push(observation.clone()),
            Event::Reported { report, .. } => self.check.reports.push(report.clone()),
            Event::Logged { level, message, .. } => {
                self.check.notes.push(Note { level: level.clone(), message: message.clone() });
            }
            Event::CleanupRegistered { cleanup, .. } => self.pending.push(cleanup.clone()),
            Event::CleanupDone { id, failure, .. } => {
                let left = &mut self.check.left_behind;
                let cleanup = match self.pending.iter().rposition(|c| c.id == *id) {
                    Some(at) => self.pending.remove(at),
                    // Tried again, by a resume, after it had failed.
                    None => match left.iter().rposition(|l| l.cleanup.id == *id) {
                        Some(at) => left.remove(at).cleanup,
                        None => return,
                    },
                };
                if let Some(failure) = failure {
                    left.push(LeftBehind { cleanup, failure: failure.clone() });
                }
            }
            Event::CheckFinished { termination, verdict, elapsed_ms, .. } => {
                self.check.termination = termination.clone();
                self.check.verdict = verdict.clone();
                self.check.elapsed_ms = *elapsed_ms;
                self.answered = *termination != Termination::Interrupted;
            }
            Event::RunStarted { .. }
            | Event::RunResumed { .. }
            | Event::RunFinished { .. }
            | Event::WaiversLaid { .. }
            | Event::Surveyed(_) => {}
        }
    }

    /// A new try begins: one that came to an end stays beside it, what an interrupted one saw stays in the journal only.
    fn set_aside(&mut self) {
        let check = &mut self.check;
        let (reports, observations, notes) = (take(&mut check.reports), take(&mut check.observations), take(&mut check.notes));
        let termination = replace(&mut check.termination, Termination::Interrupted);
        let verdict = replace(&mut check.verdict, Verdict::Inconclusive { reason: Termination::Interrupted.words() });
        let (started, elapsed_ms) = (check.started.take(), take(&mut check.elapsed_ms));
        if take(&mut self.answered) {
            let attempt = check.attempts;
            check.earlier.push(Attempt { attempt, verdict, termination, started, elapsed_ms, reports, observations, notes });
        }
    }

    fn into_check(mut self) -> CheckRun {
        for cleanup in self.pending {
            self.check.left_behind.push(LeftBehind { cleanup, failure: "never attempted: the run was stopped".to_owned() });
        }
        let last = self.answered.then_some(&self.check.verdict);
        let answers: Vec<Verdict> = self.check.earlier.iter().map(|a| &a.verdict).chain(last).cloned().collect();
        self.check.unstable = attempts::is_unstable(&answers);
        if let Some(verdict) = attempts::over(&answers) {
            self.check.verdict = verdict;
        } else if self.check.started.is_none() {
            self.check.verdict = Verdict::Inconclusive {
                reason: Text::new("未及运行，运行已中断", "the run was stopped before it began"),
            };
        }
        self.check
    }
}

impl Event {
    /// Key of the plan item it belongs to.
    pub fn item(&self) -> Option<&str> {
        match self {
            Event::CheckStarted { item, .. }
            | Event::Observed { item, .. }
            | Event::Reported { item, .. }
            | Event::Logged { item, .. }
            | Event::CleanupRegistered { item, .. }
            | Event::CleanupDone { item, .. }
            | Event::CheckFinished { item, .. } => Some(item),
            Event::RunStarted { .. }
            | Event::RunResumed { .. }
            | Event::RunFinished { .. }
            | Event::WaiversLaid { .. }
            | Event::Surveyed(_) => None,
        }
    }
}

/// What answered, and what was computed beside it.
pub(crate) struct Answers<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) checks: &'a [CheckRun],
    pub(crate) analyses: &'a [Analysis],
}

fn clause_results(answers: &Answers<'_>, waivers: &[WaiverResult]) -> Vec<ClauseResult> {
    let plan = answers.plan;
    let applied = |clause: &str| {
        let of_clause = waivers.iter().filter(|w| w.state == WaiverState::Applied && w.waiver.scope.clause == clause);
        of_clause.map(|w| w.waiver.id.clone()).collect()
    };
    plan.catalogue
        .clauses
        .iter()
        .map(|clause| {
            let aspects: Vec<AspectResult> = clause
                .aspects
                .iter()
                .map(|aspect| {
                    let named = AspectRef { clause: clause.id.clone(), aspect: aspect.id.clone() };
                    aspect_result(answers, &named, aspect.method)
                })
                .collect();
            ClauseResult {
                clause: clause.id.clone(),
                selected: plan.selected.contains(&clause.id),
                verdict: verdict::join(aspects.iter().map(|a| a.verdict)),
                waivers: applied(&clause.id),
                aspects,
            }
        })
        .collect()
}

fn aspect_result(answers: &Answers<'_>, aspect: &AspectRef, method: Method) -> AspectResult {
    let Answers { plan, checks, analyses } = *answers;
    let deciding: Vec<(&CheckRun, Verdict)> = plan
        .items
        .iter()
        .zip(checks)
        .filter(|(item, _)| item.decides.contains(aspect))
        .map(|(item, check)| (check, verdict_on(aspect, item, check)))
        .collect();
    let left_out: Vec<&LeftOut> = plan.left_out.iter().filter(|l| l.decides.contains(aspect)).collect();
    let mut reasons: Vec<Text> = deciding.iter().filter_map(|(_, verdict)| verdict.reason().cloned()).collect();
    reasons.extend(left_out.iter().map(|l| l.reason.words()));
    let inspection = plan.inspections.iter().find(|i| i.slot.aspect == *aspect);
    reasons.extend(inspection.into_iter().flat_map(Inspection::reasons));
    let analysed: Vec<&Analysis> = analyses.iter().filter(|analysis| analysis.aspect == *aspect).collect();
    reasons.extend(analysed.iter().flat_map(|analysis| analysis.reasons.iter().cloned()));
    if deciding.is_empty() && left_out.is_empty() && inspection.is_none() && analysed.is_empty() {
        reasons.push(match method {
            Method::Inspection => Text::new("没有提供材料登记（--evidence）", "no register of documents was given (--evidence)"),
            Method::Analysis => Text::new(
                "没有提供核算依据（--ledgers 台账，或 --round、--recheck 验收轮次）",
                "nothing to compute it from was given (--ledgers, or --round and --recheck)",
            ),
            _ => Text::new("套件中没有检查判定这一方面", "no check of the suite decides this aspect"),
        });
    }
    AspectResult {
        aspect: aspect.aspect.clone(),
        verdict: aspect_verdict(answers, aspect, &|_| true).unwrap_or(ClauseVerdict::NotAssessed),
        checks: deciding.iter().map(|(check, _)| check.item.clone()).collect(),
        reasons,
    }
}

/// What follows for an aspect from the targets that `counts` lets through (absent: no target in question); none when nothing
/// is left to ask about.
pub(crate) fn aspect_verdict(
    answers: &Answers<'_>,
    aspect: &AspectRef,
    counts: &dyn Fn(Option<&str>) -> bool,
) -> Option<ClauseVerdict> {
    let Answers { plan, checks, analyses } = *answers;
    let deciding = plan.items.iter().zip(checks).filter(|(item, _)| item.decides.contains(aspect));
    let deciding =
        deciding.map(|(item, check)| (Some(item.target.as_str()), verdict::join_checks([&verdict_on(aspect, item, check)])));
    // What should have answered and was left out keeps the aspect open, but an observed contradiction still counts. A target
    // that the filters excluded was not asked about: the run is about the others.
    let left_out = plan.left_out.iter().filter(|l| l.decides.contains(aspect));
    let in_question = left_out.filter(|l| l.target.is_none() || l.reason != LeftOutReason::Filtered);
    let open = in_question.map(|l| (l.target.as_deref(), ClauseVerdict::NotAssessed));
    let inspected = plan.inspections.iter().find(|i| i.slot.aspect == *aspect).map(|i| (None, verdict::inspect(i)));
    let analysed = analyses.iter().filter(|analysis| analysis.aspect == *aspect).map(|analysis| (None, analysis.verdict));
    let mut parts: Vec<(Option<&str>, ClauseVerdict)> = deciding.chain(open).chain(inspected).chain(analysed).collect();
    if parts.is_empty() {
        parts.push((None, ClauseVerdict::NotAssessed));
    }
    let counting: Vec<ClauseVerdict> = parts.into_iter().filter(|(target, _)| counts(*target)).map(|(_, v)| v).collect();
    (!counting.is_empty()).then(|| verdict::join(counting))
}

/// What a check says about one aspect: all of it, or those of its expectations that the suite names for the aspect.
fn verdict_on(aspect: &AspectRef, item: &PlanItem, check: &CheckRun) -> Verdict {
    match item.by.get(&aspect.to_string()) {
        Some(by) if check.termination == Termination::Decided => {
            verdict::judge_part(&item.check, &check.observations, &check.reports, by)
        }
        _ => check.verdict.clone(),
    }
}
