//! Firebird behind a PostgreSQL-protocol front: a dialect without multi-row VALUES.

use crate::pgfront::{NAME, Service};
use crate::{Lab, LabError};

/// Firebird's embedded engine in a process of its own, behind a front. Outside BEGIN .. COMMIT every statement commits.
#[derive(Debug)]
pub struct Firebird {
    /// TCP port of the front, on 127.0.0.1.
    pub port: u16,
    /// User name.
    pub user: String,
    /// Password, asked for in clear text.
    pub password: String,
    /// Database.
    pub database: String,
    service: Service,
}

impl Firebird {
    /// Starts engine and front.
    ///
    /// # Errors
    /// The engine's packages are absent, or it does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let service = Service::start(lab, "firebird", include_str!("../engines/firebird.py"), &["app.fdb"])?;
        Ok(Self {
            port: service.port,
            user: NAME.to_owned(),
            password: service.password.clone(),
            database: NAME.to_owned(),
            service,
        })
    }

    /// Process number of the engine.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.service.pid()
    }

    /// Kills the engine; whoever is connected loses the connection.
    pub fn kill(&mut self) {
        self.service.kill();
    }
}
