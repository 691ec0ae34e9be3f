//! A row of each ledger.

use super::words::*;
use crate::exact::Exact;
use crate::time::Month;
use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;

/// A business system on the cloud.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct System {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its class.
    pub class: Class,
    /// First day on the cloud; absent: always.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub from: Option<Date>,
    /// Last day on the cloud; absent: still.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Date>,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Incident {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Service item at fault.
    pub service: String,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub began: Timestamp,
    /// When business ran again; absent: not yet.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub recovered: Option<Timestamp>,
    /// When the last of the three (data centre, using office, supervisor) had been told; absent: never.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub reported: Option<Timestamp>,
    /// How it was reported.
    pub channel: Option<Channel>,
    /// Business systems that could not be used; `all` for every one.
    #[schemars(with = "String")]
    pub unusable: Systems,
    /// Business systems whose use was impaired; those unusable need not be repeated.
    #[schemars(with = "String")]
    pub affected: Systems,
    /// Confirmed as a fault by the supervisor.
    pub confirmed: Finding,
    /// Who is responsible.
    pub responsible: Party,
    /// Reported truly: nothing concealed, nothing wrong.
    pub truthful: Finding,
    /// The service item itself could not be used.
    pub service_unusable: Finding,
    /// Share of the services' capacity lost, in percent.
    pub capacity_lost: Option<Exact>,
    /// Business data was lost.
    pub data_lost: Finding,
}

/// A span of time in which a service item failed.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Outage {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Service item.
    pub service: String,
    /// First moment.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub began: Timestamp,
    /// First moment after it; absent: lasts still.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended: Option<Timestamp>,
    /// Counts as failure; `no` needs a reason.
    pub counts: Finding,
    /// Why it does not count.
    pub reason: Option<String>,
}

/// A span without service that a run of Touchstone measured, while it tried a failover.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MeasuredOutage {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Service item.
    pub service: String,
    /// First moment.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub began: Timestamp,
    /// First moment after it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ended: Timestamp,
    /// Whether it counts towards the operator's availability: a failover provoked by a test normally does not.
    pub counts: Finding,
    /// Id of the run.
    pub run: String,
    /// SHA-256 of the evidence, or of the run's journal.
    pub evidence: String,
}

/// An order to deliver a service.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WorkOrder {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Service item.
    pub service: String,
    /// When it was approved.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub approved: Timestamp,
    /// When the platform was told that it is done; absent: not yet.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub fed_back: Option<Timestamp>,
    /// Delivered just as approved.
    pub as_approved: Finding,
    /// Who is responsible for lateness or deviation.
    pub responsible: Party,
}

/// Resources delivered without an order.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IrregularDelivery {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Day it happened.
    #[schemars(with = "String", extend("format" = "date"))]
    pub found: Date,
    /// Day it was put right; absent: not yet.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub rectified: Option<Date>,
    /// Confirmed.
    pub confirmed: Finding,
}

/// A task of the agreed list.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Task {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Last day in time.
    #[schemars(with = "String", extend("format" = "date"))]
    pub due: Date,
    /// Day it was finished; absent: not yet.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub finished: Option<Date>,
    /// Who is responsible for lateness, wholly or mainly.
    pub responsible: Party,
}

/// One person's hours on site in one month.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Attendance {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Staff number or other mark.
    pub person: String,
    /// The month.
    pub month: Month,
    /// Hours due.
    pub required_hours: Exact,
    /// Hours attended out of those due; overtime is no part of it.
    pub actual_hours: Exact,
}

/// A complaint of a using office.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Complaint {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Day it came.
    #[schemars(with = "String", extend("format" = "date"))]
    pub received: Date,
    /// How it came.
    pub by: ComplaintBy,
    /// Who is responsible.
    pub responsible: Party,
}

/// A change to the running environment.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Change {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// When its plan was handed in, in writing; absent: never.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub submitted: Option<Timestamp>,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub executed: Timestamp,
    /// How it went.
    pub outcome: Outcome,
    /// An emergency change.
    pub urgent: Finding,
    /// It interrupts a service.
    pub interrupts: Finding,
}

/// A rule of the government cloud not kept.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Violation {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Day it was found.
    #[schemars(with = "String", extend("format" = "date"))]
    pub found: Date,
    /// Verified.
    pub confirmed: Finding,
}

/// One form of the satisfaction survey.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Survey {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Day it was filled in.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// Points of the ten questions: 0 to 4, the last 0, 2, 4, 6 or 8.
    pub answers: Vec<u8>,
}

/// A training for using offices.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Training {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// How many came.
    pub attendees: u32,
    /// Teaching material is on file.
    pub material: Finding,
    /// The announcement is on file.
    pub notice: Finding,
    /// Sign-in sheet or minutes are on file.
    pub record: Finding,
}

/// A security risk to be put right.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SecurityFinding {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Day it was found.
    #[schemars(with = "String", extend("format" = "date"))]
    pub found: Date,
    /// Last day in time.
    #[schemars(with = "String", extend("format" = "date"))]
    pub due: Date,
    /// Day it was dealt with; absent: not yet.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub fixed: Option<Date>,
    /// Who is responsible.
    pub responsible: Party,
    /// It harmed the security of business.
    pub harmed_business: Finding,
}

/// A security incident.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SecurityIncident {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Day it happened.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// 1, the gravest, to 5, by the supervisor's report.
    pub grade: u8,
    /// Confirmed by the supervisor's report.
    pub confirmed: Finding,
    /// Who is responsible.
    pub responsible: Party,
    /// Production data leaked.
    pub data_leaked: Finding,
}

/// A clause of the tender that the operator did not fulfil in operation.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UnmetClause {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// Id of the clause.
    pub clause: String,
    /// Day it was found.
    #[schemars(with = "String", extend("format" = "date"))]
    pub found: Date,
    /// Confirmed by the third party.
    pub confirmed: Finding,
}

/// Sets of a product that were found running, held against those billed and those licensed.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Licence {
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
    /// Unique.
    pub id: String,
    /// The product.
    pub product: String,
    /// Day of the count.
    #[schemars(with = "String", extend("format" = "date"))]
    pub counted: Date,
    /// Sets found running that day.
    pub running: u32,
    /// Sets billed for that day.
    pub billed: u32,
    /// Sets licensed.
    pub licensed: u32,
}
