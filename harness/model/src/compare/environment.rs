//! What is not the same around the questions: targets, what they say of themselves, components, suite, parameters.

use super::snapshot::Snapshot;
use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of thing is not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Surrounding {
    /// A target: its name, kind, product or the way it is reached.
    Target,
    /// Something that a target says of itself.
    Fact,
    /// A parameter of a check.
    Parameter,
    /// A component.
    Plugin,
    /// The suite.
    Suite,
    /// Touchstone.
    Tool,
}

impl Surrounding {
    /// For people.
    pub fn words(self) -> Text {
        match self {
            Surrounding::Target => Text::new("目标", "target"),
            Surrounding::Fact => Text::new("环境", "environment"),
            Surrounding::Parameter => Text::new("参数", "parameter"),
            Surrounding::Plugin => Text::new("插件", "plugin"),
            Surrounding::Suite => Text::new("套件", "suite"),
            Surrounding::Tool => Text::new("工具", "tool"),
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What kind of thing.
    pub of: Surrounding,
    /// Where: target and part, check, or nothing.
    pub place: String,
    /// What.
    pub name: String,
    /// As it was; absent: not there.
    pub before: Option<String>,
    /// As it is; absent: not there.
    pub after: Option<String>,
}

type Values = BTreeMap<(Surrounding, String, String), String>;

/// Everything that differs, in a fixed order.
pub fn differences(before: &Snapshot, after: &Snapshot) -> Vec<Difference> {
    let (old, new) = (values(before), values(after));
    let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let differing = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    let surveyed = |snapshot: &Snapshot, place: &str| snapshot.environment.iter().any(|s| place == part(&s.target, &s.part));
    let known =
        |snapshot: &Snapshot, place: &str| snapshot.checks.iter().any(|check| check.id == place && !check.params.is_empty());
    differing
        // What was looked at in one of the runs only has not changed; nothing is known about it.
        .filter(|(of, place, _)| match of {
            Surrounding::Fact => surveyed(before, place) && surveyed(after, place),
            Surrounding::Parameter => known(before, place) && known(after, place),
            _ => true,
        })
        .map(|key| Difference {
            of: key.0,
            place: key.1.clone(),
            name: key.2.clone(),
            before: old.get(key).cloned(),
            after: new.get(key).cloned(),
        })
        .collect()
}

fn part(target: &str, part: &str) -> String {
    format!("{target} · {part}")
}

fn values(snapshot: &Snapshot) -> Values {
    let mut values = Values::new();
    let mut put = |of, place: &str, name: &str, value: &str| {
        values.insert((of, place.to_owned(), name.to_owned()), value.to_owned());
    };
    for target in &snapshot.targets {
        put(Surrounding::Target, &target.name, "kind", &target.kind);
        put(Surrounding::Target, &target.name, "access", &target.access);
        for (name, value) in [("product", &target.product), ("adapter", &target.adapter)] {
            value.iter().for_each(|value| put(Surrounding::Target, &target.name, name, value));
        }
    }
    for survey in &snapshot.environment {
        for (name, value) in &survey.facts {
            put(Surrounding::Fact, &part(&survey.target, &survey.part), name, value);
        }
    }
    for check in &snapshot.checks {
        for (name, value) in &check.params {
            put(Surrounding::Parameter, &check.id, name, value);
        }
    }
    for (name, value) in &snapshot.plugins {
        put(Surrounding::Plugin, "", name, value);
    }
    put(Surrounding::Suite, "", &snapshot.side.suite, &snapshot.side.suite_sha256.0);
    put(Surrounding::Tool, "", "touchstone", &snapshot.side.tool);
    values
}
