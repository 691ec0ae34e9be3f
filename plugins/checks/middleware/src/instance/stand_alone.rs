//! Middleware: one server on one machine serves an application.

use super::{Made, UP_MS, make, process};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("stand-alone")
    .title("单机部署", "Stand-alone deployment")
    .question(
        "在一台机器上新建一个实例：是否真有新的服务器进程，是否由它应答应用？",
        "A single instance is made on one machine: is there a new server process, and does it answer for an application?",
    )
    .effect("新建一个服务器实例，结束时连同其文件一并移除。", "Makes one server and removes it with its files at the end.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("lifecycle")])
    .impact(Impact::Scratch)
    .limit_s(240)
    .param("heap_mib", "96", "新实例的堆内存（MiB）", "heap of the new instance in MiB")
    .required_param("port", "新实例的端口，须在清单的addresses中", "port of the new instance, among the inventory's addresses")
    .expect("serves", "应用由新实例应答", "the new instance answers for the application")
    .expect("instance-created", "新实例是节点上一个新的进程", "the new instance is a new process on the node")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let Made { probe, instance, version, .. } = make(cx, cx.param_as("heap_mib")?)?;
    let (serves, seen) = probe.serves(cx, &version, UP_MS)?;
    cx.expect("serves").that(serves, format!("version {version} within {} s", UP_MS / 1000), &seen)?;
    let shell = match &instance.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    let about = probe.ask(&cx.http(), "about")?;
    let expected = format!("a process with {} on its command line, known by the application", instance.home);
    match about {
        Ok(about) => {
            let pid = process(&about.jvm);
            let script = "tr '\\0' ' ' < \"/proc/$1/cmdline\"";
            let words = shell.run(["sh", "-c", script, "sh", pid])?.text();
            cx.expect("instance-created").that(words.contains(&instance.home), expected, format!("{pid}: {words}"))?;
        }
        Err(seen) => {
            let script = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c -F -- \"base=$1\"";
            let found = shell.run(["sh", "-c", script, "sh", &instance.home])?.text();
            cx.expect("instance-created").unmet(expected, format!("{found} such processes; the application: {seen}"))?;
        }
    }
    decided()
}
