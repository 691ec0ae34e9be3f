//! The listening side, in a thread of its own so that it can be started and dropped from anywhere.

use super::access::Access;
use super::engine::Engine;
use super::handler::Connection;
use crate::LabError;
use crate::error::Doing;
use pgwire::api::PgWireServerHandlers;
use pgwire::api::auth::cleartext::CleartextPasswordAuthStartupHandler;
use pgwire::api::auth::{DefaultServerParameterProvider, StartupHandler};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A front that listens on 127.0.0.1. Dropping it closes the port and all connections.
#[derive(Debug)]
pub(crate) struct Front {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

struct Handlers {
    connection: Arc<Connection>,
    access: Access,
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        Arc::clone(&self.connection)
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        Arc::clone(&self.connection)
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        let parameters = DefaultServerParameterProvider::default();
        Arc::new(CleartextPasswordAuthStartupHandler::new(self.access.clone(), parameters))
    }
}

impl Front {
    pub(crate) fn start(port: u16, engine: Engine, password: String) -> Result<Self, LabError> {
        let doing = || format!("listening on port {port}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).doing(doing)?;
        listener.set_nonblocking(true).doing(doing)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .doing(|| "making the front's runtime".to_owned())?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = accept(listener, engine, Access { password }) => {}
                    _ = stopped => {}
                }
            });
            // What still waits for the engine is dropped, not waited for.
            runtime.shutdown_background();
        });
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

async fn accept(listener: TcpListener, engine: Engine, access: Access) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        let handlers = Handlers { connection: Arc::new(Connection::new(engine.clone())), access: access.clone() };
        tokio::spawn(async move {
            // A client that breaks off has nobody to be told.
            let _ = pgwire::tokio::process_socket(stream, None, handlers).await;
        });
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
