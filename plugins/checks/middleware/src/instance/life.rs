//! Middleware: an instance is made with the parameters asked for, and nothing is left of it when it was removed.

use super::{Made, UP_MS, make, process};
use crate::probe::words;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("instance-life")
    .title("实例按参数建立与销毁", "Instances made as asked and removed")
    .question(
        "按给定的堆内存新建实例：实例中实际的堆上限是否如所要求？销毁之后端口、进程和文件是否都不再存在？",
        "An instance is made with a given heap: is the heap seen from inside the one asked for? After it is removed, are port, \
         process and files gone?",
    )
    .effect("新建一个服务器实例并销毁。", "Makes one server and removes it.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("lifecycle")])
    .impact(Impact::Scratch)
    .limit_s(240)
    .param("heap_mib", "112", "要求的堆内存（MiB）", "heap asked for in MiB")
    .required_param("port", "新实例的端口，须在清单的addresses中", "port of the new instance, among the inventory's addresses")
    .expect("as-asked", "堆上限如所要求", "the heap is the one asked for")
    .expect("destroyed", "销毁后端口、进程、文件均不存在", "port, process and files are gone afterwards")
    .run(run);

/// Collectors keep a part for themselves: what the application sees may be so much less.
const LEAST_PER_CENT: u64 = 80;
/// Within this time all of it must be gone.
const SOON_MS: u64 = 15_000;

fn run(cx: &Context) -> CheckResult {
    let heap: u32 = cx.param_as("heap_mib")?;
    let Made { probe, instance, name, version } = make(cx, heap)?;
    let (serves, seen) = probe.serves(cx, &version, UP_MS)?;
    if !serves {
        return inconclusive(say(format!("新实例没有起来：{seen}"), format!("the new instance did not come up: {seen}")));
    }
    let about = match probe.ask(&cx.http(), "heap")? {
        Ok(about) => about,
        Err(seen) => return inconclusive(say(format!("应用没有应答：{seen}"), format!("the application is silent: {seen}"))),
    };
    let (asked, max) = (u64::from(heap) << 20, about.figure("max").unwrap_or_default());
    cx.expect("as-asked").that(
        max <= asked && max * 100 >= asked * LEAST_PER_CENT,
        format!("{LEAST_PER_CENT} % to 100 % of {asked} bytes"),
        format!("{max} bytes"),
    )?;
    let said = cx.destroy_instance(&name)?;
    cx.note(format!("destroy: {}", said.words));
    let shell = match &instance.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    let (closed, answer) = probe.wait(cx, SOON_MS, |answer| matches!(answer, Err(seen) if seen == "refused"))?;
    // A process that ended but that nobody has collected yet (state Z) is gone.
    let script = "if [ -e \"$1\" ]; then echo files; fi; \
        case $(sed -n 's/^State:[[:space:]]*//p' \"/proc/$2/status\" 2>/dev/null) in ''|Z*) ;; *) echo process;; esac";
    let until = cx.elapsed_ms() + SOON_MS;
    let left = loop {
        let left = shell.run(["sh", "-c", script, "sh", &instance.home, process(&about.jvm)])?.success()?.text();
        if left.is_empty() || cx.elapsed_ms() >= until {
            break left;
        }
        cx.sleep_ms(500);
    };
    cx.expect("destroyed").that(
        closed && left.is_empty(),
        "connection refused, no process, no files",
        format!("{}; left: {}", words(&answer), if left.is_empty() { "nothing" } else { &left }),
    )?;
    decided()
}
