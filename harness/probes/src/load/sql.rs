//! Prepared statements over the PostgreSQL protocol.

use super::caller::Failed;
use crate::reach::Reach;
use crate::secret::Redactor;
use crate::sql::connect::connect;
use crate::{ProbeError, Target};
use std::sync::Arc;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Statement};
use touchstone_model::inventory::SqlSpec;

/// Opens sessions for one statement, which is executed again and again.
#[derive(Clone)]
pub(super) struct Caller {
    shared: Arc<Shared>,
}

struct Shared {
    spec: SqlSpec,
    reach: Arc<Reach>,
    redactor: Arc<Redactor>,
    role: String,
    statement: String,
    random: Option<(i64, i64)>,
    application: String,
}

/// A session that is kept.
pub(super) struct Connection {
    client: Client,
    statement: Statement,
    random: Option<(i64, i64)>,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Caller {
    pub(super) fn new(
        target: &Target,
        role: &str,
        statement: &str,
        random: Option<(i64, i64)>,
        marker: &str,
    ) -> Result<Self, ProbeError> {
        let (reach, redactor) = (target.reach().clone(), target.redactor().clone());
        let Some(spec) = target.spec().sql.clone() else {
            return Err(ProbeError::Unavailable(format!("target {} has no database", target.spec().name)));
        };
        crate::sql::connect::usable(&spec, role)?;
        let (role, statement) = (role.to_owned(), statement.to_owned());
        let application = format!("touchstone {marker}").trim_end().to_owned();
        Ok(Self { shared: Arc::new(Shared { spec, reach, redactor, role, statement, random, application }) })
    }

    pub(super) async fn connect(&self) -> Result<Connection, String> {
        let Shared { spec, reach, redactor, role, statement, random, application } = &*self.shared;
        let connected = connect(spec, reach, role, application, redactor).await.map_err(|_| "lost".to_owned())?;
        let statement = match connected.client.prepare(statement).await {
            Ok(statement) => statement,
            Err(error) => {
                connected.driver.abort();
                return Err(kind(&error));
            }
        };
        if statement.params().len() != usize::from(random.is_some()) {
            connected.driver.abort();
            return Err("parameters".to_owned());
        }
        Ok(Connection { client: connected.client, statement, random: *random, driver: connected.driver })
    }
}

impl Connection {
    pub(super) async fn call(&mut self, random: &mut fastrand::Rng) -> Result<(), Failed> {
        let rows = match self.random {
            None => self.client.query(&self.statement, &[]).await,
            Some((least, most)) => {
                let value = random.i64(least..=most);
                let narrow = i32::try_from(value).unwrap_or_default();
                let text = value.to_string();
                let parameter: &(dyn ToSql + Sync) = match self.statement.params().first() {
                    Some(&Type::INT4) => &narrow,
                    Some(&Type::TEXT) => &text,
                    _ => &value,
                };
                self.client.query(&self.statement, &[parameter]).await
            }
        };
        rows.map(drop).map_err(|error| Failed { kind: kind(&error), usable: !self.client.is_closed() })
    }
}

fn kind(error: &Error) -> String {
    error.code().map_or_else(|| "lost".to_owned(), |state| format!("sqlstate-{}", state.code()))
}
