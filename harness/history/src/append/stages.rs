//! The search for cycles, from the worst kind to the mildest. A dependency that lies on a cycle of one kind is not reported
//! again as part of a milder one.

use super::anomaly::Anomaly;
use super::components::{ALONE, View, components};
use super::cycles::{Budget, through};
use super::graph::{Graph, Kind, Kinds};
use super::witness;
use crate::format::{AppendAct, History, Isolation};
use crate::verdict::{Finding, WITNESSES};
use std::collections::BTreeMap;
use touchstone_model::text::Text;

const WW: Kinds = Kind::WriteWrite as u8;
const WR: Kinds = Kind::WriteRead as u8;
const RW: Kinds = Kind::ReadWrite as u8;
const RT: Kinds = Kind::Realtime as u8;

/// What to look for: cycles of `kinds` that hold a dependency of the kind `with`.
struct Stage {
    anomaly: Anomaly,
    /// What it is called when a shorter cycle without further anti-dependencies is found; only where `apart`.
    simpler: Option<Anomaly>,
    kinds: Kinds,
    with: Kind,
    apart: bool,
}

const STAGES: [Stage; 8] = [
    Stage { anomaly: Anomaly::G0, simpler: None, kinds: WW, with: Kind::WriteWrite, apart: false },
    Stage { anomaly: Anomaly::G1c, simpler: None, kinds: WW | WR, with: Kind::WriteRead, apart: false },
    Stage {
        anomaly: Anomaly::GNonadjacent,
        simpler: Some(Anomaly::GSingle),
        kinds: WW | WR | RW,
        with: Kind::ReadWrite,
        apart: true,
    },
    Stage { anomaly: Anomaly::G2Item, simpler: None, kinds: WW | WR | RW, with: Kind::ReadWrite, apart: false },
    Stage { anomaly: Anomaly::G0Realtime, simpler: None, kinds: WW | RT, with: Kind::WriteWrite, apart: false },
    Stage { anomaly: Anomaly::G1cRealtime, simpler: None, kinds: WW | WR | RT, with: Kind::WriteRead, apart: false },
    Stage {
        anomaly: Anomaly::GNonadjacentRealtime,
        simpler: Some(Anomaly::GSingleRealtime),
        kinds: WW | WR | RW | RT,
        with: Kind::ReadWrite,
        apart: true,
    },
    Stage { anomaly: Anomaly::G2ItemRealtime, simpler: None, kinds: WW | WR | RW | RT, with: Kind::ReadWrite, apart: false },
];

/// Edges that a stage may look at while it searches for short witnesses.
const BUDGET: u64 = 20_000_000;

/// All kinds of cycles in the graph, each with short witnesses.
pub(super) fn search(isolation: Isolation, graph: &Graph, history: &History<AppendAct>) -> Vec<Finding> {
    let mut findings: BTreeMap<Anomaly, Finding> = BTreeMap::new();
    let mut explained = vec![false; graph.edges.len()];
    let realtime = isolation == Isolation::StrictSerializable;
    let stages = STAGES.iter().filter(|stage| realtime || stage.kinds & RT == 0);
    for stage in stages {
        run(stage, isolation, graph, history, &mut explained, &mut findings);
    }
    findings.into_values().collect()
}

fn run(
    stage: &Stage,
    isolation: Isolation,
    graph: &Graph,
    history: &History<AppendAct>,
    explained: &mut [bool],
    findings: &mut BTreeMap<Anomaly, Finding>,
) {
    let view = View { graph, kinds: stage.kinds, apart: stage.apart };
    let component = components(view);
    // Of each component: edges of the kind looked for, with the states they join.
    let mut inside: BTreeMap<u32, Vec<(u32, u32, u32)>> = BTreeMap::new();
    for state in (0..u32::try_from(view.states()).unwrap_or(u32::MAX)).filter(|state| component[*state as usize] != ALONE) {
        for edge in graph.leaving(view.node(state)) {
            let Some(next) = view.follow(state, edge) else { continue };
            let known = explained[edge as usize] || graph.edges[edge as usize].kind != stage.with;
            if !known && component[next as usize] == component[state as usize] {
                inside.entry(component[state as usize]).or_default().push((edge, state, next));
            }
        }
    }
    let mut budget = Budget(BUDGET);
    for candidates in inside.values() {
        for (edge, _, _) in candidates {
            explained[*edge as usize] = true;
        }
        let (mut anomaly, mut found) = (stage.anomaly, None);
        if let Some(simpler) = stage.simpler {
            // The same way back, but without any further anti-dependency.
            let plain = View { kinds: stage.kinds & !RW, ..view };
            let (cycle, all) = through(plain, &component, candidates, &mut budget);
            if let Some(cycle) = cycle {
                (anomaly, found) = (simpler, Some((cycle, all)));
            }
        }
        let (cycle, minimal) = found.unwrap_or_else(|| {
            let (cycle, all) = through(view, &component, candidates, &mut budget);
            (cycle.unwrap_or_default(), all)
        });
        let finding = findings.entry(anomaly).or_insert_with(|| Finding {
            anomaly: anomaly.name().to_owned(),
            meaning: anomaly.meaning(),
            count: 0,
            forbidden: anomaly.forbidden(isolation),
            witnesses: Vec::new(),
        });
        finding.count += 1;
        if finding.witnesses.len() < WITNESSES && !cycle.is_empty() {
            let mut lines = witness::tell(graph, history, &cycle);
            if !minimal {
                let (zh, en) = ("（搜索受限，可能存在更短的循环）", "(the search was cut short: there may be a shorter cycle)");
                lines.push(Text::new(zh, en));
            }
            finding.witnesses.push(lines);
        }
    }
}
