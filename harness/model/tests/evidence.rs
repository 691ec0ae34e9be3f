//! What each finding about a document does to the aspect that rests on it.
#![forbid(unsafe_code)]

use touchstone_model::digest::Digest;
use touchstone_model::evidence::{Document, EvidenceFinding, FileState, Inspection, Register, Slot, inspections};
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ClauseVerdict, inspect};

const ON: &str = "2026-11-24";

fn aspect(clause: &str, aspect: &str) -> AspectRef {
    AspectRef { clause: clause.to_owned(), aspect: aspect.to_owned() }
}

fn slot(at: AspectRef) -> Slot {
    Slot {
        aspect: at,
        document: Text::new("证书", "certificate"),
        issuer: Text::new("机构", "authority"),
        holder: "vendor".to_owned(),
    }
}

/// Valid, attested, the vendor's.
fn good() -> Document {
    Document {
        slot: aspect("MW-07", "copyright"),
        file: Some("files/a.pdf".to_owned()),
        sha256: Digest::of("a"),
        issuer: "authority".to_owned(),
        holder: "Vendor Ltd".to_owned(),
        scope: "server 7".to_owned(),
        from: "2025-01-01".to_owned(),
        until: Some("2027-12-31".to_owned()),
        attested_by: Some("Li Lei".to_owned()),
        attested_on: Some("2026-11-20".to_owned()),
        state: FileState::Kept,
    }
}

fn register(documents: Vec<Document>) -> Register {
    Register {
        service: Some(("2026-01-01".to_owned(), "2026-12-31".to_owned())),
        holders: [("vendor".to_owned(), "Vendor Ltd".to_owned())].into(),
        documents,
    }
}

fn first(register: &Register) -> Inspection {
    let slots = [slot(aspect("MW-07", "copyright")), slot(aspect("MW-07", "other")), slot(aspect("OS-05", "certificate"))];
    inspections(&slots, register, ON).remove(0)
}

fn judged(edit: impl FnOnce(&mut Document)) -> (ClauseVerdict, Vec<EvidenceFinding>) {
    let mut document = good();
    edit(&mut document);
    let inspection = first(&register(vec![document]));
    (inspect(&inspection), inspection.documents[0].findings.clone())
}

#[test]
fn a_valid_attested_document_of_the_right_holder_is_conforming() {
    assert_eq!(judged(|_| {}), (ClauseVerdict::Conforming, vec![]));
    assert_eq!(judged(|d| d.until = None).0, ClauseVerdict::Conforming);
    assert_eq!(judged(|d| (d.file, d.state) = (None, FileState::DigestOnly)).0, ClauseVerdict::Conforming);
    // Valid on its first and on its last day.
    assert_eq!(judged(|d| (d.from, d.attested_on) = (ON.to_owned(), Some(ON.to_owned()))).0, ClauseVerdict::Conforming);
}

#[test]
fn nothing_is_not_assessed_and_says_what_is_missing() {
    let inspection = first(&register(vec![]));
    assert_eq!(inspect(&inspection), ClauseVerdict::NotAssessed);
    assert!(inspection.reasons()[0].zh.contains("缺少材料"));
}

#[test]
fn what_was_looked_at_and_contradicts_is_nonconforming() {
    for (expected, edit) in [
        (
            EvidenceFinding::Expired { until: "2026-11-23".to_owned() },
            (|d: &mut Document| d.until = Some("2026-11-23".to_owned())) as fn(&mut Document),
        ),
        (EvidenceFinding::WrongHolder { expected: "Vendor Ltd".to_owned() }, |d| d.holder = "Vendor Limited".to_owned()),
    ] {
        let (verdict, findings) = judged(edit);
        assert_eq!((verdict, findings), (ClauseVerdict::Nonconforming, vec![expected]));
    }
    let (verdict, findings) = judged(|d| d.from = "2026-11-25".to_owned());
    // It cannot have been attested before it was valid, so nothing follows at all.
    assert_eq!((verdict, findings.len()), (ClauseVerdict::NotAssessed, 2));
}

#[test]
fn what_nobody_vouches_for_or_cannot_be_read_decides_nothing() {
    for edit in [
        (|d: &mut Document| d.attested_by = None) as fn(&mut Document),
        |d| d.attested_on = None,
        |d| d.attested_on = Some("2026-11-25".to_owned()),
        |d| d.attested_on = Some("2024-12-31".to_owned()),
        |d| d.state = FileState::Missing,
        |d| d.state = FileState::Changed,
        // Expired, but nobody looked at it either.
        |d| (d.attested_by, d.until) = (None, Some("2026-01-31".to_owned())),
    ] {
        let (verdict, findings) = judged(edit);
        assert_eq!(verdict, ClauseVerdict::NotAssessed, "{findings:?}");
        assert!(!findings.is_empty());
    }
    let mut unknown = register(vec![good()]);
    unknown.holders.clear();
    assert_eq!(inspect(&first(&unknown)), ClauseVerdict::NotAssessed);
}

#[test]
fn expiring_within_the_service_is_told_and_valid_today() {
    let (verdict, findings) = judged(|d| d.until = Some("2026-12-30".to_owned()));
    assert_eq!(verdict, ClauseVerdict::Conforming);
    let expected = EvidenceFinding::ExpiresInService { until: "2026-12-30".to_owned(), service_until: "2026-12-31".to_owned() };
    assert_eq!(findings, [expected]);
    assert_eq!(judged(|d| d.until = Some("2026-12-31".to_owned())).1, []);
}

#[test]
fn one_file_for_two_clauses_decides_neither_and_for_two_aspects_of_one_is_told() {
    let elsewhere = Document { slot: aspect("OS-05", "certificate"), ..good() };
    let inspection = first(&register(vec![good(), elsewhere]));
    assert_eq!(inspect(&inspection), ClauseVerdict::NotAssessed);
    assert!(matches!(inspection.documents[0].findings[..], [EvidenceFinding::UsedElsewhere { .. }]));
    let beside = Document { slot: aspect("MW-07", "other"), ..good() };
    let inspection = first(&register(vec![good(), beside]));
    assert_eq!(inspect(&inspection), ClauseVerdict::Conforming);
    assert!(matches!(inspection.documents[0].findings[..], [EvidenceFinding::UsedTwice { .. }]));
}

#[test]
fn one_good_document_settles_it_and_the_old_one_is_still_told() {
    let old = Document { sha256: Digest::of("old"), until: Some("2026-01-31".to_owned()), ..good() };
    let inspection = first(&register(vec![old, good()]));
    assert_eq!(inspect(&inspection), ClauseVerdict::Conforming);
    assert_eq!(inspection.reasons().len(), 1);
}
