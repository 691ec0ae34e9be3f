//! `acceptance.toml` of a suite: rounds, bill of materials, and what figures of an assessment decide.

use super::problem::{BadInput, Code};
use super::rules::document;
use super::suite::LoadedSuite;
use super::words::both;
use touchstone_assess::Acceptance;
use touchstone_model::text::Text;

/// Reads the rules of acceptance; none where the suite names no such file. What they name must be in the catalogue.
pub fn load_acceptance(suite: &LoadedSuite) -> Result<Option<Acceptance>, BadInput> {
    let Some(path) = &suite.acceptance else { return Ok(None) };
    let known = |named: &str| {
        let Some((clause, aspect)) = named.split_once('/') else { return false };
        suite.catalogue.clause(clause).is_some_and(|clause| clause.aspects.iter().any(|a| a.id == aspect))
    };
    let rules = document::<Acceptance>(path, |rules| {
        let mut faults: Vec<Text> = rules
            .aspects()
            .into_iter()
            .filter(|named| !known(named))
            .map(|named| both!("目录里没有{named}", "the catalogue has no {named}"))
            .collect();
        for cell in &rules.matrix {
            let named = &cell.aspect;
            let unknown = cell.proved_by.iter().filter(|clause| suite.catalogue.clause(clause).is_none());
            faults.extend(unknown.map(|clause| both!("{named}：目录里没有{clause}", "{named}: the catalogue has no {clause}")));
            if cell.proved_by.is_empty() || cell.shown_by.iter().all(|sign| sign.holds.iter().all(|word| word.trim().is_empty()))
            {
                faults
                    .push(both!("{named}：shown_by和proved_by不得为空", "{named}: neither shown_by nor proved_by may be empty"));
            }
            if cell.shown_by.iter().flat_map(|sign| &sign.holds).any(|word| word.trim().is_empty()) {
                faults.push(both!("{named}：空词什么都符合", "{named}: an empty word is held by everything"));
            }
            if rules.matrix.iter().filter(|other| other.aspect == *named).count() > 1 {
                faults.push(both!("{named}列了两次", "{named} is listed twice"));
            }
        }
        if rules.schema != 1 {
            faults.push(Text::new("写成 schema = 1", "write schema = 1"));
        }
        if rules.rounds.as_ref().is_some_and(|rounds| rounds.working_days == 0 || rounds.failures == 0) {
            faults.push(Text::new("整改天数和轮次上限不得为0", "neither working_days nor failures may be 0"));
        }
        faults.into_iter().map(|fault| (0..0, fault)).collect()
    })?;
    if rules.rounds.is_some() && suite.calendar.is_none() {
        let message = Text::new("验收轮次需要工作日历", "rounds of acceptance need a calendar of working days");
        let help = Text::new("在套件中写 calendar = \"calendar.toml\"", "write calendar = \"calendar.toml\" in the suite");
        return Err(suite.problem_at_top(Code::MissingKey, message, help).into());
    }
    Ok(Some(rules))
}
