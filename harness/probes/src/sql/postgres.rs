//! A session over the PostgreSQL protocol.

use super::DEFAULT_TIMEOUT;
use super::connect::{Connected, Ground, connect_on};
use super::decode::Raw;
use super::value::{Column, Done, Outcome, Parameter, Transaction, Value, lacks_room};
use crate::ProbeError;
use crate::error::chain;
use crate::reach::Reach;
use crate::secret::Redactor;
use futures_util::TryStreamExt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::types::Type;
use tokio_postgres::{CancelToken, Client, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use touchstone_model::inventory::SqlSpec;

/// How long the server may take to confirm that it gave a statement up.
const CANCEL_WITHIN: Duration = Duration::from_secs(5);

/// Closed when dropped, and what runs in it is then cancelled.
pub(super) struct Session {
    role: String,
    client: Option<Client>,
    connection: Option<JoinHandle<()>>,
    tls: Option<MakeRustlsConnect>,
    /// Where a request to cancel goes, where the library does not know.
    by: Option<SocketAddr>,
    turn: tokio::sync::Mutex<()>,
    /// An answer never came, so no later one could be trusted.
    ended: AtomicBool,
}

impl Session {
    pub(super) async fn open(
        spec: &SqlSpec,
        reach: &Reach,
        role: &str,
        application: &str,
        redactor: &Redactor,
        ground: Ground,
    ) -> Result<Self, ProbeError> {
        let opening = connect_on(spec, reach, role, application, redactor, ground);
        let Connected { client, driver: connection, tls, by } = opening.await?;
        let (client, connection) = (Some(client), Some(connection));
        Ok(Self {
            role: role.to_owned(),
            client,
            connection,
            tls,
            by,
            turn: tokio::sync::Mutex::default(),
            ended: AtomicBool::new(false),
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.ended.load(Ordering::Relaxed) || self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// The server itself refuses more than one statement.
    pub(super) async fn execute(
        &self,
        statement: &str,
        params: &[Value],
        timeout: Option<Duration>,
    ) -> Result<Outcome, ProbeError> {
        let _turn = self.turn.lock().await;
        let client = self.client.as_ref().filter(|_| !self.is_closed());
        let Some(client) = client else {
            return Err(ProbeError::Lost(format!("the SQL session of role {} had ended", self.role)));
        };
        let mut canceller =
            Canceller { token: Some(client.cancel_token()), tls: self.tls.clone(), by: self.by, ended: &self.ended };
        let mut work = pin!(perform(client, statement, params));
        let outcome = match tokio::time::timeout(timeout.unwrap_or(DEFAULT_TIMEOUT), &mut work).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let _ = tokio::time::timeout(CANCEL_WITHIN, canceller.cancel()).await;
                match tokio::time::timeout(CANCEL_WITHIN, &mut work).await {
                    Ok(outcome) => outcome,
                    Err(_) => Ok(Outcome::Indeterminate("its time was over, and the server did not confirm its end".to_owned())),
                }
            }
        };
        canceller.token = None;
        if matches!(outcome, Ok(Outcome::Indeterminate(_))) {
            self.break_off();
        }
        outcome
    }

    pub(super) async fn transaction(&self, what: Transaction, timeout: Option<Duration>) -> Result<Outcome, ProbeError> {
        let statement = match what {
            Transaction::Begin => "START TRANSACTION",
            Transaction::Commit => "COMMIT",
            Transaction::Rollback => "ROLLBACK",
        };
        self.execute(statement, &[], timeout).await
    }

    /// No later statement may read a late answer.
    fn break_off(&self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(connection) = &self.connection {
            connection.abort();
        }
    }

    pub(super) async fn close(mut self) {
        self.client = None;
        if let Some(mut connection) = self.connection.take()
            && tokio::time::timeout(Duration::from_secs(2), &mut connection).await.is_err()
        {
            connection.abort();
        }
    }
}

/// Cancels on the server what is under way when it is dropped.
struct Canceller<'a> {
    token: Option<CancelToken>,
    tls: Option<MakeRustlsConnect>,
    by: Option<SocketAddr>,
    ended: &'a AtomicBool,
}

impl Canceller<'_> {
    async fn cancel(&self) {
        if let Some(token) = self.token.clone() {
            cancel(token, self.tls.clone(), self.by).await;
        }
    }
}

impl Drop for Canceller<'_> {
    fn drop(&mut self) {
        // A cancellation that comes late must not hit another statement: there will be none.
        self.ended.fetch_or(self.token.is_some(), Ordering::Relaxed);
        if let (Some(token), Ok(runtime)) = (self.token.take(), tokio::runtime::Handle::try_current()) {
            let (tls, by) = (self.tls.take(), self.by.take());
            runtime.spawn(async move { tokio::time::timeout(CANCEL_WITHIN, cancel(token, tls, by)).await });
        }
    }
}

