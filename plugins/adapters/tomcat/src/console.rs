//! The manager application. It answers `200` with "FAIL - ...": its words count, not its status.

use touchstone_sdk::adapter::{Endpoint, Error, Said, failed, http, target};
use touchstone_sdk::http::{Exchange, Response, failure};
use touchstone_sdk::net::Place;

/// Path of the manager application, the product's browser console.
pub(crate) const PATH: &str = "/manager/html";
/// Deploying may compile pages.
const PATIENCE_MS: u32 = 60_000;

/// A node's manager.
pub(crate) struct Console {
    /// As the inventory has it.
    entrance: String,
    /// Scheme, host and port.
    origin: String,
    credential: Option<String>,
}

/// `http://host:port` of the application, where the manager lies as well unless the inventory says otherwise.
pub(crate) fn beside_the_application(endpoints: &[Endpoint]) -> Option<String> {
    endpoints.iter().find(|e| e.purpose == "application").and_then(|e| origin(&e.url))
}

fn origin(url: &str) -> Option<String> {
    let place = Place::of(url)?;
    let at = Place { path: String::new(), ..place.clone() }.at(&place.host);
    Some(at)
}

/// The managers of all nodes; none when the inventory gives nobody's name to sign in with.
pub(crate) fn consoles() -> Vec<Console> {
    let target = target();
    let of = |endpoint: &Endpoint| {
        let credential = endpoint.credential.clone().or_else(|| Some("console".to_owned()));
        Some(Console { entrance: endpoint.url.clone(), origin: origin(&endpoint.url)?, credential })
    };
    let mut found: Vec<Console> = target.endpoints.iter().filter(|e| e.purpose.starts_with("console.")).filter_map(of).collect();
    if found.is_empty() {
        found.extend(target.endpoints.iter().find(|e| e.purpose == "console" && e.credential.is_some()).and_then(of));
    }
    found
}

/// Whether a server for which the inventory has nobody's name to sign in with has a manager application at all. Where it has one,
/// what it could do cannot be seen.
pub(crate) fn has_no_manager() -> Result<(), Error> {
    let target = target();
    let origin = beside_the_application(&target.endpoints)
        .ok_or_else(|| Error::Unavailable("the target's inventory entry names no endpoint \"application\"".into()))?;
    match http().get(&format!("{origin}/manager/text/serverinfo")).send()? {
        Exchange::Answered(response) if response.status == 404 => Ok(()),
        Exchange::Answered(_) => {
            Err(Error::Unavailable("the inventory has no credential \"console\" for the manager application".into()))
        }
        Exchange::Failed(why) => Err(failed(format!("{origin}: {}", failure(&why)))),
    }
}

impl Console {
    /// URL of one of its commands.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/manager/{path}", self.origin)
    }

    /// Where a person goes first.
    pub(crate) fn entrance(&self) -> String {
        self.entrance.clone()
    }

    /// Another page of the same server.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn credential(&self) -> Option<String> {
        self.credential.clone()
    }

    /// A command of the text interface.
    pub(crate) fn ask(&self, method: &str, command: &str, body: Vec<u8>) -> Result<Said, Error> {
        let mut request = http().request(method, &self.url(command));
        request.credential = self.credential();
        request.timeout_ms = Some(PATIENCE_MS);
        request.body = body;
        let response = match http().send(&request)? {
            Exchange::Answered(response) => response,
            Exchange::Failed(why) => return Err(failed(format!("{}: {}", request.url, failure(&why)))),
        };
        self.refused(&response)?;
        let words = String::from_utf8_lossy(&response.body).trim().to_owned();
        let accepted = response.status == 200 && words.starts_with("OK");
        Ok(Said { accepted, words: format!("{} {}", response.status, words.lines().next().unwrap_or_default()) })
    }

    /// Not the product's answer to the command, but a door that did not open.
    fn refused(&self, response: &Response) -> Result<(), Error> {
        let header = |wanted: &str| response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        match response.status {
            401 | 403 => Err(failed(format!(
                "the console at {} refuses the credential {:?} ({}); check user, password and the role manager-script",
                self.origin,
                self.credential.as_deref().unwrap_or("none"),
                response.status
            ))),
            300..=399 => Err(failed(format!(
                "the console at {} sends elsewhere ({} to {}); name that address in the inventory",
                self.origin,
                response.status,
                header("location").map_or("nowhere", |(_, value)| value)
            ))),
            404 => Err(failed(format!("there is no manager application at {}", self.origin))),
            _ => Ok(()),
        }
    }
}
