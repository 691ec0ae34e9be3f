//! The ledgers: what happened, as the operator, the users and the supervising third party wrote it down.
//!
//! A row knows the file and line it came from, so that every deduction can name what it rests on. Two things are told apart
//! throughout: a ledger that is there and has no row (nothing happened), and one that is not there (nothing is known).

mod kind;
mod row;
mod schema;
mod words;

pub use kind::Kind;
pub use row::*;
pub use schema::ledger_schema;
pub use words::*;

use crate::exact::Exact;
use jiff::civil::Date;
use std::collections::BTreeMap;
use touchstone_model::text::Text;

/// A service item of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Kebab-case.
    pub id: String,
    /// Its name.
    pub title: Text,
}

/// From when to when a ledger claims to be complete: a row outside may be there, a day outside is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
}

/// Everything known about an operator's work.
#[derive(Clone, Debug, Default)]
pub struct Ledgers {
    /// The operator.
    pub operator: String,
    /// First and last day of the contract's service; absent: all time.
    pub service_from: Option<Date>,
    /// See `service_from`.
    pub service_until: Option<Date>,
    /// Service items.
    pub services: Vec<Service>,
    /// Settlement of a year, in yuan.
    pub settlements: BTreeMap<i16, Exact>,
    /// Which ledgers are there, and for which days.
    pub coverage: BTreeMap<Kind, Coverage>,
    /// Rows of the systems ledger.
    pub systems: Vec<System>,
    /// Rows of the incidents ledger.
    pub incidents: Vec<Incident>,
    /// Rows of the outages ledger.
    pub outages: Vec<Outage>,
    /// Rows of the measured outages ledger.
    pub measured_outages: Vec<MeasuredOutage>,
    /// Rows of the work orders ledger.
    pub work_orders: Vec<WorkOrder>,
    /// Rows of the irregular deliveries ledger.
    pub irregular_deliveries: Vec<IrregularDelivery>,
    /// Rows of the tasks ledger.
    pub tasks: Vec<Task>,
    /// Rows of the attendance ledger.
    pub attendance: Vec<Attendance>,
    /// Rows of the complaints ledger.
    pub complaints: Vec<Complaint>,
    /// Rows of the changes ledger.
    pub changes: Vec<Change>,
    /// Rows of the violations ledger.
    pub violations: Vec<Violation>,
    /// Rows of the surveys ledger.
    pub surveys: Vec<Survey>,
    /// Rows of the trainings ledger.
    pub trainings: Vec<Training>,
    /// Rows of the security findings ledger.
    pub security_findings: Vec<SecurityFinding>,
    /// Rows of the security incidents ledger.
    pub security_incidents: Vec<SecurityIncident>,
    /// Rows of the unmet clauses ledger.
    pub unmet_clauses: Vec<UnmetClause>,
    /// Rows of the ledger of licences.
    pub licences: Vec<Licence>,
}

impl Ledgers {
    /// The service items' names, or the id where there is none.
    pub fn service(&self, id: &str) -> Text {
        self.services.iter().find(|service| service.id == id).map_or_else(|| Text::new(id, id), |service| service.title.clone())
    }

    /// The systems on the cloud on a day.
    pub fn systems_on(&self, day: Date) -> impl Iterator<Item = &System> {
        let here =
            move |system: &&System| system.from.is_none_or(|from| from <= day) && system.until.is_none_or(|until| day <= until);
        self.systems.iter().filter(here)
    }
}
