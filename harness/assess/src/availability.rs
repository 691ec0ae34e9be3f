//! Availability of a service item in a month: seconds without failure over seconds, exact.

use crate::exact::Exact;
use crate::fault::seconds;
use crate::ledger::{Finding, Ledgers, Place};
use crate::time::{self, Month, Span};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Availability of one service item in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceAvailability {
    /// The month.
    pub month: Month,
    /// Id of the service item.
    pub service: String,
    /// Its name.
    pub title: Text,
    /// Seconds of the month.
    pub seconds: Exact,
    /// Seconds of failure; what overlaps counts once.
    pub failed: Exact,
    /// Percent.
    pub percent: Exact,
    /// The same with six decimals, cut off.
    pub shown: String,
    /// Rows that count.
    pub rows: Vec<Place>,
    /// Rows that do not count, each with its reason.
    pub excluded: Vec<Excluded>,
    /// Seconds without service that runs of Touchstone measured and that do not count.
    pub measured: Option<Exact>,
}

/// A row that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Excluded {
    /// The row.
    pub row: Place,
    /// Why.
    pub reason: String,
}

/// Of every service item in a month; what lasts still counts up to `as_of`.
pub fn of_month(ledgers: &Ledgers, month: Month, as_of: Timestamp) -> Vec<ServiceAvailability> {
    ledgers.services.iter().map(|service| of_service(ledgers, &service.id, month, as_of)).collect()
}

fn of_service(ledgers: &Ledgers, service: &str, month: Month, as_of: Timestamp) -> ServiceAvailability {
    let whole = month.span();
    let own = ledgers.outages.iter().filter(|outage| outage.service == service);
    let measured = ledgers.measured_outages.iter().filter(|outage| outage.service == service);
    let (mut counted, mut rows, mut excluded, mut aside) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for outage in own {
        let until = outage.ended.unwrap_or(as_of.max(outage.began));
        let Some(span) = (Span { from: outage.began, until }).cut(whole) else { continue };
        // What nobody has ruled on yet counts as failure nowhere but is told as open by the indicator.
        match outage.counts {
            Finding::Yes => {
                counted.push(span);
                rows.push(outage.place.clone());
            }
            Finding::No => {
                excluded.push(Excluded { row: outage.place.clone(), reason: outage.reason.clone().unwrap_or_default() });
            }
            Finding::Pending => {}
        }
    }
    for outage in measured {
        let Some(span) = (Span { from: outage.began, until: outage.ended }).cut(whole) else { continue };
        if outage.counts == Finding::Yes {
            counted.push(span);
            rows.push(outage.place.clone());
        } else {
            aside.push(span);
        }
    }
    let total = Exact::whole(month.days() * 86_400);
    let sum = |spans: Vec<Span>| -> Exact { time::union(spans).into_iter().map(|span| seconds(span.length())).sum() };
    let failed = sum(counted);
    let percent = (total - failed).over(total).unwrap_or_default().percent();
    ServiceAvailability {
        month,
        service: service.to_owned(),
        title: ledgers.service(service),
        seconds: total,
        failed,
        percent,
        shown: percent.floored(6),
        rows,
        excluded,
        measured: (!aside.is_empty()).then(|| sum(aside)),
    }
}

/// All services and months together: seconds without failure over seconds, in percent. Nothing without a figure.
pub fn overall(figures: &[ServiceAvailability]) -> Option<Exact> {
    let total: Exact = figures.iter().map(|figure| figure.seconds).sum();
    let failed: Exact = figures.iter().map(|figure| figure.failed).sum();
    (total - failed).over(total).map(Exact::percent)
}
