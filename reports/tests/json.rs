//! The JSON is what its schema says, and comes back as the run it was.
#![forbid(unsafe_code)]

mod common;

use touchstone_model::run::Run;
use touchstone_reports::{json, json_schema};

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/run-1.schema.json");

#[test]
fn published_schema_is_that_of_the_model() {
    let schema = json_schema();
    if std::env::var_os("TOUCHSTONE_BLESS").is_some() {
        std::fs::write(PUBLISHED, &schema).expect("the schema can be written");
    }
    let published = std::fs::read_to_string(PUBLISHED).unwrap_or_default();
    assert!(
        published == schema,
        "schema/run-1.schema.json is not that of the model. If the format was meant to change (a change that breaks \
         readers needs a new number in touchstone_model::run::SCHEMA), renew it: \
         TOUCHSTONE_BLESS=1 cargo test -p touchstone-reports --test json"
    );
}

#[test]
fn every_run_fits_the_schema_and_reads_back() {
    let run = common::everything().run;
    let text = json(&run);
    assert_eq!(text, json(&run), "the same run gives the same bytes");
    let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<String> = validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(serde_json::from_value::<Run>(value).expect("it is a run"), run);
}

#[test]
fn the_schema_refuses_what_is_no_run() {
    let mut value: serde_json::Value = serde_json::from_str(&json(&common::everything().run)).expect("it is JSON");
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).expect("the schema is JSON");
    value["checks"][0]["verdict"]["verdict"] = "passed".into();
    assert!(!jsonschema::is_valid(&schema, &value));
}
