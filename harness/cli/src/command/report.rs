//! `touchstone report`

use crate::args::{FormatArg, ReportArgs};
use crate::bundle;
use crate::exit::Exit;
use crate::failure::Failure;
use touchstone_model::text::Lang;

/// Writes the documents again, or one of them to standard output.
pub fn run(args: &ReportArgs, lang: Lang) -> Result<Exit, Failure> {
    let (_, run) = bundle::load(&args.run)?;
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
