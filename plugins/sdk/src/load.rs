//! Load: requests at a planned rate, and how they fared. A check that asks for it needs [`Need::Load`](crate::check::Need::Load),
//! and what the load goes by: HTTP or SQL.

use crate::bindings::touchstone::contract::load as contract;
use crate::context::Context;
use crate::sql::{Script, Way};
use crate::stop::{Stop, inconclusive, say};

pub use contract::{
    Arrivals, Figures, Found, HttpRequest, HttpVersion, Objective, OrderEntry, Part, Percentiles, Plan, Progress, Request,
    Running, SqlStatement, Stock,
};

/// What a latency objective comes to in words and numbers: a declared rate, and the time within which 99 of 100 are answered.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Requests a second.
    pub rate: f64,
    /// Microseconds.
    pub p99_us: u64,
    /// Of a hundred requests so many may fail.
    pub failures_per_cent: f64,
}

impl Declared {
    /// From the parameters `rate`, `p99_ms` and `failures_per_cent` of a check.
    pub fn of(cx: &Context) -> Result<Self, Stop> {
        let p99_ms: f64 = cx.param_as("p99_ms")?;
        let declared = Self {
            rate: cx.param_as("rate")?,
            p99_us: (p99_ms * 1000.0) as u64,
            failures_per_cent: cx.param_as("failures_per_cent")?,
        };
        if declared.p99_us == 0 || !(0.0..=100.0).contains(&declared.failures_per_cent) {
            return inconclusive(say(
                "声明的目标没有意义",
                format!(
                    "the declared objective makes no sense: p99_ms = {p99_ms}, failures_per_cent = {}",
                    declared.failures_per_cent
                ),
            ));
        }
        Ok(declared)
    }

    /// Decides the expectations `rate`, `latency` and `failures`. A host that was itself late is busy, and so may the target be, where
    /// they share a machine: then nothing is held against the target but what is beyond that.
    pub fn hold(&self, cx: &Context, figures: &Figures) -> Result<(), Stop> {
        let late = figures.scheduling.p99;
        let unmet = figures.saturated || figures.latency.p99 > self.p99_us;
        if late > BUSY_US && unmet && !self.is_unmistakable(figures) {
            return inconclusive(say(
                format!("试金石所在主机过忙，发出请求已晚 {late} 微秒（99%分位），测得的延迟不可信"),
                format!("the host was itself {late} us late (p99) with its requests: too busy to measure"),
            ));
        }
        let achieved = figures.achieved_rate;
        cx.expect("rate").that(
            !figures.saturated,
            format!("{} requests a second, of which at least 95 % are answered in their time", self.rate),
            format!("{achieved:.1} answered a second, {} of {} never sent", figures.unsent, figures.offered),
        )?;
        let Percentiles { p50, p99, max, count, .. } = figures.latency;
        cx.expect("latency").same_look().that(
            count > 0 && p99 <= self.p99_us,
            format!("p99 at most {} us, from the moment a request was due", self.p99_us),
            format!("p50 {p50} us, p99 {p99} us, longest {max} us, of {count}; the host itself was late by {late} us (p99)"),
        )?;
        let failed = (figures.failed + figures.unsent) as f64 * 100.0 / figures.offered.max(1) as f64;
        let kinds: Vec<String> = figures.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        cx.expect("failures").same_look().that(
            failed <= self.failures_per_cent,
            format!("at most {} % failed", self.failures_per_cent),
            format!("{failed:.2} % failed: [{}]", kinds.join(", ")),
        )?;
        Ok(())
    }
}

/// A host that is so late with one of a hundred requests is busy.
const BUSY_US: u64 = 20_000;

