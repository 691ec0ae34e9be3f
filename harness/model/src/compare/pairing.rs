//! The same system under two names: two versions of it side by side are rarely called the same.

use super::snapshot::Snapshot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A target of the earlier run and the one of the later that it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    /// Name in the earlier run.
    pub before: String,
    /// Name in the later one.
    pub after: String,
}

/// Targets of different names that belong together: those that were `named`, and where each run has just one target of a kind that
/// the other does not know, those two.
pub fn pairs(before: &Snapshot, after: &Snapshot, named: &[Pair]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = named.to_vec();
    let kinds: BTreeSet<&str> = before.targets.iter().map(|target| target.kind.as_str()).collect();
    for kind in kinds {
        let alone = |one: &Snapshot, other: &Snapshot, taken: &dyn Fn(&str) -> bool| -> Option<String> {
            let unknown = |name: &str| !other.targets.iter().any(|target| target.name == name);
            let of_kind = one.targets.iter().filter(|target| target.kind == kind);
            let mut left = of_kind.filter(|target| unknown(&target.name) && !taken(&target.name));
            let first = left.next()?;
            left.next().is_none().then(|| first.name.clone())
        };
        let old = alone(before, after, &|name| named.iter().any(|pair| pair.before == name));
        let new = alone(after, before, &|name| named.iter().any(|pair| pair.after == name));
        if let (Some(before), Some(after)) = (old, new) {
            pairs.push(Pair { before, after });
        }
    }
    pairs
}

/// The earlier run, its targets called as in the later one.
pub fn renamed(before: &Snapshot, pairs: &[Pair]) -> Snapshot {
    let names: BTreeMap<&str, &str> = pairs.iter().map(|pair| (pair.before.as_str(), pair.after.as_str())).collect();
    let mut snapshot = before.clone();
    let rename = |name: &mut String| {
        if let Some(new) = names.get(name.as_str()) {
            *name = (*new).to_owned();
        }
    };
    snapshot.targets.iter_mut().for_each(|target| rename(&mut target.name));
    snapshot.environment.iter_mut().for_each(|survey| rename(&mut survey.target));
    for check in &mut snapshot.checks {
        let Some(target) = &mut check.target else { continue };
        let Some(stem) = check.id.strip_suffix(&format!("@{target}")).map(str::to_owned) else { continue };
        rename(target);
        check.id = crate::plan::item_key(&stem, target);
    }
    snapshot
}
