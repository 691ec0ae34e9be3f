//! One HTTP exchange at a time.

use super::network::{family, family_words};
use crate::bindings::http::{Exchange, Host, Request, Response, Timings, TlsDetails};
use crate::bindings::types::Error;
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::event::CleanupAct;
use touchstone_model::observation::ActResult;
use touchstone_probes::http as probe;

/// Longest time of an exchange whose caller names none.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

impl Host for State {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Exchange, Error>> {
        let hand = self.hand.clone();
        Ok(hand.send(request).await)
    }

    async fn defer(&mut self, request: Request, answer: String) -> wasmtime::Result<Result<(), Error>> {
        let hand = self.hand.clone();
        Ok(hand.defer_request(request, answer).await)
    }
}

impl Hand {
    async fn defer_request(&self, request: Request, answer: String) -> Result<(), Error> {
        let act = self.begin(&Need::Http, &format!("defer {} {}", request.method, request.url))?;
        let register = async {
            self.check_size("head of a request", request.method.len() + request.url.len() + answer.len())?;
            if !request.headers.is_empty() || !request.body.is_empty() {
                return Err(Error::Invalid("a request that is deferred has neither headers nor body".to_owned()));
            }
            let client = self.run.target.http().map_err(|error| self.told(error))?;
            client.may_ask(&request.url).map_err(|error| self.told(error))?;
            let Request { method, url, credential, .. } = request;
            self.run.notebook.cleanup(CleanupAct::Request { method, url, credential, answer }).await?;
            Ok(((), None))
        };
        act.settle(register.await)
    }

    async fn send(&self, request: Request) -> Result<Exchange, Error> {
        let credential = request.credential.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
        let line = format!("{} {}{}{credential}", request.method, request.url, family_words(request.family));
        let act = self.begin(&Need::Http, &line)?;
        act.settle(self.try_send(request).await)
    }

    async fn try_send(&self, request: Request) -> Result<Done<Exchange>, Error> {
        let headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.check_size("head of a request", request.method.len() + request.url.len() + headers)?;
        self.check_content("body of a request", request.body.len())?;
        let pieces = Pieces::default().with("request-headers", &self.clean(lines(&request.headers).as_bytes()), false).with(
            "request-body",
            &self.clean(&request.body),
            false,
        );
        let asked = probe::Request {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            credential: request.credential,
            family: request.family.map(family),
            timeout: self.time(request.timeout_ms, DEFAULT_TIMEOUT),
            body_limit: self.output_limit(request.body_limit),
        };
        let client = self.run.target.http().map_err(|error| self.told(error))?;
        match client.send(asked).await.map_err(|error| self.told(error))? {
            probe::Exchange::Failed(failure) => {
                let (seen, told) = self.failure(failure);
                Ok((Exchange::Failed(told), Some((seen, pieces))))
            }
            probe::Exchange::Answered(response) => {
                let response = self.response(response);
                let seen = ActResult::Answered { status: response.status };
                let pieces = pieces
                    .with("connection", connection(&response).as_bytes(), false)
                    .with("headers", lines(&response.headers).as_bytes(), false)
                    .with("body", &response.body, response.body_truncated);
                Ok((Exchange::Answered(response), Some((seen, pieces))))
            }
        }
    }

    fn response(&self, response: probe::Response) -> Response {
        let header = |(name, value): (String, String)| (self.clean_text(&name), self.clean_text(&value));
        let t = response.timings;
        Response {
            status: response.status,
            version: response.version,
            headers: response.headers.into_iter().map(header).collect(),
            body: self.clean_cut(&response.body, response.body_truncated),
            body_truncated: response.body_truncated,
            remote: response.remote,
            timings: Timings {
                resolve_us: t.resolve_us,
                connect_us: t.connect_us,
                tls_us: t.tls_us,
                first_byte_us: t.first_byte_us,
                total_us: t.total_us,
            },
            tls: response.tls.map(|tls| TlsDetails {
                version: tls.version,
                cipher: tls.cipher,
                subject: self.clean_text(&tls.subject),
                issuer: self.clean_text(&tls.issuer),
                not_after: tls.not_after,
            }),
        }
    }
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// How the exchange went, as JSON.
fn connection(response: &Response) -> String {
    let t = &response.timings;
    let tls = response.tls.as_ref().map(|tls| {
        serde_json::json!({
            "version": tls.version, "cipher": tls.cipher, "subject": tls.subject, "issuer": tls.issuer,
            "not-after": tls.not_after,
        })
    });
    serde_json::json!({
        "remote": response.remote, "version": response.version, "resolve-us": t.resolve_us, "connect-us": t.connect_us,
        "tls-us": t.tls_us, "first-byte-us": t.first_byte_us, "total-us": t.total_us, "tls": tls,
    })
    .to_string()
}
