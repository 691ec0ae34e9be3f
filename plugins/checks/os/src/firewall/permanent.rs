//! OS: run-time and permanent settings of the firewall are apart.

use super::bench::{Bench, PORTS, daemon, firewall};
use touchstone_sdk::prelude::*;

firewall!("firewalld-permanent", "防火墙运行时与持久设置", "firewall: run-time and permanent settings",
    "运行时放行的端口在重新加载后是否不再放行，持久放行的端口是否在重新加载前不生效、之后生效？以实际连接判定。",
    "Is a port opened at run time closed again after a reload, and is one opened permanently closed before a reload and open after it? Real connections decide.",
    Disrupt,
    "重新加载防火墙：目标上只存在于运行时的设置会丢失。在持久设置中为一个区域加入一个端口，结束后撤销。",
    "Reloads the firewall: settings of the target that exist at run time only are lost. A port is added to the permanent settings of one zone, and removed in the end.",
    ["run-time", "运行时设置在重新加载后消失", "a run-time setting is gone after a reload"],
    ["permanent", "持久设置在重新加载后生效并保留", "a permanent setting holds after a reload"];
    run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    if !daemon(cx, &sh, "run-time")? {
        return decided();
    }
    let bench = Bench::build(cx, &sh)?;
    let port = PORTS[0];
    let opened = format!("{port}/tcp");
    let reload = || -> Result<(), Stop> {
        sh.root(["firewall-cmd", "--reload"])?.success()?;
        bench.bind()
    };
    bench.undo(&["--remove-port", &opened])?;
    bench.order(&[&format!("--add-port={opened}")])?.success()?;
    let before = bench.reaches(port)?;
    reload()?;
    let after = bench.reaches(port)?;
    let expected = "4 yes, 6 yes; 4 no, 6 no";
    let actual = format!("{before}; {after}");
    cx.expect("run-time").that(actual == expected, expected, &actual)?;

    let remove = "firewall-cmd -q --permanent --zone=\"$1\" --remove-port=\"$2\" && firewall-cmd -q --reload; true";
    sh.undo(["sh", "-c", remove, "sh", &bench.zone, &opened])?;
    bench.order(&["--permanent", &format!("--add-port={opened}")])?.success()?;
    let mut seen = vec![bench.reaches(port)?];
    for _ in 0..2 {
        reload()?;
        seen.push(bench.reaches(port)?);
    }
    let expected = "4 no, 6 no; 4 yes, 6 yes; 4 yes, 6 yes";
    let actual = seen.join("; ");
    cx.expect("permanent").that(actual == expected, expected, &actual)?;
    decided()
}
