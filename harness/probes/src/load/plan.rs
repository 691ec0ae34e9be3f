//! What load to put on a target, within bounds.

use super::order_entry::Workload;
use crate::{Family, ProbeError};
use std::sync::Arc;
use std::time::Duration;
use touchstone_model::inventory::LoadPermit;

/// A load.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is asked, again and again.
    pub request: Request,
    /// When.
    pub arrivals: Arrivals,
    /// Connections to the target; opened when first needed.
    pub connections: u32,
    /// Threads that carry them; absent: one for each processor, at most one a connection.
    pub threads: Option<u32>,
    /// How long requests come.
    pub duration: Duration,
    /// How long an answer is waited for, from the moment the request is sent.
    pub timeout: Duration,
    /// Of everything random: the same seed gives the same arrivals.
    pub seed: u64,
    /// A database is told it as part of the application's name, where it can be: by this the sessions are found again.
    pub marker: String,
}

/// When requests come, in requests a second.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Each connection asks again as soon as it was answered. Hides waiting; for comparison only.
    Closed,
    /// At equal distances.
    Constant(f64),
    /// From one rate to another, evenly.
    Ramp(f64, f64),
    /// One rate after the other, each for an equal part of the time.
    Steps(Vec<f64>),
    /// At random, independently of each other, at this mean rate.
    Poisson(f64),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// A request that must be answered with a status below 400.
    Http {
        /// GET, POST ...
        method: String,
        /// Absolute; among the target's endpoints.
        url: String,
        /// Further headers.
        headers: Vec<(String, String)>,
        /// Sent along.
        body: Vec<u8>,
        /// Of the protocol.
        version: Version,
        /// Forces the address family.
        family: Option<Family>,
    },
    /// The order-entry workload.
    OrderEntry(Arc<Workload>),
    /// A prepared statement of a role.
    Sql {
        /// Of the inventory.
        role: String,
        /// One statement; at most one parameter (`$1`, by ODBC `?`), a whole number.
        statement: String,
        /// Bounds of the parameter, drawn anew for each request; absent: no parameter.
        random: Option<(i64, i64)>,
    },
}

/// Of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1, one request at a time on a connection, kept alive.
    Http1,
    /// HTTP/2: by ALPN over TLS, by prior knowledge without.
    Http2,
}

/// Longest load.
pub const LONGEST: Duration = Duration::from_secs(3600);
/// Most requests of one load.
const MOST_REQUESTS: f64 = 50_000_000.0;

impl Arrivals {
    /// The highest rate that occurs; none in a closed loop.
    pub fn highest(&self) -> Option<f64> {
        match self {
            Arrivals::Closed => None,
            Arrivals::Constant(rate) | Arrivals::Poisson(rate) => Some(*rate),
            Arrivals::Ramp(from, to) => Some(from.max(*to)),
            Arrivals::Steps(rates) => Some(rates.iter().copied().fold(f64::NAN, f64::max)),
        }
    }

    fn rates(&self) -> Vec<f64> {
        match self {
            Arrivals::Closed => vec![],
            Arrivals::Constant(rate) | Arrivals::Poisson(rate) => vec![*rate],
            Arrivals::Ramp(from, to) => vec![*from, *to],
            Arrivals::Steps(rates) => rates.clone(),
        }
    }
}

impl Plan {
    /// Within what makes sense and what the inventory permits.
    pub(super) fn check(&self, permit: Option<&LoadPermit>, target: &str) -> Result<(), ProbeError> {
        let Some(permit) = permit else {
            return Err(ProbeError::Denied(format!(
                "load on target {target} is not permitted; to permit it, add to its [[target]] in the inventory: \
                 load = {{ max_rate = 1000, max_connections = 50 }}"
            )));
        };
        let invalid = |what: String| Err(ProbeError::Invalid(what));
        let rates = self.arrivals.rates();
        if let Some(bad) = rates.iter().find(|rate| !rate.is_finite() || **rate <= 0.0) {
            return invalid(format!("a rate of {bad} requests a second; it must be above 0"));
        }
        if rates.is_empty() && self.arrivals != Arrivals::Closed {
            return invalid("steps without any rate".to_owned());
        }
        if self.connections == 0 || self.threads == Some(0) {
            return invalid("load without connections or threads".to_owned());
        }
        if self.duration < Duration::from_millis(100) || self.duration > LONGEST {
            return invalid(format!("a load of {:?}; it must last from 100 ms to {} s", self.duration, LONGEST.as_secs()));
        }
        if self.timeout < Duration::from_millis(1) || self.timeout > Duration::from_secs(60) {
            return invalid(format!("a time limit of {:?} for an answer; it must be from 1 ms to 60 s", self.timeout));
        }
        let highest = self.arrivals.highest().unwrap_or(0.0);
        if highest * self.duration.as_secs_f64() > MOST_REQUESTS {
            return invalid(format!("more than {MOST_REQUESTS} requests in one load"));
        }
        let beyond =
            |what: String| Err(ProbeError::Denied(format!("{what}, by load = {{ .. }} of target {target} in the inventory")));
        if highest > permit.max_rate.into() {
            return beyond(format!("{highest} requests a second, where max_rate = {} is permitted", permit.max_rate));
        }
        if self.connections > permit.max_connections {
            let (asked, most) = (self.connections, permit.max_connections);
            return beyond(format!("{asked} connections, where max_connections = {most} is permitted"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arrivals: Arrivals) -> Plan {
        let request = Request::Sql { role: "app".into(), statement: "select 1".into(), random: None };
        let (duration, timeout) = (Duration::from_secs(2), Duration::from_secs(1));
        Plan { request, arrivals, connections: 4, threads: None, duration, timeout, seed: 1, marker: String::new() }
    }

    const PERMIT: LoadPermit = LoadPermit { max_rate: 1000, max_connections: 10 };

    #[test]
    fn absurd_loads_are_refused_before_anything_is_sent() {
        let refused = |plan: &Plan| plan.check(Some(&PERMIT), "t").expect_err("refused").to_string();
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(refused(&plan(Arrivals::Constant(rate))).contains("above 0"), "{rate}");
            assert!(refused(&plan(Arrivals::Steps(vec![10.0, rate]))).contains("above 0"), "{rate}");
        }
        assert!(refused(&plan(Arrivals::Steps(vec![]))).contains("without any rate"));
        assert!(refused(&plan(Arrivals::Constant(1e9))).contains("requests in one load"));
        assert!(refused(&plan(Arrivals::Ramp(1.0, 1001.0))).contains("max_rate = 1000"));
        assert!(refused(&Plan { connections: 0, ..plan(Arrivals::Closed) }).contains("without connections"));
        assert!(refused(&Plan { connections: 11, ..plan(Arrivals::Closed) }).contains("max_connections = 10"));
        assert!(refused(&Plan { duration: Duration::ZERO, ..plan(Arrivals::Closed) }).contains("100 ms"));
        assert!(refused(&Plan { timeout: Duration::ZERO, ..plan(Arrivals::Closed) }).contains("time limit"));
        assert!(plan(Arrivals::Poisson(1000.0)).check(Some(&PERMIT), "t").is_ok());
    }

    #[test]
    fn without_a_permit_the_error_tells_how_to_give_one() {
        let error = plan(Arrivals::Constant(1.0)).check(None, "shop").expect_err("refused").to_string();
        assert!(error.contains("shop") && error.contains("load = { max_rate"), "{error}");
    }
}
