//! Load on the target, within what its inventory permits.

use crate::bindings::load::{
    Arrivals, Figures, Found, Host, HostRunning, HttpVersion, Objective, OrderEntry, Part, Percentiles, Plan, Progress, Request,
};
use crate::bindings::types::{Error, IpFamily};
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_model::text::Text;
use touchstone_probes::Family;
use touchstone_probes::load as probe;
use wasmtime::component::Resource;

/// Between two looks of whoever looks on.
const LOOK: Duration = Duration::from_secs(1);

/// A load under way.
pub struct Running {
    words: String,
    need: Need,
    load: Option<probe::Load>,
    looking: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Host for State {
    async fn begin(&mut self, plan: Plan) -> wasmtime::Result<Result<Resource<Running>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.begin_load(plan, self.handles, self.loads).await {
            Ok(running) => {
                self.loads += 1;
                Ok(self.keep(running)?)
            }
            Err(error) => Err(error),
        })
    }

    async fn search(
        &mut self,
        plan: Plan,
        objective: Objective,
        least: f64,
        steps: u32,
    ) -> wasmtime::Result<Result<Found, Error>> {
        let hand = self.hand.clone();
        Ok(hand.search_load(plan, objective, least, steps).await)
    }

    async fn fill(&mut self, workload: OrderEntry, connections: u32) -> wasmtime::Result<Result<Vec<(String, u64)>, Error>> {
        let hand = self.hand.clone();
        Ok(hand.fill(workload, connections).await)
    }
}

impl HostRunning for State {
    async fn so_far(&mut self, running: Resource<Running>) -> wasmtime::Result<Result<Progress, Error>> {
        let counts = self.table.get(&running)?.load.as_ref().map(probe::Load::counts);
        let told = |probe::Counts { offered, answered, failed }| Progress { offered, answered, failed };
        Ok(counts.map(told).ok_or_else(over))
    }

    async fn finish(&mut self, running: Resource<Running>) -> wasmtime::Result<Result<Figures, Error>> {
        let hand = self.hand.clone();
        let running = self.table.get_mut(&running)?;
        Ok(hand.finish_load(running).await)
    }

    async fn drop(&mut self, running: Resource<Running>) -> wasmtime::Result<()> {
        self.give_up(running)?;
        self.loads = self.loads.saturating_sub(1);
        Ok(())
    }
}

fn over() -> Error {
    Error::Invalid("this load is over".to_owned())
}

impl Hand {
    async fn begin_load(&self, plan: Plan, open: usize, loads: usize) -> Result<Running, Error> {
        let words = words(&plan);
        let act = self.begin_opening(&Need::Load, &format!("begin load: {words}"), open)?;
        if loads >= self.run.limits.loads {
            return Err(act.refused(Error::Limit(format!("{} loads at once", self.run.limits.loads))));
        }
        // What it shows is known when it is finished.
        act.settle(self.try_begin_load(plan, words).await.map(|running| (running, None)))
    }

    async fn try_begin_load(&self, plan: Plan, words: String) -> Result<Running, Error> {
        let (need, plan) = self.load_plan(plan).await?;
        let load = probe::begin(&self.run.target, &plan).map_err(|error| self.told(error))?;
        let looking = tokio::spawn(look_on(load.onlooker(), self.run.notebook.clone()));
        Ok(Running { words, need, load: Some(load), looking })
    }

    async fn finish_load(&self, running: &mut Running) -> Result<Figures, Error> {
        let act = self.begin(&Need::Load, &format!("load: {}", running.words))?;
        let Some(load) = running.load.take() else { return Err(act.refused(over())) };
        let finished = load.finish().await.map_err(|error| self.told(error));
        running.looking.abort();
        let result = match finished {
            Ok(result) => result,
            Err(error) => return Err(act.refused(error)),
        };
        if result.sent == 0 && result.failed == 0 {
            return Err(act.refused(Error::Invalid("the load was over before the first request was due".to_owned())));
        }
        let seen = seen(&running.need, &result);
        act.settle(Ok((figures(&result), Some((seen, pieces(&result))))))
    }

    async fn search_load(&self, plan: Plan, objective: Objective, least: f64, steps: u32) -> Result<Found, Error> {
        let Objective { quantile, latency_us, failures } = objective;
        let line = format!(
            "search the highest rate from {least} /s with {quantile} of requests within {latency_us} us, {failures} failed at most: {}",
            words(&plan)
        );
        let act = self.begin(&Need::Load, &line)?;
        let objective = probe::Objective { quantile, latency_us, failures };
        act.settle(self.try_search_load(plan, objective, least, steps).await)
    }

