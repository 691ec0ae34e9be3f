//! `touchstone report`: a finished run's documents, once more, or with waivers that somebody approved in view of them.

use crate::args::{FormatArg, ReportArgs};
use crate::bundle;
use crate::command::run::{conclude, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use touchstone_assess::Assessment;
use touchstone_bundle::ASSESSMENT;
use touchstone_model::event::Event;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_reports::Source;
use touchstone_runner::input::{LoadedWaivers, load_waivers};
use touchstone_runner::journal::{INPUTS, Journal, Stored};

/// Writes the documents again, or one of them to standard output.
pub async fn run(args: &ReportArgs, lang: Lang) -> Result<Exit, Failure> {
    let (stored, run) = bundle::load(&args.run)?;
    if let Some(path) = &args.assessment {
        attach(path, &args.run)?;
    }
    if let Some(waivers) = &args.waivers {
        lay(&args.run, &stored, &run, waivers).await?;
        return conclude(&args.run, lang);
    }
    // The journal as it was read is as large as the run: nothing below asks for it.
    drop(stored);
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

/// Writes them into the journal, behind all that is there, and a copy of their file beside the run's inputs.
async fn lay(folder: &Path, stored: &Stored, run: &Run, file: &Path) -> Result<(), Failure> {
    if touchstone_bundle::verify::is_bundle(folder) {
        return Err(Failure::usage(
            "这是已签名的交付包，不能再改；请对运行目录补上豁免，再重新打包",
            "this is a signed bundle, which nothing may be added to: lay the waivers over the run's folder and bundle it anew",
        ));
    }
    if run.finished.is_none() || run.interrupted {
        let shown = folder.display();
        return Err(Failure::usage(
            format!("该运行尚未完成；请先接续：touchstone resume {shown}"),
            format!("this run is not finished: go on with it first (touchstone resume {shown})"),
        ));
    }
    let LoadedWaivers { waivers, bytes, sha256 } = load_waivers(file, &run.plan.catalogue)?;
    let copy = format!("waivers-{}.toml", stored.entries.len());
    let path = folder.join(INPUTS).join(&copy);
    let (journal, thread) =
        Journal::resume(folder, stored, Arc::new(|_: &touchstone_model::event::Entry| {})).map_err(Failure::broken)?;
    std::fs::create_dir_all(folder.join(INPUTS)).map_err(|e| Failure::broken(format!("{}: {e}", folder.display())))?;
    bundle::write(&path, &bytes)?;
    let laid = journal.durable(Event::WaiversLaid { sha256, waivers, copy: Some(copy) }).await;
    drop(journal);
    thread.join();
    laid.map_err(|error| {
        // Nothing names it.
        let _ = std::fs::remove_file(&path);
        unwritable(error, folder)
    })
}

/// Puts a score beside the run, so that its documents and its bundle hold it.
fn attach(path: &Path, folder: &Path) -> Result<(), Failure> {
    if touchstone_bundle::verify::is_bundle(folder) {
        return Err(Failure::usage(
            "这是已签名的交付包，不能再改；请对运行目录附上评分，再重新打包",
            "this is a signed bundle, which nothing may be added to: attach the score to the run's folder and bundle it anew",
        ));
    }
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
