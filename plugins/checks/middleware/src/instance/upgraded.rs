//! Middleware: an instance is brought to another version, and keeps its application and its parameters.

use super::{Made, UP_MS, make_by, serves};
use crate::probe::{About, Probe, words};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("instance-upgrade")
    .title("实例升级", "Instances are upgraded")
    .question(
        "按较旧的版本新建实例并放入应用，再升级到较新的版本：由应用自身读出的服务器版本是否改变，应用是否仍由新的进程应答，堆上限是否仍如所要求？",
        "An instance of an older version is made and an application put in; then it is upgraded: does the server's version change, as the \
         application itself reads it, does a new process answer for the same application, and is the heap still the one asked for?",
    )
    .effect("新建一个服务器实例，升级，结束时移除。", "Makes one server, upgrades it, and removes it at the end.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("upgrade")])
    .impact(Impact::Scratch)
    .limit_s(360)
    .param("heap_mib", "112", "要求的堆内存（MiB）", "heap asked for in MiB")
    .required_param("port", "新实例的端口，须在清单的addresses中", "port of the new instance, among the inventory's addresses")
    .expect("version", "升级后版本改变", "the version is another one after the upgrade")
    .expect("application", "应用得以保留", "the application is still there")
    .expect("parameters", "参数得以保留", "the parameters are still the same")
    .run(run);

/// Collectors keep a part for themselves: what the application sees may be so much less.
const LEAST_PER_CENT: u64 = 80;

fn run(cx: &Context) -> CheckResult {
    let heap: u32 = cx.param_as("heap_mib")?;
    let versions = cx.versions()?;
    let (Some(old), Some(new)) = (versions.first(), versions.last().filter(|_| versions.len() > 1)) else {
        return inconclusive(say(
            format!("此处只有一个版本可用，无从升级：{}", versions.join(" ")),
            format!("there is no other version here to upgrade to: {}", versions.join(" ")),
        ));
    };
    let Made { probe, instance, name, version } = make_by(cx, heap, |wanted| cx.create_instance_of(wanted, old))?;
    let (up, seen) = probe.serves(cx, &version, UP_MS)?;
    if !up {
        return inconclusive(say(
            format!("旧版本的实例没有起来：{seen}"),
            format!("the instance of the old version did not come up: {seen}"),
        ));
    }
    let before = asked(cx, &probe, "server")?;
    let said = cx.upgrade_instance(&name, new)?;
    let patience = if said.accepted { UP_MS } else { 5000 };
    let (_, answer) = probe.wait(cx, patience, |answer| answer.as_ref().is_ok_and(|about| about.jvm != before.jvm))?;
    let Ok(after) = answer else {
        cx.expect("application")
            .unmet(format!("version {version} answers"), format!("{}; the product said: {}", words(&answer), said.words))?;
        for id in ["version", "parameters"] {
            cx.expect(id).unevaluated(say("升级后应用没有应答", "the application is silent after the upgrade"), "-")?;
        }
        return decided();
    };
    let shell = match &instance.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    let confirmed = serves(&shell, &after.jvm)?;
    let there = after.version == version && after.jvm != before.jvm && confirmed.is_ok();
    cx.expect("application").that(
        there,
        format!("version {version} of the application, from another process than {}, which is there", before.jvm),
        format!(
            "{}{}; the product said: {}",
            words(&Ok(after)),
            confirmed.err().map(|why| format!(": {why}")).unwrap_or_default(),
            said.words
        ),
    )?;
    let now = asked(cx, &probe, "server")?;
    let (from, to) = (server(&before), server(&now));
    cx.expect("version").that(from != to, format!("another version than {from}"), to)?;
    let about = asked(cx, &probe, "heap")?;
    let (wanted, max) = (u64::from(heap) << 20, about.figure("max").unwrap_or_default());
    cx.expect("parameters").that(
        max <= wanted && max * 100 >= wanted * LEAST_PER_CENT,
        format!("{LEAST_PER_CENT} % to 100 % of {wanted} bytes of heap"),
        format!("{max} bytes"),
    )?;
    decided()
}

fn asked(cx: &Context, probe: &Probe, task: &str) -> Result<About, Stop> {
    match probe.ask(&cx.http(), task)? {
        Ok(about) => Ok(about),
        Err(seen) => inconclusive(say(format!("应用没有应答：{seen}"), format!("the application is silent: {seen}"))),
    }
}

/// What the servlet standard calls the server's information.
fn server(about: &About) -> &str {
    about.words.split(' ').find_map(|word| word.strip_prefix("server=")).unwrap_or("nothing")
}
