//! A suite's rules of acceptance: they can only ask for more, and the conclusion follows from the steps alone.

use touchstone_model::acceptance::{Outcome, Rule, Rules, Severity, defects, steps};
use touchstone_model::catalogue::Clause;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ClauseVerdict, Conclusion, conclude};

fn clause(id: &str, mandatory: bool) -> Clause {
    Clause {
        id: id.into(),
        area: "X".into(),
        title: Text::default(),
        text: Text::default(),
        decided_by: Text::default(),
        source: String::new(),
        mandatory,
        method: Vec::new(),
        target: "host".into(),
        aspects: Vec::new(),
    }
}

#[test]
fn more_defects_than_tolerated_refuse_and_the_step_names_them() {
    use ClauseVerdict::*;
    let (must, a, b) = (clause("M-01", true), clause("P-01", false), clause("P-02", false));
    let clauses = [(&must, Conforming), (&a, Nonconforming), (&b, Nonconforming)];
    let mut rules = Rules { tolerated: [(Severity::General, 2)].into(), ..Rules::default() };
    assert_eq!(conclude(&steps(&rules, &clauses)), Conclusion::Accepted);
    rules.tolerated.insert(Severity::General, 1);
    let told = steps(&rules, &clauses);
    assert_eq!(conclude(&told), Conclusion::NotAccepted);
    let broken: Vec<_> = told.iter().filter(|step| step.outcome == Outcome::Broken).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].rule, Rule::Tolerated { severity: Severity::General, limit: Some(1) });
    assert_eq!(broken[0].clauses, ["P-01", "P-02"]);
}

#[test]
fn a_severity_of_its_own_goes_before_the_table_and_sorts_first() {
    use ClauseVerdict::*;
    let (must, may) = (clause("M-01", true), clause("P-01", false));
    let rules = Rules { graded: [("P-01".to_owned(), Severity::Fatal)].into(), ..Rules::default() };
    let found = defects(&rules, &[(&must, Partly), (&may, Partly)]);
    let told: Vec<_> = found.iter().map(|(clause, severity)| (clause.id.as_str(), *severity)).collect();
    assert_eq!(told, [("P-01", Severity::Fatal), ("M-01", Severity::Serious)]);
    assert_eq!(conclude(&steps(&rules, &[(&must, Conforming), (&may, Partly)])), Conclusion::NotAccepted);
}

/// Whatever a suite tolerates: over every verdict of a mandatory clause and a preferred one, it accepts nothing that the least
/// rules do not.
#[test]
fn no_rules_accept_more_than_the_least() {
    let (must, may) = (clause("M-01", true), clause("P-01", false));
    let lax = Rules {
        mandatory_nonconforming: Severity::Hint,
        mandatory_partly: Severity::Hint,
        tolerated: Default::default(),
        ..Rules::default()
    };
    for first in ClauseVerdict::ALL {
        for second in ClauseVerdict::ALL {
            let clauses = [(&must, first), (&may, second)];
            let accepted = conclude(&steps(&lax, &clauses)) == Conclusion::Accepted;
            let contradicted_or_open = !matches!(first, ClauseVerdict::Conforming | ClauseVerdict::NotApplicable);
            let nothing = first != ClauseVerdict::Conforming && second != ClauseVerdict::Conforming;
            assert_eq!(accepted, !contradicted_or_open && !nothing, "{first:?} {second:?}");
        }
    }
}