    async fn try_search_load(
        &self,
        plan: Plan,
        objective: probe::Objective,
        least: f64,
        steps: u32,
    ) -> Result<Done<Found>, Error> {
        let (_, plan) = self.load_plan(plan).await?;
        let found = probe::search(&self.run.target, &plan, objective, least, steps).await.map_err(|error| self.told(error))?;
        let mut text = "rate\theld\tachieved\tfailed\tp50_us\tp99_us\n".to_owned();
        for step in &found.steps {
            let probe::LoadResult { achieved_rate, failed, latency, .. } = &step.result;
            // Writing into a String can't fail.
            let _ =
                writeln!(text, "{:.1}\t{}\t{achieved_rate:.1}\t{failed}\t{}\t{}", step.rate, step.held, latency.p50, latency.p99);
        }
        let amount = found.steps.iter().map(|step| step.result.answered).sum();
        let told = Found {
            rate: found.rate,
            bounded_by_permit: found.bounded_by_permit,
            steps: found.steps.iter().map(|step| (step.rate, step.held)).collect(),
        };
        Ok((told, Some((ActResult::Done { amount }, Pieces::default().with("search", text.as_bytes(), false)))))
    }

    async fn fill(&self, workload: OrderEntry, connections: u32) -> Result<Vec<(String, u64)>, Error> {
        let stock = workload.stock;
        let line = format!(
            "fill the order-entry tables: {} warehouses of {} districts of {} customers, {} items, over {connections} connections",
            stock.warehouses, stock.districts, stock.customers, stock.items
        );
        let act = self.begin(&Need::Load, &line)?;
        act.settle(self.try_fill(workload, connections).await)
    }

    async fn try_fill(&self, workload: OrderEntry, connections: u32) -> Result<Done<Vec<(String, u64)>>, Error> {
        self.also(&Need::Sql)?;
        self.register_sessions(&workload.role).await?;
        let workload = Arc::new(self.order_entry(workload)?);
        let filled = probe::fill(&self.run.target, &workload, connections, 1, &self.run.scratch_name);
        let filled = filled.await.map_err(|error| self.told(error))?;
        let lines: String = filled.iter().map(|(table, rows)| format!("{table}\t{rows}\n")).collect();
        let amount = filled.values().sum();
        let pieces = Pieces::default().with("filled", lines.as_bytes(), false);
        Ok((filled.into_iter().collect(), Some((ActResult::Done { amount }, pieces))))
    }

    /// The way that the load goes must have been granted, too.
    fn also(&self, need: &Need) -> Result<(), Error> {
        if self.grants.contains(need) {
            return Ok(());
        }
        Err(Error::Denied(format!("the check did not declare that it needs {need}")))
    }

    fn order_entry(&self, workload: OrderEntry) -> Result<probe::Workload, Error> {
        let size = workload.statements.iter().map(|(name, statement)| name.len() + statement.len()).sum();
        self.check_size("a workload's statements", size)?;
        let stock = probe::Stock {
            warehouses: workload.stock.warehouses,
            districts: workload.stock.districts,
            customers: workload.stock.customers,
            items: workload.stock.items,
        };
        let made = probe::Workload::new(&workload.role, workload.statements.into_iter().collect(), stock);
        made.map_err(|error| self.told(error))
    }

    async fn load_plan(&self, plan: Plan) -> Result<(Need, probe::Plan), Error> {
        let (need, request) = match plan.request {
            Request::Http(asked) => {
                let headers = asked.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
                self.check_size("a URL with its headers", asked.url.len() + headers)?;
                self.check_content("a body", asked.body.len())?;
                let version = match asked.version {
                    HttpVersion::Http1 => probe::Version::Http1,
                    HttpVersion::Http2 => probe::Version::Http2,
                };
                let family = asked.family.map(|family| match family {
                    IpFamily::V4 => Family::V4,
                    IpFamily::V6 => Family::V6,
                });
                let (method, url, headers, body) = (asked.method, asked.url, asked.headers, asked.body);
                (Need::Http, probe::Request::Http { method, url, headers, body, version, family })
            }
            Request::Sql(asked) => {
                self.check_size("a statement", asked.statement.len())?;
                self.also(&Need::Sql)?;
                self.register_sessions(&asked.role).await?;
                let (role, statement, random) = (asked.role, asked.statement, asked.random);
                (Need::Sql, probe::Request::Sql { role, statement, random })
            }
            Request::OrderEntry(workload) => {
                self.also(&Need::Sql)?;
                self.register_sessions(&workload.role).await?;
                (Need::Sql, probe::Request::OrderEntry(Arc::new(self.order_entry(workload)?)))
            }
        };
        self.also(&need)?;
        let arrivals = match plan.arrivals {
            Arrivals::Closed => probe::Arrivals::Closed,
            Arrivals::Constant(rate) => probe::Arrivals::Constant(rate),
            Arrivals::Ramp((from, to)) => probe::Arrivals::Ramp(from, to),
            Arrivals::Steps(rates) => probe::Arrivals::Steps(rates),
            Arrivals::Poisson(rate) => probe::Arrivals::Poisson(rate),
        };
        let duration = Duration::from_millis(plan.duration_ms.into());
        if duration > self.time_left() {
            let left = self.time_left().as_secs();
            return Err(Error::Invalid(format!("a load of {duration:?}, where the check has {left} s left")));
        }
        let plan = probe::Plan {
            request,
            arrivals,
            connections: plan.connections,
            threads: None,
            duration,
            timeout: Duration::from_millis(plan.timeout_ms.into()),
            seed: plan.seed,
            marker: self.run.scratch_name.clone(),
        };
        Ok((need, plan))
    }
}

