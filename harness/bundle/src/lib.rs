//! What becomes of a run: its documents, the signed bundle that leaves the building, and whether either of them is as it was
//! written.
#![forbid(unsafe_code)]

mod documents;
mod folder;
mod make;
mod pdf;
mod stamp;
pub mod verify;

pub use documents::{ASSESSMENT, Document, assessment, documents, evidence};
pub use make::{BundleError, Keys, make, statement_digest};
pub use pdf::{PDF, pdf};
pub use stamp::{add_stamp, stamp_query};
pub use verify::basis::{DOCUMENTS, LEDGERS, REGISTER};
pub use verify::is_bundle;
