//! Middleware: clients that only connect do not keep others out.

use super::{Siege, endpoint};
use touchstone_sdk::net::Habit;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("connection-flood")
    .title("连接洪泛防护", "Protection against a flood of connections")
    .question(
        "大量客户端只建立连接而不发送任何内容时，正常客户端是否仍被及时服务？",
        "While many clients connect and say nothing, is a well-behaved client still served in time?",
    )
    .effect(
        "对应用入口发起有限次数、有限时间的攻击，其间服务可能变慢；结束后全部断开。",
        "Attacks the application, bounded in number and time, which may slow it down meanwhile; all is closed afterwards.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Net])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("connections", "400", "攻击连接数", "number of attacking connections")
    .param("seconds", "8", "攻击持续的秒数", "seconds that the attack goes on")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (url, place) = endpoint(cx, "application")?;
    Siege {
        url,
        probe: None,
        place,
        connections: cx.param_as("connections")?,
        opening: Vec::new(),
        habit: Habit::Drip(Vec::new()),
        interval_ms: 1000,
        limit_s: cx.param_as("seconds")?,
        ended: None,
    }
    .lay(cx)
}
