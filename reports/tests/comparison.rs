//! Two runs side by side in every form: the schema is the one published, each change is told, and what targets say cannot act.
#![forbid(unsafe_code)]

mod common;

use serde_json::Value;
use touchstone_model::compare::{Comparison, Snapshot, State, compare};
use touchstone_model::text::Lang;
use touchstone_reports::{Options, comparison_html, comparison_json, comparison_schema, comparison_terminal};

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/comparison-1.schema.json");

fn sample() -> Comparison {
    let after = Snapshot::of(&common::everything().run);
    let mut before = after.clone();
    before.side.run = "before\u{1b}[31m".to_owned();
    for check in &mut before.checks {
        check.state = match check.state {
            State::Met => State::Unmet,
            State::Unmet | State::Open => State::Met,
            other => other,
        };
    }
    if let Some(survey) = before.environment.first_mut() {
        survey.facts.insert("kernel".to_owned(), common::HOSTILE.to_owned());
    }
    before.side.suite_sha256 = touchstone_model::digest::Digest::of("another");
    compare(&before, &after, &[])
}

#[test]
fn published_schema_is_that_of_the_model_and_every_comparison_fits_it() {
    let schema = comparison_schema();
    if std::env::var_os("TOUCHSTONE_BLESS").is_some() {
        std::fs::write(PUBLISHED, &schema).expect("the schema can be written");
    }
    assert!(
        std::fs::read_to_string(PUBLISHED).unwrap_or_default() == schema,
        "schema/comparison-1.schema.json is not that of the model. If the format was meant to change, renew it: \
         TOUCHSTONE_BLESS=1 cargo test -p touchstone-reports --test comparison"
    );
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let comparison = sample();
    let value: Value = serde_json::from_str(&comparison_json(&comparison)).expect("JSON");
    let errors: Vec<String> = validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(serde_json::from_value::<Comparison>(value.clone()).expect("it is a comparison"), comparison);
    let mut broken = value;
    broken["checks"]["changed"][0]["change"] = "fine".into();
    assert!(!validator.is_valid(&broken), "the schema is really looked at");
}

#[test]
fn every_change_is_told_in_both_languages_and_nothing_acts() {
    let comparison = sample();
    assert!(comparison.worse);
    for lang in [Lang::Zh, Lang::En] {
        let page = comparison_html(&comparison, lang);
        let terminal = comparison_terminal(&comparison, &Options { lang, color: false, width: 100 });
        for changed in &comparison.checks.changed {
            let id = changed.id.split('@').next().expect("a check");
            if id.contains('<') {
                continue; // Shown as what it is, which the last lines look at.
            }
            assert!(page.contains(id) && terminal.contains(id), "{id}");
            assert!(terminal.contains(changed.change.words().get(lang)), "{:?}", changed.change);
        }
        assert!(!page.contains("<img src=x") && !terminal.contains('\u{1b}'));
        assert!(terminal.contains(lang.pick("结论  变差", "Conclusion  worse")), "{terminal}");
    }
    let same = Snapshot::of(&common::everything().run);
    let same = compare(&same, &same, &[]);
    assert!(!same.worse && same.environment.is_empty());
    let terminal = comparison_terminal(&same, &Options { lang: Lang::En, color: false, width: 100 });
    assert!(terminal.contains("not worse"), "{terminal}");
}
