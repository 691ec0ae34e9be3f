//! The first content of the tables (clause 4.3.3.1): many rows a statement, over several sessions.

use super::super::session::{Door, failure};
use super::random::{last_name, marked_text, text, zip};
use super::{Stock, Workload};
use crate::sql::Session;
use crate::{ProbeError, Target};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// Of one statement.
const PATIENCE: Duration = Duration::from_secs(60);
/// Opening balance and first payment, in hundredths.
const TEN: i64 = 1000;

/// Rows that were acknowledged, by table.
pub type Filled = BTreeMap<String, u64>;

/// What one worker does at a time.
#[derive(Clone, Copy)]
enum Job {
    Items(u32, u32),
    Warehouse(u32),
    Stock(u32, u32, u32),
    /// A district with its customers and orders.
    District(u32, u32),
}

/// Fills the tables, which are there and empty. The seed decides every value.
///
/// # Errors
/// No session, or a statement was refused or not answered.
pub async fn fill(
    target: &Target,
    workload: &Arc<Workload>,
    connections: u32,
    seed: u64,
    marker: &str,
) -> Result<Filled, ProbeError> {
    let permit = target.spec().load.as_ref().map_or(0, |permit| permit.max_connections);
    if connections == 0 || connections > permit {
        return Err(ProbeError::Denied(format!("{connections} connections, where max_connections = {permit} is permitted")));
    }
    let door = Door::new(target, &workload.role, marker)?;
    let (jobs, next, filled) = (Arc::new(jobs(&workload.stock)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::default()));
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let (door, workload) = (door.clone(), workload.clone());
        let (jobs, next, filled) = (jobs.clone(), next.clone(), filled.clone());
        workers.spawn(async move {
            let worker = Worker { session: door.open().await?, workload, filled };
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(number) else { return Ok::<_, ProbeError>(()) };
                worker.work(*job, &mut Rng::with_seed(seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))).await?;
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done.map_err(|error| ProbeError::other("load", error.to_string()))??;
    }
    let filled = filled.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(filled)
}

fn jobs(stock: &Stock) -> Vec<Job> {
    const PIECE: u32 = 5000;
    let pieces = || (1..=stock.items).step_by(PIECE as usize).map(|from| (from, (from + PIECE - 1).min(stock.items)));
    let mut jobs: Vec<Job> = pieces().map(|(from, to)| Job::Items(from, to)).collect();
    for warehouse in 1..=stock.warehouses {
        jobs.push(Job::Warehouse(warehouse));
        jobs.extend(pieces().map(|(from, to)| Job::Stock(warehouse, from, to)));
        jobs.extend((1..=stock.districts).map(|district| Job::District(warehouse, district)));
    }
    jobs
}

struct Worker {
    session: Session,
    workload: Arc<Workload>,
    filled: Arc<Mutex<Filled>>,
}

impl Worker {
    async fn work(&self, job: Job, random: &mut Rng) -> Result<(), ProbeError> {
        let Stock { districts, customers, .. } = self.workload.stock;
        match job {
            Job::Items(from, to) => {
                let rows = (from..=to).map(|item| {
                    let (image, name, price) = (random.u32(1..=10_000), text(random, 14, 24), random.u32(100..=10_000));
                    format!("({item}, {image}, '{name}', {price}, '{}')", marked_text(random, 26, 50))
                });
                self.insert("item", rows.collect()).await
            }
            Job::Warehouse(w) => {
                let year_to_date = i64::from(districts) * i64::from(customers) * TEN;
                let row = format!("({w}, {}, {year_to_date})", address(random));
                self.insert("warehouse", vec![row]).await
            }
            Job::Stock(w, from, to) => {
                let rows = (from..=to).map(|item| {
                    let places: Vec<String> = (0..10).map(|_| format!("'{}'", text(random, 24, 24))).collect();
                    let quantity = random.u32(10..=100);
                    format!("({w}, {item}, {quantity}, {}, 0, 0, 0, '{}')", places.join(", "), marked_text(random, 26, 50))
                });
                self.insert("stock", rows.collect()).await
            }
            Job::District(w, d) => self.district(w, d, random).await,
        }
    }

