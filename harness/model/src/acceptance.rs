//! How the verdicts of clauses become one conclusion: rules that a suite sets, and the steps that follow from them.
//!
//! A rule of a suite can only ask for more than the least that is asked everywhere: no mandatory clause contradicted, none left
//! open, something shown to conform. Which clauses are mandatory is said by the catalogue.

use crate::catalogue::Clause;
use crate::text::Text;
use crate::verdict::ClauseVerdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much a defect weighs; the four grades that acceptance teams use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// 致命
    Fatal,
    /// 严重
    Serious,
    /// 一般
    General,
    /// 提示
    Hint,
}

impl Severity {
    /// The worst first.
    pub const ALL: [Severity; 4] = [Severity::Fatal, Severity::Serious, Severity::General, Severity::Hint];

    /// Its name in suites.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Serious => "serious",
            Severity::General => "general",
            Severity::Hint => "hint",
        }
    }

    /// Its name in reports.
    pub fn words(self) -> Text {
        match self {
            Severity::Fatal => Text::new("致命", "fatal"),
            Severity::Serious => Text::new("严重", "serious"),
            Severity::General => Text::new("一般", "general"),
            Severity::Hint => Text::new("提示", "hint"),
        }
    }
}

/// Rules of a suite's acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rules {
    /// Severity of a mandatory clause that is not met.
    pub mandatory_nonconforming: Severity,
    /// Severity of a mandatory clause that is met in part.
    pub mandatory_partly: Severity,
    /// Severity of a preferred clause that is not met.
    pub preferred_nonconforming: Severity,
    /// Severity of a preferred clause that is met in part.
    pub preferred_partly: Severity,
    /// By clause: a severity of its own, whatever stands above.
    pub graded: BTreeMap<String, Severity>,
    /// Most defects of a severity that an acceptance tolerates; absent: any number.
    pub tolerated: BTreeMap<Severity, u32>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            mandatory_nonconforming: Severity::Serious,
            mandatory_partly: Severity::Serious,
            preferred_nonconforming: Severity::General,
            preferred_partly: Severity::Hint,
            graded: BTreeMap::new(),
            tolerated: BTreeMap::from([(Severity::Fatal, 0)]),
        }
    }
}

impl Rules {
    /// How much it weighs that a clause has this verdict; none where it is no defect.
    pub fn severity(&self, clause: &Clause, verdict: ClauseVerdict) -> Option<Severity> {
        let by_table = match (verdict, clause.mandatory) {
            (ClauseVerdict::Nonconforming, true) => self.mandatory_nonconforming,
            (ClauseVerdict::Partly, true) => self.mandatory_partly,
            (ClauseVerdict::Nonconforming, false) => self.preferred_nonconforming,
            (ClauseVerdict::Partly, false) => self.preferred_partly,
            _ => return None,
        };
        Some(self.graded.get(&clause.id).copied().unwrap_or(by_table))
    }
}

/// One rule on the way to the conclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Rule {
    /// No selected mandatory clause is contradicted.
    MandatoryMet,
    /// No more defects of a severity than are tolerated.
    Tolerated {
        /// The severity.
        severity: Severity,
        /// Most that are tolerated; absent: any number.
        limit: Option<u32>,
    },
    /// No selected mandatory clause is left open.
    MandatoryAssessed,
    /// At least one selected clause was shown to conform.
    SomethingConforms,
    /// In a later round: what earlier ones decided, and this one did not ask about again, still stands.
    CarriedStands,
}

impl Rule {
    /// What it asks.
    pub fn words(&self) -> Text {
        match self {
            Rule::MandatoryMet => {
                Text::new("强制条款没有“不符合”或“部分符合”", "No mandatory clause is nonconforming or met in part only")
            }
            Rule::Tolerated { severity, limit: Some(limit) } => {
                let Text { zh, en } = severity.words();
                Text::new(format!("“{zh}”缺陷不超过 {limit} 项"), format!("Defects that are {en}: at most {limit}"))
            }
            Rule::Tolerated { severity, limit: None } => {
                let Text { zh, en } = severity.words();
                Text::new(format!("“{zh}”缺陷不限项数，仅列出"), format!("Defects that are {en}: any number, listed only"))
            }
            Rule::MandatoryAssessed => Text::new("强制条款没有“未测”", "No mandatory clause is left unassessed"),
            Rule::SomethingConforms => Text::new("至少一条条款经证明符合", "At least one clause was shown to conform"),
            Rule::CarriedStands => Text::new("沿用此前各轮的结论仍然成立", "What stands from earlier rounds still stands"),
        }
    }
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing stands against it.
    Holds,
    /// Something contradicts it.
    Broken,
    /// It can't be told.
    Open,
}

impl Outcome {
    /// Its name in reports.
    pub fn words(self) -> Text {
        match self {
            Outcome::Holds => Text::new("满足", "holds"),
            Outcome::Broken => Text::new("不满足", "broken"),
            Outcome::Open => Text::new("未能判定", "open"),
        }
    }
}

/// A rule with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
    /// What became of it.
    pub outcome: Outcome,
    /// Ids of the clauses that count here: those against the rule or, where something must conform, those for it.
    pub clauses: Vec<String>,
}

/// The clauses that are not met, or met in part, with their severities: the worst first, else in their order.
pub fn defects<'a>(rules: &Rules, clauses: &[(&'a Clause, ClauseVerdict)]) -> Vec<(&'a Clause, Severity)> {
    let mut defects: Vec<(&Clause, Severity)> =
        clauses.iter().filter_map(|(clause, verdict)| Some((*clause, rules.severity(clause, *verdict)?))).collect();
    defects.sort_by_key(|(_, severity)| *severity);
    defects
}

/// Every rule, in order, over the selected clauses. The conclusion is [`crate::verdict::conclude`] of it.
pub fn steps(rules: &Rules, clauses: &[(&Clause, ClauseVerdict)]) -> Vec<Step> {
    let those = |wanted: &dyn Fn(&Clause, ClauseVerdict) -> bool| -> Vec<String> {
        clauses.iter().filter(|(clause, verdict)| wanted(clause, *verdict)).map(|(clause, _)| clause.id.clone()).collect()
    };
    let against = |rule, clauses: Vec<String>, outcome| Step {
        rule,
        outcome: if clauses.is_empty() { Outcome::Holds } else { outcome },
        clauses,
    };
    let contradicted = |verdict| matches!(verdict, ClauseVerdict::Nonconforming | ClauseVerdict::Partly);
    let mut steps =
        vec![against(Rule::MandatoryMet, those(&|clause, verdict| clause.mandatory && contradicted(verdict)), Outcome::Broken)];
    let defects = defects(rules, clauses);
    for severity in Severity::ALL {
        let limit = rules.tolerated.get(&severity).copied();
        let found: Vec<String> = defects.iter().filter(|(_, s)| *s == severity).map(|(clause, _)| clause.id.clone()).collect();
        let exceeded = limit.is_some_and(|limit| found.len() > limit as usize);
        steps.push(Step {
            rule: Rule::Tolerated { severity, limit },
            outcome: if exceeded { Outcome::Broken } else { Outcome::Holds },
            clauses: found,
        });
    }
    let open = those(&|clause, verdict| clause.mandatory && verdict == ClauseVerdict::NotAssessed);
    steps.push(against(Rule::MandatoryAssessed, open, Outcome::Open));
    let conforming = those(&|_, verdict| verdict == ClauseVerdict::Conforming);
    steps.push(Step {
        rule: Rule::SomethingConforms,
        outcome: if conforming.is_empty() { Outcome::Open } else { Outcome::Holds },
        clauses: conforming,
    });
    steps
}
