//! The fourteen monthly indicators.

mod available;
mod changes;
mod delivery;
mod faults;
mod people;

use crate::context::Context;
use crate::score::{IndicatorScore, Scoring, Total};
use crate::time::Month;
use crate::words::both;
pub(crate) use faults::late_recovery;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Score of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MonthScore {
    /// The month.
    pub month: Month,
    /// The indicators, in order.
    pub indicators: Vec<IndicatorScore>,
    /// Their sum.
    pub total: Total,
}

/// Scores a month.
pub fn score(context: &Context<'_>, month: Month) -> MonthScore {
    let indicators: Vec<_> = context.rules.months.iter().map(|rule| indicator(context, month, Scoring::new(rule))).collect();
    MonthScore { month, total: Total::of(&indicators), indicators }
}

fn indicator(context: &Context<'_>, month: Month, mut scoring: Scoring<'_>) -> IndicatorScore {
    let missing = context.missing(&scoring.rule.needs, month.first(), month.last());
    for why in &missing {
        scoring.open(why.clone(), Vec::new());
    }
    // Without the ledger there is nothing to count; with a part of it, what is there counts already.
    if missing.is_empty() || scoring.rule.needs.iter().any(|kind| context.ledgers.coverage.contains_key(kind)) {
        match scoring.rule.id.as_str() {
            "A1" => delivery::delivery_in_time(context, month, &mut scoring),
            "A2" => delivery::delivered_as_approved(context, month, &mut scoring),
            "A3" => delivery::tasks_in_time(context, month, &mut scoring),
            "A4" => delivery::process_followed(context, month, &mut scoring),
            "B1" => people::attendance(context, month, &mut scoring),
            "C1" => people::complaints(context, month, &mut scoring),
            "D1" => available::available(context, month, &mut scoring),
            "E1" => faults::faults(context, month, &mut scoring),
            "E2" => faults::recovered_in_time(context, month, &mut scoring),
            "E3" => faults::reported_in_time(context, month, &mut scoring),
            "E4" => faults::reported_truly(context, month, &mut scoring),
            "F1" => changes::changes_succeed(context, month, &mut scoring),
            "F2" => changes::changes_announced(context, month, &mut scoring),
            "G1" => changes::rules_kept(context, month, &mut scoring),
            other => scoring.open(both!("指标{other}没有计算方法", "nothing is known about how to count {other}"), Vec::new()),
        }
    }
    scoring.finish()
}

pub(crate) fn not_over() -> Text {
    Text::new("考核期尚未结束", "the period is not over yet")
}

/// "done on ..." or "not done yet".
pub(crate) fn day_or_never(day: Option<jiff::civil::Date>) -> Text {
    match day {
        Some(day) => both!("实际{day}", "done {day}"),
        None => Text::new("至今未完成", "not done yet"),
    }
}
