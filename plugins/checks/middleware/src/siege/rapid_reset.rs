//! Middleware: clients that open streams of HTTP/2 and take them back at once (CVE-2023-44487) do not keep others out.

use super::Siege;
use crate::deployment::{deployed, undeployed};
use touchstone_sdk::net::{Abuse, Address, Exchanged, Habit, Place, exchange};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("http2-rapid-reset")
    .title("HTTP/2快速重置防护", "Protection against rapid reset of HTTP/2")
    .question(
        "大量客户端经 HTTP/2 不断打开请求流并立即重置时，正常客户端是否仍被及时服务？",
        "While many clients open streams of HTTP/2 without end and reset each at once, is a well-behaved client still served in time?",
    )
    .effect(
        "对应用入口发起有限次数、有限时间的攻击，其间服务可能变慢；结束后全部断开。",
        "Attacks the application, bounded in number and time, which may slow it down meanwhile; all is closed afterwards.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Net, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("connections", "40", "攻击连接数", "number of attacking connections")
    .param("streams", "20", "每个连接每100毫秒打开的流数", "streams that each connection opens in 100 ms")
    .param("seconds", "12", "攻击持续的秒数", "seconds that the attack goes on")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

/// What each stream asks for: it keeps a thread of a server that works for those who are gone, and costs nothing else.
const SLOW_MS: u32 = 200;
const INTERVAL_MS: u32 = 100;
const PATIENCE_MS: u32 = 5000;
/// The connection preface with an empty SETTINGS frame (RFC 9113, section 3.4), and what kind of frame must come first in return.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const SETTINGS: u8 = 4;

fn run(cx: &Context) -> CheckResult {
    let (probe, place) = deployed(cx)?;
    if place.scheme != "http" {
        return inconclusive(say("只能测试http入口", "only http endpoints can be tried"));
    }
    if !speaks(&place)? {
        undeployed(cx, &probe)?;
        return not_applicable(say("入口不提供HTTP/2（明文）", "the endpoint does not speak HTTP/2 (in the clear)"));
    }
    let path = place.path.replace("do=about", &format!("do=slow&n={SLOW_MS}"));
    Siege {
        url: probe.url("about"),
        probe: Some(probe),
        place,
        connections: cx.param_as("connections")?,
        opening: Vec::new(),
        habit: Habit::RapidReset(Abuse { path, count: cx.param_as("streams")? }),
        interval_ms: INTERVAL_MS,
        limit_s: cx.param_as("seconds")?,
        ended: None,
    }
    .lay(cx)
}

/// Whether it speaks HTTP/2 in the clear.
pub(super) fn speaks(place: &Place) -> Result<bool, Stop> {
    let address = Address { host: place.host.clone(), port: place.port, family: None };
    Ok(match exchange(&address, PREFACE, PATIENCE_MS, 9)? {
        Exchanged::Answered(bytes) => bytes.get(3) == Some(&SETTINGS) && !bytes.starts_with(b"HTTP"),
        Exchanged::Failed(_) => false,
    })
}
