//! Middleware: log files roll at the size set, and as many are kept as set.

use super::{find, over};
use crate::deployment::{deployed, undeployed};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("log-rolling")
    .title("日志按设定滚动", "Logs roll as set")
    .question(
        "写入远多于设定大小的日志：每个文件是否都不超过设定的大小，文件数是否不超过设定，最后写入的一行是否仍在？",
        "Far more is logged than the size set: does every file stay within it, are no more files kept than set, and is the last line \
         still there?",
    )
    .effect("部署一个探针应用，写入大量日志，旧日志会被滚动掉。", "Deploys a probe application and logs much: old lines roll away.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("logs")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .required_param("rolls_at", "设定的滚动大小（字节）", "bytes at which a file rolls, as set")
    .required_param("keeps", "设定保留的文件数", "number of files kept, as set")
    .expect("rolls", "文件按大小滚动且数量在设定之内", "files roll at the size, and no more are kept than set")
    .expect("newest-kept", "最后写入的一行仍在", "the last line is still there")
    .run(run);

/// Lines of one request, and bytes of each beyond what the logger adds.
const LINES: u64 = 200;
const LINE: usize = 200;
/// A file may hold the line that made it roll, with what the logger adds to it.
const OVER: u64 = 1000;

fn run(cx: &Context) -> CheckResult {
    let (rolls_at, keeps): (u64, u64) = (cx.param_as("rolls_at")?, cx.param_as("keeps")?);
    let (probe, _) = deployed(cx)?;
    let sources = cx.application_logs()?;
    let filler = "r".repeat(LINE);
    let wanted = rolls_at.saturating_mul(keeps + 2);
    for _ in 0..wanted.div_ceil(LINES * LINE as u64) {
        if let Err(why) = probe.ask(&cx.http(), &format!("log&n={LINES}&line={filler}"))? {
            return inconclusive(say(format!("应用没有应答：{why}"), format!("the application is silent: {why}")));
        }
    }
    let last = format!("{}-last", probe.version(101));
    if let Err(why) = probe.ask(&cx.http(), &format!("log&line={last}"))? {
        return inconclusive(say(format!("应用没有应答：{why}"), format!("the application is silent: {why}")));
    }
    // The application writes it backwards.
    let last: String = last.chars().rev().collect();
    let found = find(cx, &sources, &last)?;
    let mut files: Vec<(String, u64)> = Vec::new();
    for source in &sources {
        for line in over(cx, source, "for f; do printf '%s %s\\n' \"$(wc -c < \"$f\")\" \"$f\"; done", "")?.lines() {
            if let Some((size, file)) = line.split_once(' ') {
                files.push((file.to_owned(), size.trim().parse().unwrap_or(u64::MAX)));
            }
        }
    }
    let most = keeps * sources.len() as u64;
    // What was never written needs no rolling: of what is to be kept, half must be there.
    let kept = files.iter().fold(0, |sum: u64, (_, size)| sum.saturating_add(*size));
    let least = rolls_at.saturating_mul(keeps) / 2;
    let rolls = !files.is_empty()
        && files.len() as u64 <= most
        && files.iter().all(|(_, size)| *size <= rolls_at + OVER)
        && kept >= least;
    let seen: Vec<String> = files.iter().map(|(file, size)| format!("{size} bytes {file}")).collect();
    let seen = if seen.is_empty() { "no file".to_owned() } else { seen.join("; ") };
    cx.expect("rolls").that(
        rolls,
        format!(
            "1 to {most} files of at most {rolls_at} bytes (and one line), at least {least} bytes in all, after {wanted} bytes were logged"
        ),
        seen,
    )?;
    let still = find(cx, &sources, &last)?.or(found);
    cx.expect("newest-kept").that(still.is_some(), "found", still.as_deref().unwrap_or("not found"))?;
    undeployed(cx, &probe)?;
    decided()
}
