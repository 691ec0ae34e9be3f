//! Matrices of compatibility: a cell is a combination (a processor, an operating system, a platform), and a signed run on that very
//! combination fills it.
//!
//! That a run was made there is told by what its target said of itself. Nothing but the run's own clauses says whether it went well,
//! and a run that says neither leaves the cell open.

use crate::analysis::{Analysis, Basis};
use crate::catalogue::Catalogue;
use crate::digest::Digest;
use crate::materials::surroundings;
use crate::run::Run;
use crate::suite::AspectRef;
use crate::text::Text;
use crate::verdict::ClauseVerdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A cell: what the combination says of itself, and what must have been shown on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Clause and aspect that it decides.
    pub aspect: String,
    /// Any of these shows that a target is such a combination.
    pub shown_by: Vec<Sign>,
    /// Clauses that the run must have found to conform.
    pub proved_by: Vec<String>,
}

/// A fact of a target's environment, and the words of which it holds one, in upper or lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The fact, as environment.json calls it.
    pub fact: String,
    /// Words, any of them.
    pub holds: Vec<String>,
}

/// The cells of a suite, and the runs that may fill them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Matrix {
    /// All cells of the suite.
    pub cells: Vec<Cell>,
    /// Runs that were handed in, as their signed bundles tell them.
    pub runs: Vec<MatrixRun>,
}

/// What a matrix keeps of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatrixRun {
    /// Its id.
    pub run: String,
    /// SHA-256 of its bundle's statement.
    pub bundle: Digest,
    /// Fingerprints of the keys that signed it.
    pub signers: Vec<Digest>,
    /// When it ended, RFC 3339.
    pub finished: String,
    /// Its targets, with what the matrix asks about.
    pub targets: Vec<MatrixTarget>,
    /// What it found of each clause that it asked about.
    pub verdicts: BTreeMap<String, ClauseVerdict>,
}

/// A target of such a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatrixTarget {
    /// Its name there.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// What its parts said of themselves.
    pub facts: BTreeMap<String, BTreeSet<String>>,
}

impl MatrixRun {
    /// What the cells need to know of a finished run.
    pub fn of(run: &Run, finished: String, bundle: Digest, signers: Vec<Digest>, cells: &[Cell]) -> MatrixRun {
        let asked: BTreeSet<&str> = cells.iter().flat_map(|cell| &cell.shown_by).map(|sign| sign.fact.as_str()).collect();
        let said = surroundings(&run.plan.targets, &run.environment);
        let facts = |target: &str| {
            let mut facts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (name, value) in said.iter().filter(|survey| survey.target == target).flat_map(|survey| &survey.facts) {
                if asked.contains(name.as_str()) {
                    facts.entry(name.clone()).or_default().insert(value.clone());
                }
            }
            facts
        };
        let target = |target: &crate::plan::PlannedTarget| MatrixTarget {
            name: target.name.clone(),
            kind: target.kind.clone(),
            facts: facts(&target.name),
        };
        let selected = run.clauses.iter().filter(|clause| clause.selected);
        MatrixRun {
            run: run.run.clone(),
            bundle,
            signers,
            finished,
            targets: run.plan.targets.iter().map(target).collect(),
            verdicts: selected.map(|clause| (clause.clause.clone(), clause.verdict)).collect(),
        }
    }

    fn words(&self) -> String {
        let signers = self.signers.iter().map(|key| key.0.chars().take(16).collect::<String>()).collect::<Vec<_>>().join(", ");
        format!("{} ({}; {signers})", self.run, self.finished)
    }
}

impl Sign {
    fn is_of(&self, target: &MatrixTarget) -> bool {
        let said = target.facts.get(&self.fact).into_iter().flatten().map(|value| value.to_lowercase()).collect::<Vec<_>>();
        self.holds.iter().any(|word| said.iter().any(|value| value.contains(&word.to_lowercase())))
    }
}

/// What follows for each cell.
pub fn analyses(matrix: &Matrix, catalogue: &Catalogue) -> Vec<Analysis> {
    let one = |cell: &Cell| {
        let (clause, aspect) = cell.aspect.split_once('/')?;
        let kind = &catalogue.clause(clause)?.target;
        let (verdict, reasons) = decide(cell, kind, &matrix.runs);
        let aspect = AspectRef { clause: clause.to_owned(), aspect: aspect.to_owned() };
        Some(Analysis { aspect, verdict, reasons, basis: Basis::Matrix })
    };
    matrix.cells.iter().filter_map(one).collect()
}

