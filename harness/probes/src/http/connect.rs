//! A connection for one exchange, with what it took.

use super::{Timings, TlsDetails};
use crate::error::chain;
use crate::reach::Reach;
use crate::{Family, NetworkFailure};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::{FromDer, X509Certificate};

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub(crate) struct Connected {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) remote: SocketAddr,
    pub(crate) tls: Option<TlsDetails>,
    pub(crate) http2: bool,
}

/// What the exchange is waiting for; told when its time is over.
#[derive(Clone)]
pub(crate) struct Phase(Arc<Mutex<&'static str>>);

impl Phase {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new("start")))
    }

    pub(crate) fn enter(&self, phase: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    pub(crate) fn name(&self) -> &'static str {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) async fn connect(
    reach: &Reach,
    host: &str,
    port: u16,
    family: Option<Family>,
    tls: Option<Arc<rustls::ClientConfig>>,
    timings: &mut Timings,
    phase: &Phase,
) -> Result<Connected, NetworkFailure> {
    phase.enter("resolve");
    let started = Instant::now();
    let addresses = reach.resolve(host, port, family).await?;
    timings.resolve_us = micros(started);
    phase.enter("connect");
    let started = Instant::now();
    let mut failure = NetworkFailure::Resolution(format!("{host} has no address"));
    let mut connected = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                connected = Some((stream, address));
                break;
            }
            Err(error) => failure = NetworkFailure::of_io(&error, "connect"),
        }
    }
    let Some((stream, remote)) = connected else { return Err(failure) };
    let _ = stream.set_nodelay(true);
    timings.connect_us = micros(started);
    let Some(config) = tls else { return Ok(Connected { stream: Box::new(stream), remote, tls: None, http2: false }) };
    phase.enter("tls");
    let started = Instant::now();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| NetworkFailure::Tls(error.to_string()))?;
    let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::ConnectionReset => NetworkFailure::Reset,
        _ => NetworkFailure::Tls(chain(&error)),
    })?;
    timings.tls_us = micros(started);
    let (_, session) = stream.get_ref();
    let tls = Some(details(session));
    let http2 = session.alpn_protocol() == Some(b"h2");
    Ok(Connected { stream: Box::new(stream), remote, tls, http2 })
}

/// The certificate of whoever answers there, if it is trusted (DER).
pub(crate) async fn certificate(
    reach: &Reach,
    host: &str,
    port: u16,
    tls: Arc<rustls::ClientConfig>,
) -> Result<Vec<u8>, NetworkFailure> {
    let work = async {
        let addresses = reach.resolve(host, port, None).await?;
        let nobody = || NetworkFailure::Resolution(format!("{host} has no address"));
        let address = addresses.first().ok_or_else(nobody)?;
        let stream = TcpStream::connect(address).await.map_err(|error| NetworkFailure::of_io(&error, "connect"))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| NetworkFailure::Tls(error.to_string()))?;
        let stream = TlsConnector::from(tls).connect(name, stream).await;
        let stream = stream.map_err(|error| NetworkFailure::Tls(chain(&error)))?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|certificate| certificate.to_vec());
        shown.ok_or_else(|| NetworkFailure::Tls("no certificate".to_owned()))
    };
    let late = |_| NetworkFailure::TimedOut("tls".to_owned());
    tokio::time::timeout(std::time::Duration::from_secs(5), work).await.map_err(late)?
}

fn details(session: &rustls::ClientConnection) -> TlsDetails {
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
    let mut details = TlsDetails { version, cipher, ..TlsDetails::default() };
    if let Some(certificate) = session.peer_certificates().and_then(<[_]>::first)
        && let Ok((_, certificate)) = X509Certificate::from_der(certificate)
    {
        details.subject = certificate.subject().to_string();
        details.issuer = certificate.issuer().to_string();
        details.not_after = rfc3339(certificate.validity().not_after.timestamp());
    }
    details
}

fn rfc3339(seconds: i64) -> String {
    let (date, time) = crate::sql::utc(seconds);
    format!("{date}T{time}Z")
}

pub(crate) fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
