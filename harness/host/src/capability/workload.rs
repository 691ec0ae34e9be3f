//! Clients of a database that write and read while something else is done.

use crate::bindings::types::{Error, Place, Text};
use crate::bindings::workload::{Answer, Finding, Host, HostClients, Judged, LedgerPlan, NodesPlan, SessionsPlan, Validity};
use crate::capability::sql::shown;
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::{sql, workload as probe};
use wasmtime::component::Resource;

/// Beyond a statement's own patience: opening a session, a round of statements, reading a ledger.
const HOMECOMING: Duration = Duration::from_secs(20);

/// Clients that a plugin sent.
pub struct Clients {
    words: String,
    probe: Option<probe::Clients>,
}

/// SQLSTATE of a client that gets no connection or loses it (ISO/IEC 9075-2, class 08).
const NO_CONNECTION: &str = "08001";

impl Host for State {
    async fn ask(
        &mut self,
        role: String,
        place: Place,
        statement: String,
        timeout_ms: u32,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let hand = self.hand.clone();
        Ok(hand.ask_place(&role, to_probe(place), &statement, timeout_ms).await)
    }

    async fn write_ledger(&mut self, plan: LedgerPlan) -> wasmtime::Result<Result<Resource<Clients>, Error>> {
        let words = format!("{} clients write a ledger, {} of them on new connections", plan.pooled + plan.fresh, plan.fresh);
        let text = format!("{}\n{}", plan.write, plan.read);
        let plan = probe::Plan::Ledger(probe::LedgerPlan {
            role: plan.role,
            places: plan.places.into_iter().map(to_probe).collect(),
            write: plan.write,
            read: plan.read,
            pooled: plan.pooled,
            fresh: plan.fresh,
            interval: millis(plan.interval_ms),
            timeout: millis(plan.timeout_ms),
        });
        self.send(plan, words, &text).await
    }

    async fn keep_sessions(&mut self, plan: SessionsPlan) -> wasmtime::Result<Result<Resource<Clients>, Error>> {
        let words = format!("{} sessions write and read", plan.clients);
        let text = format!("{}\n{}", plan.write, plan.read);
        let plan = probe::Plan::Sessions(probe::SessionsPlan {
            role: plan.role,
            write_place: to_probe(plan.write_place),
            read_place: plan.read_place.map(to_probe),
            write: plan.write,
            read: plan.read,
            clients: plan.clients,
            timeout: millis(plan.timeout_ms),
            read_your_writes: plan.read_your_writes,
            monotonic_reads: plan.monotonic_reads,
        });
        self.send(plan, words, &text).await
    }

    async fn probe_nodes(&mut self, plan: NodesPlan) -> wasmtime::Result<Result<Resource<Clients>, Error>> {
        let words = format!("{} nodes are written to, each by itself", plan.nodes.len());
        let text = format!("{}\n{}", plan.write, plan.greatest);
        let plan = probe::Plan::Nodes(probe::NodesPlan {
            role: plan.role,
            nodes: plan.nodes.into_iter().map(to_probe).collect(),
            write: plan.write,
            greatest: plan.greatest,
            interval: millis(plan.interval_ms),
            timeout: millis(plan.timeout_ms),
        });
        self.send(plan, words, &text).await
    }
}

impl HostClients for State {
    async fn acknowledged(&mut self, clients: Resource<Clients>) -> wasmtime::Result<Result<u32, Error>> {
        Ok(self.table.get(&clients)?.probe.as_ref().map(probe::Clients::acknowledged).ok_or_else(gone))
    }

    async fn fault(&mut self, clients: Resource<Clients>) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.table.get(&clients)?.probe.as_ref().map(probe::Clients::fault).ok_or_else(gone))
    }

    async fn stop(&mut self, clients: Resource<Clients>, read_at: Vec<Place>) -> wasmtime::Result<Result<Judged, Error>> {
        let hand = self.hand.clone();
        let clients = self.table.get_mut(&clients)?;
        Ok(hand.judge(clients, read_at).await)
    }

    async fn drop(&mut self, clients: Resource<Clients>) -> wasmtime::Result<()> {
        self.give_up(clients)?;
        self.workloads = self.workloads.saturating_sub(1);
        Ok(())
    }
}

impl State {
    async fn send(&mut self, plan: probe::Plan, words: String, text: &str) -> wasmtime::Result<Result<Resource<Clients>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.send_clients(plan, words, text, self.handles, self.workloads).await {
            Ok(clients) => {
                self.workloads += 1;
                Ok(self.keep(clients)?)
            }
            Err(error) => Err(error),
        })
    }
}

impl Hand {
    async fn ask_place(&self, role: &str, place: sql::Place, statement: &str, timeout_ms: u32) -> Result<Answer, Error> {
        let act = self.begin(&Need::Sql, &format!("{role} at {}> {statement}", shown(&place)))?;
        act.settle(self.try_ask_place(role, &place, statement, timeout_ms).await)
    }