async fn cancel(token: CancelToken, tls: Option<MakeRustlsConnect>, by: Option<SocketAddr>) {
    let _ = match (tls, by) {
        (Some(tls), _) => token.cancel_query(tls).await,
        (None, None) => token.cancel_query(NoTls).await,
        (None, Some(by)) => match tokio::net::TcpStream::connect(by).await {
            Ok(stream) => token.cancel_query_raw(stream, NoTls).await,
            Err(_) => return,
        },
    };
}

async fn perform(client: &Client, statement: &str, params: &[Value]) -> Result<Outcome, ProbeError> {
    let started = Instant::now();
    match query(client, statement, params).await {
        Ok(mut done) => {
            done.elapsed = started.elapsed();
            Ok(Outcome::Done(done))
        }
        Err(Trouble::Server(error)) => Ok(outcome_of(&error)),
        Err(Trouble::Parameters { given, wanted }) => {
            Err(ProbeError::Invalid(format!("the statement has {wanted} parameters, {given} were given")))
        }
    }
}

enum Trouble {
    Server(Error),
    Parameters { given: usize, wanted: usize },
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

async fn query(client: &Client, statement: &str, params: &[Value]) -> Result<Done, Trouble> {
    let mut columns = Vec::new();
    let stream = if params.is_empty() {
        let none: [(Parameter<'_>, Type); 0] = [];
        client.query_typed_raw(statement, none).await?
    } else {
        let prepared = client.prepare(statement).await?;
        let wanted = prepared.params().len();
        if wanted != params.len() {
            return Err(Trouble::Parameters { given: params.len(), wanted });
        }
        columns = prepared.columns().iter().map(column).collect();
        {
            let params: Vec<Parameter<'_>> = params.iter().map(Parameter).collect();
            client.query_raw(&prepared, &params).await?
        }
    };
    let mut stream = pin!(stream);
    let (mut rows, mut bytes, mut truncated) = (Vec::new(), 0, false);
    while let Some(row) = stream.try_next().await? {
        if columns.is_empty() {
            columns = row.columns().iter().map(column).collect();
        }
        if lacks_room(rows.len(), bytes) {
            truncated = true;
            continue;
        }
        let mut values = Vec::with_capacity(row.len());
        for index in 0..row.len() {
            let Raw(value) = row.try_get(index)?;
            bytes += value.size();
            values.push(value);
        }
        rows.push(values);
    }
    let affected = stream.rows_affected();
    if rows.is_empty() && columns.is_empty() && is_question(statement) {
        // Without rows the stream does not tell the columns; preparing asks for them and executes nothing.
        columns = client.prepare(statement).await.map(|p| p.columns().iter().map(column).collect()).unwrap_or_default();
    }
    Ok(Done { affected, columns, rows, truncated, elapsed: Duration::ZERO })
}

fn is_question(statement: &str) -> bool {
    let word: String = statement.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    matches!(word.to_ascii_uppercase().as_str(), "SELECT" | "WITH" | "TABLE" | "VALUES")
}

fn column(column: &tokio_postgres::Column) -> Column {
    Column { name: column.name().to_owned(), type_name: column.type_().name().to_owned() }
}

fn outcome_of(error: &Error) -> Outcome {
    let Some(refusal) = error.as_db_error() else {
        return Outcome::Indeterminate(format!("the answer never came: {}", chain(error)));
    };
    let sqlstate = refusal.code().code().to_owned();
    // A server that ends the session says so before the link breaks; whether the statement counted is not said by that.
    let fatal = matches!(refusal.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    // Transaction resolution unknown; statement completion unknown.
    let unknown = matches!(sqlstate.as_str(), "08007" | "40003");
    if fatal || unknown {
        return Outcome::Indeterminate(format!(
            "the server ended the session or does not know: {sqlstate} {}",
            refusal.message()
        ));
    }
    let mut message = refusal.message().to_owned();
    for more in [refusal.detail(), refusal.hint()].into_iter().flatten() {
        message.push_str("; ");
        message.push_str(more);
    }
    Outcome::Failed { sqlstate, message }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.client = None;
        if let Some(connection) = self.connection.take() {
            let (Ok(runtime), false) = (tokio::runtime::Handle::try_current(), connection.is_finished()) else { return };
            // The connection says goodbye by itself, unless a statement is still under way.
            let abort = connection.abort_handle();
            runtime.spawn(async move {
                if tokio::time::timeout(CANCEL_WITHIN, connection).await.is_err() {
                    abort.abort();
                }
            });
        }
    }
}
