//! Which ledgers there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use touchstone_model::text::Text;

/// Which ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is called as its rows are")]
pub enum Kind {
    Systems,
    Incidents,
    Outages,
    MeasuredOutages,
    WorkOrders,
    IrregularDeliveries,
    Tasks,
    Attendance,
    Complaints,
    Changes,
    Violations,
    Surveys,
    Trainings,
    SecurityFindings,
    SecurityIncidents,
    UnmetClauses,
    Licences,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 17] = [
        Kind::Systems,
        Kind::Incidents,
        Kind::Outages,
        Kind::MeasuredOutages,
        Kind::WorkOrders,
        Kind::IrregularDeliveries,
        Kind::Tasks,
        Kind::Attendance,
        Kind::Complaints,
        Kind::Changes,
        Kind::Violations,
        Kind::Surveys,
        Kind::Trainings,
        Kind::SecurityFindings,
        Kind::SecurityIncidents,
        Kind::UnmetClauses,
        Kind::Licences,
    ];

    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Systems => "systems",
            Kind::Incidents => "incidents",
            Kind::Outages => "outages",
            Kind::MeasuredOutages => "measured-outages",
            Kind::WorkOrders => "work-orders",
            Kind::IrregularDeliveries => "irregular-deliveries",
            Kind::Tasks => "tasks",
            Kind::Attendance => "attendance",
            Kind::Complaints => "complaints",
            Kind::Changes => "changes",
            Kind::Violations => "violations",
            Kind::Surveys => "surveys",
            Kind::Trainings => "trainings",
            Kind::SecurityFindings => "security-findings",
            Kind::SecurityIncidents => "security-incidents",
            Kind::UnmetClauses => "unmet-clauses",
            Kind::Licences => "licences",
        }
    }

    /// Its name for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Kind::Systems => ("业务系统台账", "ledger of systems"),
            Kind::Incidents => ("故障台账", "ledger of incidents"),
            Kind::Outages => ("服务失效台账", "ledger of outages"),
            Kind::MeasuredOutages => ("实测失效台账", "ledger of measured outages"),
            Kind::WorkOrders => ("交付工单台账", "ledger of work orders"),
            Kind::IrregularDeliveries => ("无工单交付台账", "ledger of irregular deliveries"),
            Kind::Tasks => ("服务任务台账", "ledger of tasks"),
            Kind::Attendance => ("驻场考勤台账", "ledger of attendance"),
            Kind::Complaints => ("投诉台账", "ledger of complaints"),
            Kind::Changes => ("变更台账", "ledger of changes"),
            Kind::Violations => ("违反制度台账", "ledger of violations"),
            Kind::Surveys => ("满意度问卷台账", "ledger of surveys"),
            Kind::Trainings => ("培训台账", "ledger of trainings"),
            Kind::SecurityFindings => ("安全风险台账", "ledger of security findings"),
            Kind::SecurityIncidents => ("安全责任事故台账", "ledger of security incidents"),
            Kind::UnmetClauses => ("未履行条款台账", "ledger of unmet clauses"),
            Kind::Licences => ("授权套数台账", "ledger of licences"),
        };
        Text::new(zh, en)
    }
}
