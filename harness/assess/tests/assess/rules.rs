//! Rules with mistakes are refused, the suite's own have none.

use crate::support::*;
use touchstone_assess::rules::Rules;

fn faults(edit: &dyn Fn(&mut Rules)) -> String {
    let mut rules = rules();
    edit(&mut rules);
    rules.faults().into_iter().map(|fault| fault.en).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_suites_own_rules_are_sound_and_explain_every_reading() {
    assert_eq!(faults(&|_| {}), "");
    let rules = rules();
    assert!(rules.readings.len() >= 28);
    for reading in &rules.readings {
        for text in [&reading.question, &reading.chosen, &reading.why] {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", reading.id);
        }
    }
}

#[test]
fn weights_rows_and_amounts_must_fit() {
    assert!(faults(&|rules| rules.months[0].weight = exact("9")).contains("add up to 99"));
    assert!(faults(&|rules| rules.months.swap(0, 1)).contains("in this order"));
    assert!(faults(&|rules| rules.years[0].deduct = rules.months[0].deduct.clone()).contains("H1 cannot"));
    assert!(faults(&|rules| rules.weights.year = exact("0.3")).contains("do not add up to 1"));
    assert!(faults(&|rules| rules.fault.rows.swap(0, 1)).contains("is numbered 2"));
    assert!(faults(&|rules| rules.fault.rows[0].systems = Some("half".to_owned())).contains("row 1 of the fault table"));
    assert!(faults(&|rules| rules.breaches[0].amount = None).contains("row 1 of the breach table"));
    assert!(faults(&|rules| rules.schema = 2).contains("version"));
}
