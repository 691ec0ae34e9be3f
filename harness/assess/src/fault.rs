//! The grade of a fault: every row of the table is tried, the gravest that applies decides.

use crate::exact::Exact;
use crate::ledger::{Class, Effect, Finding, Incident, Ledgers, Party, Place, Systems};
use crate::rules::{Band, FaultRow, Hit, Rules};
use crate::time::{self, Month};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// What the table looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultFacts {
    /// Systems on the cloud that day.
    pub total: u32,
    /// Classes of the systems that could not be used, one entry a system.
    pub unusable: Vec<Class>,
    /// Classes of the systems whose use was impaired, those that could not be used among them.
    pub affected: Vec<Class>,
    /// From beginning to recovery.
    pub duration: SignedDuration,
}

/// An incident with its grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GradedIncident {
    /// Where it stands.
    pub row: Place,
    /// Service item at fault.
    pub service: Text,
    /// RFC 3339.
    pub began: String,
    /// RFC 3339; absent: not recovered when the assessment was made.
    pub recovered: Option<String>,
    /// From beginning to recovery, or to the moment of the assessment, in seconds.
    pub seconds: Exact,
    /// The same for people.
    pub duration: String,
    /// Month in which it counts: that of its beginning.
    pub month: Month,
    /// Systems on the cloud that day.
    pub systems: u32,
    /// How many could not be used.
    pub unusable: u32,
    /// How many were impaired, those that could not be used among them.
    pub affected: u32,
    /// 1, the gravest, to 6; absent where no row applies.
    pub grade: Option<u8>,
    /// Number of the table row that decided.
    pub table_row: Option<u8>,
    /// That row in words.
    pub because: Text,
    /// Other rows that apply, too.
    pub also: Vec<u8>,
    /// Confirmed as a fault by the supervisor.
    pub confirmed: Finding,
    /// Who is responsible.
    pub responsible: Party,
}

/// Numbers of the rows that apply, the deciding one first: gravest grade, then lowest number.
pub fn rows_for<'r>(rules: &'r Rules, facts: &FaultFacts) -> Vec<&'r FaultRow> {
    let mut rows: Vec<&FaultRow> = rules.fault.rows.iter().filter(|row| applies(rules, row, facts)).collect();
    rows.sort_by_key(|row| (row.grade, row.number));
    rows
}

fn applies(rules: &Rules, row: &FaultRow, facts: &FaultFacts) -> bool {
    let hit = match row.effect {
        Effect::Unusable => &facts.unusable,
        Effect::Affected => &facts.affected,
    };
    let minutes = |n: u32| SignedDuration::from_mins(i64::from(n));
    let lasts =
        row.longer_than.is_none_or(|n| facts.duration > minutes(n)) && row.at_most.is_none_or(|n| facts.duration <= minutes(n));
    let whom = match (&row.systems, row.class) {
        (Some(band), _) => rules.band(band).is_some_and(|band| holds(band, hit.len() as u32, facts.total)),
        (None, Some(class)) => hit.contains(&class),
        (None, None) => false,
    };
    lasts && whom
}

/// Whether `count` systems out of `total` are in the band; none never are.
pub fn holds(band: &Band, count: u32, total: u32) -> bool {
    count > 0 && band.any.iter().any(|hit| meets(hit, count, total))
}

fn meets(hit: &Hit, count: u32, total: u32) -> bool {
    // Without a system on the cloud there is no share; the reader refuses incidents on such a day.
    let Some(share) = Exact::ratio(i128::from(count), i128::from(total)).map(Exact::percent) else { return false };
    (!hit.all || count == total)
        && hit.share_at_least.is_none_or(|mark| share >= mark)
        && hit.share_above.is_none_or(|mark| share > mark)
        && hit.share_below.is_none_or(|mark| share < mark)
        && hit.count_above.is_none_or(|mark| count > mark)
        && hit.count_at_most.is_none_or(|mark| count <= mark)
        && hit.count_below.is_none_or(|mark| count < mark)
}

/// The row in words.
pub fn words(rules: &Rules, row: &FaultRow) -> Text {
    let whom = match (&row.systems, row.class) {
        (Some(id), _) => rules.band(id).map(|band| band.title.clone()).unwrap_or_default(),
        (None, Some(class)) => Text::new(format!("{class:?}类系统"), format!("a system of class {class:?}")),
        (None, None) => Text::default(),
    };
    let effect = match row.effect {
        Effect::Unusable => Text::new("无法使用", "unusable"),
        Effect::Affected => Text::new("使用受影响", "impaired"),
    };
    let lasts = match (row.longer_than, row.at_most) {
        (Some(n), _) => Text::new(format!("，超过{n}分钟"), format!(", more than {n} min")),
        (None, Some(n)) => Text::new(format!("，不超过{n}分钟"), format!(", at most {n} min")),
        (None, None) => Text::default(),
    };
    let number = row.number;
    Text::new(
        format!("定级表第{number}行：{}{}{}", whom.zh, effect.zh, lasts.zh),
        format!("row {number} of the table: {} {}{}", whom.en, effect.en, lasts.en),
    )
}

/// Facts of an incident, as known at `as_of`.
pub fn facts(ledgers: &Ledgers, incident: &Incident, as_of: Timestamp) -> FaultFacts {
    let day = time::day_of(incident.began);
    let on_cloud: Vec<_> = ledgers.systems_on(day).collect();
    let classes = |named: &dyn Fn(&str) -> bool| on_cloud.iter().filter(|s| named(&s.id)).map(|s| s.class).collect::<Vec<_>>();
    let names = |systems: &Systems, id: &str| match systems {
        Systems::All => true,
        Systems::These(ids) => ids.iter().any(|named| named == id),
    };
    FaultFacts {
        total: on_cloud.len() as u32,
        unusable: classes(&|id| names(&incident.unusable, id)),
        affected: classes(&|id| names(&incident.unusable, id) || names(&incident.affected, id)),
        duration: incident.recovered.unwrap_or(as_of.max(incident.began)).duration_since(incident.began),
    }
}

/// Grades an incident.
pub fn grade(rules: &Rules, ledgers: &Ledgers, incident: &Incident, as_of: Timestamp) -> GradedIncident {
    let facts = facts(ledgers, incident, as_of);
    let rows = rows_for(rules, &facts);
    let decided = rows.first();
    let nothing = || match facts.total {
        0 => Text::new(
            "不知道当日有哪些云上系统，无法定级",
            "not graded: it is not known which systems were on the cloud that day",
        ),
        _ => Text::new("定级表中没有适用的行", "no row of the table applies"),
    };
    GradedIncident {
        row: incident.place.clone(),
        service: ledgers.service(&incident.service),
        began: time::show(incident.began),
        recovered: incident.recovered.map(time::show),
        seconds: seconds(facts.duration),
        duration: time::show_duration(facts.duration),
        month: Month::of(time::day_of(incident.began)),
        systems: facts.total,
        unusable: facts.unusable.len() as u32,
        affected: facts.affected.len() as u32,
        grade: decided.map(|row| row.grade),
        table_row: decided.map(|row| row.number),
        because: decided.map_or_else(nothing, |row| words(rules, row)),
        also: rows.iter().skip(1).map(|row| row.number).collect(),
        confirmed: incident.confirmed,
        responsible: incident.responsible,
    }
}

/// A length in seconds, to the nanosecond.
pub fn seconds(length: SignedDuration) -> Exact {
    Exact::ratio(length.as_nanos(), 1_000_000_000).unwrap_or_default()
}
