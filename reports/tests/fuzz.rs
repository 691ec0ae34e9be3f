//! Runs whose every text was written by somebody who wants to get into the report.
#![forbid(unsafe_code)]

mod common;

use touchstone_fuzz::fuzz;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_reports::Source;

/// Reports as they are made of a run's JSON: no text of the run becomes markup.
#[test]
fn fuzz_no_text_becomes_markup() {
    let run = common::everything().run;
    let honest = touchstone_reports::json(&run);
    let words = [
        "<script>alert(1)</script>",
        "]]>",
        "&lt;",
        "\"><img src=x onerror=alert(1)>",
        "\\u0000",
        "\\u202e",
        "</title>",
        "'",
        "\"",
    ];
    fuzz(&[], &words, |input| {
        // The input replaces one text that is sure to be shown.
        let text = String::from_utf8_lossy(input).into_owned();
        let mut value: serde_json::Value = serde_json::from_str(&honest).expect("JSON");
        for pointer in
            ["/plan/suite_title/en", "/checks/0/observations/0/act", "/checks/0/reports/0/actual", "/plan/targets/0/access"]
        {
            if let Some(place) = value.pointer_mut(pointer) {
                *place = text.clone().into();
            }
        }
        let Ok(run) = serde_json::from_value::<Run>(value) else { return 0 };
        let page = touchstone_reports::html(Source { run: &run, evidence: &|_| None, assessment: None }, Lang::En);
        for markup in ["<script>alert(1)", "<img src=x"] {
            assert!(!page.contains(markup), "{text}");
        }
        page.len() % 7
    });
}