    async fn district(&self, w: u32, d: u32, random: &mut Rng) -> Result<(), ProbeError> {
        let customers = self.workload.stock.customers;
        let year_to_date = i64::from(customers) * TEN;
        let next = customers + 1;
        self.insert("district", vec![format!("({w}, {d}, {}, {year_to_date}, {next})", address(random))]).await?;
        let now = now_ms();
        let people = (1..=customers).map(|c| {
            let number = if c <= 1000 { c - 1 } else { random.u32(0..1000) };
            let credit = if random.u32(0..10) == 0 { "BC" } else { "GC" };
            let (first, street, city) = (text(random, 8, 16), text(random, 10, 20), text(random, 10, 20));
            let (state, zip, phone) =
                (text(random, 2, 2), zip(random), random.u64(1_000_000_000_000_000..10_000_000_000_000_000));
            let (discount, data) = (random.u32(0..=5000), text(random, 300, 500));
            format!(
                "({w}, {d}, {c}, '{first}', 'OE', '{}', '{street}', '{city}', '{state}', '{zip}', '{phone}', {now}, '{credit}', \
                 5000000, {discount}, -{TEN}, {TEN}, 1, 0, '{data}')",
                last_name(number)
            )
        });
        self.insert("customer", people.collect()).await?;
        let first = (1..=customers).map(|c| format!("({c}, {d}, {w}, {d}, {w}, {now}, {TEN}, '{}')", text(random, 12, 24)));
        self.insert("history", first.collect()).await?;
        let mut buyers: Vec<u32> = (1..=customers).collect();
        random.shuffle(&mut buyers);
        // Of 3000 orders the last 900 are not delivered.
        let delivered = customers * 7 / 10;
        let (mut orders, mut lines, mut undelivered) = (Vec::new(), Vec::new(), Vec::new());
        for (o, buyer) in (1..=customers).zip(buyers) {
            let count = random.u32(5..=15);
            let is_delivered = o <= delivered;
            let carrier = if is_delivered { random.u32(1..=10).to_string() } else { "NULL".to_owned() };
            orders.push(format!("({w}, {d}, {o}, {buyer}, {now}, {carrier}, {count}, 1)"));
            for number in 1..=count {
                let item = random.u32(1..=self.workload.stock.items);
                let (at, amount) = if is_delivered { (now.to_string(), 0) } else { ("NULL".to_owned(), random.u32(1..=999_999)) };
                let place = text(random, 24, 24);
                lines.push(format!("({w}, {d}, {o}, {number}, {item}, {w}, {at}, 5, {amount}, '{place}')"));
            }
            if !is_delivered {
                undelivered.push(format!("({w}, {d}, {o})"));
            }
        }
        self.insert("orders", orders).await?;
        self.insert("order-line", lines).await?;
        self.insert("new-order", undelivered).await
    }

    async fn insert(&self, table: &str, rows: Vec<String>) -> Result<(), ProbeError> {
        let name = format!("fill-{table}");
        for batch in rows.chunks(self.workload.batch as usize) {
            let statement = self.workload.filled(&name, &[("rows", &batch.join(", "))]);
            let answer = self.session.execute(&statement, &[], Some(PATIENCE)).await;
            if failure(&answer, &self.session).is_some() {
                let said = answer.map_or_else(|error| error.to_string(), |outcome| format!("{outcome:?}"));
                let said: String = said.chars().take(300).collect();
                return Err(ProbeError::other("load", format!("{name} was not done: {said}")));
            }
            let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
            *filled.entry(table.to_owned()).or_default() += batch.len() as u64;
        }
        Ok(())
    }
}

/// Name, street, city, state, code, tax in hundredths of a per cent.
fn address(random: &mut Rng) -> String {
    let (name, street, city, state) = (text(random, 6, 10), text(random, 10, 20), text(random, 10, 20), text(random, 2, 2));
    format!("'{name}', '{street}', '{city}', '{state}', '{}', {}", zip(random), random.u32(0..=2000))
}

/// Milliseconds of the epoch: every product has whole numbers, and no two agree on times.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
