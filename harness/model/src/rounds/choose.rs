//! What a re-acceptance runs: whatever was not conforming, and what a fix could have broken.
//!
//! 1. In is every check that was not conforming, was not run, or is not the check that it was.
//! 2. In is what a fix could have broken, as far as the tender's rules say ([`Reach`]): everything on the same target, of the
//!    same area, or deciding an aspect together with a check that ran and was not conforming.
//! 3. A clause that is decided anew is decided as a whole: every check that decides a part of it is in, until nothing changes.
//!
//! Clauses that the earlier round did not ask about stay out of question. What stays out is carried over, as it stood.

use super::{CarriedClause, Chosen, Reach, RoundRules, Why};
use crate::compare::State;
use crate::plan::{LeftOut, LeftOutReason, Plan, PlanItem};
use crate::run::Run;
use crate::verdict::ClauseVerdict;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Narrows a plan of everything to what a re-acceptance after `earlier` runs; returns why each check is in, and the clauses that
/// are carried over.
pub fn choose(plan: &mut Plan, earlier: &Run, rules: &RoundRules, number: u32) -> (Vec<Chosen>, Vec<CarriedClause>) {
    let standing = standing(earlier, number - 1);
    let before: HashMap<&str, (State, &PlanItem)> =
        earlier.plan.items.iter().zip(&earlier.checks).map(|(i, c)| (i.key.as_str(), (state(c), i))).collect();
    let universe: BTreeSet<&str> = standing.iter().map(|carried| carried.clause.as_str()).collect();
    let mut anew: BTreeSet<String> = standing.iter().filter(|c| !settled(c.verdict)).map(|c| c.clause.clone()).collect();
    let mut why: BTreeMap<usize, BTreeSet<Why>> = BTreeMap::new();
    let asked = |item: &PlanItem| item.decides.iter().any(|aspect| universe.contains(aspect.clause.as_str()));
    let candidates: Vec<usize> = (0..plan.items.len()).filter(|at| asked(&plan.items[*at])).collect();
    for at in &candidates {
        let item = &plan.items[*at];
        let reason = match before.get(item.key.as_str()) {
            None => Why::NotRunBefore,
            Some((state, _)) if *state != State::Met => Why::NotConforming { was: (*state).into() },
            Some((_, was)) if changed(was, item, earlier, plan) => Why::CheckChanged,
            Some(_) => continue,
        };
        why.entry(*at).or_default().insert(reason);
    }
    // What ran and was not content: something is done about it, and that could break something else.
    let fixed: Vec<&PlanItem> = plan
        .items
        .iter()
        .filter(|i| before.get(i.key.as_str()).is_some_and(|(s, _)| matches!(s, State::Unmet | State::Open | State::Unstable)))
        .filter(|item| asked(item))
        .collect();
    for at in &candidates {
        let item = &plan.items[*at];
        for fixed in fixed.iter().filter(|fixed| fixed.key != item.key) {
            why_of_reach(plan, rules, fixed, item).into_iter().for_each(|reason| {
                why.entry(*at).or_default().insert(reason);
            });
        }
    }
    loop {
        let chosen_clauses = why.keys().flat_map(|at| plan.items[*at].decides.iter().map(|aspect| aspect.clause.clone()));
        anew.extend(chosen_clauses.filter(|clause| universe.contains(clause.as_str())));
        let size = why.len();
        for at in candidates.iter().filter(|at| !why.contains_key(at)).copied().collect::<Vec<_>>() {
            if let Some(aspect) = plan.items[at].decides.iter().find(|aspect| anew.contains(&aspect.clause)) {
                why.entry(at).or_default().insert(Why::SameClause { clause: aspect.clause.clone() });
            }
        }
        if why.len() == size {
            break;
        }
    }
    plan.selected.retain(|clause| anew.contains(clause));
    let chosen: Vec<Chosen> =
        why.into_iter().map(|(at, why)| Chosen { item: plan.items[at].key.clone(), why: few(why) }).collect();
    leave_out(plan, &chosen, number - 1);
    (chosen, standing.into_iter().filter(|carried| !anew.contains(&carried.clause)).collect())
}

