//! Two primaries: did two nodes take writes of which neither knew?
//!
//! Each write goes to one node by itself and tells the greatest other number that its transaction saw. A node that takes a
//! write without seeing one that another node had acknowledged before has a history of its own: that is proof, whatever the
//! nodes call themselves. Two nodes that only *call* themselves primary in turns are a suspicion: unknown.

use crate::bank::Found;
use crate::format::{History, Outcome, PrimaryAct, line};
use crate::verdict::{Report, ms};
use std::collections::{BTreeMap, BTreeSet};
use touchstone_model::text::Text;

struct Write {
    node: u64,
    id: u64,
    start: u64,
    end: u64,
    saw: u64,
    line: usize,
}

/// Judges a probe of all nodes.
pub fn check(history: &History<PrimaryAct>) -> Report {
    let mut report = Report::default();
    if !history.complete {
        report.doubt("历史记录没有结束行，可能不完整", "the history has no closing line, so some of it may be missing");
    }
    let mut nodes: BTreeSet<u64> = BTreeSet::new();
    let mut writes: Vec<Write> = Vec::new();
    // Node, start, end of "I am the primary".
    let mut claims: Vec<(u64, u64, u64, usize)> = Vec::new();
    for (index, operation) in history.operations.iter().enumerate() {
        let (start, end) = (operation.start, operation.end);
        match operation.act {
            PrimaryAct::Write(node, id, saw) => {
                nodes.insert(node);
                match (operation.outcome, saw) {
                    (Outcome::Ok, Some(saw)) => writes.push(Write { node, id, start, end, saw, line: line(index) }),
                    (Outcome::Ok, None) => report.doubt(
                        format!("第 {} 行：已确认的写入没有给出其所见编号", line(index)),
                        format!("the acknowledged write in line {} does not tell what it saw", line(index)),
                    ),
                    _ => {}
                }
            }
            PrimaryAct::Role(node, primary) => {
                nodes.insert(node);
                if primary && operation.outcome == Outcome::Ok {
                    claims.push((node, start, end, line(index)));
                }
            }
        }
    }
    let by_node = writes.iter().fold(BTreeMap::<u64, u64>::new(), |mut count, write| {
        *count.entry(write.node).or_default() += 1;
        count
    });
    let divergent = divergent(&mut writes);
    if nodes.len() < 2 {
        report.doubt("只探测了一个节点", "only one node was probed");
    }
    if writes.is_empty() {
        report.doubt("没有任何写入得到确认", "no write was acknowledged");
    }
    let turns = turns(&mut claims);
    if let (Some((one, other)), true) = (turns, divergent.is_none()) {
        report.doubt(
            format!("第 {one} 行与第 {other} 行：两个节点交替自称主节点，但没有写入能证明分歧"),
            format!(
                "lines {one} and {other}: two nodes call themselves primary in turns, but no write proves that they diverged"
            ),
        );
    }
    report.figure("operations", history.operations.len());
    report.figure("nodes", nodes.len());
    report.figure("acknowledged", writes.len());
    report.figure("nodes_that_took_writes", by_node.len());
    if let Some(found) = divergent {
        report.find(found.finding(
            "dual-primary",
            "一个节点接受写入时看不到另一节点此前已确认的写入",
            "a node took a write without seeing one that another node had acknowledged before",
        ));
    }
    report.conclude()
}

/// Writes that do not see what another node had acknowledged before they began.
fn divergent(writes: &mut [Write]) -> Option<Found> {
    let mut found = Found::default();
    let mut any = false;
    let mut by_end: Vec<usize> = (0..writes.len()).collect();
    writes.sort_by_key(|write| write.start);
    by_end.sort_by_key(|at| writes[*at].end);
    // The greatest number acknowledged so far: of any node, and of any node but that one.
    let mut best: BTreeMap<u64, usize> = BTreeMap::new();
    let mut next = by_end.into_iter().peekable();
    for write in writes.iter() {
        while let Some(at) = next.next_if(|at| writes[*at].end < write.start) {
            let known = best.entry(writes[at].node).or_insert(at);
            if writes[at].id > writes[*known].id {
                *known = at;
            }
        }
        let elsewhere = best.iter().filter(|(node, _)| **node != write.node).map(|(_, at)| &writes[*at]);
        if let Some(missed) = elsewhere.max_by_key(|other| other.id).filter(|other| other.id > write.saw && other.id != write.id)
        {
            any = true;
            found.add(|| {
                let apart = ms(write.start - missed.end);
                Text::new(
                    format!(
                        "第 {} 行：节点 {} 确认写入 {}；{apart:.3} ms 后节点 {} 接受写入 {}（第 {} 行），只见到 {}",
                        missed.line, missed.node, missed.id, write.node, write.id, write.line, write.saw
                    ),
                    format!(
                        "line {}: node {} acknowledged write {}; {apart:.3} ms later node {} took write {} (line {}) and saw only {}",
                        missed.line, missed.node, missed.id, write.node, write.id, write.line, write.saw
                    ),
                )
            });
        }
    }
    any.then_some(found)
}

/// Lines of two claims by different nodes, the first node claiming again after the second.
fn turns(claims: &mut [(u64, u64, u64, usize)]) -> Option<(usize, usize)> {
    claims.sort_by_key(|claim| claim.1);
    // Start, end and line of each node's last claim.
    let mut last: BTreeMap<u64, (u64, u64, usize)> = BTreeMap::new();
    for &(node, start, end, line) in claims.iter() {
        if let Some((_, own_end, _)) = last.get(&node).copied() {
            let between = last.iter().find(|(other, (began, ended, _))| **other != node && *began > own_end && *ended < start);
            if let Some((_, (_, _, other_line))) = between {
                return Some((*other_line, line));
            }
        }
        last.insert(node, (start, end, line));
    }
    None
}
