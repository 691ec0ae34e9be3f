//! One file per command.

pub mod assess;
pub mod bundle;
pub mod diff;
pub mod evidence;
pub mod explain;
pub mod history;
pub mod list;
pub mod materials;
pub mod matrix;
pub mod plan;
pub mod recheck;
pub mod report;
pub mod resume;
pub mod run;
pub mod timestamp;
pub mod verify;
