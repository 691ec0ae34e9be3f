//! Several nodes behind one address.

pub mod node_failure;
pub mod spread;

use crate::probe::{About, Probe};
use std::collections::BTreeMap;
use touchstone_sdk::http::{PartyPlan, Visit, send_visitors};
use touchstone_sdk::prelude::*;

/// Visits of one visitor each time, without cookies: each is free to go to any node.
pub fn strangers(cx: &Context, probe: &Probe, visits: u32) -> Result<Vec<Visit>, Stop> {
    let party = send_visitors(&PartyPlan {
        url: probe.url("about"),
        visitors: 4,
        interval_ms: 10,
        timeout_ms: 10_000,
        keep_cookies: false,
    })?;
    while party.so_far()? < visits {
        cx.sleep_ms(20);
    }
    Ok(party.stop()?)
}

/// How many visits each Java machine answered.
pub fn tally<'a>(answers: impl Iterator<Item = &'a About>) -> BTreeMap<String, u32> {
    let mut tally = BTreeMap::new();
    for about in answers {
        *tally.entry(about.jvm.clone()).or_default() += 1;
    }
    tally
}

/// In a few words.
pub fn words(tally: &BTreeMap<String, u32>) -> String {
    tally.iter().map(|(jvm, count)| format!("{jvm}: {count}")).collect::<Vec<_>>().join(", ")
}
