//! Servers that are made for the occasion.

pub mod embedded;
pub mod life;
pub mod stand_alone;
pub mod upgraded;

use crate::probe::Probe;
use touchstone_sdk::context::{Instance, Wanted};
use touchstone_sdk::prelude::*;

/// Within this time a server must be up: a Java machine starts slowly on a busy machine.
pub const UP_MS: u64 = 90_000;

/// A new server with the probe application in it, at its root or below.
pub struct Made {
    pub probe: Probe,
    pub instance: Instance,
    pub name: String,
    pub version: String,
}

/// Makes one and drops the application in. Whether it runs is still to be seen.
pub fn make(cx: &Context, heap_mib: u32) -> Result<Made, Stop> {
    make_by(cx, heap_mib, |wanted| cx.create_instance(wanted))
}

/// As [`make`], by another act of the adapter.
pub fn make_by(cx: &Context, heap_mib: u32, create: impl Fn(&Wanted) -> Result<Instance, Stop>) -> Result<Made, Stop> {
    let (probe, port) = free_place(cx)?;
    let name = cx.scratch_name().replace('_', "-");
    let instance = create(&Wanted { name: name.clone(), port, heap_mib })?;
    let shell = match &instance.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    let version = probe.version(1);
    let script = "cat > \"$1.part\" && chmod 644 \"$1.part\" && mv \"$1.part\" \"$1\"";
    let path = format!("{}{}.war", instance.applications, probe.path);
    shell.command(["sh", "-c", script, "sh", &path]).stdin(probe.archive(&version)).elevated().run()?.success()?;
    Ok(Made { probe, instance, name, version })
}

/// Where nobody listens, as the inventory says; whatever answers there already would be taken for the new server.
pub fn free_place(cx: &Context) -> Result<(Probe, u16), Stop> {
    let port: u16 = cx.param_as("port")?;
    let probe = Probe::below(&format!("http://127.0.0.1:{port}/"), &format!("/{}", cx.scratch_name().replace('_', "-")))?;
    match probe.ask(&cx.http(), "about")? {
        Err(seen) if seen == "refused" => {}
        answer => {
            let words = crate::probe::words(&answer);
            return inconclusive(say(format!("端口 {port} 已被占用：{words}"), format!("port {port} is in use: {words}")));
        }
    }
    Ok((probe, port))
}

/// Whether process `$1` is a Java machine that listens somewhere: nothing that merely has its number.
const SERVES: &str = "p=$1; case $(readlink \"/proc/$p/exe\") in */java) ;; *) echo 'no Java process'; exit 9;; esac; \
    open=$(awk '$4 == \"0A\" { print $10 }' \"/proc/$p/net/tcp\" \"/proc/$p/net/tcp6\" 2>/dev/null | tr '\\n' ' '); \
    for f in /proc/$p/fd/*; do s=$(readlink \"$f\") || continue; s=${s#socket:[}; \
    case \" $open\" in *\" ${s%]} \"*) echo serves; exit 0;; esac; done; echo 'listens nowhere'; exit 9";

/// Whether the application's Java machine is there: what the node says of the process that it names.
pub fn serves(shell: &Shell, jvm: &str) -> Result<Result<(), String>, Stop> {
    let told = shell.root(["sh", "-c", SERVES, "sh", process(jvm)])?;
    Ok(if told.ok() && told.text() == "serves" { Ok(()) } else { Err(told.text()) })
}

/// Kills the Java machine that the application names, and nothing else.
pub fn kill(shell: &Shell, jvm: &str) -> Result<(), Stop> {
    if let Err(why) = serves(shell, jvm)? {
        return inconclusive(say(
            format!("应用所称的服务器进程 {jvm} 在节点上不是正在监听的Java进程（{why}），未予强杀"),
            format!(
                "the server that the application names, {jvm}, is no Java process that serves on the node ({why}): not killed"
            ),
        ));
    }
    shell.root(["kill", "-9", process(jvm)])?.success()?;
    Ok(())
}

/// Process number that the application's Java machine gives: `1234@host`.
pub fn process(jvm: &str) -> &str {
    jvm.split('@').next().unwrap_or_default()
}
