//! `touchstone report`

use crate::args::{FormatArg, ReportArgs};
use crate::bundle;
use crate::exit::Exit;
use crate::failure::Failure;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use touchstone_assess::Assessment;
use touchstone_bundle::ASSESSMENT;
use touchstone_model::text::Lang;
use touchstone_reports::Source;

/// Writes the documents again, or one of them to standard output.
pub fn run(args: &ReportArgs, lang: Lang) -> Result<Exit, Failure> {
    let (_, run) = bundle::load(&args.run)?;
    if let Some(path) = &args.assessment {
        attach(path, &args.run)?;
    }
    match args.format {
        Some(FormatArg::Terminal) => print!("{}", crate::terminal::summary(&run, lang)),
        Some(FormatArg::Json) => println!("{}", touchstone_reports::json(&run)),
        Some(FormatArg::Ctrf) => print!("{}", touchstone_reports::ctrf(&run)),
        Some(FormatArg::Junit) => println!("{}", touchstone_reports::junit(&run)),
        Some(FormatArg::Html) => {
            let assessment = touchstone_bundle::assessment(&args.run);
            let evidence = |digest: &_| touchstone_bundle::evidence(&args.run, digest);
            let source = Source { run: &run, evidence: &evidence, assessment: assessment.as_ref() };
            println!("{}", touchstone_reports::html(source, lang));
        }
        Some(FormatArg::Pdf) => {
            if std::io::stdout().is_terminal() {
                return Err(Failure::usage(
                    "PDF 是二进制内容：请重定向到文件，例如 > report.pdf",
                    "a PDF is no text: redirect it to a file (> report.pdf)",
                ));
            }
            let pdf = touchstone_bundle::pdf(&args.run, &run, lang).map_err(|why| Failure::Said(Exit::Broken, why))?;
            std::io::stdout().write_all(&pdf).map_err(Failure::broken)?;
        }
        None => {
            let html = bundle::write_documents(&args.run, &run, lang)?;
            println!("{}: {}", lang.pick("报告", "report"), html.display());
        }
    }
    Ok(Exit::Accepted)
}

/// Puts a score beside the run, so that its documents and its bundle hold it.
fn attach(path: &Path, folder: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let content = std::fs::read(path).map_err(|error| Failure::broken(format!("{shown}: {error}")))?;
    if let Err(error) = serde_json::from_slice::<Assessment>(&content) {
        return Err(Failure::usage(
            format!("{shown} 不是 touchstone assess --out 写出的 assessment.json：{error}"),
            format!("{shown} is no assessment.json as touchstone assess --out writes it: {error}"),
        ));
    }
    bundle::write(&folder.join(ASSESSMENT), &content)
}
