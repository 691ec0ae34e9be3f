//! Middleware: clients that begin a block of headers of HTTP/2 and never end it (CERT VU#421644) do not keep others out.

use super::Siege;
use crate::deployment::{deployed, undeployed};
use touchstone_sdk::net::{Abuse, Habit};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("http2-continuation")
    .title("HTTP/2续帧洪泛防护", "Protection against a flood of CONTINUATION frames")
    .question(
        "大量客户端经 HTTP/2 发送永不结束的请求头（CONTINUATION帧）时，正常客户端是否仍被及时服务？",
        "While many clients send headers of HTTP/2 that never end (CONTINUATION frames), is a well-behaved client still served in time?",
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
    .param("frames", "200", "每个连接每100毫秒发送的帧数", "frames that each connection sends in 100 ms")
    .param("seconds", "12", "攻击持续的秒数", "seconds that the attack goes on")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

const INTERVAL_MS: u32 = 100;
fn run(cx: &Context) -> CheckResult {
    let (probe, place) = deployed(cx)?;
    if place.scheme != "http" {
        return inconclusive(say("只能测试http入口", "only http endpoints can be tried"));
    }
    if !super::rapid_reset::speaks(&place)? {
        undeployed(cx, &probe)?;
        return not_applicable(say("入口不提供HTTP/2（明文）", "the endpoint does not speak HTTP/2 (in the clear)"));
    }
    let path = place.path.clone();
    Siege {
        url: probe.url("about"),
        probe: Some(probe),
        place,
        connections: cx.param_as("connections")?,
        opening: Vec::new(),
        habit: Habit::Continuation(Abuse { path, count: cx.param_as("frames")? }),
        interval_ms: INTERVAL_MS,
        limit_s: cx.param_as("seconds")?,
        ended: None,
    }
    .lay(cx)
}
