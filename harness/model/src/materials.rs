//! The approved bill of materials, and whether what the targets say of themselves is what was approved.
//!
//! A line that is contradicted is drift. A line that nothing could be seen for, and a part of a target that no line speaks of,
//! decide nothing: what was not looked at was not found to be as approved.

use crate::analysis::{Analysis, Basis};
use crate::digest::Digest;
use crate::event::Survey;
use crate::plan::PlannedTarget;
use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::ClauseVerdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaterialKind {
    /// Product and model.
    Product,
    /// Version and edition.
    Version,
    /// Way of deployment: machine, processors, memory, virtualisation.
    Deployment,
    /// A setting.
    Setting,
}

impl MaterialKind {
    /// All of them.
    pub const ALL: [MaterialKind; 4] =
        [MaterialKind::Product, MaterialKind::Version, MaterialKind::Deployment, MaterialKind::Setting];

    /// Of a fact, where the list does not say: what it is usually about.
    pub fn of_fact(name: &str) -> MaterialKind {
        match name {
            "system" | "product" | "server" | "adapter" | "edition" => MaterialKind::Product,
            "kernel" | "version" => MaterialKind::Version,
            "processor" | "processors" | "memory" | "swap" | "disks" | "virtualisation" | "architecture" | "machine" | "kind"
            | "access" => MaterialKind::Deployment,
            _ => MaterialKind::Setting,
        }
    }
}

/// One line: what a part of a target was approved to say of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// What it is about.
    pub kind: MaterialKind,
    /// Target's name.
    pub target: String,
    /// Node's name, `database`, `endpoint PURPOSE`, or `target` for what the inventory says.
    pub part: String,
    /// The fact, as environment.json calls it.
    pub fact: String,
    /// Its value; a `*` at its end stands for anything that follows.
    pub value: String,
}

/// The list as a plan holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Materials {
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub approved_on: String,
    /// Of its file.
    pub sha256: Digest,
    /// Aspect that each kind of line decides.
    pub decides: BTreeMap<MaterialKind, String>,
    /// The lines.
    pub items: Vec<Material>,
}

impl Material {
    /// Whether a value is the approved one.
    pub fn allows(&self, value: &str) -> bool {
        match self.value.strip_suffix('*') {
            Some(beginning) => value.starts_with(beginning),
            None => value == self.value,
        }
    }

    fn words(&self, seen: Option<&str>) -> Text {
        let Material { target, part, fact, value, .. } = self;
        match seen {
            Some(seen) => Text::new(
                format!("{target} · {part} 的 {fact}：批准为 {value}，实际为 {seen}"),
                format!("{fact} of {target} · {part}: approved {value}, seen {seen}"),
            ),
            None => Text::new(
                format!("未能看到 {target} · {part} 的 {fact}（批准为 {value}）"),
                format!("{fact} of {target} · {part} was not to be seen (approved: {value})"),
            ),
        }
    }
}

/// All that a list can speak of: what the targets say of themselves, and what the inventory says of them.
pub fn surroundings(targets: &[PlannedTarget], environment: &[Survey]) -> Vec<Survey> {
    let planned = targets.iter().map(|target| {
        let mut facts = BTreeMap::from([("kind".to_owned(), target.kind.clone()), ("access".to_owned(), target.access.clone())]);
        facts.extend(target.adapter.iter().map(|adapter| ("adapter".to_owned(), adapter.clone())));
        facts.extend(target.product.iter().map(|product| ("product".to_owned(), product.clone())));
        Survey { target: target.name.clone(), part: "target".to_owned(), facts }
    });
    planned.chain(environment.iter().cloned()).collect()
}

/// What follows for each aspect that the list decides.
pub fn analyses(materials: &Materials, targets: &[PlannedTarget], environment: &[Survey]) -> Vec<Analysis> {
    let environment = &surroundings(targets, environment);
    let aspects = materials.decides.iter().filter_map(|(kind, aspect)| {
        let (clause, aspect) = aspect.split_once('/')?;
        Some((*kind, AspectRef { clause: clause.to_owned(), aspect: aspect.to_owned() }))
    });
    aspects.map(|(kind, aspect)| analysis(materials, environment, kind, aspect)).collect()
}

fn analysis(materials: &Materials, environment: &[Survey], kind: MaterialKind, aspect: AspectRef) -> Analysis {
    let lines: Vec<&Material> = materials.items.iter().filter(|line| line.kind == kind).collect();
    let seen = |line: &Material| {
        let survey = environment.iter().find(|survey| survey.target == line.target && survey.part == line.part);
        survey.and_then(|survey| survey.facts.get(&line.fact)).map(String::as_str)
    };
    let drift: Vec<Text> = lines
        .iter()
        .filter_map(|line| seen(line).filter(|value| !line.allows(value)).map(|value| line.words(Some(value))))
        .collect();
    let unseen: Vec<Text> = lines.iter().filter(|line| seen(line).is_none()).map(|line| line.words(None)).collect();
    let unlisted = environment.iter().filter(|survey| {
        let of_part = |line: &Material| line.target == survey.target && line.part == survey.part;
        !materials.items.iter().any(of_part)
    });
    let unlisted: Vec<Text> = unlisted
        .map(|survey| {
            let Survey { target, part, .. } = survey;
            Text::new(format!("物料清单没有 {target} · {part}"), format!("the bill of materials does not have {target} · {part}"))
        })
        .collect();
    let (verdict, reasons) = if !drift.is_empty() {
        (ClauseVerdict::Nonconforming, drift)
    } else if lines.is_empty() {
        let none = Text::new("物料清单没有这一类条目", "the bill of materials has no line of this kind");
        (ClauseVerdict::NotAssessed, vec![none])
    } else if !unseen.is_empty() || !unlisted.is_empty() {
        (ClauseVerdict::NotAssessed, unseen.into_iter().chain(unlisted).collect())
    } else {
        let (count, by, on) = (lines.len(), &materials.approved_by, &materials.approved_on);
        let words =
            Text::new(format!("{count} 项均与 {by} 于 {on} 批准的清单相符"), format!("all {count} are as {by} approved on {on}"));
        (ClauseVerdict::Conforming, vec![words])
    };
    Analysis { aspect, verdict, reasons, basis: Basis::Materials }
}
