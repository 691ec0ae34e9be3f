//! B1 and C1: who was there, and who complained.

use super::not_over;
use crate::context::Context;
use crate::exact::Exact;
use crate::ledger::Party;
use crate::rules::Deduct;
use crate::score::Scoring;
use crate::time::Month;
use crate::words::{both, undecided};
use touchstone_model::text::Text;

pub(super) fn attendance(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let rows: Vec<_> = context.ledgers.attendance.iter().filter(|row| row.month == month).collect();
    let required: Exact = rows.iter().map(|row| row.required_hours).sum();
    let actual: Exact = rows.iter().map(|row| row.actual_hours).sum();
    let Some(rate) = actual.over(required).map(Exact::percent) else {
        return scoring.open(Text::new("该月没有应出勤工时", "no hours are due in this month"), Vec::new());
    };
    let shown = rate.floored(4);
    scoring.measured(
        format!("出勤率{shown}%（{actual} / {required}小时，{}人）", rows.len()),
        format!("attendance {shown} % ({actual} of {required} hours, {} people)", rows.len()),
    );
    if !context.is_over(month.last()) {
        return scoring.open(not_over(), Vec::new());
    }
    let Deduct::Step(step) = &scoring.rule.deduct else { return };
    let steps = context.rules.steps(step, rate);
    let points = steps * step.share.of_percent() * scoring.rule.weight;
    let mark = step.full_from;
    let why = both!("出勤率{shown}%低于{mark}%，计{steps}档", "attendance {shown} % is below {mark} %: {steps} steps");
    scoring.deduct(points, why, rows.iter().map(|row| row.place.clone()).collect());
}

pub(super) fn complaints(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let own: Vec<_> = context.ledgers.complaints.iter().filter(|complaint| Month::of(complaint.received) == month).collect();
    scoring.measured(format!("本月投诉{}起", own.len()), format!("{} complaints this month", own.len()));
    for complaint in own {
        match complaint.responsible {
            Party::Other => {}
            Party::Pending => scoring.open(undecided(), vec![complaint.place.clone()]),
            Party::Operator => scoring.event(Text::new("有责投诉", "justified complaint"), &complaint.place),
        }
    }
}
