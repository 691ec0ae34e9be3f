//! How old was what a read saw?

use super::milliseconds;
use crate::bank::Found;
use crate::format::{History, Outcome, SessionAct, line};
use crate::verdict::Report;
use std::collections::HashMap;
use touchstone_model::text::Text;

/// Staleness of every read that was behind, in nanoseconds, with its line and key.
pub(super) struct Staleness {
    reads: usize,
    behind: Vec<(u64, usize, u64)>,
}

/// A read is as stale as the time from the acknowledgement of the first version that it missed to its own start.
pub(super) fn measure(history: &History<SessionAct>) -> Staleness {
    // Of each key: version and acknowledgement, ascending.
    let mut versions: HashMap<u64, Vec<(u64, u64)>> = HashMap::new();
    for operation in history.operations.iter().filter(|o| o.outcome == Outcome::Ok) {
        if let SessionAct::Write(key, version) = operation.act {
            versions.entry(key).or_default().push((version, operation.end));
        }
    }
    versions.values_mut().for_each(|of_key| of_key.sort_unstable());
    let mut told = Staleness { reads: 0, behind: Vec::new() };
    for (index, operation) in history.operations.iter().enumerate().filter(|(_, o)| o.outcome == Outcome::Ok) {
        let SessionAct::Read(seen) = &operation.act else { continue };
        for (key, version) in seen {
            told.reads += 1;
            let Some(of_key) = versions.get(key) else { continue };
            let newer = of_key.partition_point(|(known, _)| known <= version);
            if let Some((_, acknowledged)) = of_key.get(newer).filter(|(_, end)| *end < operation.start) {
                told.behind.push((operation.start - acknowledged, line(index), *key));
            }
        }
    }
    told
}

impl Staleness {
    pub(super) fn tell(mut self, promised_ms: Option<u64>, report: &mut Report) {
        self.behind.sort_unstable_by(|a, b| b.cmp(a));
        report.figure("stale_reads", self.behind.len());
        report.figure("staleness_max_ms", milliseconds(self.behind.first().map_or(0, |worst| worst.0)));
        // Over all reads: those that were not behind count as 0.
        let rank = self.reads - (self.reads * 95).div_ceil(100);
        report.figure("staleness_p95_ms", milliseconds(self.behind.get(rank).map_or(0, |at| at.0)));
        let mut found = Found::default();
        for (staleness, line, key) in &self.behind {
            let ms = milliseconds(*staleness);
            let limit = promised_ms.unwrap_or(0);
            if *staleness / 1_000_000 >= limit && *staleness > limit.saturating_mul(1_000_000) {
                found.add(|| {
                    Text::new(
                        format!("第 {line} 行读取键 {key} 落后 {ms:.3} ms"),
                        format!("the read of key {key} in line {line} was {ms:.3} ms behind"),
                    )
                });
            }
        }
        let (zh, en) = ("读到的内容比承诺的更旧", "what was read was older than promised");
        report.find(found.finding_if(promised_ms.is_some(), "stale", zh, en));
    }
}
