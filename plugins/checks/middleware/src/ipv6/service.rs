//! Middleware: application and console answer over IPv6.

use touchstone_sdk::context::Endpoint;
use touchstone_sdk::http::{Exchange, failure};
use touchstone_sdk::net::{self, Address, Exchanged, IpFamily, NetworkFailure, Place};
use touchstone_sdk::page::{Likeness, Page};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("ipv6-service")
    .title("IPv6 服务", "Service over IPv6")
    .question(
        "应用与控制台经 IPv6 访问是否与 IPv4 一致？对适配器列出的每个入口分别强制使用两种地址族访问，比较状态与页面内容，\
         再以 IPv6 字面地址作为主机名访问；对任意路径都给出同一页面的目标不予采信。",
        "Do application and console answer over IPv6 just as over IPv4? Each endpoint that the adapter lists is asked over \
         each family and status and content compared, then asked with a literal IPv6 address as its host. A target that \
         shows one page at any path is not believed.",
    )
    .effect("每个入口几次只读请求。", "A few read-only requests to each endpoint.")
    .on("middleware")
    .needs(&[Need::Http, Need::Net, Need::Adapter("endpoints")])
    .impact(Impact::Observe)
    .limit_s(60)
    .expect("by-name", "每个入口经 IPv6 的应答与 IPv4 相同", "each endpoint answers over IPv6 as it does over IPv4")
    .expect("by-literal", "以 IPv6 字面地址访问也得到应答", "asked by literal IPv6 address, it answers too")
    .run(run);

const PATIENCE_MS: u32 = 5000;

/// What one attempt came to.
enum Seen {
    Answer(String),
    Nothing(String),
    /// It cannot be compared, or the way there is missing on this side: says nothing about the target.
    Unclear(String),
}

fn run(cx: &Context) -> CheckResult {
    let endpoints = cx.endpoints()?;
    let mut found = Vec::new();
    for endpoint in &endpoints {
        let Some(place) = Place::of(&endpoint.url) else {
            return inconclusive(say(format!("入口地址无法解析：{}", endpoint.url), format!("no URL: {}", endpoint.url)));
        };
        if place.host.parse::<std::net::Ipv4Addr>().is_ok() {
            return inconclusive(say(
                format!("清单中的入口是 IPv4 字面地址，无从以 IPv6 访问：{}", endpoint.url),
                format!("the inventory names a literal IPv4 address, which has no IPv6 side: {}", endpoint.url),
            ));
        }
        found.push((endpoint, place));
    }
    if found.is_empty() {
        return inconclusive(say("适配器没有列出任何入口", "the adapter lists no endpoint"));
    }
    let named = found.iter().map(|(endpoint, place)| {
        let attempts = by_name(cx, endpoint, place)?;
        Ok((endpoint.purpose.as_str(), attempts.0, attempts.1))
    });
    report(cx, "by-name", named.collect::<Result<_, Stop>>()?)?;
    let literal = found.iter().map(|(endpoint, place)| {
        let [v4, v6] = [IpFamily::V4, IpFamily::V6].map(|family| by_literal(place, family));
        Ok((endpoint.purpose.as_str(), v4?, v6?))
    });
    report(cx, "by-literal", literal.collect::<Result<_, Stop>>()?)?;
    decided()
}

/// Met when every endpoint answers over IPv6 and, where IPv4 answers too, in the same way.
fn report(cx: &Context, expectation: &str, attempts: Vec<(&str, Seen, Seen)>) -> Result<(), Stop> {
    let line = |pick: fn(&(&str, Seen, Seen)) -> String| attempts.iter().map(pick).collect::<Vec<_>>().join("; ");
    let expected = line(|(purpose, v4, _)| match v4 {
        Seen::Answer(v4) => format!("{purpose}: {v4}"),
        _ => format!("{purpose}: an answer"),
    });
    let actual = line(|(purpose, _, v6)| match v6 {
        Seen::Answer(words) | Seen::Nothing(words) | Seen::Unclear(words) => format!("{purpose}: {words}"),
    });
    let contradicted = attempts.iter().any(|(_, v4, v6)| match (v4, v6) {
        (Seen::Answer(v4), Seen::Answer(v6)) => v4 != v6,
        (Seen::Answer(_), Seen::Nothing(_)) => true,
        _ => false,
    });
    if contradicted {
        cx.expect(expectation).unmet(expected, actual)?;
    } else if attempts.iter().all(|(_, _, v6)| matches!(v6, Seen::Answer(_))) {
        cx.expect(expectation).met(expected, actual)?;
    } else {
        let why = say("无法判定", format!("cannot be decided: {actual}"));
        cx.expect(expectation).unevaluated(why, expected)?;
    }
    Ok(())
}

