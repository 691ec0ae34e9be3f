//! A real browser, driven by WebDriver (W3C Recommendation 2018): it goes to one target's endpoints and nowhere else.

mod driver;
mod rules;
mod wire;

use crate::http::Client;
use crate::{NetworkFailure, ProbeError, secret};
use base64::Engine as _;
use driver::Driver;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use wire::{Element, Session, Strategy, Trouble};

/// How long a browser is given to start.
const START: Duration = Duration::from_secs(40);
/// How long one question about a page may take.
const GLANCE: Duration = Duration::from_secs(20);
const WINDOW: &str = "--window-size=1280,1000";
/// Text that is to be seen, status of the answer that the page came with, what stands in fields that are not for passwords.
const LOOK: &str = "const n = performance.getEntriesByType('navigation')[0]; const b = document.body; \
    const f = Array.from(document.querySelectorAll('input:not([type=password]),textarea')).map(e => e.value).join(' '); \
    return [(b ? b.innerText : '').slice(0, 1000000), n ? n.responseStatus : 0, f.slice(0, 100000)];";

/// An element of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locator {
    /// A CSS selector.
    Css(String),
    /// An XPath 1.0 expression.
    XPath(String),
}

/// What a person would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Goes to a URL, with a credential of the inventory for basic authentication.
    Go {
        /// Absolute, among the target's endpoints.
        url: String,
        /// Name of a credential.
        credential: Option<String>,
    },
    /// Writes into a field.
    Fill(Locator, String),
    /// Writes a credential's user.
    FillUser(Locator, String),
    /// Writes a credential's password, into a field for passwords only.
    FillPassword(Locator, String),
    /// Chooses a file that was put there before.
    Attach(Locator, String),
    /// Clicks.
    Press(Locator),
    /// Says yes to a dialogue.
    Accept,
    /// Waits until it is there.
    Await(Locator),
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was done.
    Done,
    /// No such element in time, or it cannot be used that way.
    Absent(String),
    /// No page came.
    Failed(NetworkFailure),
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where.
    pub url: String,
    /// Its title.
    pub title: String,
    /// All that is to be seen.
    pub text: String,
    /// What stands in its fields, those for passwords not among them: looked through for secrets.
    pub fields: String,
    /// Of the answer that it came with; absent where it is the browser's own page.
    pub status: Option<u16>,
    /// PNG; empty where a dialogue is open.
    pub screenshot: Vec<u8>,
}

/// A browser with a profile of its own. It ends when it is dropped.
pub struct Browser {
    client: Session,
    http: Arc<Client>,
    page_load: Duration,
    driver: Driver,
}

