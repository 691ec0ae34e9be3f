//! Well-behaved clients that keep asking while something else is done to the server.

use super::{Client, Exchange, Request};
use crate::ProbeError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// Most visitors of one party.
const MOST: u32 = 256;
/// Most visits of one party; reached, nobody asks any more.
const MOST_VISITS: usize = 200_000;
/// They leave by themselves after this time, whatever became of whoever sent them.
const LONGEST: Duration = Duration::from_secs(900);
/// Characters of an answer that are kept.
const KEPT: usize = 160;

/// Who asks for what, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyPlan {
    /// What each asks for, over a connection of its own each time.
    pub request: Request,
    /// How many ask at the same time.
    pub visitors: u32,
    /// From the beginning of a visit to the beginning of the next one of the same visitor; a late answer delays it.
    pub interval: Duration,
    /// Cookies that the server sets are sent back by the same visitor.
    pub keep_cookies: bool,
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Number of the visitor, from 0.
    pub visitor: u32,
    /// From the party's beginning to the visit's.
    pub at: Duration,
    /// From the visit's beginning to its end.
    pub took: Duration,
    /// Status code; 0 when no answer came.
    pub status: u16,
    /// The beginning of the answer's text, or why none came.
    pub said: String,
}

/// Visitors on their way; they go home when it is dropped.
#[derive(Debug)]
pub struct Party {
    common: Arc<Common>,
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Common {
    client: Arc<Client>,
    plan: PartyPlan,
    began: Instant,
    visits: Mutex<Vec<Visit>>,
    over: AtomicBool,
}

impl Party {
    /// Sends them.
    ///
    /// # Errors
    /// What [`Client::send`] refuses, or too many of them.
    pub fn begin(client: &Arc<Client>, plan: PartyPlan) -> Result<Self, ProbeError> {
        if plan.visitors > MOST {
            return Err(ProbeError::Limit(format!("{} visitors; at most {MOST} are sent", plan.visitors)));
        }
        if plan.interval < Duration::from_millis(1) {
            return Err(ProbeError::Invalid("an interval of 0 ms".to_owned()));
        }
        // What is wrong with the request itself is told before anybody leaves.
        client.check(&plan.request)?;
        let common = Common {
            client: client.clone(),
            plan,
            began: Instant::now(),
            visits: Mutex::default(),
            over: AtomicBool::new(false),
        };
        let common = Arc::new(common);
        let mut tasks = JoinSet::new();
        for visitor in 0..common.plan.visitors {
            let common = common.clone();
            tasks.spawn(async move { drop(tokio::time::timeout(LONGEST, common.keep_asking(visitor)).await) });
        }
        Ok(Self { common, tasks })
    }

    /// Visits that are over.
    pub fn so_far(&self) -> usize {
        self.common.visits().len()
    }

    /// Calls them back, waits so long for those who are just being answered, and gives all visits in the order of their
    /// beginning.
    pub async fn stop(mut self, patience: Duration) -> Vec<Visit> {
        self.common.over.store(true, Ordering::Relaxed);
        let home = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, home).await.is_err() {
            self.tasks.shutdown().await;
        }
        let mut visits = std::mem::take(&mut *self.common.visits());
        visits.sort_by_key(|visit| visit.at);
        visits
    }
}

impl Common {
    fn visits(&self) -> MutexGuard<'_, Vec<Visit>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn keep_asking(&self, visitor: u32) {
        let Self { client, plan, .. } = self;
        let mut cookies: Vec<(String, String)> = Vec::new();
        // Spread over the interval: nobody wants to measure a herd.
        tokio::time::sleep(plan.interval.mul_f64(f64::from(visitor) / f64::from(plan.visitors.max(1)))).await;
        let mut beat = tokio::time::interval(plan.interval);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            if self.over.load(Ordering::Relaxed) || self.visits().len() >= MOST_VISITS {
                return;
            }
            let mut request = plan.request.clone();
            if !cookies.is_empty() {
                let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                request.headers.push(("cookie".to_owned(), pairs.join("; ")));
            }
            let (at, asked) = (self.began.elapsed(), Instant::now());
            let (status, said) = match client.send(request).await {
                Ok(Exchange::Answered(response)) => {
                    if plan.keep_cookies {
                        remember(&mut cookies, &response.headers);
                    }
                    (response.status, String::from_utf8_lossy(&response.body).trim().chars().take(KEPT).collect())
                }
                Ok(Exchange::Failed(failure)) => (0, failure.to_string()),
                Err(error) => (0, error.to_string()),
            };
            self.visits().push(Visit { visitor, at, took: asked.elapsed(), status, said });
        }
    }
}

/// Keeps what the server wants to get back; a cookie set anew replaces the old one (RFC 6265, as far as one host needs it).
fn remember(cookies: &mut Vec<(String, String)>, headers: &[(String, String)]) {
    for (_, value) in headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
        let Some((name, value)) = value.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        cookies.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            cookies.push((name, value));
        }
    }
}
