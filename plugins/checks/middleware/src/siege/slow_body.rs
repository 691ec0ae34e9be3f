//! Middleware: clients that never finish their bodies do not keep others out.

use super::Siege;
use crate::deployment::deployed;
use touchstone_sdk::net::Habit;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("slow-body")
    .title("慢速请求体防护", "Protection against slow bodies")
    .question(
        "大量客户端声明很长的请求体却缓慢发送时，正常客户端是否仍被及时服务？",
        "While many clients announce a long body and trickle it, is a well-behaved client still served in time?",
    )
    .effect(
        "对应用入口发起有限次数、有限时间的攻击，其间服务可能变慢；结束后全部断开。",
        "Attacks the application, bounded in number and time, which may slow it down meanwhile; all is closed afterwards.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Net, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("connections", "200", "攻击连接数", "number of attacking connections")
    .param("seconds", "8", "攻击持续的秒数", "seconds that the attack goes on")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (probe, place) = deployed(cx)?;
    // A form: whoever asks for a parameter waits for the whole body.
    let opening = format!(
        "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 100000\r\n\r\na=",
        place.path, place.host, place.port
    );
    Siege {
        url: probe.url("about"),
        probe: Some(probe),
        place,
        connections: cx.param_as("connections")?,
        opening: opening.into_bytes(),
        habit: Habit::Drip(b"b".to_vec()),
        interval_ms: 1000,
        limit_s: cx.param_as("seconds")?,
        ended: None,
    }
    .lay(cx)
}
