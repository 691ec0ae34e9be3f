//! One session of one role.

use super::value::{Outcome, Transaction, Value};
use super::{odbc, postgres};
use crate::ProbeError;
use crate::secret::Redactor;
use std::time::Duration;
use touchstone_model::inventory::SqlSpec;

/// A session of its own; closed when dropped.
pub struct Session {
    role: String,
    transport: Transport,
}

enum Transport {
    Postgres(postgres::Session),
    Odbc(odbc::Session),
}

impl Session {
    pub(crate) async fn open(spec: &SqlSpec, role: &str, redactor: &Redactor) -> Result<Self, ProbeError> {
        let Some(credential) = spec.roles.get(role) else {
            return Err(ProbeError::Unavailable(format!("the inventory names no role {role:?} for this database")));
        };
        let transport = match (spec.protocol.as_str(), &spec.odbc) {
            ("postgresql", _) => Transport::Postgres(postgres::Session::open(spec, role, redactor).await?),
            ("odbc", Some(odbc)) => Transport::Odbc(odbc::Session::open(odbc, role, credential, redactor).await?),
            (other, _) => return Err(ProbeError::Unavailable(format!("this host does not speak the protocol {other:?}"))),
        };
        Ok(Self { role: role.to_owned(), transport })
    }

    /// Name of the role it was opened for.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Whether the link is gone.
    pub fn is_closed(&self) -> bool {
        match &self.transport {
            Transport::Postgres(session) => session.is_closed(),
            Transport::Odbc(session) => session.is_closed(),
        }
    }

    /// Executes exactly one statement, and never cuts one up. When the time is over the statement is cancelled on the server:
    /// [`Outcome::Failed`] once the server says so, else [`Outcome::Indeterminate`].
    ///
    /// # Errors
    /// The link had broken before anything was sent, or the number of parameters is wrong.
    pub async fn execute(&self, statement: &str, params: &[Value], timeout: Option<Duration>) -> Result<Outcome, ProbeError> {
        match &self.transport {
            Transport::Postgres(session) => session.execute(statement, params, timeout).await,
            Transport::Odbc(session) => session.execute(statement, params, timeout).await,
        }
    }

    /// Begins or ends a transaction.
    ///
    /// # Errors
    /// As for [`Self::execute`].
    pub async fn transaction(&self, what: Transaction, timeout: Option<Duration>) -> Result<Outcome, ProbeError> {
        match &self.transport {
            Transport::Postgres(session) => session.transaction(what, timeout).await,
            Transport::Odbc(session) => session.transaction(what, timeout).await,
        }
    }

    /// Ends the session in order.
    pub async fn close(self) {
        match self.transport {
            Transport::Postgres(session) => session.close().await,
            Transport::Odbc(session) => session.close().await,
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("role", &self.role).finish_non_exhaustive()
    }
}
