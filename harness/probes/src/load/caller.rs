//! What a load asks: one kind of caller for each protocol. Another transport (ODBC) is another variant here.

use super::plan::{Plan, Request};
use super::{http, sql};
use crate::{ProbeError, Target};

/// All that is needed to open connections, shared by all threads.
#[derive(Clone)]
pub(super) enum Caller {
    Http(http::Caller),
    Sql(sql::Caller),
}

/// A connection, used by one request at a time.
pub(super) enum Connection {
    Http(http::Connection),
    Sql(sql::Connection),
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
        Request::Sql { role, statement, random } => Ok(Caller::Sql(sql::Caller::new(target, role, statement, *random)?)),
    }
}

impl Caller {
    /// A new connection, or the kind of failure.
    pub(super) async fn connect(&self) -> Result<Connection, String> {
        Ok(match self {
            Caller::Http(caller) => Connection::Http(caller.connect().await?),
            Caller::Sql(caller) => Connection::Sql(caller.connect().await?),
        })
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
        }
    }
}
