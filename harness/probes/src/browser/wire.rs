//! The words of WebDriver (W3C Recommendation 2018, sections 6 to 18), as many as are needed, over HTTP to a driver on loopback.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;

/// Member of an object that stands for an element (section 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Between two looks for an element that is not there yet.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes of an answer at most: a screenshot is the largest.
const MOST: usize = 64 << 20;

/// What the driver did not do.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Its own code (section 6.6) and words.
    Refused { code: String, message: String },
    /// It does not answer.
    Gone(String),
}

impl Trouble {
    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Trouble::Refused { code, .. } if code == wanted)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Trouble::Refused { message: words, .. } | Trouble::Gone(words)) = self;
        let line: String = words.lines().next().unwrap_or_default().chars().take(300).collect();
        f.write_str(&line)
    }
}

/// How elements are looked for: `css selector` or `xpath` (section 12.1), and the words.
pub(super) type Strategy<'a> = (&'a str, &'a str);

/// A session of a driver.
pub(super) struct Session {
    port: u16,
    id: String,
}

impl Session {
    pub(super) async fn begin(port: u16, wanted: Value) -> Result<Self, Trouble> {
        let mut session = Self { port, id: String::new() };
        let made = session.post("/session", &json!({ "capabilities": { "alwaysMatch": wanted } })).await?;
        let id = made["sessionId"].as_str().ok_or_else(|| Trouble::Gone("it names no session".to_owned()))?;
        session.id = format!("/session/{id}");
        Ok(session)
    }

    pub(super) async fn page_load(&self, within: Duration) -> Result<(), Trouble> {
        let within = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        self.order("/timeouts", &json!({ "pageLoad": within, "script": 20_000, "implicit": 0 })).await
    }

    pub(super) async fn go(&self, url: &str) -> Result<(), Trouble> {
        self.order("/url", &json!({ "url": url })).await
    }

    pub(super) async fn url(&self) -> Result<String, Trouble> {
        self.text("/url").await
    }

    pub(super) async fn title(&self) -> Result<String, Trouble> {
        self.text("/title").await
    }

    pub(super) async fn alert(&self) -> Result<String, Trouble> {
        self.text("/alert/text").await
    }

    pub(super) async fn accept(&self) -> Result<(), Trouble> {
        self.order("/alert/accept", &json!({})).await
    }

    pub(super) async fn execute(&self, script: &str) -> Result<Value, Trouble> {
        self.post(&self.path("/execute/sync"), &json!({ "script": script, "args": [] })).await
    }

    /// Base64 of a PNG.
    pub(super) async fn screenshot(&self) -> Result<String, Trouble> {
        self.text("/screenshot").await
    }

    pub(super) async fn find(&self, (using, value): Strategy<'_>) -> Result<Element<'_>, Trouble> {
        let found = self.post(&self.path("/element"), &json!({ "using": using, "value": value })).await?;
        let id = found[ELEMENT].as_str().ok_or_else(|| Trouble::Gone("it names no element".to_owned()))?;
        Ok(Element { session: self, path: format!("/element/{id}") })
    }

    /// As [`Self::find`], of one that may come later.
    pub(super) async fn await_element(&self, at: Strategy<'_>, within: Duration) -> Result<Element<'_>, Trouble> {
        let until = tokio::time::Instant::now() + within;
        loop {
            match self.find(at).await {
                Err(trouble) if trouble.is("no such element") && tokio::time::Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                found => return found,
            }
        }
    }

    pub(super) async fn end(&self) -> Result<(), Trouble> {
        self.ask("DELETE", &self.id, None).await.map(drop)
    }

    fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.id)
    }

    async fn text(&self, rest: &str) -> Result<String, Trouble> {
        let value = self.ask("GET", &self.path(rest), None).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    async fn order(&self, rest: &str, body: &Value) -> Result<(), Trouble> {
        self.post(&self.path(rest), body).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.ask("POST", path, Some(body.to_string())).await
    }

    async fn ask(&self, method: &str, path: &str, body: Option<String>) -> Result<Value, Trouble> {
        let gone = |error: &dyn std::fmt::Display| Trouble::Gone(error.to_string());
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.map_err(|error| gone(&error))?;
        let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| gone(&error))?;
        let driver = tokio::spawn(connection);
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, format!("127.0.0.1:{}", self.port))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|error| gone(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| gone(&error))?;
        let good = answer.status().is_success();
        let body = http_body_util::Limited::new(answer.into_body(), MOST).collect().await;
        driver.abort();
        let bytes = body.map_err(|error| gone(&error))?.to_bytes();
        let mut value: Value = serde_json::from_slice(&bytes).map_err(|error| gone(&error))?;
        let value = value["value"].take();
        if good {
            return Ok(value);
        }
        let member = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Err(Trouble::Refused { code: member("error"), message: member("message") })
    }
}

/// An element of the page that is shown.
pub(super) struct Element<'a> {
    session: &'a Session,
    path: String,
}

impl Element<'_> {
    pub(super) async fn press(&self) -> Result<(), Trouble> {
        self.session.order(&format!("{}/click", self.path), &json!({})).await
    }

    pub(super) async fn clear(&self) -> Result<(), Trouble> {
        self.session.order(&format!("{}/clear", self.path), &json!({})).await
    }

    pub(super) async fn write(&self, text: &str) -> Result<(), Trouble> {
        self.session.order(&format!("{}/value", self.path), &json!({ "text": text })).await
    }

    pub(super) async fn text(&self) -> Result<String, Trouble> {
        self.session.text(&format!("{}/text", self.path)).await
    }

    /// `type` of a field, as the page has it now.
    pub(super) async fn kind(&self) -> Result<String, Trouble> {
        self.session.text(&format!("{}/property/type", self.path)).await
    }
}