/// A final round runs whatever the rounds before asked about.
pub fn choose_all(plan: &mut Plan, earlier: &Run, number: u32) -> Vec<Chosen> {
    let standing = standing(earlier, number - 1);
    plan.selected.retain(|clause| standing.iter().any(|carried| carried.clause == *clause));
    let selected: BTreeSet<&str> = plan.selected.iter().map(String::as_str).collect();
    let asked = plan.items.iter().filter(|item| item.decides.iter().any(|aspect| selected.contains(aspect.clause.as_str())));
    let chosen: Vec<Chosen> = asked.map(|item| Chosen { item: item.key.clone(), why: vec![Why::Everything] }).collect();
    leave_out(plan, &chosen, number - 1);
    chosen
}

/// Every clause that the rounds up to `earlier` asked about, as it stands after them.
fn standing(earlier: &Run, number: u32) -> Vec<CarriedClause> {
    let targets = |clause: &str| -> Vec<String> {
        let decide = |item: &&PlanItem| item.decides.iter().any(|aspect| aspect.clause == clause);
        earlier.plan.items.iter().filter(decide).map(|item| item.target.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let own = earlier.clauses.iter().filter(|result| result.selected).map(|result| CarriedClause {
        clause: result.clause.clone(),
        verdict: result.verdict,
        round: number,
        targets: targets(&result.clause),
    });
    let carried = earlier.rounds.iter().flat_map(|rounds| rounds.standing.iter().filter(|s| s.round != rounds.number)).map(|s| {
        let of = earlier.plan.round.iter().flat_map(|round| &round.carried).find(|carried| carried.clause == s.clause);
        let targets = of.map(|carried| carried.targets.clone()).unwrap_or_default();
        CarriedClause { clause: s.clause.clone(), verdict: s.verdict, round: s.round, targets }
    });
    own.chain(carried).collect()
}

fn state(check: &crate::run::CheckRun) -> State {
    State::of_check(&check.verdict, check.unstable)
}

fn settled(verdict: ClauseVerdict) -> bool {
    matches!(verdict, ClauseVerdict::Conforming | ClauseVerdict::NotApplicable)
}

/// What an earlier answer rests on is not what would be asked now.
fn changed(was: &PlanItem, is: &PlanItem, earlier: &Run, plan: &Plan) -> bool {
    let component = |plugins: &[crate::plan::PlannedPlugin]| {
        let name = is.check.id.split('/').next().unwrap_or_default();
        plugins.iter().find(|plugin| plugin.name == name).map(|plugin| plugin.sha256.clone())
    };
    was.check != is.check
        || was.params != is.params
        || was.decides != is.decides
        || was.by != is.by
        || component(&earlier.plan.plugins) != component(&plan.plugins)
}

fn why_of_reach(plan: &Plan, rules: &RoundRules, fixed: &PlanItem, item: &PlanItem) -> Vec<Why> {
    let area = |item: &PlanItem| -> BTreeSet<String> {
        let clauses = item.decides.iter().filter_map(|aspect| plan.catalogue.clause(&aspect.clause));
        clauses.map(|clause| clause.area.clone()).collect()
    };
    let of = || fixed.key.clone();
    let one = |reach: &Reach| match reach {
        Reach::SameTarget => (fixed.target == item.target).then(|| Why::SameTarget { fixed: of() }),
        Reach::SameArea => {
            let area = area(fixed).intersection(&area(item)).next().cloned();
            area.map(|area| Why::SameArea { area, fixed: of() })
        }
        Reach::SharedAspect => {
            let aspect = fixed.decides.iter().find(|aspect| item.decides.contains(aspect)).cloned();
            aspect.map(|aspect| Why::SharedAspect { aspect, fixed: of() })
        }
    };
    rules.recheck.iter().filter_map(one).collect()
}

/// One reason of each kind says enough.
fn few(why: BTreeSet<Why>) -> Vec<Why> {
    let mut few: Vec<Why> = Vec::new();
    for reason in why {
        if !few.iter().any(|known| std::mem::discriminant(known) == std::mem::discriminant(&reason)) {
            few.push(reason);
        }
    }
    few
}

fn leave_out(plan: &mut Plan, chosen: &[Chosen], round: u32) {
    let keys: BTreeSet<&str> = chosen.iter().map(|chosen| chosen.item.as_str()).collect();
    let (stay, go): (Vec<PlanItem>, Vec<PlanItem>) =
        std::mem::take(&mut plan.items).into_iter().partition(|item| keys.contains(item.key.as_str()));
    plan.items = stay;
    plan.left_out.extend(go.into_iter().map(|item| LeftOut {
        check: item.check.id.clone(),
        title: Some(item.check.title.clone()),
        target: Some(item.target),
        decides: item.decides,
        reason: LeftOutReason::CarriedOver { round },
    }));
}
