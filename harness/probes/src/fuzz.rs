//! Addresses that want to lead elsewhere, and secrets in the middle of anything.

use crate::http::{Client, Exchange, Request};
use crate::reach::Reach;
use crate::secret::{Redactor, Secret};
use std::collections::BTreeMap;
use touchstone_fuzz::fuzz;
use touchstone_model::inventory::{HttpSpec, TargetSpec};
use url::Url;

/// Whatever is written into an address: what passes is one of the two that are known, at its port.
#[test]
fn no_address_leads_elsewhere() {
    let endpoints = BTreeMap::from([("app".to_owned(), "https://app.example:8443/base".to_owned())]);
    let reach = Reach::new(&TargetSpec {
        name: "t".into(),
        kind: "middleware".into(),
        tags: vec![],
        adapter: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        permits: vec![],
        shells: vec![],
        sql: None,
        http: Some(HttpSpec { endpoints: endpoints.into_iter().collect(), ..HttpSpec::default() }),
        addresses: vec!["[::1]:8080".into()],
        load: None,
    });
    let seeds: [&[u8]; 4] = [
        b"https://app.example:8443/x?y#z",
        b"http://[::1]:8080/",
        b"https://u:p@app.example:8443/",
        b"http://[::ffff:127.0.0.1]:80/",
    ];
    let words = [
        "https://",
        "http://",
        "app.example",
        ":8443",
        "@",
        "\\",
        "[::1]",
        ":8080",
        "%2f",
        "#",
        "?",
        "..",
        "\t",
        "\u{3002}",
        "xn--",
    ];
    fuzz(&seeds, &words, |input| {
        let text = String::from_utf8_lossy(input);
        let passes = Url::parse(&text).ok().filter(|url| reach.has_origin(url));
        if let Some(url) = &passes {
            let place = (url.scheme(), url.host_str().unwrap_or_default(), url.port_or_known_default());
            let known = [("https", "app.example", Some(8443)), ("http", "[::1]", Some(8080)), ("https", "[::1]", Some(8080))];
            assert!(known.contains(&place), "{place:?} of {text}");
        }
        if let Some((host, port)) = text.rsplit_once(':')
            && let Ok(port) = port.parse()
            && reach.has_address(host, port)
        {
            let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
            assert!(matches!((host.as_str(), port), ("app.example", 8443) | ("::1", 8080)), "{text}");
        }
        passes.map(|url| (url.scheme().to_owned(), url.path().len().min(9), url.query().is_some()))
    });
}

/// The secret, as it is and in base64, is in nothing that comes out.
#[test]
fn no_secret_comes_through() {
    let secret = "S3cret-\u{e9}+/pass";
    let redactor = Redactor::new();
    redactor.add(&Secret::new(secret));
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret);
    let seeds = [format!("before {secret} after"), format!("Basic {encoded}"), "S3cret-S3cret-\u{e9}+/pass".to_owned()];
    let seeds: Vec<&[u8]> = seeds.iter().map(String::as_bytes).collect();
    fuzz(&seeds, &[secret, &encoded, "S3cret-", "***", "%2B", "%2F"], |input| {
        let clean = redactor.bytes(input);
        for form in [secret.as_bytes(), encoded.as_bytes()] {
            let there = clean.windows(form.len()).any(|window| window == form);
            // What was made of two halves by taking a whole one out between them was never there.
            assert!(!there || !input.windows(form.len()).any(|window| window == form), "{}", String::from_utf8_lossy(&clean));
        }
        (clean.len() == input.len(), clean.windows(3).filter(|w| w == b"***").count().min(8))
    });
}

/// Whatever a server answers is an answer or a failure, in time.
#[test]
fn no_answer_of_a_server_confuses() {
    use std::io::{Read, Write};
    use std::sync::{Arc, Mutex};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let answer = Arc::new(Mutex::new(Vec::new()));
    let given = answer.clone();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 1024]);
            let _ = client.write_all(&given.lock().expect("an answer"));
        }
    });
    let url = format!("http://127.0.0.1:{port}/");
    let spec = HttpSpec { endpoints: [("app".to_owned(), url.clone())].into(), ..HttpSpec::default() };
    let target = TargetSpec {
        name: "t".into(),
        kind: "middleware".into(),
        tags: vec![],
        adapter: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        permits: vec![],
        shells: vec![],
        sql: None,
        http: Some(spec.clone()),
        addresses: vec![],
        load: None,
    };
    let client = Client::new(spec, Arc::new(Reach::new(&target)), Arc::new(Redactor::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let seeds: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        b"HTTP/1.0 302 \r\nLocation: http://elsewhere/\r\nSet-Cookie: a=b; Path=/\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    ];
    let words = [
        "HTTP/1.1 ",
        "\r\n",
        "\r\n\r\n",
        "Content-Length: ",
        "Transfer-Encoding: chunked",
        "ffffffffffffffff\r\n",
        "0\r\n",
        "\0",
        "Set-Cookie: ",
    ];
    fuzz(&seeds, &words, |input| {
        *answer.lock().expect("an answer") = input.to_vec();
        let mut request = Request::get(&url);
        request.body_limit = 4096;
        match runtime.block_on(client.send(request)).expect("it may be asked") {
            Exchange::Answered(response) => {
                assert!(response.body.len() <= 4096);
                (response.status, response.headers.len().min(9), response.body.len().min(9), String::new())
            }
            Exchange::Failed(failure) => {
                (0, 0, 0, failure.to_string().chars().filter(|c| !c.is_ascii_digit()).take(60).collect())
            }
        }
    });
}