impl Browser {
    /// Starts one that reaches the target's endpoints, and trusts whom the inventory trusts.
    ///
    /// # Errors
    /// There is no browser on this machine, or it does not start.
    pub async fn open(http: &Arc<Client>) -> Result<Self, ProbeError> {
        let driver = Driver::start().await?;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--remote-debugging-pipe".to_owned(),
            WINDOW.to_owned(),
            format!("--user-data-dir={}", driver.folder().join("profile").display()),
            format!("--host-resolver-rules={}", rules::names(http).await),
        ];
        let keys = rules::trusted_keys(http).await;
        if !keys.is_empty() {
            arguments.push(format!("--ignore-certificate-errors-spki-list={}", keys.join(",")));
        }
        let wanted = serde_json::json!({
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "goog:chromeOptions": { "binary": driver.browser(), "args": arguments },
        });
        let client = tokio::time::timeout(START, Session::begin(driver.port(), wanted))
            .await
            .map_err(|_| ProbeError::other("browser", format!("the browser did not start within {} s", START.as_secs())))?
            .map_err(|trouble| ProbeError::other("browser", format!("the browser does not start: {trouble}")))?;
        Ok(Self { client, http: http.clone(), page_load: Duration::ZERO, driver })
    }

    /// A file that can be attached.
    ///
    /// # Errors
    /// The name is a path, or the file cannot be written.
    pub fn put_file(&self, name: &str, content: &[u8]) -> Result<(), ProbeError> {
        if name.is_empty() || name.starts_with('.') || name.contains('/') {
            return Err(ProbeError::Invalid(format!("{name:?} is no name of a file")));
        }
        self.driver.put_file(name, content)
    }

    /// Takes one step.
    ///
    /// # Errors
    /// It goes to none of the target's endpoints, there is no such credential or file, or the browser is gone. What the page made of it
    /// is no error.
    pub async fn take(&mut self, step: &Step, within: Duration) -> Result<Taken, ProbeError> {
        self.wait_for_pages(within).await?;
        let work = self.try_take(step, within);
        match tokio::time::timeout(within.saturating_add(GLANCE), work).await {
            Ok(taken) => taken,
            Err(_) => Ok(Taken::Failed(NetworkFailure::TimedOut("page".to_owned()))),
        }
    }

    async fn try_take(&self, step: &Step, within: Duration) -> Result<Taken, ProbeError> {
        let done = match step {
            Step::Go { url, credential } => match self.client.go(&self.address(url, credential.as_deref())?).await {
                Ok(()) => match (self.sent_elsewhere(url).await, credential) {
                    (Some(landed), Some(name)) => self.client.go(&self.address(landed.as_str(), Some(name))?).await,
                    _ => Ok(()),
                },
                Err(error) => Err(error),
            },
            Step::Press(at) => match self.element(at, within).await {
                Ok(element) => element.press().await,
                Err(error) => Err(error),
            },
            Step::Fill(at, text) => self.write(at, text, within).await,
            Step::FillUser(at, name) => self.write(at, &self.http.credential(name)?.0, within).await,
            Step::FillPassword(at, name) => {
                let (_, password) = self.http.credential(name)?;
                let Some(password) = password else {
                    return Err(ProbeError::Unavailable(format!("the credential {name:?} has no password")));
                };
                match self.element(at, within).await {
                    Err(error) => Err(error),
                    Ok(element) => match element.kind().await {
                        Ok(kind) if kind == "password" && self.is_of_target().await => element.write(password.expose()).await,
                        Ok(_) => return Ok(Taken::Absent(format!("{}: no field for passwords", words(at)))),
                        Err(error) => Err(error),
                    },
                }
            }
            Step::Attach(at, name) => {
                let path = self.driver.file(name)?;
                match self.element(at, within).await {
                    Ok(element) => element.write(&path).await,
                    Err(error) => Err(error),
                }
            }
            Step::Accept => self.client.accept().await,
            Step::Await(at) => self.element(at, within).await.map(drop),
        };
        done.map_or_else(|error| sorted(&error, step), |()| Ok(Taken::Done))
    }

    /// What is shown now.
    ///
    /// # Errors
    /// The browser is gone.
    pub async fn look(&self) -> Result<Page, ProbeError> {
        let looking = async {
            let url = self.client.url().await.map(without_user);
            if let Ok(words) = self.client.alert().await {
                let url = url.unwrap_or_default();
                let (title, fields) = (String::new(), String::new());
                return Ok(Page { url, title, text: words, fields, status: None, screenshot: Vec::new() });
            }
            let seen = self.client.execute(LOOK).await?;
            let text = |at: usize| seen.get(at).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
            let status = seen.get(1).and_then(serde_json::Value::as_u64).and_then(|status| u16::try_from(status).ok());
            Ok(Page {
                url: url?,
                title: self.client.title().await?,
                text: text(0),
                fields: text(2),
                status: status.filter(|status| *status != 0),
                screenshot: base64::engine::general_purpose::STANDARD.decode(self.client.screenshot().await?).unwrap_or_default(),
            })
        };
        match tokio::time::timeout(GLANCE, looking).await {
            Ok(page) => page.map_err(|trouble: Trouble| gone(&trouble)),
            Err(_) => Err(ProbeError::TimedOut("the browser does not show its page".to_owned())),
        }
    }

    /// What an element shows now; none where there is none.
    ///
    /// # Errors
    /// The browser is gone, or the locator makes no sense.
    pub async fn text_of(&self, at: &Locator) -> Result<Option<String>, ProbeError> {
        let reading = async {
            match self.client.find(wanted(at)).await {
                Ok(element) => element.text().await.map(Some),
                Err(trouble) if trouble.is("no such element") => Ok(None),
                Err(error) => Err(error),
            }
        };
        match tokio::time::timeout(GLANCE, reading).await {
            // It went away between the two questions.
            Ok(Err(trouble)) if trouble.is("stale element reference") => Ok(None),
            Ok(read) => read.map_err(|error| gone(&error)),
            Err(_) => Err(ProbeError::TimedOut("the browser does not show its page".to_owned())),
        }
    }

    /// Ends it, and all that belongs to it.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        // In order where that goes fast; else it is ended all the same.
        let _ = tokio::time::timeout(Duration::from_secs(3), client.end()).await;
        driver.stop().await;
    }

    async fn wait_for_pages(&mut self, within: Duration) -> Result<(), ProbeError> {
        if self.page_load == within {
            return Ok(());
        }
        self.client.page_load(within).await.map_err(|trouble| gone(&trouble))?;
        self.page_load = within;
        Ok(())
    }

    /// With the credential in it, as browsers take it for basic authentication, and keep it to themselves.
    fn address(&self, url: &str, credential: Option<&str>) -> Result<String, ProbeError> {
        let mut url = self.http.own(url)?;
        if let Some(name) = credential {
            let (user, password) = self.http.credential(name)?;
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let password = password.as_ref().map(secret::Secret::expose).map(encoded);
            let refused = |()| ProbeError::Invalid(format!("{url:?} takes no credential"));
            let mut with = url.clone();
            with.set_username(&encoded(&user)).map_err(refused)?;
            with.set_password(password.as_deref()).map_err(refused)?;
            url = with;
        }
        Ok(url.into())
    }

    /// Where it was sent to, if that is another of the target's endpoints, and no less safe: a browser keeps what it signed in with to
    /// the endpoint that it was signed in at.
    async fn sent_elsewhere(&self, asked: &str) -> Option<Url> {
        let landed = Url::parse(&self.client.url().await.ok()?).ok()?;
        let asked = self.http.own(asked).ok()?;
        let safe = asked.scheme() == landed.scheme() || landed.scheme() == "https";
        (safe && asked.origin() != landed.origin() && self.http.own(landed.as_str()).is_ok()).then_some(landed)
    }

    async fn element(&self, at: &Locator, within: Duration) -> Result<Element<'_>, Trouble> {
        self.client.await_element(wanted(at), within).await
    }

    async fn write(&self, at: &Locator, text: &str, within: Duration) -> Result<(), Trouble> {
        let element = self.element(at, within).await?;
        element.clear().await?;
        element.write(text).await
    }

    /// A page of somebody else is shown no password.
    async fn is_of_target(&self) -> bool {
        self.client.url().await.is_ok_and(|url| self.http.own(&url).is_ok())
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

fn wanted(at: &Locator) -> Strategy<'_> {
    match at {
        Locator::Css(css) => ("css selector", css),
        Locator::XPath(path) => ("xpath", path),
    }
}

