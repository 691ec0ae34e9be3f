//! What a person sees while a run goes: bars on a terminal, plain lines elsewhere. A reader of the event stream, no more.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{BTreeMap, HashMap};
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use touchstone_model::attempts;
use touchstone_model::description::Impact;
use touchstone_model::event::{Entry, Event};
use touchstone_model::plan::Plan;
use touchstone_model::text::{Lang, Text};
use touchstone_model::verdict::Verdict;
use touchstone_runner::journal::{Follow, Listener};

/// Follows a run on standard error.
pub fn follow(plan: &Plan, lang: Lang) -> Listener {
    let live = std::io::stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(Some(plan.items.len() as u64), target(live));
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len}  {elapsed}  {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    let tries = plan.items.iter().map(|item| (item.key.clone(), (item.retries, item.check.impact))).collect();
    Arc::new(Onlooker { live, lang, bar, tries, running: Mutex::default(), answers: Mutex::default() })
}

struct Onlooker {
    live: bool,
    lang: Lang,
    bar: ProgressBar,
    tries: HashMap<String, (u32, Impact)>,
    /// What goes on, and how it goes where it says so.
    running: Mutex<BTreeMap<String, Option<Text>>>,
    answers: Mutex<HashMap<String, Vec<Verdict>>>,
}

impl Follow for Onlooker {
    fn entry(&self, entry: &Entry) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match &entry.event {
            Event::CheckStarted { item, .. } => {
                running.insert(item.clone(), None);
            }
            Event::CheckFinished { item, verdict, elapsed_ms, .. } => {
                running.remove(item);
                let line = line(item, verdict, *elapsed_ms, self.lang);
                if self.live {
                    self.bar.println(line);
                } else {
                    eprintln!("{line}");
                }
                let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
                let answers = answers.entry(item.clone()).or_default();
                answers.push(verdict.clone());
                if self.tries.get(item).is_none_or(|(retries, impact)| attempts::settled(*retries, *impact, answers)) {
                    self.bar.inc(1);
                }
            }
            Event::RunFinished { .. } => self.bar.finish_and_clear(),
            _ => return,
        }
        self.show(&running);
    }

    fn glimpse(&self, item: &str, words: &Text) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = running.get_mut(item) {
            *known = Some(words.clone());
        }
        self.show(&running);
    }
}

impl Onlooker {
    fn show(&self, running: &BTreeMap<String, Option<Text>>) {
        let one = |(item, words): (&String, &Option<Text>)| match words {
            Some(words) => format!("{item}: {}", words.get(self.lang)),
            None => item.clone(),
        };
        // Those that say how they go first: the line may be cut.
        let mut shown: Vec<_> = running.iter().collect();
        shown.sort_by_key(|(_, words)| words.is_none());
        self.bar.set_message(shown.into_iter().map(one).collect::<Vec<_>>().join("  "));
    }
}

fn target(live: bool) -> ProgressDrawTarget {
    if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

fn line(item: &str, verdict: &Verdict, elapsed_ms: u64, lang: Lang) -> String {
    let sign = match verdict {
        Verdict::Conforming => "✓",
        Verdict::Nonconforming => "✗",
        Verdict::NotApplicable { .. } => "-",
        Verdict::Inconclusive { .. } => "?",
    };
    let words = verdict.words();
    let reason = verdict.reason().map(|r| format!("  ({})", r.get(lang))).unwrap_or_default();
    let seconds = Duration::from_millis(elapsed_ms).as_secs_f64();
    format!("{sign} {:<14} {seconds:>7.2} s  {item}{reason}", words.get(lang))
}
