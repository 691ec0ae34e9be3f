//! Middleware: an unpacked application is served when its folder is dropped in, and gone when it is removed.

use super::SOON_MS;
use crate::probe::{Probe, words};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("directory-deployment")
    .title("目录级部署", "Deployment by folder")
    .question(
        "把展开的应用目录放入约定位置，应用是否上线？移走后是否下线？",
        "An unpacked application is put into the agreed folder: is it served? And is it gone when it is removed?",
    )
    .effect("放入一个探针应用的目录，结束时移走。", "Puts the folder of a probe application in place and removes it at the end.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .expect("dropped-in", "放入即上线", "served when dropped in")
    .expect("removed", "移走即下线", "gone when removed")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let probe = Probe::new(cx, "application")?;
    let version = probe.version(1);
    let folder = cx.drop_folder()?;
    let shell = match &folder.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    let before = probe.ask(&cx.http(), "about")?;
    if !before.as_ref().is_err_and(|seen| seen.starts_with("status 404")) {
        let words = words(&before);
        return inconclusive(say(format!("放入前该路径的应答不是404：{words}"), format!("before, the path answers: {words}")));
    }
    let name = probe.path.trim_matches('/').to_owned();
    let (place, aside) = (format!("{}/{name}", folder.path), format!("{}/../{name}.part", folder.path));
    shell.undo(["rm", "-rf", "--", &place, &aside])?;
    for (file, text) in probe.files(&version) {
        let script = "mkdir -p \"$(dirname \"$1\")\" && cat > \"$1\"";
        let path = format!("{aside}/{file}");
        shell.command(["sh", "-c", script, "sh", &path]).stdin(text).elevated().run()?.success()?;
    }
    if let Some(owner) = &folder.owner {
        shell.root(["chown", "-R", owner, &aside])?.success()?;
    }
    // At once: a server must not find half an application.
    shell.root(["mv", &aside, &place])?.success()?;
    let (serves, seen) = probe.serves(cx, &version, SOON_MS)?;
    let served = cx.expect("dropped-in").that(serves, format!("version {version} within {} s", SOON_MS / 1000), seen)?;
    if !served {
        cx.expect("removed").unevaluated(say("应用从未上线", "it never served"), "gone")?;
        return decided();
    }
    shell.root(["rm", "-rf", "--", &place])?.success()?;
    let (gone, seen) = probe.gone(cx, SOON_MS)?;
    cx.expect("removed").that(gone, "status 404", seen)?;
    decided()
}
