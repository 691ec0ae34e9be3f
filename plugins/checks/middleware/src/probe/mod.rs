//! The probe application that checks deploy: its archive, and what it says.

mod archive;

use std::cell::Cell;
use touchstone_sdk::http::{Exchange, Http, Visit, failure};
use touchstone_sdk::net::Place;
use touchstone_sdk::prelude::*;

const PAGE: &str = include_str!("probe.jsp");
/// Compiled while it is deployed: no first visitor waits for it. Without a name space every version of the standard reads it.
const DESCRIPTOR: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<web-app>\n<display-name>@SETTING@</display-name>\n<distributable/>\n\
    <servlet><servlet-name>probe</servlet-name><jsp-file>/probe.jsp</jsp-file><load-on-startup>1</load-on-startup></servlet>\n\
    <servlet-mapping><servlet-name>probe</servlet-name><url-pattern>/probe</url-pattern></servlet-mapping>\n</web-app>\n";
const PATIENCE_MS: u32 = 10_000;

/// The application of one run of a check.
pub struct Probe {
    /// Context path, such as `/app`.
    pub path: String,
    /// What only this run's application says: a server that repeats what it is asked for does not know it.
    token: String,
    /// Base of the application, without a slash at its end.
    base: String,
    /// Questions put so far.
    asked: Cell<u32>,
}

/// A question that was never put before: what answers it is the application, and no copy of what it said once.
pub struct Question {
    /// Where it is put.
    pub url: String,
    answer: String,
}

/// What it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// As deployed.
    pub version: String,
    /// Process and host of the Java machine that answered.
    pub jvm: String,
    /// Everything it said.
    pub words: String,
}

