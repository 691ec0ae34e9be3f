//! A web server that lies: a stand-in that serves a small site of its own, and not always.

use super::listening::{BOTH, Listening};
use crate::{Lab, LabError};
use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What a lying web server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebLie {
    /// Answers 200 and one page to every path and method, before the request is even complete.
    AnswersAnything,
    /// The same, but waits for the request, and ends those that are slow.
    OnePageForAll,
    /// Serves the site over IPv4, and another site, just as friendly, over IPv6.
    OtherSiteOnV6,
    /// Serves the site over IPv4, and over IPv6 a page that says sorry, with status 200.
    SorryPageOnV6,
    /// Serves the site over IPv4, and status 503 over IPv6.
    ErrorOnV6,
    /// Answers status 500 to everything, over both families alike.
    ErrorOnBoth,
    /// Serves whoever asks properly, and keeps whoever is slow for ever.
    KeepsTheSlow,
    /// Ends whoever is slow, and tells everybody else meanwhile, with status 200, that it is busy.
    BusyPageMeanwhile,
    /// Lets nobody who is slow say a word: every connection that does not speak at once is closed, after the first few even
    /// before it was accepted.
    RefusesTheSlow,
}

/// A stand-in for a web server on 127.0.0.1 and ::1: an application at `/`, a console at `/console`, nothing elsewhere.
#[derive(Debug)]
pub struct LyingWeb {
    /// TCP port.
    pub port: u16,
    _listening: Listening,
}

impl LyingWeb {
    /// Starts it.
    ///
    /// # Errors
    /// No port is to be had.
    pub fn start(lab: &Lab, lie: WebLie) -> Result<Self, LabError> {
        let port = lab.free_port()?;
        let open = Arc::new(AtomicUsize::new(0));
        let listening = Listening::start(port, &BOTH, move |stream, family| {
            let others = open.fetch_add(1, Ordering::SeqCst);
            // A client that breaks off has nobody to be told.
            let _ = serve(lie, stream, family, others);
            open.fetch_sub(1, Ordering::SeqCst);
        })?;
        Ok(Self { port, _listening: listening })
    }
}

const SITE: &str = "<html><head><title>Orders</title></head>\n<body><h1>Orders</h1>\n<p>Seven are open.</p>\n</body></html>\n";
const CONSOLE: &str = "<html><head><title>Console</title></head>\n<body><h1>Console</h1>\n<p>All is well.</p>\n</body></html>\n";
const OTHER: &str = "<html><head><title>Weather</title></head>\n<body><h1>Weather</h1>\n<p>Rain.</p>\n</body></html>\n";
const SORRY: &str = "<html><head><title>Sorry</title></head>\n<body><h1>Not available at the moment</h1>\n</body></html>\n";

/// How long whoever is slow may be, where that is ended at all.
const PATIENCE: Duration = Duration::from_secs(2);

fn serve(lie: WebLie, mut stream: TcpStream, family: IpAddr, others: usize) -> std::io::Result<()> {
    if lie == WebLie::RefusesTheSlow && others > 5 {
        return Ok(());
    }
    let patience = match lie {
        WebLie::KeepsTheSlow => None,
        _ => Some(PATIENCE),
    };
    let Some(path) = request(&mut stream, patience, lie == WebLie::AnswersAnything)? else { return Ok(()) };
    let site = match path.as_str() {
        "/" => (200, SITE),
        "/console" | "/console/" => (200, CONSOLE),
        _ => (404, "<html><body>There is nothing here.</body></html>\n"),
    };
    let (status, page) = match lie {
        WebLie::AnswersAnything | WebLie::OnePageForAll => (200, SITE),
        WebLie::OtherSiteOnV6 if family.is_ipv6() && site.0 == 200 => (200, OTHER),
        WebLie::SorryPageOnV6 if family.is_ipv6() && site.0 == 200 => (200, SORRY),
        WebLie::ErrorOnV6 if family.is_ipv6() => (503, SORRY),
        WebLie::ErrorOnBoth => (500, SORRY),
        WebLie::BusyPageMeanwhile if others > 20 => (200, SORRY),
        _ => site,
    };
    let length = page.len();
    let head =
        format!("HTTP/1.1 {status} As-It-Is\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all((head + page).as_bytes())
}

/// Path of the request, once its head is complete; none when the client ended or was too slow.
fn request(stream: &mut TcpStream, patience: Option<Duration>, hasty: bool) -> std::io::Result<Option<String>> {
    let until = patience.map(|patience| Instant::now() + patience);
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        if let Some(until) = until {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            stream.set_read_timeout(Some(left))?;
        }
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        head.extend_from_slice(&buffer[..length]);
        if hasty || head.windows(4).any(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&head);
            return Ok(Some(text.split(' ').nth(1).unwrap_or_default().to_owned()));
        }
    }
}
