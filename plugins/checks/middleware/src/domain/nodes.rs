//! Middleware: a node joins a domain, is stopped and started from it, and leaves it.

use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("domain-nodes")
    .title("节点域管理", "Nodes of a domain")
    .question(
        "由域管理加入一个新节点，再停止、启动、退出：每一步之后，节点上监听该端口的服务器进程是否与域中所列一致？",
        "The domain's manager has a new node join, stops it, starts it and has it leave: after each step, does the server process that \
         listens on that port agree with what the domain lists?",
    )
    .effect("在域中新建一个节点，结束时移除。", "Makes one node in the domain and removes it at the end.")
    .on("middleware")
    .needs(&[Need::Shell, Need::Adapter("domain")])
    .impact(Impact::Scratch)
    .limit_s(360)
    .required_param("port", "新节点的端口", "port of the new node")
    .param("within_seconds", "90", "每一步的期限（秒）", "seconds within which each step must be done")
    .expect("join", "加入后有其进程并列出为运行", "after joining its process is there and it is listed as running")
    .expect("stop", "停止后进程消失并列出为停止", "after stopping its process is gone and it is listed as stopped")
    .expect("start", "启动后有新的进程并列出为运行", "after starting there is a new process and it is listed as running")
    .expect("leave", "退出后进程消失且不再列出", "after leaving its process is gone and it is listed no more")
    .run(run);

/// The Java process that listens on port `$1`; `other` for one of another kind, nothing where nobody does.
const LISTENS: &str = "hex=$(printf '%04X' \"$1\"); \
    inodes=$(awk -v p=\":$hex\" '$4 == \"0A\" && substr($2, length($2) - 4) == p { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null); \
    [ -n \"$inodes\" ] || exit 0; \
    for at in /proc/[0-9]*; do case $(readlink \"$at/exe\") in */java) ;; *) continue;; esac; \
    for f in \"$at\"/fd/*; do s=$(readlink \"$f\") || continue; s=${s#socket:[}; s=${s%]}; \
    for i in $inodes; do [ \"$s\" != \"$i\" ] || { echo \"${at#/proc/}\"; exit 0; }; done; done; done; echo other";

fn run(cx: &Context) -> CheckResult {
    let port: u16 = cx.param_as("port")?;
    let within_ms = cx.param_as::<u64>("within_seconds")? * 1000;
    let (shell, name) = (cx.shell()?, cx.scratch_name().replace('_', "-"));
    let before = listens(&shell, port)?;
    if before.is_some() {
        return inconclusive(say(format!("端口 {port} 已被占用"), format!("port {port} is in use")));
    }
    if cx.domain_members()?.iter().any(|member| member.name == name) {
        return inconclusive(say(format!("域中已列有 {name}"), format!("the domain lists {name} before it joined")));
    }
    let said = cx.domain_join(&name, port)?;
    // A product that refuses is looked at all the same, but not for long.
    let patience = if said.accepted { within_ms } else { 3000 };
    let joined = settled(cx, &shell, &name, port, patience, &|found| found.is_up(None))?;
    let words = |found: &Found| format!("{}; the product said: {}", found.words(), said.words);
    if !cx.expect("join").that(joined.is_up(None), "a Java process, listed as running", words(&joined))? {
        for (id, expected) in [("stop", "no process"), ("start", "a process"), ("leave", "no process")] {
            cx.expect(id).unevaluated(say("节点未能加入", "the node did not join"), expected)?;
        }
        return decided();
    }
    let said = cx.domain_stop(&name)?;
    let stopped = settled(cx, &shell, &name, port, within_ms, &|found| found.process.is_none() && found.listed == Some(false))?;
    let met = stopped.process.is_none() && stopped.listed == Some(false);
    cx.expect("stop").that(
        met,
        "no process, listed as stopped",
        format!("{}; the product said: {}", stopped.words(), said.words),
    )?;
    let said = cx.domain_start(&name)?;
    let old = joined.process.as_deref();
    let started = settled(cx, &shell, &name, port, within_ms, &|found| found.is_up(old))?;
    cx.expect("start").that(
        started.is_up(old),
        format!("another Java process than {}, listed as running", old.unwrap_or("none")),
        format!("{}; the product said: {}", started.words(), said.words),
    )?;
    let said = cx.domain_leave(&name)?;
    let left = settled(cx, &shell, &name, port, within_ms, &|found| found.process.is_none() && found.listed.is_none())?;
    let met = left.process.is_none() && left.listed.is_none();
    cx.expect("leave").that(met, "no process, not listed", format!("{}; the product said: {}", left.words(), said.words))?;
    decided()
}

/// What the node and the domain say.
struct Found {
    /// Number of the process that listens.
    process: Option<String>,
    /// Absent: not listed; else whether as running.
    listed: Option<bool>,
}

impl Found {
    fn is_up(&self, other_than: Option<&str>) -> bool {
        let java = self.process.as_deref().filter(|process| *process != "other");
        java.is_some_and(|process| Some(process) != other_than) && self.listed == Some(true)
    }

    fn words(&self) -> String {
        let process = self.process.as_deref().map_or("nobody listens".to_owned(), |pid| format!("process {pid} listens"));
        let listed = match self.listed {
            None => "not listed",
            Some(true) => "listed as running",
            Some(false) => "listed as stopped",
        };
        format!("{process}, {listed}")
    }
}

/// Looks until it is as wanted; the last look when the time is over.
fn settled(
    cx: &Context,
    shell: &Shell,
    name: &str,
    port: u16,
    within_ms: u64,
    wanted: &dyn Fn(&Found) -> bool,
) -> Result<Found, Stop> {
    let until = cx.elapsed_ms() + within_ms;
    loop {
        let listed = cx.domain_members()?.into_iter().find(|member| member.name == name).map(|member| member.running);
        let found = Found { process: listens(shell, port)?, listed };
        if wanted(&found) || cx.elapsed_ms() >= until {
            return Ok(found);
        }
        cx.sleep_ms(500);
    }
}

fn listens(shell: &Shell, port: u16) -> Result<Option<String>, Stop> {
    let said = shell.root(["sh", "-c", LISTENS, "sh", &port.to_string()])?.success()?.text();
    Ok(Some(said).filter(|said| !said.is_empty()))
}
