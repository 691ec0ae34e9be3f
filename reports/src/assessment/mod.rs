//! The operator's score for people and programs.

mod terminal;

use touchstone_assess::Assessment;

pub use terminal::assessment_terminal;

/// The whole assessment, indented; the same assessment gives the same bytes. Its format is [`assessment_schema`].
pub fn assessment_json(assessment: &Assessment) -> String {
    // Serialising can only fail on maps with keys that are no strings, which an assessment has none of.
    let mut text = serde_json::to_string_pretty(assessment).unwrap_or_default();
    text.push('\n');
    text
}

/// JSON Schema (draft 2020-12) of [`assessment_json`]; published as `schema/assessment-1.schema.json`.
pub fn assessment_schema() -> String {
    format!("{:#}\n", touchstone_assess::assessment_schema().as_value())
}
