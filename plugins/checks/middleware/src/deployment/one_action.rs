//! Middleware: one action of the product, and the application serves.

use super::{SOON_MS, undeployed};
use crate::probe::Probe;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("one-action-deployment")
    .title("一次操作完成部署", "Deployment by one action")
    .question(
        "向产品提交一个应用归档，只做一次操作，应用是否随即可以访问？撤销后是否不再可以访问？",
        "An archive is handed to the product by one action: does the application serve then? And is it gone after it was taken back?",
    )
    .effect("部署一个探针应用，结束时撤销。", "Deploys a probe application and takes it back at the end.")
    .on("middleware")
    .needs(&[Need::Http, Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .expect("absent-before", "部署之前不可访问", "not there before")
    .expect("serves", "一次操作之后由该应用应答", "after one action the application answers")
    .expect("gone-after", "撤销之后不再应答", "gone after it was taken back")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let probe = Probe::new(cx, "application")?;
    let version = probe.version(1);
    let before = probe.ask(&cx.http(), "about")?;
    // A place that answers anything else even now is no place to see an application come and go.
    if !before.as_ref().is_err_and(|seen| seen.starts_with("status 404")) {
        let words = crate::probe::words(&before);
        return inconclusive(say(format!("部署前该路径的应答不是404：{words}"), format!("before, the path answers: {words}")));
    }
    cx.expect("absent-before").met("no application", crate::probe::words(&before))?;
    let said = cx.deploy(&probe.path, &probe.archive(&version))?;
    let (serves, seen) = probe.serves(cx, &version, SOON_MS)?;
    let served = cx.expect("serves").that(
        serves,
        format!("version {version} within {} s", SOON_MS / 1000),
        format!("{seen}; the product said: {}", said.words),
    )?;
    if !served {
        cx.expect("gone-after").unevaluated(say("应用从未上线", "it never served"), "gone")?;
        return decided();
    }
    undeployed(cx, &probe)?;
    let (gone, seen) = probe.gone(cx, SOON_MS)?;
    cx.expect("gone-after").that(gone, "status 404", seen)?;
    decided()
}
