//! Sends one request and reads its response.

use super::connect::{Phase, connect, micros};
use super::{Exchange, Request, Response, Timings};
use crate::error::chain;
use crate::reach::{Reach, origin};
use crate::secret::{self, Redactor};
use crate::tls::{self, Trust};
use crate::{NetworkFailure, ProbeError};
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use touchstone_model::inventory::HttpSpec;
use url::Url;

/// Longest time of an exchange whose caller names none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of body kept when the caller names no limit.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// Exchanges with one target's endpoints.
pub struct Client {
    spec: HttpSpec,
    reach: Arc<Reach>,
    redactor: Arc<Redactor>,
    tls: OnceLock<Result<Arc<rustls::ClientConfig>, ProbeError>>,
}

/// A request that may be sent, and where to.
pub(crate) struct Prepared {
    /// Knows what the host's name means.
    pub(crate) reach: Arc<Reach>,
    /// With the whole address in its line.
    pub(crate) http2: hyper::Request<Full<Bytes>>,
    /// With the path in its line and the host in a header.
    pub(crate) http1: hyper::Request<Full<Bytes>>,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Absent: plain.
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
}

/// Ends the task that drives a connection.
struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Client {
    pub(crate) fn new(spec: HttpSpec, reach: Arc<Reach>, redactor: Arc<Redactor>) -> Self {
        Self { spec, reach, redactor, tls: OnceLock::new() }
    }

    /// Whether any certificate is accepted, by the inventory's wish.
    pub fn is_insecure(&self) -> bool {
        self.spec.insecure
    }

    /// One exchange over a connection of its own.
    ///
    /// # Errors
    /// The URL is none of the target's, the request makes no sense, there is no such credential. How the network or the server
    /// failed is not an error but [`Exchange::Failed`].
    pub async fn send(&self, request: Request) -> Result<Exchange, ProbeError> {
        let prepared = self.prepared(&request)?;
        let phase = Phase::new();
        let work = exchange(prepared, &request, &phase);
        Ok(match tokio::time::timeout(request.timeout, work).await {
            Ok(Ok(response)) => Exchange::Answered(response),
            Ok(Err(failure)) => Exchange::Failed(failure),
            Err(_) => Exchange::Failed(NetworkFailure::TimedOut(phase.name().to_owned())),
        })
    }

    /// The request, if it goes to the target and makes sense.
    pub(crate) fn prepared(&self, request: &Request) -> Result<Prepared, ProbeError> {
        let url = self.check(request)?;
        let Some((_, host, port)) = origin(&url) else { return Err(ProbeError::Invalid(format!("{url} has no host"))) };
        let tls = if url.scheme() == "https" { Some(self.tls()?) } else { None };
        let http2 = self.prepare(request, &url)?;
        let mut http1 = http2.clone();
        to_origin_form(&mut http1);
        Ok(Prepared { reach: self.reach.clone(), http2, http1, host, port, tls })
    }

    /// The URL of a request, if it is one of the target's.
    pub(super) fn check(&self, request: &Request) -> Result<Url, ProbeError> {
        self.own(&request.url)
    }

    /// Whether a URL is one of the target's.
    ///
    /// # Errors
    /// It is none, or no URL at all.
    pub fn may_ask(&self, url: &str) -> Result<(), ProbeError> {
        self.own(url).map(drop)
    }

    /// A URL, if it is one of the target's.
    pub(crate) fn own(&self, url: &str) -> Result<Url, ProbeError> {
        let url = Url::parse(url).map_err(|error| ProbeError::Invalid(format!("{url:?}: {error}")))?;
        if !self.reach.has_origin(&url) || !matches!(url.scheme(), "http" | "https") {
            return Err(ProbeError::Denied(format!(
                "{} is not among the target's endpoints",
                url.origin().ascii_serialization()
            )));
        }
        Ok(url)
    }

    /// User and password of a credential of the inventory; the password is replaced in everything that is kept from now on.
    pub(crate) fn credential(&self, name: &str) -> Result<(String, Option<secret::Secret>), ProbeError> {
        let Some(credential) = self.spec.credentials.get(name) else {
            return Err(ProbeError::Unavailable(format!("the inventory names no credential {name:?} for this target")));
        };
        let password = credential.password.as_ref().map(secret::resolve).transpose()?;
        if let Some(password) = &password {
            self.redactor.add(password);
        }
        Ok((credential.user.clone(), password))
    }

    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Host and port of every endpoint over TLS.
    pub(crate) fn secure_endpoints(&self) -> Vec<(String, u16)> {
        let secure = |url: &String| Url::parse(url).ok().filter(|url| url.scheme() == "https");
        let origins = self.spec.endpoints.values().filter_map(secure).filter_map(|url| origin(&url));
        origins.map(|(_, host, port)| (host, port)).collect()
    }

    pub(crate) fn tls(&self) -> Result<Arc<rustls::ClientConfig>, ProbeError> {
        let make = || {
            let mut config = tls::client(&Trust::of(Some(&self.spec)))?;
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Ok(Arc::new(config))
        };
        self.tls.get_or_init(make).clone()
    }

    fn prepare(&self, request: &Request, url: &Url) -> Result<hyper::Request<Full<Bytes>>, ProbeError> {
        let invalid = |what: &str| ProbeError::Invalid(format!("the request's {what} makes no sense"));
        let method = hyper::Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("method"))?;
        let mut built = hyper::Request::builder()
            .method(method)
            .uri(url.as_str().split('#').next().unwrap_or_default())
            .body(Full::new(Bytes::from(request.body.clone())))
            .map_err(|_| invalid("address"))?;
        let headers = built.headers_mut();
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("header name"))?;
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid("header value"))?);
        }
        if let Some(name) = &request.credential {
            let (user, password) = self.credential(name)?;
            let pair = format!("{user}:{}", password.as_ref().map_or("", |password| password.expose()));
            let encoded = secret::Secret::new(base64::engine::general_purpose::STANDARD.encode(pair));
            self.redactor.add(&encoded);
            let mut value = HeaderValue::from_str(&format!("Basic {}", encoded.expose())).map_err(|_| invalid("credential"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(built)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoints", &self.spec.endpoints).finish_non_exhaustive()
    }
}

async fn exchange(prepared: Prepared, request: &Request, phase: &Phase) -> Result<Response, NetworkFailure> {
    let began = Instant::now();
    let mut timings = Timings::default();
    let Prepared { reach, http2, http1, host, port, tls } = prepared;
    let connected = connect(&reach, &host, port, request.family, tls, &mut timings, phase).await?;
    phase.enter("first byte");
    let asked = Instant::now();
    let stream = TokioIo::new(connected.stream);
    let (_driver, answer) = if connected.http2 {
        let made = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await;
        let (mut sender, connection) = made.map_err(|error| failure(&error))?;
        let driver = Driver(tokio::spawn(async move { drop(connection.await) }));
        (driver, sender.send_request(http2).await)
    } else {
        let made = hyper::client::conn::http1::handshake(stream).await;
        let (mut sender, connection) = made.map_err(|error| failure(&error))?;
        let driver = Driver(tokio::spawn(async move { drop(connection.await) }));
        (driver, sender.send_request(http1).await)
    };
    let answer = answer.map_err(|error| failure(&error))?;
    timings.first_byte_us = micros(asked);
    phase.enter("body");
    let (head, body) = answer.into_parts();
    let (body, body_truncated) = read(body, request.body_limit).await?;
    timings.total_us = micros(began);
    Ok(Response {
        status: head.status.as_u16(),
        version: format!("{:?}", head.version).replace("HTTP/2.0", "HTTP/2"),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body,
        body_truncated,
        remote: connected.remote.to_string(),
        timings,
        tls: connected.tls,
    })
}

/// HTTP/1 wants the path in the request line and the host in a header.
fn to_origin_form(request: &mut hyper::Request<Full<Bytes>>) {
    let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    // User information belongs to no header.
    let authority = authority.rsplit('@').next().unwrap_or_default();
    if let (false, Ok(host)) = (request.headers().contains_key(HOST), HeaderValue::from_str(authority)) {
        request.headers_mut().insert(HOST, host);
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if let Ok(path) = path.parse() {
        *request.uri_mut() = path;
    }
}

async fn read(mut body: Incoming, limit: usize) -> Result<(Vec<u8>, bool), NetworkFailure> {
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        let room = limit - kept.len();
        kept.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok((kept, true));
        }
    }
    Ok((kept, false))
}

fn failure(error: &hyper::Error) -> NetworkFailure {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                std::io::ErrorKind::UnexpectedEof => NetworkFailure::Protocol(format!("closed too early: {io}")),
                _ => NetworkFailure::of_io(io, "exchange"),
            };
        }
        cause = inner.source();
    }
    if error.is_incomplete_message() {
        NetworkFailure::Protocol("the connection was closed before a complete answer".to_owned())
    } else {
        NetworkFailure::Protocol(chain(error))
    }
}
