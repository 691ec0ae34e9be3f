//! Threads, connections and the queue between them.

use super::caller::{Caller, Connection};
use super::plan::{Arrivals, Plan};
use super::record::{LoadResult, Recorder, join, micros};
use super::{arrivals, pacer};
use crate::ProbeError;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Notify, oneshot};

/// Pause after a vain attempt to connect in a closed loop, which nothing else slows down.
const BACK_OFF: Duration = Duration::from_millis(10);

/// Places of [`Shared::counts`].
const OFFERED: usize = 0;
const ANSWERED: usize = 1;
const FAILED: usize = 2;

/// What all threads share.
struct Shared {
    caller: Caller,
    plan: Plan,
    origin: Instant,
    stop: AtomicBool,
    /// Requests of a closed loop so far, which may not exceed what the inventory permits.
    sent: AtomicU64,
    most_a_second: u32,
    parts: Arc<[&'static str]>,
    /// Offered, answered, failed; for whoever looks on.
    counts: [AtomicU64; 3],
    /// Sum and greatest of the latencies since somebody looked, microseconds.
    lately: [AtomicU64; 2],
}

impl Shared {
    fn count(&self, which: usize) {
        self.counts[which].fetch_add(1, Ordering::Relaxed);
    }

    fn answered(&self, latency: u64) {
        self.count(ANSWERED);
        self.lately[0].fetch_add(micros(latency), Ordering::Relaxed);
        self.lately[1].fetch_max(micros(latency), Ordering::Relaxed);
    }

    fn so_far(&self) -> Counts {
        let [offered, answered, failed] = [OFFERED, ANSWERED, FAILED].map(|which| self.counts[which].load(Ordering::Relaxed));
        Counts { offered, answered, failed }
    }
}

/// Ends the threads when the load is given up.
struct Leash(Arc<Shared>);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// A load under way. Dropped, it ends early and leaves no connection.
pub struct Load {
    shared: Arc<Shared>,
    _leash: Leash,
    results: Vec<oneshot::Receiver<std::io::Result<Recorder>>>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were due; in a closed loop, that were sent.
    pub offered: u64,
    /// Answered as they should.
    pub answered: u64,
    /// Failed.
    pub failed: u64,
}

/// Looks on at a load from elsewhere.
pub struct Onlooker(Weak<Shared>);

impl Onlooker {
    /// How far it is, and mean and greatest latency of the answers since the last look, in microseconds; none when it is over.
    /// `before` is what the last look said.
    pub fn look(&self, before: Counts) -> Option<(Counts, u64, u64)> {
        let shared = self.0.upgrade()?;
        let counts = shared.so_far();
        let [sum, most] = [0, 1].map(|which: usize| shared.lately[which].swap(0, Ordering::Relaxed));
        Some((counts, sum / counts.answered.saturating_sub(before.answered).max(1), most))
    }
}

impl Load {
    pub(super) fn begin(caller: Caller, plan: Plan, most_a_second: u32) -> Result<Self, ProbeError> {
        let processors = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        let threads = plan.threads.unwrap_or(processors).clamp(1, 64).min(plan.connections);
        let shared = Arc::new(Shared {
            parts: caller.parts(),
            caller,
            plan,
            origin: Instant::now(),
            stop: AtomicBool::new(false),
            sent: AtomicU64::new(0),
            most_a_second,
            counts: Default::default(),
            lately: Default::default(),
        });
        let leash = Leash(shared.clone());
        let (mut inboxes, mut results) = (Vec::new(), Vec::new());
        for number in 0..threads {
            let (inbox, requests) = unbounded_channel();
            let (tell, told) = oneshot::channel();
            // The first threads carry one more where it does not come out even.
            let connections = shared.plan.connections / threads + u32::from(number < shared.plan.connections % threads);
            let shared = shared.clone();
            let body = move || drop(tell.send(thread(&shared, number, connections, requests)));
            spawn(format!("load-{number}"), body)?;
            inboxes.push(inbox);
            results.push(told);
        }
        let timed = shared.clone();
        spawn("load-pacer".to_owned(), move || {
            let due = arrivals::schedule(&timed.plan.arrivals, timed.plan.duration, timed.plan.seed);
            pacer::pace(due, &inboxes, timed.origin, &timed.stop);
        })?;
        Ok(Self { shared, _leash: leash, results })
    }

    /// How far it is.
    pub fn counts(&self) -> Counts {
        self.shared.so_far()
    }