impl Declared {
    /// Even the fastest of all requests, or of a kind that is not rare, took longer than declared; or one exchange takes many times
    /// what the host was late.
    fn is_unmistakable(&self, figures: &Figures) -> bool {
        let rare = |part: &Part| part.latency.count * 50 < figures.latency.count;
        let all_slow = |part: &Part| !rare(part) && part.latency.min > self.p99_us;
        figures.service.min > self.p99_us
            || figures.parts.iter().any(all_slow)
            || figures.parts.is_empty() && figures.service.p50 > 5 * figures.scheduling.p99
    }
}

/// Puts a load on the target and waits for its end.
pub fn run(plan: &Plan) -> Result<Figures, Stop> {
    Ok(contract::begin(plan)?.finish()?)
}

/// As [`run`], without waiting for its end.
pub fn begin(plan: &Plan) -> Result<Running, Stop> {
    Ok(contract::begin(plan)?)
}

/// The highest rate at which an objective holds.
pub fn search(plan: &Plan, objective: Objective, least: f64, steps: u32) -> Result<Found, Stop> {
    Ok(contract::search(plan, objective, least, steps)?)
}

/// Fills the tables of an order-entry workload; the rows that were acknowledged, by table.
pub fn fill(workload: &OrderEntry, connections: u32) -> Result<Vec<(String, u64)>, Stop> {
    Ok(contract::fill(workload, connections)?)
}

/// Section of the dialects that holds the order-entry workload.
const SECTION: &str = "workload/order-entry";
/// Statements that the host sends, by name (suites/README.md).
const STATEMENTS: [&str; 37] = [
    "fill-item",
    "fill-warehouse",
    "fill-stock",
    "fill-district",
    "fill-customer",
    "fill-history",
    "fill-orders",
    "fill-order-line",
    "fill-new-order",
    "fill-rows",
    "take-number",
    "read-number",
    "read-buyer",
    "add-order",
    "add-new-order",
    "read-item",
    "take-stock",
    "read-stock",
    "add-line",
    "pay-warehouse",
    "read-warehouse",
    "pay-district",
    "read-district",
    "customers-by-name",
    "read-customer",
    "pay-customer",
    "mark-customer",
    "add-history",
    "last-order",
    "read-order",
    "read-lines",
    "oldest-order",
    "deliver-new-order",
    "deliver-order",
    "deliver-lines",
    "deliver-customer",
    "low-stock",
];
/// Queries that must answer 0: the consistency conditions, numbered as in TPC Benchmark C, clause 3.3.2.
pub const CONDITIONS: [&str; 12] = [
    "condition-1",
    "condition-2",
    "condition-3",
    "condition-4",
    "condition-5",
    "condition-6",
    "condition-7",
    "condition-8",
    "condition-9",
    "condition-10",
    "condition-11",
    "condition-12",
];

/// The order-entry workload as the target's product writes it, on tables whose names begin with `prefix`.
pub fn order_entry(cx: &Context, prefix: &str, role: &str, stock: Stock) -> Result<OrderEntry, Stop> {
    let one = |name: &&str| Ok(((*name).to_owned(), statement(cx, prefix, name)?));
    let statements = STATEMENTS.iter().map(one).collect::<Result<_, Stop>>()?;
    Ok(OrderEntry { role: role.to_owned(), statements, stock })
}

/// What makes its tables, and what drops them.
pub fn order_entry_tables(cx: &Context, prefix: &str) -> Result<Script, Stop> {
    cx.script(&format!("{SECTION}/create"), &[("p", prefix)])
}

/// One statement of the order-entry workload.
pub fn statement(cx: &Context, prefix: &str, name: &str) -> Result<String, Stop> {
    let script = cx.script(&format!("{SECTION}/{name}"), &[("p", prefix)])?;
    let first = script.ways.into_iter().next().and_then(|Way { statements, .. }| statements.into_iter().next());
    match first {
        Some(statement) => Ok(statement),
        None => inconclusive(say(
            format!("方言数据里 {SECTION}/{name} 没有语句"),
            format!("the dialect has no statement for {SECTION}/{name}"),
        )),
    }
}
