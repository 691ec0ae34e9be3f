//! Statements by role.

use crate::bindings::sql::{self, Host, HostPending, HostSession, Outcome, Value};
use crate::bindings::types::{Error, Place};
use crate::hand::{Hand, micros};
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_probes::sql as probe;
use wasmtime::component::Resource;

/// Longest time of a statement whose caller names none.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// A session that a plugin opened.
pub struct Session {
    role: String,
    probe: Arc<probe::Session>,
}

/// A statement that a plugin left under way.
pub struct Pending {
    role: String,
    statement: String,
    params: Vec<Value>,
    probe: probe::Pending,
}

impl Host for State {
    async fn open(&mut self, role: String) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        Ok(match self.hand.open_sql(&role, None, self.handles).await {
            Ok(probe) => Ok(self.keep(Session { role, probe })?),
            Err(error) => Err(error),
        })
    }

    async fn open_at(&mut self, role: String, place: Place) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        let Place { host, port, database } = place;
        let place = probe::Place { host, port, database };
        Ok(match self.hand.open_sql(&role, Some(place), self.handles).await {
            Ok(probe) => Ok(self.keep(Session { role, probe })?),
            Err(error) => Err(error),
        })
    }
}

impl HostPending for State {
    async fn wait(&mut self, pending: Resource<Pending>, timeout_ms: u32) -> wasmtime::Result<Result<Option<Outcome>, Error>> {
        let hand = self.hand.clone();
        let pending = self.table.get_mut(&pending)?;
        Ok(hand.await_pending(pending, timeout_ms).await)
    }

    async fn drop(&mut self, pending: Resource<Pending>) -> wasmtime::Result<()> {
        self.give_up(pending)?;
        Ok(())
    }
}

