//! `touchstone report`: a finished run's documents, once more, or with waivers that somebody approved in view of them.

use crate::args::{FormatArg, ReportArgs};
use crate::bundle;
use crate::command::run::{conclude, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use std::path::Path;
use std::sync::Arc;
use touchstone_model::event::Event;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_runner::input::{LoadedWaivers, load_waivers};
use touchstone_runner::journal::{INPUTS, Journal, Stored};

/// Writes the documents again, or one of them to standard output.
pub async fn run(args: &ReportArgs, lang: Lang) -> Result<Exit, Failure> {
    let (stored, run) = bundle::load(&args.run)?;
    if let Some(waivers) = &args.waivers {
        lay(&args.run, &stored, &run, waivers).await?;
        return conclude(&args.run, lang);
    }
    match args.format {
        Some(FormatArg::Terminal) => print!("{}", crate::terminal::summary(&run, lang)),
        Some(FormatArg::Json) => println!("{}", touchstone_reports::json(&run)),
        Some(FormatArg::Ctrf) => print!("{}", touchstone_reports::ctrf(&run)),
        Some(FormatArg::Junit) => println!("{}", touchstone_reports::junit(&run)),
        Some(FormatArg::Html) => {
            println!("{}", touchstone_reports::html(&run, lang, &|digest| touchstone_bundle::evidence(&args.run, digest)));
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
    let (journal, thread) = Journal::resume(folder, stored, Arc::new(|_| {})).map_err(Failure::broken)?;
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
