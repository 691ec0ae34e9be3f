//! F1, F2 and G1: changes, and rules kept.

use crate::context::Context;
use crate::ledger::{Finding, Outcome};
use crate::score::Scoring;
use crate::time::{self, Month};
use crate::words::{both, undecided};
use jiff::SignedDuration;
use touchstone_model::text::Text;

pub(super) fn changes_succeed(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let own: Vec<_> = context.ledgers.changes.iter().filter(|change| month.span().holds(change.executed)).collect();
    scoring.measured(format!("本月变更{}次", own.len()), format!("{} changes this month", own.len()));
    for change in own.iter().filter(|change| change.outcome == Outcome::Failed) {
        scoring.event(
            Text::new("未按方案完成，也未按回退方案回退", "neither done as planned nor rolled back as planned"),
            &change.place,
        );
    }
}

pub(super) fn changes_announced(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let hours = context.rules.limits.interruption_notice_hours;
    for change in context.ledgers.changes.iter().filter(|change| month.span().holds(change.executed)) {
        let undecided_kind = change.urgent == Finding::Pending || change.interrupts == Finding::Pending;
        let why = match change.submitted {
            None => Some(Text::new("变更方案未上报", "its plan was never handed in")),
            Some(_) if change.urgent == Finding::Yes => None,
            Some(submitted) if change.executed <= submitted => {
                Some(Text::new("变更方案在执行之后才上报", "its plan was handed in after the change"))
            }
            Some(submitted) => {
                let ahead = change.executed.duration_since(submitted);
                let shown = time::show_duration(ahead);
                let short = change.interrupts != Finding::No && ahead < SignedDuration::from_hours(i64::from(hours));
                short.then(|| {
                    both!(
                        "中断服务的变更应提前{hours}小时上报，实际提前{shown}",
                        "a change that interrupts is to be handed in {hours} h ahead, this one was {shown} ahead"
                    )
                })
            }
        };
        match why {
            None => {}
            Some(why) if undecided_kind && change.submitted.is_some() => scoring.open(why, vec![change.place.clone()]),
            Some(why) => scoring.event(why, &change.place),
        }
    }
}

pub(super) fn rules_kept(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    for violation in context.ledgers.violations.iter().filter(|violation| Month::of(violation.found) == month) {
        match violation.confirmed {
            Finding::No => {}
            Finding::Pending => scoring.open(undecided(), vec![violation.place.clone()]),
            Finding::Yes => scoring.event(Text::new("未有效执行管理制度", "a rule was not kept"), &violation.place),
        }
    }
}
