//! The document in type. The typesetter is a program of its own: where it or its fonts are missing, everything else is still made.

use crate::documents::{assessment, evidence};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use touchstone_model::run::Run;
use touchstone_model::text::{Lang, Text};
use touchstone_reports::Source;

/// File name of the document in type.
pub const PDF: &str = "report.pdf";
const PROGRAM: &str = "touchstone-pdf";
/// Names the program where it lies elsewhere.
const VARIABLE: &str = "TOUCHSTONE_PDF";

/// The document of the run in `folder` as PDF/A-3b with report.json attached, or why it can't be had and what to do.
pub fn pdf(folder: &Path, run: &Run, lang: Lang) -> Result<Vec<u8>, Text> {
    let assessment = assessment(folder);
    let source = Source { run, evidence: &|digest| evidence(folder, digest), assessment: assessment.as_ref() };
    let input = touchstone_reports::pdf_input(source, lang);
    let program = program();
    let mut child =
        Command::new(&program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| {
            let shown = program.display();
            Text::new(
                format!("无法生成 PDF：{shown}：{error}。请构建排版程序（ci/pdf），或用 {VARIABLE} 指明其路径"),
                format!("no PDF: {shown}: {error}. Build the typesetter (ci/pdf), or name it in {VARIABLE}"),
            )
        })?;
    let mut stdin = child.stdin.take();
    // It reads everything before it writes anything; where it ends early its own words say why.
    let writer = std::thread::spawn(move || stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().map_err(|error| Text::new(error.to_string(), error.to_string()))?;
    let _ = writer.join();
    if output.status.success() && output.stdout.starts_with(b"%PDF-") {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    Err(Text::new(format!("无法生成 PDF（{}）：{said}", output.status), format!("no PDF ({}): {said}", output.status)))
}

/// As named, else beside this program, else whatever the path has.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return PathBuf::from(named);
    }
    let here = std::env::current_exe().ok();
    // Tests lie one folder deeper.
    let near = here.iter().flat_map(|here| here.ancestors().skip(1).take(2)).map(|folder| folder.join(PROGRAM));
    near.into_iter().find(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(PROGRAM))
}
