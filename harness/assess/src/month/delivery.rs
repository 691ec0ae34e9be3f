//! A1 to A4: what was to be delivered.

use super::day_or_never;
use crate::context::Context;
use crate::ledger::{Finding, Party};
use crate::score::Scoring;
use crate::time::{self, Month};
use crate::words::{both, join, undecided};
use jiff::Timestamp;
use touchstone_model::text::Text;

/// A late thing counts in the month of its last day in time, whenever it was done.
pub(super) fn delivery_in_time(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let days = context.rules.limits.delivery_working_days;
    let (mut due, mut late) = (0, 0);
    for order in &context.ledgers.work_orders {
        let by = match context.days.after(time::day_of(order.approved), days) {
            Ok(by) => by,
            // Due after the last day the calendar knows: not in this month, if the calendar knows the month.
            Err(outside)
                if time::day_of(order.approved) <= outside.day && outside.last.is_some_and(|last| month.last() <= last) =>
            {
                continue;
            }
            Err(outside) => {
                let day = outside.day;
                scoring.open(
                    both!("工作日历没有{day}", "the calendar of working days does not know {day}"),
                    vec![order.place.clone()],
                );
                continue;
            }
        };
        if Month::of(by) != month {
            continue;
        }
        due += 1;
        let end = time::end_of(by);
        if order.fed_back.is_some_and(|at| at < end) || (order.fed_back.is_none() && context.as_of < end) {
            continue;
        }
        match order.responsible {
            Party::Other => {}
            Party::Pending => scoring.open(undecided(), vec![order.place.clone()]),
            Party::Operator => {
                late += 1;
                let approved = time::show(order.approved);
                let asked = both!(
                    "{approved}审核通过，应在{days}个工作日内（{by}前，含当日）完成",
                    "approved {approved}, due by the end of {by} ({days} working days)"
                );
                scoring.event(join(&asked, "；", "; ", &shown(order.fed_back)), &order.place);
            }
        }
    }
    scoring.measured(format!("应交付{due}件，超时{late}件"), format!("{due} due, {late} late"));
}

pub(super) fn delivered_as_approved(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let mut delivered = 0;
    for order in context.ledgers.work_orders.iter().filter(|order| order.fed_back.is_some_and(|at| month.span().holds(at))) {
        delivered += 1;
        match order.as_approved {
            Finding::Yes => {}
            Finding::Pending => scoring.open(undecided(), vec![order.place.clone()]),
            Finding::No => match order.responsible {
                Party::Other => {}
                Party::Pending => scoring.open(undecided(), vec![order.place.clone()]),
                Party::Operator => {
                    scoring.event(Text::new("发放与审核内容不符", "not delivered as approved"), &order.place);
                }
            },
        }
    }
    scoring.measured(format!("本月交付{delivered}件"), format!("{delivered} delivered this month"));
}

pub(super) fn tasks_in_time(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let mut due = 0;
    for task in context.ledgers.tasks.iter().filter(|task| Month::of(task.due) == month) {
        due += 1;
        let late = match task.finished {
            Some(day) => day > task.due,
            None => time::end_of(task.due) <= context.as_of,
        };
        match task.responsible {
            _ if !late => {}
            Party::Other => {}
            Party::Pending => scoring.open(undecided(), vec![task.place.clone()]),
            Party::Operator => {
                let by = task.due;
                scoring.event(join(&both!("应于{by}完成", "due {by}"), "；", "; ", &day_or_never(task.finished)), &task.place);
            }
        }
    }
    scoring.measured(format!("本月到期{due}项"), format!("{due} due this month"));
}

/// Counts in the month it happened, and again in every month that ends without its being put right.
pub(super) fn process_followed(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    for delivery in context.ledgers.irregular_deliveries.iter().filter(|delivery| delivery.found <= month.last()) {
        let fresh = Month::of(delivery.found) == month;
        let standing = delivery.rectified.is_none_or(|day| day > month.last());
        match delivery.confirmed {
            Finding::No => {}
            _ if !fresh && !standing => {}
            Finding::Pending => scoring.open(undecided(), vec![delivery.place.clone()]),
            Finding::Yes => {
                let day = delivery.found;
                let why = if fresh {
                    both!("{day}无工单交付资源", "resources delivered without an order on {day}")
                } else {
                    both!(
                        "{day}的无工单交付至月底仍未整改",
                        "delivery without an order of {day} still not put right at the end of the month"
                    )
                };
                scoring.event(why, &delivery.place);
            }
        }
    }
}

fn shown(at: Option<Timestamp>) -> Text {
    match at {
        Some(at) => Text::new(format!("实际{}", time::show(at)), format!("done {}", time::show(at))),
        None => day_or_never(None),
    }
}
