//! The form of a ledger as a JSON Schema.

use super::row::*;
use schemars::{JsonSchema, Schema};

/// One ledger as a TOML document; a CSV file has the same keys as its header.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used: rows are read key by key, to say what is wrong with each")]
struct LedgerDocument {
    /// Version of the format: 1.
    schema: u32,
    /// Rows.
    row: Vec<Row>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used")]
enum Row {
    System(System),
    Incident(Incident),
    Outage(Outage),
    MeasuredOutage(MeasuredOutage),
    WorkOrder(WorkOrder),
    IrregularDelivery(IrregularDelivery),
    Task(Task),
    Attendance(Attendance),
    Complaint(Complaint),
    Change(Change),
    Violation(Violation),
    Survey(Survey),
    Training(Training),
    SecurityFinding(SecurityFinding),
    SecurityIncident(SecurityIncident),
    UnmetClause(UnmetClause),
    Licence(Licence),
}

/// JSON Schema (draft 2020-12) of a ledger in TOML; published as `suites/schema/ledger-1.schema.json`.
pub fn ledger_schema() -> Schema {
    let mut schema = schemars::schema_for!(LedgerDocument);
    schema.insert("title".into(), "Touchstone ledger".into());
    schema
}
