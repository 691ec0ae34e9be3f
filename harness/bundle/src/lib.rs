//! What becomes of a run: its documents, the signed bundle that leaves the building, and whether either of them is as it was
//! written.
#![forbid(unsafe_code)]

// Its tests of this library fuzz nothing; linked all the same, for ci/fuzz counts branches in every member that knows it.
#[cfg(test)]
use touchstone_fuzz as _;

mod documents;
mod folder;
mod make;
mod pdf;
mod stamp;
pub mod verify;

pub use documents::{ASSESSMENT, Document, PAGE, WHOLE, assessment, documents, evidence};
pub use make::{BundleError, Keys, make, statement_digest};
pub use pdf::{PDF, pdf};
pub use stamp::{add_stamp, stamp_query};
pub use verify::basis::{DOCUMENTS, LEDGERS, REGISTER};
pub use verify::is_bundle;
