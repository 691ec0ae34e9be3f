//! Middleware: broken archives are refused without harm to what runs.

use super::{deployed, undeployed};
use touchstone_sdk::http::{PartyPlan, send_visitors};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("broken-archive")
    .title("损坏的归档不影响运行中的应用", "Broken archives do no harm")
    .question(
        "以截断的归档和无法启动的归档替换运行中的应用时，原应用是否一直由原版本应答？",
        "A running application is to be replaced by a truncated archive and by one that cannot start: does the old version answer \
         all the time?",
    )
    .effect(
        "部署一个探针应用并试图以损坏的归档替换它；结束时撤销。",
        "Deploys a probe application and tries to replace it by broken archives; takes it back at the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(240)
    .expect("truncated", "截断的归档不影响原应用", "a truncated archive does no harm")
    .expect("never-starts", "无法启动的归档不影响原应用", "an archive that cannot start does no harm")
    .run(run);

/// After the product's answer: folders are looked at every few seconds.
const AFTER_MS: u32 = 4000;
const TIMEOUT_MS: u32 = 10_000;

fn run(cx: &Context) -> CheckResult {
    let (probe, _) = deployed(cx)?;
    let good = probe.version(1);
    let whole = probe.archive(&probe.version(2));
    let truncated = whole[..whole.len() / 2].to_vec();
    let mut harmed = false;
    for (expectation, version, archive) in
        [("truncated", probe.version(2), truncated), ("never-starts", probe.version(3), probe.never_starts())]
    {
        if harmed {
            cx.expect(expectation).unevaluated(say("原应用已受影响", "the application was harmed before"), "no harm")?;
            continue;
        }
        let party = send_visitors(&PartyPlan {
            url: probe.url("about"),
            visitors: 2,
            interval_ms: 100,
            timeout_ms: TIMEOUT_MS,
            keep_cookies: false,
        })?;
        let said = cx.replace(&probe.path, &version, &archive)?;
        cx.sleep_ms(AFTER_MS);
        let visits = party.stop()?;
        let lost = visits.iter().filter(|visit| probe.met(visit).is_none_or(|about| about.version != good));
        let lost: Vec<String> = lost.map(|visit| format!("{} ms {} {}", visit.at_ms, visit.status, visit.said)).collect();
        harmed = !cx.expect(expectation).that(
            lost.is_empty(),
            format!("version {good} answers all {} requests", visits.len()),
            match lost.first() {
                None => format!("it does; the product said: {}", said.words),
                Some(first) => format!("{} not answered by it, first: {first}; the product said: {}", lost.len(), said.words),
            },
        )?;
    }
    undeployed(cx, &probe)?;
    decided()
}
