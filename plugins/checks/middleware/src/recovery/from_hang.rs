//! Middleware: a server that hangs is replaced by one that serves.

use super::wait_for_another;
use crate::deployment::{deployed, undeployed};
use crate::instance::{process, serves};
use crate::probe::words;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("recovers-from-hang")
    .title("进程失去响应后自动恢复", "Comes back after hanging")
    .question(
        "以SIGSTOP使应答应用的服务器进程失去响应而不退出，多次：每次是否都由新的进程在期限内自动恢复服务？",
        "The server process that answers for an application is made to hang with SIGSTOP, without ending, several times: does a new process \
         serve again by itself within the limit, every time?",
    )
    .effect(
        "多次使服务器进程暂停，其间服务中断；未被替换的进程在结束时继续运行。",
        "Stops the server's process several times; the service is interrupted meanwhile. One that is not replaced goes on at the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(420)
    .param("times", "2", "暂停的次数", "how often it is stopped")
    .param("limit_seconds", "90", "每次恢复的期限（秒）", "seconds within which it must be back each time")
    .expect("wedged", "每次都恢复", "back every time")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (times, limit_s): (u32, u64) = (cx.param_as("times")?, cx.param_as("limit_seconds")?);
    let (probe, _) = deployed(cx)?;
    let shell = cx.shell()?;
    let (mut met, mut seen) = (times > 0, Vec::new());
    for _ in 0..times {
        let (_, answer) = probe.wait(cx, 10_000, Result::is_ok)?;
        let about = match answer {
            Ok(about) => about,
            silent => {
                let why = words(&silent);
                return inconclusive(say(format!("暂停前没有应答：{why}"), format!("silent before it was stopped: {why}")));
            }
        };
        if let Err(why) = serves(&shell, &about.jvm)? {
            let jvm = &about.jvm;
            return inconclusive(say(
                format!("应用所称的服务器进程 {jvm} 在节点上不是正在监听的Java进程（{why}），未予暂停"),
                format!(
                    "the server that the application names, {jvm}, is no Java process that serves on the node ({why}): not stopped"
                ),
            ));
        }
        let pid = process(&about.jvm);
        // It goes on whatever becomes of the check; where it is no more there is nothing to go on.
        shell.undo(["sh", "-c", "kill -CONT \"$1\" 2>/dev/null || :", "sh", pid])?;
        shell.root(["kill", "-STOP", pid])?.success()?;
        let wait = wait_for_another(cx, &probe, &about.jvm, limit_s * 1000)?;
        seen.push(wait.seen);
        if wait.back.is_none() {
            met = false;
            shell.root(["kill", "-CONT", pid])?.ok();
            break;
        }
    }
    cx.expect("wedged").that(met, format!("another process within {limit_s} s, {times} times"), seen.join("; "))?;
    undeployed(cx, &probe)?;
    decided()
}
