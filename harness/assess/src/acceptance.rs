//! What an assessment says about clauses that are decided by analysis, by the suite's rules of acceptance.
//!
//! Nothing conforms by a figure that is not known. Where the tender leaves open what a figure means for a clause, the suite's file
//! has the reading.

use crate::assessment::{Assessment, LicenceCount};
use crate::exact::Exact;
use crate::rules::Reading;
use crate::score::{IndicatorScore, Total};
use crate::words::both;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use touchstone_model::analysis::{Analysis, Basis};
use touchstone_model::materials::MaterialKind;
use touchstone_model::matrix::Cell;
use touchstone_model::rounds::RoundRules;
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ClauseVerdict, join};

/// A suite's rules of acceptance, `acceptance.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Version of the format: 1.
    pub schema: u32,
    /// Rounds and rectification.
    pub rounds: Option<RoundRules>,
    /// Aspect that each kind of line of a bill of materials decides.
    #[serde(default)]
    pub materials: BTreeMap<MaterialKind, String>,
    /// Cells of matrices, which signed runs on other combinations fill.
    #[serde(default)]
    pub matrix: Vec<Cell>,
    /// Aspects that figures of an assessment decide.
    #[serde(default)]
    pub analysis: Vec<AnalysisRule>,
    /// What the tender leaves open, and how it is read.
    #[serde(default)]
    pub reading: Vec<Reading>,
}

/// One aspect and the figure that decides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisRule {
    /// Clause and aspect.
    pub aspect: String,
    /// The figure.
    pub figure: Figure,
}

/// A figure of an assessment, and what it means for an aspect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// An indicator: full marks conform, some marks partly, none do not.
    Indicator(String),
    /// An indicator that is about more than the aspect: full marks conform, anything else decides nothing.
    FullMarks(String),
    /// Availability of each service item in each month, in percent: at least this.
    AvailabilityEach(Exact),
    /// Availability of all of them together, in percent: at least this.
    AvailabilityOverall(Exact),
    /// The year's total: at least this.
    YearTotal(Exact),
    /// A row of the table of penalties: nothing falls under it.
    Breach(u8),
    /// On each day of the period on which sets were counted, as many ran as were billed.
    RunningIsBilled,
    /// On each of these days, no more ran than are licensed.
    WithinLicence,
    /// Every incident of the period has the grade that the table gives it.
    Graded,
}

impl Acceptance {
    /// What follows for each aspect. What the assessment does not cover is not assessed.
    pub fn analyses(&self, assessment: &Assessment) -> Vec<Analysis> {
        self.analysis.iter().filter_map(|rule| rule.decide(assessment)).collect()
    }

    /// Every aspect that is named, with what names it.
    pub fn aspects(&self) -> Vec<&str> {
        let rounds = self.rounds.iter().flat_map(|rounds| [&rounds.deadline, &rounds.failed]).flatten().map(String::as_str);
        let materials = self.materials.values().map(String::as_str);
        let cells = self.matrix.iter().map(|cell| cell.aspect.as_str());
        rounds.chain(materials).chain(cells).chain(self.analysis.iter().map(|rule| rule.aspect.as_str())).collect()
    }
}

type Found = (ClauseVerdict, Vec<Text>);

impl AnalysisRule {
    fn decide(&self, assessment: &Assessment) -> Option<Analysis> {
        let (clause, aspect) = self.aspect.split_once('/')?;
        let (verdict, mut reasons) = match &self.figure {
            Figure::Indicator(id) => indicator(assessment, id, false),
            Figure::FullMarks(id) => indicator(assessment, id, true),
            Figure::AvailabilityEach(least) => each_available(assessment, *least),
            Figure::AvailabilityOverall(least) => overall_available(assessment, *least),
            Figure::YearTotal(least) => year_total(assessment, *least),
            Figure::Breach(row) => breach(assessment, *row),
            Figure::Graded => graded(assessment),
            Figure::RunningIsBilled => licences(assessment, |row| row.running == row.billed),
            Figure::WithinLicence => licences(assessment, |row| row.running <= row.licensed),
        };
        let (period, as_of) = (assessment.period, &assessment.as_of);
        reasons.push(both!("依据{period}考核（截至{as_of}）", "by the assessment of {period} (as of {as_of})"));
        let aspect = AspectRef { clause: clause.to_owned(), aspect: aspect.to_owned() };
        Some(Analysis { aspect, verdict, reasons, basis: Basis::Ledgers })
    }
}

