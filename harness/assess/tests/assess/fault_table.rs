//! Every row of the table, and every boundary, on both sides.

use crate::support::*;
use jiff::SignedDuration;
use touchstone_assess::fault::{FaultFacts, rows_for, words};
use touchstone_assess::ledger::Class::{self, A, B, C};

/// Grade and deciding row for systems hit out of `total`.
fn decide(total: u32, unusable: &[(Class, usize)], affected: &[(Class, usize)], seconds: i64) -> (u8, u8) {
    let list = |hit: &[(Class, usize)]| hit.iter().flat_map(|(class, n)| vec![*class; *n]).collect::<Vec<_>>();
    let all = [list(unusable), list(affected)].concat();
    let facts = FaultFacts { total, unusable: list(unusable), affected: all, duration: SignedDuration::from_secs(seconds) };
    let rules = rules();
    let rows = rows_for(&rules, &facts);
    rows.first().map_or((0, 0), |row| (row.grade, row.number))
}

fn down(total: u32, n: usize, minutes: i64) -> (u8, u8) {
    decide(total, &[(C, n)], &[], minutes * 60)
}

fn slow(total: u32, n: usize, minutes: i64) -> (u8, u8) {
    decide(total, &[], &[(C, n)], minutes * 60)
}

#[test]
fn every_row_decides_somewhere() {
    let cases = [
        (1, 1, decide(200, &[(C, 200)], &[], 1)),
        (2, 1, down(200, 51, 31)),
        (3, 1, decide(1000, &[(A, 1)], &[], 31 * 60)),
        (4, 2, down(200, 51, 30)),
        (5, 2, decide(1000, &[(A, 1)], &[], 30 * 60)),
        (6, 2, slow(200, 51, 61)),
        (7, 2, down(200, 11, 61)),
        (8, 2, decide(1000, &[(B, 1)], &[], 61 * 60)),
        (9, 2, decide(1000, &[], &[(A, 1)], 61 * 60)),
        (10, 3, slow(200, 51, 60)),
        (11, 3, down(200, 11, 60)),
        (12, 3, decide(1000, &[(B, 1)], &[], 60 * 60)),
        (13, 3, decide(1000, &[], &[(A, 1)], 60 * 60)),
        (14, 3, slow(200, 11, 121)),
        (15, 3, down(1000, 1, 121)),
        (16, 3, down(100, 10, 121)),
        (17, 3, decide(1000, &[], &[(B, 1)], 121 * 60)),
        (18, 4, slow(200, 11, 120)),
        (19, 4, down(1000, 1, 120)),
        (20, 4, down(100, 10, 120)),
        (21, 4, decide(1000, &[], &[(B, 1)], 120 * 60)),
        (22, 4, slow(100, 10, 241)),
        (23, 4, slow(1000, 2, 241)),
        (24, 5, slow(100, 10, 240)),
        (25, 5, slow(1000, 2, 240)),
        (26, 5, slow(1000, 1, 361)),
        (27, 6, slow(1000, 1, 360)),
    ];
    for (at, (row, grade, decided)) in cases.iter().enumerate() {
        assert_eq!(usize::from(*row), at + 1);
        assert_eq!(*decided, (*grade, *row), "row {row}");
    }
    assert_eq!(rules().fault.rows.len(), cases.len());
}

#[test]
fn every_row_says_itself() {
    let rules = rules();
    for row in &rules.fault.rows {
        let text = words(&rules, row);
        assert!(text.zh.contains(&format!("第{}行", row.number)) && text.en.contains(&format!("row {} ", row.number)));
        for minutes in [row.longer_than, row.at_most].into_iter().flatten() {
            assert!(text.zh.contains(&format!("过{minutes}分钟")) && text.en.contains(&format!("{minutes} min")));
        }
    }
}

