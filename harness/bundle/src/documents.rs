//! Every document of a run, as bytes: the same journal gives the same bytes.

use std::path::Path;
use touchstone_assess::Assessment;
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_reports::{Source, oscal};
use touchstone_runner::journal::{EVIDENCE, INPUTS};

/// A document by its file name in the run's folder. It is written when it is asked for: those of a large run are large.
pub struct Document<'a> {
    /// File name.
    pub name: &'static str,
    write: Box<dyn FnOnce() -> String + Send + 'a>,
}

impl Document<'_> {
    /// What is in it.
    pub fn content(self) -> Vec<u8> {
        (self.write)().into_bytes()
    }
}

/// File name of the document for people.
pub const PAGE: &str = "report.html";

/// File name of the run model as a whole.
pub const WHOLE: &str = "report.json";

/// File name of the operator's score that was attached to a run.
pub const ASSESSMENT: &str = "assessment.json";

/// All documents of the run in `folder`; the one for people opens in `lang`.
pub fn documents<'a>(folder: &'a Path, run: &'a Run, lang: Lang) -> Vec<Document<'a>> {
    fn document<'a>(name: &'static str, write: impl FnOnce() -> String + Send + 'a) -> Document<'a> {
        Document { name, write: Box::new(write) }
    }
    let html = move || {
        let assessment = assessment(folder);
        let source = Source { run, evidence: &|digest| evidence(folder, digest), assessment: assessment.as_ref() };
        touchstone_reports::html(source, lang)
    };
    let mut documents = vec![
        document(PAGE, html),
        document(WHOLE, || touchstone_reports::json(run)),
        document("junit.xml", || touchstone_reports::junit(run)),
        document("ctrf.json", || touchstone_reports::ctrf(run)),
        document(oscal::PLAN, || oscal::plan(run)),
        document(oscal::RESULTS, || oscal::results(run)),
    ];
    // Where nothing is to be rectified there is no plan for it.
    documents.extend(oscal::has_poam(run).then(|| document(oscal::POAM, || oscal::poam(run).unwrap_or_default())));
    documents
}

/// The score that was attached to the run in `folder`, else the one that decided clauses in it; none where there is none that
/// can be read.
pub fn assessment(folder: &Path) -> Option<Assessment> {
    let read = |path: std::path::PathBuf| std::fs::read(path).ok();
    let content = read(folder.join(ASSESSMENT)).or_else(|| read(folder.join(INPUTS).join(ASSESSMENT)))?;
    serde_json::from_slice(&content).ok()
}

/// Evidence by its hash; only content that still has that hash.
pub fn evidence(folder: &Path, digest: &Digest) -> Option<Vec<u8>> {
    let content = std::fs::read(folder.join(EVIDENCE).join(&digest.0)).ok()?;
    (&Digest::of(&content) == digest).then_some(content)
}
