//! The rules and the calendar of an assessment, as a suite names them.

use super::problem::{BadInput, Code, Problem};
use super::source::{self, FileText, Source};
use super::suite::LoadedSuite;
use super::words::both;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use touchstone_assess::calendar::{Calendar, WorkingDays};
use touchstone_assess::rules::Rules;
use touchstone_model::text::Text;

/// Rules and calendar without mistakes.
#[derive(Clone, Debug)]
pub struct LoadedRules {
    /// How ledgers become scores.
    pub rules: Rules,
    /// The calendar as written, with its sources.
    pub calendar: Calendar,
    /// Its days.
    pub days: WorkingDays,
}

/// Reads what the suite names under `assessment` and `calendar`.
pub fn load_rules(suite: &LoadedSuite) -> Result<LoadedRules, BadInput> {
    let (Some(rules), Some(calendar)) = (&suite.assessment, &suite.calendar) else {
        let message = Text::new("套件没有考核规则", "the suite has no rules of assessment");
        let help = Text::new(
            "在套件中写 assessment = \"assessment.toml\" 和 calendar = \"calendar.toml\"",
            "write assessment = \"assessment.toml\" and calendar = \"calendar.toml\" in the suite",
        );
        return Err(suite.problem_at_top(Code::MissingKey, message, help).into());
    };
    let rules = document::<Rules>(rules, |rules| rules.faults().into_iter().map(|fault| (0..0, fault)).collect());
    match (rules, read_calendar(calendar)) {
        (Ok(rules), Ok((calendar, days))) => Ok(LoadedRules { rules, calendar, days }),
        (Err(a), Err(b)) => Err(a.and(b)),
        (Err(bad), Ok(_)) | (Ok(_), Err(bad)) => Err(bad),
    }
}

/// Reads what the suite names under `calendar`; none where it names nothing.
pub fn load_calendar(suite: &LoadedSuite) -> Result<Option<(Calendar, WorkingDays)>, BadInput> {
    suite.calendar.as_deref().map(read_calendar).transpose()
}

fn read_calendar(path: &Path) -> Result<(Calendar, WorkingDays), BadInput> {
    let calendar = document::<Calendar>(path, |calendar| {
        let faults = calendar.days().err().unwrap_or_default();
        faults.into_iter().map(|(_, fault)| (0..0, Text::new(format!("日历有误：{fault}"), fault))).collect()
    })?;
    let days = calendar.days().unwrap_or_default();
    Ok((calendar, days))
}

/// A document of the suite's authors: what is wrong with its form is told one mistake at a time, what is wrong with its
/// content all at once.
pub(super) fn document<T: serde::de::DeserializeOwned>(
    path: &Path,
    faults: impl FnOnce(&T) -> Vec<(Range<usize>, Text)>,
) -> Result<T, BadInput> {
    let name = path.display().to_string();
    let file: FileText = source::read(path).map_err(|error| super::document::unreadable(&name, &error, false))?;
    let source = Arc::new(Source::new(&name, &*file.text));
    let value: T = toml::from_str(&file.text).map_err(|error| {
        let what = error.message().replace('\n', " ");
        let help = Text::new("格式见 suites/README.md", "suites/README.md describes the format");
        let message = both!("不符合格式：{what}", "not as the format has it: {what}");
        Problem::new(Code::BadValue, source.clone(), error.span().unwrap_or(0..0), message, help)
    })?;
    let help = Text::new("更正后重试", "correct it and try again");
    let problems = faults(&value);
    let problems: Vec<_> =
        problems.into_iter().map(|(span, text)| Problem::new(Code::BadValue, source.clone(), span, text, help.clone())).collect();
    BadInput::unless_empty(problems).map(|()| value)
}
