//! Everything that follows from the ledgers for a month or a year.

use crate::annual::{self, YearScore};
use crate::availability::{self, ServiceAvailability};
use crate::breach::{self, BreachResult};
use crate::calendar::{Calendar, WorkingDays};
use crate::context::Context;
use crate::exact::Exact;
use crate::fault::GradedIncident;
use crate::ledger::{Kind, Ledgers, Licence, Place};
use crate::month::{self, MonthScore};
use crate::rules::{Reading, Rules};
use crate::time::{self, Month};
use crate::words::both;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Version of the format.
pub const SCHEMA: u32 = 1;

/// A month or a calendar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// One month.
    Month(Month),
    /// One calendar year.
    Year(i16),
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Period::Month(month) => month.fmt(f),
            Period::Year(year) => write!(f, "{year}"),
        }
    }
}

/// The assessment of an operator for a period; complete in itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// Version of the format: 1.
    pub schema: u32,
    /// Version of Touchstone.
    pub tool: String,
    /// Name of the standard applied.
    pub title: Text,
    /// Where in the tender it stands.
    pub source: String,
    /// The operator.
    pub operator: String,
    /// The period.
    pub period: Period,
    /// RFC 3339: what had not happened by then has not happened.
    pub as_of: String,
    /// Zone in which days and months begin.
    pub time_zone: String,
    /// Scores of the months.
    pub months: Vec<MonthScore>,
    /// Score of the year, where a year was asked for.
    pub year: Option<YearScore>,
    /// Incidents of the period with their grades.
    pub incidents: Vec<GradedIncident>,
    /// Availability of each service item in each month that is over and whose outages are known.
    pub availability: Vec<ServiceAvailability>,
    /// All of it together, in percent.
    pub overall_availability: Option<Exact>,
    /// Sets counted in the period; absent: no ledger of licences covers it.
    #[serde(default)]
    pub licences: Option<Vec<LicenceCount>>,
    /// Penalties.
    pub breaches: Vec<BreachResult>,
    /// Yuan due by all rows, as far as it can be told.
    pub penalties: Exact,
    /// Nothing that is open can add to `penalties`.
    pub penalties_final: bool,
    /// Decrees of the working-day calendar.
    pub calendar: Vec<String>,
    /// What the tender leaves open and how it was read.
    pub readings: Vec<Reading>,
    /// Things worth knowing that change no figure.
    pub notes: Vec<Text>,
}

/// Why there is no assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The calendar does not know the period.
    Calendar {
        /// A day that it does not know.
        day: Date,
    },
    /// No day of the period belongs to the contract's service.
    NotInService,
    /// The period has not begun.
    NotBegun,
}

impl Refusal {
    /// In words.
    pub fn words(&self) -> Text {
        match self {
            Refusal::Calendar { day } => both!(
                "工作日历没有{day}；请在套件的日历文件中加入该年的安排及其出处",
                "the calendar of working days does not know {day}: add that year, with its source, to the suite's calendar"
            ),
            Refusal::NotInService => Text::new("考核期不在服务期内", "no day of the period belongs to the contract's service"),
            Refusal::NotBegun => Text::new("考核期尚未开始", "the period has not begun"),
        }
    }
}

