//! Every rule that makes a verdict, in one place.
//!
//! - A check is *conforming* only if it ran to its end, observed something, reported every declared expectation exactly once
//!   and every one is met by observations of the target, made for it.
//! - It is *nonconforming* only if it ran to its end and a contradiction was observed: what was seen is not what was expected.
//! - Everything else is *inconclusive* or, when it looked, decided nothing and found the question not to apply, *not
//!   applicable*.
//! - A link that broke, an act that was not granted, a limit of the harness that was reached: after these nothing that the
//!   check says counts, neither way.

use crate::acceptance::{Outcome, Step};
use crate::description::{CheckDescription, Expectation};
use crate::evidence::{EvidenceFinding, Inspected, Inspection};
use crate::observation::{ActResult, Observation};
use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Verdict of one check on one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything expected was observed.
    Conforming,
    /// A contradiction was observed.
    Nonconforming,
    /// The question does not apply to this target.
    NotApplicable {
        /// Why.
        reason: Text,
    },
    /// Nothing follows.
    Inconclusive {
        /// Why.
        reason: Text,
    },
}

impl Verdict {
    /// Stable name: conforming, nonconforming, not-applicable, inconclusive.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Conforming => "conforming",
            Verdict::Nonconforming => "nonconforming",
            Verdict::NotApplicable { .. } => "not-applicable",
            Verdict::Inconclusive { .. } => "inconclusive",
        }
    }

    /// For people.
    pub fn words(&self) -> Text {
        match self {
            Verdict::Conforming => Text::new("符合", "conforming"),
            Verdict::Nonconforming => Text::new("不符合", "nonconforming"),
            Verdict::NotApplicable { .. } => Text::new("不适用", "not applicable"),
            Verdict::Inconclusive { .. } => Text::new("无结论", "inconclusive"),
        }
    }

    /// Why, where a reason belongs to it.
    pub fn reason(&self) -> Option<&Text> {
        match self {
            Verdict::NotApplicable { reason } | Verdict::Inconclusive { reason } => Some(reason),
            _ => None,
        }
    }

    fn inconclusive(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Verdict::Inconclusive { reason: Text::new(zh, en) }
    }
}

/// A check's decision on one of its expectations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectationReport {
    /// Id of the expectation.
    pub expectation: String,
    /// The decision.
    pub judgement: Judgement,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// Numbers of the observations it rests on: those since the last decision, and those of the last decision where the check
    /// says that the same look decides both.
    pub observations: Vec<u32>,
}

/// Decision on an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// As expected.
    Met,
    /// Contradicted.
    Unmet,
    /// Could not be decided.
    Unevaluated(Text),
}

/// How a plugin's run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Termination {
    /// It returned: the reports decide.
    Decided,
    /// It returned: not applicable.
    NotApplicable {
        /// The plugin's words.
        reason: Text,
    },
    /// It returned: inconclusive.
    Inconclusive {
        /// The plugin's words.
        reason: Text,
    },
    /// It returned an error of the contract.
    Failed {
        /// denied, invalid, timed-out, lost, limit, unavailable, or another code.
        code: String,
        /// Details.
        message: String,
    },
    /// The guest trapped or panicked.
    Trapped {
        /// The trap, and the panic's message where there is one.
        message: String,
    },
    /// Its time limit passed.
    TimedOut {
        /// Milliseconds allowed.
        limit_ms: u64,
    },
    /// It exceeded memory, tables, handles or output.
    LimitExceeded {
        /// Which.
        what: String,
    },
    /// The component could not be started.
    NotStarted {
        /// Why.
        message: String,
    },
    /// The run was stopped meanwhile (Ctrl-C, kill, power).
    Interrupted,
}

