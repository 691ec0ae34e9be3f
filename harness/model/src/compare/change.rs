//! What becomes of a question between two runs: every pair of states, one table.

use crate::text::Text;
use crate::verdict::{ClauseVerdict, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a clause, an aspect or a check stood in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was shown to conform.
    Met,
    /// A part was shown to conform, another was contradicted.
    Partly,
    /// It was contradicted.
    Unmet,
    /// It did not apply.
    NotApplicable,
    /// It was asked about and stayed without an answer.
    Open,
    /// Its tries did not agree with each other.
    Unstable,
    /// The filters of the run excluded it.
    NotAsked,
    /// The run does not know it.
    Absent,
}

impl State {
    /// All of them.
    pub const ALL: [State; 8] = [
        State::Met,
        State::Partly,
        State::Unmet,
        State::NotApplicable,
        State::Open,
        State::Unstable,
        State::NotAsked,
        State::Absent,
    ];

    /// Of a check that was to answer.
    pub fn of_check(verdict: &Verdict, unstable: bool) -> State {
        match verdict {
            Verdict::Conforming => State::Met,
            Verdict::Nonconforming => State::Unmet,
            Verdict::NotApplicable { .. } => State::NotApplicable,
            Verdict::Inconclusive { .. } if unstable => State::Unstable,
            Verdict::Inconclusive { .. } => State::Open,
        }
    }

    /// Of a clause or aspect that was selected.
    pub fn of_clause(verdict: ClauseVerdict) -> State {
        match verdict {
            ClauseVerdict::Conforming => State::Met,
            ClauseVerdict::Partly => State::Partly,
            ClauseVerdict::Nonconforming => State::Unmet,
            ClauseVerdict::NotApplicable => State::NotApplicable,
            ClauseVerdict::NotAssessed => State::Open,
        }
    }

    /// Stable name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Met => "met",
            State::Partly => "partly",
            State::Unmet => "unmet",
            State::NotApplicable => "not-applicable",
            State::Open => "open",
            State::Unstable => "unstable",
            State::NotAsked => "not-asked",
            State::Absent => "absent",
        }
    }

    /// For people.
    pub fn words(self) -> Text {
        match self {
            State::Met => Text::new("符合", "conforming"),
            State::Partly => Text::new("部分符合", "partly conforming"),
            State::Unmet => Text::new("不符合", "nonconforming"),
            State::NotApplicable => Text::new("不适用", "not applicable"),
            State::Open => Text::new("无结论", "without an answer"),
            State::Unstable => Text::new("不稳定", "unstable"),
            State::NotAsked => Text::new("未选取", "not asked about"),
            State::Absent => Text::new("没有这一项", "not there"),
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is contradicted, in whole or in part, and was not before.
    NewlyFailing,
    /// It was contradicted in part and is now as a whole.
    FailsFurther,
    /// It was shown to conform, or not to apply, and no longer is, though nothing contradicts it.
    NoLongerShown,
    /// Its tries do not agree with each other.
    Unstable,
    /// It is shown to conform and was not before.
    NewlyPassing,
    /// It was contradicted as a whole and is now only in part.
    FailsLess,
    /// Anything else that is not as it was.
    Other,
    /// One of the runs did not ask about it.
    NotCompared,
    /// As it was.
    Same,
}

impl Change {
    /// In the order that people read them.
    pub const ALL: [Change; 9] = [
        Change::NewlyFailing,
        Change::FailsFurther,
        Change::NoLongerShown,
        Change::Unstable,
        Change::NewlyPassing,
        Change::FailsLess,
        Change::Other,
        Change::NotCompared,
        Change::Same,
    ];

    /// The class of a pair of states.
    pub fn of(before: State, after: State) -> Change {
        match (before, after) {
            (State::NotAsked, _) | (_, State::NotAsked) => Change::NotCompared,
            // Told each time: an answer that changes from try to try is never "as it was".
            (_, State::Unstable) => Change::Unstable,
            (before, after) if before == after => Change::Same,
            (_, State::Met) => Change::NewlyPassing,
            (State::Partly, State::Unmet) => Change::FailsFurther,
            (State::Unmet, State::Partly) => Change::FailsLess,
            (_, State::Partly | State::Unmet) => Change::NewlyFailing,
            (State::Met | State::NotApplicable | State::Partly, State::Open | State::Absent) => Change::NoLongerShown,
            (State::Met | State::Partly, State::NotApplicable) => Change::NoLongerShown,
            _ => Change::Other,
        }
    }

    /// Whether that pair makes the second run worse: what was shown no longer is, or something fails that did not.
    pub fn is_worse(before: State, after: State) -> bool {
        match Change::of(before, after) {
            Change::NewlyFailing | Change::FailsFurther | Change::NoLongerShown => true,
            Change::Unstable => matches!(before, State::Met | State::NotApplicable | State::Partly),
            _ => false,
        }
    }

    /// Stable name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Change::NewlyFailing => "newly-failing",
            Change::FailsFurther => "fails-further",
            Change::NoLongerShown => "no-longer-shown",
            Change::Unstable => "unstable",
            Change::NewlyPassing => "newly-passing",
            Change::FailsLess => "fails-less",
            Change::Other => "other",
            Change::NotCompared => "not-compared",
            Change::Same => "same",
        }
    }

    /// For people.
    pub fn words(self) -> Text {
        match self {
            Change::NewlyFailing => Text::new("新出现的不符合", "Newly failing"),
            Change::FailsFurther => Text::new("由部分不符合变为不符合", "Failing in part before, now as a whole"),
            Change::NoLongerShown => Text::new("原已判明，现未能判明", "Shown before, no longer shown"),
            Change::Unstable => Text::new("不稳定", "Unstable"),
            Change::NewlyPassing => Text::new("新达到符合", "Newly passing"),
            Change::FailsLess => Text::new("由不符合变为部分符合", "Failing as a whole before, now in part"),
            Change::Other => Text::new("其他变化", "Other changes"),
            Change::NotCompared => Text::new("未比较（有一次未选取）", "Not compared (one of the runs did not ask)"),
            Change::Same => Text::new("没有变化", "No change"),
        }
    }
}
