//! Middleware: a line that an application logs is found in the log of the node that served it.

use super::find;
use crate::deployment::{SOON_MS, deployed, undeployed};
use crate::probe::words;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("log-collection")
    .title("各节点的应用日志可收集", "Logs of every node can be collected")
    .question(
        "请每个节点上的应用写入一行只出现一次的日志：是否都能在日志文件中找到？",
        "The application on each node is asked to log a line that exists only once: is every one found in the log files?",
    )
    .effect("部署一个探针应用，写入几行日志。", "Deploys a probe application and has it log a few lines.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("logs")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .expect("every-node", "每个节点写入的日志均可找到", "what each node logged is found")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (probe, _) = deployed(cx)?;
    let sources = cx.application_logs()?;
    let mut nodes: Vec<String> =
        cx.target().endpoints.into_iter().filter(|e| e.purpose.starts_with("application.")).map(|e| e.url).collect();
    if nodes.is_empty() {
        nodes.extend(cx.target().endpoints.into_iter().find(|e| e.purpose == "application").map(|e| e.url));
    }
    let (mut met, mut seen) = (true, Vec::new());
    for (number, url) in nodes.iter().enumerate() {
        let node = probe.at(url)?;
        let (up, answer) = node.wait(cx, SOON_MS, Result::is_ok)?;
        let line = format!("{}-line-{number}", probe.version(100));
        match node.ask(&cx.http(), &format!("log&line={line}"))? {
            Ok(_) if up => {}
            _ => return inconclusive(say(format!("{url} 没有应答",), format!("{url}: {}", words(&answer)))),
        }
        // The application writes it backwards.
        let place = find(cx, &sources, &line.chars().rev().collect::<String>())?;
        met &= place.is_some();
        seen.push(format!("{url}: {}", place.as_deref().unwrap_or("not found")));
    }
    let looked: Vec<&str> = sources.iter().map(|source| source.files.as_str()).collect();
    cx.expect("every-node").that(met, format!("each line found in {}", looked.join(", ")), seen.join("; "))?;
    undeployed(cx, &probe)?;
    decided()
}
