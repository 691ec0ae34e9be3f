//! The console of a lying application server, as far as a browser is driven through it.

use super::request::Request;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::net::TcpStream;

/// Path of its first page.
pub(super) const PATH: &str = "/manager/html";
/// Path of the page with its figures.
pub(super) const STATUS: &str = "/manager/status";

/// What it shows: context paths, and whether each is said to run.
pub(super) type Shown = BTreeMap<String, bool>;

/// What is asked by the console's words: the command and the application; none for a page that only shows.
pub(super) fn asked(request: &Request) -> Option<(String, String)> {
    let command = request.path.strip_prefix(PATH)?.strip_prefix('/')?;
    if command != "upload" {
        return Some((command.to_owned(), request.value("path")?));
    }
    let text = String::from_utf8_lossy(&request.body);
    let name = text.split("filename=\"").nth(1)?.split('"').next()?;
    Some((command.to_owned(), format!("/{}", name.strip_suffix(".war")?)))
}

/// Its first page.
pub(super) fn page(shown: &Shown, message: &str) -> String {
    let mut page = format!("<!doctype html><title>/manager</title><pre>{message}</pre>\n<table>\n");
    for (path, running) in shown {
        let button = |command: &str| {
            format!(
                "<form method=\"POST\" action=\"{PATH}/{command}?path={path}\"><input type=\"submit\" value=\"{command}\"></form>"
            )
        };
        let buttons = [button("start"), button("stop"), button("undeploy")].concat();
        // Writing into a String can't fail.
        let _ = writeln!(page, "<tr><td>{path}</td><td></td><td></td><td>{running}</td><td>{buttons}</td></tr>");
    }
    page + &format!(
        "</table>\n<form method=\"POST\" action=\"{PATH}/upload\" enctype=\"multipart/form-data\"><input type=\"file\" \
         name=\"deployWar\"><input type=\"submit\" value=\"Deploy\"></form>\n"
    )
}

/// The page with its figures: always the same.
pub(super) fn status() -> &'static str {
    "<!doctype html><title>/manager</title><table>\n<tr><td>Tenured Gen</td><td>Heap memory</td><td>32 MB</td><td>64 MB</td><td>128 MB</td>\
     <td>40.00 MB (31%)</td></tr>\n</table>\n"
}

/// Shows a page to who signs in, whoever that is.
pub(super) fn show(stream: &mut TcpStream, request: &Request, page: &str) -> std::io::Result<()> {
    let (status, header, page) = if request.signed_in {
        ("200 OK", "", page)
    } else {
        ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"console\"\r\n", "<!doctype html><p>Who are you?</p>\n")
    };
    let length = page.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n{header}Connection: close\r\n\r\n");
    stream.write_all((head + page).as_bytes())
}