fn indicator(assessment: &Assessment, id: &str, only_full: bool) -> Found {
    let monthly = assessment.months.iter().map(|m| (m.month.to_string(), &m.indicators));
    let yearly = assessment.year.iter().map(|y| (y.year.to_string(), &y.indicators));
    let scores: Vec<(String, &IndicatorScore)> = monthly
        .chain(yearly)
        .flat_map(|(period, indicators)| indicators.iter().map(move |score| (period.clone(), score)))
        .filter(|(_, score)| score.id == id)
        .collect();
    let one = |score: &IndicatorScore| match score.score {
        Some(points) if points == score.weight => ClauseVerdict::Conforming,
        _ if only_full => ClauseVerdict::NotAssessed,
        Some(points) if points == Exact::ZERO => ClauseVerdict::Nonconforming,
        // Points that are lost stay lost, whatever is still open.
        Some(_) => ClauseVerdict::Partly,
        None if !score.deductions.is_empty() => ClauseVerdict::Partly,
        None => ClauseVerdict::NotAssessed,
    };
    let verdict = join(scores.iter().map(|(_, score)| one(score)));
    let mut reasons = Vec::new();
    for (period, score) in &scores {
        let shown = score.score.map_or_else(|| "–".to_owned(), |points| points.floored(2));
        let Text { zh, en } = &score.measured;
        let weight = score.weight;
        reasons.push(both!("{period} {id}：{shown}/{weight}分，{zh}", "{period} {id}: {shown} of {weight} points, {en}"));
        reasons.extend(score.open.iter().map(|open| open.why.clone()));
    }
    if scores.is_empty() {
        reasons.push(both!("考核期不含指标{id}", "the period does not have the indicator {id}"));
    }
    (verdict, reasons)
}

fn each_available(assessment: &Assessment, least: Exact) -> Found {
    let below: Vec<_> = assessment.availability.iter().filter(|service| service.percent < least).collect();
    let say = |service: &&crate::availability::ServiceAvailability| {
        let (Text { zh, en }, month, shown) = (&service.title, service.month, &service.shown);
        both!("{month} {zh} {shown}%", "{month} {en} {shown} %")
    };
    if !below.is_empty() {
        return (ClauseVerdict::Nonconforming, below.iter().map(say).collect());
    }
    if let Some(why) = unknown_months(assessment) {
        return (ClauseVerdict::NotAssessed, vec![why]);
    }
    (ClauseVerdict::Conforming, assessment.availability.iter().map(|service| say(&service)).collect())
}

fn overall_available(assessment: &Assessment, least: Exact) -> Found {
    if let Some(why) = unknown_months(assessment) {
        return (ClauseVerdict::NotAssessed, vec![why]);
    }
    let Some(overall) = assessment.overall_availability else { return (ClauseVerdict::NotAssessed, Vec::new()) };
    let verdict = if overall >= least { ClauseVerdict::Conforming } else { ClauseVerdict::Nonconforming };
    let shown = overall.floored(6);
    (
        verdict,
        vec![both!("整体可用性 {shown}%（要求不低于{least}%）", "overall availability {shown} % (at least {least} % asked)")],
    )
}

