//! What a service says of itself over HTTP: in its headers, in its certificate, and on the page that it answers a wrong address with,
//! where most products name themselves and their version.

use super::PATIENCE;
use std::collections::BTreeMap;
use touchstone_probes::Target;
use touchstone_probes::http::{Exchange, Request, Response};

/// Nobody's address, so that what answers is the product and no application.
const NOWHERE: &str = "/touchstone-asks-who-answers-here";
/// Bytes of a page in which a name is looked for.
const PAGE: usize = 64 * 1024;
/// Headers by which products name themselves.
const HEADERS: [&str; 2] = ["server", "x-powered-by"];

/// Facts of one endpoint. Two questions, without a credential.
pub(super) async fn facts(target: &Target, url: &str) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let Some(root) = origin(url) else { return facts };
    for asked in [url.to_owned(), format!("{root}{NOWHERE}")] {
        let Some(response) = ask(target, asked).await else { continue };
        facts.entry("http".to_owned()).or_insert_with(|| response.version.clone());
        if let Some(tls) = &response.tls {
            facts.entry("tls".to_owned()).or_insert_with(|| format!("{} {}", tls.version, tls.cipher));
            facts.entry("certificate".to_owned()).or_insert_with(|| format!("{} / {}", tls.subject, tls.issuer));
        }
        for (name, value) in response.headers.iter().filter(|(name, _)| HEADERS.contains(&name.to_ascii_lowercase().as_str())) {
            facts.entry(name.to_ascii_lowercase()).or_insert_with(|| value.clone());
        }
        // An application may speak of other products, and of their versions: only a page that says "no" is the server's own.
        if response.status >= 400
            && let Some(product) = product(&String::from_utf8_lossy(&response.body))
        {
            facts.entry("product".to_owned()).or_insert(product);
        }
    }
    facts
}

async fn ask(target: &Target, url: String) -> Option<Response> {
    let request = Request { timeout: PATIENCE / 2, body_limit: PAGE, ..Request::get(url) };
    match target.http().ok()?.send(request).await {
        Ok(Exchange::Answered(response)) => Some(response),
        _ => None,
    }
}

/// Scheme, host and port.
fn origin(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    url.has_host().then(|| url.origin().ascii_serialization())
}

/// The first words of a page that are a name and a version: `Apache Tomcat/10.1.6`, `nginx/1.22.1`, `Jetty:// 9.4.50`.
fn product(page: &str) -> Option<String> {
    // The text between tags, a piece a line.
    let mut pieces = page.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text).trim());
    pieces.find_map(named)
}

/// Longest name and version that is one: longer ones are prose.
const LONGEST: usize = 80;

fn named(piece: &str) -> Option<String> {
    let (name, rest) = piece.split_once('/')?;
    let version = rest.trim_start_matches('/').trim_start();
    let digits = version.split('.').next()?;
    let is_version = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && version.contains('.');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || " .:-_".contains(c))
        && name != "HTTP";
    (is_version && is_name && piece.len() <= LONGEST).then(|| piece.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{origin, product};

    #[test]
    fn products_name_themselves_where_they_say_no() {
        let tomcat = "<html><h1>HTTP Status 404</h1><p>/x/1.0.html</p><hr/><h3>Apache Tomcat/10.1.6 (Debian)</h3></html>";
        assert_eq!(product(tomcat).as_deref(), Some("Apache Tomcat/10.1.6 (Debian)"));
        assert_eq!(product("<hr><center>nginx/1.22.1</center>").as_deref(), Some("nginx/1.22.1"));
        let jetty = "<hr/><a href=\"https://eclipse.org/jetty\">Powered by Jetty:// 9.4.50.v20221201</a><hr/>";
        assert_eq!(product(jetty).as_deref(), Some("Powered by Jetty:// 9.4.50.v20221201"));
        for nothing in ["", "HTTP/1.1", "<p>Not found: /a/1.5</p>", "and/or", "<h1>404</h1>", "n/1"] {
            assert_eq!(product(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_path_is_cut_off() {
        assert_eq!(origin("http://[::1]:8080/a/b?c").as_deref(), Some("http://[::1]:8080"));
        assert_eq!(origin("data:text/plain,x"), None);
    }

    #[test]
    fn fuzz_product() {
        touchstone_fuzz::fuzz(&[b"<h3>Apache Tomcat/10.1.6</h3>"], &["<", ">", "/", ".", "Jetty:// 9"], |input| {
            let said = product(&String::from_utf8_lossy(input));
            assert!(said.as_ref().is_none_or(|said| said.len() <= super::LONGEST && !said.contains('<')));
            said.map_or(0, |said| said.len().min(9))
        });
    }
}
