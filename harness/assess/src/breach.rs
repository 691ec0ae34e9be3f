//! The penalties of the contract.

use crate::annual::{self, YearScore};
use crate::context::Context;
use crate::exact::Exact;
use crate::ledger::{ComplaintBy, Finding, Party, Place};
use crate::month::late_recovery;
use crate::rules::{Breach, BreachRule};
use crate::score::Open;
use crate::time;
use crate::words::{both, counts, undecided};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// A row of the breach table and what falls under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreachResult {
    /// Number of the row.
    pub row: u8,
    /// Its condition.
    pub title: Text,
    /// Yuan for each event.
    pub amount: Option<Exact>,
    /// Percent of the year's settlement.
    pub percent: Option<Exact>,
    /// What falls under it.
    pub events: Vec<BreachEvent>,
    /// What may fall under it but is not decided.
    pub open: Vec<Open>,
    /// Yuan due; absent where it cannot be told.
    pub total: Option<Exact>,
}

/// Something that falls under a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreachEvent {
    /// What happened.
    pub why: Text,
    /// Ledger rows.
    pub rows: Vec<Place>,
}

/// Every row for the days from `from` to `until`; rows about the year's total only where there is one.
pub fn breaches(context: &Context<'_>, from: Date, until: Date, year: Option<&YearScore>) -> Vec<BreachResult> {
    let rules = context.rules.breaches.iter().filter(|rule| rule.when != Breach::LowScore || year.is_some());
    rules.map(|rule| breach(context, rule, from, until, year)).collect()
}

fn breach(context: &Context<'_>, rule: &BreachRule, from: Date, until: Date, year: Option<&YearScore>) -> BreachResult {
    let mut found = Found::default();
    if rule.when == Breach::LowScore {
        let Some(year) = year else { return found.result(rule) };
        low_score(context, rule, year, &mut found);
        let mut result = found.result(rule);
        if !result.events.is_empty() {
            let settlement = context.ledgers.settlements.get(&year.year);
            let share = rule.percent.unwrap_or_default().of_percent();
            result.total = settlement.map(|amount| *amount * share);
            if settlement.is_none() {
                let year = year.year;
                let why = both!("{year}年结算金额未知", "the settlement of {year} is not known");
                result.open.push(Open { why, rows: Vec::new() });
            }
        }
        return result;
    }
    found.open.extend(context.missing(&rule.needs, from, until).into_iter().map(|why| Open { why, rows: Vec::new() }));
    let within = |day: Date| from <= day && day <= until;
    match rule.when {
        Breach::Complaint => {
            for complaint in &context.ledgers.complaints {
                if within(complaint.received) && complaint.by == ComplaintBy::Letter {
                    let holds = counts(Finding::Yes, complaint.responsible);
                    found.add(
                        holds,
                        &complaint.place,
                        Text::new("使用单位来函投诉，云服务商有责", "complaint by letter, the operator is responsible"),
                    );
                }
            }
        }
        Breach::ClauseUnmet => unmet_clauses(context, from, until, &mut found),
        Breach::HarmfulVulnerability => {
            for finding in context.ledgers.security_findings.iter().filter(|finding| within(finding.found)) {
                found.add(
                    counts(finding.harmed_business, finding.responsible),
                    &finding.place,
                    Text::new("安全漏洞影响业务安全", "a vulnerability harmed the security of business"),
                );
            }
        }
        Breach::DataLeaked => {
            for incident in context.ledgers.security_incidents.iter().filter(|incident| within(incident.date)) {
                found.add(
                    counts(incident.data_leaked, incident.responsible),
                    &incident.place,
                    Text::new("生产数据泄露", "production data leaked"),
                );
            }
        }
        Breach::NotRecoveredInTime | Breach::DataLost | Breach::LargeScaleOutage => {
            incidents(context, rule.when, &within, &mut found);
        }
        Breach::LowScore => {}
    }
    found.result(rule)
}