#[test]
fn durations_change_the_grade_just_after_their_limit() {
    type Decide<'f> = &'f dyn Fn(i64) -> (u8, u8);
    let cases: [(u8, u8, i64, Decide<'_>); 13] = [
        (4, 2, 30, &|s| decide(200, &[(C, 51)], &[], s)),
        (5, 3, 30, &|s| decide(1000, &[(A, 1)], &[], s)),
        (10, 6, 60, &|s| decide(200, &[], &[(C, 51)], s)),
        (11, 7, 60, &|s| decide(200, &[(C, 11)], &[], s)),
        (12, 8, 60, &|s| decide(1000, &[(B, 1)], &[], s)),
        (13, 9, 60, &|s| decide(1000, &[], &[(A, 1)], s)),
        (18, 14, 120, &|s| decide(200, &[], &[(C, 11)], s)),
        (19, 15, 120, &|s| decide(1000, &[(C, 1)], &[], s)),
        (20, 16, 120, &|s| decide(100, &[(C, 10)], &[], s)),
        (21, 17, 120, &|s| decide(1000, &[], &[(B, 1)], s)),
        (24, 22, 240, &|s| decide(100, &[], &[(C, 10)], s)),
        (25, 23, 240, &|s| decide(1000, &[], &[(C, 2)], s)),
        (27, 26, 360, &|s| decide(1000, &[], &[(C, 1)], s)),
    ];
    for (before, after, minutes, decide) in cases {
        assert_eq!(decide(minutes * 60).1, before, "exactly {minutes} min");
        assert_eq!(decide(minutes * 60 + 1).1, after, "{minutes} min and a second");
    }
}

#[test]
fn a_quarter_of_the_systems() {
    // 25 % exactly belongs to the upper band, where there are more than 50 ...
    assert_eq!(down(204, 51, 10), (2, 4));
    assert_eq!(down(205, 51, 10), (3, 11)); // 24.9 %
    // ... and to the middle one where there are not: the gap that the tender leaves.
    assert_eq!(down(200, 50, 10), (3, 11)); // exactly 25 %, exactly 50
    assert_eq!(down(160, 40, 10), (3, 11)); // exactly 25 %
    assert_eq!(down(150, 50, 10), (3, 11)); // more than 25 %, exactly 50
    assert_eq!(down(150, 51, 10), (2, 4));
    assert_eq!(down(150, 49, 10), (3, 11));
    // The same for what is only impaired.
    assert_eq!(slow(204, 51, 10), (3, 10));
    assert_eq!(slow(200, 50, 10), (4, 18));
    assert_eq!(slow(150, 50, 10), (4, 18));
    // More than 25 % of few systems: the tender's "or" has no lower count.
    assert_eq!(down(30, 8, 10), (3, 11));
    // Exactly 25 % of few systems: at least 5 %, at most 10.
    assert_eq!(down(32, 8, 10), (4, 20));
}

#[test]
fn a_twentieth_of_the_systems() {
    assert_eq!(down(220, 11, 10), (3, 11)); // exactly 5 %, more than 10
    assert_eq!(down(221, 11, 10), (4, 19)); // just below 5 %
    assert_eq!(down(200, 10, 10), (4, 20)); // exactly 5 %, exactly 10
    assert_eq!(down(201, 10, 10), (4, 19));
    assert_eq!(slow(200, 10, 10), (5, 24));
    assert_eq!(slow(201, 10, 10), (5, 25));
    assert_eq!(slow(220, 11, 10), (4, 18));
}

#[test]
fn one_system_or_several() {
    assert_eq!(slow(1000, 1, 10), (6, 27));
    assert_eq!(slow(1000, 2, 10), (5, 25));
    // One of at most twenty is 5 % and more, which is graver than one system.
    assert_eq!(slow(20, 1, 10), (5, 24));
    assert_eq!(slow(21, 1, 10), (6, 27));
    // All systems, though only one is there.
    assert_eq!(down(1, 1, 1), (1, 1));
    assert_eq!(down(200, 199, 10), (2, 4));
}

#[test]
fn the_gravest_row_decides_and_unusable_is_impaired_too() {
    // One A system impaired, one C system unusable.
    assert_eq!(decide(1000, &[(C, 1)], &[(A, 1)], 600), (3, 13));
    // 30 unusable alone are grade 3; with 30 more impaired they are 30 % and 60 systems impaired.
    assert_eq!(decide(200, &[(C, 30)], &[], 61 * 60), (2, 7));
    assert_eq!(decide(200, &[(C, 30)], &[(C, 30)], 60 * 60), (3, 10));
    // An A system that cannot be used is never graded by its being impaired.
    assert_eq!(decide(1000, &[(A, 1)], &[], 61 * 60), (1, 3));
}

#[test]
fn class_counts_whatever_the_number() {
    assert_eq!(decide(10, &[(B, 1)], &[], 60), (3, 12));
    assert_eq!(decide(1000, &[], &[(B, 1)], 60), (4, 21));
    assert_eq!(decide(1000, &[], &[(C, 1)], 60), (6, 27));
}
