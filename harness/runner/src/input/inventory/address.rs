//! Names, ports and URLs of targets.

use super::super::catalogue::Unique;
use super::super::document::Sink;
use super::super::problem::Code;
use super::super::table::{Str, Table, wrong_type};
use super::super::words::{both, quote};
use std::net::Ipv6Addr;
use touchstone_model::text::Text;

/// `addresses`: `host:port`, no two equal.
pub(super) fn list(table: &Table<'_>) -> Vec<String> {
    let mut unique = Unique::new(table.sink);
    let addresses = table.strings_opt("addresses", r#"["10.0.0.1:9000"]"#);
    let fine = addresses.iter().filter(|address| {
        let well_formed = is_host_port(address.value);
        if !well_formed {
            let shown = quote(address.value);
            let message = both!("{shown}不是 主机:端口", "{shown} is not host:port");
            let help = Text::new(
                "写成\"10.0.0.1:9000\"、\"name:9000\"或\"[::1]:9000\"，端口1到65535",
                "write \"10.0.0.1:9000\", \"name:9000\" or \"[::1]:9000\", with a port of 1 to 65535",
            );
            table.sink.report(Code::BadAddress, address.span.clone(), message, help);
        }
        well_formed && unique.note(address, ("地址", "address"))
    });
    fine.map(|address| address.value.to_owned()).collect()
}

/// A name or address without a port, that must be there.
pub(super) fn host(table: &Table<'_>, key: &'static str) -> Option<String> {
    let host = table.string(key, "\"10.0.0.1\"")?;
    if is_name(host.value) || host.value.parse::<Ipv6Addr>().is_ok() {
        return Some(host.value.to_owned());
    }
    let shown = quote(host.value);
    let help = match is_host_port(host.value) {
        true => Text::new("端口写在键port里", "put the port under the key `port`"),
        false => Text::new(
            "写主机名或IP地址，不带协议、端口和方括号",
            "write a host name or an IP address, without scheme, port or brackets",
        ),
    };
    table.sink.report(Code::BadAddress, host.span, both!("{shown}不是主机名或地址", "{shown} is no host name or address"), help);
    None
}

/// A TCP port; `default` if absent. `None` after a report.
pub(super) fn port(table: &Table<'_>, default: u16) -> Option<u16> {
    let Some(value) = table.value("port") else { return Some(default) };
    let Some(number) = value.get_ref().as_integer() else {
        return wrong_type(table.sink, value.span(), "port", value.get_ref(), ("整数", "an integer"), &default.to_string());
    };
    let port = u16::from_str_radix(number.as_str(), number.radix()).ok().filter(|port| *port > 0);
    if port.is_none() {
        let message = Text::new("没有这样的端口", "there is no such port");
        let help = Text::new("写1到65535之间的整数", "write a whole number from 1 to 65535");
        table.sink.report(Code::BadPort, value.span(), message, help);
    }
    port
}

/// An absolute `http` or `https` URL without user, password and fragment. `None` after a report.
pub(super) fn http_url(sink: &Sink, text: &Str<'_>) -> Option<String> {
    let report = |message: Text, help: Text| {
        sink.report(Code::BadUrl, text.span.clone(), message, help);
        None
    };
    let example = Text::new("写成\"http://主机:端口/路径\"或https", "write \"http://host:port/path\" or https");
    let url = match url::Url::parse(text.value) {
        Ok(url) => url,
        Err(error) => return report(both!("不是URL：{error}", "not a URL: {error}"), example),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return report(Text::new("URL不是http或https", "the URL is neither http nor https"), example);
    }
    if !url.username().is_empty() || url.password().is_some() {
        sink.hide(text.span.clone());
        return report(
            Text::new("URL里不能有用户名和密码", "a URL must not hold a user or password"),
            Text::new("写在[target.http.credentials.名字]里", "put them into [target.http.credentials.<name>]"),
        );
    }
    if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
        return report(Text::new("URL没有可用的主机和端口", "the URL has no usable host and port"), example);
    }
    if url.fragment().is_some() {
        return report(
            Text::new("URL里不能有#", "a URL must not hold a #"),
            Text::new("去掉#及后面的部分", "remove the # and what follows"),
        );
    }
    // Not before: where the at sign is missing, a password looks like a port.
    sink.reveal(text.span.clone());
    Some(text.value.to_owned())
}

fn is_host_port(word: &str) -> bool {
    let Some((host, port)) = word.rsplit_once(':') else { return false };
    let v6 = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let host_fine = match v6 {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    host_fine && digits && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// A host name or an IPv4 address, by its characters.
fn is_name(word: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let word = word.strip_suffix('.').unwrap_or(word);
    // All digits and dots is meant as an address and must be one.
    let numeric = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    word.len() <= 253 && word.split('.').all(label) && (!numeric || word.parse::<std::net::Ipv4Addr>().is_ok())
}
