//! What of a suite is to be run.

use globset::{GlobBuilder, GlobMatcher};
use touchstone_model::catalogue::Catalogue;
use touchstone_model::inventory::TargetSpec;
use touchstone_model::suite::SuiteCheck;

/// Patterns with `*` and `?`; an empty list selects everything, several of one kind add up, kinds narrow each other.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    clauses: Vec<GlobMatcher>,
    checks: Vec<GlobMatcher>,
    tags: Vec<GlobMatcher>,
    targets: Vec<GlobMatcher>,
}

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the pattern {pattern:?} cannot be read: {why}")]
pub struct BadPattern {
    pattern: String,
    why: String,
}

impl Filter {
    /// From patterns as given on the command line; letter case does not matter.
    pub fn new(clauses: &[String], checks: &[String], tags: &[String], targets: &[String]) -> Result<Filter, BadPattern> {
        Ok(Filter { clauses: globs(clauses)?, checks: globs(checks)?, tags: globs(tags)?, targets: globs(targets)? })
    }

    /// Whether the suite's check is wanted.
    pub fn wants_check(&self, check: &SuiteCheck) -> bool {
        (self.clauses.is_empty() || check.decides.iter().any(|a| any(&self.clauses, &a.clause)))
            && wants(&self.checks, &check.id)
            && (self.tags.is_empty() || check.tags.iter().any(|t| any(&self.tags, t)))
    }

    /// Whether the target is wanted: by name or by one of its tags.
    pub fn wants_target(&self, target: &TargetSpec) -> bool {
        wants(&self.targets, &target.name) || target.tags.iter().any(|t| any(&self.targets, t))
    }

    /// Ids of the clauses that the conclusion is about: those named, else those that the wanted checks decide, else all.
    pub fn selected(&self, catalogue: &Catalogue, checks: &[SuiteCheck]) -> Vec<String> {
        let narrowed = !self.checks.is_empty() || !self.tags.is_empty();
        let decided = |id: &str| checks.iter().any(|c| self.wants_check(c) && c.decides.iter().any(|a| a.clause == id));
        let ids = catalogue.clauses.iter().map(|c| c.id.clone());
        ids.filter(|id| wants(&self.clauses, id) && (!narrowed || decided(id))).collect()
    }
}

fn globs(patterns: &[String]) -> Result<Vec<GlobMatcher>, BadPattern> {
    let one = |pattern: &String| {
        let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
        glob.map(|g| g.compile_matcher()).map_err(|e| BadPattern { pattern: pattern.clone(), why: e.kind().to_string() })
    };
    patterns.iter().map(one).collect()
}

fn any(globs: &[GlobMatcher], name: &str) -> bool {
    globs.iter().any(|g| g.is_match(name))
}

fn wants(globs: &[GlobMatcher], name: &str) -> bool {
    globs.is_empty() || any(globs, name)
}
