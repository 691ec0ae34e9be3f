//! Middleware: a server whose heap an application has used up serves again by itself.

use crate::deployment::{deployed, undeployed};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("recovers-from-exhaustion")
    .title("堆内存耗尽后自动恢复", "Comes back after its heap was used up")
    .question(
        "应用耗尽堆内存并一直占用之后，服务器是否在期限内自动恢复，能再次满足需要内存的请求？",
        "An application uses up the heap and keeps it: does the server by itself get to a state, within the limit, in which \
         requests that need memory succeed again?",
    )
    .effect("耗尽服务器的堆内存，其间服务中断。", "Uses up the server's heap; the service is interrupted meanwhile.")
    .on("middleware")
    .needs(&[Need::Http, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(300)
    .param("limit_seconds", "60", "恢复的期限（秒）", "seconds within which it must be back")
    .param("need_mib", "8", "恢复后的请求需要的内存（MiB）", "MiB that a request needs afterwards")
    .expect("used-up", "堆内存确被耗尽", "the heap really was used up")
    .expect("out-of-memory", "之后自动恢复", "it is back afterwards")
    .run(run);

/// More than any heap that is tried.
const ALL_MIB: u32 = 1 << 20;
/// Requests that must succeed one after the other.
const IN_A_ROW: u32 = 3;

fn run(cx: &Context) -> CheckResult {
    let (limit_s, need): (u64, u32) = (cx.param_as("limit_seconds")?, cx.param_as("need_mib")?);
    let (probe, _) = deployed(cx)?;
    let task = format!("need&n={need}");
    let before = match probe.ask(&cx.http(), &task)? {
        Ok(about) => about,
        Err(why) => {
            return inconclusive(say(
                format!("平时就不能满足 {need} MiB：{why}"),
                format!("a request for {need} MiB fails even now: {why}"),
            ));
        }
    };
    let blow = probe.ask(&cx.http(), &format!("hold&n={ALL_MIB}"))?;
    if let Ok(about) = &blow {
        cx.expect("used-up").unevaluated(say("堆内存未被耗尽", "the heap was not used up"), "a failure")?;
        return inconclusive(say("堆内存未被耗尽", format!("the heap was not used up: {}", about.words)));
    }
    let (began, mut row, mut last) = (cx.elapsed_ms(), 0, String::new());
    // One failure may be put on: a heap that was used up fails others too, or its process is not the same afterwards.
    let mut felt = None;
    while row < IN_A_ROW && cx.elapsed_ms() - began < limit_s * 1000 {
        match probe.ask(&cx.http(), &task)? {
            Ok(about) => {
                let same = about.jvm == before.jvm;
                if !same && felt.is_none() {
                    felt = Some(format!("another process: {}", about.jvm));
                }
                let how = if same { "the same process" } else { "another process" };
                (row, last) = (row + 1, format!("{how} after {} ms", cx.elapsed_ms() - began));
            }
            Err(seen) => {
                felt.get_or_insert_with(|| seen.clone());
                (row, last) = (0, seen);
            }
        }
        cx.sleep_ms(300);
    }
    let Some(felt) = felt else {
        cx.expect("used-up").unevaluated(say("堆内存未被耗尽", "the heap was not used up"), "others fail too")?;
        return inconclusive(say(
            "只有一个请求失败，堆内存未见耗尽",
            "one request failed and no other, in the same process: the heap was not seen to be used up",
        ));
    };
    cx.expect("used-up").met("others fail too, or another process afterwards", felt)?;
    let met = cx.expect("out-of-memory").same_look().that(
        row >= IN_A_ROW,
        format!("{IN_A_ROW} requests for {need} MiB in a row within {limit_s} s"),
        last,
    )?;
    if met {
        undeployed(cx, &probe)?;
    }
    decided()
}
