//! The documents against those that the journal yields, and what lies in the folder besides.

use super::chain::Chain;
use super::{Findings, Weight};
use crate::documents::{ASSESSMENT, WHOLE, assessment, documents as yielded};
use crate::folder::Listing;
use crate::pdf::PDF;
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::event::Event;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_runner::journal::FILE;

/// Of this machine only, and no part of what the run says: where `resume` finds the originals.
const ORIGIN: &str = "origin.json";

/// Compares every document; returns the names that belong to the run.
pub(super) fn documents(folder: &Path, run: &Run, chain: &Chain, findings: &mut Findings) -> Vec<String> {
    let unfinished = run.finished.is_none() || run.interrupted;
    let earlier = earlier_report(folder, chain);
    // A run that was killed left no documents, or those of a stop before; others tell of an end that the journal lacks.
    let weight = if folder.join(WHOLE).exists() && !earlier { Weight::Altered } else { Weight::Open };
    if chain.torn {
        findings.add(
            weight,
            FILE,
            Some(chain.hashes.len() + 1),
            "末行不完整：写到一半时中断，或被截断",
            "its last line has no end: it was stopped while writing, or cut off",
        );
    }
    if unfinished {
        let last = chain.entries.last().map(|(line, _)| *line);
        findings.add(
            if run.finished.is_some() { Weight::Open } else { weight },
            FILE,
            last,
            "运行没有完成：被中断，或其后的记录被截去；用 touchstone resume 接续",
            "the run is not finished: it was stopped, or what followed was cut off (touchstone resume goes on with it)",
        );
    }
    if run.tool != env!("CARGO_PKG_VERSION") {
        let tool = &run.tool;
        findings.add(
            Weight::Note,
            FILE,
            None,
            format!("由 {tool} 版写成：本版不比对其文档"),
            format!("was written by version {tool}: this one does not compare its documents"),
        );
        let mut names: Vec<String> =
            yielded(folder, run, Lang::En).into_iter().map(|document| document.name.to_owned()).collect();
        names.extend(attached(folder, findings));
        return names;
    }
    let mut names: Vec<String> = Vec::new();
    for (zh, en) in yielded(folder, run, Lang::Zh).into_iter().zip(yielded(folder, run, Lang::En)) {
        let name = zh.name;
        names.push(name.to_owned());
        let found = std::fs::read(folder.join(name));
        if found.as_ref().is_ok_and(|found| *found == zh.content() || *found == en.content()) {
            continue;
        }
        match found {
            // Written when the run was stopped before; it has gone on since.
            Ok(_) if unfinished && earlier => findings.add(
                Weight::Open,
                name,
                None,
                "写于此前一次中断，已过时",
                "was written when the run was stopped before, and is out of date",
            ),
            Ok(_) => findings.altered(name, "与日志所得不同：被改动过", "is not what the journal yields: it was changed"),
            Err(_) if unfinished => {}
            Err(_) => findings.add(
                Weight::Open,
                name,
                None,
                "缺失；touchstone report 可重新生成",
                "is missing; touchstone report writes it again",
            ),
        }
    }
    names.extend(attached(folder, findings));
    names
}

/// What does not follow from the journal alone and may lie there all the same.
fn attached(folder: &Path, findings: &mut Findings) -> Vec<String> {
    let mut names = Vec::new();
    if folder.join(PDF).exists() {
        names.push(PDF.to_owned());
        findings.add(
            Weight::Note,
            PDF,
            None,
            "不与日志比对（随字体而异）：只受交付包签名保护；所附 report.json 可与包中同名文件比对",
            "is not compared with the journal, for it depends on fonts: only a bundle's signatures protect it; the report.json that is \
             attached to it can be compared with the one beside it",
        );
    }
    if folder.join(ASSESSMENT).exists() {
        names.push(ASSESSMENT.to_owned());
        match assessment(folder) {
            Some(_) => findings.add(
                Weight::Note,
                ASSESSMENT,
                None,
                "所附评分不由日志得出：只受交付包签名保护",
                "the score that is attached does not follow from the journal: only a bundle's signatures protect it",
            ),
            None => findings.altered(ASSESSMENT, "不是可读的评分", "is no score that can be read"),
        }
    }
    names
}

/// Whether the report tells of a moment at which this journal had been stopped.
fn earlier_report(folder: &Path, chain: &Chain) -> bool {
    let report = std::fs::read(folder.join(WHOLE)).ok();
    let report = report.and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok());
    let Some(head) = report.and_then(|r| r["journal_head"].as_str().map(|head| Digest(head.to_owned()))) else { return false };
    let stops = chain.entries.iter().filter(|(_, e)| matches!(e.event, Event::RunFinished { interrupted: true }));
    stops.filter_map(|(line, _)| chain.hashes.get(line - 1)).any(|hash| *hash == head)
}

/// Names whatever does not belong to the run.
pub(super) fn files(_folder: &Path, listing: &Listing, expected: &[String], findings: &mut Findings) {
    for name in &listing.odd {
        findings.altered(name, "不是普通文件（如链接）", "is no plain file (a link, say)");
    }
    for name in listing.files.keys() {
        if name != ORIGIN && !expected.contains(name) {
            findings.altered(name, "不属于这次运行", "does not belong to the run");
        }
    }
}
