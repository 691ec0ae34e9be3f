//! Middleware: clients that never finish their headers do not keep others out.

use super::{Siege, endpoint};
use touchstone_sdk::net::Habit;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("slow-headers")
    .title("慢速请求头防护", "Protection against slow headers")
    .question(
        "大量客户端缓慢发送请求头时，正常客户端是否仍被及时服务，慢速连接是否在期限内被切断？先测正常请求的基线，再同时建立大量\
         慢速连接，其间持续发送正常请求，最后观察服务恢复。",
        "While many clients trickle their headers, is a well-behaved client still served in time, and are the slow ones cut off \
         within the limit? A baseline is taken, many slow connections are opened, well-behaved requests go on meanwhile, and \
         the service is looked at afterwards.",
    )
    .effect(
        "对应用入口建立大量慢速连接，其间服务可能变慢；结束后全部断开。",
        "Opens many slow connections to the application, which may slow it down meanwhile; all are closed afterwards.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Net])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("connections", "200", "慢速连接数", "number of slow connections")
    .param("header_limit_seconds", "30", "慢速连接最迟应被切断的秒数", "seconds within which slow connections must be ended")
    .param("interval_ms", "1000", "慢速连接每隔多少毫秒发送一行", "milliseconds between two lines of a slow connection")
    .param("purpose", "application", "所测入口的用途", "purpose of the endpoint that is tried")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("slow-ended", "慢速连接在期限内被切断", "slow connections are ended within the limit")
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (url, place) = endpoint(cx, &cx.param("purpose")?)?;
    let opening = format!("GET {} HTTP/1.1\r\nHost: {}:{}\r\n", place.path, place.host, place.port).into_bytes();
    Siege {
        url,
        probe: None,
        place,
        connections: cx.param_as("connections")?,
        opening,
        habit: Habit::Drip(b"X-Slow: 1\r\n".to_vec()),
        interval_ms: cx.param_as("interval_ms")?,
        limit_s: cx.param_as("header_limit_seconds")?,
        ended: Some("slow-ended"),
    }
    .lay(cx)
}
