//! Words that HTTP and sockets share: address families, and how a network service failed.

use crate::bindings::types::{ErrorDetail, IpFamily, NetworkFailure};
use crate::hand::Hand;
use touchstone_model::observation::ActResult;
use touchstone_probes as probe;

pub(crate) fn family(family: IpFamily) -> probe::Family {
    match family {
        IpFamily::V4 => probe::Family::V4,
        IpFamily::V6 => probe::Family::V6,
    }
}

/// ` (IPv6)` where one was asked for.
pub(crate) fn family_words(family: Option<IpFamily>) -> &'static str {
    match family {
        None => "",
        Some(IpFamily::V4) => " (IPv4)",
        Some(IpFamily::V6) => " (IPv6)",
    }
}

impl Hand {
    /// A failure as the observation and as the contract have it.
    pub(crate) fn failure(&self, failure: probe::NetworkFailure) -> (ActResult, NetworkFailure) {
        use probe::NetworkFailure as F;
        let code = failure.code().to_owned();
        let clean = |words: String| self.clean_text(&words);
        let (message, told) = match failure {
            F::Refused => (String::new(), NetworkFailure::Refused),
            F::Reset => (String::new(), NetworkFailure::Reset),
            F::Unreachable(w) => (clean(w.clone()), NetworkFailure::Unreachable(clean(w))),
            F::TimedOut(w) => (clean(w.clone()), NetworkFailure::TimedOut(clean(w))),
            F::Resolution(w) => (clean(w.clone()), NetworkFailure::Resolution(clean(w))),
            F::Tls(w) => (clean(w.clone()), NetworkFailure::Tls(clean(w))),
            F::Protocol(w) => (clean(w.clone()), NetworkFailure::Protocol(clean(w))),
            F::Other { code, message } => {
                (clean(message.clone()), NetworkFailure::Other(ErrorDetail { code, message: clean(message) }))
            }
        };
        (ActResult::NetworkFailed { code, message }, told)
    }
}
