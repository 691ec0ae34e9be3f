//! One file per command.

pub mod assess;
pub mod bundle;
pub mod evidence;
pub mod explain;
pub mod history;
pub mod list;
pub mod plan;
pub mod report;
pub mod resume;
pub mod run;
pub mod verify;
