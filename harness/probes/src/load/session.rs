//! Statements by whichever transport the inventory names.

use super::caller::Failed;
use crate::reach::Reach;
use crate::secret::Redactor;
use crate::sql::{Outcome, Session, Value};
use crate::{ProbeError, Target};
use std::sync::Arc;
use touchstone_model::inventory::SqlSpec;

/// Opens sessions of one role.
#[derive(Clone)]
pub(super) struct Door {
    spec: Arc<SqlSpec>,
    reach: Arc<Reach>,
    redactor: Arc<Redactor>,
    role: Arc<str>,
    marker: Arc<str>,
}

impl Door {
    pub(super) fn new(target: &Target, role: &str, marker: &str) -> Result<Self, ProbeError> {
        let Some(spec) = target.spec().sql.clone() else {
            return Err(ProbeError::Unavailable(format!("target {} has no database", target.spec().name)));
        };
        if !spec.roles.contains_key(role) {
            return Err(ProbeError::Unavailable(format!("the inventory names no role {role:?} for this database")));
        }
        let (reach, redactor) = (target.reach().clone(), target.redactor().clone());
        Ok(Self { spec: Arc::new(spec), reach, redactor, role: role.into(), marker: marker.into() })
    }

    pub(super) async fn open(&self) -> Result<Session, ProbeError> {
        Session::open(&self.spec, &self.reach, &self.role, &self.marker, &self.redactor).await
    }
}

/// One statement, executed again and again.
#[derive(Clone)]
pub(super) struct Caller {
    door: Door,
    statement: Arc<str>,
    random: Option<(i64, i64)>,
}

/// A session that is kept.
pub(super) struct Connection {
    session: Session,
    statement: Arc<str>,
    random: Option<(i64, i64)>,
}

impl Caller {
    pub(super) fn new(door: Door, statement: &str, random: Option<(i64, i64)>) -> Self {
        Self { door, statement: statement.into(), random }
    }

    pub(super) async fn connect(&self) -> Result<Connection, String> {
        let session = self.door.open().await.map_err(|_| "lost".to_owned())?;
        Ok(Connection { session, statement: self.statement.clone(), random: self.random })
    }
}

impl Connection {
    pub(super) async fn call(&mut self, random: &mut fastrand::Rng) -> Result<(), Failed> {
        let parameter = self.random.map(|(least, most)| Value::Integer(random.i64(least..=most)));
        let answer = self.session.execute(&self.statement, parameter.as_slice(), None).await;
        failure(&answer, &self.session).map_or(Ok(()), Err)
    }
}

/// What there is to say against an answer.
pub(super) fn failure(answer: &Result<Outcome, ProbeError>, session: &Session) -> Option<Failed> {
    let kind = match answer {
        Ok(Outcome::Done(_)) => return None,
        Ok(Outcome::Failed { sqlstate, .. }) => format!("sqlstate-{sqlstate}"),
        Ok(Outcome::Indeterminate(_)) | Err(ProbeError::Lost(_)) => "lost".to_owned(),
        Err(_) => "invalid".to_owned(),
    };
    Some(Failed { kind, usable: !session.is_closed() })
}
