//! Middleware: headers and bodies beyond all measure are refused, and nobody else notices.

use crate::deployment::{deployed, undeployed};
use crate::probe::Probe;
use touchstone_sdk::http::failure;
use touchstone_sdk::net::{Address, Exchanged, Place, exchange};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("oversized-requests")
    .title("超大请求防护", "Protection against oversized requests")
    .question(
        "超大的请求头是否被拒绝，超大的请求体和超多的参数是否不被全部接收？之后正常请求是否如常？",
        "Is a huge header refused, are a huge body and a huge number of parameters not taken in as a whole, and is the service as \
         before afterwards?",
    )
    .effect("发送几个超大的请求。", "Sends a few oversized requests.")
    .on("middleware")
    .needs(&[Need::Http, Need::Net, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("header_kib", "256", "请求头的大小（KiB）", "size of the header in KiB")
    .param("body_mib", "4", "请求体的大小（MiB）", "size of the body in MiB")
    .param("parameters", "100000", "参数的个数", "number of parameters")
    .expect("oversized-header", "超大请求头被拒绝", "a huge header is refused")
    .expect("oversized-body", "超大请求体不被接收", "a huge body is not taken in")
    .expect("parameters", "超多参数不被全部接收", "a huge number of parameters is not taken in")
    .expect("as-before", "之后服务如常", "the service is as before afterwards")
    .run(run);

const PATIENCE_MS: u32 = 20_000;

fn run(cx: &Context) -> CheckResult {
    let (header, body): (usize, usize) = (cx.param_as("header_kib")?, cx.param_as("body_mib")?);
    let count: usize = cx.param_as("parameters")?;
    let (probe, place) = deployed(cx)?;
    if place.scheme != "http" {
        return inconclusive(say("只能测试http入口", "only http endpoints can be tried"));
    }
    let head = format!("GET {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\nX-Big: ", place.path, place.host, place.port);
    let long = format!("{head}{}\r\n\r\n", "b".repeat(header << 10));
    let answer = send(&probe, &place, long.as_bytes())?;
    cx.expect("oversized-header").that(!answer.served, format!("no answer of the application to {header} KiB"), answer.words)?;
    let answer = send(&probe, &place, &form(&place, &format!("a={}", "b".repeat(body << 20))))?;
    // A server may answer and leave the body unread: what counts is whether the application was given it.
    let taken = answer.figure.unwrap_or_default();
    cx.expect("oversized-body").that(
        taken == 0,
        format!("the application is not given {body} MiB"),
        format!("{taken} parameters given; {}", answer.words),
    )?;
    let many = (0..count).map(|number| format!("p{number}=1")).collect::<Vec<_>>().join("&");
    let answer = send(&probe, &place, &form(&place, &many))?;
    let taken = answer.figure.unwrap_or_default();
    cx.expect("parameters").that(
        taken < count,
        format!("fewer than {count} taken in"),
        format!("{taken} taken in; {}", answer.words),
    )?;
    let after = probe.ask(&cx.http(), "about")?;
    cx.expect("as-before").that(after.is_ok(), "the application answers", crate::probe::words(&after))?;
    undeployed(cx, &probe)?;
    decided()
}

/// A form for the task that counts parameters.
fn form(place: &Place, content: &str) -> Vec<u8> {
    let path = place.path.replace("do=about", "do=params");
    format!(
        "POST {path} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{content}",
        place.host,
        place.port,
        content.len()
    )
    .into_bytes()
}

struct Answer {
    /// The application itself answered.
    served: bool,
    /// Parameters that it counted, that of the task not among them.
    figure: Option<usize>,
    words: String,
}

fn send(probe: &Probe, place: &Place, bytes: &[u8]) -> Result<Answer, Stop> {
    let address = Address { host: place.host.clone(), port: place.port, family: None };
    Ok(match exchange(&address, bytes, PATIENCE_MS, 4096)? {
        Exchanged::Failed(why) => Answer { served: false, figure: None, words: failure(&why) },
        Exchanged::Answered(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let said = probe.within(&text);
            let figure = said.as_ref().and_then(|about| about.figure("params")).and_then(|n| usize::try_from(n).ok());
            let status = text.lines().next().unwrap_or_default().trim().to_owned();
            Answer { served: said.is_some(), figure: figure.map(|n| n.saturating_sub(1)), words: status }
        }
    })
}