/// A clause is penalised once a year, however often it was found unmet: the tender counts clauses here, not times.
fn unmet_clauses(context: &Context<'_>, from: Date, until: Date, found: &mut Found) {
    let year_begins = Date::new(from.year(), 1, 1).unwrap_or(from);
    let mut rows: Vec<_> =
        context.ledgers.unmet_clauses.iter().filter(|row| year_begins <= row.found && row.found <= until).collect();
    rows.sort_by_key(|row| (row.found, row.place.line));
    let mut seen: Vec<&str> = Vec::new();
    for row in rows {
        if row.confirmed == Finding::Yes {
            if seen.contains(&row.clause.as_str()) {
                continue;
            }
            seen.push(&row.clause);
        }
        let clause = &row.clause;
        if from <= row.found {
            found.add(
                counts(row.confirmed, Party::Operator),
                &row.place,
                both!("条款{clause}未履行", "clause {clause} not fulfilled"),
            );
        }
    }
}

fn incidents(context: &Context<'_>, when: Breach, within: &dyn Fn(Date) -> bool, found: &mut Found) {
    for (incident, graded) in context.incidents() {
        if !within(time::day_of(incident.began)) || incident.confirmed == Finding::No {
            continue;
        }
        let responsible = match incident.confirmed {
            Finding::Pending => Party::Pending,
            _ => incident.responsible,
        };
        let (holds, why) = match when {
            Breach::DataLost => {
                (counts(incident.data_lost, responsible), Text::new("服务故障导致业务数据丢失", "a fault lost business data"))
            }
            Breach::NotRecoveredInTime => match late_recovery(context, incident, graded) {
                Some(why) => (counts(incident.service_unusable, responsible), why),
                // Still running, still within its time: it may become late.
                None if incident.recovered.is_none() => {
                    (counts(incident.service_unusable, responsible).filter(|holds| !holds), Text::default())
                }
                None => (Some(false), Text::default()),
            },
            _ => {
                let mark = context.rules.limits.large_scale_percent;
                let holds = match incident.capacity_lost {
                    Some(lost) if lost < mark => Some(false),
                    Some(_) => counts(incident.service_unusable, responsible),
                    None => counts(incident.service_unusable, responsible).filter(|holds| !holds),
                };
                let lost = incident.capacity_lost.unwrap_or_default();
                (
                    holds,
                    both!(
                        "服务能力丧失{lost}%（{mark}%起为大面积）",
                        "{lost} % of the capacity lost ({mark} % and more is large-scale)"
                    ),
                )
            }
        };
        found.add(holds, &incident.place, why);
    }
}

/// Only the gravest band that the total falls into: the shares are levels, not sums.
fn low_score(context: &Context<'_>, rule: &BreachRule, year: &YearScore, found: &mut Found) {
    let Some(below) = rule.below else { return };
    let graver = context.rules.breaches.iter().filter_map(|other| other.below).filter(|other| *other < below).max();
    let in_band = |score: Exact| score < below && graver.is_none_or(|graver| score >= graver);
    let total = &year.total;
    let shown = annual::show(total);
    let certain = in_band(total.at_most) && in_band(total.at_least);
    let possible = total.at_least < below && graver.is_none_or(|graver| total.at_most >= graver);
    let why = both!("年度总分{shown}低于{below}分", "the year's total {shown} is below {below}");
    if total.score.map_or(certain, in_band) {
        found.events.push(BreachEvent { why, rows: Vec::new() });
    } else if total.score.is_none() && possible {
        let why = both!("年度总分未定：{shown}", "the year's total is not settled: {shown}");
        found.open.push(Open { why, rows: Vec::new() });
    }
}

#[derive(Default)]
struct Found {
    events: Vec<BreachEvent>,
    open: Vec<Open>,
}

impl Found {
    /// `holds`: it is so, it is not, or nobody has found yet.
    fn add(&mut self, holds: Option<bool>, row: &Place, why: Text) {
        match holds {
            Some(true) => self.events.push(BreachEvent { why, rows: vec![row.clone()] }),
            Some(false) => {}
            None => self.open.push(Open { why: undecided(), rows: vec![row.clone()] }),
        }
    }

    fn result(self, rule: &BreachRule) -> BreachResult {
        // What is certain is due, whatever else is still open.
        let total = rule.amount.map(|amount| amount * Exact::whole(self.events.len() as i128));
        let total = if rule.amount.is_none() { Some(Exact::ZERO) } else { total };
        BreachResult {
            row: rule.row,
            title: rule.title.clone(),
            amount: rule.amount,
            percent: rule.percent,
            events: self.events,
            open: self.open,
            total,
        }
    }
}
