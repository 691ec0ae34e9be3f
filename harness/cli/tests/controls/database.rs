//! Controls of the database checks.

use crate::{Area, Control, Special, has, lacks};
use touchstone_lab::roster::Name;

pub const AREA: Area =
    Area { controls: CONTROLS, names: &[Name::Postgres, Name::Databend, Name::Firebird], special: |_| Ok(Special::default()) };

/// The passing control of INSERT ALL is an engine that really executes it, behind a PostgreSQL-protocol front.
const CONTROLS: &[Control] = &[
    has("database/triggers", "postgres"),
    lacks("database/triggers", "databend"),
    has("database/multi-row-insert", "postgres"),
    lacks("database/multi-row-insert", "firebird"),
    has("database/insert-all", "databend"),
    lacks("database/insert-all", "postgres"),
];
