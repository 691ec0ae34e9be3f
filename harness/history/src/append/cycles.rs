//! Short cycles inside a component.

use super::components::View;
use super::graph::Graph;
use std::collections::{HashMap, VecDeque};

/// What a search may still cost, in edges looked at.
pub(super) struct Budget(pub(super) u64);

/// A cycle, as numbers of edges; it ends where it begins.
pub(super) type Cycle = Vec<u32>;

/// The shortest way from one state to another inside a component.
fn shortest(view: View<'_>, component: &[u32], from: u32, to: u32, longest: usize, budget: &mut Budget) -> Option<Cycle> {
    let inside = component[to as usize];
    let mut came: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut queue = VecDeque::from([(from, 0_usize)]);
    while let Some((state, length)) = queue.pop_front() {
        if state == to {
            let (mut way, mut at) = (Vec::with_capacity(length), state);
            while at != from {
                let (before, edge) = came[&at];
                way.push(edge);
                at = before;
            }
            way.reverse();
            return Some(way);
        }
        if length >= longest {
            continue;
        }
        for edge in view.graph.leaving(view.node(state)) {
            budget.0 = budget.0.saturating_sub(1);
            let Some(next) = view.follow(state, edge) else { continue };
            if component[next as usize] == inside && next != from && !came.contains_key(&next) {
                came.insert(next, (state, edge));
                queue.push_back((next, length + 1));
            }
        }
        if budget.0 == 0 {
            return None;
        }
    }
    None
}

/// The shortest cycle through one of `candidates`, and whether all of them were tried. A candidate is an edge, the state
/// that it leaves and the one that it leads to.
pub(super) fn through(
    view: View<'_>,
    component: &[u32],
    candidates: &[(u32, u32, u32)],
    budget: &mut Budget,
) -> (Option<Cycle>, bool) {
    let mut best: Option<Cycle> = None;
    for (edge, leaves, leads) in candidates {
        let longest = best.as_ref().map_or(usize::MAX, |best| length(view.graph, best).saturating_sub(2));
        if longest == 0 {
            return (best, true);
        }
        if budget.0 == 0 {
            return (best, false);
        }
        // Moments of real time lengthen a way without being anything on it.
        let longest = if view.kinds & super::graph::Kind::Realtime as u8 == 0 { longest } else { usize::MAX };
        if let Some(mut way) = shortest(view, component, *leads, *leaves, longest, budget) {
            way.insert(0, *edge);
            if best.as_ref().is_none_or(|best| length(view.graph, &way) < length(view.graph, best)) {
                best = Some(way);
            }
        }
    }
    (best, budget.0 > 0)
}

/// Transactions on the cycle: unbroken stretches of real time count once.
pub(super) fn length(graph: &Graph, cycle: &[u32]) -> usize {
    use super::graph::Kind::Realtime;
    let kind = |at: usize| graph.edges[cycle[at % cycle.len()] as usize].kind;
    (0..cycle.len()).filter(|at| kind(*at) != Realtime || kind(at + 1) != Realtime).count()
}
