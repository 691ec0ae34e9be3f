//! `http`

use crate::bindings::touchstone::contract::http::{Exchange, Host, Request, Response, Timings, TlsDetails};
use crate::bindings::touchstone::contract::types::Error;
use crate::guest::{Guest, family, network_failure, network_result};
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::{Family, http};

/// When the guest names none.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Exchange, Error>> {
        let errand = match self.granted(&Need::Http)? {
            Ok(errand) => errand,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = errand.within("request", request.body.len() + request.url.len()) {
            return Ok(Err(error));
        }
        let family = family(request.family);
        let by = match family {
            Some(Family::V4) => " over IPv4",
            Some(Family::V6) => " over IPv6",
            None => "",
        };
        let mut act = errand.act("http", format!("{} {}{by}", request.method, request.url));
        act.saw("request body", request.body.clone(), false);
        let asked = http::Request {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            credential: request.credential,
            family,
            timeout: request.timeout_ms.map_or(TIMEOUT, |ms| Duration::from_millis(ms.into())),
            body_limit: errand.output(request.body_limit),
        };
        let client = match errand.target.http() {
            Ok(client) => client,
            Err(error) => return Ok(Err(errand.could_not(act, error))),
        };
        Ok(match client.send(asked).await {
            Ok(http::Exchange::Answered(response)) => {
                act.saw("headers", headers(&response), false);
                act.saw("body", response.body.clone(), response.body_truncated);
                errand.observer.record(act, ActResult::Answered { status: response.status });
                Ok(Exchange::Answered(answered(response)))
            }
            Ok(http::Exchange::Failed(failure)) => {
                errand.observer.record(act, network_result(&failure));
                Ok(Exchange::Failed(network_failure(&failure)))
            }
            Err(error) => Err(errand.could_not(act, error)),
        })
    }
}

/// Status line, where it came from, headers, and what TLS showed.
fn headers(response: &http::Response) -> String {
    let mut text = format!("{} {} from {}\n", response.version, response.status, response.remote);
    for (name, value) in &response.headers {
        text += &format!("{name}: {value}\n");
    }
    if let Some(tls) = &response.tls {
        text += &format!("[{} {}; {}; issued by {}; until {}]\n", tls.version, tls.cipher, tls.subject, tls.issuer, tls.not_after);
    }
    text
}

fn answered(response: http::Response) -> Response {
    let t = response.timings;
    Response {
        status: response.status,
        version: response.version,
        headers: response.headers,
        body: response.body,
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
            subject: tls.subject,
            issuer: tls.issuer,
            not_after: tls.not_after,
        }),
    }
}
