//! Middleware: the console in a real browser, each act looked at on the server's side.

pub mod session;

use crate::deployment::SOON_MS;
use crate::probe::{About, Probe, words};
pub use session::Entry;
use session::Visitor;
use touchstone_sdk::context::View;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("browser-console")
    .title("浏览器控制台", "Browser console")
    .question(
        "用真实浏览器操作控制台：没有凭据是否进不去，登录后能否部署、停止、启动、撤销应用（均以直接访问该应用为准），控制台所示的应用状态和\
         堆内存占用是否属实？",
        "A real browser is driven through the console: is whoever has no credential kept out, can applications be deployed, stopped, started \
         and taken away after the sign-in (as the application itself shows when it is asked directly), and are the state and the use of \
         the heap that the console shows true?",
    )
    .effect(
        "在浏览器中登录控制台，部署一个探针应用，停止并启动它，占用八分之一的堆内存；结束时撤销。",
        "Signs in to the console in a browser, deploys a probe application, stops and starts it, takes an eighth of the heap; takes it back at \
         the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Adapter("console"), Need::Adapter("deployment")])
    .impact(Impact::Scratch)
    .limit_s(420)
    .param("credential", "", "控制台凭据的名称（缺省由适配器给出）", "name of the console's credential (default: the adapter's)")
    .expect("guarded", "没有凭据不能进入", "nobody gets in without a credential")
    .expect("signed-in", "能够登录", "signing in works")
    .expect("deployed", "部署的应用可访问", "what is deployed answers")
    .expect("state", "所示运行状态属实", "the state shown is true")
    .expect("heap", "所示堆内存占用属实", "the use of the heap shown is true")
    .expect("stopped", "停止的应用不再应答", "what is stopped answers no more")
    .expect("started", "启动的应用再次应答", "what is started answers again")
    .expect("undeployed", "撤销的应用不复存在", "what is taken away is gone")
    .run(run);

/// What a page may show later than the server has it.
const LATER_MS: u64 = 10_000;
const MIB: u64 = 1 << 20;

fn run(cx: &Context) -> CheckResult {
    let credential = cx.param("credential")?;
    let credential = Some(credential.as_str()).filter(|name| !name.is_empty());
    let Some(entry) = Entry::of(cx, credential)? else { return absent(cx) };
    let kept_out = entry.stranger(cx)?;
    cx.expect("guarded").that(kept_out.is_ok(), "not let in", kept_out.unwrap_or_else(|seen| seen))?;
    let (visitor, seen) = entry.enter(cx)?;
    cx.expect("signed-in").met("the first page behind the sign-in", seen)?;

    let probe = Probe::new(cx, "application")?;
    let before = probe.ask(&cx.http(), "about")?;
    if !before.as_ref().is_err_and(|seen| seen.starts_with("status 404")) {
        let words = words(&before);
        return inconclusive(say(format!("部署前该路径的应答不是404：{words}"), format!("before, the path answers: {words}")));
    }
    let (version, name) = (probe.version(1), format!("{}.war", probe.path.trim_start_matches('/')));
    visitor.browser.put_file(&name, &probe.archive(&version))?;
    let shown = visitor.act(&cx.console().deploy(&probe.path, &name)?)?;
    let patience = if shown.is_ok() { SOON_MS } else { 3000 };
    let (serves, seen) = probe.serves(cx, &version, patience)?;
    let deployed = cx.expect("deployed").that(
        serves,
        format!("version {version} answers"),
        format!("{seen}; the console: {}", told(&shown)),
    )?;
    if !deployed {
        for id in ["state", "heap", "stopped", "started", "undeployed"] {
            cx.expect(id).unevaluated(say("应用未能经控制台部署", "nothing was deployed by the console"), "-")?;
        }
        return decided();
    }
    manage(cx, &visitor, &probe, &version)?;
    cx.undeploy(&probe.path)?;
    decided()
}

fn absent(cx: &Context) -> CheckResult {
    // That there is none is seen at the endpoint, not believed.
    let target = cx.target();
    let found = target.endpoints.iter().find(|endpoint| endpoint.purpose == "application").map(|endpoint| endpoint.url.clone());
    let seen = match found {
        Some(url) => match cx.http().get(&url).send()? {
            touchstone_sdk::http::Exchange::Answered(response) => format!("no console; {url} answers {}", response.status),
            touchstone_sdk::http::Exchange::Failed(why) => format!("no console; {}", touchstone_sdk::http::failure(&why)),
        },
        None => "no console".to_owned(),
    };
    cx.expect("signed-in").unmet("a console", seen)?;
    for id in ["guarded", "deployed", "state", "heap", "stopped", "started", "undeployed"] {
        cx.expect(id).unevaluated(say("没有控制台", "there is no console"), "-")?;
    }
    decided()
}

fn manage(cx: &Context, visitor: &Visitor, probe: &Probe, version: &str) -> Result<(), Stop> {
    let view = cx.console().state(&probe.path)?;
    let running = visitor.read(cx, &view, Option::is_some)?;
    heap(cx, visitor, probe)?;

    let shown = visitor.act(&cx.console().stop(&probe.path)?)?;
    let (_, answer) = probe.wait(cx, LATER_MS, Result::is_err)?;
    let stopped = answer.is_err();
    cx.expect("stopped").that(
        stopped,
        "no answer of the application",
        format!("{}; the console: {}", words(&answer), told(&shown)),
    )?;
    let shown_stopped = visitor.read(cx, &view, |now| !stopped || *now != running)?;

    let shown = visitor.act(&cx.console().start(&probe.path)?)?;
    let (serves, seen) = probe.serves(cx, version, SOON_MS)?;
    cx.expect("started").that(
        serves && stopped,
        format!("version {version} answers again"),
        format!("{seen}; the console: {}", told(&shown)),
    )?;
    let again = visitor.read(cx, &view, |now| *now == running)?;

    let shown = visitor.act(&cx.console().undeploy(&probe.path)?)?;
    let (gone, seen) = probe.gone(cx, LATER_MS)?;
    cx.expect("undeployed").that(gone, "status 404", format!("{seen}; the console: {}", told(&shown)))?;
    let after = visitor.read(cx, &view, |now| !gone || now.is_none())?;

    let seen = format!(
        "running: {}; stopped: {}; started again: {}; taken away: {}",
        said(&running),
        said(&shown_stopped),
        said(&again),
        said(&after)
    );
    let expected = "another state when stopped, the first one again when started, none when taken away";
    if !stopped || !serves || !gone {
        return cx
            .expect("state")
            .unevaluated(say("应用未经历全部状态", format!("the application was not in all states: {seen}")), expected);
    }
    let met = running.is_some() && shown_stopped.is_some() && shown_stopped != running && again == running && after.is_none();
    cx.expect("state").that(met, expected, seen)?;
    Ok(())
}

/// The application keeps memory: the figure grows by as much.
fn heap(cx: &Context, visitor: &Visitor, probe: &Probe) -> Result<(), Stop> {
    let Some(view) = cx.console().heap()? else {
        probe.ask(&cx.http(), "about")?.ok();
        cx.expect("heap").unmet("a figure of the heap", "the console has none")?;
        return Ok(());
    };
    let first = ask(cx, probe, "release")?;
    let (used, max) = (first.figure("used").unwrap_or_default(), first.figure("max").unwrap_or_default());
    let mib = ((max / 8).min(max.saturating_sub(used) / 3) / MIB).max(1);
    ask(cx, probe, "settle")?;
    let low = figure(cx, visitor, &view)?;
    ask(cx, probe, &format!("hold&n={mib}"))?;
    ask(cx, probe, "settle")?;
    let high = figure(cx, visitor, &view)?;
    ask(cx, probe, "release")?;
    let grown = match (low.1, high.1) {
        (Some(low), Some(high)) => high - low,
        _ => 0.0,
    };
    let (least, most) = (mib as f64 * 0.5, mib as f64 * 1.5);
    cx.expect("heap").that(
        (least..=most).contains(&grown),
        format!("{least:.0} to {most:.0} MB more when the application keeps {mib} MiB"),
        format!("{} before, {} then", low.0, high.0),
    )?;
    Ok(())
}

/// What stands there, and its first number.
fn figure(cx: &Context, visitor: &Visitor, view: &View) -> Result<(String, Option<f64>), Stop> {
    let shown = visitor.read(cx, view, Option::is_some)?.unwrap_or_else(|| "nothing".to_owned());
    let digits: String = shown
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| c.is_ascii_digit() || *c == '.' || *c == ',')
        .filter(|c| *c != ',')
        .collect();
    let number = digits.parse().ok();
    Ok((shown, number))
}

fn ask(cx: &Context, probe: &Probe, task: &str) -> Result<About, Stop> {
    match probe.ask(&cx.http(), task)? {
        Ok(about) => Ok(about),
        Err(seen) => inconclusive(say(format!("应用没有应答：{seen}"), format!("the application is silent: {seen}"))),
    }
}

fn told(shown: &Result<String, String>) -> String {
    match shown {
        Ok(shown) | Err(shown) => shown.clone(),
    }
}

fn said(state: &Option<String>) -> &str {
    state.as_deref().unwrap_or("none")
}
