//! What a run rests on besides its checks, computed again from the copies kept with it: figures of an assessment, the bill of
//! materials, working days, and how the rounds are bound to each other.

use super::Findings;
use crate::documents::ASSESSMENT;
use std::path::Path;
use touchstone_assess::time::day_of;
use touchstone_assess::{Assessment, assess};
use touchstone_model::evidence::inspections;
use touchstone_model::plan::Plan;
use touchstone_model::run::Run;
use touchstone_runner::input::{
    LEDGER_INDEX, LoadedSuite, MATERIALS, load_acceptance, load_ledgers, load_materials, load_register, load_rules, load_slots,
};
use touchstone_runner::journal::{FILE, INPUTS};
use touchstone_runner::rounds::rectification;

/// Folder of the ledgers among a run's copies.
pub const LEDGERS: &str = "ledgers";
/// Folder of the register of documents, and of those of its files that are not confidential, among a run's copies.
pub const DOCUMENTS: &str = "documents";
/// Name of the register in it.
pub const REGISTER: &str = "evidence.toml";

/// Looks at all of it.
pub(super) fn look(folder: &Path, run: &Run, suite: &LoadedSuite, findings: &mut Findings) {
    let plan = &run.plan;
    let mut odd = |zh: &str, en: &str| findings.altered(FILE, zh, en);
    if !analyses_follow(folder, run, suite) {
        odd("分析结论不是由所附台账得出的", "what was computed does not follow from the ledgers kept with the run");
    }
    if !materials_are(folder, plan, suite) {
        odd("物料清单与所附文件不同", "the bill of materials is not that of the file kept with the run");
    }
    if !cells_are(plan, suite) {
        odd("兼容矩阵的单元不是套件所列的", "the cells of the matrix are not those of the suite");
    }
    if !inspections_follow(folder, run, suite) {
        odd(
            "材料审查的结论不是由所附登记和文件得出的",
            "what was inspected does not follow from the register and files kept with the run",
        );
    }
    let begun = run.started.parse().map(day_of);
    // A plan is made a moment before the run starts: at midnight that is the day before.
    let days = || begun.iter().flat_map(|day| [Some(*day), day.yesterday().ok()]).flatten();
    let same = |due: Option<touchstone_model::rounds::Rectification>| due == plan.rectification;
    if plan.rectification.is_some() && !days().any(|day| rectification(suite, day).is_ok_and(same)) {
        odd("整改期限的规则或工作日与所附套件不同", "rules or working days of rectification are not those of the suite");
    }
    if !bound(plan) {
        odd("所载上一轮与轮次链不符", "the round before is not the last one of the chain of rounds");
    }
}

fn analyses_follow(folder: &Path, run: &Run, suite: &LoadedSuite) -> bool {
    let kept = folder.join(INPUTS);
    let listed = |name: &str| run.inputs.iter().any(|input| input.name == name);
    if !listed(ASSESSMENT) {
        return run.plan.analyses.is_empty();
    }
    if !listed(&format!("{LEDGERS}/{LEDGER_INDEX}")) {
        return false;
    }
    let Ok(json) = std::fs::read(kept.join(ASSESSMENT)) else { return false };
    let Ok(told) = serde_json::from_slice::<Assessment>(&json) else { return false };
    if told.tool != env!("CARGO_PKG_VERSION") {
        return true;
    }
    // The moment is shown with a space between day and time, as people write it.
    let Ok(as_of) = told.as_of.parse::<jiff::Timestamp>() else { return false };
    let (Ok(rules), Ok(ledgers)) = (load_rules(suite), load_ledgers(&kept.join(LEDGERS), &suite.catalogue, as_of)) else {
        return false;
    };
    let again = assess(&rules.rules, (&rules.calendar, &rules.days), &ledgers.ledgers, told.period, as_of, ledgers.notes);
    let acceptance = load_acceptance(suite).ok().flatten().unwrap_or_default();
    again.is_ok_and(|again| again == told && acceptance.analyses(&again) == run.plan.analyses)
}

fn inspections_follow(folder: &Path, run: &Run, suite: &LoadedSuite) -> bool {
    let register = format!("{DOCUMENTS}/{REGISTER}");
    let Some(on) = run.plan.inspections.first().map(|inspection| inspection.on.clone()) else { return true };
    if !run.inputs.iter().any(|input| input.name == register) {
        return false;
    }
    let Ok(slots) = load_slots(suite) else { return false };
    let Ok(loaded) = load_register(&folder.join(INPUTS).join(register), &slots) else { return false };
    inspections(&slots, &loaded.register, &on) == run.plan.inspections
}

fn materials_are(folder: &Path, plan: &Plan, suite: &LoadedSuite) -> bool {
    let Some(materials) = &plan.materials else { return true };
    let decides = load_acceptance(suite).ok().flatten().map(|acceptance| acceptance.materials).unwrap_or_default();
    load_materials(&folder.join(INPUTS).join(MATERIALS), decides).is_ok_and(|loaded| loaded.materials == *materials)
}

fn cells_are(plan: &Plan, suite: &LoadedSuite) -> bool {
    let Some(matrix) = &plan.matrix else { return true };
    load_acceptance(suite).ok().flatten().is_some_and(|acceptance| acceptance.matrix == matrix.cells)
}

/// Each round has the number after the one before, and what it was compared with is the last of them.
fn bound(plan: &Plan) -> bool {
    let Some(round) = &plan.round else { return true };
    let numbered = round.earlier.iter().zip(1..).all(|(earlier, number)| earlier.number == number);
    let last = round.earlier.last().map(|earlier| &earlier.journal_head);
    numbered && last == round.before.as_ref().map(|before| &before.side.journal_head)
}
