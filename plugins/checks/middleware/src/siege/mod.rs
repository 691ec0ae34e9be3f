//! Attacks on an application, and what a well-behaved client sees meanwhile: its success rate and p99 decide.

pub mod collisions;
pub mod connection_flood;
pub mod continuation;
pub mod ranges;
pub mod rapid_reset;
mod share;
pub mod slow_body;
pub mod slow_headers;
pub mod slow_read;

use crate::probe::Probe;
use share::{Shown, shown};
use touchstone_sdk::context::Expect;
use touchstone_sdk::http::{Exchange, failure};
use touchstone_sdk::net::{Address, AttackPlan, Habit, Place, SwarmStatus, attack};
use touchstone_sdk::page::{Likeness, Page};
use touchstone_sdk::prelude::*;

const BASELINE: usize = 20;
const PATIENCE_MS: u32 = 5000;
/// Between two requests of the well-behaved client.
const PAUSE_MS: u32 = 50;
/// The harness looks about every 100 ms; a server's own timers are no finer than a second.
const SLACK_MS: u32 = 1500;
const BOUND_FLOOR_US: u64 = 2_000_000;
/// Of those who try, so many per cent must be served.
const SUCCESS_PER_CENT: u8 = 99;
const ALLOWED_PER_CENT: f64 = (100 - SUCCESS_PER_CENT) as f64;
/// A harness that wakes up so much too late is on a machine too busy to blame a target for lateness.
const OWN_DELAY_MS: u64 = 500;

/// An attack on one place.
pub struct Siege {
    /// What the well-behaved client asks for.
    pub url: String,
    /// The application there, where it is the probe: asked something new each time, so that no copy of it will do.
    pub probe: Option<Probe>,
    /// Where the attack goes.
    pub place: Place,
    pub connections: u32,
    pub opening: Vec<u8>,
    pub habit: Habit,
    pub interval_ms: u32,
    /// How long it goes on, and within which time its connections must be ended where the check expects that.
    pub limit_s: u32,
    /// Expectation that the target ends the attacking connections; none where they may stay as long as others are served.
    pub ended: Option<&'static str>,
}

/// The endpoint of that purpose, if it speaks HTTP.
pub fn endpoint(cx: &Context, purpose: &str) -> Result<(String, Place), Stop> {
    let Some(url) = cx.target().endpoints.into_iter().find(|e| e.purpose == purpose).map(|e| e.url) else {
        return inconclusive(say(format!("清单中没有入口 {purpose}"), format!("the inventory names no endpoint {purpose}")));
    };
    match Place::of(&url) {
        Some(place) => Ok((url, place)),
        None => inconclusive(say(format!("入口地址无法解析：{url}"), format!("no URL: {url}"))),
    }
}

impl Siege {
    /// Takes a baseline, attacks, asks meanwhile, and looks again afterwards.
    pub fn lay(self, cx: &Context) -> CheckResult {
        let Some(page) = self.steady_page(cx)? else {
            return inconclusive(say("平时就没有稳定的页面", "it shows no steady page even now"));
        };
        let mut baseline = Tally::of(&page, self.probe.as_ref());
        for _ in 0..BASELINE {
            baseline.ask(cx, &self.url)?;
        }
        if baseline.times.len() < BASELINE {
            let why = baseline.last_failure.unwrap_or_default();
            return inconclusive(say(
                format!("平时就不能稳定应答：{why}"),
                format!("it does not answer steadily even now: {why}"),
            ));
        }
        let bound = BOUND_FLOOR_US.max(baseline.p99().saturating_mul(10));
        let limit_ms = self.limit_s.saturating_mul(1000);
        let swarm = attack(&self.plan())?;
        let mut others = Tally::of(&page, self.probe.as_ref());
        let mut own_delay_ms = 0;
        let last = loop {
            others.ask(cx, &self.url)?;
            let now = swarm.status()?;
            let over = now.elapsed_ms > limit_ms.saturating_add(SLACK_MS);
            let all_ended = now.open == 0 && now.connected + now.refused >= now.asked && others.sent >= BASELINE;
            if over || (self.ended.is_some() && all_ended) {
                break now;
            }
            let asleep = cx.elapsed_ms();
            cx.sleep_ms(PAUSE_MS);
            own_delay_ms = own_delay_ms.max((cx.elapsed_ms() - asleep).saturating_sub(PAUSE_MS.into()));
        };
        if last.connected == 0 && last.refused == 0 {
            return inconclusive(say("未能建立任何攻击连接", "not one attacking connection could be opened"));
        }
        let bad = others.not_in_time(bound);
        let expected = format!(">= {SUCCESS_PER_CENT} % within {} ms (baseline p99 {} ms)", bound / 1000, baseline.p99() / 1000);
        let actual = format!("{}, {bad} not in time; attack: {}", others.words(), figures(&last));
        others.decide(cx.expect("others-served"), bound, own_delay_ms, expected, actual)?;
        // A fresh look for the next decision.
        let last = swarm.stop()?;
        if let Some(expectation) = self.ended {
            let longest = last.longest_life_ms.unwrap_or(0).max(last.oldest_open_ms.unwrap_or(0));
            let expected = format!("0 of {} open after {} s", self.connections, self.limit_s);
            if last.connected.saturating_mul(2) < self.connections {
                let seen = figures(&last);
                let why = say(
                    "建立的攻击连接不足一半，未构成考验",
                    format!("fewer than half of the attacking connections came about: {seen}"),
                );
                cx.expect(expectation).unevaluated(why, expected)?;
                return decided();
            }
            let slack = SLACK_MS.saturating_add(u32::try_from(own_delay_ms).unwrap_or(u32::MAX));
            let ended = last.open == 0 && longest <= limit_ms.saturating_add(slack);
            cx.expect(expectation).that(ended, expected, figures(&last))?;
        }
        let mut after = Tally::of(&page, self.probe.as_ref());
        for asked in 0..BASELINE * 5 {
            // One late answer among a few may be chance: more are asked for until the share tells.
            if asked >= BASELINE && shown(after.not_in_time(bound), after.sent, ALLOWED_PER_CENT) != Shown::TooFew {
                break;
            }
            after.ask(cx, &self.url)?;
        }
        let expected = format!(">= {SUCCESS_PER_CENT} % within {} ms", bound / 1000);
        after.decide(cx.expect("recovers"), bound, 0, expected, after.words())?;
        decided()
    }

