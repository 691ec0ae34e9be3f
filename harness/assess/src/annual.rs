//! The four annual indicators, the year's total and what it costs.

use crate::context::Context;
use crate::exact::Exact;
use crate::ledger::{Finding, Party};
use crate::month::{MonthScore, day_or_never};
use crate::rules::Deduct;
use crate::score::{IndicatorScore, Scoring, Total};
use crate::time;
use crate::words::{both, counts, join, undecided};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Score of a service year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct YearScore {
    /// The year.
    pub year: i16,
    /// First day of service in it.
    pub from: String,
    /// Last day of service in it.
    pub until: String,
    /// The annual indicators, in order.
    pub indicators: Vec<IndicatorScore>,
    /// Their sum.
    pub annual: Total,
    /// Mean of the monthly totals.
    pub months: Total,
    /// The year's total.
    pub total: Total,
    /// How the total comes about.
    pub formula: Text,
    /// Mean satisfaction in percent, where there are forms.
    pub satisfaction: Option<Exact>,
}

/// Scores a year, given its months.
pub fn score(context: &Context<'_>, year: i16, from: Date, until: Date, months: &[MonthScore]) -> YearScore {
    let days = Days { from, until };
    let indicators: Vec<_> = context.rules.years.iter().map(|rule| indicator(context, days, Scoring::new(rule))).collect();
    let annual = Total::of(&indicators);
    let totals: Vec<Total> = months.iter().map(|month| month.total.clone()).collect();
    let nothing = Total { score: None, at_most: Exact::whole(100), at_least: Exact::ZERO };
    let mean = Total::mean(&totals).unwrap_or(nothing);
    let weights = &context.rules.weights;
    let total = Total::weighted(&[(&mean, weights.months), (&annual, weights.year)]);
    let count = months.len();
    let (a, b) = (weights.months, weights.year);
    YearScore {
        year,
        from: from.to_string(),
        until: until.to_string(),
        formula: Text::new(
            format!("{count}个月得分的平均 {} × {a} + 年度得分 {} × {b} = {}", show(&mean), show(&annual), show(&total)),
            format!("mean of {count} months {} x {a} + annual score {} x {b} = {}", show(&mean), show(&annual), show(&total)),
        ),
        satisfaction: satisfaction(context, days),
        indicators,
        annual,
        months: mean,
        total,
    }
}

/// A score with two decimals, cut off, or its bounds.
pub fn show(total: &Total) -> String {
    match total.score {
        Some(score) => score.floored(2),
        None => format!("[{}, {}]", total.at_least.floored(2), total.at_most.floored(2)),
    }
}

#[derive(Clone, Copy)]
struct Days {
    from: Date,
    until: Date,
}

