//! What becomes of a run: its documents, the signed bundle that leaves the building, and whether either of them is as it was
//! written.
#![forbid(unsafe_code)]

mod documents;
mod folder;
mod make;
pub mod verify;

pub use documents::{Document, documents, evidence};
pub use make::{BundleError, Keys, make};
