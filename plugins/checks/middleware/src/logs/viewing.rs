//! Middleware: what applications log is read in the console, and downloaded.

use super::LATER_MS;
use crate::console::Entry;
use crate::deployment::{SOON_MS, deployed, undeployed};
use crate::probe::words;
use touchstone_sdk::http::Exchange;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("log-viewing")
    .title("控制台查看和下载日志", "Logs viewed and downloaded")
    .question(
        "请应用写入一行只出现一次的日志：用真实浏览器在控制台能否看到它？各节点的日志能否下载，下载的内容中是否有各节点写入的那一行？",
        "Applications log a line that exists only once: is it to be seen in the console with a real browser, and is each node's line in what \
         can be downloaded?",
    )
    .effect("部署一个探针应用，写入几行日志，在浏览器中查看。", "Deploys a probe application, has it log a few lines, looks with a browser.")
    .on("middleware")
    .needs(&[Need::Http, Need::Adapter("console"), Need::Adapter("deployment"), Need::Adapter("logs")])
    .impact(Impact::Scratch)
    .limit_s(240)
    .expect("viewed", "控制台中可见", "seen in the console")
    .expect("downloaded", "下载内容中可见", "found in the download")
    .run(run);

/// Bytes of a download that are read: logs may be large, and what was just written stands at the end of a file that rolls.
const MOST: u32 = 16 << 20;

fn run(cx: &Context) -> CheckResult {
    let (probe, _) = deployed(cx)?;
    let mut nodes: Vec<String> =
        cx.target().endpoints.into_iter().filter(|e| e.purpose.starts_with("application.")).map(|e| e.url).collect();
    if nodes.is_empty() {
        nodes.extend(cx.target().endpoints.into_iter().find(|e| e.purpose == "application").map(|e| e.url));
    }
    let mut lines = Vec::new();
    for (number, url) in nodes.iter().enumerate() {
        let node = probe.at(url)?;
        let (up, answer) = node.wait(cx, SOON_MS, Result::is_ok)?;
        let line = format!("{}-view-{number}", probe.version(102));
        match node.ask(&cx.http(), &format!("log&line={line}"))? {
            Ok(_) if up => {}
            _ => return inconclusive(say(format!("{url} 没有应答"), format!("{url}: {}", words(&answer)))),
        }
        // The application writes it backwards.
        lines.push(line.chars().rev().collect::<String>());
    }
    let first = lines.first().cloned().unwrap_or_default();
    let seen = view(cx, &first)?;
    cx.expect("viewed").that(seen.0, format!("{first} on a page of the console"), seen.1)?;
    // Whether there is anything at all to be downloaded is asked beside the application's own answer.
    probe.ask(&cx.http(), "about")?.ok();
    let sources = cx.log_downloads()?;
    let (mut met, mut told) = (!sources.is_empty(), Vec::new());
    for line in &lines {
        let mut found = None;
        let until = cx.elapsed_ms() + LATER_MS;
        while found.is_none() {
            for source in &sources {
                let mut request = cx.http().request("GET", &source.url);
                request.credential.clone_from(&source.credential);
                request.body_limit = Some(MOST);
                if let Exchange::Answered(response) = cx.http().send(&request)?
                    && response.status == 200
                    && response.body.windows(line.len()).any(|window| window == line.as_bytes())
                {
                    found = Some(source.url.clone());
                }
            }
            if found.is_some() || sources.is_empty() || cx.elapsed_ms() >= until {
                break;
            }
            cx.sleep_ms(500);
        }
        met &= found.is_some();
        told.push(format!("{line}: {}", found.as_deref().unwrap_or("not found")));
    }
    let from: Vec<&str> = sources.iter().map(|source| source.url.as_str()).collect();
    let from = if from.is_empty() { "(the product offers none)".to_owned() } else { from.join(", ") };
    cx.expect("downloaded").that(met, format!("{} lines in downloads {from}", lines.len()), told.join("; "))?;
    undeployed(cx, &probe)?;
    decided()
}

fn view(cx: &Context, line: &str) -> Result<(bool, String), Stop> {
    let (Some(entry), Some(view)) = (Entry::of(cx, None)?, cx.console().logs()?) else {
        return Ok((false, "the console shows no logs".to_owned()));
    };
    let (visitor, _) = entry.enter(cx)?;
    let text = visitor.read(cx, &view, |text| text.as_ref().is_some_and(|text| text.contains(line)))?;
    Ok(match text {
        Some(text) if text.contains(line) => (true, "seen".to_owned()),
        Some(text) => (false, format!("not among the {} characters shown", text.len())),
        None => (false, "nothing is shown".to_owned()),
    })
}
