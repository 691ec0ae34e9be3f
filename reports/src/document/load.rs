//! What a load came to, second by second: what was due and answered, and how long it took.

use super::Paper;
use super::block::{Block, Inline};
use super::plot::{Series, draw, draw_rates};
use crate::link::{anchor, fragment};
use crate::units;
use touchstone_model::digest::Digest;
use touchstone_model::observation::Evidence;
use touchstone_model::text::Text;

/// Name of the evidence that holds such a series: under a line of titles a line a second, `SECOND OFFERED ANSWERED FAILED P50 P99 MAX`.
const LOAD: &str = "load";

impl Paper<'_> {
    pub(super) fn loads(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for pair in &self.view.pairs {
            let observations = pair.check.observations.iter();
            let pieces = observations.flat_map(|seen| seen.evidence.iter().map(move |piece| (seen, piece)));
            for (seen, piece) in pieces.filter(|(_, piece)| piece.name == LOAD) {
                let Some(seconds) = self.content_of(piece).and_then(|text| read(&text)) else { continue };
                let Text { zh, en } = &pair.item.check.title;
                blocks.push(Block::Heading(Text::new(zh, en)));
                blocks.push(Block::Paragraph(vec![
                    Inline::link(fragment(&anchor(&pair.item.key)), pair.item.key.as_str()),
                    Inline::Plain(" ".to_owned()),
                    told(&seconds),
                ]));
                blocks.push(Block::Paragraph(vec![Inline::Code(seen.act.clone())]));
                let rates = Text::new(
                    format!("{zh}：每秒应到（虚线）与应答（实线）的请求"),
                    format!("{en}: requests due (dashed) and answered (solid) each second"),
                );
                let lines: Vec<(u64, u64)> = seconds.iter().map(|second| (second.offered, second.answered)).collect();
                blocks.push(Block::Drawing(rates, draw_rates(&lines)));
                let what = Text::new(
                    format!("{zh}：每秒的99%分位延迟（从应到时刻起算），竖线为有失败的秒"),
                    format!(
                        "{en}: 99th percentile of latency each second, from the moment a request was due; upright lines are seconds with failures"
                    ),
                );
                blocks.push(Block::Drawing(what, draw(&latencies(&seconds))));
            }
        }
        blocks
    }

    fn content_of(&self, piece: &Evidence) -> Option<String> {
        let content = match &piece.inline {
            Some(text) => text.clone().into_bytes(),
            None => (self.source.evidence)(&piece.sha256)?,
        };
        (Digest::of(&content) == piece.sha256).then(|| String::from_utf8_lossy(&content).into_owned())
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Second {
    offered: u64,
    answered: u64,
    failed: u64,
    p99: u64,
    longest: u64,
}

/// The seconds; none where the text holds none.
fn read(text: &str) -> Option<Vec<Second>> {
    let mut seconds = Vec::new();
    for line in text.lines().skip(1) {
        let numbers: Option<Vec<u64>> = line.split('\t').map(|word| word.parse().ok()).collect();
        let &[_, offered, answered, failed, _, p99, longest] = numbers.as_deref()? else { return None };
        seconds.push(Second { offered, answered, failed, p99, longest });
    }
    (!seconds.is_empty()).then_some(seconds)
}

fn latencies(seconds: &[Second]) -> Series {
    let moment = |number: usize| u32::try_from(number * 1000 + 500).unwrap_or(u32::MAX);
    let of = |wanted: fn(&Second) -> bool| seconds.iter().enumerate().filter(move |(_, second)| wanted(second));
    Series {
        answered: of(|second| second.answered > 0).map(|(number, second)| (moment(number), second.p99)).collect(),
        failed: of(|second| second.failed > 0).map(|(number, _)| moment(number)).collect(),
    }
}

fn told(seconds: &[Second]) -> Inline {
    let sum = |of: fn(&Second) -> u64| seconds.iter().map(of).sum::<u64>();
    let (due, answered, failed) = (sum(|s| s.offered), sum(|s| s.answered), sum(|s| s.failed));
    let longest = units::microseconds(seconds.iter().map(|second| second.longest).max().unwrap_or_default());
    let most = seconds.iter().map(|second| second.answered).max().unwrap_or_default();
    Inline::say(
        format!("应到请求 {due} 个，应答 {answered} 个，失败 {failed} 个；一秒内最多应答 {most} 个；最长延迟 {longest}"),
        format!(
            "{due} requests due, {answered} answered, {failed} failed; at most {most} answered in a second; longest latency {longest}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_as_the_host_writes_them() {
        let text =
            "second\toffered\tanswered\tfailed\tp50_us\tp99_us\tmax_us\n0\t50\t49\t0\t800\t2000\t3000\n1\t50\t0\t2\t0\t0\t0\n";
        let seconds = read(text).expect("seconds");
        assert_eq!(seconds[0], Second { offered: 50, answered: 49, failed: 0, p99: 2000, longest: 3000 });
        let series = latencies(&seconds);
        assert_eq!((series.answered, series.failed), (vec![(500, 2000)], vec![1500]));
        assert!(read("second\n").is_none() && read("x\n1\t2\n").is_none());
    }
}
