//! A run in, a document out; one file per format.
//!
//! What a verdict looks like in each format is said in one place only, [`verdict_map`].
#![forbid(unsafe_code)]

// Its tests of this library fuzz nothing; linked all the same, for ci/fuzz counts branches in every member that knows it.
#[cfg(test)]
use touchstone_fuzz as _;

mod assessment;
mod clean;
mod comparison;
mod ctrf;
mod document;
mod html;
pub mod in_toto;
mod json;
mod junit;
mod link;
pub mod oscal;
mod pdf;
mod rounds;
mod screen;
mod terminal;
mod units;
pub mod verdict_map;
mod view;

pub use assessment::{assessment_json, assessment_schema, assessment_terminal};
pub use comparison::{comparison_json, comparison_schema, comparison_terminal};
pub use ctrf::ctrf;
pub use document::Source;
pub use html::{assessment_html, comparison_html, html};
pub use json::{json, json_schema};
pub use junit::junit;
pub use pdf::pdf_input;
pub use terminal::{Options, terminal};