/// A month whose outages are not known is not a month without outages.
fn unknown_months(assessment: &Assessment) -> Option<Text> {
    let known = |month: &crate::time::Month| assessment.availability.iter().any(|service| service.month == *month);
    let unknown: Vec<String> =
        assessment.months.iter().map(|score| score.month).filter(|month| !known(month)).map(|month| month.to_string()).collect();
    let list = unknown.join(", ");
    (!unknown.is_empty()).then(|| both!("中断情况未知的月份：{list}", "months whose outages are not known: {list}"))
}

fn year_total(assessment: &Assessment, least: Exact) -> Found {
    let Some(year) = &assessment.year else {
        let why = Text::new("考核期不是一年（--year）", "the period is not a year (--year)");
        return (ClauseVerdict::NotAssessed, vec![why]);
    };
    let Total { score, at_least, at_most } = year.total;
    let verdict = match score {
        Some(score) if score >= least => ClauseVerdict::Conforming,
        Some(_) => ClauseVerdict::Nonconforming,
        None if at_least >= least => ClauseVerdict::Conforming,
        None if at_most < least => ClauseVerdict::Nonconforming,
        None => ClauseVerdict::NotAssessed,
    };
    (verdict, vec![year.formula.clone()])
}

fn breach(assessment: &Assessment, row: u8) -> Found {
    let Some(result) = assessment.breaches.iter().find(|breach| breach.row == row) else {
        let why = both!("考核期不适用违约表第{row}行", "row {row} of the table of penalties needs a year");
        return (ClauseVerdict::NotAssessed, vec![why]);
    };
    let open = result.open.iter().map(|open| open.why.clone());
    if !result.events.is_empty() {
        return (ClauseVerdict::Nonconforming, result.events.iter().map(|event| event.why.clone()).chain(open).collect());
    }
    if !result.open.is_empty() {
        return (ClauseVerdict::NotAssessed, open.collect());
    }
    (
        ClauseVerdict::Conforming,
        vec![both!("违约表第{row}行：没有这类情形", "row {row} of the table of penalties: nothing falls under it")],
    )
}

/// Nobody counted: nothing follows.
fn licences(assessment: &Assessment, fits: fn(&LicenceCount) -> bool) -> Found {
    let Some(rows) = assessment.licences.as_ref().filter(|rows| !rows.is_empty()) else {
        return (ClauseVerdict::NotAssessed, vec![Text::new("考核期内没有清点套数", "no sets were counted in the period")]);
    };
    let say = |row: &LicenceCount| {
        let LicenceCount { product, counted, running, billed, licensed, .. } = row;
        both!(
            "{product} {counted}：运行{running}、计费{billed}、授权{licensed}套",
            "{product} {counted}: {running} running, {billed} billed, {licensed} licensed"
        )
    };
    let odd: Vec<Text> = rows.iter().filter(|row| !fits(row)).map(say).collect();
    if odd.is_empty() { (ClauseVerdict::Conforming, rows.iter().map(say).collect()) } else { (ClauseVerdict::Nonconforming, odd) }
}

fn graded(assessment: &Assessment) -> Found {
    let score = assessment.months.iter().flat_map(|month| month.indicators.iter()).filter(|score| score.id == "E1");
    let missing: Vec<Text> =
        score.filter(|score| score.score.is_none()).flat_map(|score| score.open.iter().map(|open| open.why.clone())).collect();
    if assessment.months.is_empty() || !missing.is_empty() {
        return (ClauseVerdict::NotAssessed, missing);
    }
    let of = |grade: u8| assessment.incidents.iter().filter(|incident| incident.grade == Some(grade)).count();
    let counts = (1..=6).map(|grade| format!("{grade}: {}", of(grade))).collect::<Vec<_>>().join(", ");
    let all = assessment.incidents.len();
    (
        ClauseVerdict::Conforming,
        vec![both!(
            "{all}起故障按定级表定级（级别: 起数 {counts}）",
            "{all} incidents graded by the table (grade: how many {counts})"
        )],
    )
}
