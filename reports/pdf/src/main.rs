//! Sets an acceptance document in type: JSON on standard input (made by touchstone-reports), PDF/A-3b on standard output.
//!
//! A program of its own, so that a typesetter is no part of what tests a platform. It reads no file but fonts, knows no time but
//! what it is given, and writes the same bytes for the same input and the same fonts.
#![forbid(unsafe_code)]

mod fonts;
mod text;
mod world;

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// Fonts are missing; every other failure is 1.
const NO_FONTS: u8 = 4;

fn main() -> ExitCode {
    let mut input = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut input) {
        return failed(1, &format!("standard input: {error}"));
    }
    let data = match serde_json::from_slice(&input) {
        Ok(data) => data,
        Err(error) => return failed(1, &format!("standard input is no document: {error}")),
    };
    let fonts = match fonts::load() {
        Ok(fonts) => fonts,
        Err(missing) => return failed(NO_FONTS, &missing),
    };
    match set(data, fonts) {
        Ok(pdf) => match std::io::stdout().write_all(&pdf) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(1, &format!("standard output: {error}")),
        },
        Err(why) => failed(1, &why),
    }
}

fn failed(code: u8, why: &str) -> ExitCode {
    eprintln!("touchstone-pdf: {why}");
    ExitCode::from(code)
}

fn set(mut data: Value, fonts: Vec<typst::text::Font>) -> Result<Vec<u8>, String> {
    let at = moment(data["at"].as_str().unwrap_or_default()).ok_or("the document has no date")?;
    let ident = format!("{} {} {}", data["run"], data["head"], data["lang"]);
    let attachment = data["attachment"].take();
    let attachment = attachment.as_str().ok_or("the document has nothing to attach")?.to_owned();
    text::prepare(&mut data, &fonts);
    data["fonts"] = fonts::families(&fonts).into();
    let world = world::World::new(fonts, data.to_string(), attachment);
    let messages = |errors: &[typst::diag::SourceDiagnostic]| {
        errors.iter().map(|error| error.message.to_string()).collect::<Vec<_>>().join("; ")
    };
    let document = typst::compile::<PagedDocument>(&world).output.map_err(|errors| messages(&errors))?;
    let options = PdfOptions {
        ident: Smart::Custom(ident),
        creator: Smart::Custom(Some("Touchstone".to_owned())),
        timestamp: Some(Timestamp::new_utc(at)),
        standards: PdfStandards::new(&[PdfStandard::A_3b]).map_err(|error| error.message().to_string())?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| messages(&errors))
}

/// RFC 3339 in UTC.
fn moment(text: &str) -> Option<Datetime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u8>().ok();
    let year = text.get(..4)?.parse().ok()?;
    Datetime::from_ymd_hms(year, number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?, number(17, 19)?)
}
