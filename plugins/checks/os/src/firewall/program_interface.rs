//! OS: programs change the firewall over the message bus.

use super::bench::{Bench, PORTS, daemon, firewall};
use touchstone_sdk::prelude::*;

firewall!("firewalld-program-interface", "防火墙程序接口", "firewall: interface for programs",
    "程序经 D-Bus 放行端口后连接是否到达，查询是否如实，撤销后是否不再到达？以实际连接判定。",
    "When a program opens a port over D-Bus, does a connection arrive, is the query truthful, and does none arrive once it is closed? Real connections decide.",
    Scratch,
    "新建一对虚拟网卡和一个网络命名空间，仅改动运行时设置，结束后全部恢复。",
    "Makes a pair of virtual interfaces and a network namespace and changes run-time settings only; all is undone.",
    ["changed", "经程序接口的改动生效", "changes by the interface take effect"],
    ["queried", "经程序接口的查询如实", "queries by the interface are truthful"];
    run);

const NAME: &str = "org.fedoraproject.FirewallD1";
const PATH: &str = "/org/fedoraproject/FirewallD1";

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if !daemon(cx, &sh, "changed")? {
        return decided();
    }
    let caller = sh.helper(&["busctl", "dbus-send", "gdbus"])?;
    let bench = Bench::build(cx, &sh)?;
    let port = PORTS[0].to_string();
    bench.undo(&["--remove-port", &format!("{port}/tcp")])?;
    let zone = bench.zone.clone();
    let call = |method: &str, timeout: bool| {
        let interface = format!("{NAME}.zone");
        let dotted = format!("{interface}.{method}");
        let strings = [zone.as_str(), port.as_str(), "tcp"];
        let tagged: Vec<String> = strings.iter().map(|word| format!("string:{word}")).collect();
        let mut words: Vec<&str> = match caller.rsplit('/').next() {
            Some("busctl") => {
                let mut words = vec![
                    caller.as_str(),
                    "--system",
                    "call",
                    NAME,
                    PATH,
                    &interface,
                    method,
                    if timeout { "sssi" } else { "sss" },
                ];
                words.extend(strings);
                words
            }
            Some("dbus-send") => {
                let mut words =
                    vec![caller.as_str(), "--system", "--print-reply", "--dest=org.fedoraproject.FirewallD1", PATH, &dotted];
                words.extend(tagged.iter().map(String::as_str));
                words
            }
            _ => {
                let mut words =
                    vec![caller.as_str(), "call", "--system", "--dest", NAME, "--object-path", PATH, "--method", &dotted];
                words.extend(strings);
                words
            }
        };
        if timeout {
            words.push(if caller.ends_with("dbus-send") { "int32:0" } else { "0" });
        }
        sh.root(words)
    };
    let mut seen = vec![bench.reaches(PORTS[0])?];
    let mut told = vec![truth(&call("queryPort", false)?)];
    let added = call("addPort", true)?;
    seen.push(bench.reaches(PORTS[0])?);
    told.push(truth(&call("queryPort", false)?));
    call("removePort", false)?;
    seen.push(bench.reaches(PORTS[0])?);
    told.push(truth(&call("queryPort", false)?));
    let expected = "4 no, 6 no; 4 yes, 6 yes; 4 no, 6 no";
    let actual = seen.join("; ");
    let right = actual == expected;
    cx.expect("changed").that(right, expected, if right { actual } else { format!("{actual}; {}", added.said()) })?;
    let actual = told.join(", ");
    cx.expect("queried").same_look().that(actual == "false, true, false", "false, true, false", &actual)?;
    decided()
}

/// `b true`, `boolean true`, `(true,)`.
fn truth(output: &Output) -> &'static str {
    let text = output.text();
    if text.contains("true") {
        "true"
    } else if text.contains("false") {
        "false"
    } else {
        "no answer"
    }
}
