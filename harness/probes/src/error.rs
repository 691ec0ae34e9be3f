//! Why something could not be done, and how a network service failed.

use std::io;
use thiserror::Error;

/// Why a probe could not do what was asked. Never a statement about the target's conformity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProbeError {
    /// The target's inventory entry does not cover what was asked.
    #[error("denied: {0}")]
    Denied(String),
    /// The request itself makes no sense.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The act took longer than its own limit and was ended.
    #[error("timed out: {0}")]
    TimedOut(String),
    /// The target cannot be reached, or the link to it broke.
    #[error("lost: {0}")]
    Lost(String),
    /// A cap of the host was reached.
    #[error("limit reached: {0}")]
    Limit(String),
    /// The target's inventory entry offers no such thing.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Anything else, by a stable kebab-case code.
    #[error("{code}: {message}")]
    Other {
        /// Kebab-case.
        code: String,
        /// Details.
        message: String,
    },
}

impl ProbeError {
    pub(crate) fn other(code: &str, message: impl Into<String>) -> Self {
        Self::Other { code: code.to_owned(), message: message.into() }
    }
}

/// Address family of the Internet Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        }
    }
}

/// How an attempt to talk to a network service failed: something observed about the target.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetworkFailure {
    /// Nobody listens.
    #[error("connection refused")]
    Refused,
    /// No way there.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// Cut by the other side.
    #[error("connection reset")]
    Reset,
    /// What was being waited for.
    #[error("timed out: {0}")]
    TimedOut(String),
    /// The name has no such address.
    #[error("name resolution: {0}")]
    Resolution(String),
    /// The handshake or the certificate.
    #[error("TLS: {0}")]
    Tls(String),
    /// The other side did not keep to the protocol.
    #[error("protocol: {0}")]
    Protocol(String),
    /// Anything else, by a stable kebab-case code.
    #[error("{code}: {message}")]
    Other {
        /// Kebab-case.
        code: String,
        /// Details.
        message: String,
    },
}

impl NetworkFailure {
    /// Stable kebab-case name: refused, unreachable, reset, timed-out, resolution, tls, protocol, or another.
    pub fn code(&self) -> &str {
        match self {
            NetworkFailure::Refused => "refused",
            NetworkFailure::Unreachable(_) => "unreachable",
            NetworkFailure::Reset => "reset",
            NetworkFailure::TimedOut(_) => "timed-out",
            NetworkFailure::Resolution(_) => "resolution",
            NetworkFailure::Tls(_) => "tls",
            NetworkFailure::Protocol(_) => "protocol",
            NetworkFailure::Other { code, .. } => code,
        }
    }

    pub(crate) fn of_io(error: &io::Error, phase: &str) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Self::Reset,
            Kind::TimedOut => Self::TimedOut(phase.to_owned()),
            Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable | Kind::NetworkDown => {
                Self::Unreachable(error.to_string())
            }
            _ => Self::Other { code: "io".to_owned(), message: format!("{phase}: {error}") },
        }
    }
}

/// An error with all its causes, in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}
