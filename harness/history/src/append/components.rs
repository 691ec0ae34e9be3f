//! Strongly connected components, by Tarjan's algorithm without recursion: linear in nodes and edges.

use super::graph::{Graph, Kind, Kinds};

/// A part of the graph. Its states are the nodes; with `apart`, each node twice, so that no anti-dependency follows another:
/// state `2n` is node n reached otherwise, `2n + 1` is node n reached by an anti-dependency.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) graph: &'a Graph,
    pub(super) kinds: Kinds,
    pub(super) apart: bool,
}

impl View<'_> {
    pub(super) fn states(&self) -> usize {
        if self.apart { self.graph.nodes() * 2 } else { self.graph.nodes() }
    }

    pub(super) fn node(&self, state: u32) -> u32 {
        if self.apart { state / 2 } else { state }
    }

    /// State that the edge leads to from `state`, if it may be taken.
    pub(super) fn follow(&self, state: u32, edge: u32) -> Option<u32> {
        let edge = &self.graph.edges[edge as usize];
        if edge.kind as u8 & self.kinds == 0 {
            return None;
        }
        if !self.apart {
            return Some(edge.to);
        }
        let anti = edge.kind == Kind::ReadWrite;
        if anti && state % 2 == 1 { None } else { Some(edge.to * 2 + u32::from(anti)) }
    }
}

/// Component of each state; `ALONE` for those that lie on no cycle.
pub(super) const ALONE: u32 = u32::MAX;

/// Finds the components of more than one state. (No transaction depends on itself, so one state makes no cycle.)
pub(super) fn components(view: View<'_>) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let states = view.states();
    let mut order = vec![NEW; states];
    let mut low = vec![0_u32; states];
    let mut component = vec![ALONE; states];
    let mut waiting = vec![false; states];
    let mut stack: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, u32)> = Vec::new();
    let (mut clock, mut components) = (0, 0);
    for root in 0..u32::try_from(states).unwrap_or(u32::MAX) {
        if order[root as usize] != NEW {
            continue;
        }
        path.push((root, view.graph.leaving(view.node(root)).start));
        while let Some((state, edge)) = path.pop() {
            let at = state as usize;
            if order[at] == NEW {
                order[at] = clock;
                low[at] = clock;
                clock += 1;
                stack.push(state);
                waiting[at] = true;
            }
            if edge < view.graph.leaving(view.node(state)).end {
                path.push((state, edge + 1));
                if let Some(next) = view.follow(state, edge) {
                    if order[next as usize] == NEW {
                        path.push((next, view.graph.leaving(view.node(next)).start));
                    } else if waiting[next as usize] {
                        low[at] = low[at].min(order[next as usize]);
                    }
                }
                continue;
            }
            if let Some((parent, _)) = path.last() {
                low[*parent as usize] = low[*parent as usize].min(low[at]);
            }
            if low[at] == order[at] {
                let begin = stack.iter().rposition(|other| *other == state).unwrap_or_default();
                let members = stack.split_off(begin);
                let several = members.len() > 1;
                for member in members {
                    waiting[member as usize] = false;
                    if several {
                        component[member as usize] = components;
                    }
                }
                components += u32::from(several);
            }
        }
    }
    component
}
