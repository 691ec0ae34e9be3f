//! One session of one role.

use super::connect::Ground;
use super::value::{Outcome, Transaction, Value};
use super::{odbc, postgres};
use crate::ProbeError;
use crate::reach::Reach;
use crate::secret::Redactor;
use std::time::{Duration, Instant};
use touchstone_model::inventory::SqlSpec;

/// How long sessions may take to end.
const END_WITHIN: Duration = Duration::from_secs(10);

/// A session of its own; closed when dropped, and what runs in it is then cancelled.
pub struct Session {
    role: String,
    transport: Transport,
}

enum Transport {
    Postgres(postgres::Session),
    Odbc(odbc::Session),
}

impl Session {
    /// `marker` is shown to the server where the transport can, so that the session is found again ([`end_marked`]).
    pub(crate) async fn open(
        spec: &SqlSpec,
        reach: &Reach,
        role: &str,
        marker: &str,
        redactor: &Redactor,
    ) -> Result<Self, ProbeError> {
        Self::open_as(spec, reach, role, marker, redactor, Ground::Own).await
    }

    /// As [`Self::open`], where the place is not the inventory's own and whoever answers there is not trusted with a password.
    pub(crate) async fn open_elsewhere(
        spec: &SqlSpec,
        reach: &Reach,
        role: &str,
        marker: &str,
        redactor: &Redactor,
    ) -> Result<Self, ProbeError> {
        Self::open_as(spec, reach, role, marker, redactor, Ground::Elsewhere).await
    }

    async fn open_as(
        spec: &SqlSpec,
        reach: &Reach,
        role: &str,
        marker: &str,
        redactor: &Redactor,
        ground: Ground,
    ) -> Result<Self, ProbeError> {
        let Some(credential) = spec.roles.get(role) else {
            return Err(ProbeError::Unavailable(format!("the inventory names no role {role:?} for this database")));
        };
        let transport = match (spec.protocol.as_str(), &spec.odbc) {
            ("postgresql", _) => Transport::Postgres(
                postgres::Session::open(spec, reach, role, &application_name(marker), redactor, ground).await?,
            ),
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

fn application_name(marker: &str) -> String {
    format!("touchstone {marker}").trim_end().to_owned()
}

/// Ends the sessions that were opened with `marker` as whoever `session` was opened as.
pub(crate) async fn end_marked(session: &Session, marker: &str) -> Result<(), ProbeError> {
    const END: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE usename = current_user AND application_name = $1 AND pid <> pg_backend_pid()";
    if matches!(session.transport, Transport::Odbc(_)) {
        // Its drivers have no common way to name a session.
        return Ok(());
    }
    let name = [Value::Text(application_name(marker))];
    let until = Instant::now() + END_WITHIN;
    loop {
        let left = match session.execute(END, &name, Some(END_WITHIN)).await? {
            Outcome::Done(done) => done.rows.first().and_then(|row| row.first()).cloned(),
            // Other servers of this protocol have no such view.
            Outcome::Failed { .. } => None,
            Outcome::Indeterminate(why) => return Err(ProbeError::Lost(why)),
        };
        match left {
            None | Some(Value::Integer(0)) => return Ok(()),
            Some(_) if Instant::now() >= until => {
                return Err(ProbeError::other(
                    "still-alive",
                    format!("sessions of {} are still there", application_name(marker)),
                ));
            }
            Some(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("role", &self.role).finish_non_exhaustive()
    }
}
