//! Middleware: the figures of the product's monitor are those that are measured without it.

use super::{Machine, Node, node};
use crate::deployment::undeployed;
use touchstone_sdk::context::Figures;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("monitoring-figures")
    .title("监控读数属实", "Figures of the monitor are true")
    .question(
        "由探针应用占用堆内存、加重处理器负载，再撤去：产品监控给出的堆内存、处理器和操作系统读数是否随之变化，并与应用自身及内核（/proc）的\
         读数相符？",
        "The probe application takes heap memory and CPU time, and gives them back: do the heap, CPU and operating-system figures of the \
         product's monitor follow, and agree with those of the application itself and of the kernel (/proc)?",
    )
    .effect(
        "部署一个探针应用，占用八分之一的堆内存，处理器满载数秒。",
        "Deploys a probe application, takes an eighth of the heap and all processors for a few seconds.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("monitoring")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("cpu_points", "20", "处理器使用率允许的偏差（百分点）", "points by which shares of CPU may differ")
    .expect("heap", "堆内存读数相符", "the heap's figures agree")
    .expect("cpu", "进程的处理器读数相符", "the process's CPU figures agree")
    .expect("os", "操作系统读数相符", "the operating system's figures agree")
    .run(run);

/// Garbage may be collected between two looks.
const TRIES: u32 = 3;
const WINDOW_MS: u32 = 3000;
/// Kernel and Java machine count in clock ticks, and requests lie between their readings.
const SLACK_MS: u64 = 200;

fn run(cx: &Context) -> CheckResult {
    let points: f64 = cx.param_as("cpu_points")?;
    let node = node(cx)?;
    let (mut met, mut expected, mut seen) = (false, String::new(), String::new());
    for _ in 0..TRIES {
        (met, expected, seen) = heap(cx, &node)?;
        if met {
            break;
        }
    }
    cx.expect("heap").that(met, expected, seen)?;
    load(cx, &node, points)?;
    undeployed(cx, &node.probe)?;
    decided()
}

/// What the product says of the heap lies between what the application says before and after, and grows as much as is taken.
fn heap(cx: &Context, node: &Node) -> Result<(bool, String, String), Stop> {
    let (used, max) = node.heap(cx, "release")?;
    let mib = (max / 8).min(max.saturating_sub(used) / 3).max(1 << 20) >> 20;
    let slack = (mib << 20) / 4;
    let look = || -> Result<(bool, u64, String), Stop> {
        let (before, max) = node.heap(cx, "settle")?;
        let figures = cx.figures()?;
        let (after, _) = node.heap(cx, "heap")?;
        let (least, most) = (before.min(after).saturating_sub(slack), before.max(after) + slack);
        let shown = figures.heap_used.unwrap_or_default();
        let whole = figures.heap_max.is_some_and(|shown| shown.abs_diff(max) <= max / 20);
        let words = format!(
            "the application {before} to {after} of {max}, the monitor {} of {}",
            told(figures.heap_used),
            told(figures.heap_max)
        );
        Ok(((least..=most).contains(&shown) && figures.heap_used.is_some() && whole, shown, words))
    };
    let (first, low, words) = look()?;
    node.have(cx, &format!("hold&n={mib}"))?;
    let (second, high, more) = look()?;
    node.have(cx, "release")?;
    let grown = high.saturating_sub(low);
    let met = first && second && grown.abs_diff(mib << 20) <= 2 * slack;
    let expected = format!("the same within {slack} bytes, and about {} more when {mib} MiB are taken", mib << 20);
    Ok((met, expected, format!("{words}; with {mib} MiB taken: {more}")))
}

/// What was read at one moment: the kernel before, the monitor, the kernel after.
struct Look {
    before: Machine,
    shown: Figures,
    after: Machine,
}

fn look(cx: &Context, node: &Node) -> Result<Look, Stop> {
    Ok(Look { before: node.machine()?, shown: cx.figures()?, after: node.machine()? })
}

fn load(cx: &Context, node: &Node, points: f64) -> Result<(), Stop> {
    let quiet = look(cx, node)?;
    node.have(cx, "busy&n=60000")?;
    cx.sleep_ms(WINDOW_MS);
    let busy = look(cx, node)?;
    node.have(cx, "calm")?;
    // What the threads still used while they ended belongs to no window.
    cx.sleep_ms(300);
    let ended = look(cx, node)?;
    cx.sleep_ms(WINDOW_MS);
    let calm = look(cx, node)?;
    match &node.process {
        Err(why) => cx.expect("cpu").unevaluated(
            say(format!("节点上找不到服务器进程：{why}"), format!("the server's process is not seen on the node: {why}")),
            "a Java process",
        )?,
        Ok(pid) => cpu(cx, pid, points, [&quiet, &busy, &ended, &calm])?,
    }
    // One more look, which decides nothing but belongs to this decision.
    let now = look(cx, node)?;
    let (mut met, mut seen, mut any) = (true, Vec::new(), false);
    if let Some(total) = now.shown.memory_total {
        (met, any) = (met && total.abs_diff(now.after.memory) <= now.after.memory / 50, true);
        seen.push(format!("memory {total}, the kernel {}", now.after.memory));
    }
    if let Some(free) = now.shown.memory_free {
        let slack = now.after.memory / 20;
        let fits = (now.after.free.min(now.before.free).saturating_sub(slack)..=now.after.available + slack).contains(&free);
        (met, any) = (met && fits, true);
        seen.push(format!("free {free}, the kernel {} to {}", now.after.free, now.after.available));
    }
    for (name, from, to) in [("busy", &quiet, &busy), ("calm", &ended, &calm)] {
        if let Some(shown) = to.shown.machine_cpu_per_cent {
            let real = to.before.machine_since(&from.after);
            (met, any) = (met && (shown - real).abs() <= points + 5.0, true);
            seen.push(format!("{name}: CPU {shown:.0} %, the kernel {real:.0} %"));
        }
    }
    let actual = if any { seen.join("; ") } else { "the monitor has no figure of the machine".into() };
    cx.expect("os").that(met && any, "memory and CPU of the machine as the kernel has them", actual)?;
    Ok(())
}

fn cpu(cx: &Context, pid: &str, points: f64, looks: [&Look; 4]) -> Result<(), Stop> {
    let [quiet, busy, ended, calm] = looks;
    let least = busy.before.process_ms.saturating_sub(quiet.after.process_ms);
    let most = busy.after.process_ms.saturating_sub(quiet.before.process_ms);
    let expected = format!("as the kernel has it of process {pid}");
    if least < 500 {
        let why = say("未能加重处理器负载", format!("too little load could be made: {least} ms of CPU time"));
        return cx.expect("cpu").unevaluated(why, expected);
    }
    let (mut met, mut any, mut seen) = (true, false, Vec::new());
    if let (Some(from), Some(to)) = (quiet.shown.cpu_time_ms, busy.shown.cpu_time_ms) {
        let shown = to.saturating_sub(from);
        let slack = SLACK_MS + most / 20;
        (met, any) = (met && (least.saturating_sub(slack)..=most + slack).contains(&shown), true);
        seen.push(format!("{shown} ms used, the kernel {least} to {most}"));
    }
    for (name, from, to) in [("busy", quiet, busy), ("calm", ended, calm)] {
        if let Some(shown) = to.shown.cpu_per_cent {
            let real = to.before.process_since(&from.after);
            (met, any) = (met && (shown - real).abs() <= points, true);
            seen.push(format!("{name}: {shown:.0} %, the kernel {real:.0} %"));
        }
    }
    let actual = if any { seen.join("; ") } else { "the monitor has no figure of the CPU".into() };
    cx.expect("cpu").that(met && any, expected, actual)?;
    Ok(())
}

fn told(figure: Option<u64>) -> String {
    figure.map_or_else(|| "no figure".to_owned(), |figure| figure.to_string())
}
