//! HTTP/1.1 and HTTP/2, with or without TLS.

use super::caller::Failed;
use super::plan::Version;
use crate::Family;
use crate::http::connect::{Phase, connect};
use crate::http::{Prepared, Timings};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::Arc;

type Body = Full<Bytes>;

/// Opens connections for one request, which is sent again and again.
#[derive(Clone)]
pub(super) struct Caller {
    prepared: Arc<Prepared>,
    tls: Option<Arc<rustls::ClientConfig>>,
    version: Version,
    family: Option<Family>,
}

/// A connection that is kept.
pub(super) struct Connection {
    prepared: Arc<Prepared>,
    sender: Sender,
    driver: tokio::task::JoinHandle<()>,
}

enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Caller {
    pub(super) fn new(prepared: Prepared, version: Version, family: Option<Family>) -> Self {
        let tls = prepared.tls.as_ref().map(|shared| {
            let mut config = (**shared).clone();
            config.alpn_protocols = vec![if version == Version::Http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
            Arc::new(config)
        });
        Self { prepared: Arc::new(prepared), tls, version, family }
    }

    pub(super) async fn connect(&self) -> Result<Connection, String> {
        let (mut timings, phase) = (Timings::default(), Phase::new());
        let Prepared { reach, host, port, .. } = &*self.prepared;
        let connected = connect(reach, host, *port, self.family, self.tls.clone(), &mut timings, &phase).await;
        let connected = connected.map_err(|failure| failure.code().to_owned())?;
        if self.version == Version::Http2 && connected.tls.is_some() && !connected.http2 {
            return Err("no-http2".to_owned());
        }
        let io = TokioIo::new(connected.stream);
        let protocol = |_: hyper::Error| "protocol".to_owned();
        let (sender, driver) = match self.version {
            Version::Http1 => {
                let (sender, driver) = http1::handshake(io).await.map_err(protocol)?;
                (Sender::Http1(sender), tokio::spawn(async move { drop(driver.await) }))
            }
            Version::Http2 => {
                let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await.map_err(protocol)?;
                (Sender::Http2(sender), tokio::spawn(async move { drop(driver.await) }))
            }
        };
        Ok(Connection { prepared: self.prepared.clone(), sender, driver })
    }
}

impl Connection {
    pub(super) async fn call(&mut self) -> Result<(), Failed> {
        let gone = |error: &hyper::Error| {
            let kind = if error.is_timeout() {
                "timed-out"
            } else if error.is_parse() {
                "protocol"
            } else {
                "reset"
            };
            Failed { kind: kind.to_owned(), usable: false }
        };
        let answer = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await.map_err(|error| gone(&error))?;
                sender.send_request(self.prepared.http1.clone()).await
            }
            Sender::Http2(sender) => {
                sender.ready().await.map_err(|error| gone(&error))?;
                sender.send_request(self.prepared.http2.clone()).await
            }
        };
        let answer = answer.map_err(|error| gone(&error))?;
        let status = answer.status();
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            frame.map_err(|error| gone(&error))?;
        }
        if status.as_u16() < 400 { Ok(()) } else { Err(Failed { kind: format!("status-{}", status.as_u16()), usable: true }) }
    }
}