impl Termination {
    /// In words.
    pub fn words(&self) -> Text {
        match self {
            Termination::Decided => Text::new("运行完毕", "ran to its end"),
            Termination::NotApplicable { reason } => {
                Text::new(format!("不适用：{}", reason.zh), format!("not applicable: {}", reason.en))
            }
            Termination::Inconclusive { reason } => reason.clone(),
            Termination::Failed { code, message } => match code.as_str() {
                "lost" => Text::new(format!("目标失联：{message}"), format!("target lost: {message}")),
                "denied" => Text::new(format!("未授权：{message}"), format!("not granted: {message}")),
                "timed-out" => Text::new(format!("操作超时：{message}"), format!("an act timed out: {message}")),
                "unavailable" => {
                    Text::new(format!("目标未提供：{message}"), format!("the target offers no such thing: {message}"))
                }
                _ => Text::new(format!("未能完成（{code}）：{message}"), format!("could not be completed ({code}): {message}")),
            },
            Termination::Trapped { message } => {
                Text::new(format!("插件崩溃：{message}"), format!("the plugin trapped: {message}"))
            }
            Termination::TimedOut { limit_ms } => {
                Text::new(format!("超过时限 {limit_ms} 毫秒"), format!("its time limit of {limit_ms} ms passed"))
            }
            Termination::LimitExceeded { what } => {
                Text::new(format!("超出资源限额：{what}"), format!("a limit was exceeded: {what}"))
            }
            Termination::NotStarted { message } => {
                Text::new(format!("未能启动：{message}"), format!("could not be started: {message}"))
            }
            Termination::Interrupted => Text::new("运行被中断", "the run was interrupted"),
        }
    }
}

/// Joins what the plugin decided with what the host saw.
pub fn judge(
    check: &CheckDescription,
    observations: &[Observation],
    reports: &[ExpectationReport],
    termination: &Termination,
) -> Verdict {
    match termination {
        Termination::Decided => judge_reports(check, observations, reports),
        Termination::NotApplicable { reason } => judge_not_applicable(reason, observations, reports),
        other => Verdict::Inconclusive { reason: other.words() },
    }
}

/// "Does not apply" is a statement about the target too: it needs a look at it, and no decision that says otherwise.
fn judge_not_applicable(reason: &Text, observations: &[Observation], reports: &[ExpectationReport]) -> Verdict {
    if let Some(broken) = broken_trust(observations) {
        return broken;
    }
    if !observations.iter().any(Observation::supports) {
        return Verdict::inconclusive(
            "声称不适用，但未对目标做任何观察",
            "claims not to apply without having looked at the target",
        );
    }
    if let Some(ExpectationReport { expectation, .. }) = reports.iter().find(|report| report.is_decided()) {
        return Verdict::inconclusive(
            format!("声称不适用，却已判定期望 {expectation}"),
            format!("claims not to apply, yet decided the expectation {expectation}"),
        );
    }
    Verdict::NotApplicable { reason: reason.clone() }
}

fn judge_reports(check: &CheckDescription, observations: &[Observation], reports: &[ExpectationReport]) -> Verdict {
    let all: Vec<&Expectation> = check.expectations.iter().collect();
    distrust(check, observations, reports).unwrap_or_else(|| decide(&all, reports))
}

/// What follows from some of a check's expectations, after it ran to its end. A check that cannot be believed as a whole is
/// not believed in part.
pub fn judge_part(
    check: &CheckDescription,
    observations: &[Observation],
    reports: &[ExpectationReport],
    by: &[String],
) -> Verdict {
    let part: Vec<&Expectation> = check.expectations.iter().filter(|e| by.contains(&e.id)).collect();
    if part.is_empty() {
        return Verdict::inconclusive("检查没有套件所指的期望", "the check has none of the expectations that the suite names");
    }
    distrust(check, observations, reports).unwrap_or_else(|| decide(&part, reports))
}

/// Why nothing that the check reported counts, if so.
fn distrust(check: &CheckDescription, observations: &[Observation], reports: &[ExpectationReport]) -> Option<Verdict> {
    if check.expectations.is_empty() {
        return Some(Verdict::inconclusive("检查没有声明任何期望", "the check declares no expectation"));
    }
    broken_trust(observations).or_else(|| reports.iter().find_map(|report| fault(check, observations, reports, report)))
}

fn decide(expectations: &[&Expectation], reports: &[ExpectationReport]) -> Verdict {
    let of_part = |r: &&ExpectationReport| expectations.iter().any(|e| e.id == r.expectation);
    if reports.iter().filter(of_part).any(|r| r.judgement == Judgement::Unmet) {
        return Verdict::Nonconforming;
    }
    for expectation in expectations {
        match reports.iter().find(|r| r.expectation == expectation.id).map(|r| &r.judgement) {
            Some(Judgement::Met) => {}
            Some(Judgement::Unevaluated(why)) => {
                return Verdict::inconclusive(
                    format!("期望“{}”未能判定：{}", expectation.title.zh, why.zh),
                    format!("the expectation \"{}\" could not be decided: {}", expectation.title.en, why.en),
                );
            }
            _ => {
                return Verdict::inconclusive(
                    format!("期望“{}”未被判定", expectation.title.zh),
                    format!("the expectation \"{}\" was left unevaluated", expectation.title.en),
                );
            }
        }
    }
    Verdict::Conforming
}

