//! Writes each report of a made-up run into a folder: `cargo run -p touchstone-reports --example sample -- FOLDER [CHECKS]`.
#![forbid(unsafe_code)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;
use touchstone_model::text::Lang;
use touchstone_reports::{Options, Source, html, json, junit, pdf_input, terminal};

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let Some(folder) = args.next() else {
        eprintln!("usage: sample FOLDER [CHECKS]");
        std::process::exit(2);
    };
    let built = match args.next().and_then(|n| n.parse().ok()) {
        Some(checks) => common::many(checks, 10_000),
        None => common::everything(),
    };
    let folder = std::path::Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let find = |digest: &_| built.blobs.get(digest).cloned();
    let write = |name: &str, make: &dyn Fn() -> String| {
        let begin = Instant::now();
        let text = make();
        println!("{name}: {} bytes in {:?}", text.len(), begin.elapsed());
        std::fs::write(folder.join(name), text)
    };
    let source = Source { run: &built.run, evidence: &find, assessment: None };
    write("report.html", &|| html(source, Lang::Zh))?;
    write("pdf-input.zh.json", &|| pdf_input(source, Lang::Zh))?;
    write("pdf-input.en.json", &|| pdf_input(source, Lang::En))?;
    write("report.json", &|| json(&built.run))?;
    write("junit.xml", &|| junit(&built.run))?;
    for lang in [Lang::Zh, Lang::En] {
        let name = format!("{lang:?}.txt");
        write(&name, &|| terminal(&built.run, &Options { lang, color: false, width: 100 }))?;
    }
    Ok(())
}
