//! One client's connection: queries in, the engine's answers out.

use super::engine::{Column, Engine, Gone, Op, Reply};
use super::rows::{encode, fields, parameter, refused};
use async_trait::async_trait;
use futures_util::{Sink, stream};
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{DescribePortalResponse, DescribeStatementResponse, FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::stmt::{QueryParser, StoredStatement};
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, Type};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::TransactionStatus;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

/// A statement as the client sent it.
#[derive(Debug)]
pub(super) struct Statement {
    sql: String,
    /// What a client was told that the statement answers; it decodes by this.
    told: OnceLock<Option<Vec<Column>>>,
}

/// Keeps the text; the engine reads it.
#[derive(Debug)]
pub(super) struct Verbatim;

#[async_trait]
impl QueryParser for Verbatim {
    type Statement = Arc<Statement>;

    async fn parse_sql<C>(&self, _: &C, sql: &str, _: &[Option<Type>]) -> PgWireResult<Option<Self::Statement>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        Ok(Some(Arc::new(Statement { sql: sql.to_owned(), told: OnceLock::new() })))
    }

    fn get_parameter_types(&self, _: &Self::Statement) -> PgWireResult<Vec<Type>> {
        Ok(Vec::new())
    }

    fn get_result_schema(&self, _: &Self::Statement, _: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        Ok(Vec::new())
    }
}

/// One session of the engine, for one connection.
#[derive(Debug)]
pub(super) struct Connection {
    engine: Engine,
    session: u64,
}

impl Connection {
    pub(super) fn new(engine: Engine) -> Self {
        let session = engine.session();
        Self { engine, session }
    }

    async fn ask(&self, op: Op, sql: &str, params: Option<&[Value]>) -> PgWireResult<Reply> {
        match self.engine.ask(self.session, op, sql, params).await {
            Ok(Reply { error: Some(refusal), .. }) => Err(refused(&refusal.sqlstate, refusal.message)),
            Ok(reply) => Ok(reply),
            // Whether the statement took effect is not known: the connection ends, as a server's would that crashed.
            Err(Gone) => Err(PgWireError::UserError(Box::new(ErrorInfo::new(
                "FATAL".to_owned(),
                "57P02".to_owned(),
                "the engine behind this front is gone".to_owned(),
            )))),
        }
    }

    async fn run(
        &self,
        sql: &str,
        params: Option<&[Value]>,
        before: TransactionStatus,
        told: Option<&Option<Vec<Column>>>,
        format: &Format,
    ) -> PgWireResult<Response> {
        let reply = self.ask(Op::Run, sql, params).await?;
        let Some(columns) = &reply.columns else {
            if matches!(told, Some(Some(_))) {
                return Err(refused("0A000", "the statement was described with rows and answered none"));
            }
            let tag = tag(&reply);
            return Ok(match (before, reply.open) {
                (TransactionStatus::Idle, true) => Response::TransactionStart(tag),
                (TransactionStatus::Transaction | TransactionStatus::Error, false) => Response::TransactionEnd(tag),
                _ => Response::Execution(tag),
            });
        };
        // The client decodes by what it was told, which for unbound parameters may differ from what came.
        let columns = match told {
            None => columns,
            Some(Some(told)) if told.len() == columns.len() => told,
            Some(_) => return Err(refused("0A000", "the statement answered other columns than it was described with")),
        };
        let described = Arc::new(fields(columns, format)?);
        let rows = encode(columns, &described, reply.rows.as_deref().unwrap_or_default())?;
        let mut response = QueryResponse::new(described, stream::iter(rows.into_iter().map(Ok)));
        if !reply.tag.is_empty() {
            response.set_command_tag(&reply.tag);
        }
        Ok(Response::Query(response))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.engine.close(self.session);
    }
}

fn tag(reply: &Reply) -> Tag {
    let rows = reply.affected.and_then(|rows| usize::try_from(rows).ok());
    match (reply.tag.as_str(), rows) {
        ("INSERT", rows) => Tag::new("INSERT").with_oid(0).with_rows(rows.unwrap_or(0)),
        (word, Some(rows)) => Tag::new(word).with_rows(rows),
        (word, None) => Tag::new(word),
    }
}

fn bound(portal: &Portal<Arc<Statement>>) -> PgWireResult<Vec<Value>> {
    let types = &portal.statement.parameter_types;
    if let Format::Individual(formats) = &portal.parameter_format
        && formats.len() != portal.parameters.len()
    {
        return Err(refused("08P01", "as many parameter formats as parameters are needed"));
    }
    let value = |(index, bytes): (usize, &Option<_>)| {
        let kind = types.get(index).cloned().flatten().unwrap_or(Type::TEXT);
        parameter(bytes.as_deref(), &kind, portal.parameter_format.format_for(index))
    };
    portal.parameters.iter().enumerate().map(value).collect()
}

#[async_trait]
impl SimpleQueryHandler for Connection {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let before = client.transaction_status();
        Ok(vec![self.run(query, Some(&[]), before, None, &Format::UnifiedText).await?])
    }
}

#[async_trait]
impl ExtendedQueryHandler for Connection {
    type Statement = Arc<Statement>;
    type QueryParser = Verbatim;

    fn query_parser(&self) -> Arc<Self::QueryParser> {
        Arc::new(Verbatim)
    }

    async fn do_describe_statement<C>(
        &self,
        _: &mut C,
        target: &StoredStatement<Self::Statement>,
    ) -> PgWireResult<DescribeStatementResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Self::Statement>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = &target.statement;
        let reply = self.ask(Op::Describe, &statement.sql, None).await?;
        let given = |index: usize| target.parameter_types.get(index).cloned().flatten().unwrap_or(Type::TEXT);
        let parameters = (0..reply.params).map(given).collect();
        let told = statement.told.get_or_init(|| reply.columns);
        let fields = fields(told.as_deref().unwrap_or_default(), &Format::UnifiedText)?;
        Ok(DescribeStatementResponse::new(parameters, fields))
    }

    async fn do_describe_portal<C>(&self, _: &mut C, target: &Portal<Self::Statement>) -> PgWireResult<DescribePortalResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Self::Statement>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = &target.statement.statement;
        let told = match statement.told.get() {
            Some(told) => told,
            None => {
                let reply = self.ask(Op::Describe, &statement.sql, Some(&bound(target)?)).await?;
                statement.told.get_or_init(|| reply.columns)
            }
        };
        let fields = fields(told.as_deref().unwrap_or_default(), &target.result_column_format)?;
        Ok(DescribePortalResponse::new(fields))
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Self::Statement>, _max_rows: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Self::Statement>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = &portal.statement.statement;
        let before = client.transaction_status();
        let format = &portal.result_column_format;
        self.run(&statement.sql, Some(&bound(portal)?), before, statement.told.get(), format).await
    }
}
