//! Middleware: a new version goes live under constant load, without a restart and without a lost request.

use super::{SOON_MS, deployed, undeployed};
use crate::probe::About;
use touchstone_sdk::http::{PartyPlan, Visit, send_visitors};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("hot-deployment")
    .title("热部署", "Hot deployment")
    .question(
        "在持续访问之下换上新版本：新版本是否生效，服务器进程是否未重启，失败的请求是否在声明的界限内？新版本首次出现之后仍由旧版本\
         应答的请求另行计数。",
        "A new version is put in place under constant load: does it go live, does the server's process stay the same, and do failed \
         requests stay within the declared bound? Requests that the old version still answers after the new one first did are \
         counted beside.",
    )
    .effect(
        "部署一个探针应用并替换其版本，其间持续发送少量请求；结束时撤销。",
        "Deploys a probe application, replaces it while a few requests go on, and takes it back at the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(240)
    .param("visitors", "4", "同时访问的客户端数", "clients that ask at the same time")
    .param("interval_ms", "50", "每个客户端的请求间隔（毫秒）", "milliseconds between two requests of a client")
    .param("max_failed", "0", "声明的失败请求上限", "declared bound of failed requests")
    .expect("new-version", "新版本生效", "the new version goes live")
    .expect("no-restart", "服务器进程未重启", "the server's process stays the same")
    .expect("failed-requests", "失败请求在界限内", "failed requests stay within the bound")
    .run(run);

/// Requests before the change, and time after it: enough to see both versions answer.
const BEFORE: u32 = 40;
const AFTER_MS: u32 = 1500;
const TIMEOUT_MS: u32 = 10_000;

fn run(cx: &Context) -> CheckResult {
    let most: usize = cx.param_as("max_failed")?;
    let (probe, _) = deployed(cx)?;
    let new = probe.version(2);
    let party = send_visitors(&PartyPlan {
        url: probe.url("about"),
        visitors: cx.param_as("visitors")?,
        interval_ms: cx.param_as("interval_ms")?,
        timeout_ms: TIMEOUT_MS,
        keep_cookies: false,
    })?;
    while party.so_far()? < BEFORE {
        cx.sleep_ms(50);
    }
    let said = cx.replace(&probe.path, &new, &probe.archive(&new))?;
    let (live, seen) = probe.serves(cx, &new, SOON_MS)?;
    cx.expect("new-version").that(
        live,
        format!("version {new} within {} s", SOON_MS / 1000),
        format!("{seen}; the product said: {}", said.words),
    )?;
    cx.sleep_ms(AFTER_MS);
    let after = probe.ask(&cx.http(), "about")?;
    let visits = party.stop()?;
    let met: Vec<Option<About>> = visits.iter().map(|visit| probe.met(visit)).collect();
    let first = met.iter().flatten().next();
    match (first, &after) {
        (Some(first), Ok(after)) => {
            cx.expect("no-restart").that(first.jvm == after.jvm, &first.jvm, &after.jvm)?;
        }
        _ => cx.expect("no-restart").unevaluated(say("应用没有应答", "the application did not answer"), "the same process")?,
    }
    // Counting begins once more with a look of its own: the process is asked again under no load.
    let again = probe.ask(&cx.http(), "about")?;
    let failed: Vec<&Visit> = visits.iter().zip(&met).filter(|(_, met)| met.is_none()).map(|(visit, _)| visit).collect();
    let figures = figures(&visits, &met, &new);
    let sample = failed.first().map(|visit| format!("; first: {} ms {} {}", visit.at_ms, visit.status, visit.said));
    cx.expect("failed-requests").that(
        failed.len() <= most && again.is_ok(),
        format!("at most {most} of {} failed", visits.len()),
        format!("{} failed; {figures}{}", failed.len(), sample.unwrap_or_default()),
    )?;
    undeployed(cx, &probe)?;
    decided()
}

/// How long the change took as visitors saw it.
fn figures(visits: &[Visit], met: &[Option<About>], new: &str) -> String {
    let is_new = |about: &Option<About>| about.as_ref().is_some_and(|about| about.version == new);
    let Some(at) = met.iter().position(is_new) else { return "the new version was never met".into() };
    let old_later = met[at..].iter().flatten().filter(|about| about.version != new).count();
    let slowest = visits.iter().map(|visit| visit.took_us).max().unwrap_or_default() / 1000;
    format!(
        "new version first met at {} ms, {old_later} later answers of the old one, slowest answer {slowest} ms",
        visits[at].at_ms
    )
}