fn decide(cell: &Cell, kind: &str, runs: &[MatrixRun]) -> (ClauseVerdict, Vec<Text>) {
    let mut fitting: Vec<(&MatrixRun, &MatrixTarget)> = Vec::new();
    for run in runs {
        let targets = run.targets.iter().filter(|target| target.kind == kind);
        fitting.extend(targets.filter(|target| cell.shown_by.iter().any(|sign| sign.is_of(target))).map(|target| (run, target)));
    }
    // What was tried last on a combination is how it stands now.
    let Some((run, target)) = fitting.into_iter().max_by(|a, b| (&a.0.finished, &b.1.name).cmp(&(&b.0.finished, &a.1.name)))
    else {
        let why = Text::new(
            "没有在该组合上实际运行并签名的结果（--matrix）",
            "no signed run on that combination was handed in (--matrix)",
        );
        return (ClauseVerdict::NotAssessed, vec![why]);
    };
    let of = |clause: &String| run.verdicts.get(clause).copied().unwrap_or(ClauseVerdict::NotAssessed);
    let failed: Vec<&str> =
        cell.proved_by.iter().filter(|clause| of(clause) == ClauseVerdict::Nonconforming).map(String::as_str).collect();
    let open: Vec<&str> =
        cell.proved_by.iter().filter(|clause| of(clause) != ClauseVerdict::Conforming).map(String::as_str).collect();
    // A clause speaks of all targets of its kind: a contradiction may be another's.
    let alone = run.targets.iter().filter(|other| other.kind == kind).count() == 1;
    let (shown, name, proved) = (run.words(), &target.name, cell.proved_by.join(", "));
    let (verdict, words) = if !failed.is_empty() && alone {
        let list = failed.join(", ");
        let words = Text::new(
            format!("{name}：运行 {shown} 中 {list} 不符合"),
            format!("{name}: {list} nonconforming in the run {shown}"),
        );
        (ClauseVerdict::Nonconforming, words)
    } else if !open.is_empty() {
        let list = open.join(", ");
        let words = Text::new(
            format!("{name}：运行 {shown} 没有判定 {list} 符合"),
            format!("{name}: the run {shown} did not find {list} to conform"),
        );
        (ClauseVerdict::NotAssessed, words)
    } else {
        let words = Text::new(
            format!("{name}：运行 {shown} 中 {proved} 符合"),
            format!("{name}: {proved} conforming in the run {shown}"),
        );
        (ClauseVerdict::Conforming, words)
    };
    (verdict, vec![words])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> Cell {
        let sign = |fact: &str, word: &str| Sign { fact: fact.into(), holds: vec![word.into()] };
        Cell {
            aspect: "OS-02/hygon".into(),
            shown_by: vec![sign("processor-vendor", "HygonGenuine"), sign("processor", "hygon")],
            proved_by: vec!["OS-01".into(), "OS-03".into()],
        }
    }

    fn run(id: &str, finished: &str, processors: &[&str], verdicts: [ClauseVerdict; 2]) -> MatrixRun {
        let target = |(at, processor): (usize, &&str)| MatrixTarget {
            name: format!("h{at}"),
            kind: "host".into(),
            facts: BTreeMap::from([("processor".into(), BTreeSet::from([(*processor).to_owned()]))]),
        };
        let clauses = ["OS-01", "OS-03"].map(str::to_owned);
        MatrixRun {
            run: id.into(),
            bundle: Digest::of(id.as_bytes()),
            signers: vec![Digest::of(b"key")],
            finished: finished.into(),
            targets: processors.iter().enumerate().map(target).collect(),
            verdicts: clauses.into_iter().zip(verdicts).collect(),
        }
    }

    #[test]
    fn the_last_signed_run_on_the_combination_fills_the_cell_and_no_other_does() {
        use ClauseVerdict::{Conforming, Nonconforming, NotAssessed, Partly};
        let verdict = |runs: &[MatrixRun]| decide(&cell(), "host", runs).0;
        assert_eq!(verdict(&[]), NotAssessed);
        assert_eq!(verdict(&[run("a", "2026-01-01", &["Intel Xeon"], [Conforming; 2])]), NotAssessed);
        assert_eq!(verdict(&[run("a", "2026-01-01", &["HYGON C86 7285"], [Conforming; 2])]), Conforming);
        assert_eq!(verdict(&[run("a", "2026-01-01", &["Hygon C86"], [Conforming, Partly])]), NotAssessed);
        assert_eq!(verdict(&[run("a", "2026-01-01", &["Hygon C86"], [Conforming, Nonconforming])]), Nonconforming);
        // Whose contradiction it is cannot be told.
        assert_eq!(verdict(&[run("a", "2026-01-01", &["Hygon C86", "Xeon"], [Conforming, Nonconforming])]), NotAssessed);
        let (bad, good) = ([Nonconforming, Conforming], [Conforming; 2]);
        let two = |first, second| [run("b", "2026-02-01", &["Hygon"], second), run("a", "2026-01-01", &["Hygon"], first)];
        assert_eq!((verdict(&two(bad, good)), verdict(&two(good, bad))), (Conforming, Nonconforming));
        assert_eq!(decide(&cell(), "database", &two(good, good)).0, NotAssessed);
    }
}
