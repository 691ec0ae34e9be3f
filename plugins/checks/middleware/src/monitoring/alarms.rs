//! Middleware: a threshold that is crossed raises an alarm, which goes when the load goes.

use super::{Node, node};
use crate::deployment::undeployed;
use touchstone_sdk::context::Watched;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("threshold-alarms")
    .title("越限告警与解除", "Alarms at thresholds")
    .question(
        "设定堆内存与处理器使用率的阈值，由探针应用把使用率抬到阈值以上（以应用自身及内核的读数为准）：期限内是否出现告警，降下后是否解除？\
         未越限时是否没有告警？",
        "Thresholds of heap and CPU use are set, and the probe application lifts the use above them, as the application itself and the \
         kernel say: is an alarm raised within the declared time, does it clear when the use falls, and is there none before?",
    )
    .effect(
        "部署一个探针应用，占用一半以上的堆内存，处理器满载直至告警；阈值在结束时撤去。",
        "Deploys a probe application, takes more than half of the heap, and all processors until the alarm; thresholds are taken away at the \
         end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("monitoring")])
    .impact(Impact::Disrupt)
    .limit_s(400)
    .param("heap_threshold", "50", "堆内存阈值（%）", "threshold of heap use in per cent")
    .param("cpu_threshold", "20", "处理器阈值（%）", "threshold of CPU use in per cent")
    .param("within_seconds", "60", "告警及解除的期限（秒）", "seconds within which an alarm is raised, and cleared")
    .expect("heap-raised", "堆内存越限时告警", "an alarm when heap use is over its threshold")
    .expect("heap-cleared", "堆内存恢复后解除", "cleared when heap use has fallen")
    .expect("cpu-raised", "处理器越限时告警", "an alarm when CPU use is over its threshold")
    .expect("cpu-cleared", "处理器恢复后解除", "cleared when CPU use has fallen")
    .run(run);

/// Use must lie so many points on the right side of a threshold.
const MARGIN: u32 = 5;
/// How long nothing may be raised before; and how long a product that refuses a threshold is looked at all the same.
const LOOK_MS: u64 = 3000;

fn run(cx: &Context) -> CheckResult {
    let node = node(cx)?;
    let [heap, cpu]: [u32; 2] = [cx.param_as("heap_threshold")?, cx.param_as("cpu_threshold")?];
    let within_ms = cx.param_as::<u64>("within_seconds")? * 1000;
    try_one(cx, &node, &Trial { what: Watched::Heap, ids: ["heap-raised", "heap-cleared"], per_cent: heap, within_ms })?;
    try_one(cx, &node, &Trial { what: Watched::Cpu, ids: ["cpu-raised", "cpu-cleared"], per_cent: cpu, within_ms })?;
    undeployed(cx, &node.probe)?;
    decided()
}

struct Trial {
    what: Watched,
    /// What it decides: raised, cleared.
    ids: [&'static str; 2],
    per_cent: u32,
    within_ms: u64,
}

/// Use in per cent; or why it cannot be told.
type Use = Result<f64, String>;

fn try_one(cx: &Context, node: &Node, trial: &Trial) -> Result<(), Stop> {
    let [raised, cleared] = trial.ids;
    let expected = format!("an alarm at more than {} % within {} s, none below", trial.per_cent, trial.within_ms / 1000);
    let after = format!("no alarm {} s after the use fell", trial.within_ms / 1000);
    let undecided = |why: &str| {
        cx.expect(raised)
            .unevaluated(say("使用率未能处于阈值的一侧", format!("the use could not be brought there: {why}")), &expected)?;
        cx.expect(cleared).unevaluated(say("没有可解除的告警", "no alarm to be cleared"), &after)
    };
    let before = use_of(cx, node, trial, "release")?;
    match &before {
        Ok(share) if *share < f64::from(trial.per_cent.saturating_sub(MARGIN)) => {}
        Ok(share) => return undecided(&format!("{share:.0} % before any load")),
        Err(why) => return undecided(why),
    }
    let said = cx.set_threshold(trial.what, Some(trial.per_cent))?;
    let early = wait(cx, trial.what, LOOK_MS, true)?;
    if let Some((_, words)) = early {
        let share = use_of(cx, node, trial, "release")?.unwrap_or_default();
        if share < f64::from(trial.per_cent.saturating_sub(MARGIN)) {
            cx.expect(raised).unmet(&expected, format!("raised at {share:.0} %: {words}"))?;
        } else {
            cx.expect(raised).unevaluated(say("使用率自行越限", "the use crossed the threshold by itself"), &expected)?;
        }
        cx.expect(cleared).unevaluated(say("告警并非由负载引起", "the alarm did not come from the load"), &after)?;
        cx.set_threshold(trial.what, None)?;
        return Ok(());
    }
    let limit = if said.accepted { trial.within_ms } else { LOOK_MS };
    let found = lift(cx, node, trial, limit)?;
    match (&found.alarm, &found.share) {
        (Some((took, words)), _) => {
            cx.expect(raised).met(&expected, format!("after {took} ms at {}: {words}", told(&found.share)))?;
        }
        (None, Ok(share)) if *share >= f64::from(trial.per_cent + MARGIN) => {
            cx.expect(raised)
                .unmet(&expected, format!("none in {limit} ms at {share:.0} %; the product said: {}", said.words))?;
        }
        (None, share) => {
            let why = say("使用率未能越过阈值", format!("the use could not be brought over the threshold: {}", told(share)));
            cx.expect(raised).unevaluated(why, &expected)?;
        }
    }
    let low = use_of(cx, node, trial, "release")?;
    if found.alarm.is_none() {
        cx.expect(cleared).unevaluated(say("没有可解除的告警", "no alarm to be cleared"), &after)?;
    } else if low.as_ref().is_ok_and(|share| *share < f64::from(trial.per_cent.saturating_sub(MARGIN))) {
        let gone = wait(cx, trial.what, trial.within_ms, false)?;
        let actual = match &gone {
            Some((took, _)) => format!("cleared after {took} ms at {}", told(&low)),
            None => format!("still raised at {}", told(&low)),
        };
        cx.expect(cleared).that(gone.is_some(), &after, actual)?;
    } else {
        cx.expect(cleared).unevaluated(say("使用率没有降下来", format!("the use did not fall: {}", told(&low))), &after)?;
    }
    cx.set_threshold(trial.what, None)?;
    Ok(())
}

struct Found {
    /// After how many milliseconds, and its words.
    alarm: Option<(u64, String)>,
    /// Meanwhile.
    share: Use,
}

/// Brings the use over the threshold and waits for the alarm; what was taken is given back, all but the heap.
fn lift(cx: &Context, node: &Node, trial: &Trial, limit: u64) -> Result<Found, Stop> {
    match trial.what {
        Watched::Heap => {
            let (used, max) = node.heap(cx, "settle")?;
            // Halfway between the threshold and all of it: old objects have not the whole heap to themselves.
            let wanted = max / 100 * u64::from(trial.per_cent + 2 * MARGIN);
            node.have(cx, &format!("hold&n={}", wanted.saturating_sub(used) >> 20))?;
            let share = use_of(cx, node, trial, "settle")?;
            Ok(Found { alarm: wait(cx, trial.what, limit, true)?, share })
        }
        Watched::Cpu => {
            node.have(cx, &format!("busy&n={}", limit + 30_000))?;
            // The threads need a moment to begin.
            cx.sleep_ms(300);
            let begun = node.machine()?;
            let alarm = wait(cx, trial.what, limit, true)?;
            let share = node.machine()?.process_since(&begun);
            node.have(cx, "calm")?;
            Ok(Found { alarm, share: Ok(share) })
        }
    }
}

fn use_of(cx: &Context, node: &Node, trial: &Trial, task: &str) -> Result<Use, Stop> {
    match (trial.what, &node.process) {
        (Watched::Heap, _) => {
            let (used, max) = node.heap(cx, task)?;
            Ok(Ok(used as f64 * 100.0 / max as f64))
        }
        (Watched::Cpu, Err(why)) => Ok(Err(format!("the server's process is not seen on the node: {why}"))),
        (Watched::Cpu, Ok(_)) => {
            let begun = node.machine()?;
            cx.sleep_ms(1500);
            Ok(Ok(node.machine()?.process_since(&begun)))
        }
    }
}

/// Waits until the alarm is raised, or is not; how long it took and its words, none when the time was over before.
fn wait(cx: &Context, what: Watched, within_ms: u64, wanted: bool) -> Result<Option<(u64, String)>, Stop> {
    let began = cx.elapsed_ms();
    loop {
        let alarm = cx.alarms()?.into_iter().find(|alarm| alarm.what == what);
        let took = cx.elapsed_ms() - began;
        if alarm.is_some() == wanted {
            return Ok(Some((took, alarm.map(|alarm| alarm.words).unwrap_or_default())));
        }
        if took >= within_ms {
            return Ok(None);
        }
        cx.sleep_ms(500);
    }
}

fn told(share: &Use) -> String {
    match share {
        Ok(share) => format!("{share:.0} %"),
        Err(why) => why.clone(),
    }
}
