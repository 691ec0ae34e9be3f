//! Identifiers that hang on what they identify: the same run gives the same documents.

use touchstone_model::digest::Digest;
use touchstone_model::run::Run;

/// Version 5 in form (RFC 9562), made from SHA-256 of the journal's head and a name.
pub(super) fn uuid(run: &Run, name: &str) -> String {
    let hex = Digest::of_parts([run.journal_head.0.as_bytes(), b" ", name.as_bytes()]).0;
    format!("{}-{}-5{}-8{}-{}", &hex[0..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
