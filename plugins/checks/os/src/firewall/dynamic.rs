//! OS: the firewall is changed while it works: new connections see it at once, open ones go on.

use super::bench::{Bench, PORTS, daemon, firewall};
use crate::common::short;
use touchstone_sdk::prelude::*;

firewall!("firewalld-dynamic", "防火墙动态调整", "firewall: changes while it works",
    "在一条连接持续收发时放行与撤销端口、重新加载防火墙：新连接是否立即按新设置处理，已建立的连接是否不断？",
    "While a connection goes on, ports are opened and closed and the firewall is reloaded: do new connections see each change at once, and does the open one go on?",
    Disrupt,
    "重新加载防火墙：目标上只存在于运行时的设置会丢失。其余改动只涉及临时接口，结束后恢复。",
    "Reloads the firewall: settings of the target that exist at run time only are lost. All else touches a scratch interface and is undone.",
    ["at-once", "改动对新连接立即生效", "new connections see a change at once"],
    ["survives-change", "改动后已建立的连接继续", "an open connection goes on after a change"],
    ["survives-reload", "重新加载后已建立的连接继续", "an open connection goes on after a reload"];
    run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if !daemon(cx, &sh, "at-once")? {
        return decided();
    }
    let bench = Bench::build(cx, &sh)?;
    let [held, other] = PORTS.map(|port| format!("{port}/tcp"));
    bench.undo(&["--remove-port", &held])?;
    bench.undo(&["--remove-port", &other])?;
    bench.order(&[&format!("--add-port={held}")])?.success()?;
    let log = format!("{}/held", sh.scratch()?);
    bench.peer.play_on(&bench.far(), &["hold", "tcp", &bench.host_v4, &PORTS[0].to_string(), "900"], &log)?;
    let answers =
        || -> Result<usize, Stop> { Ok(sh.root(["sh", "-c", "wc -l < \"$1\"", "sh", &log])?.text().parse().unwrap_or(0)) };
    // Whether there are more answers now than there were, within a while.
    let goes_on = || -> Result<(bool, usize, usize), Stop> {
        let before = answers()?;
        for _ in 0..40 {
            let now = answers()?;
            if now >= before + 3 {
                return Ok((true, before, now));
            }
            cx.sleep_ms(150);
        }
        Ok((false, before, answers()?))
    };
    if !goes_on()?.0 {
        let said = short(&sh.root(["tail", "-n", "2", &log])?.text());
        return inconclusive(say("测试连接未能建立", format!("the test connection was not made: {said}")));
    }
    let before = bench.reaches(PORTS[1])?;
    bench.order(&[&format!("--add-port={other}")])?.success()?;
    let during = bench.reaches(PORTS[1])?;
    bench.order(&[&format!("--remove-port={other}")])?.success()?;
    let after = bench.reaches(PORTS[1])?;
    let expected = "4 no, 6 no; 4 yes, 6 yes; 4 no, 6 no";
    let actual = format!("{before}; {during}; {after}");
    cx.expect("at-once").that(actual == expected, expected, &actual)?;

    // The very port of the connection: no new one, but the open one.
    bench.order(&[&format!("--remove-port={held}")])?.success()?;
    let closed = bench.reaches(PORTS[0])?;
    let (on, from, to) = goes_on()?;
    let actual = format!("new ones: {closed}; open one: answer {from} -> {to}");
    cx.expect("survives-change").that(on && closed == "4 no, 6 no", "no new connection, the open one goes on", actual)?;
    sh.root(["firewall-cmd", "--reload"])?.success()?;
    bench.bind()?;
    let (on, from, to) = goes_on()?;
    cx.expect("survives-reload").that(on, "the open one goes on", format!("answer {from} -> {to}"))?;
    decided()
}
