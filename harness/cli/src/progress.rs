//! What a person sees while a run goes: bars on a terminal, plain lines elsewhere. A reader of the event stream, no more.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{BTreeSet, HashMap};
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use touchstone_model::attempts;
use touchstone_model::description::Impact;
use touchstone_model::event::{Entry, Event};
use touchstone_model::plan::Plan;
use touchstone_model::text::Lang;
use touchstone_model::verdict::Verdict;
use touchstone_runner::journal::Listener;

/// Follows a run on standard error.
pub fn follow(plan: &Plan, lang: Lang) -> Listener {
    let live = std::io::stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(Some(plan.items.len() as u64), target(live));
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len}  {elapsed}  {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    let running = Mutex::new(BTreeSet::new());
    let tries: HashMap<String, (u32, Impact)> =
        plan.items.iter().map(|item| (item.key.clone(), (item.retries, item.check.impact))).collect();
    let answers: Mutex<HashMap<String, Vec<Verdict>>> = Mutex::default();
    Arc::new(move |entry: &Entry| {
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        match &entry.event {
            Event::CheckStarted { item, .. } => {
                running.insert(item.clone());
            }
            Event::CheckFinished { item, verdict, elapsed_ms, .. } => {
                running.remove(item);
                let line = line(item, verdict, *elapsed_ms, lang);
                if live {
                    bar.println(line);
                } else {
                    eprintln!("{line}");
                }
                let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                let answers = answers.entry(item.clone()).or_default();
                answers.push(verdict.clone());
                if tries.get(item).is_none_or(|(retries, impact)| attempts::settled(*retries, *impact, answers)) {
                    bar.inc(1);
                }
            }
            Event::RunFinished { .. } => bar.finish_and_clear(),
            _ => return,
        }
        bar.set_message(running.iter().cloned().collect::<Vec<_>>().join("  "));
    })
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
