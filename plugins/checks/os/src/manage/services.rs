//! OS: a service is started, restarted when it dies, logged, and stopped.

use crate::common::{field, nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("service-management")
    .title("服务管理", "Service management")
    .question(
        "服务管理器能否启动一个服务、在其异常退出后自动重启、记录其输出，并在停止后不留进程？定义一个临时服务，\
         杀死其进程后观察新的进程号。",
        "Does the service manager start a service, restart it when it dies, record what it says, and leave nothing once it is \
         stopped? A scratch service is defined, its process killed, and its new process looked for.",
    )
    .effect(
        "新建一个仅存于运行时的服务，结束后停止并删除。",
        "Defines one service that exists at run time only; stopped and removed afterwards.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(90)
    .expect("started", "服务启动后其进程在运行", "once started its process runs")
    .expect("restarted", "进程被杀死后由服务管理器重启", "its process, once killed, is started anew")
    .expect("logged", "服务的输出被记录", "what it says is recorded")
    .expect("stopped", "停止后不再有其进程", "once stopped nothing of it runs")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if sh.finds(&["systemctl"])?.is_none() {
        let others = ["rc-service", "initctl", "sv", "s6-svc", "dinitctl"];
        if let Some(other) = sh.finds(&others)? {
            return inconclusive(say(
                format!("本检查尚不会使用服务管理器 {other}"),
                format!("this check cannot yet use the service manager {other}"),
            ));
        }
        cx.expect("started").unmet("a service manager", format!("none of systemctl, {}", others.join(", ")))?;
        return decided();
    }
    let state = sh.root(["systemctl", "is-system-running"])?.text();
    if !["running", "degraded", "starting", "initializing", "maintenance"].contains(&state.as_str()) {
        return inconclusive(say(
            format!("服务管理器不在运行（{state}）"),
            format!("the service manager is installed but does not run the system ({state})"),
        ));
    }
    let word = nonce(cx);
    let (unit, file) = (format!("touchstone-{word}.service"), format!("/run/systemd/system/touchstone-{word}.service"));
    sh.undo(["systemctl", "daemon-reload"])?;
    sh.undo(["rm", "-f", &file])?;
    sh.undo(["sh", "-c", "systemctl stop \"$1\" 2>/dev/null; systemctl reset-failed \"$1\" 2>/dev/null; true", "sh", &unit])?;
    let definition = format!(
        "[Unit]\nDescription=Touchstone scratch service\n[Service]\nExecStart=/bin/sh -c 'echo said-{word}; exec sleep 7777'\n\
         Restart=always\nRestartSec=200ms\n"
    );
    sh.command(["tee", &file]).stdin(definition).elevated().run()?.success()?;
    sh.root(["systemctl", "daemon-reload"])?.success()?;
    let ordered = sh.root(["systemctl", "start", &unit])?;
    let first = process(cx, &sh, &unit, 0)?;
    let actual = first.map_or_else(|| ordered.said(), |id| format!("process {id}"));
    cx.expect("started").that(first.is_some(), "a running process", actual)?;
    let Some(first) = first else { return decided() };

    sh.root(["kill", "-9", &first.to_string()])?;
    let second = process(cx, &sh, &unit, first)?;
    let actual = second.map_or_else(|| format!("none after {first} was killed"), |id| format!("process {id} after {first}"));
    cx.expect("restarted").that(second.is_some(), "another process", actual)?;

    let mut said = String::new();
    for _ in 0..20 {
        said = sh.root(["journalctl", "--no-pager", "-q", "-u", &unit])?.text();
        if said.contains(&word) {
            break;
        }
        cx.sleep_ms(150);
    }
    cx.expect("logged").that(said.contains(&format!("said-{word}")), format!("said-{word}"), short(&said))?;

    sh.root(["systemctl", "stop", &unit])?;
    let left: Vec<u32> = [Some(first), second].into_iter().flatten().filter(|id| alive(&sh, *id).unwrap_or(true)).collect();
    let now = main_process(&sh, &unit)?;
    cx.expect("stopped").that(left.is_empty() && now.is_none(), "no process", format!("alive: {left:?}, main: {now:?}"))?;
    decided()
}

/// Waits for the service's process, another one than `not`.
fn process(cx: &Context, sh: &Shell, unit: &str, not: u32) -> Result<Option<u32>, Stop> {
    for _ in 0..40 {
        if let Some(id) = main_process(sh, unit)?.filter(|id| *id != not)
            && alive(sh, id)?
        {
            return Ok(Some(id));
        }
        cx.sleep_ms(200);
    }
    Ok(None)
}

fn main_process(sh: &Shell, unit: &str) -> Result<Option<u32>, Stop> {
    let told = sh.root(["systemctl", "show", "-p", "MainPID", unit])?.text();
    Ok(field(&told, "MainPID").and_then(|id| id.parse().ok()).filter(|id| *id != 0))
}

/// The process is this service's own: the kernel's word, not the manager's.
fn alive(sh: &Shell, id: u32) -> Result<bool, Stop> {
    Ok(sh.root(["cat", &format!("/proc/{id}/cmdline")])?.stdout.windows(4).any(|four| four == b"7777"))
}
