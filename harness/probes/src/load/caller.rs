//! What a load asks: one kind of caller for each protocol.

use super::plan::{Plan, Request};
use super::{http, order_entry, session, sql};
use crate::{ProbeError, Target};
use std::sync::Arc;

/// All that is needed to open connections, shared by all threads.
#[derive(Clone)]
pub(super) enum Caller {
    Http(http::Caller),
    /// Prepared statements over the PostgreSQL protocol.
    Sql(sql::Caller),
    /// Any other transport's.
    Session(session::Caller),
    OrderEntry(order_entry::Caller),
}

/// A connection, used by one request at a time.
pub(super) enum Connection {
    Http(http::Connection),
    Sql(sql::Connection),
    Session(session::Connection),
    OrderEntry(order_entry::Connection),
}

/// Looks the endpoint or role up; opens nothing yet.
pub(super) fn prepare(target: &Target, plan: &Plan) -> Result<Caller, ProbeError> {
    match &plan.request {
        Request::Http { method, url, headers, body, version, family } => {
            let request = crate::http::Request {
                method: method.clone(),
                headers: headers.clone(),
                body: body.clone(),
                family: *family,
                ..crate::http::Request::get(url)
            };
            Ok(Caller::Http(http::Caller::new(target.http()?.prepared(&request)?, *version, *family)))
        }
        Request::Sql { role, statement, random } => {
            if random.is_some_and(|(least, most)| least > most) {
                return Err(ProbeError::Invalid("the parameter's least value is above its greatest".to_owned()));
            }
            let odbc = target.spec().sql.as_ref().is_some_and(|spec| spec.odbc.is_some());
            if odbc {
                let door = session::Door::new(target, role, &plan.marker)?;
                return Ok(Caller::Session(session::Caller::new(door, statement, *random)));
            }
            Ok(Caller::Sql(sql::Caller::new(target, role, statement, *random, &plan.marker)?))
        }
        Request::OrderEntry(workload) => {
            let door = session::Door::new(target, &workload.role, &plan.marker)?;
            Ok(Caller::OrderEntry(order_entry::Caller::new(door, workload.clone())))
        }
    }
}

impl Caller {
    /// A new connection, or the kind of failure.
    pub(super) async fn connect(&self) -> Result<Connection, String> {
        Ok(match self {
            Caller::Http(caller) => Connection::Http(caller.connect().await?),
            Caller::Sql(caller) => Connection::Sql(caller.connect().await?),
            Caller::Session(caller) => Connection::Session(caller.connect().await?),
            Caller::OrderEntry(caller) => Connection::OrderEntry(caller.connect().await?),
        })
    }

    /// Names of the kinds of request, where there are several.
    pub(super) fn parts(&self) -> Arc<[&'static str]> {
        match self {
            Caller::OrderEntry(_) => order_entry::PARTS.into(),
            _ => Arc::from([]),
        }
    }
}

/// How a request failed.
pub(super) struct Failed {
    pub(super) kind: String,
    /// The connection can be used again.
    pub(super) usable: bool,
}

impl Connection {
    pub(super) async fn call(&mut self, random: &mut fastrand::Rng) -> Result<(), Failed> {
        match self {
            Connection::Http(connection) => connection.call().await,
            Connection::Sql(connection) => connection.call(random).await,
            Connection::Session(connection) => connection.call(random).await,
            Connection::OrderEntry(connection) => connection.call(random).await,
        }
    }

    /// Which of the caller's parts the last request was.
    pub(super) fn part(&self) -> usize {
        match self {
            Connection::OrderEntry(connection) => connection.part(),
            _ => 0,
        }
    }
}
