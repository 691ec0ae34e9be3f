//! The rules of one tender as data: fault table, scores, limits, penalties, and the readings chosen where it is unclear.

mod faults;

pub use faults::{ANNUAL, MONTHLY};

use crate::exact::Exact;
use crate::ledger::{Channel, Class, Effect, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Everything that turns ledgers into scores and penalties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Version of the format: 1.
    pub schema: u32,
    /// Kebab-case.
    pub id: String,
    /// Name of the standard applied.
    pub title: Text,
    /// Where in the tender it stands.
    pub source: String,
    /// Limits of the single indicators.
    pub limits: Limits,
    /// How much mean of months and annual score count.
    pub weights: Weights,
    /// Grades of faults.
    pub fault: FaultTable,
    /// Monthly indicators, in order.
    #[serde(rename = "month")]
    pub months: Vec<IndicatorRule>,
    /// Annual indicators, in order.
    #[serde(rename = "year")]
    pub years: Vec<IndicatorRule>,
    /// Penalties, in order.
    #[serde(rename = "breach")]
    pub breaches: Vec<BreachRule>,
    /// What the tender leaves open or contradicts, and what is done about it.
    #[serde(rename = "reading")]
    pub readings: Vec<Reading>,
}

/// Limits of the single indicators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A1: working days from approval to feedback.
    pub delivery_working_days: u32,
    /// E2: minutes to recovery, by grade 1 to 6; the limit itself is in time.
    pub recovery_minutes: [u32; 6],
    /// E3: minutes to the report, by grade 1 to 6; the limit itself is in time.
    pub report_minutes: [u32; 6],
    /// E3: accepted ways of reporting, by grade 1 to 6.
    pub report_channels: [Vec<Channel>; 6],
    /// F2: hours between handing in and executing a change that interrupts a service.
    pub interruption_notice_hours: u32,
    /// I1: fewest people for a training to count.
    pub training_attendees: u32,
    /// H1: points of a form that is full of praise.
    pub survey_points: u32,
    /// B1: hours of a working day, for comparison with the hours due.
    pub hours_per_day: u32,
    /// Breach: share of capacity, in percent, from which a loss is large-scale.
    pub large_scale_percent: Exact,
    /// How a step that was begun but not completed counts.
    pub partial_step: PartialStep,
    /// How the shortfalls of several services add up in D1.
    pub services: Services,
}

/// How a step that was begun but not completed counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartialStep {
    /// As a whole step.
    Whole,
    /// Not at all.
    Nothing,
    /// In proportion.
    Proportional,
}

/// How the shortfalls of several services add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Services {
    /// Each service is deducted for.
    Each,
    /// Only the worst one.
    Worst,
}

/// How much mean of months and annual score count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Factor of the mean of the monthly scores.
    pub months: Exact,
    /// Factor of the annual score.
    pub year: Exact,
}

/// Grades of faults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultTable {
    /// How many systems are hit.
    #[serde(rename = "band")]
    pub bands: Vec<Band>,
    /// Rows, by number from 1.
    #[serde(rename = "row")]
    pub rows: Vec<FaultRow>,
}

/// How many systems are hit: true when one of its alternatives is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Kebab-case.
    pub id: String,
    /// In words.
    pub title: Text,
    /// Alternatives.
    pub any: Vec<Hit>,
}

/// Conditions on count and share, all of which must hold. Shares are percent of the systems on the cloud that day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Hit {
    /// Every system.
    pub all: bool,
    /// Share is this or more.
    pub share_at_least: Option<Exact>,
    /// Share is more than this.
    pub share_above: Option<Exact>,
    /// Share is less than this.
    pub share_below: Option<Exact>,
    /// Count is more than this.
    pub count_above: Option<u32>,
    /// Count is this or less.
    pub count_at_most: Option<u32>,
    /// Count is less than this.
    pub count_below: Option<u32>,
}

/// A row of the fault table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultRow {
    /// From 1.
    pub number: u8,
    /// 1, the gravest, to 6.
    pub grade: u8,
    /// How many systems; absent where only their class matters.
    #[serde(default)]
    pub systems: Option<String>,
    /// Class of a system hit; absent where it does not matter.
    #[serde(default)]
    pub class: Option<Class>,
    /// What it does to them.
    pub effect: Effect,
    /// Lasts longer than these minutes.
    #[serde(default)]
    pub longer_than: Option<u32>,
    /// Lasts these minutes or less.
    #[serde(default)]
    pub at_most: Option<u32>,
}

/// How an indicator is scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorRule {
    /// A1 ...
    pub id: String,
    /// Full marks.
    pub weight: Exact,
    /// Its name.
    pub title: Text,
    /// The rule in words.
    pub rule: Text,
    /// Ledgers without which it cannot be assessed.
    pub needs: Vec<Kind>,
    /// What a shortfall costs.
    pub deduct: Deduct,
}

/// What a shortfall costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deduct {
    /// Points each time.
    Each(Exact),
    /// Points each time, by grade from 1.
    ByGrade(Vec<Exact>),
    /// Share of the weight for every step below a mark.
    Step(Step),
}

/// Share of the weight for every step below a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Full marks from here; the mark itself is full.
    pub full_from: Exact,
    /// Size of a step.
    pub step: Exact,
    /// Percent of the weight for each.
    pub share: Exact,
}

/// A row of the breach table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreachRule {
    /// From 1.
    pub row: u8,
    /// What breaches.
    pub when: Breach,
    /// In words.
    pub title: Text,
    /// Yuan for each; for events.
    #[serde(default)]
    pub amount: Option<Exact>,
    /// Year total below this; for scores.
    #[serde(default)]
    pub below: Option<Exact>,
    /// Percent of the year's settlement; for scores.
    #[serde(default)]
    pub percent: Option<Exact>,
    /// Ledgers without which it cannot be told.
    #[serde(default)]
    pub needs: Vec<Kind>,
}

/// What breaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the rule's title says it")]
pub enum Breach {
    Complaint,
    ClauseUnmet,
    NotRecoveredInTime,
    DataLost,
    HarmfulVulnerability,
    LargeScaleOutage,
    DataLeaked,
    LowScore,
}

/// Something the tender leaves open, and what is done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Kebab-case.
    pub id: String,
    /// What is open or contradictory.
    pub question: Text,
    /// What is done.
    pub chosen: Text,
    /// Why.
    pub why: Text,
}

impl Rules {
    /// The band of that id.
    pub fn band(&self, id: &str) -> Option<&Band> {
        self.fault.bands.iter().find(|band| band.id == id)
    }

    /// Steps below a mark, as partial steps count.
    pub fn steps(&self, step: &Step, reached: Exact) -> Exact {
        let short = step.full_from - reached;
        if short <= Exact::ZERO {
            return Exact::ZERO;
        }
        let steps = short.over(step.step).unwrap_or_default();
        match self.limits.partial_step {
            PartialStep::Whole => steps.ceil(),
            PartialStep::Nothing => steps.floor(),
            PartialStep::Proportional => steps,
        }
    }
}

impl Deduct {
    /// Points for one event of that grade (1 where grades do not matter).
    pub fn event(&self, grade: u8) -> Exact {
        match self {
            Deduct::Each(points) => *points,
            Deduct::ByGrade(grades) => grades.get(usize::from(grade).saturating_sub(1)).copied().unwrap_or_default(),
            Deduct::Step(_) => Exact::ZERO,
        }
    }
}