/// What the endpoint shows over IPv4, and whether it shows the same over IPv6.
fn by_name(cx: &Context, endpoint: &Endpoint, place: &Place) -> Result<(Seen, Seen), Stop> {
    let ask = |url: &str, family| {
        cx.http().get(url).credential(endpoint.credential.as_deref()).over(family).timeout_ms(PATIENCE_MS).send()
    };
    let unsteady = |why: String| Seen::Unclear(format!("{why}: nothing steady to compare with"));
    // Where IPv4 is not served at all, what is looked for is what IPv6 shows.
    let (family, first, v4) = match ask(&endpoint.url, IpFamily::V4)? {
        Exchange::Answered(response) => (IpFamily::V4, Page::of(&response), None),
        Exchange::Failed(v4) => match ask(&endpoint.url, IpFamily::V6)? {
            Exchange::Answered(response) => (IpFamily::V6, Page::of(&response), Some(failed(&v4))),
            Exchange::Failed(v6) => return Ok((failed(&v4), failed(&v6))),
        },
    };
    if !first.is_served() {
        let words = || unsteady(format!("status {}", first.status));
        return Ok((words(), words()));
    }
    // What is there twice must be there again; the rest changes from answer to answer.
    let stable = match ask(&endpoint.url, family)? {
        Exchange::Answered(response) => first.stable(&Page::of(&response)),
        Exchange::Failed(why) => return Ok((unsteady(failure(&why)), unsteady(failure(&why)))),
    };
    let nowhere = Place { path: format!("/{}", cx.scratch_name()), ..place.clone() }.at(&place.host);
    if first.status < 300
        && let Exchange::Answered(response) = ask(&nowhere, family)?
        && stable.likeness(&Page::of(&response)) == Likeness::Same
    {
        return inconclusive(say(
            format!("目标对任意路径都给出同一应答，无从分辨所答是否为该入口：{}", endpoint.url),
            format!("the target gives the same answer at any path, so nothing tells that {} is served", endpoint.url),
        ));
    }
    let v4 = v4.unwrap_or_else(|| Seen::Answer(format!("{}, the same page", stable.status)));
    Ok(match ask(&endpoint.url, IpFamily::V6)? {
        Exchange::Answered(response) => match stable.likeness(&Page::of(&response)) {
            Likeness::Same => (v4, Seen::Answer(format!("{}, the same page", stable.status))),
            Likeness::Other => (v4, Seen::Answer(format!("{}, another page", response.status))),
            Likeness::Unclear => (v4, Seen::Unclear(format!("{}, a page that is hardly the same", response.status))),
        },
        Exchange::Failed(why) => (v4, failed(&why)),
    })
}

/// Says hello by hand, so that the literal address is what the server reads as its host.
fn by_literal(place: &Place, family: IpFamily) -> Result<Seen, Stop> {
    if place.scheme != "http" {
        return Ok(Seen::Unclear("tls: certificates are for names".into()));
    }
    let addresses = net::resolve(&place.host, Some(family))?;
    let Some(literal) = addresses.first() else { return Ok(Seen::Nothing("no address".into())) };
    let host = if family == IpFamily::V6 { format!("[{literal}]") } else { literal.clone() };
    let hello = format!("GET {} HTTP/1.0\r\nHost: {host}:{}\r\nConnection: close\r\n\r\n", place.path, place.port);
    let address = Address { host: place.host.clone(), port: place.port, family: Some(family) };
    match net::exchange(&address, hello.as_bytes(), PATIENCE_MS, 4096)? {
        Exchanged::Answered(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let mut words = text.lines().next().unwrap_or_default().split(' ');
            match (words.next(), words.next()) {
                (Some(version), Some(status)) if version.starts_with("HTTP/") => Ok(Seen::Answer(status.to_owned())),
                _ => Ok(Seen::Nothing("no HTTP answer".into())),
            }
        }
        Exchanged::Failed(why) => Ok(failed(&why)),
    }
}

fn failed(why: &NetworkFailure) -> Seen {
    match why {
        NetworkFailure::Unreachable(_) => Seen::Unclear(failure(why)),
        _ => Seen::Nothing(failure(why)),
    }
}
