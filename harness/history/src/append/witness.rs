//! A cycle in words that a person can follow with the file beside.

use super::graph::{Edge, Graph, Kind};
use crate::format::{AppendAct, History, Outcome, Step, line};
use touchstone_model::text::Text;

/// The transactions on the cycle, then why each comes before the next, and that this cannot be.
pub(super) fn tell(graph: &Graph, history: &History<AppendAct>, cycle: &[u32]) -> Vec<Text> {
    let steps = joined(graph, cycle);
    let names: Vec<u32> = steps.iter().map(|step| step.from).collect();
    let name =
        |txn: u32| names.iter().position(|other| *other == txn).map_or_else(|| "T?".to_owned(), |at| format!("T{}", at + 1));
    let mut lines: Vec<Text> = Vec::new();
    for txn in &names {
        let operation = &history.operations[*txn as usize];
        let AppendAct::Txn(acts) = &operation.act;
        let (n, at, process, acts) = (name(*txn), line(*txn as usize), operation.process, shown(acts));
        let (zh, en) = if operation.outcome == Outcome::Info { ("，结果未知", ", outcome unknown") } else { ("", "") };
        lines.push(Text::new(
            format!("{n} = 第 {at} 行，进程 {process}{zh}：{acts}"),
            format!("{n} = line {at}, process {process}{en}: {acts}"),
        ));
    }
    for (at, step) in steps.iter().enumerate() {
        let next = steps[(at + 1) % steps.len()].from;
        lines.push(because(step, &name(step.from), &name(next)));
    }
    if let Some(first) = names.first() {
        let n = name(*first);
        lines.push(Text::new(format!("因此 {n} 先于它自己：矛盾"), format!("so {n} comes before itself: a contradiction")));
    }
    lines
}

/// The edges between transactions: what leads through moments of real time becomes one.
fn joined(graph: &Graph, cycle: &[u32]) -> Vec<Edge> {
    let edges: Vec<Edge> = cycle.iter().map(|edge| graph.edges[*edge as usize]).collect();
    let begin = edges.iter().position(|edge| edge.kind != Kind::Realtime).unwrap_or_default();
    let mut steps: Vec<Edge> = Vec::new();
    for at in 0..edges.len() {
        let edge = edges[(begin + at) % edges.len()];
        if edge.kind == Kind::Realtime && steps.last().is_some_and(|last| last.kind == Kind::Realtime) {
            continue;
        }
        steps.push(edge);
    }
    steps
}

fn because(step: &Edge, a: &str, b: &str) -> Text {
    let key = step.key;
    let (left, right) = (step.left.unwrap_or_default(), step.right.unwrap_or_default());
    match step.kind {
        Kind::WriteWrite => Text::new(
            format!("{a} 先于 {b}：{a} 向键 {key} 追加 {left}，{b} 在其后追加 {right}"),
            format!("{a} before {b}: {a} appended {left} to key {key}, and {b} appended {right} after it"),
        ),
        Kind::WriteRead => Text::new(
            format!("{a} 先于 {b}：{b} 读键 {key} 见到 {a} 追加的 {left}"),
            format!("{a} before {b}: {b} read key {key} and saw {left}, which {a} had appended"),
        ),
        Kind::ReadWrite => Text::new(
            format!("{a} 先于 {b}：{a} 读键 {key} 时还没有 {b} 追加的 {right}"),
            format!("{a} before {b}: {a} read key {key} without {right}, which {b} appended"),
        ),
        Kind::Realtime => Text::new(
            format!("{a} 先于 {b}：{a} 得到确认时 {b} 尚未开始"),
            format!("{a} before {b}: {a} was acknowledged before {b} began"),
        ),
    }
}

/// A transaction in one line; long lists show their end.
fn shown(steps: &[Step]) -> String {
    const MOST: usize = 8;
    let mut words: Vec<String> = Vec::new();
    for step in steps.iter().take(MOST) {
        words.push(match step {
            Step::Append(key, value) => format!("append {key} {value}"),
            Step::Read(key, None) => format!("read {key} ?"),
            Step::Read(key, Some(values)) if values.len() > MOST => {
                format!("read {key} [.. {}]", listed(&values[values.len() - MOST..]))
            }
            Step::Read(key, Some(values)) => format!("read {key} [{}]", listed(values)),
        });
    }
    if steps.len() > MOST {
        words.push("..".to_owned());
    }
    words.join(", ")
}

fn listed(values: &[u64]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
