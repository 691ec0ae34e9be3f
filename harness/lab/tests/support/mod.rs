//! What the tests ask the services with.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use touchstone_lab::Lab;

/// Runs one statement (or several) in a connection of its own; rows as text.
pub fn sql(address: &str, sql: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    block_on(async {
        let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        simple(&client, sql).await
    })
}

/// Rows of a simple query, as text.
pub async fn simple(client: &tokio_postgres::Client, sql: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    Ok(messages
        .into_iter()
        .filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).unwrap_or("NULL").to_owned()).collect())
            }
            _ => None,
        })
        .collect())
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Status and body.
pub fn http_get(host: &str, port: u16, path: &str, login: Option<(&str, &str)>) -> std::io::Result<(u16, String)> {
    let address = SocketAddr::new(host.parse::<IpAddr>().unwrap(), port);
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let login = login.map(|(user, password)| format!("Authorization: Basic {}\r\n", base64(&format!("{user}:{password}"))));
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n{}\r\n", login.unwrap_or_default())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, body.to_owned()))
}

/// Sends a header byte by byte for some seconds; true if the server has not closed the connection or answered.
pub fn slow_header_survives(port: u16, seconds: u64) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(250))).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            _ => return false,
        }
        if stream.write_all(b"a").is_err() {
            return false;
        }
    }
    true
}

/// Standard output of a command.
pub fn text_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    if !output.status.success() {
        eprintln!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).unwrap()
}

/// True if a process has this command line.
pub fn command_runs(line: &str) -> bool {
    processes().any(|(_, command)| command.trim_end() == line)
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn processes() -> impl Iterator<Item = (u32, String)> {
    std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    })
}

/// Looks for what a lab may have left behind: all of it carries the lab's folder in some name.
pub struct Leftovers {
    root: PathBuf,
}

impl Leftovers {
    pub fn of(lab: &Lab) -> Self {
        Self { root: lab.root().to_owned() }
    }

    pub fn assert_none(&self) {
        assert_eq!(self.found(), None, "left behind");
    }

    pub fn found(&self) -> Option<String> {
        let name = self.root.file_name().unwrap().to_str().unwrap();
        if self.root.exists() {
            return Some(self.root.display().to_string());
        }
        let mine = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| text.contains(name));
        for (pid, line) in processes() {
            // The mounts of a process tell of namespaces that live on.
            if line.contains(name) || mine(Path::new(&format!("/proc/{pid}/mountinfo"))) {
                return Some(format!("process {pid}: {line}"));
            }
        }
        for entry in std::fs::read_dir("/sys/block").unwrap().flatten() {
            if mine(&entry.path().join("loop/backing_file")) {
                return Some(entry.path().display().to_string());
            }
        }
        let shared = std::fs::read_dir("/dev/shm").unwrap().flatten();
        shared.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains(name)).map(|path| path.display().to_string())
    }
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize] as char;
            out.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

pub async fn until_async(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// True if a segment of shared memory is there that this process made.
pub fn shared_memory_of(pid: u32) -> bool {
    let table = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
    table.lines().skip(1).any(|line| line.split_whitespace().nth(4) == Some(pid.to_string().as_str()))
}
