//! Histories that no load generator wrote.
#![forbid(unsafe_code)]

use touchstone_fuzz::fuzz;
use touchstone_history::check::check;

/// Of every kind there is one among the seeds; whatever is read is judged, or refused with the line.
#[test]
fn fuzz_histories() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let files = std::fs::read_dir(folder).expect("examples").flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let seeds: Vec<Vec<u8>> =
        files.map(|path| std::fs::read(path).expect("an example")).filter(|text| text.len() < 4096).collect();
    assert!(seeds.len() > 10, "{}", seeds.len());
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    let words = [
        "\"outcome\":\"ok\"",
        "\"outcome\":\"fail\"",
        "\"outcome\":\"info\"",
        "\"start\":",
        "\"end\":",
        "{\"append\":[1,1]}",
        "{\"r\":[1,[1]]}",
        "{\"operations\":1}",
        "\n",
        "null",
        "-1",
    ];
    fuzz(&seeds, &words, |input| match check(&mut &*input, None) {
        Ok((_, report)) => (format!("{:?}", report.valid), report.findings.len().min(9)),
        Err(error) => (error.to_string().chars().filter(|c| !c.is_ascii_digit()).take(60).collect(), 0),
    });
}