    /// For whoever looks on.
    pub fn onlooker(&self) -> Onlooker {
        Onlooker(Arc::downgrade(&self.shared))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// A thread of the engine ended early.
    pub async fn finish(self) -> Result<LoadResult, ProbeError> {
        let mut recorders = Vec::new();
        for told in self.results {
            let recorder = told.await.map_err(|_| ProbeError::other("load", "a thread of the load engine ended early"))?;
            recorders.push(recorder.map_err(|error| ProbeError::other("load", error.to_string()))?);
        }
        let Shared { origin, plan, parts, .. } = &*self.shared;
        Ok(join(recorders, parts, plan.arrivals == Arrivals::Closed, plan.duration, origin.elapsed()))
    }
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Result<(), ProbeError> {
    let thread = std::thread::Builder::new().name(name).spawn(body);
    thread.map(drop).map_err(|error| ProbeError::other("load", format!("no thread for the load: {error}")))
}

/// What the connections of one thread share.
struct Desk {
    shared: Arc<Shared>,
    queue: RefCell<VecDeque<u64>>,
    arrived: Notify,
    /// Nothing more will come.
    closed: Cell<bool>,
    recorder: RefCell<Recorder>,
}

impl Desk {
    fn now(&self) -> u64 {
        u64::try_from(self.shared.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

fn thread(
    shared: &Arc<Shared>,
    number: u32,
    connections: u32,
    requests: UnboundedReceiver<Vec<u64>>,
) -> std::io::Result<Recorder> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let desk = Rc::new(Desk {
        shared: shared.clone(),
        queue: RefCell::default(),
        arrived: Notify::new(),
        closed: Cell::new(false),
        recorder: RefCell::new(Recorder::new(shared.plan.duration)),
    });
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut tasks = tokio::task::JoinSet::new();
        for connection in 0..connections {
            let seed = shared.plan.seed ^ (u64::from(number) << 32 | u64::from(connection));
            let desk = desk.clone();
            tasks.spawn_local(async move {
                if desk.shared.plan.arrivals == Arrivals::Closed {
                    closed_loop(&desk, seed).await
                } else {
                    open_loop(&desk, seed).await
                }
            });
        }
        let inbox = receive(&desk, requests);
        let finish = async { while tasks.join_next().await.is_some() {} };
        let given_up = async {
            // Nobody answers any longer than this after the last request was due.
            let end = shared.plan.duration + shared.plan.timeout * 2 + Duration::from_millis(200);
            while !shared.stop.load(Ordering::Relaxed) && shared.origin.elapsed() < end {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            ((), ()) = async { tokio::join!(inbox, finish) } => {}
            () = given_up => {}
        }
    });
    drop(local);
    let now = desk.now();
    let mut recorder = desk.recorder.replace(Recorder::new(shared.plan.duration));
    for due in desk.queue.borrow().iter() {
        recorder.unsent(*due, now);
    }
    Ok(recorder)
}

async fn receive(desk: &Desk, mut requests: UnboundedReceiver<Vec<u64>>) {
    while let Some(batch) = requests.recv().await {
        let now = desk.now();
        for due in batch {
            desk.shared.count(OFFERED);
            desk.recorder.borrow_mut().due(due);
            // What it waits for a connection from here on is the target's doing.
            desk.recorder.borrow_mut().scheduling.saturating_record(micros(now.saturating_sub(due)));
            desk.queue.borrow_mut().push_back(due);
            desk.arrived.notify_one();
        }
    }
    desk.closed.set(true);
    // Each wakes for itself; nobody is left waiting for a request that will not come.
    desk.arrived.notify_waiters();
}

/// Takes requests from the queue as they become due.
async fn open_loop(desk: &Desk, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut connection = None;
    let end = desk.shared.plan.duration + desk.shared.plan.timeout;
    loop {
        let arrived = desk.arrived.notified();
        let next = desk.queue.borrow_mut().pop_front();
        match next {
            // Too late to be sent at all.
            Some(due) if desk.shared.origin.elapsed() > end => {
                let now = desk.now();
                desk.recorder.borrow_mut().unsent(due, now);
            }
            Some(due) => request(desk, &mut connection, &mut random, Some(due)).await,
            None if desk.closed.get() => return,
            None => arrived.await,
        }
    }
}

/// Asks again as soon as it was answered.
async fn closed_loop(desk: &Desk, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut connection = None;
    let shared = &desk.shared;
    while shared.origin.elapsed() < shared.plan.duration && !shared.stop.load(Ordering::Relaxed) {
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let before = shared.sent.fetch_add(1, Ordering::Relaxed) as f64;
        let ahead = before / f64::from(shared.most_a_second) - shared.origin.elapsed().as_secs_f64();
        if ahead > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(ahead)).await;
            if shared.origin.elapsed() >= shared.plan.duration {
                return;
            }
        }
        request(desk, &mut connection, &mut random, None).await;
        if connection.is_none() {
            tokio::time::sleep(BACK_OFF).await;
        }
    }
}

/// One request, over the connection that is there or a new one.
async fn request(desk: &Desk, place: &mut Option<Connection>, random: &mut fastrand::Rng, due: Option<u64>) {
    let timeout = desk.shared.plan.timeout;
    let began = desk.now();
    if due.is_none() {
        desk.shared.count(OFFERED);
    }
    let failed = |kind: &str, part: Option<usize>| {
        desk.shared.count(FAILED);
        let now = desk.now();
        desk.recorder.borrow_mut().failed(kind, part, now);
    };
    if place.is_none() {
        match tokio::time::timeout(timeout, desk.shared.caller.connect()).await {
            Ok(Ok(connection)) => {
                desk.recorder.borrow_mut().connections += 1;
                *place = Some(connection);
            }
            Ok(Err(kind)) => return failed(&kind, None),
            Err(_) => return failed("timed-out", None),
        }
    }
    let Some(connection) = place else { return };
    desk.recorder.borrow_mut().sent += 1;
    let sent = desk.now();
    match tokio::time::timeout(timeout, connection.call(random)).await {
        Ok(Ok(())) => {
            let now = desk.now();
            desk.shared.answered(now.saturating_sub(due.unwrap_or(began)));
            desk.recorder.borrow_mut().answered(connection.part(), due.unwrap_or(began), sent, now);
        }
        Ok(Err(error)) => {
            let part = connection.part();
            if !error.usable {
                *place = None;
            }
            failed(&error.kind, Some(part));
        }
        Err(_) => {
            let part = connection.part();
            // A late answer must not be taken for that of the next request.
            *place = None;
            failed("timed-out", Some(part));
        }
    }
}
