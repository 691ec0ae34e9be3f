//! Middleware: clients that never finish their headers do not keep others out.

use touchstone_sdk::http::{Exchange, failure};
use touchstone_sdk::net::{Address, Place, SlowPlan, slow_connections};
use touchstone_sdk::page::{Likeness, Page};
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

const BASELINE: usize = 20;
const PATIENCE_MS: u32 = 5000;
/// The harness looks about every 100 ms; a server's own timers are no finer than a second.
const SLACK_MS: u32 = 1500;
const BOUND_FLOOR_US: u64 = 2_000_000;

/// Well-behaved requests: how many were sent, microseconds of those answered as in the baseline, and the last failure.
struct Tally<'a> {
    wanted: &'a Page,
    sent: usize,
    times: Vec<u64>,
    last_failure: Option<String>,
}

fn run(cx: &Context) -> CheckResult {
    let purpose = cx.param("purpose")?;
    let (connections, limit_s) = (cx.param_as::<u32>("connections")?, cx.param_as::<u32>("header_limit_seconds")?);
    let interval_ms = cx.param_as("interval_ms")?;
    let Some(url) = cx.target().endpoints.into_iter().find(|e| e.purpose == purpose).map(|e| e.url) else {
        return inconclusive(say(format!("清单中没有入口 {purpose}"), format!("the inventory names no endpoint {purpose}")));
    };
    let place = match Place::of(&url) {
        Some(place) if place.scheme == "http" => place,
        _ => return inconclusive(say(format!("只能测试 http 入口：{url}"), format!("only http endpoints can be tried: {url}"))),
    };
    let Some(page) = steady_page(cx, &url, &place)? else {
        return inconclusive(say("平时就没有稳定的页面", "it shows no steady page even now"));
    };
    let mut baseline = Tally::of(&page);
    for _ in 0..BASELINE {
        baseline.ask(cx, &url)?;
    }
    if baseline.times.len() < BASELINE {
        let why = baseline.last_failure.unwrap_or_default();
        return inconclusive(say(format!("平时就不能稳定应答：{why}"), format!("it does not answer steadily even now: {why}")));
    }
    let bound = BOUND_FLOOR_US.max(baseline.p99().saturating_mul(10));

    let swarm = slow_connections(&SlowPlan {
        address: Address { host: place.host.clone(), port: place.port, family: None },
        connections,
        opening: format!("GET {} HTTP/1.1\r\nHost: {}:{}\r\n", place.path, place.host, place.port).into_bytes(),
        drip: b"X-Slow: 1\r\n".to_vec(),
        interval_ms,
    })?;
    let limit_ms = limit_s.saturating_mul(1000);
    let mut others = Tally::of(&page);
    let last = loop {
        others.ask(cx, &url)?;
        let now = swarm.status()?;
        let over = now.elapsed_ms > limit_ms.saturating_add(SLACK_MS);
        let all_ended = now.open == 0 && now.connected + now.refused >= now.asked && others.sent >= BASELINE;
        if over || all_ended {
            break now;
        }
        cx.sleep_ms(50);
    };
    if last.connected == 0 && last.refused == 0 {
        return inconclusive(say("未能建立任何慢速连接", "not one slow connection could be opened"));
    }
    cx.expect("others-served").that(
        others.times.len() * 100 >= others.sent * 99 && others.p99() <= bound,
        format!(">= 99 %, p99 <= {} ms (baseline p99 {} ms)", bound / 1000, baseline.p99() / 1000),
        others.words(),
    )?;

    let longest = last.longest_life_ms.unwrap_or(0).max(last.oldest_open_ms.unwrap_or(0));
    let figures = format!(
        "{} connected, {} refused, {} ended, {} open after {} ms; longest life {longest} ms",
        last.connected, last.refused, last.ended, last.open, last.elapsed_ms
    );
    let expected = format!("0 of {connections} open after {limit_s} s");
    if last.connected.saturating_mul(2) < connections {
        let why =
            say("建立的慢速连接不足一半，未构成考验", format!("fewer than half of the slow connections came about: {figures}"));
        cx.expect("slow-ended").same_look().unevaluated(why, expected)?;
        return decided();
    }
    let ended = last.open == 0 && longest <= limit_ms.saturating_add(SLACK_MS);
    cx.expect("slow-ended").same_look().that(ended, expected, figures)?;
    swarm.stop()?;

    let mut after = Tally::of(&page);
    for _ in 0..BASELINE {
        after.ask(cx, &url)?;
    }
    let met = after.times.len() == after.sent && after.p99() <= bound;
    cx.expect("recovers").that(met, format!("{BASELINE} of {BASELINE}, p99 <= {} ms", bound / 1000), after.words())?;
    decided()
}

/// What the application shows whenever it is asked. One that shows the same at any path is not believed.
fn steady_page(cx: &Context, url: &str, place: &Place) -> Result<Option<Page>, Stop> {
    let ask = |url: &str| match cx.http().get(url).timeout_ms(PATIENCE_MS).send()? {
        Exchange::Answered(response) => Ok::<_, Stop>(Some(Page::of(&response))),
        Exchange::Failed(_) => Ok(None),
    };
    let (Some(first), Some(second)) = (ask(url)?, ask(url)?) else { return Ok(None) };
    let stable = first.stable(&second);
    if !stable.is_served() {
        let status = stable.status;
        return inconclusive(say(
            format!("平时就应答 {status}"),
            format!("it answers {status} even now: nothing is served there"),
        ));
    }
    let nowhere = Place { path: format!("/{}", cx.scratch_name()), ..place.clone() }.at(&place.host);
    if stable.status < 300 && ask(&nowhere)?.is_some_and(|page| stable.likeness(&page) == Likeness::Same) {
        return inconclusive(say(
            format!("目标对任意路径都给出同一应答，无从分辨是否正常服务：{url}"),
            format!("the target gives the same answer at any path, so nothing tells that {url} is served"),
        ));
    }
    Ok(Some(stable))
}

impl<'a> Tally<'a> {
    fn of(wanted: &'a Page) -> Self {
        Self { wanted, sent: 0, times: Vec::new(), last_failure: None }
    }

    fn ask(&mut self, cx: &Context, url: &str) -> Result<(), Stop> {
        self.sent += 1;
        match cx.http().get(url).timeout_ms(PATIENCE_MS).send()? {
            Exchange::Answered(response) => match self.wanted.likeness(&Page::of(&response)) {
                Likeness::Other => self.last_failure = Some(format!("status {}, another page", response.status)),
                Likeness::Same | Likeness::Unclear => self.times.push(response.timings.total_us),
            },
            Exchange::Failed(why) => self.last_failure = Some(failure(&why)),
        }
        Ok(())
    }

    /// Of those answered; none answered is the worst there is.
    fn p99(&self) -> u64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let rank = (times.len() * 99).div_ceil(100);
        rank.checked_sub(1).and_then(|at| times.get(at).copied()).unwrap_or(u64::MAX)
    }

    fn words(&self) -> String {
        let failure = self.last_failure.as_deref().map(|why| format!("; last failure: {why}")).unwrap_or_default();
        let p99 = if self.times.is_empty() { "-".into() } else { (self.p99() / 1000).to_string() };
        format!("{} of {}, p99 {p99} ms{failure}", self.times.len(), self.sent)
    }
}
