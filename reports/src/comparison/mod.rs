//! Two runs side by side, for people and programs.

mod terminal;

use touchstone_model::compare::Comparison;

pub(crate) use terminal::changes;
pub use terminal::comparison_terminal;

/// The whole comparison, indented; the same runs give the same bytes. Its format is [`comparison_schema`].
pub fn comparison_json(comparison: &Comparison) -> String {
    // Serialising can only fail on maps with keys that are no strings, which a comparison has none of.
    let mut text = serde_json::to_string_pretty(comparison).unwrap_or_default();
    text.push('\n');
    text
}

/// JSON Schema (draft 2020-12) of [`comparison_json`]; published as `schema/comparison-1.schema.json`.
pub fn comparison_schema() -> String {
    let mut schema = schemars::schema_for!(Comparison);
    schema.insert("title".into(), "Touchstone comparison".into());
    format!("{:#}\n", schema.as_value())
}
