//! Addresses that want to lead elsewhere, and secrets in the middle of anything.

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
