//! The approved bill of materials: `materials.toml`, written from a run and approved by a person.

use super::problem::BadInput;
use super::rules::document;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::event::Survey;
use touchstone_model::materials::{Material, MaterialKind, Materials};
use touchstone_model::text::Text;

/// File name in a run's copies.
pub const MATERIALS: &str = "materials.toml";

/// As it was written, and what a plan holds of it.
#[derive(Clone, Debug)]
pub struct LoadedMaterials {
    /// For the plan.
    pub materials: Materials,
    /// The file itself.
    pub bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    approved_by: String,
    approved_on: String,
    #[serde(rename = "item", default)]
    items: Vec<Material>,
}

/// Reads it. `decides` says which aspect each kind of line decides.
pub fn load_materials(path: &Path, decides: BTreeMap<MaterialKind, String>) -> Result<LoadedMaterials, BadInput> {
    let file = document::<File>(path, |file| {
        let mut faults = Vec::new();
        if file.schema != 1 {
            faults.push(Text::new("写成 schema = 1", "write schema = 1"));
        }
        if file.approved_by.trim().is_empty() {
            faults.push(Text::new(
                "approved_by 为空：清单须由具名人员批准",
                "approved_by is empty: a named person must approve the list",
            ));
        }
        if file.approved_on.parse::<jiff::civil::Date>().is_err() {
            faults.push(Text::new("approved_on 不是日期，写成 2026-11-24", "approved_on is no day: write it like 2026-11-24"));
        }
        for (at, item) in file.items.iter().enumerate() {
            let same = |other: &&Material| (&other.target, &other.part, &other.fact) == (&item.target, &item.part, &item.fact);
            if file.items[..at].iter().any(|other| same(&other)) {
                let Material { target, part, fact, .. } = item;
                faults.push(Text::new(
                    format!("{target} · {part} 的 {fact} 列了两次"),
                    format!("{fact} of {target} · {part} is listed twice"),
                ));
            }
        }
        faults.into_iter().map(|fault| (0..0, fault)).collect()
    })?;
    let bytes = std::fs::read(path).unwrap_or_default();
    let File { approved_by, approved_on, items, .. } = file;
    Ok(LoadedMaterials { materials: Materials { approved_by, approved_on, sha256: Digest::of(&bytes), decides, items }, bytes })
}

/// A list of all that a run saw, for a person to look through, approve and sign.
pub fn render_materials(environment: &[Survey]) -> String {
    let mut out = "schema = 1\napproved_by = \"\"      # name of the person who approves it; an empty name is refused\n\
        approved_on = \"\"      # day, like 2026-11-24\n"
        .to_owned();
    for survey in environment {
        for (fact, value) in &survey.facts {
            let kind = MaterialKind::of_fact(fact);
            let item = Material {
                kind,
                target: survey.target.clone(),
                part: survey.part.clone(),
                fact: fact.clone(),
                value: value.clone(),
            };
            // A list of plain strings always has a form in TOML.
            let _ = write!(out, "\n[[item]]\n{}", toml::to_string(&item).unwrap_or_default());
        }
    }
    out
}
