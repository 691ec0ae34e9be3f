//! HTTP exchanges with the target's endpoints.

use crate::bindings::touchstone::contract::http as contract;
use crate::bindings::touchstone::contract::types::{IpFamily, NetworkFailure};
use crate::stop::Stop;

pub use crate::bindings::touchstone::contract::visitors::{Party, Plan as PartyPlan, Visit, begin as send_visitors};
pub use contract::{Exchange, Request, Response};

/// The door to HTTP.
pub struct Http {
    _private: (),
}

impl Http {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// Begins a GET.
    pub fn get(&self, url: &str) -> Get {
        Get {
            request: Request {
                method: "GET".into(),
                url: url.into(),
                headers: Vec::new(),
                body: Vec::new(),
                credential: None,
                family: None,
                timeout_ms: None,
                body_limit: None,
            },
        }
    }

    /// A request that is sent by [`Self::send`].
    pub fn request(&self, method: &str, url: &str) -> Request {
        Request { method: method.into(), ..self.get(url).request }
    }

    /// To be sent when the check is over, however it ends, and to be answered with a body that begins so. Said before the act that
    /// it undoes; it may be sent twice.
    pub fn undo(&self, request: &Request, answer: &str) -> Result<(), Stop> {
        Ok(contract::defer(request, answer)?)
    }

    /// Sends any request.
    pub fn send(&self, request: &Request) -> Result<Exchange, Stop> {
        Ok(contract::send(request)?)
    }
}

/// A GET being put together.
#[must_use]
pub struct Get {
    request: Request,
}

impl Get {
    /// A credential of the inventory, which the host applies.
    pub fn credential(mut self, name: Option<&str>) -> Self {
        self.request.credential = name.map(Into::into);
        self
    }

    /// Only over this address family.
    pub fn over(mut self, family: IpFamily) -> Self {
        self.request.family = Some(family);
        self
    }

    /// Milliseconds for the whole exchange.
    pub fn timeout_ms(mut self, milliseconds: u32) -> Self {
        self.request.timeout_ms = Some(milliseconds);
        self
    }

    /// Sends it.
    pub fn send(self) -> Result<Exchange, Stop> {
        Ok(contract::send(&self.request)?)
    }
}

/// A failure in a few words, for `actual`.
pub fn failure(failure: &NetworkFailure) -> String {
    match failure {
        NetworkFailure::Refused => "refused".into(),
        NetworkFailure::Reset => "reset".into(),
        NetworkFailure::Unreachable(why) => format!("unreachable: {why}"),
        NetworkFailure::TimedOut(why) => format!("timed out: {why}"),
        NetworkFailure::Resolution(why) => format!("resolution: {why}"),
        NetworkFailure::Tls(why) => format!("tls: {why}"),
        NetworkFailure::Protocol(why) => format!("protocol: {why}"),
        NetworkFailure::Other(detail) => format!("{}: {}", detail.code, detail.message),
    }
}
