//! Middleware: a client that has nothing but IPv6 is served.

use crate::deployment::{deployed, undeployed};
use crate::logs::over;
use crate::probe::{Probe, words};
use std::net::Ipv6Addr;
use touchstone_sdk::http::{Exchange, failure};
use touchstone_sdk::net::{IpFamily, Place};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("ipv6-only-client")
    .title("仅有IPv6的客户端", "A client with IPv6 only")
    .question(
        "在没有任何IPv4地址的客户端节点上，以IPv6地址字面量和仅有AAAA记录的域名访问应用，是否都得到应用自身的应答，控制台的应答是否与经IPv4\
         所见相同，访问日志中是否记有该客户端的IPv6地址？IPv4是否仍可用？",
        "From a client node without any IPv4 address, the application is asked by literal IPv6 address and by a name that has AAAA records \
         only: does the application itself answer both, does the console answer as it does over IPv4, and is the client's IPv6 address in \
         the log of requests? Does IPv4 still work?",
    )
    .effect("部署一个探针应用，从客户端节点访问数次；结束时撤销。", "Deploys a probe application, asks it from the client's node; takes it back.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("logs")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .required_param("client_node", "没有IPv4的客户端节点在清单中的名称", "name of the client's node in the inventory")
    .required_param("literal", "应用入口，主机为IPv6地址字面量", "URL of the application by literal IPv6 address")
    .required_param("name", "应用入口，主机为仅有AAAA记录的域名", "URL of the application by a name with AAAA records only")
    .required_param("console", "控制台入口，主机为IPv6地址字面量", "URL of the console by literal IPv6 address")
    .expect("by-literal", "以地址字面量访问得到应答", "answers by literal address")
    .expect("by-name", "以AAAA域名访问得到应答", "answers by a name with AAAA records")
    .expect("console", "控制台应答相同", "the console answers the same")
    .expect("access-log", "访问日志记有其IPv6地址", "its IPv6 address is in the log of requests")
    .expect("ipv4-still", "IPv4仍可用", "IPv4 still works")
    .run(run);

/// Whether the node has no IPv4 address at all: the kernel's own table of them (proc(5), fib_trie).
const NO_IPV4: &str = "grep -c 'host LOCAL' /proc/net/fib_trie || :";
/// The answer, and behind it status, family and own address of the connection.
const ASK: &str = "curl -s -g -6 -m 15 -w '\\n%{http_code} %{remote_ip} %{local_ip}\\n' \"$1\"";
/// Products may write their log of requests every ten seconds.
const LATER_MS: u64 = 20_000;

/// What the client was answered.
struct Answer {
    words: String,
    status: u16,
    remote: String,
    local: String,
}

fn run(cx: &Context) -> CheckResult {
    let client = cx.shell_on(&cx.param("client_node")?)?;
    client.helper(&["curl"])?;
    let addresses = client.run(["sh", "-c", NO_IPV4])?.success()?.text();
    if addresses.trim() != "0" {
        return inconclusive(say(
            format!("客户端节点有 {addresses} 个IPv4地址，不是仅有IPv6的客户端"),
            format!("the client's node has {addresses} IPv4 addresses: it is no client with IPv6 only"),
        ));
    }
    let (probe, _) = deployed(cx)?;
    let mut own = None;
    for (expectation, param) in [("by-literal", "literal"), ("by-name", "name")] {
        let url = cx.param(param)?;
        let Some(place) = Place::of(&url).filter(|place| place.is_literal() == (param == "literal")) else {
            return inconclusive(say(
                format!("参数 {param} 不是所要求的地址：{url}"),
                format!("parameter {param} is not what it must be: {url}"),
            ));
        };
        let there = probe.at(&url)?;
        let (mark, question) = (probe.mark(), there.question(&format!("about&line={}", probe.mark())));
        let answer = ask(&client, &question.url)?;
        let (met, seen) = match &answer {
            Ok(answer) => {
                let told = there.answered(&question, answer.status, &answer.words);
                let v6 = answer.remote.parse::<Ipv6Addr>().is_ok();
                own = answer.local.parse::<Ipv6Addr>().ok().map(|address| (address, mark)).or(own);
                let seen = told
                    .as_ref()
                    .map_or_else(|| format!("status {}", answer.status), |about| format!("version {}", about.version));
                (told.is_some() && v6, format!("{seen} from {}", answer.remote))
            }
            Err(why) => (false, why.clone()),
        };
        cx.expect(expectation).that(met, format!("the application's own answer from {}", place.host), seen)?;
    }
    console(cx, &client)?;
    access_log(cx, own)?;
    let v4 = over_ipv4(cx, &probe)?;
    cx.expect("ipv4-still").that(v4.is_ok(), "the application's own answer over IPv4", v4.unwrap_or_else(|seen| seen))?;
    undeployed(cx, &probe)?;
    decided()
}

fn ask(client: &Shell, url: &str) -> Result<Result<Answer, String>, Stop> {
    let output = client.run(["sh", "-c", ASK, "sh", url])?;
    let text = output.text();
    let (words, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    let parts: Vec<&str> = last.split(' ').collect();
    let [status, remote, local] = parts[..] else { return Ok(Err(format!("no answer: {}", output.said()))) };
    let status = status.parse().unwrap_or(0);
    Ok(match status {
        0 => Err(format!("no answer ({})", output.said())),
        status => Ok(Answer { words: words.to_owned(), status, remote: remote.to_owned(), local: local.to_owned() }),
    })
}

/// Without a credential: status and page.
fn console(cx: &Context, client: &Shell) -> Result<(), Stop> {
    let url = cx.param("console")?;
    let Some(known) = cx.target().endpoints.into_iter().find(|endpoint| endpoint.purpose == "console") else {
        return cx.expect("console").unevaluated(say("清单中没有控制台", "the inventory names no console"), "an answer");
    };
    let v4 = match cx.http().get(&known.url).over(IpFamily::V4).send()? {
        Exchange::Answered(response) => (response.status, String::from_utf8_lossy(&response.body).trim().to_owned()),
        Exchange::Failed(why) => {
            let why = say(
                format!("控制台经IPv4没有应答：{}", failure(&why)),
                format!("the console is silent over IPv4: {}", failure(&why)),
            );
            return cx.expect("console").unevaluated(why, "an answer");
        }
    };
    let answer = ask(client, &url)?;
    let (met, seen) = match answer {
        Ok(answer) => {
            let same = answer.status == v4.0 && answer.words.trim() == v4.1;
            (same, format!("status {} with {} bytes from {}", answer.status, answer.words.trim().len(), answer.remote))
        }
        Err(why) => (false, why),
    };
    cx.expect("console").that(met, format!("status {} with {} bytes, the same page as over IPv4", v4.0, v4.1.len()), seen)?;
    Ok(())
}

fn access_log(cx: &Context, own: Option<(Ipv6Addr, String)>) -> Result<(), Stop> {
    let Some((address, mark)) = own else {
        return cx.expect("access-log").unevaluated(say("客户端没有得到应答", "the client was not answered"), "its address");
    };
    let sources = cx.access_logs()?;
    let until = cx.elapsed_ms() + LATER_MS;
    loop {
        let mut lines = Vec::new();
        for source in &sources {
            lines.extend(over(cx, source, "grep -h -F -- \"$word\" \"$@\" || :", &mark)?.lines());
        }
        // Products write addresses in full or in short: they are compared as numbers.
        let mut named =
            lines.iter().flat_map(|line| line.split([' ', '"', ',', ']', '['])).filter_map(|word| word.parse::<Ipv6Addr>().ok());
        let met = named.any(|found| found == address);
        if met || cx.elapsed_ms() >= until {
            let seen = lines.first().map_or_else(|| format!("no line with {mark}"), Clone::clone);
            cx.expect("access-log").that(met, format!("a line with {mark} and {address}"), seen)?;
            return Ok(());
        }
        cx.sleep_ms(500);
    }
}

fn over_ipv4(cx: &Context, probe: &Probe) -> Result<Result<String, String>, Stop> {
    let question = probe.question("about");
    Ok(match cx.http().get(&question.url).over(IpFamily::V4).send()? {
        Exchange::Failed(why) => Err(failure(&why)),
        Exchange::Answered(response) => {
            let said = String::from_utf8_lossy(&response.body);
            match probe.answered(&question, response.status, &said) {
                Some(about) => Ok(words(&Ok(about))),
                None => Err(format!("status {}", response.status)),
            }
        }
    })
}
