//! What a plan must know besides its checks: working days ahead, the round that it belongs to, figures of an assessment.

use crate::input::LoadedSuite;
use crate::input::{BadInput, load_acceptance, load_calendar};
use jiff::ToSpan as _;
use jiff::civil::Date;
use touchstone_assess::calendar::{Calendar, WorkingDays};
use touchstone_model::compare::Snapshot;
use touchstone_model::digest::Digest;
use touchstone_model::plan::Plan;
use touchstone_model::rounds::{
    EarlierRound, Rectification, Round, RoundKind, RoundRules, choose, choose_all, failures_in_a_row,
};
use touchstone_model::run::Run;
use touchstone_model::text::Text;

/// Days ahead for which a plan knows the working days.
const AHEAD: i64 = 183;

/// Rules and working days for a run that begins on `day`; none where the suite has no rules about rounds.
pub fn rectification(suite: &LoadedSuite, day: Date) -> Result<Option<Rectification>, BadInput> {
    let Some(rules) = load_acceptance(suite)?.and_then(|acceptance| acceptance.rounds) else { return Ok(None) };
    let Some((calendar, days)) = load_calendar(suite)? else { return Ok(None) };
    Ok(Some(ahead(rules, &calendar, &days, day)))
}

fn ahead(rules: RoundRules, calendar: &Calendar, days: &WorkingDays, day: Date) -> Rectification {
    // Where the calendar ends, so does what is known: a due date beyond it is not guessed.
    let known = (1..=AHEAD).map(|n| day.saturating_add(n.days())).take_while(|day| days.works(*day).is_ok());
    let known: Vec<Date> = known.collect();
    let last = known.last().copied().unwrap_or(day);
    let working_days = known.iter().filter(|day| days.works(**day) == Ok(true)).map(ToString::to_string).collect();
    Rectification { rules, working_days, calendar: calendar.sources(day, last) }
}

/// The round that is handed over to the next one.
pub struct Handed<'a> {
    /// It, verified.
    pub run: &'a Run,
    /// SHA-256 of its bundle's statement.
    pub bundle: Option<Digest>,
}

/// Why there is no such round; in words.
pub type NoRound = Text;

/// The initial acceptance.
pub fn initial() -> Round {
    Round {
        kind: RoundKind::Initial,
        number: 1,
        earlier: Vec::new(),
        before: None,
        carried: Vec::new(),
        defects: Vec::new(),
        chosen: Vec::new(),
        agreed_by: None,
    }
}

/// Binds a plan of everything to the round before, and narrows it to what a round of that kind runs.
///
/// # Errors
/// There can be no such round after that one.
pub fn follow(plan: &mut Plan, handed: &Handed<'_>, kind: RoundKind, agreed_by: Option<String>) -> Result<(), NoRound> {
    let before = handed.run;
    let rules = plan.rectification.as_ref().map(|rectification| rectification.rules.clone());
    let Some(rules) = rules else {
        return Err(Text::new(
            "套件没有验收轮次的规则（acceptance.toml）",
            "the suite has no rules about rounds (acceptance.toml)",
        ));
    };
    if before.plan.suite != plan.suite {
        return Err(Text::new(
            format!("上一轮用的是套件 {}，不是 {}", before.plan.suite, plan.suite),
            format!("the round before was made by the suite {}, not {}", before.plan.suite, plan.suite),
        ));
    }
    if before.interrupted || before.finished.is_none() {
        return Err(Text::new(
            "上一轮没有完成；先 touchstone resume",
            "the round before is not finished: touchstone resume first",
        ));
    }
    let earlier = earlier(handed);
    let failures = failures_in_a_row(earlier.iter().map(|round| round.conclusion));
    if failures >= rules.failures && agreed_by.is_none() {
        let limit = rules.failures;
        return Err(Text::new(
            format!("已连续 {failures} 轮不通过（限 {limit}），采购人可以解约；确需再验收的，用 --agreed-by 写明由谁同意"),
            format!(
                "{failures} rounds failed in a row (limit {limit}): the purchaser may end the contract; for a further round name who agreed to it with --agreed-by"
            ),
        ));
    }
    let number = earlier.last().map_or(1, |round| round.number) + 1;
    let (chosen, carried) = match kind {
        RoundKind::Final => (choose_all(plan, before, number), Vec::new()),
        _ => choose(plan, before, &rules, number),
    };
    let defects = before.defects.clone();
    plan.round =
        Some(Box::new(Round { kind, number, before: Some(Snapshot::of(before)), carried, defects, chosen, agreed_by, earlier }));
    Ok(())
}

/// Binds a plan to the accepted state that it is compared with after an incident; what it runs is not narrowed.
pub fn against(plan: &mut Plan, handed: &Handed<'_>) {
    let earlier = earlier(handed);
    plan.round = Some(Box::new(Round {
        kind: RoundKind::AfterIncident,
        number: earlier.last().map_or(1, |round| round.number),
        before: Some(Snapshot::of(handed.run)),
        earlier,
        ..initial()
    }));
}

/// The chain up to the round that is handed over. A run that was not declared to be a round is taken as the initial one.
fn earlier(handed: &Handed<'_>) -> Vec<EarlierRound> {
    let Handed { run, bundle } = handed;
    let round = run.plan.round.as_deref().filter(|round| round.kind != RoundKind::AfterIncident);
    let mut chain = round.map(|round| round.earlier.clone()).unwrap_or_default();
    chain.push(EarlierRound {
        kind: round.map_or(RoundKind::Initial, |round| round.kind),
        number: round.map_or(1, |round| round.number),
        run: run.run.clone(),
        journal_head: run.journal_head.clone(),
        bundle: bundle.clone(),
        started: run.started.clone(),
        finished: run.finished.clone(),
        conclusion: run.conclusion,
    });
    chain
}
