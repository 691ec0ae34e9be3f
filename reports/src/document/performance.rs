//! What visitors met while something was done to the target: response times and failures over time, as the host measured them.

use super::Paper;
use super::block::{Block, Inline};
use super::plot::{Series, draw};
use crate::link::{anchor, fragment};
use crate::units;
use touchstone_model::digest::Digest;
use touchstone_model::observation::Evidence;
use touchstone_model::text::Text;

/// Name of the evidence that holds such a series: a line per visit, `AT ms #VISITOR TOOK us STATUS WORDS`.
const VISITS: &str = "visits";

impl Paper<'_> {
    pub(super) fn performance(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for pair in &self.view.pairs {
            let pieces = pair.check.observations.iter().flat_map(|seen| &seen.evidence).filter(|piece| piece.name == VISITS);
            for series in pieces.filter_map(|piece| self.series(piece)) {
                let Text { zh, en } = &pair.item.check.title;
                blocks.push(Block::Heading(Text::new(zh, en)));
                blocks.push(Block::Paragraph(vec![
                    Inline::link(fragment(&anchor(&pair.item.key)), pair.item.key.as_str()),
                    Inline::Plain(" ".to_owned()),
                    told(&series),
                ]));
                let what = Text::new(
                    format!("{zh}：响应时间随时间的变化，竖线为失败的访问"),
                    format!("{en}: response time over time; upright lines are failed visits"),
                );
                blocks.push(Block::Drawing(what, draw(&series)));
            }
        }
        blocks.extend(self.loads());
        if blocks.is_empty() {
            blocks.push(Block::say(
                "本次运行没有测得随时间变化的性能或故障切换数据，故无图。",
                "This run measured no performance or failover over time, so there is nothing to draw.",
            ));
        }
        blocks
    }

    fn series(&self, piece: &Evidence) -> Option<Series> {
        let content = match &piece.inline {
            Some(text) => text.clone().into_bytes(),
            None => (self.source.evidence)(&piece.sha256)?,
        };
        (Digest::of(&content) == piece.sha256).then(|| read(&String::from_utf8_lossy(&content))).flatten()
    }
}

/// The visits; none where the text holds none.
fn read(text: &str) -> Option<Series> {
    let mut series = Series::default();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(at), Some("ms"), Some(_), Some(took), Some("us"), Some(status)) =
            (words.next(), words.next(), words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let (Ok(at), Ok(took), Ok(status)) = (at.parse::<u32>(), took.parse::<u64>(), status.parse::<u16>()) else { continue };
        if (200..400).contains(&status) { series.answered.push((at, took)) } else { series.failed.push(at) }
    }
    (!series.answered.is_empty() || !series.failed.is_empty()).then_some(series)
}

fn told(series: &Series) -> Inline {
    let mut times: Vec<u64> = series.answered.iter().map(|(_, took)| *took).collect();
    times.sort_unstable();
    let quantile = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    let shown = |percent| quantile(percent).map_or_else(|| "–".to_owned(), units::microseconds);
    let (all, failed) = (series.answered.len() + series.failed.len(), series.failed.len());
    Inline::say(
        format!("访问 {all} 次，失败 {failed} 次；响应时间中位数 {}，99% 分位 {}，最长 {}", shown(50), shown(99), shown(100)),
        format!("{all} visits, {failed} failed; response time: median {}, p99 {}, longest {}", shown(50), shown(99), shown(100)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_are_read_as_the_host_writes_them() {
        let series =
            read("0 ms #1 1500 us 200 ok\n20 ms #2 900 us 503 busy\n40 ms #1 7 us 0 refused\nnoise\n").expect("a series");
        assert_eq!(series.answered, [(0, 1500)]);
        assert_eq!(series.failed, [20, 40]);
        assert!(read("no visit at all").is_none());
    }
}
