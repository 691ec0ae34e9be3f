//! Middleware: every node of a cluster serves the application, and requests are spread over all of them.

use super::{strangers, tally, words};
use crate::deployment::{deployed, undeployed};
use crate::instance::serves;
use std::collections::BTreeSet;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("cluster-spread")
    .title("集群各节点共同承载", "Requests spread over the nodes")
    .question(
        "逐个节点访问，是否都由各自的、节点上确有的进程应答同一应用？经集群入口访问时，请求是否按声明的权重分摊（卡方检验，显著性水平0.1%）？\
         同一会话是否始终由同一节点应答？",
        "Asked one by one, does each node answer for the application with a process of its own, which is there? Through the cluster's address, are \
         requests spread by the declared weights (chi-square test, level 0.1 %)? Does one session stay with one node?",
    )
    .effect("在集群部署一个探针应用，发送数百个请求。", "Deploys a probe application in the cluster and sends some hundred requests.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .param("requests", "300", "请求数", "number of requests")
    .expect("every-node", "各节点均应答", "every node answers")
    .expect("spread", "请求按权重分摊", "requests are spread by weight")
    .expect("sticky", "会话固定在一个节点", "a session stays with one node")
    .run(run);

/// Critical values of chi-square at 0.1 % for 1 to 9 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4).
const CRITICAL: [f64; 9] = [10.828, 13.816, 16.266, 18.467, 20.515, 22.458, 24.322, 26.125, 27.877];
const SESSION_REQUESTS: u32 = 30;

fn run(cx: &Context) -> CheckResult {
    let target = cx.target();
    let own = |e: touchstone_sdk::context::Endpoint| Some((e.purpose.strip_prefix("application.")?.to_owned(), e.url));
    let nodes: Vec<(String, String)> = target.endpoints.into_iter().filter_map(own).collect();
    if nodes.len() < 2 || nodes.len() > CRITICAL.len() + 1 {
        return inconclusive(say(
            "清单须以 application.节点名 列出2至10个节点的入口",
            "the inventory must name 2 to 10 nodes as endpoints application.NODE",
        ));
    }
    let (probe, _) = deployed(cx)?;
    let mut own = Vec::new();
    for (node, url) in &nodes {
        let (mut met, answer) = probe.at(url)?.wait(cx, crate::deployment::SOON_MS, Result::is_ok)?;
        let mut words = crate::probe::words(&answer);
        let jvm = answer.map(|about| about.jvm).unwrap_or_default();
        if met {
            // One server may call itself by many names: the node says whether there is such a process.
            let shell = if target.nodes.contains(node) { cx.shell_on(node)? } else { cx.shell()? };
            if let Err(why) = serves(&shell, &jvm)? {
                met = false;
                words = format!("{words}, which the node does not confirm: {why}");
            }
        }
        own.push((met, words, jvm));
    }
    let distinct: BTreeSet<&str> = own.iter().filter(|(met, ..)| *met).map(|(_, _, jvm)| jvm.as_str()).collect();
    let seen = own.iter().map(|(_, words, _)| words.as_str()).collect::<Vec<_>>().join("; ");
    let every = distinct.len() == nodes.len();
    cx.expect("every-node").that(every, format!("{} processes", nodes.len()), seen)?;

    let visits = strangers(cx, &probe, cx.param_as("requests")?)?;
    let answers: Vec<_> = visits.iter().filter_map(|visit| probe.met(visit)).collect();
    let counts = tally(answers.iter());
    let expected = answers.len() as f64 / nodes.len() as f64;
    let seen: Vec<f64> = own.iter().map(|(_, _, jvm)| counts.get(jvm).copied().unwrap_or_default().into()).collect();
    let statistic: f64 = seen.iter().map(|count| (count - expected).powi(2) / expected.max(1.0)).sum();
    let critical = CRITICAL[nodes.len() - 2];
    cx.expect("spread").that(
        statistic <= critical && answers.len() == visits.len(),
        format!("chi-square <= {critical} over {} equal nodes, no request lost", nodes.len()),
        format!("chi-square {statistic:.2}; {} of {} answered; {}", answers.len(), visits.len(), words(&counts)),
    )?;

    let party = touchstone_sdk::http::send_visitors(&touchstone_sdk::http::PartyPlan {
        url: probe.url("count"),
        visitors: 1,
        interval_ms: 10,
        timeout_ms: 10_000,
        keep_cookies: true,
    })?;
    while party.so_far()? < SESSION_REQUESTS {
        cx.sleep_ms(20);
    }
    let visits = party.stop()?;
    let answers: Vec<_> = visits.iter().filter_map(|visit| probe.met(visit)).collect();
    let counted = answers.iter().zip(1..).all(|(about, number)| about.figure("calls") == Some(number));
    let counts = tally(answers.iter());
    cx.expect("sticky").that(
        counts.len() == 1 && counted && answers.len() == visits.len(),
        "one node, counting on from 1",
        format!("{}; counted on: {counted}", words(&counts)),
    )?;
    undeployed(cx, &probe)?;
    decided()
}
