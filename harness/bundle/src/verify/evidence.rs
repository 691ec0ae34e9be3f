//! Evidence against the hashes by which the journal knows it.

use super::{Findings, Weight};
use crate::folder::Listing;
use std::collections::BTreeSet;
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::event::{Entry, Event};
use touchstone_runner::journal::{EVIDENCE, FILE};

/// Looks at every piece; returns the files that belong to the run.
pub(super) fn look(folder: &Path, entries: &[(usize, Entry)], listing: &Listing, findings: &mut Findings) -> Vec<String> {
    let mut known = BTreeSet::new();
    for (line, entry) in entries {
        let Event::Observed { observation, .. } = &entry.event else { continue };
        for piece in &observation.evidence {
            let mut wrong = |file: &str, zh: &str, en: &str| {
                let name = &piece.name;
                findings.add(
                    Weight::Altered,
                    file,
                    Some(*line),
                    format!("证据 {name} {zh}"),
                    format!("the evidence {name} {en}"),
                );
            };
            if let Some(text) = &piece.inline {
                if Digest::of(text) != piece.sha256 || text.len() as u64 != piece.size {
                    wrong(FILE, "与其哈希或长度不符", "does not fit its hash or size");
                }
                continue;
            }
            let hex = piece.sha256.0.len() == 64 && piece.sha256.0.bytes().all(|b| b.is_ascii_hexdigit());
            if !hex {
                wrong(FILE, "没有可用的哈希", "has no usable hash");
                continue;
            }
            let file = format!("{EVIDENCE}/{}", piece.sha256);
            if !known.insert(file.clone()) {
                continue;
            }
            match std::fs::read(folder.join(&file)) {
                Ok(content) if Digest::of(&content) == piece.sha256 && content.len() as u64 == piece.size => {}
                Ok(_) => findings.altered(
                    &file,
                    format!("内容已改变（由 {FILE}:{line} 引用）"),
                    format!("its content was changed ({FILE}:{line} refers to it)"),
                ),
                Err(error) => findings.altered(
                    &file,
                    format!("缺失（由 {FILE}:{line} 引用）：{error}"),
                    format!("is missing ({FILE}:{line} refers to it): {error}"),
                ),
            }
        }
    }
    // What a crash left before its line was written: told, but nobody's doing.
    let stopped = entries.iter().any(|(_, e)| matches!(e.event, Event::RunResumed { .. }))
        || !entries.iter().any(|(_, e)| matches!(e.event, Event::RunFinished { .. }));
    if stopped {
        let unused = listing.files.keys().filter(|file| file.starts_with(EVIDENCE) && !known.contains(*file));
        let left: Vec<String> = unused.filter(|file| is_left(folder, file)).cloned().collect();
        for file in &left {
            let (zh, en) =
                ("日志未引用：运行被中断时留下的", "nothing in the journal refers to it: left when the run was stopped");
            findings.add(Weight::Note, file, None, zh, en);
        }
        known.extend(left);
    }
    known.into_iter().collect()
}

/// Whether it could have been left by the writer itself: whole under its hash, or still under its passing name.
fn is_left(folder: &Path, file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default();
    match name.strip_prefix('.') {
        Some(_) => true,
        None => std::fs::read(folder.join(file)).is_ok_and(|content| Digest::of(&content).0 == name),
    }
}