impl HostSession for State {
    async fn execute(
        &mut self,
        session: Resource<Session>,
        statement: String,
        params: Vec<Value>,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Outcome, Error>> {
        let hand = self.hand.clone();
        let session = self.table.get(&session)?;
        Ok(hand.execute(session, &statement, &params, timeout_ms).await)
    }

    async fn start(
        &mut self,
        session: Resource<Session>,
        statement: String,
        params: Vec<Value>,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Resource<Pending>, Error>> {
        let hand = self.hand.clone();
        let started = hand.start(self.table.get(&session)?, statement, params, timeout_ms, self.handles);
        Ok(match started {
            Ok(pending) => Ok(self.keep(pending)?),
            Err(error) => Err(error),
        })
    }

    async fn begin(&mut self, session: Resource<Session>) -> wasmtime::Result<Result<Outcome, Error>> {
        let (hand, session) = (self.hand.clone(), self.table.get(&session)?);
        Ok(hand.transaction(session, probe::Transaction::Begin).await)
    }

    async fn commit(&mut self, session: Resource<Session>) -> wasmtime::Result<Result<Outcome, Error>> {
        let (hand, session) = (self.hand.clone(), self.table.get(&session)?);
        Ok(hand.transaction(session, probe::Transaction::Commit).await)
    }

    async fn rollback(&mut self, session: Resource<Session>) -> wasmtime::Result<Result<Outcome, Error>> {
        let (hand, session) = (self.hand.clone(), self.table.get(&session)?);
        Ok(hand.transaction(session, probe::Transaction::Rollback).await)
    }

    async fn defer(&mut self, session: Resource<Session>, statement: String) -> wasmtime::Result<Result<(), Error>> {
        let role = self.table.get(&session)?.role.clone();
        Ok(self.hand.defer_statement(role, statement).await)
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.give_up(session)?;
        Ok(())
    }
}

impl Hand {
    async fn open_sql(&self, role: &str, place: Option<probe::Place>, open: usize) -> Result<Arc<probe::Session>, Error> {
        let line = match &place {
            None => format!("open session as {role}"),
            Some(place) => format!("open session as {role} at {}", shown(place)),
        };
        let act = self.begin_opening(&Need::Sql, &line, open)?;
        let opened = match &place {
            None => self.try_open_sql(role).await,
            // Such an instance ends with the check, and its sessions with it.
            Some(place) => self.run.target.sql_elsewhere(role, &self.run.scratch_name, place).await.map_err(|e| self.told(e)),
        };
        act.settle(opened.map(|session| (Arc::new(session), None)))
    }

    async fn try_open_sql(&self, role: &str) -> Result<probe::Session, Error> {
        self.register_sessions(role).await?;
        self.run.target.sql_marked(role, &self.run.scratch_name).await.map_err(|error| self.told(error))
    }

    /// Has the sessions of a role ended with the check: on disk before the first is opened, for a statement outlives the harness
    /// that sent it.
    pub(super) async fn register_sessions(&self, role: &str) -> Result<(), Error> {
        let first = self.run.roles.lock().unwrap_or_else(PoisonError::into_inner).insert(role.to_owned());
        let known = self.run.target.spec().sql.as_ref().is_some_and(|sql| sql.roles.contains_key(role));
        if first && known {
            let act = CleanupAct::Sessions { role: role.to_owned(), marker: self.run.scratch_name.clone() };
            self.run.notebook.cleanup(act).await?;
        }
        Ok(())
    }

    async fn execute(
        &self,
        session: &Session,
        statement: &str,
        params: &[Value],
        timeout_ms: Option<u32>,
    ) -> Result<Outcome, Error> {
        let act = self.begin(&Need::Sql, &format!("{}> {statement}", session.role))?;
        act.settle(self.try_execute(session, statement, params, timeout_ms).await)
    }

    /// Shows nothing of the target: that comes with the answer.
    fn start(
        &self,
        session: &Session,
        statement: String,
        params: Vec<Value>,
        timeout_ms: Option<u32>,
        open: usize,
    ) -> Result<Pending, Error> {
        let act = self.begin_opening(&Need::Sql, &format!("{}> (start) {statement}", session.role), open)?;
        let started = self.fits(&statement, &params).map(|()| {
            let given: Vec<probe::Value> = params.iter().map(to_probe).collect();
            let timeout = self.time(timeout_ms, DEFAULT_TIMEOUT);
            let probe = session.probe.start(statement.clone(), given, Some(timeout));
            (Pending { role: session.role.clone(), statement, params, probe }, None)
        });
        act.settle(started)
    }

    async fn await_pending(&self, pending: &mut Pending, timeout_ms: u32) -> Result<Option<Outcome>, Error> {
        let act = self.begin(&Need::Sql, &format!("{}> (wait) {}", pending.role, pending.statement))?;
        let within = self.time(Some(timeout_ms), DEFAULT_TIMEOUT);
        let answer = pending.probe.wait(within).await.map_err(|error| self.told(error));
        act.settle(answer.map(|answer| match answer {
            None => (None, None),
            Some(outcome) => {
                let (outcome, seen) = self.seen(outcome, self.given(&pending.params));
                (Some(outcome), seen)
            }
        }))
    }

    fn fits(&self, statement: &str, params: &[Value]) -> Result<(), Error> {
        self.check_size("a statement", statement.len())?;
        self.check_content("parameters of a statement", params.iter().map(size).sum())
    }

    fn given(&self, params: &[Value]) -> Pieces {
        let shown = if params.is_empty() { Vec::new() } else { self.clean(line(params).as_bytes()) };
        Pieces::default().with("params", &shown, false)
    }

    async fn transaction(&self, session: &Session, what: probe::Transaction) -> Result<Outcome, Error> {
        let act = self.begin(&Need::Sql, &format!("{}> ({})", session.role, what.name()))?;
        let timeout = self.time(None, DEFAULT_TIMEOUT);
        let outcome = session.probe.transaction(what, Some(timeout)).await.map_err(|error| self.told(error));
        act.settle(outcome.map(|outcome| self.seen(outcome, Pieces::default())))
    }

    async fn try_execute(
        &self,
        session: &Session,
        statement: &str,
        params: &[Value],
        timeout_ms: Option<u32>,
    ) -> Result<Done<Outcome>, Error> {
        self.fits(statement, params)?;
        let timeout = self.time(timeout_ms, DEFAULT_TIMEOUT);
        let given: Vec<probe::Value> = params.iter().map(to_probe).collect();
        let outcome = session.probe.execute(statement, &given, Some(timeout)).await.map_err(|error| self.told(error))?;
        Ok(self.seen(outcome, self.given(params)))
    }

    fn seen(&self, outcome: probe::Outcome, pieces: Pieces) -> Done<Outcome> {
        match outcome {
            probe::Outcome::Done(done) => {
                let done = self.done(done);
                let seen = ActResult::SqlDone { rows: done.rows.len() as u64, affected: done.affected };
                let pieces = pieces.with("rows", table(&done).as_bytes(), done.truncated);
                (Outcome::Done(done), Some((seen, pieces)))
            }
            probe::Outcome::Failed { sqlstate, message } => {
                let message = self.clean_text(&message);
                let seen = ActResult::SqlFailed { sqlstate: sqlstate.clone(), message: message.clone() };
                (Outcome::Failed(sql::Failure { sqlstate, message }), Some((seen, pieces)))
            }
            probe::Outcome::Indeterminate(reason) => {
                let reason = self.clean_text(&reason);
                (Outcome::Indeterminate(reason.clone()), Some((ActResult::Indeterminate { reason }, pieces)))
            }
        }
    }

    fn done(&self, done: probe::Done) -> sql::Done {
        let column = |column: probe::Column| sql::Column { name: self.clean_text(&column.name), type_name: column.type_name };
        let row = |row: Vec<probe::Value>| row.into_iter().map(|value| self.value(value)).collect();
        sql::Done {
            affected: done.affected,
            columns: done.columns.into_iter().map(column).collect(),
            rows: done.rows.into_iter().map(row).collect(),
            truncated: done.truncated,
            elapsed_us: micros(done.elapsed),
        }
    }

    fn value(&self, value: probe::Value) -> Value {
        match value {
            probe::Value::Null => Value::Null,
            probe::Value::Boolean(b) => Value::Boolean(b),
            probe::Value::Integer(n) => self.number(Value::Integer(n), n.to_string()),
            probe::Value::Float(x) => self.number(Value::Float(x), x.to_string()),
            probe::Value::Text(text) => Value::Text(self.clean_text(&text)),
            probe::Value::Bytes(bytes) => Value::Bytes(self.clean(&bytes)),
        }
    }

    /// A password may consist of digits.
    fn number(&self, value: Value, digits: String) -> Value {
        let clean = self.clean_text(&digits);
        if clean == digits { value } else { Value::Text(clean) }
    }

    async fn defer_statement(&self, role: String, statement: String) -> Result<(), Error> {
        let act = self.begin(&Need::Sql, &format!("defer {role}> {statement}"))?;
        let registered = match self.check_size("a statement", statement.len()) {
            Ok(()) => self.run.notebook.cleanup(CleanupAct::Statement { role, statement }).await,
            Err(error) => Err(error),
        };
        act.settle(registered.map(|()| ((), None)))
    }
}

pub(super) fn shown(place: &probe::Place) -> String {
    let host = place.host.as_deref().unwrap_or("the target's host");
    let port = place.port.map_or(String::new(), |port| format!(":{port}"));
    let database = place.database.as_ref().map_or(String::new(), |database| format!("/{database}"));
    format!("{host}{port}{database}")
}

fn to_probe(value: &Value) -> probe::Value {
    match value {
        Value::Null => probe::Value::Null,
        Value::Boolean(b) => probe::Value::Boolean(*b),
        Value::Integer(n) => probe::Value::Integer(*n),
        Value::Float(x) => probe::Value::Float(*x),
        Value::Text(text) => probe::Value::Text(text.clone()),
        Value::Bytes(bytes) => probe::Value::Bytes(bytes.clone()),
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len() + 8,
        Value::Bytes(bytes) => bytes.len() + 8,
        _ => 8,
    }
}

/// Column names, then one row a line, each a JSON array.
fn table(done: &sql::Done) -> String {
    if done.columns.is_empty() && done.rows.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = done.columns.iter().map(|column| column.name.as_str()).collect();
    let mut text = serde_json::json!(names).to_string();
    for row in &done.rows {
        text.push('\n');
        text.push_str(&line(row));
    }
    text
}

fn line(values: &[Value]) -> String {
    let json = |value: &Value| match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(b) => (*b).into(),
        Value::Integer(n) => (*n).into(),
        // JSON has no infinity and no NaN.
        Value::Float(x) if !x.is_finite() => x.to_string().into(),
        Value::Float(x) => (*x).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => format!("\\x{}", hex::encode(bytes)).into(),
    };
    serde_json::Value::Array(values.iter().map(json).collect()).to_string()
}