/// What is wrong with a report, so that nothing can follow from the check.
fn fault(
    check: &CheckDescription,
    observations: &[Observation],
    reports: &[ExpectationReport],
    report: &ExpectationReport,
) -> Option<Verdict> {
    let id = &report.expectation;
    if !check.expectations.iter().any(|e| &e.id == id) {
        return Some(Verdict::inconclusive(
            format!("报告了未声明的期望 {id}"),
            format!("reported the undeclared expectation {id}"),
        ));
    }
    if reports.iter().filter(|r| &r.expectation == id).count() > 1 {
        return Some(Verdict::inconclusive(
            format!("期望 {id} 被重复报告"),
            format!("reported the expectation {id} more than once"),
        ));
    }
    if report.is_decided() && !observations.iter().any(|o| report.observations.contains(&o.id) && o.supports()) {
        return Some(Verdict::inconclusive(
            format!("期望 {id} 没有观察依据：上一次判定之后未再观察目标（同一次观察判定多项期望时须用 same_look 说明）"),
            format!(
                "no observation supports the expectation {id}: the target was not looked at since the last decision (where one \
                 look decides several expectations the check must say so: same_look)"
            ),
        ));
    }
    if report.judgement == Judgement::Unmet && report.expected.trim() == report.actual.trim() {
        return Some(Verdict::inconclusive(
            format!("期望 {id} 报告为不符，但所见与所期相同，没有矛盾"),
            format!("the expectation {id} was reported as contradicted, but what was seen is what was expected"),
        ));
    }
    None
}

impl ExpectationReport {
    /// Met or unmet.
    fn is_decided(&self) -> bool {
        matches!(self.judgement, Judgement::Met | Judgement::Unmet)
    }
}

/// The first observation after which nothing that the check says can be believed, neither way.
fn broken_trust(observations: &[Observation]) -> Option<Verdict> {
    let broken = observations.iter().find(|o| breaks_trust(&o.result))?;
    let why = broken.result.words();
    Some(Verdict::inconclusive(format!("{}：{}", broken.act, why.zh), format!("{}: {}", broken.act, why.en)))
}

fn breaks_trust(result: &ActResult) -> bool {
    match result {
        ActResult::Lost { .. } | ActResult::Indeterminate { .. } | ActResult::Denied { .. } => true,
        // It went on although it was told that nothing more would be seen, or that something was broken off.
        ActResult::Refused { code, .. } => code == "limit" || code == "cut-short",
        _ => false,
    }
}

/// Verdict of a clause, or of one aspect of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClauseVerdict {
    /// 符合
    Conforming,
    /// 部分符合
    Partly,
    /// 不符合
    Nonconforming,
    /// 不适用
    NotApplicable,
    /// 未测
    NotAssessed,
}

impl ClauseVerdict {
    /// In the order that summaries use.
    pub const ALL: [ClauseVerdict; 5] = [
        ClauseVerdict::Conforming,
        ClauseVerdict::Partly,
        ClauseVerdict::Nonconforming,
        ClauseVerdict::NotApplicable,
        ClauseVerdict::NotAssessed,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            ClauseVerdict::Conforming => "conforming",
            ClauseVerdict::Partly => "partly",
            ClauseVerdict::Nonconforming => "nonconforming",
            ClauseVerdict::NotApplicable => "not-applicable",
            ClauseVerdict::NotAssessed => "not-assessed",
        }
    }

    /// For people.
    pub fn words(self) -> Text {
        match self {
            ClauseVerdict::Conforming => Text::new("符合", "conforming"),
            ClauseVerdict::Partly => Text::new("部分符合", "partly conforming"),
            ClauseVerdict::Nonconforming => Text::new("不符合", "nonconforming"),
            ClauseVerdict::NotApplicable => Text::new("不适用", "not applicable"),
            ClauseVerdict::NotAssessed => Text::new("未测", "not assessed"),
        }
    }
}

