//! A connection and its statements.

use crate::cancel::Watch;
use crate::fetch;
use odbc_api::handles::{Record, StatementImpl};
use odbc_api::parameter::InputParameter;
use odbc_api::{Bit, Connection, ConnectionOptions, Error, IntoParameter, Preallocated, escape_attribute_value};
use std::time::{Duration, Instant};
use touchstone_probes::sql::wire::Reply;
use touchstone_probes::sql::{Done, Outcome, Transaction, Value};

/// One connection.
pub struct Session {
    connection: Connection<'static>,
}

/// Opens it; the error holds no attribute's value beyond what the driver itself repeats.
pub fn connect(attributes: &[(String, String)], login_timeout_s: u32) -> Result<Session, String> {
    let environment = odbc_api::environment().map_err(|error| said(&error).1)?;
    let attribute = |(key, value): &(String, String)| format!("{key}={};", escape_attribute_value(value));
    let string: String = attributes.iter().map(attribute).collect();
    let options = ConnectionOptions { login_timeout_sec: Some(login_timeout_s), ..ConnectionOptions::default() };
    let opened = environment.connect_with_connection_string(&string, options);
    // Not every driver has a time-out for logging in; the host has one of its own.
    let opened = opened.or_else(|error| match said(&error).0.as_str() {
        "HYC00" | "HY092" | "S1C00" => environment.connect_with_connection_string(&string, ConnectionOptions::default()),
        _ => Err(error),
    });
    opened.map(|connection| Session { connection }).map_err(|error| {
        let (state, message) = said(&error);
        format!("{state} {message}")
    })
}

impl Session {
    /// Executes one statement; the driver cancels it when its time is over.
    pub fn execute(&self, statement: &str, params: &[Value], timeout_ms: u64) -> Reply {
        let begun = Instant::now();
        let mut prepared = match self.connection.preallocate() {
            Ok(prepared) => prepared,
            Err(error) => return Reply::Outcome(outcome_of(&error)),
        };
        // The server's own limit stands behind; not every driver has one.
        let seconds = usize::try_from(timeout_ms.div_ceil(1000)).unwrap_or(usize::MAX);
        let _ = prepared.set_query_timeout_sec(seconds.saturating_add(1));
        let params: Vec<Box<dyn InputParameter>> = params.iter().map(parameter).collect();
        let watch = Watch::over(&mut prepared, Duration::from_millis(timeout_ms));
        let executed = match params.is_empty() {
            true => fetch::result(prepared.execute(statement, ())),
            false => fetch::result(prepared.execute(statement, params.as_slice())),
        };
        drop(watch);
        let outcome = executed.map(|fetched| match fetched {
            Some(fetched) => Done { affected: None, ..fetched },
            None => Done { affected: affected(&mut prepared), ..nothing() },
        });
        Reply::Outcome(match outcome {
            Ok(done) => Outcome::Done(Done { elapsed: begun.elapsed(), ..done }),
            Err(error) => outcome_of(&error),
        })
    }

    /// By the driver manager, not by statements: every driver has it.
    pub fn transaction(&self, what: Transaction) -> Outcome {
        let begun = Instant::now();
        let done = match what {
            Transaction::Begin => self.connection.set_autocommit(false),
            Transaction::Commit => self.connection.commit().and_then(|()| self.connection.set_autocommit(true)),
            Transaction::Rollback => self.connection.rollback().and_then(|()| self.connection.set_autocommit(true)),
        };
        match done {
            Ok(()) => Outcome::Done(Done { elapsed: begun.elapsed(), ..nothing() }),
            Err(error) => outcome_of(&error),
        }
    }
}

fn nothing() -> Done {
    Done { affected: None, columns: Vec::new(), rows: Vec::new(), truncated: false, elapsed: Duration::ZERO }
}

fn affected(statement: &mut Preallocated<StatementImpl<'_>>) -> Option<u64> {
    statement.row_count().ok().flatten().and_then(|rows| u64::try_from(rows).ok())
}

fn parameter(value: &Value) -> Box<dyn InputParameter> {
    match value {
        Value::Null => Box::new(None::<String>.into_parameter()),
        Value::Boolean(flag) => Box::new(Bit::from_bool(*flag)),
        Value::Integer(number) => Box::new(*number),
        Value::Float(number) => Box::new(*number),
        Value::Text(text) => Box::new(text.clone().into_parameter()),
        Value::Bytes(bytes) => Box::new(bytes.clone().into_parameter()),
    }
}

/// A refusal; what says nothing about the statement's fate is indeterminate.
fn outcome_of(error: &Error) -> Outcome {
    let (sqlstate, message) = said(error);
    // Broken links, and transactions of unknown resolution.
    let unknown = sqlstate.starts_with("08") || sqlstate == "40003" || sqlstate == "HYT01";
    if unknown || sqlstate.is_empty() {
        return Outcome::Indeterminate(format!("{sqlstate} {message}").trim().to_owned());
    }
    Outcome::Failed { sqlstate, message }
}

/// SQLSTATE (empty where there is none) and the words, with the driver's own number.
fn said(error: &Error) -> (String, String) {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    if let Error::Diagnostics { record, .. } | Error::UnsupportedOdbcApiVersion(record) = error {
        return told(record);
    }
    let mut words = Vec::new();
    while let Some(error) = cause {
        words.push(error.to_string());
        cause = error.source();
    }
    (String::new(), words.join(": "))
}

fn told(record: &Record) -> (String, String) {
    let state = record.state.as_str().trim_end_matches('\0').to_owned();
    let whole = record.to_string();
    let message = whole.split_once("Message: ").map_or(whole.as_str(), |(_, message)| message);
    (state, format!("{} (native {})", message.trim(), record.native_error))
}
