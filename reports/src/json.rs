//! The run as JSON, and the schema that describes it.

use touchstone_model::run::Run;

/// The whole run, indented; the same run gives the same bytes. Its format is [`json_schema`].
pub fn json(run: &Run) -> String {
    // Serialising can only fail on maps with keys that are no strings, which a run has none of; a test holds this.
    let mut text = serde_json::to_string_pretty(run).unwrap_or_default();
    text.push('\n');
    text
}

/// JSON Schema (draft 2020-12) of [`json`]; published as `schema/run-1.schema.json`.
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(Run);
    schema.insert("title".into(), "Touchstone run".into());
    format!("{:#}\n", schema.as_value())
}
