//! One HTTP exchange at a time, each over a connection of its own.

mod client;
pub(crate) mod connect;
mod visitors;

pub(crate) use client::Prepared;
pub use client::{Client, DEFAULT_BODY_LIMIT, DEFAULT_TIMEOUT};
pub use visitors::{Party, PartyPlan, Visit};

use crate::{Family, NetworkFailure};
use std::time::Duration;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// GET, POST ...
    pub method: String,
    /// Absolute; scheme, host and port must be among the target's endpoints.
    pub url: String,
    /// Sent as they are; Host is added when it is not among them.
    pub headers: Vec<(String, String)>,
    /// May be empty.
    pub body: Vec<u8>,
    /// Name of a credential of the inventory, applied as basic authentication.
    pub credential: Option<String>,
    /// Only addresses of this family.
    pub family: Option<Family>,
    /// For the whole exchange.
    pub timeout: Duration,
    /// Bytes of the body that are kept.
    pub body_limit: usize,
}

impl Request {
    /// A GET with default limits.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            credential: None,
            family: None,
            timeout: DEFAULT_TIMEOUT,
            body_limit: DEFAULT_BODY_LIMIT,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "made once an exchange and taken apart at once")]
pub enum Exchange {
    /// A response. Redirects are not followed.
    Answered(Response),
    /// None, and why.
    Failed(NetworkFailure),
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// HTTP/1.0, HTTP/1.1, HTTP/2.
    pub version: String,
    /// In the order received; bytes that are no text are shown as U+FFFD.
    pub headers: Vec<(String, String)>,
    /// Up to the limit.
    pub body: Vec<u8>,
    /// More came than was kept.
    pub body_truncated: bool,
    /// Address and port really spoken to.
    pub remote: String,
    /// How long each part took.
    pub timings: Timings,
    /// Where it was encrypted.
    pub tls: Option<TlsDetails>,
}

/// Microseconds each part took; `first_byte_us` counts from the request to the response's head, `total_us` everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Name resolution.
    pub resolve_us: u64,
    /// TCP connection.
    pub connect_us: u64,
    /// TLS handshake; 0 without TLS.
    pub tls_us: u64,
    /// From the request to the head of the response.
    pub first_byte_us: u64,
    /// From the beginning to the end.
    pub total_us: u64,
}

/// What TLS showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsDetails {
    /// Like `TLSv1.3`.
    pub version: String,
    /// Like `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// Of the server's certificate.
    pub subject: String,
    /// Of the server's certificate.
    pub issuer: String,
    /// RFC 3339.
    pub not_after: String,
}
