//! Middleware: a server that is killed comes back by itself, every time.

use super::wait_for_another;
use crate::deployment::{deployed, undeployed};
use crate::instance::kill;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("recovers-from-kill")
    .title("进程被强杀后自动恢复", "Comes back after SIGKILL")
    .question(
        "多次以SIGKILL终止应答应用的服务器进程：每次是否都由新的进程在期限内自动恢复服务？",
        "The server process that answers for an application is killed with SIGKILL, several times: does a new process serve again \
         by itself within the limit, every time?",
    )
    .effect(
        "多次强行终止服务器进程，其间服务中断。",
        "Kills the server's process several times; the service is interrupted meanwhile.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(420)
    .param("times", "3", "强杀的次数", "how often it is killed")
    .param("limit_seconds", "60", "每次恢复的期限（秒）", "seconds within which it must be back each time")
    .expect("sigkill", "被强杀后恢复", "back after the first kill")
    .expect("repeated", "每次都恢复", "back after every further kill")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (times, limit_s): (u32, u64) = (cx.param_as("times")?, cx.param_as("limit_seconds")?);
    let (probe, _) = deployed(cx)?;
    let shell = cx.shell()?;
    let mut seen = Vec::new();
    for time in 1..=times.max(2) {
        let about = match probe.ask(&cx.http(), "about")? {
            Ok(about) => about,
            Err(why) => return inconclusive(say(format!("强杀前没有应答：{why}"), format!("silent before the kill: {why}"))),
        };
        kill(&shell, &about.jvm)?;
        let wait = wait_for_another(cx, &probe, &about.jvm, limit_s * 1000)?;
        seen.push(wait.seen);
        let expected = format!("another process than {} within {limit_s} s", about.jvm);
        if time == 1 {
            let met = cx.expect("sigkill").that(wait.back.is_some(), expected, seen.join("; "))?;
            if !met {
                cx.expect("repeated").unevaluated(say("首次即未恢复", "it did not come back the first time"), "every time")?;
                return decided();
            }
        } else if wait.back.is_none() || time >= times {
            cx.expect("repeated").that(wait.back.is_some(), format!("{times} times: {expected}"), seen.join("; "))?;
            break;
        }
    }
    undeployed(cx, &probe)?;
    decided()
}
