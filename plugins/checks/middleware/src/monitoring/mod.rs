//! What a product's own monitor says, beside what is measured without it.

pub mod alarms;
pub mod figures;
pub mod snapshot;

use crate::deployment::deployed;
use crate::instance::process;
use crate::probe::{About, Probe};
use touchstone_sdk::prelude::*;

/// The probe application on one node, and that node.
struct Node {
    probe: Probe,
    shell: Shell,
    /// Process number; or why it cannot be read.
    process: Result<String, String>,
}

/// Of several nodes the first: monitors speak of one server.
fn node(cx: &Context) -> Result<Node, Stop> {
    let (probe, _) = deployed(cx)?;
    let target = cx.target();
    let first = target.endpoints.iter().find(|endpoint| endpoint.purpose.starts_with("application."));
    let (probe, name) = match first {
        Some(endpoint) => (probe.at(&endpoint.url)?, endpoint.purpose.trim_start_matches("application.")),
        None => (probe, ""),
    };
    let shell = if target.nodes.iter().any(|node| node == name) { cx.shell_on(name)? } else { cx.shell()? };
    let (_, answer) = probe.wait(cx, crate::deployment::SOON_MS, Result::is_ok)?;
    let about = match answer {
        Ok(about) => about,
        Err(seen) => return inconclusive(say(format!("应用没有应答：{seen}"), format!("the application is silent: {seen}"))),
    };
    let pid = process(&about.jvm).to_owned();
    let process = crate::instance::serves(&shell, &about.jvm)?.map(|()| pid);
    Ok(Node { probe, shell, process })
}

impl Node {
    /// Has the application do something that it can always do.
    fn have(&self, cx: &Context, task: &str) -> Result<About, Stop> {
        match self.probe.ask(&cx.http(), task)? {
            Ok(about) => Ok(about),
            Err(seen) => {
                inconclusive(say(format!("应用没有完成 {task}：{seen}"), format!("the application did not do {task}: {seen}")))
            }
        }
    }

    /// Bytes of the heap in use and at most, as the application sees them; `settle` collects garbage before.
    fn heap(&self, cx: &Context, task: &str) -> Result<(u64, u64), Stop> {
        let about = self.have(cx, task)?;
        match (about.figure("used"), about.figure("max")) {
            (Some(used), Some(max)) if max > 0 => Ok((used, max)),
            _ => inconclusive(say("应用没有给出堆内存数值", "the application gave no figures of its heap")),
        }
    }

    /// What the kernel says.
    fn machine(&self) -> Result<Machine, Stop> {
        let pid = self.process.as_deref().unwrap_or("1");
        let said = self.shell.root(["sh", "-c", MACHINE, "sh", pid])?.success()?.text();
        let numbers: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [process_ms, idle_ms, total_ms, memory, free, available] = numbers[..] else {
            return inconclusive(say(
                format!("无法读取节点的数值：{said}"),
                format!("the node's figures cannot be read: {said}"),
            ));
        };
        Ok(Machine { process_ms, idle_ms, total_ms, memory, free, available })
    }
}

/// proc(5): `/proc/PID/stat` fields 14 and 15, the first line of `/proc/stat`, `/proc/meminfo`.
const MACHINE: &str = "hz=$(getconf CLK_TCK) && sed 's/.*) //' \"/proc/$1/stat\" | awk -v hz=\"$hz\" '{ printf \"%d\\n\", ($12 + $13) * 1000 / hz }' && \
    awk -v hz=\"$hz\" '$1 == \"cpu\" { t = 0; for (i = 2; i <= 9; i++) t += $i; printf \"%d %d\\n\", ($5 + $6) * 1000 / hz, t * 1000 / hz }' /proc/stat && \
    awk '$1 == \"MemTotal:\" { t = $2 } $1 == \"MemFree:\" { f = $2 } $1 == \"MemAvailable:\" { a = $2 } \
    END { printf \"%d %d %d\\n\", t * 1024, f * 1024, a * 1024 }' /proc/meminfo";

/// Counters of the kernel (milliseconds of CPU, of all processors together) and its memory in bytes.
#[derive(Clone, Copy)]
struct Machine {
    process_ms: u64,
    idle_ms: u64,
    total_ms: u64,
    memory: u64,
    free: u64,
    available: u64,
}

impl Machine {
    /// Per cent of all processors that the server's process used since.
    fn process_since(&self, before: &Machine) -> f64 {
        let total = self.total_ms.saturating_sub(before.total_ms).max(1);
        self.process_ms.saturating_sub(before.process_ms) as f64 * 100.0 / total as f64
    }

    /// Per cent of all processors that anybody used since.
    fn machine_since(&self, before: &Machine) -> f64 {
        let total = self.total_ms.saturating_sub(before.total_ms).max(1);
        100.0 - self.idle_ms.saturating_sub(before.idle_ms) as f64 * 100.0 / total as f64
    }
}
