//! Middleware: when a node is killed its sessions live on elsewhere, and nobody is sent to it any more.

use super::{strangers, tally, words};
use crate::deployment::{deployed, undeployed};
use crate::instance::kill;
use crate::probe::{About, Probe};
use touchstone_sdk::http::{PartyPlan, send_visitors};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("node-failure")
    .title("节点故障时的集群", "The cluster when a node dies")
    .question(
        "在会话进行中强杀一个节点的进程：该节点上的会话是否在其他节点继续，声明的时间之后是否再无请求失败？",
        "The process of a node is killed while sessions go on: do its sessions live on elsewhere, and does no request fail any more \
         after the declared time?",
    )
    .effect("强行终止一个节点的服务器进程。", "Kills the server process of one node.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(240)
    .param("visitors", "12", "同时进行的会话数", "sessions at the same time")
    .param("avoid_seconds", "5", "故障节点应被摘除的期限（秒）", "seconds within which the dead node must be avoided")
    .expect("dead-node", "期限之后再无请求失败", "no request fails after the declared time")
    .expect("sessions", "没有会话丢失", "no session is lost")
    .run(run);

const BEFORE_MS: u32 = 1500;
const AFTER_MS: u32 = 3000;

fn run(cx: &Context) -> CheckResult {
    let (visitors, avoid_s): (u32, u32) = (cx.param_as("visitors")?, cx.param_as("avoid_seconds")?);
    let (probe, _) = deployed(cx)?;
    let answers: Vec<About> = strangers(cx, &probe, 40)?.iter().filter_map(|visit| probe.met(visit)).collect();
    let nodes = tally(answers.iter());
    // The node that answers most: where its loss is felt.
    let busiest = nodes.iter().max_by_key(|(_, count)| **count).filter(|_| nodes.len() > 1);
    let Some(victim) = busiest.map(|(jvm, _)| jvm.clone()) else {
        return inconclusive(say("只见到一个节点应答", format!("only one node was seen: {}", words(&nodes))));
    };
    let party = send_visitors(&PartyPlan {
        url: probe.url("count"),
        visitors,
        interval_ms: 200,
        timeout_ms: 10_000,
        keep_cookies: true,
    })?;
    cx.sleep_ms(BEFORE_MS);
    kill(&cx.shell()?, &victim)?;
    cx.sleep_ms(avoid_s * 1000 + AFTER_MS);
    let visits = party.stop()?;
    // The blow fell when the victim answered for the last time, at the earliest.
    let answered = visits.iter().filter(|visit| probe.met(visit).is_some_and(|about| about.jvm == victim));
    let Some(blow) = answered.map(|visit| visit.at_ms).max() else {
        return inconclusive(say("没有会话在被杀的节点上", "no session was on the node that was killed"));
    };
    let failed: Vec<_> = visits.iter().filter(|visit| probe.met(visit).is_none()).collect();
    let late = failed.iter().filter(|visit| visit.at_ms > blow + avoid_s * 1000).count();
    let others = tally(visits.iter().filter_map(|visit| probe.met(visit)).collect::<Vec<_>>().iter());
    cx.expect("dead-node").that(
        late == 0,
        format!("0 failures later than {avoid_s} s after {victim} died"),
        format!("{late} of {} requests; {} failed in all; {}", visits.len(), failed.len(), words(&others)),
    )?;
    // One more look, at what the survivors answer now.
    let now = strangers(cx, &probe, 20)?;
    let served = now.iter().filter(|visit| probe.met(visit).is_some()).count();
    let lost = (0..visitors).filter(|visitor| !kept(&probe, &visits, *visitor)).count();
    cx.expect("sessions").that(
        lost == 0 && served == now.len(),
        format!("0 of {visitors} sessions lost"),
        format!("{lost} lost; afterwards {served} of {} answered", now.len()),
    )?;
    undeployed(cx, &probe)?;
    decided()
}

/// A session counts on: its counter never begins again.
fn kept(probe: &Probe, visits: &[touchstone_sdk::http::Visit], visitor: u32) -> bool {
    let own = visits.iter().filter(|visit| visit.visitor == visitor).filter_map(|visit| probe.met(visit));
    let calls: Vec<u64> = own.filter_map(|about| about.figure("calls")).collect();
    !calls.is_empty() && calls.windows(2).all(|pair| pair[0] < pair[1])
}