    /// What the application shows whenever it is asked. One that shows the same at any path is not believed.
    fn steady_page(&self, cx: &Context) -> Result<Option<Page>, Stop> {
        let ask = |url: &str| match cx.http().get(url).timeout_ms(PATIENCE_MS).send()? {
            Exchange::Answered(response) => Ok::<_, Stop>(Some(Page::of(&response))),
            Exchange::Failed(_) => Ok(None),
        };
        let url = &self.url;
        let (Some(first), Some(second)) = (ask(url)?, ask(url)?) else { return Ok(None) };
        let stable = first.stable(&second);
        if !stable.is_served() {
            let status = stable.status;
            return inconclusive(say(
                format!("平时就应答 {status}"),
                format!("it answers {status} even now: nothing is served there"),
            ));
        }
        let nowhere = Place { path: format!("/{}", cx.scratch_name()), ..self.place.clone() }.at(&self.place.host);
        if stable.status < 300 && ask(&nowhere)?.is_some_and(|page| stable.likeness(&page) == Likeness::Same) {
            return inconclusive(say(
                format!("目标对任意路径都给出同一应答，无从分辨是否正常服务：{url}"),
                format!("the target gives the same answer at any path, so nothing tells that {url} is served"),
            ));
        }
        Ok(Some(stable))
    }

    fn plan(&self) -> AttackPlan {
        AttackPlan {
            address: Address { host: self.place.host.clone(), port: self.place.port, family: None },
            connections: self.connections,
            opening: self.opening.clone(),
            habit: self.habit.clone(),
            interval_ms: self.interval_ms,
            tls: if self.place.scheme == "https" { vec!["http/1.1".into()] } else { Vec::new() },
        }
    }
}

/// The attack's own figures.
fn figures(last: &SwarmStatus) -> String {
    let longest = last.longest_life_ms.unwrap_or(0).max(last.oldest_open_ms.unwrap_or(0));
    format!(
        "{} connected, {} refused, {} ended, {} open after {} ms; longest life {longest} ms; {} bytes sent, {} received",
        last.connected, last.refused, last.ended, last.open, last.elapsed_ms, last.sent, last.received
    )
}

/// Well-behaved requests: how many were sent, microseconds of those answered as in the baseline, and the last failure.
struct Tally<'a> {
    wanted: &'a Page,
    probe: Option<&'a Probe>,
    sent: usize,
    times: Vec<u64>,
    last_failure: Option<String>,
}

impl<'a> Tally<'a> {
    fn of(wanted: &'a Page, probe: Option<&'a Probe>) -> Self {
        Self { wanted, probe, sent: 0, times: Vec::new(), last_failure: None }
    }

    fn ask(&mut self, cx: &Context, url: &str) -> Result<(), Stop> {
        self.sent += 1;
        let question = self.probe.map(|probe| (probe, probe.question("about")));
        let url = question.as_ref().map_or(url, |(_, question)| &question.url);
        match cx.http().get(url).timeout_ms(PATIENCE_MS).send()? {
            Exchange::Answered(response) if question.is_some() => {
                let words = String::from_utf8_lossy(&response.body);
                let answered =
                    question.is_some_and(|(probe, question)| probe.answered(&question, response.status, &words).is_some());
                if answered {
                    self.times.push(response.timings.total_us);
                } else {
                    self.last_failure = Some(format!("status {}, not the application's own answer", response.status));
                }
            }
            Exchange::Answered(response) => match self.wanted.likeness(&Page::of(&response)) {
                Likeness::Other => self.last_failure = Some(format!("status {}, another page", response.status)),
                Likeness::Same | Likeness::Unclear => self.times.push(response.timings.total_us),
            },
            Exchange::Failed(why) => self.last_failure = Some(failure(&why)),
        }
        Ok(())
    }

    /// Those that were not answered, or not within `bound` microseconds.
    fn not_in_time(&self, bound: u64) -> usize {
        self.sent - self.times.iter().filter(|time| **time <= bound).count()
    }

    /// Met or unmet where the share of those in time tells; neither where there were too few, or the harness itself was late.
    fn decide(&self, expect: Expect, bound: u64, own_delay_ms: u64, expected: String, actual: String) -> Result<(), Stop> {
        match shown(self.not_in_time(bound), self.sent, ALLOWED_PER_CENT) {
            Shown::Within => expect.met(expected, actual).map(drop),
            Shown::Beyond if own_delay_ms <= OWN_DELAY_MS => expect.unmet(expected, actual).map(drop),
            Shown::Beyond => {
                let why = say(
                    format!("测试机自身过于繁忙（迟了 {own_delay_ms} ms），时延不能归咎于目标：{actual}"),
                    format!("the harness's own machine was too busy ({own_delay_ms} ms late) to blame the target: {actual}"),
                );
                expect.unevaluated(why, expected)
            }
            Shown::TooFew => {
                let why = say(format!("样本太少，不足以判定：{actual}"), format!("too few requests to tell: {actual}"));
                expect.unevaluated(why, expected)
            }
        }
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
