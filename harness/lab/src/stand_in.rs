//! Stand-ins behind a PostgreSQL-protocol front: of a capability that no product to be had here has, and of a liar.

use crate::pgfront::{NAME, Service};
use crate::{Lab, LabError};

/// What it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandIn {
    /// INSERT ALL with a right ELSE, and nested tables, in Oracle's dialect; nothing else of it.
    Oracle,
    /// A server that says "done" to what it does not do.
    Liar,
}

/// A stand-in that runs.
#[derive(Debug)]
pub struct RunningStandIn {
    /// TCP port of the front, on 127.0.0.1.
    pub port: u16,
    /// User name.
    pub user: String,
    /// Password, asked for in clear text.
    pub password: String,
    /// Database.
    pub database: String,
    _service: Service,
}

impl StandIn {
    /// Starts engine and front.
    ///
    /// # Errors
    /// The Python environment is absent, or the engine does not come up.
    pub fn start(self, lab: &Lab) -> Result<RunningStandIn, LabError> {
        let (name, script) = match self {
            StandIn::Oracle => ("oracle-stand-in", include_str!("../engines/oracle_stand_in.py")),
            StandIn::Liar => ("liar", include_str!("../engines/liar.py")),
        };
        let service = Service::start(lab, name, script, &["store.sqlite"])?;
        let (user, database) = (NAME.to_owned(), NAME.to_owned());
        Ok(RunningStandIn { port: service.port, user, password: service.password.clone(), database, _service: service })
    }
}
