//! Middleware: a request for thousands of overlapping pieces of one file (CVE-2011-3192, RFC 9110 section 17.15) is not answered with many
//! times the file, and keeps nobody out.

use super::Siege;
use crate::deployment::SOON_MS;
use crate::probe::Probe;
use touchstone_sdk::http::{Exchange, failure};
use touchstone_sdk::net::{Habit, Place};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("range-abuse")
    .title("重叠范围请求防护", "Protection against overlapping ranges")
    .question(
        "请求一个文件的大量重叠范围时，应答是否不超过文件本身的两倍？大量客户端如此请求时，正常客户端是否仍被及时服务？",
        "Asked for many overlapping ranges of a file, is the answer no more than twice the file? While many clients ask so, is a \
         well-behaved client still served in time?",
    )
    .effect(
        "部署一个探针应用，对其中的文件发起有限次数、有限时间的攻击，其间服务可能变慢；结束时撤销。",
        "Deploys a probe application and attacks a file of it, bounded in number and time, which may slow it down; takes it back at the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Net, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("connections", "60", "攻击连接数", "number of attacking connections")
    .param("ranges", "1000", "每个请求的范围个数", "ranges of each request")
    .param("seconds", "6", "攻击持续的秒数", "seconds that the attack goes on")
    .expect("bounded-answer", "应答不超过文件的两倍", "the answer is no more than twice the file")
    .expect(
        "others-served",
        "正常客户端成功率不低于 99%，P99 时延在界限内",
        "a well-behaved client succeeds in 99 % and its p99 stays in bounds",
    )
    .expect("recovers", "之后服务恢复如常", "the service is as before afterwards")
    .run(run);

const FILE: &str = "large.txt";
const BYTES: usize = 48 << 10;
/// Bytes of an answer that are looked at: enough to tell many times the file from the file.
const MOST: u32 = 4 << 20;

fn run(cx: &Context) -> CheckResult {
    let count: usize = cx.param_as("ranges")?;
    let probe = Probe::new(cx, "application")?;
    let version = probe.version(1);
    let content: Vec<u8> = probe.mark().bytes().cycle().take(BYTES).collect();
    let said = cx.deploy(&probe.path, &probe.archive_with(&version, &[(FILE, &content)]))?;
    let (serves, seen) = probe.serves(cx, &version, SOON_MS)?;
    if !serves {
        return inconclusive(say(
            format!("探针应用未能部署（产品称：{}；所见：{seen}）", said.words),
            format!("the probe application could not be deployed (the product said: {}; seen: {seen})", said.words),
        ));
    }
    let url = probe.url("about").replace("/probe?do=about", &format!("/{FILE}"));
    let Some(place) = Place::of(&url).filter(|place| place.scheme == "http") else {
        return inconclusive(say("只能测试http入口", "only http endpoints can be tried"));
    };
    match cx.http().get(&url).send()? {
        Exchange::Answered(response) if response.status == 200 && response.body == content => {}
        Exchange::Answered(response) => {
            let (status, length) = (response.status, response.body.len());
            return inconclusive(say(
                format!("文件本身未能取得：{status}，{length}字节"),
                format!("the file itself cannot be had: status {status}, {length} bytes"),
            ));
        }
        Exchange::Failed(why) => {
            let why = failure(&why);
            return inconclusive(say(format!("文件本身未能取得：{why}"), format!("the file itself cannot be had: {why}")));
        }
    }
    let ranges = (0..count).map(|from| format!("{}-", from % 100)).collect::<Vec<_>>().join(",");
    let mut request = cx.http().request("GET", &url);
    request.headers.push(("Range".to_owned(), format!("bytes={ranges}")));
    request.body_limit = Some(MOST);
    let (bounded, seen) = match cx.http().send(&request)? {
        Exchange::Answered(response) => {
            let length = response.body.len();
            let more = if response.body_truncated { "more than " } else { "" };
            (length <= 2 * BYTES, format!("status {}, {more}{length} bytes", response.status))
        }
        Exchange::Failed(why) => (true, failure(&why)),
    };
    cx.expect("bounded-answer").that(
        bounded,
        format!("at most {} bytes for {count} ranges of {BYTES} bytes", 2 * BYTES),
        seen,
    )?;
    let opening = format!("GET {} HTTP/1.1\r\nHost: {}:{}\r\nRange: bytes={ranges}\r\n\r\n", place.path, place.host, place.port);
    let path = probe.path.clone();
    let ended = Siege {
        url: probe.url("about"),
        probe: Some(probe),
        place,
        connections: cx.param_as("connections")?,
        opening: opening.into_bytes(),
        habit: Habit::Drip(Vec::new()),
        interval_ms: 1000,
        limit_s: cx.param_as("seconds")?,
        ended: None,
    }
    .lay(cx);
    let said = cx.undeploy(&path)?;
    cx.note(format!("undeploy: {}", said.words));
    ended
}
