//! Whether a server comes back by itself.

pub mod from_hang;
pub mod from_kill;
pub mod out_of_memory;

use crate::probe::{About, Probe, words};
use touchstone_sdk::prelude::*;

/// How a wait for a server ended.
pub struct Wait {
    /// The application that answered at last.
    pub back: Option<About>,
    /// What was seen last and when, and the processes that came and went before.
    pub seen: String,
}

/// Waits until the application answers from another process than `old`, and goes on doing so.
pub fn wait_for_another(cx: &Context, probe: &Probe, old: &str, within_ms: u64) -> Result<Wait, Stop> {
    let began = cx.elapsed_ms();
    let mut lives: Vec<String> = Vec::new();
    loop {
        let left = within_ms.saturating_sub(cx.elapsed_ms() - began);
        let (met, answer) = probe.wait(cx, left, |answer| answer.as_ref().is_ok_and(|about| about.jvm != old))?;
        let took_ms = cx.elapsed_ms() - began;
        let Ok(about) = answer else {
            let crashes = if lives.is_empty() { String::new() } else { format!("; crash loop: {}", lives.join(", ")) };
            return Ok(Wait { back: None, seen: format!("{}{crashes}", words(&answer)) });
        };
        if !met {
            return Ok(Wait { back: None, seen: format!("still {}", about.jvm) });
        }
        // A server that dies again at once is not back.
        cx.sleep_ms(1000);
        match probe.ask(&cx.http(), "about")? {
            Ok(again) if again.jvm == about.jvm => {
                return Ok(Wait { seen: format!("{} after {took_ms} ms", again.jvm), back: Some(again) });
            }
            _ => lives.push(about.jvm),
        }
    }
}
