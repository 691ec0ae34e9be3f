//! The rounds of an acceptance: initial, rectification, re-acceptance, final; each bound to the one before by digest.
//!
//! [`choose`] says what a re-acceptance runs, [`conclude`] what follows from the rounds together. Readings of what a tender leaves
//! open:
//!
//! - A round has failed when its conclusion is *not accepted*. One without a conclusion has not failed and does not end a row of
//!   failures.
//! - What was found has so many working days from the day after the round was concluded (in China). It is rectified when a later
//!   round, begun by the end of the last of these days, shows the clause to conform or not to apply.
//! - After so many failures in a row the purchaser may end the contract. A further round then needs somebody who agreed to it, and
//!   the row of failures stays a finding.

mod choose;
mod conclude;
mod defect;

pub use choose::{choose, choose_all};
pub(crate) use conclude::{Concluding, conclude};
pub use conclude::{RoundResult, StandingClause, failures_in_a_row};
pub use defect::{Defect, DefectState, day_of};

use crate::compare::{Snapshot, State};
use crate::digest::Digest;
use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::{ClauseVerdict, Conclusion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A tender's rules about rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundRules {
    /// Working days in which what was found must be rectified.
    pub working_days: u32,
    /// Failed rounds in a row after which the purchaser may end the contract.
    pub failures: u32,
    /// What a fix could have broken, and is run again with what was not conforming.
    pub recheck: Vec<Reach>,
    /// Aspect decided by the due dates (`GEN-06/deadline`).
    pub deadline: Option<String>,
    /// Aspect decided by the failures in a row (`GEN-06/rounds`).
    pub failed: Option<String>,
}

impl RoundRules {
    /// Clauses that the rounds themselves decide.
    pub fn decided_clauses(&self) -> Vec<&str> {
        [&self.deadline, &self.failed].into_iter().flatten().filter_map(|aspect| aspect.split('/').next()).collect()
    }
}

/// How far a fix reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// To everything on the same target.
    SameTarget,
    /// To everything of the same area of the tender, on any target.
    SameArea,
    /// To every check that decides an aspect together with it, on any target.
    SharedAspect,
}

/// What kind of round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoundKind {
    /// 初验: everything, for the first time.
    Initial,
    /// 复验: what was not conforming, and what the fix could have broken.
    ReAcceptance,
    /// 终验: everything again, bound to the rounds before.
    Final,
    /// 事后复查: not a round of the acceptance but a look, after an incident, whether the accepted state still holds.
    AfterIncident,
}

impl RoundKind {
    /// For people.
    pub fn words(self) -> Text {
        match self {
            RoundKind::Initial => Text::new("初验", "initial acceptance"),
            RoundKind::ReAcceptance => Text::new("复验", "re-acceptance"),
            RoundKind::Final => Text::new("终验", "final acceptance"),
            RoundKind::AfterIncident => Text::new("事后复查", "recheck after an incident"),
        }
    }
}

/// What a plan knows of the round that it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Round {
    /// What kind.
    pub kind: RoundKind,
    /// From 1; a recheck after an incident has the number of the round that it is compared with.
    pub number: u32,
    /// The rounds before, the first one first.
    pub earlier: Vec<EarlierRound>,
    /// The last of them, for comparison.
    pub before: Option<Snapshot>,
    /// Clauses that are not asked about again, as they stood.
    pub carried: Vec<CarriedClause>,
    /// What the rounds before had found.
    pub defects: Vec<Defect>,
    /// Why each check is in.
    pub chosen: Vec<Chosen>,
    /// Who agreed to a round beyond the limit of failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<String>,
}

/// The rules about rounds as a plan holds them, with the working days that it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rectification {
    /// The rules.
    pub rules: RoundRules,
    /// Working days after the day on which the run began, in order, as far as the calendar and half a year go.
    pub working_days: Vec<String>,
    /// The decrees that say so.
    pub calendar: Vec<String>,
}

/// A round before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EarlierRound {
    /// What kind.
    pub kind: RoundKind,
    /// From 1.
    pub number: u32,
    /// Id of its run.
    pub run: String,
    /// Hash of the last entry of its journal.
    pub journal_head: Digest,
    /// SHA-256 of its bundle's statement.json, which covers the whole bundle; absent: it was handed over as a run's folder.
    pub bundle: Option<Digest>,
    /// RFC 3339, UTC.
    pub started: String,
    /// RFC 3339, UTC.
    pub finished: Option<String>,
    /// What followed.
    pub conclusion: Conclusion,
}

/// A clause that stands as an earlier round left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CarriedClause {
    /// Clause id.
    pub clause: String,
    /// Its verdict.
    pub verdict: ClauseVerdict,
    /// Number of the round that decided it.
    pub round: u32,
    /// Targets that it was decided on.
    pub targets: Vec<String>,
}

/// A check that a re-acceptance runs, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chosen {
    /// Key of the plan item.
    pub item: String,
    /// Every reason that applies.
    pub why: Vec<Why>,
}

/// Why a check is run again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// It was not conforming.
    NotConforming {
        /// How it stood.
        was: StateName,
    },
    /// The earlier round did not run it.
    NotRunBefore,
    /// Its component, its parameters or what it decides is not what it was.
    CheckChanged,
    /// It looks at a target on which something is to be rectified.
    SameTarget {
        /// What was not conforming there.
        fixed: String,
    },
    /// It belongs to an area in which something is to be rectified.
    SameArea {
        /// The area.
        area: String,
        /// What was not conforming in it.
        fixed: String,
    },
    /// It decides an aspect together with what is to be rectified.
    SharedAspect {
        /// The aspect.
        aspect: AspectRef,
        /// What was not conforming.
        fixed: String,
    },
    /// A clause that is decided anew is decided as a whole.
    SameClause {
        /// The clause.
        clause: String,
    },
    /// Everything is run.
    Everything,
}

/// Name of a [`State`], ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StateName(pub String);

impl From<State> for StateName {
    fn from(state: State) -> Self {
        StateName(state.name().to_owned())
    }
}

impl Why {
    /// For people.
    pub fn words(&self) -> Text {
        match self {
            Why::NotConforming { was } => {
                let words = State::ALL.into_iter().find(|state| state.name() == was.0).map(State::words).unwrap_or_default();
                Text::new(format!("上一轮{}", words.zh), format!("the round before: {}", words.en))
            }
            Why::NotRunBefore => Text::new("上一轮未运行", "not run in the round before"),
            Why::CheckChanged => Text::new("检查本身已改变", "the check itself has changed"),
            Why::SameTarget { fixed } => {
                Text::new(format!("与待整改项 {fixed} 同一目标"), format!("same target as {fixed}, which is to be rectified"))
            }
            Why::SameArea { area, fixed } => Text::new(
                format!("与待整改项 {fixed} 同属 {area}"),
                format!("same area {area} as {fixed}, which is to be rectified"),
            ),
            Why::SharedAspect { aspect, fixed } => Text::new(
                format!("与待整改项 {fixed} 共同判定 {aspect}"),
                format!("decides {aspect} together with {fixed}, which is to be rectified"),
            ),
            Why::SameClause { clause } => {
                Text::new(format!("{clause} 整条重新判定"), format!("{clause} is decided anew as a whole"))
            }
            Why::Everything => Text::new("全部运行", "everything is run"),
        }
    }
}
