//! The in-toto statement about a run: predicate test-result v0.1 (in-toto/attestation, spec/predicates/test-result.md).

use crate::verdict_map;
use serde_json::{Value, json};
use touchstone_model::plan::Vouched;
use touchstone_model::run::Run;

/// A file that the statement is about.
pub struct Subject {
    /// File name.
    pub name: String,
    /// Algorithm and digest in hexadecimal.
    pub digests: Vec<(&'static str, String)>,
}

/// The statement as one line of plain ASCII without an end of line: a shell can take its length and print it unchanged.
pub fn statement(run: &Run, subjects: &[Subject]) -> String {
    let subject = |subject: &Subject| {
        let digest: serde_json::Map<String, Value> =
            subject.digests.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        json!({ "name": subject.name, "digest": digest })
    };
    let mut tests = json!({});
    for list in ["passedTests", "failedTests"] {
        let of_list = run.checks.iter().filter(|check| verdict_map::in_toto(&check.verdict) == Some(list));
        tests[list] = of_list.map(|check| Value::from(check.item.clone())).collect();
    }
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects.iter().map(subject).collect::<Vec<_>>(),
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": verdict_map::in_toto_result(run.conclusion),
            "configuration": configuration(run),
            "passedTests": tests["passedTests"],
            "failedTests": tests["failedTests"],
        },
    });
    ascii(&statement.to_string())
}

/// What the run was made from: the files of the suite, and the components.
fn configuration(run: &Run) -> Vec<Value> {
    let files = run.inputs.iter().map(|input| json!({ "name": input.name, "digest": { "sha256": input.sha256 } }));
    let plugins = run.plan.plugins.iter().map(|plugin| {
        let by = match &plugin.vouched {
            Vouched::Signed { by, key, .. } => format!("{by} ({key})"),
            Vouched::Nobody { .. } => "nobody".to_owned(),
        };
        json!({
            "name": format!("{}.wasm", plugin.name),
            "digest": { "sha256": plugin.sha256 },
            "annotations": { "version": plugin.version, "signed-by": by },
        })
    });
    files.chain(plugins).collect()
}

fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}
