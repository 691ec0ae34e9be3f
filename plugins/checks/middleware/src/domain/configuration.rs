//! Middleware: one action in one place reaches every node: an application, and a setting.

use crate::deployment::{SOON_MS, deployed};
use crate::instance::{UP_MS, serves};
use crate::probe::{About, Probe, words};
use std::collections::BTreeSet;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("cluster-configuration")
    .title("集群统一配置", "A cluster configured in one place")
    .question(
        "在一处各做一次操作：部署一个应用，设置一个Java系统属性。逐个节点访问，应用是否由各自的进程应答，属性是否都已生效？",
        "One action in one place each: an application is deployed, a property of the Java machine is set. Asked one by one, does every node \
         serve the application by a process of its own, and has every one the property?",
    )
    .effect(
        "在集群部署一个探针应用并设置一个属性，节点可能因此重启；结束时撤销。",
        "Deploys a probe application in the cluster and sets a property, for which nodes may be started anew; both are taken back.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("domain")])
    .impact(Impact::Disrupt)
    .limit_s(420)
    .expect("application-everywhere", "一次部署到达每个节点", "one deployment reaches every node")
    .expect("property-everywhere", "一次设置到达每个节点", "one setting reaches every node")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let target = cx.target();
    let own = |e: touchstone_sdk::context::Endpoint| Some((e.purpose.strip_prefix("application.")?.to_owned(), e.url));
    let nodes: Vec<(String, String)> = target.endpoints.into_iter().filter_map(own).collect();
    if nodes.len() < 2 {
        return inconclusive(say(
            "清单须以 application.节点名 列出至少两个节点的入口",
            "the inventory must name at least two nodes as endpoints application.NODE",
        ));
    }
    let probe = Probe::below(&nodes[0].1, &format!("/{}", cx.scratch_name().replace('_', "-")))?;
    for (_, url) in &nodes {
        let before = probe.at(url)?.ask(&cx.http(), "about")?;
        if !before.as_ref().is_err_and(|seen| seen.starts_with("status 404")) {
            let words = words(&before);
            return inconclusive(say(format!("部署前的应答不是404：{words}"), format!("before, {url} answers: {words}")));
        }
    }
    let version = probe.version(1);
    let said = cx.domain_deploy(&probe.path, &probe.archive(&version))?;
    let within_ms = if said.accepted { SOON_MS } else { 3000 };
    let (mut met, mut processes, mut seen) = (true, BTreeSet::new(), Vec::new());
    for (node, url) in &nodes {
        let own = probe.at(url)?;
        let (_, answer) = own.wait(cx, within_ms, |a| a.as_ref().is_ok_and(|about| about.version == version))?;
        let mut words = words(&answer);
        let there = match &answer {
            Ok(about) if about.version == version => {
                let shell = if target.nodes.contains(node) { cx.shell_on(node)? } else { cx.shell()? };
                // One server may call itself by many names: the node says whether there is such a process.
                let confirmed = serves(&shell, &about.jvm)?;
                if let Err(why) = &confirmed {
                    words = format!("{words}, which the node does not confirm: {why}");
                }
                processes.insert(about.jvm.clone());
                confirmed.is_ok()
            }
            _ => false,
        };
        met &= there;
        seen.push(format!("{node}: {words}"));
    }
    cx.expect("application-everywhere").that(
        met && processes.len() == nodes.len(),
        format!("version {version} from {} processes", nodes.len()),
        format!("{}; the product said: {}", seen.join("; "), said.words),
    )?;
    if met {
        property(cx, &probe, &nodes)?;
    } else {
        // The question of the setting does not hang on that of the application.
        let (other, _) = deployed(cx)?;
        property(cx, &other, &nodes)?;
        crate::deployment::undeployed(cx, &other)?;
    }
    let said = cx.domain_undeploy(&probe.path)?;
    cx.note(format!("undeploy: {}", said.words));
    decided()
}

fn property(cx: &Context, probe: &Probe, nodes: &[(String, String)]) -> Result<(), Stop> {
    let (name, value) = (format!("touchstone.{}", cx.scratch_name()), probe.mark());
    let expected = format!("{name}={value} on {} nodes", nodes.len());
    let task = format!("property&line={name}");
    for (_, url) in nodes {
        let (_, answer) = probe.at(url)?.wait(cx, SOON_MS, Result::is_ok)?;
        let before = match answer {
            Ok(_) => probe.at(url)?.ask(&cx.http(), &task)?,
            silent => silent,
        };
        if !before.as_ref().is_ok_and(|about| has(about, "null")) {
            let why = say("设置前的取值不明", format!("before, {url}: {}", before.map_or_else(|seen| seen, |about| about.words)));
            return cx.expect("property-everywhere").unevaluated(why, expected);
        }
    }
    let said = cx.set_domain_property(&name, Some(&value))?;
    let until = cx.elapsed_ms() + if said.accepted { UP_MS } else { 3000 };
    let (mut met, mut seen) = (true, Vec::new());
    for (node, url) in nodes {
        let own = probe.at(url)?;
        let there = loop {
            let answer = own.ask(&cx.http(), &task)?;
            let there = answer.as_ref().is_ok_and(|about| has(about, &value));
            if there || cx.elapsed_ms() >= until {
                seen.push(format!("{node}: {}", answer.map_or_else(|seen| seen, |about| shown(&about))));
                break there;
            }
            cx.sleep_ms(500);
        };
        met &= there;
    }
    cx.expect("property-everywhere").that(met, expected, format!("{}; the product said: {}", seen.join("; "), said.words))?;
    cx.set_domain_property(&name, None)?;
    Ok(())
}

fn shown(about: &About) -> String {
    about.words.split(' ').find(|word| word.starts_with("property=")).unwrap_or("no property").to_owned()
}

fn has(about: &About, value: &str) -> bool {
    shown(about).strip_prefix("property=") == Some(value)
}
