//! Dependencies between transactions, and the order of real time.

use super::observe::Seen;
use crate::format::{AppendAct, History, Outcome};

/// Why one transaction comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Both wrote a list, this one first.
    WriteWrite = 1,
    /// The other read what this one wrote.
    WriteRead = 2,
    /// This one read a list as it was before the other wrote it (an anti-dependency).
    ReadWrite = 4,
    /// This one was acknowledged before the other began.
    Realtime = 8,
}

/// Set of kinds.
pub(super) type Kinds = u8;

/// One dependency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) kind: Kind,
    pub(super) key: u64,
    /// Value that this one wrote (ww, wr) or saw last (rw); none at the beginning of a list.
    pub(super) left: Option<u64>,
    /// Value that the other wrote (ww, rw).
    pub(super) right: Option<u64>,
}

/// Transactions are numbered as in the history; above them stand moments of real time.
#[derive(Debug)]
pub(super) struct Graph {
    /// By `from`.
    pub(super) edges: Vec<Edge>,
    /// Where the edges of each node begin; one longer than there are nodes.
    starts: Vec<u32>,
}

impl Graph {
    /// Transactions and moments.
    pub(super) fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Numbers of the edges that leave `node`.
    pub(super) fn leaving(&self, node: u32) -> std::ops::Range<u32> {
        self.starts[node as usize]..self.starts[node as usize + 1]
    }
}

/// Joins what was seen into one graph.
pub(super) fn build(history: &History<AppendAct>, seen: &Seen, realtime: bool) -> Graph {
    let mut edges = Vec::new();
    let mut add = |from: u32, to: u32, kind: Kind, key: u64, left: Option<u64>, right: Option<u64>| {
        if from != to {
            edges.push(Edge { from, to, kind, key, left, right });
        }
    };
    for (key, order) in &seen.orders {
        for two in order.windows(2) {
            let ((left, from), (right, to)) = (two[0], two[1]);
            add(from, to, Kind::WriteWrite, *key, Some(left), Some(right));
        }
    }
    for position in &seen.positions {
        let Some(order) = seen.orders.get(&position.key) else { continue };
        let next = position.length as usize;
        let last = next.checked_sub(1).and_then(|at| order.get(at));
        if let Some((value, writer)) = last {
            add(*writer, position.txn, Kind::WriteRead, position.key, Some(*value), None);
        }
        // Between two appends of one transaction there is no version that anybody may see: that is an intermediate read, which
        // is reported as such.
        let intermediate = |writer: u32| last.is_some_and(|(_, before)| *before == writer);
        if let Some((value, writer)) = order.get(next).filter(|(_, writer)| !intermediate(*writer)) {
            add(position.txn, *writer, Kind::ReadWrite, position.key, last.map(|l| l.0), Some(*value));
        }
    }
    let mut nodes = history.operations.len();
    if realtime {
        nodes += moments(history, &mut edges);
    }
    edges.sort_by_key(|edge| (edge.from, edge.to, edge.kind as u8));
    edges.dedup_by_key(|edge| (edge.from, edge.to, edge.kind as u8));
    let mut starts = vec![0_u32; nodes + 1];
    for edge in &edges {
        starts[edge.from as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    Graph { edges, starts }
}

/// "Acknowledged before begun" between all pairs, with an edge or three for each transaction: every acknowledgement is a moment,
/// moments follow each other, and a transaction follows the last moment before it began. Returns how many moments there are.
fn moments(history: &History<AppendAct>, edges: &mut Vec<Edge>) -> usize {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let first = history.operations.len();
    let mut acknowledged: Vec<(u64, u32)> = Vec::new();
    for (txn, operation) in history.operations.iter().enumerate() {
        if operation.outcome == Outcome::Ok {
            acknowledged.push((operation.end, count(txn)));
        }
    }
    acknowledged.sort_unstable();
    let mut add = |from: u32, to: u32| edges.push(Edge { from, to, kind: Kind::Realtime, key: 0, left: None, right: None });
    for (moment, (_, txn)) in acknowledged.iter().enumerate() {
        add(*txn, count(first + moment));
        if moment > 0 {
            add(count(first + moment - 1), count(first + moment));
        }
    }
    for (txn, operation) in history.operations.iter().enumerate().filter(|(_, o)| o.outcome != Outcome::Fail) {
        let before = acknowledged.partition_point(|(end, _)| *end < operation.start);
        if let Some(last) = before.checked_sub(1) {
            add(count(first + last), count(txn));
        }
    }
    acknowledged.len()
}