impl Probe {
    /// Under a path that nobody else uses, below the endpoint of that purpose.
    pub fn new(cx: &Context, purpose: &str) -> Result<Self, Stop> {
        let name = cx.scratch_name().replace('_', "-");
        let endpoints = cx.target().endpoints;
        let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.purpose == purpose) else {
            return inconclusive(say(format!("清单中没有入口 {purpose}"), format!("the inventory names no endpoint {purpose}")));
        };
        Self::below(&endpoint.url, &format!("/{name}"))
    }

    /// The same application at another endpoint.
    pub fn at(&self, url: &str) -> Result<Self, Stop> {
        Self::below(url, &self.path)
    }

    /// Under that path, below a URL.
    pub fn below(url: &str, path: &str) -> Result<Self, Stop> {
        let Some(place) = Place::of(url) else {
            return inconclusive(say(format!("入口地址无法解析：{url}"), format!("no URL: {url}")));
        };
        let base = Place { path: path.to_owned(), ..place.clone() }.at(&place.host);
        Ok(Self { path: path.to_owned(), token: format!("touchstone:{:016x}", hash(path)), base, asked: Cell::new(0) })
    }

    /// A version that nobody can guess from what is asked.
    pub fn version(&self, number: u32) -> String {
        format!("{number}.{:08x}", hash(&format!("{}{number}", self.token)) >> 32)
    }

    /// A setting of its descriptor (its displayed name) that nobody can guess from what is asked.
    pub fn setting(&self) -> String {
        format!("set-{:016x}", hash(&format!("{}setting", self.token)))
    }

    /// A word that only this run of this application has.
    pub fn mark(&self) -> String {
        format!("mark{:016x}", hash(&format!("{}mark", self.token)))
    }

    /// Where it does what it is asked: `about`, `count`, `large&n=10` ...
    pub fn url(&self, task: &str) -> String {
        format!("{}/probe?do={task}", self.base)
    }

    /// A task with a new question.
    pub fn question(&self, task: &str) -> Question {
        self.asked.set(self.asked.get() + 1);
        let question = format!("{:016x}", hash(&format!("{}{}{}", self.base, self.token, self.asked.get())));
        // java.lang.String.hashCode, as its documentation defines it.
        let code = question.bytes().fold(0_i32, |code, byte| code.wrapping_mul(31).wrapping_add(i32::from(byte)));
        Question { url: format!("{}&q={question}", self.url(task)), answer: format!("a={code}") }
    }

    /// What the application said to a question; none when it was not the application, or did not answer it.
    pub fn answered(&self, question: &Question, status: u16, words: &str) -> Option<About> {
        self.read(status, words).filter(|about| about.words.split(' ').any(|word| word == question.answer))
    }

    fn page(&self, version: &str) -> String {
        PAGE.replace("@TOKEN@", &self.token).replace("@VERSION@", version)
    }

    /// Its files.
    pub fn files(&self, version: &str) -> [(&'static str, String); 2] {
        [("WEB-INF/web.xml", DESCRIPTOR.replace("@SETTING@", &self.setting())), ("probe.jsp", self.page(version))]
    }

    /// Its archive.
    pub fn archive(&self, version: &str) -> Vec<u8> {
        self.archive_with(version, &[])
    }

    /// Its archive, with files of the check's own.
    pub fn archive_with(&self, version: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        let files = self.files(version);
        let mut members: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        members.extend_from_slice(more);
        archive::zip(&members)
    }

    /// An archive that no server can start: its descriptor names a listener that is not in it.
    pub fn never_starts(&self) -> Vec<u8> {
        let listener = "<listener><listener-class>nowhere.Missing</listener-class></listener>\n</web-app>";
        let descriptor = DESCRIPTOR.replace("</web-app>", listener);
        archive::zip(&[("WEB-INF/web.xml", descriptor.as_bytes()), ("probe.jsp", self.page("broken").as_bytes())])
    }

    /// Asks once: what the application said, or what happened instead.
    pub fn ask(&self, http: &Http, task: &str) -> Result<Result<About, String>, Stop> {
        let question = self.question(task);
        match http.get(&question.url).timeout_ms(PATIENCE_MS).send()? {
            Exchange::Failed(why) => Ok(Err(failure(&why))),
            Exchange::Answered(response) => {
                let words = String::from_utf8_lossy(&response.body);
                Ok(self.answered(&question, response.status, &words).ok_or_else(|| seen(response.status, &words)))
            }
        }
    }

    /// What a visitor met: the application, or something else.
    pub fn met(&self, visit: &Visit) -> Option<About> {
        self.read(visit.status, &visit.said)
    }

    /// The application's own line somewhere in an answer with status 200.
    pub fn within(&self, answer: &str) -> Option<About> {
        answer.split(' ').nth(1).filter(|status| *status == "200")?;
        self.read(200, answer.lines().find(|line| line.starts_with(&self.token))?)
    }

    fn read(&self, status: u16, words: &str) -> Option<About> {
        let line = words.lines().next().unwrap_or_default().trim();
        let said = line.strip_prefix(&self.token)?;
        let value = |name: &str| said.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
        (status == 200).then_some(())?;
        Some(About { version: value("version")?, jvm: value("jvm")?, words: line.to_owned() })
    }

    /// Asks until it says what is wanted; the last answer when the time is over.
    pub fn wait(
        &self,
        cx: &Context,
        within_ms: u64,
        wanted: impl Fn(&Result<About, String>) -> bool,
    ) -> Result<(bool, Result<About, String>), Stop> {
        let until = cx.elapsed_ms() + within_ms;
        loop {
            let answer = self.ask(&cx.http(), "about")?;
            let met = wanted(&answer);
            if met || cx.elapsed_ms() >= until {
                return Ok((met, answer));
            }
            cx.sleep_ms(200);
        }
    }

    /// Waits until that version answers.
    pub fn serves(&self, cx: &Context, version: &str, within_ms: u64) -> Result<(bool, String), Stop> {
        let (met, answer) = self.wait(cx, within_ms, |a| a.as_ref().is_ok_and(|about| about.version == version))?;
        Ok((met, words(&answer)))
    }

    /// Waits until it does not answer any more, while the server does.
    pub fn gone(&self, cx: &Context, within_ms: u64) -> Result<(bool, String), Stop> {
        let (met, answer) = self.wait(cx, within_ms, |a| matches!(a, Err(seen) if seen.starts_with("status 404")))?;
        Ok((met, words(&answer)))
    }
}

impl About {
    /// A figure that it gave.
    pub fn figure(&self, name: &str) -> Option<u64> {
        self.words.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?.parse().ok()
    }
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// In a few words, for `actual`.
pub fn words(answer: &Result<About, String>) -> String {
    match answer {
        Ok(about) => format!("version {} from {}", about.version, about.jvm),
        Err(seen) => seen.clone(),
    }
}

fn seen(status: u16, words: &str) -> String {
    let line: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
    format!("status {status}: {line}")
}