    async fn try_ask_place(
        &self,
        role: &str,
        place: &sql::Place,
        statement: &str,
        timeout_ms: u32,
    ) -> Result<Done<Answer>, Error> {
        self.check_size("a statement", statement.len())?;
        self.register_sessions(role).await?;
        let within = self.time(Some(timeout_ms), Duration::from_secs(10));
        let asked = probe::ask(&self.run.target, role, &self.run.scratch_name, place, statement, within).await;
        Ok(match asked.map_err(|error| self.told(error))? {
            Ok(sql::Outcome::Done(done)) => {
                let text = |value: &sql::Value| value.text().map(|text| self.clean_text(&text));
                let rows: Vec<Vec<_>> = done.rows.iter().map(|row| row.iter().map(text).collect()).collect();
                let lines = rows.iter().map(|row: &Vec<Option<String>>| format!("{row:?}\n")).collect::<String>();
                let seen = ActResult::SqlDone { rows: rows.len() as u64, affected: done.affected };
                (Answer::Rows(rows), Some((seen, Pieces::default().with("rows", lines.as_bytes(), done.truncated))))
            }
            Ok(sql::Outcome::Failed { sqlstate, message }) => {
                let message = self.clean_text(&message);
                let seen = ActResult::SqlFailed { sqlstate: sqlstate.clone(), message: message.clone() };
                (Answer::Refused((sqlstate, message)), Some((seen, Pieces::default())))
            }
            Ok(sql::Outcome::Indeterminate(words)) | Err(words) => {
                let message = self.clean_text(&words);
                let seen = ActResult::SqlFailed { sqlstate: NO_CONNECTION.to_owned(), message: message.clone() };
                (Answer::Silent(message), Some((seen, Pieces::default())))
            }
        })
    }

    async fn send_clients(
        &self,
        plan: probe::Plan,
        words: String,
        text: &str,
        open: usize,
        workloads: usize,
    ) -> Result<Clients, Error> {
        let act = self.begin_opening(&Need::Sql, &format!("send {words}: {text}"), open)?;
        if workloads >= self.run.limits.workloads {
            return Err(act.refused(Error::Limit(format!("{} workloads at once", self.run.limits.workloads))));
        }
        let sent = self.try_send_clients(plan, text).await;
        // What they were answered is known when they are called back.
        act.settle(sent.map(|probe| (Clients { words, probe: Some(probe) }, None)))
    }

    async fn try_send_clients(&self, plan: probe::Plan, text: &str) -> Result<probe::Clients, Error> {
        self.check_size("a workload's statements", text.len())?;
        let role = match &plan {
            probe::Plan::Ledger(plan) => &plan.role,
            probe::Plan::Sessions(plan) => &plan.role,
            probe::Plan::Nodes(plan) => &plan.role,
        };
        self.register_sessions(role).await?;
        let started = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let sent = probe::Clients::begin(&self.run.target, plan, &self.run.scratch_name, started);
        sent.map_err(|error| self.told(error))
    }

    async fn judge(&self, clients: &mut Clients, read_at: Vec<Place>) -> Result<Judged, Error> {
        let act = self.begin(&Need::Sql, &format!("call back and judge: {}", clients.words))?;
        let Some(probe) = clients.probe.take() else { return Err(act.refused(gone())) };
        let places: Vec<sql::Place> = read_at.into_iter().map(to_probe).collect();
        let judged = match probe.stop(&places, HOMECOMING.min(self.time_left())).await {
            Ok(judged) => judged,
            Err(error) => return Err(act.refused(self.told(error))),
        };
        let operations = judged.history.iter().filter(|byte| **byte == b'\n').count().saturating_sub(2);
        // Numbers that the host itself made up, and nothing that the target said: there is no secret in them.
        let pieces = Pieces::default().with("history", &judged.history, false).with("judgement", &judged.report_json(), false);
        act.settle(Ok((told(judged), Some((ActResult::Done { amount: operations as u64 }, pieces)))))
    }
}

fn told(judged: probe::Judged) -> Judged {
    let report = judged.report;
    Judged {
        validity: match report.valid {
            probe::Seen::True => Validity::Kept,
            probe::Seen::Unknown => Validity::Undecided,
            probe::Seen::False => Validity::Contradicted,
        },
        findings: report
            .findings
            .into_iter()
            .map(|found| Finding { anomaly: found.anomaly, count: found.count, forbidden: found.forbidden })
            .collect(),
        figures: report.figures.into_iter().collect(),
        doubts: report.undecided.into_iter().map(|doubt| Text { zh: doubt.zh, en: doubt.en }).collect(),
    }
}

fn gone() -> Error {
    Error::Invalid("these clients have been called back".to_owned())
}

fn to_probe(Place { host, port, database }: Place) -> sql::Place {
    sql::Place { host, port, database }
}

fn millis(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}
