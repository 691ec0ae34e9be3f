//! The document in type, by tools of others: qpdf and poppler look at what touchstone-pdf made of the same chapters as the page.
#![forbid(unsafe_code)]

mod common;

use common::Built;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use touchstone_model::text::Lang;
use touchstone_reports::{Source, json, pdf_input};

fn input(built: &Built, lang: Lang) -> String {
    pdf_input(Source { run: &built.run, evidence: &|digest| built.blobs.get(digest).cloned(), assessment: None }, lang)
}

/// The typesetter: as named, or beside what is tested; none where it was not built (ci/pdf builds it, ci/test calls that).
fn typesetter() -> Option<PathBuf> {
    let named = std::env::var_os("TOUCHSTONE_PDF").map(PathBuf::from);
    let here = std::env::current_exe().expect("a program");
    let found = named.or_else(|| here.ancestors().map(|f| f.join("touchstone-pdf")).find(|path| path.is_file()));
    if found.is_none() {
        eprintln!("\n*** NOT TRIED: touchstone-pdf is not built (ci/pdf). ***\n");
    }
    found
}

/// What the program answers: its exit code, standard output, standard error.
fn set(program: &Path, input: &str, fonts: Option<&Path>) -> (Option<i32>, Vec<u8>, String) {
    let mut command = Command::new(program);
    command.envs(fonts.map(|folder| ("TOUCHSTONE_FONTS", folder)));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let (mut stdin, text) = (child.stdin.take().expect("a pipe"), input.to_owned());
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let _ = writer.join();
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn tool(name: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(name).args(arguments).arg(file).output().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Text as pdftotext gives it, without white space and places where words may be broken.
fn text(file: &Path) -> String {
    let output = Command::new("pdftotext").arg("-raw").arg(file).arg("-").output().expect("pdftotext");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

#[test]
fn it_is_the_document_archived_for_years() {
    let Some(program) = typesetter() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (built, lang) in [(common::everything(), Lang::Zh), (common::plain(), Lang::En)] {
        let input = input(&built, lang);
        let (code, pdf, said) = set(&program, &input, None);
        assert_eq!(code, Some(0), "{said}");
        assert!(set(&program, &input, None).1 == pdf, "the same input gives the same bytes");
        let file = folder.path().join("report.pdf");
        std::fs::write(&file, &pdf).expect("written");

        // Sound, and what it says it is: the very report attached as its source.
        assert!(tool("qpdf", &["--check"], &file).contains("No syntax or stream encoding errors"));
        let attached = tool("qpdf", &["--show-attachment=report.json"], &file);
        assert!(attached == json(&built.run), "the attachment is report.json");
        let objects = tool("qpdf", &["--json", "--json-stream-data=none"], &file);
        for part in ["/GTS_PDFA1", "/AFRelationship\": \"/Source", "/OutputIntents", "/Metadata", "/StructTreeRoot"] {
            assert!(objects.contains(part), "{part}");
        }
        let metadata = tool("pdfinfo", &["-meta"], &file);
        for part in ["<pdfaid:part>3</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>"] {
            assert!(metadata.contains(part), "{metadata}");
        }
        // Two lines of heading, then one a font: name, type, encoding, emb, sub, uni.
        let fonts = tool("pdffonts", &[], &file);
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.contains(" yes yes yes ")), "{fonts}");

        // Its words can be copied, in the order of the chapters, and every clause is there.
        let words = text(&file);
        let data: serde_json::Value = serde_json::from_str(&input).expect("JSON");
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let mut rest = words.as_str();
        let begin = rest.find(&squeeze(data["words"]["attached"].as_str().expect("text"))).expect("the cover's end");
        rest = &rest[begin..];
        for chapter in data["chapters"].as_array().expect("chapters") {
            let title = squeeze(chapter["title"].as_str().expect("a title"));
            let at = rest.find(&title).unwrap_or_else(|| panic!("{title}"));
            rest = &rest[at + title.len()..];
        }
        for result in built.run.clauses.iter().filter(|result| result.selected) {
            assert!(words.contains(&result.clause), "{}", result.clause);
        }
        for piece in built.run.checks.iter().flat_map(|c| &c.observations).flat_map(|o| &o.evidence) {
            assert!(words.contains(&piece.sha256.0), "{}", piece.sha256.0);
        }
        assert!(words.contains(&squeeze(built.run.conclusion.words().get(lang))));
    }
}

/// The chapters are those of the page, whatever the language.
#[test]
fn it_has_the_chapters_of_the_page() {
    let built = common::everything();
    let page = touchstone_reports::html(Source { run: &built.run, evidence: &|_| None, assessment: None }, Lang::Zh);
    for lang in [Lang::Zh, Lang::En] {
        let data: serde_json::Value = serde_json::from_str(&input(&built, lang)).expect("JSON");
        let mut rest = page.as_str();
        for chapter in data["chapters"].as_array().expect("chapters") {
            let tag = format!("<section class=\"chapter\" id=\"{}\">", chapter["id"].as_str().expect("an id"));
            rest = &rest[rest.find(&tag).unwrap_or_else(|| panic!("{tag}"))..];
            let heading = &rest[..rest.find("</h2>").expect("a heading")];
            assert!(heading.contains(chapter["title"].as_str().expect("a title")), "{heading}");
        }
    }
}

#[test]
fn bad_input_is_told() {
    let Some(program) = typesetter() else { return };
    for wrong in ["", "{", "[]", "{\"at\": \"never\"}", "{\"at\": \"2026-11-24T01:02:03Z\", \"attachment\": \"x\"}"] {
        let (code, pdf, said) = set(&program, wrong, None);
        assert_eq!(code, Some(1), "{wrong}: {said}");
        assert!(pdf.is_empty() && said.starts_with("touchstone-pdf: "), "{said}");
    }
}