/// An aspect follows from every check on every target that had to decide it; none means not assessed.
pub fn join_checks<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> ClauseVerdict {
    join(verdicts.into_iter().map(|v| match v {
        Verdict::Conforming => ClauseVerdict::Conforming,
        Verdict::Nonconforming => ClauseVerdict::Nonconforming,
        Verdict::NotApplicable { .. } => ClauseVerdict::NotApplicable,
        Verdict::Inconclusive { .. } => ClauseVerdict::NotAssessed,
    }))
}

/// Joins parts: a contradiction anywhere counts, an open part keeps the whole from being met, what does not apply is left out.
pub fn join(parts: impl IntoIterator<Item = ClauseVerdict>) -> ClauseVerdict {
    let parts: Vec<_> = parts.into_iter().collect();
    let has = |v: ClauseVerdict| parts.contains(&v);
    if has(ClauseVerdict::Partly) || (has(ClauseVerdict::Nonconforming) && has(ClauseVerdict::Conforming)) {
        ClauseVerdict::Partly
    } else if has(ClauseVerdict::Nonconforming) {
        ClauseVerdict::Nonconforming
    } else if parts.is_empty() || has(ClauseVerdict::NotAssessed) {
        ClauseVerdict::NotAssessed
    } else if has(ClauseVerdict::Conforming) {
        ClauseVerdict::Conforming
    } else {
        ClauseVerdict::NotApplicable
    }
}

/// What a finding about a document does to the verdict that rests on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It is told and changes nothing.
    Told,
    /// The document decides nothing.
    Undecided,
    /// The document shows that the demand is not met.
    Contradicts,
}

/// Weighs a finding.
///
/// A certificate that has expired, or that belongs to somebody else, was looked at and contradicts. A document that nobody
/// vouches for, that cannot be read as registered, or that also stands for something else, was as good as not looked at. One that
/// is valid today and ends before the service does is valid today.
pub fn weigh(finding: &EvidenceFinding) -> Weight {
    match finding {
        EvidenceFinding::NotYetValid { .. } | EvidenceFinding::Expired { .. } | EvidenceFinding::WrongHolder { .. } => {
            Weight::Contradicts
        }
        EvidenceFinding::NotAttested
        | EvidenceFinding::AttestedWrongly { .. }
        | EvidenceFinding::FileMissing
        | EvidenceFinding::FileChanged
        | EvidenceFinding::HolderUnknown { .. }
        | EvidenceFinding::UsedElsewhere { .. } => Weight::Undecided,
        EvidenceFinding::ExpiresInService { .. } | EvidenceFinding::UsedTwice { .. } => Weight::Told,
    }
}

/// Verdict of an aspect by the documents of its slot: conforming with one that is valid, the right holder's and attested by a named
/// person; nonconforming where one that was looked at contradicts and none is good; else not assessed.
pub fn inspect(inspection: &Inspection) -> ClauseVerdict {
    let has = |inspected: &Inspected, weight| inspected.findings.iter().any(|finding| weigh(finding) == weight);
    let decided = || inspection.documents.iter().filter(|inspected| !has(inspected, Weight::Undecided));
    if decided().any(|inspected| !has(inspected, Weight::Contradicts)) {
        ClauseVerdict::Conforming
    } else if decided().next().is_some() {
        ClauseVerdict::Nonconforming
    } else {
        ClauseVerdict::NotAssessed
    }
}

/// What follows for the selected clauses as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Every rule of the acceptance holds.
    Accepted,
    /// A rule is broken.
    NotAccepted,
    /// None is broken, but one is open.
    Inconclusive,
    /// It would not be accepted by its verdicts, but waivers cover whatever stands in the way.
    AcceptedWithWaivers,
}

impl Conclusion {
    /// For people.
    pub fn words(self) -> Text {
        match self {
            Conclusion::Accepted => Text::new("通过", "accepted"),
            Conclusion::NotAccepted => Text::new("不通过", "not accepted"),
            Conclusion::Inconclusive => Text::new("无结论", "inconclusive"),
            Conclusion::AcceptedWithWaivers => Text::new("附豁免通过", "accepted with waivers"),
        }
    }
}

/// Concludes from the steps, and from nothing else: one that is broken refuses, one that is open leaves it open.
pub fn conclude(steps: &[Step]) -> Conclusion {
    let any = |outcome| steps.iter().any(|step| step.outcome == outcome);
    if any(Outcome::Broken) {
        Conclusion::NotAccepted
    } else if any(Outcome::Open) || steps.is_empty() {
        Conclusion::Inconclusive
    } else {
        Conclusion::Accepted
    }
}
