//! Everything that must answer, and everything that was left out and why.

use crate::acceptance::Rules;
use crate::analysis::Analysis;
use crate::catalogue::Catalogue;
use crate::description::{CheckDescription, Impact, Need};
use crate::digest::Digest;
use crate::evidence::Inspection;
use crate::materials::Materials;
use crate::matrix::Matrix;
use crate::particulars::Particulars;
use crate::rounds::{Rectification, Round};
use crate::suite::AspectRef;
use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The plan of a run: complete in itself, so that a journal can be read without the suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Suite's id.
    pub suite: String,
    /// Suite's name.
    pub suite_title: Text,
    /// The clauses.
    pub catalogue: Catalogue,
    /// Ids of the clauses that the filters selected (all, without filters).
    pub selected: Vec<String>,
    /// Impact allowed on the command line.
    pub allowed: Impact,
    /// Plugins that nobody vouches for were allowed on the command line.
    #[serde(default)]
    pub unsigned_allowed: bool,
    /// Targets looked at.
    pub targets: Vec<PlannedTarget>,
    /// Components loaded.
    pub plugins: Vec<PlannedPlugin>,
    /// What must answer.
    pub items: Vec<PlanItem>,
    /// What was left out and why.
    pub left_out: Vec<LeftOut>,
    /// Slots for documents, as they were on the day of the run; empty where no register was given.
    #[serde(default)]
    pub inspections: Vec<Inspection>,
    /// What was computed from ledgers; empty where none were given.
    #[serde(default)]
    pub analyses: Vec<Analysis>,
    /// The approved bill of materials, where one was given.
    #[serde(default)]
    pub materials: Option<Materials>,
    /// Combinations that other runs fill, where such runs were handed in.
    #[serde(default)]
    pub matrix: Option<Matrix>,
    /// Rules about rectification, where the suite has them.
    #[serde(default)]
    pub rectification: Option<Rectification>,
    /// The round of an acceptance that this run is; absent: none that was declared.
    #[serde(default)]
    pub round: Option<Box<Round>>,
    /// By which the conclusion is drawn.
    #[serde(default)]
    pub acceptance: Rules,
    /// What the report says about itself.
    #[serde(default)]
    pub particulars: Particulars,
}

/// A target as a report names it; no secrets, no paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedTarget {
    /// Unique name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// How it is reached, for people.
    pub access: String,
    /// Adapter's name.
    pub adapter: Option<String>,
    /// Product that the inventory names.
    pub product: Option<String>,
}

/// A component as loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedPlugin {
    /// Name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// Of the .wasm file.
    pub sha256: Digest,
    /// What it may import.
    pub granted: Vec<String>,
    /// Who vouches for it.
    #[serde(default)]
    pub vouched: Vouched,
}

/// Who vouches for a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Vouched {
    /// Its publisher's signature was verified, and the suite's lock file pins it.
    Signed {
        /// Publisher's name in the lock file.
        by: String,
        /// Fingerprint of the publisher's key: SHA-256 of its public key in DER.
        key: Digest,
        /// What the key is trusted for: check or adapter.
        role: String,
    },
    /// Nobody; it ran because that was allowed for development.
    Nobody {
        /// Why it would have been refused.
        why: Text,
    },
}

impl Default for Vouched {
    fn default() -> Self {
        Vouched::Nobody { why: Text::new("未记录", "not recorded") }
    }
}

/// One check on one target: it must answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanItem {
    /// `plugin/check@target`, unique in the plan.
    pub key: String,
    /// Target's name.
    pub target: String,
    /// The check.
    pub check: CheckDescription,
    /// What it decides.
    pub decides: Vec<AspectRef>,
    /// By aspect (`DB-05/row-insert`): the expectations that decide it; an aspect that is not here is decided by all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by: BTreeMap<String, Vec<String>>,
    /// Parameters as resolved: target over suite over default.
    pub params: BTreeMap<String, String>,
    /// For filters.
    pub tags: Vec<String>,
    /// Milliseconds.
    pub time_limit_ms: u32,
    /// How often it is tried again when it is not content.
    #[serde(default)]
    pub retries: u32,
}

/// A check that will not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// `plugin/check`.
    pub check: String,
    /// Its name, where its component could be read.
    pub title: Option<Text>,
    /// Target, where one was in question.
    pub target: Option<String>,
    /// What it would have decided.
    pub decides: Vec<AspectRef>,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a check will not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LeftOutReason {
    /// Its impact is above what was allowed.
    Impact {
        /// What the check does.
        needed: Impact,
        /// What was allowed.
        allowed: Impact,
    },
    /// No target of that kind.
    NoTarget {
        /// Kind wanted.
        target_kind: String,
    },
    /// The target's inventory entry has no such access.
    TargetLacks {
        /// What is missing.
        need: Need,
    },
    /// The target's adapter does not offer the interface, or offers it with other types, or there is no adapter.
    Adapter {
        /// Interface wanted.
        interface: String,
        /// Details.
        message: String,
    },
    /// The component was refused.
    PluginRefused {
        /// Why, naming the file.
        message: Text,
    },
    /// The component has no check of that name.
    UnknownCheck {
        /// Component's name.
        plugin: String,
    },
    /// A parameter without default was not set.
    ParamMissing {
        /// Its name.
        name: String,
    },
    /// A filter excluded it.
    Filtered,
    /// A re-acceptance does not ask again: what it decided stands.
    CarriedOver {
        /// Number of the round before.
        round: u32,
    },
}

impl LeftOutReason {
    /// In words.
    pub fn words(&self) -> Text {
        match self {
            LeftOutReason::Impact { needed, allowed } => Text::new(
                format!("影响级别 {} 高于允许的 {}（--allow {}）", needed.name(), allowed.name(), needed.name()),
                format!("its impact {} is above the allowed {} (--allow {})", needed.name(), allowed.name(), needed.name()),
            ),
            LeftOutReason::NoTarget { target_kind } => Text::new(
                format!("清单中没有 {target_kind} 类目标"),
                format!("the inventory has no target of kind {target_kind}"),
            ),
            LeftOutReason::TargetLacks { need } => Text::new(
                format!("目标在清单中未提供 {need} 接入"),
                format!("the inventory gives no {need} access to the target"),
            ),
            LeftOutReason::Adapter { interface, message } => Text::new(
                format!("适配器接口 {interface} 不可用：{message}"),
                format!("adapter interface {interface} is not to be had: {message}"),
            ),
            LeftOutReason::PluginRefused { message } => {
                Text::new(format!("插件被拒绝：{}", message.zh), format!("plugin refused: {}", message.en))
            }
            LeftOutReason::UnknownCheck { plugin } => {
                Text::new(format!("插件 {plugin} 中没有这项检查"), format!("plugin {plugin} has no such check"))
            }
            LeftOutReason::ParamMissing { name } => {
                Text::new(format!("未设置参数 {name}"), format!("parameter {name} is not set"))
            }
            LeftOutReason::Filtered => Text::new("被筛选条件排除", "excluded by a filter"),
            LeftOutReason::CarriedOver { round } => {
                Text::new(format!("本轮不重做，沿用第 {round} 轮"), format!("not asked again: stands as round {round} left it"))
            }
        }
    }
}

/// `plugin/check@target`.
pub fn item_key(check: &str, target: &str) -> String {
    format!("{check}@{target}")
}