/// Tells whoever looks on, until the load is over.
async fn look_on(onlooker: probe::Onlooker, notebook: Arc<crate::observe::Notebook>) {
    let mut before = probe::Counts::default();
    let mut beat = tokio::time::interval(LOOK);
    beat.tick().await;
    loop {
        beat.tick().await;
        let Some((counts, mean, most)) = onlooker.look(before) else { return };
        let (answered, failed) = (counts.answered - before.answered, counts.failed - before.failed);
        #[allow(clippy::cast_precision_loss, reason = "microseconds shown as milliseconds")]
        let [mean, most] = [mean, most].map(|us| us as f64 / 1000.0);
        notebook.progress(Text::new(
            format!("{answered} 次/秒，失败 {failed}，平均 {mean:.1} 毫秒，最长 {most:.1} 毫秒"),
            format!("{answered}/s, {failed} failed, mean {mean:.1} ms, longest {most:.1} ms"),
        ));
        before = counts;
    }
}

/// A plan in a line.
fn words(plan: &Plan) -> String {
    let what = match &plan.request {
        Request::Http(asked) => format!("{} {}", asked.method, asked.url),
        Request::Sql(asked) => format!("{}> {}", asked.role, asked.statement),
        Request::OrderEntry(workload) => {
            format!("order-entry workload of {} warehouses as {}", workload.stock.warehouses, workload.role)
        }
    };
    let when = match &plan.arrivals {
        Arrivals::Closed => "in a closed loop".to_owned(),
        Arrivals::Constant(rate) => format!("{rate} /s at equal distances"),
        Arrivals::Ramp((from, to)) => format!("{from} /s to {to} /s"),
        Arrivals::Steps(rates) => format!("{rates:?} /s in turn"),
        Arrivals::Poisson(rate) => format!("{rate} /s at random"),
    };
    let Plan { connections, duration_ms, timeout_ms, seed, .. } = plan;
    format!(
        "{what}: {when}, over {connections} connections, for {duration_ms} ms, each given up after {timeout_ms} ms, seed {seed}"
    )
}

/// A target of which nothing was heard has answered nothing: that is seen, and no answer.
fn seen(need: &Need, result: &probe::LoadResult) -> ActResult {
    if result.answered > 0 || result.parts.iter().any(|part| part.refused > 0) {
        return ActResult::Done { amount: result.answered };
    }
    let kinds: Vec<String> = result.failures.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let message = format!("no request was answered: {}", kinds.join(", "));
    match need {
        Need::Http => ActResult::NetworkFailed { code: "load".to_owned(), message },
        _ => ActResult::SqlFailed { sqlstate: String::new(), message },
    }
}

/// Numbers that the host itself made up, and nothing that the target said: there is no secret in them.
fn pieces(result: &probe::LoadResult) -> Pieces {
    let mut series = "second\toffered\tanswered\tfailed\tp50_us\tp99_us\tmax_us\n".to_owned();
    for (number, second) in result.seconds.iter().enumerate() {
        let probe::Second { offered, answered, failed, p50, p99, max } = second;
        let _ = writeln!(series, "{number}\t{offered}\t{answered}\t{failed}\t{p50}\t{p99}\t{max}");
    }
    let summary = serde_json::to_vec_pretty(result).unwrap_or_default();
    Pieces::default().with("load", series.as_bytes(), false).with("load-figures", &summary, false)
}

fn figures(result: &probe::LoadResult) -> Figures {
    Figures {
        offered: result.offered,
        sent: result.sent,
        answered: result.answered,
        failed: result.failed,
        unsent: result.unsent,
        offered_rate: result.offered_rate,
        achieved_rate: result.achieved_rate,
        saturated: result.saturated,
        connections: result.connections,
        latency: percentiles(&result.latency),
        service: percentiles(&result.service),
        scheduling: percentiles(&result.scheduling),
        failures: result.failures.iter().map(|(kind, count)| (kind.clone(), *count)).collect(),
        parts: result
            .parts
            .iter()
            .map(|part| Part {
                name: part.name.clone(),
                answered: part.answered,
                refused: part.refused,
                uncertain: part.uncertain,
                latency: percentiles(&part.latency),
            })
            .collect(),
    }
}

fn percentiles(of: &probe::Percentiles) -> Percentiles {
    let probe::Percentiles { count, min, p50, p90, p95, p99, p999, max } = *of;
    Percentiles { count, min, p50, p90, p95, p99, p999, max }
}
