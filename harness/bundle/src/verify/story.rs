//! Whether the entries tell a run as it can have gone, and whether each verdict follows from what was seen.

use super::{Findings, Weight};
use std::collections::HashMap;
use touchstone_model::attempts;
use touchstone_model::event::{Entry, Event};
use touchstone_model::observation::Observation;
use touchstone_model::plan::PlanItem;
use touchstone_model::run::Run;
use touchstone_model::verdict::{ExpectationReport, Termination, Verdict};
use touchstone_runner::execute::verdict_of;
use touchstone_runner::journal::FILE;

/// How far the telling of one item has come.
#[derive(Default)]
struct Told {
    attempt: u32,
    under_way: bool,
    /// Its last attempt was interrupted and not taken up again.
    given_up: bool,
    observations: Vec<Observation>,
    reports: Vec<ExpectationReport>,
    answers: Vec<Verdict>,
}

/// Reads it all.
pub(super) fn read(entries: &[(usize, Entry)], run: &Run, findings: &mut Findings) {
    let items: HashMap<&str, &PlanItem> = run.plan.items.iter().map(|item| (item.key.as_str(), item)).collect();
    let mut told: HashMap<&str, Told> = HashMap::new();
    let mut ended = false;
    for (index, (line, entry)) in entries.iter().enumerate() {
        let mut odd = |zh: &str, en: &str| findings.add(Weight::Altered, FILE, Some(*line), zh, en);
        match &entry.event {
            Event::RunStarted { .. } if index > 0 => odd("运行又一次开始", "the run starts again"),
            Event::RunFinished { .. } if ended => odd("运行又一次结束", "the run ends again"),
            Event::RunFinished { interrupted } => {
                ended = true;
                if !interrupted {
                    unanswered(run, &told, &mut odd);
                }
            }
            Event::RunResumed { .. } => {
                ended = false;
                told.values_mut().for_each(|told| told.under_way = false);
            }
            Event::WaiversLaid { .. } | Event::RunStarted { .. } | Event::Surveyed(_) => {}
            _ if ended => odd("运行结束之后又有记录", "goes on after the run ended"),
            event => {
                let Some(item) = event.item().and_then(|key| items.get(key)) else { continue };
                told.entry(item.key.as_str()).or_default().take(item, event, &mut odd);
            }
        }
    }
}

fn unanswered(run: &Run, told: &HashMap<&str, Told>, odd: &mut dyn FnMut(&str, &str)) {
    let none = Told::default();
    for item in &run.plan.items {
        let told = told.get(item.key.as_str()).unwrap_or(&none);
        // What was under way when a run was stopped and must not be repeated ends as interrupted, without an answer.
        if !told.given_up && !attempts::settled(item.retries, item.check.impact, &told.answers) {
            odd(
                &format!("运行称已完成，但 {} 没有答复", item.key),
                &format!("the run claims to be finished, but {} never answered", item.key),
            );
        }
    }
}

impl Told {
    fn take(&mut self, item: &PlanItem, event: &Event, odd: &mut dyn FnMut(&str, &str)) {
        match event {
            Event::CheckStarted { attempt, .. } => {
                if self.under_way || *attempt != self.attempt + 1 {
                    odd("这一次执行不可能在此开始", "this attempt cannot start here");
                }
                self.attempt = *attempt;
                self.under_way = true;
                self.given_up = false;
                self.observations.clear();
                self.reports.clear();
            }
            Event::Observed { observation, .. } => {
                if !self.under_way {
                    odd("检查未在执行，却有观察", "observed while the check was not running");
                }
                if self.observations.iter().any(|seen| seen.id == observation.id) {
                    odd("观察编号重复", "an observation with the number of another");
                }
                self.observations.push(observation.clone());
            }
            Event::Reported { report, .. } => {
                if !self.under_way {
                    odd("检查未在执行，却有判定", "reported while the check was not running");
                }
                self.reports.push(report.clone());
            }
            Event::CheckFinished { termination, verdict, .. } => {
                let interrupted = *termination == Termination::Interrupted;
                if !self.under_way && !interrupted {
                    odd("检查未开始就结束", "the check ends without having started");
                }
                let follows = verdict_of(&item.check, &self.observations, &self.reports, termination);
                if follows != *verdict {
                    let (zh, en) = (follows.words().zh, follows.words().en);
                    odd(
                        &format!("{} 的结论“{}”不是由所见得出的：应为“{zh}”", item.key, verdict.words().zh),
                        &format!(
                            "the verdict \"{}\" of {} does not follow from what was seen: that is \"{en}\"",
                            verdict.words().en,
                            item.key
                        ),
                    );
                }
                self.under_way = false;
                self.given_up = interrupted;
                if !interrupted {
                    self.answers.push(follows);
                }
            }
            _ => {}
        }
    }
}