fn words(at: &Locator) -> &str {
    match at {
        Locator::Css(words) | Locator::XPath(words) => words,
    }
}

fn without_user(url: String) -> String {
    let Ok(mut url) = Url::parse(&url) else { return url };
    // A URL without a host has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Whether the page was not there, or the element was not, or the browser is gone.
fn sorted(trouble: &Trouble, step: &Step) -> Result<Taken, ProbeError> {
    if let Some(failure) = failure(trouble) {
        return Ok(Taken::Failed(failure));
    }
    if matches!(trouble, Trouble::Refused { .. }) && !trouble.is("invalid session id") {
        return Ok(Taken::Absent(match step {
            Step::Fill(at, _) | Step::FillUser(at, _) | Step::FillPassword(at, _) | Step::Attach(at, _) => {
                format!("{}: {trouble}", words(at))
            }
            Step::Press(at) | Step::Await(at) => format!("{}: {trouble}", words(at)),
            Step::Go { .. } | Step::Accept => trouble.to_string(),
        }));
    }
    Err(gone(trouble))
}

/// How the network failed, by the browser's own word for it.
fn failure(trouble: &Trouble) -> Option<NetworkFailure> {
    if trouble.is("insecure certificate") {
        return Some(NetworkFailure::Tls("the browser does not trust the certificate".to_owned()));
    }
    if trouble.is("timeout") {
        return Some(NetworkFailure::TimedOut("the page goes on loading".to_owned()));
    }
    let said = trouble.to_string();
    let (_, code) = said.split_once("net::")?;
    let code: String = code.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_' || c.is_ascii_digit()).collect();
    Some(match code.as_str() {
        "ERR_CONNECTION_REFUSED" => NetworkFailure::Refused,
        "ERR_CONNECTION_RESET" | "ERR_EMPTY_RESPONSE" => NetworkFailure::Reset,
        "ERR_NAME_NOT_RESOLVED" => NetworkFailure::Resolution("an address that is none of the target's endpoints".to_owned()),
        "ERR_ADDRESS_UNREACHABLE" => NetworkFailure::Unreachable(code),
        "ERR_CONNECTION_TIMED_OUT" | "ERR_TIMED_OUT" => NetworkFailure::TimedOut("connect".to_owned()),
        _ if code.starts_with("ERR_CERT") || code.starts_with("ERR_SSL") => NetworkFailure::Tls(code),
        _ => NetworkFailure::Protocol(code),
    })
}

fn gone(trouble: &Trouble) -> ProbeError {
    ProbeError::other("browser", format!("the browser failed: {trouble}"))
}
