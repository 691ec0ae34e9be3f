//! Middleware: the declared rate of requests is borne within the declared time.

use touchstone_sdk::load::{Arrivals, Declared, HttpRequest, HttpVersion, Objective, Plan, Request, run as put, search};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("performance")
    .title("声明负载下的性能", "Performance under the declared load")
    .question(
        "以声明的请求到达率（随机到达）访问应用：99%的请求是否在声明时间内得到应答（从应到时刻起算，服务停顿期间的等待计入）？",
        "Under the declared rate of requests, coming at random: are 99 of 100 answered within the declared time, counted from the moment \
         each was due, so that a server which stalls is charged for all who had to wait?",
    )
    .effect("按声明的速率对应用施加负载。", "Puts the declared load on the application.")
    .on("middleware")
    .needs(&[Need::Http, Need::Load])
    .impact(Impact::Scratch)
    .limit_s(600)
    .required_param("rate", "声明的请求到达率（每秒）", "declared rate of requests, a second")
    .required_param("p99_ms", "声明的99%分位延迟（毫秒）", "declared 99th percentile of latency, in milliseconds")
    .param("failures_per_cent", "0.1", "允许失败的请求比例（%）", "requests that may fail, in per cent")
    .param("seconds", "30", "负载持续时间（秒）", "seconds of load")
    .param("connections", "16", "连接数", "connections")
    .param("path", "/", "请求的路径", "path that is asked for")
    .param("version", "http1", "HTTP版本：http1或http2", "version of HTTP: http1 or http2")
    .param("search_steps", "0", "寻找最高可承受速率的步数；0表示不找", "steps of a search for the highest rate borne; 0: none")
    .expect("rate", "达到声明的到达率", "the declared rate is borne")
    .expect("latency", "99%分位延迟不超过声明", "the 99th percentile of latency is as declared")
    .expect("failures", "失败比例不超过允许", "no more fail than may")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let declared = Declared::of(cx)?;
    let (seconds, connections): (u32, u32) = (cx.param_as("seconds")?, cx.param_as("connections")?);
    let version = match cx.param("version")?.as_str() {
        "http1" => HttpVersion::Http1,
        "http2" => HttpVersion::Http2,
        other => return inconclusive(say("HTTP版本参数无效", format!("version = {other:?}; it is http1 or http2"))),
    };
    let Some(application) = cx.target().endpoints.into_iter().find(|endpoint| endpoint.purpose == "application") else {
        return inconclusive(say("清单没有application端点", "the inventory names no endpoint `application`"));
    };
    let url = format!("{}{}", application.url.trim_end_matches('/'), cx.param("path")?);
    let request = HttpRequest { method: "GET".to_owned(), url, headers: Vec::new(), body: Vec::new(), version, family: None };
    let plan = Plan {
        request: Request::Http(request),
        arrivals: Arrivals::Poisson(declared.rate),
        connections,
        duration_ms: seconds.saturating_mul(1000),
        timeout_ms: 10_000,
        seed: cx.elapsed_ns(),
    };
    let figures = put(&plan)?;
    declared.hold(cx, &figures)?;
    let steps: u32 = cx.param_as("search_steps")?;
    if steps > 0 {
        let objective = Objective { quantile: 0.99, latency_us: declared.p99_us, failures: declared.failures_per_cent / 100.0 };
        let found = search(&plan, objective, declared.rate, steps)?;
        let rate = found.rate.map_or("none".to_owned(), |rate| format!("{rate:.0}"));
        cx.note(format!("最高可承受速率 {rate} 请求/秒 / highest rate borne: {rate} requests a second"));
    }
    decided()
}
