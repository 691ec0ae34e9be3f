//! Every document of a run, as bytes: the same journal gives the same bytes.

use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_reports::oscal;
use touchstone_runner::journal::EVIDENCE;

/// A document and its file name in the run's folder.
pub struct Document {
    /// File name.
    pub name: &'static str,
    /// Content.
    pub content: Vec<u8>,
}

/// All documents of the run in `folder`; the one for people opens in `lang`.
pub fn documents(folder: &Path, run: &Run, lang: Lang) -> Vec<Document> {
    let html = touchstone_reports::html(run, lang, &|digest| evidence(folder, digest));
    let document = |name, text: String| Document { name, content: text.into_bytes() };
    let mut documents = vec![
        document("report.html", html),
        document("report.json", touchstone_reports::json(run)),
        document("junit.xml", touchstone_reports::junit(run)),
        document("ctrf.json", touchstone_reports::ctrf(run)),
        document(oscal::PLAN, oscal::plan(run)),
        document(oscal::RESULTS, oscal::results(run)),
    ];
    // Where nothing is to be rectified there is no plan for it.
    documents.extend(oscal::poam(run).map(|poam| document(oscal::POAM, poam)));
    documents
}

/// Evidence by its hash; only content that still has that hash.
pub fn evidence(folder: &Path, digest: &Digest) -> Option<Vec<u8>> {
    let content = std::fs::read(folder.join(EVIDENCE).join(&digest.0)).ok()?;
    (&Digest::of(&content) == digest).then_some(content)
}