impl Days {
    fn hold(self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}

fn indicator(context: &Context<'_>, days: Days, mut scoring: Scoring<'_>) -> IndicatorScore {
    let missing = context.missing(&scoring.rule.needs, days.from, days.until);
    for why in &missing {
        scoring.open(why.clone(), Vec::new());
    }
    match scoring.rule.id.as_str() {
        "H1" => satisfied(context, days, &mut scoring),
        "I1" => trained(context, days, &mut scoring),
        "J1" => risks_put_right(context, days, &mut scoring),
        "J2" => incidents(context, days, &mut scoring),
        other => scoring.open(both!("指标{other}没有计算方法", "nothing is known about how to count {other}"), Vec::new()),
    }
    scoring.finish()
}

fn satisfaction(context: &Context<'_>, days: Days) -> Option<Exact> {
    let forms: Vec<_> = context.ledgers.surveys.iter().filter(|form| days.hold(form.date)).collect();
    let points: i128 = forms.iter().flat_map(|form| &form.answers).map(|points| i128::from(*points)).sum();
    let full = i128::from(context.rules.limits.survey_points) * forms.len() as i128;
    Exact::ratio(points, full).map(Exact::percent)
}

fn satisfied(context: &Context<'_>, days: Days, scoring: &mut Scoring<'_>) {
    let forms: Vec<_> = context.ledgers.surveys.iter().filter(|form| days.hold(form.date)).collect();
    let Some(rate) = satisfaction(context, days) else {
        return scoring.open(Text::new("没有满意度问卷", "there are no forms of a survey"), Vec::new());
    };
    let shown = rate.floored(4);
    let count = forms.len();
    scoring.measured(format!("满意度{shown}%（{count}份问卷）"), format!("satisfaction {shown} % ({count} forms)"));
    let Deduct::Step(step) = scoring.rule.deduct.clone() else { return };
    // More forms may come while the year lasts, for better or worse.
    if scoring.is_open() {
        return;
    }
    let steps = context.rules.steps(&step, rate);
    let points = steps * step.share.of_percent() * scoring.rule.weight;
    let mark = step.full_from;
    let why = both!("满意度{shown}%低于{mark}%，计{steps}档", "satisfaction {shown} % is below {mark} %: {steps} steps");
    scoring.deduct(points, why, forms.iter().map(|form| form.place.clone()).collect());
}

fn trained(context: &Context<'_>, days: Days, scoring: &mut Scoring<'_>) {
    let least = context.rules.limits.training_attendees;
    let (mut valid, mut refused) = (0, Vec::new());
    for training in context.ledgers.trainings.iter().filter(|training| days.hold(training.date)) {
        let proofs = [training.material, training.notice, training.record];
        if training.attendees < least || proofs.contains(&Finding::No) {
            refused.push(training.place.clone());
        } else if proofs.contains(&Finding::Pending) {
            scoring.open(
                Text::new("培训佐证材料尚未认定", "the proofs of the training are not yet looked at"),
                vec![training.place.clone()],
            );
        } else {
            valid += 1;
        }
    }
    let not = refused.len();
    scoring.measured(format!("有效培训{valid}次，不计{not}次"), format!("{valid} trainings count, {not} do not"));
    let Deduct::Step(step) = scoring.rule.deduct.clone() else { return };
    if scoring.is_open() {
        return;
    }
    let steps = context.rules.steps(&step, Exact::whole(valid));
    let points = steps * step.share.of_percent() * scoring.rule.weight;
    let mark = step.full_from;
    let why = both!(
        "有效培训{valid}次，比{mark}次少{steps}次（少于{least}人或佐证不全的不计）",
        "{valid} trainings count, {steps} fewer than {mark} (those with fewer than {least} people or without proofs do not)"
    );
    scoring.deduct(points, why, refused);
}

/// A late one counts in the year of its last day in time.
fn risks_put_right(context: &Context<'_>, days: Days, scoring: &mut Scoring<'_>) {
    let mut due = 0;
    for finding in context.ledgers.security_findings.iter().filter(|finding| days.hold(finding.due)) {
        due += 1;
        let late = match finding.fixed {
            Some(day) => day > finding.due,
            None => time::end_of(finding.due) <= context.as_of,
        };
        match finding.responsible {
            _ if !late => {}
            Party::Other => {}
            Party::Pending => scoring.open(undecided(), vec![finding.place.clone()]),
            Party::Operator => {
                let by = finding.due;
                let asked = both!("应于{by}前（含当日）整改", "to be put right by {by}");
                scoring.event(join(&asked, "；", "; ", &day_or_never(finding.fixed)), &finding.place);
            }
        }
    }
    scoring.measured(format!("到期{due}项"), format!("{due} due"));
}

fn incidents(context: &Context<'_>, days: Days, scoring: &mut Scoring<'_>) {
    for incident in context.ledgers.security_incidents.iter().filter(|incident| days.hold(incident.date)) {
        let grade = incident.grade;
        match counts(incident.confirmed, incident.responsible) {
            Some(false) => {}
            None => scoring.open(undecided(), vec![incident.place.clone()]),
            Some(true) => {
                let why = both!("{grade}级安全责任事故", "security incident of grade {grade}");
                scoring.deduct(scoring.rule.deduct.event(grade), why, vec![incident.place.clone()]);
            }
        }
    }
}