/// Assesses a period. `notes` are those of whoever read the ledgers.
pub fn assess(
    rules: &Rules,
    calendar: (&Calendar, &WorkingDays),
    ledgers: &Ledgers,
    period: Period,
    as_of: Timestamp,
    notes: Vec<Text>,
) -> Result<Assessment, Refusal> {
    let (from, until) = days_of(period, ledgers)?;
    if as_of < time::start_of(from) {
        return Err(Refusal::NotBegun);
    }
    let (calendar, days) = calendar;
    for day in [from, until] {
        days.works(day).map_err(|outside| Refusal::Calendar { day: outside.day })?;
    }
    let context = Context::new(rules, ledgers, days, as_of);
    let months: Vec<MonthScore> = months_of(from, until).into_iter().map(|month| month::score(&context, month)).collect();
    let year = match period {
        Period::Year(year) => Some(annual::score(&context, year, from, until, &months)),
        Period::Month(_) => None,
    };
    let breaches = breach::breaches(&context, from, until, year.as_ref());
    // Only of months that are over and known: seconds to come are no availability yet.
    let known = |month: &&MonthScore| context.missing(&[Kind::Outages], month.month.first(), month.month.last()).is_empty();
    let availability: Vec<_> =
        months.iter().filter(known).flat_map(|month| availability::of_month(ledgers, month.month, as_of)).collect();
    let within = |graded: &&GradedIncident| months.iter().any(|month| month.month == graded.month);
    Ok(Assessment {
        schema: SCHEMA,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        title: rules.title.clone(),
        source: rules.source.clone(),
        operator: ledgers.operator.clone(),
        period,
        as_of: time::show(as_of),
        time_zone: time::ZONE_NAME.to_owned(),
        incidents: context.incidents().map(|(_, graded)| graded).filter(within).cloned().collect(),
        overall_availability: availability::overall(&availability),
        availability,
        licences: context.missing(&[Kind::Licences], from, until).is_empty().then(|| counted(ledgers, from, until)),
        penalties: breaches.iter().filter_map(|breach| breach.total).sum(),
        penalties_final: breaches.iter().all(|breach| breach.open.is_empty() && breach.total.is_some()),
        breaches,
        calendar: calendar.sources(from, until),
        readings: rules.readings.clone(),
        notes: notes.into_iter().chain(hours_note(&context, &months)).collect(),
        months,
        year,
    })
}

fn counted(ledgers: &Ledgers, from: Date, until: Date) -> Vec<LicenceCount> {
    let within = ledgers.licences.iter().filter(|row| from <= row.counted && row.counted <= until);
    let count = |row: &Licence| LicenceCount {
        row: row.place.clone(),
        product: row.product.clone(),
        counted: row.counted.to_string(),
        running: row.running,
        billed: row.billed,
        licensed: row.licensed,
    };
    within.map(count).collect()
}

/// Sets of a product as they were counted on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LicenceCount {
    /// Where it stands.
    pub row: Place,
    /// The product.
    pub product: String,
    /// Day of the count.
    pub counted: String,
    /// Sets found running that day.
    pub running: u32,
    /// Sets billed for that day.
    pub billed: u32,
    /// Sets licensed.
    pub licensed: u32,
}

/// First and last day of the period that belong to the contract's service.
fn days_of(period: Period, ledgers: &Ledgers) -> Result<(Date, Date), Refusal> {
    let (first, last) = match period {
        Period::Month(month) => (month.first(), month.last()),
        Period::Year(year) => {
            let day = |month, day| Date::new(year, month, day).map_err(|_| Refusal::NotInService);
            (day(1, 1)?, day(12, 31)?)
        }
    };
    let from = ledgers.service_from.map_or(first, |day| day.max(first));
    let until = ledgers.service_until.map_or(last, |day| day.min(last));
    if from <= until { Ok((from, until)) } else { Err(Refusal::NotInService) }
}

fn months_of(from: Date, until: Date) -> Vec<Month> {
    (1..=12).filter_map(|n| Month::new(from.year(), n)).filter(|month| from <= month.last() && month.first() <= until).collect()
}

/// Hours due that are not those of the calendar's working days are told, not judged: shifts differ.
fn hours_note(context: &Context<'_>, months: &[MonthScore]) -> Vec<Text> {
    let mut notes = Vec::new();
    for month in months.iter().map(|score| score.month) {
        let Ok(days) = context.days.count(month.first(), month.last()) else { continue };
        let usual = Exact::whole(days * i128::from(context.rules.limits.hours_per_day));
        let rows = context.ledgers.attendance.iter().filter(|row| row.month == month);
        let other = rows.filter(|row| row.required_hours != usual).count();
        if other > 0 {
            notes.push(both!(
                "{month}有{days}个工作日，计{usual}小时；考勤台账中{other}人的应出勤工时与此不同",
                "{month} has {days} working days, that is {usual} hours; the ledger of attendance has other hours due for {other} people"
            ));
        }
    }
    notes
}

/// JSON Schema (draft 2020-12) of an assessment; published as `reports/schema/assessment-1.schema.json`.
pub fn assessment_schema() -> Schema {
    let mut schema = schemars::schema_for!(Assessment);
    schema.insert("title".into(), "Touchstone assessment".into());
    schema
}
