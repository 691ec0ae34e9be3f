//! One request of HTTP/1.1, as much of it as stand-ins need.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

/// Bytes of a head that anybody is given.
const HEAD: usize = 64 << 10;
/// Parameters that anybody is given.
const PARAMETERS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
    cookies: String,
    /// How many parts of a file it asks for.
    pub(super) ranges: usize,
    /// It says who asks.
    pub(super) signed_in: bool,
}

impl Request {
    /// Reads head and body; a status where either is more than `most` bytes allow, none where the client ended before.
    pub(super) fn read(stream: &mut TcpStream, most: usize) -> std::io::Result<Option<Result<Self, u16>>> {
        let mut reader = BufReader::new(stream);
        let (mut lines, mut length, mut cookies, mut read) = (Vec::new(), 0_usize, String::new(), 0);
        let (mut signed_in, mut ranges) = (false, 0);
        loop {
            let mut line = String::new();
            let count = reader.by_ref().take(8 << 20).read_line(&mut line)?;
            read += count;
            if count == 0 {
                return Ok(None);
            }
            if read > HEAD && most != usize::MAX {
                return Ok(Some(Err(431)));
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => signed_in = true,
                "range" => ranges = value.split(',').count(),
                "cookie" => value.trim().clone_into(&mut cookies),
                _ => {}
            }
            if lines.is_empty() {
                lines.push(line.to_owned());
            }
        }
        if length > most {
            return Ok(Some(Err(413)));
        }
        let mut body = vec![0; length.min(64 << 20)];
        if reader.read_exact(&mut body).is_err() {
            return Ok(None);
        }
        let mut words = lines.first().map(String::as_str).unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let request = Self { method, target, path, body, cookies, signed_in, ranges };
        if request.parameters() > PARAMETERS && most != usize::MAX {
            return Ok(Some(Err(400)));
        }
        Ok(Some(Ok(request)))
    }

    fn pairs(&self) -> impl Iterator<Item = &str> {
        self.target.split_once('?').map_or("", |(_, query)| query).split('&').filter(|pair| !pair.is_empty())
    }

    /// A parameter of the query.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.pairs().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(|value| value.replace("%2F", "/"))
    }

    /// Number of parameters, those of a form among them.
    pub(super) fn parameters(&self) -> usize {
        let form =
            if self.method == "POST" { self.body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).count() } else { 0 };
        self.pairs().count() + form
    }

    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.split("; ").find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
    }
}
