//! `sql`

use crate::bindings::touchstone::contract::sql::{Column, Done, Failure, Host, HostSession, Outcome, Value};
use crate::bindings::touchstone::contract::types::Error;
use crate::guest::Guest;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_probes::sql;
use wasmtime::component::Resource;

/// When the guest names none.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An open session.
pub struct Session {
    role: String,
    session: sql::Session,
}

impl Host for Guest {
    async fn open(&mut self, role: String) -> wasmtime::Result<Result<Resource<Session>, Error>> {
        let errand = match self.granted(&Need::Sql)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = self.take_handle(&errand.limits) {
            return Ok(Err(error));
        }
        let act = errand.act("sql", format!("{role}> (open)"));
        match errand.target.sql(&role).await {
            Ok(session) => Ok(Ok(self.table.push(Session { role, session })?)),
            Err(error) => {
                self.handles -= 1;
                Ok(Err(errand.could_not(act, error)))
            }
        }
    }
}

impl HostSession for Guest {
    async fn execute(
        &mut self,
        session: Resource<Session>,
        statement: String,
        params: Vec<Value>,
        timeout_ms: Option<u32>,
    ) -> wasmtime::Result<Result<Outcome, Error>> {
        let errand = self.errand()?.clone();
        let open = self.table.get_mut(&session)?;
        if let Err(error) = errand.within("statement", statement.len() + params.iter().map(size).sum::<usize>()) {
            return Ok(Err(error));
        }
        let shown: String = statement.chars().take(600).collect();
        let mut act = errand.act("sql", format!("{}> {shown}", open.role));
        if shown.len() < statement.len() {
            act.saw("statement", statement.clone(), false);
        }
        if !params.is_empty() {
            let listed = params.iter().enumerate().map(|(at, value)| format!("${} = {}\n", at + 1, shown_value(value)));
            act.saw("params", listed.collect::<String>(), false);
        }
        let params: Vec<sql::Value> = params.into_iter().map(asked).collect();
        let timeout = Some(timeout_ms.map_or(TIMEOUT, |ms| Duration::from_millis(ms.into())));
        Ok(match open.session.execute(&statement, &params, timeout).await {
            Ok(sql::Outcome::Done(done)) => {
                let columns = done.columns.into_iter().map(|c| Column { name: c.name, type_name: c.type_name });
                let rows = done.rows.into_iter().map(|row| row.into_iter().map(answered).collect::<Vec<_>>());
                let (columns, rows): (Vec<Column>, Vec<Vec<Value>>) = (columns.collect(), rows.collect());
                act.saw("rows", table(&columns, &rows), done.truncated);
                errand.observer.record(act, ActResult::SqlDone { rows: rows.len() as u64, affected: done.affected });
                let elapsed_us = u64::try_from(done.elapsed.as_micros()).unwrap_or(u64::MAX);
                Ok(Outcome::Done(Done { affected: done.affected, columns, rows, truncated: done.truncated, elapsed_us }))
            }
            Ok(sql::Outcome::Failed { sqlstate, message }) => {
                let message = errand.observer.clean(&message);
                errand.observer.record(act, ActResult::SqlFailed { sqlstate: sqlstate.clone(), message: message.clone() });
                Ok(Outcome::Failed(Failure { sqlstate, message }))
            }
            Ok(sql::Outcome::Indeterminate(reason)) => {
                let reason = errand.observer.clean(&reason);
                errand.observer.record(act, ActResult::Indeterminate { reason: reason.clone() });
                Ok(Outcome::Indeterminate(reason))
            }
            Err(error) => Err(errand.could_not(act, error)),
        })
    }

    async fn defer(&mut self, session: Resource<Session>, statement: String) -> wasmtime::Result<Result<(), Error>> {
        let errand = self.errand()?.clone();
        let role = self.table.get(&session)?.role.clone();
        Ok(errand.observer.owe(CleanupAct::Statement { role, statement }).await.map_err(Error::Limit))
    }

    async fn drop(&mut self, session: Resource<Session>) -> wasmtime::Result<()> {
        self.table.delete(session)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

fn asked(value: Value) -> sql::Value {
    match value {
        Value::Null => sql::Value::Null,
        Value::Boolean(v) => sql::Value::Boolean(v),
        Value::Integer(v) => sql::Value::Integer(v),
        Value::Float(v) => sql::Value::Float(v),
        Value::Text(v) => sql::Value::Text(v),
        Value::Bytes(v) => sql::Value::Bytes(v),
    }
}

fn answered(value: sql::Value) -> Value {
    match value {
        sql::Value::Null => Value::Null,
        sql::Value::Boolean(v) => Value::Boolean(v),
        sql::Value::Integer(v) => Value::Integer(v),
        sql::Value::Float(v) => Value::Float(v),
        sql::Value::Text(v) => Value::Text(v),
        sql::Value::Bytes(v) => Value::Bytes(v),
    }
}

fn shown_value(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(v) => v.to_string(),
        Value::Integer(v) => v.to_string(),
        Value::Float(v) => v.to_string(),
        Value::Text(v) => v.replace(['\t', '\n'], " "),
        Value::Bytes(v) => hex::encode(v),
    }
}

/// Tab-separated, with a heading.
fn table(columns: &[Column], rows: &[Vec<Value>]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let heading = columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join("\t");
    let lines = rows.iter().map(|row| row.iter().map(shown_value).collect::<Vec<_>>().join("\t"));
    std::iter::once(heading).chain(lines).map(|line| line + "\n").collect()
}
