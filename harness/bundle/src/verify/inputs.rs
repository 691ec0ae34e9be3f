//! The copies of what the run was made from, and whether its plan follows from them.

use super::{Findings, Weight, basis};
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::event::{Entry, Event};
use touchstone_model::plan::{PlannedPlugin, Vouched};
use touchstone_model::run::Run;
use touchstone_runner::input::{LOCK, WAIVERS, load_kept_suite, load_lock, load_waivers};
use touchstone_runner::journal::{FILE, INPUTS};
use touchstone_runner::trust::Policy;
use touchstone_seal::plugin::Role;

/// Looks at every copy; returns the files that belong to the run.
pub(super) fn look(folder: &Path, run: &Run, entries: &[(usize, Entry)], findings: &mut Findings) -> Vec<String> {
    let mut known = Vec::new();
    let mut whole = !run.inputs.is_empty();
    for input in &run.inputs {
        let file = format!("{INPUTS}/{}", input.name);
        match std::fs::read(folder.join(&file)) {
            Ok(content) if Digest::of(&content) == input.sha256 => {}
            Ok(_) => {
                whole = false;
                findings.altered(&file, "内容已改变", "its content was changed");
            }
            Err(error) => {
                whole = false;
                findings.altered(&file, format!("缺失：{error}"), format!("is missing: {error}"));
            }
        }
        known.push(file);
    }
    known.extend(laid_later(folder, run, entries, findings));
    if whole {
        suite(folder, run, findings);
        waivers(folder, run, entries, findings);
        lock(folder, run, findings);
    }
    known
}

fn suite(folder: &Path, run: &Run, findings: &mut Findings) {
    let Some(own) = run.inputs.first() else { return };
    let file = format!("{INPUTS}/{}", own.name);
    let mut odd = |zh: &str, en: &str| findings.add(Weight::Altered, &file, None, zh, en);
    let Ok(loaded) = load_kept_suite(&folder.join(&file)) else {
        return odd("随附的套件副本不完整", "the copy of the suite kept with the run is not whole");
    };
    if loaded.sha256 != run.suite_sha256 {
        return odd("不是日志所记的套件", "is not the suite that the journal names");
    }
    let plan = &run.plan;
    if loaded.suite.id != plan.suite || loaded.catalogue != plan.catalogue {
        return odd("条款与日志中的计划不同", "its clauses are not those of the plan in the journal");
    }
    if loaded.suite.acceptance != plan.acceptance {
        odd("验收规则与日志中的计划不同", "its rules of acceptance are not those of the plan in the journal");
    }
    for item in &plan.items {
        let check = loaded.suite.checks.iter().find(|check| check.id == item.check.id);
        if check.is_none_or(|check| check.decides != item.decides) {
            let id = &item.check.id;
            odd(&format!("检查 {id} 判定的内容与计划不同"), &format!("the check {id} decides something else than in the plan"));
        }
    }
    let covered =
        |id: &str| plan.items.iter().any(|item| item.check.id == id) || plan.left_out.iter().any(|left| left.check == id);
    for check in loaded.suite.checks.iter().filter(|check| !covered(&check.id)) {
        let id = &check.id;
        odd(&format!("检查 {id} 既不在计划中，也未列为不运行"), &format!("the check {id} is neither planned nor left out"));
    }
    basis::look(folder, run, &loaded, findings);
}

/// Waivers that were laid after the run had begun, against the copies of their files.
fn laid_later(folder: &Path, run: &Run, entries: &[(usize, Entry)], findings: &mut Findings) -> Vec<String> {
    let mut known = Vec::new();
    for (line, entry) in entries {
        let Event::WaiversLaid { sha256, waivers, copy: Some(copy) } = &entry.event else { continue };
        if copy.is_empty() || copy.contains(['/', '\\']) || copy.starts_with('.') {
            findings.add(Weight::Altered, FILE, Some(*line), "所记副本名称不可用", "names no copy that could be its own");
            continue;
        }
        let file = format!("{INPUTS}/{copy}");
        match std::fs::read(folder.join(&file)) {
            Ok(content) if Digest::of(&content) == *sha256 => {
                if !load_waivers(&folder.join(&file), &run.plan.catalogue).is_ok_and(|loaded| loaded.waivers == *waivers) {
                    let (zh, en) = ("豁免与所附文件不同", "its waivers are not those of the file kept with the run");
                    findings.add(Weight::Altered, FILE, Some(*line), zh, en);
                }
            }
            Ok(_) => findings.altered(&file, "内容已改变", "its content was changed"),
            Err(error) => findings.altered(&file, format!("缺失：{error}"), format!("is missing: {error}")),
        }
        known.push(file);
    }
    known
}

fn waivers(folder: &Path, run: &Run, entries: &[(usize, Entry)], findings: &mut Findings) {
    for (line, entry) in entries {
        let Event::WaiversLaid { sha256, waivers, copy: None } = &entry.event else { continue };
        let Some(input) = run.inputs.iter().find(|input| input.name == WAIVERS && input.sha256 == *sha256) else { continue };
        let path = folder.join(INPUTS).join(&input.name);
        if !load_waivers(&path, &run.plan.catalogue).is_ok_and(|loaded| loaded.waivers == *waivers) {
            let (zh, en) = ("豁免与所附文件不同", "its waivers are not those of the file kept with the run");
            findings.add(Weight::Altered, FILE, Some(*line), zh, en);
        }
    }
}

fn lock(folder: &Path, run: &Run, findings: &mut Findings) {
    let kept = run.inputs.iter().any(|input| input.name == LOCK);
    let lock = kept.then(|| load_lock(&folder.join(INPUTS).join(LOCK)).ok()).flatten();
    let policy = Policy::lock(lock, false);
    for PlannedPlugin { name, sha256, vouched, .. } in &run.plan.plugins {
        match vouched {
            Vouched::Signed { role, .. } => {
                let admitted = Role::of(role).and_then(|role| policy.admit(name, role, sha256).ok());
                if admitted.as_ref() != Some(vouched) {
                    findings.altered(
                        FILE,
                        format!("称插件 {name} 有签名担保，所附锁定文件却不支持"),
                        format!("says that {name} was vouched for, which the lock kept with the run does not bear out"),
                    );
                }
            }
            Vouched::Nobody { why } => findings.add(
                Weight::Note,
                FILE,
                None,
                format!("插件 {name} 无人担保，系以 --allow-unsigned 运行：{}", why.zh),
                format!("nobody vouched for the plugin {name}, it ran by --allow-unsigned: {}", why.en),
            ),
        }
    }
}
