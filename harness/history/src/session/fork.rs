//! Long fork: two readers that see two independent writes in opposite order.
//!
//! Of reads of the same keys every two must be comparable: one saw no less of any key than the other. A set whose members,
//! ordered by how much they saw, are comparable one after the other is comparable throughout, so sorting is enough.

use crate::bank::Found;
use crate::format::{History, Outcome, SessionAct, line};
use crate::verdict::Report;
use std::collections::BTreeMap;
use touchstone_model::text::Text;

pub(super) fn find(history: &History<SessionAct>, report: &mut Report, promised: bool) -> Found {
    let mut groups: BTreeMap<Vec<u64>, Vec<(Vec<u64>, usize)>> = BTreeMap::new();
    for (index, operation) in history.operations.iter().enumerate().filter(|(_, o)| o.outcome == Outcome::Ok) {
        match &operation.act {
            SessionAct::Read(seen) if seen.len() > 1 => {
                let group = groups.entry(seen.keys().copied().collect()).or_default();
                group.push((seen.values().copied().collect(), line(index)));
            }
            _ => {}
        }
    }
    if promised && groups.values().all(|reads| reads.len() < 2) {
        report.doubt(
            "没有两次对相同多个键的读取，无法判断写入次序是否一致",
            "no two reads saw the same several keys, so whether all see one order cannot be told",
        );
    }
    let mut found = Found::default();
    for (keys, mut reads) in groups {
        reads.sort_by_cached_key(|(versions, line)| (versions.iter().map(|v| u128::from(*v)).sum::<u128>(), *line));
        for two in reads.windows(2) {
            let ((less, one), (more, other)) = (&two[0], &two[1]);
            let Some(key) = less.iter().zip(more).position(|(a, b)| a > b) else { continue };
            let Some(against) = less.iter().zip(more).position(|(a, b)| a < b) else { continue };
            let (x, y) = (keys[key], keys[against]);
            found.add_lines(|| vec![told(*one, x, less[key], y, less[against]), told(*other, x, more[key], y, more[against])]);
        }
    }
    found
}

fn told(line: usize, x: u64, of_x: u64, y: u64, of_y: u64) -> Text {
    Text::new(
        format!("第 {line} 行的读取：键 {x} 为版本 {of_x}，键 {y} 为版本 {of_y}"),
        format!("the read in line {line} saw version {of_x} of key {x} and version {of_y} of key {y}"),
    )
}
