//! What one connection of a swarm does until the other side ends it.

use super::http2;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::interval;

/// What a connection does after its opening words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Says these bytes at every interval and reads whatever comes; empty: says nothing more.
    Drip(Vec<u8>),
    /// Says nothing more, and reads at most so many bytes at every interval.
    Sip(usize),
    /// HTTP/2 (RFC 9113): at every interval opens so many streams and resets each at once (CVE-2023-44487).
    RapidReset(u32),
    /// HTTP/2: begins one block of headers and never ends it; so many CONTINUATION frames at every interval.
    Continuation(u32),
}

/// What all connections of a swarm sent and received together.
#[derive(Debug, Default)]
pub(super) struct Volume {
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
}

impl Volume {
    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Returns when the other side ended the connection.
pub(super) async fn keep<S>(stream: S, opening: &[u8], habit: &Habit, every: Duration, site: &http2::Site, volume: &Volume)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut from, mut to) = tokio::io::split(stream);
    match habit {
        Habit::Drip(drip) => {
            tokio::select! {
                () = listen(&mut from, volume) => {}
                _ = repeat(&mut to, opening, drip, every, volume) => {}
            }
        }
        Habit::Sip(bytes) => {
            if say(&mut to, opening, volume).await.is_none() {
                return;
            }
            let mut beat = interval(every);
            let mut buffer = vec![0_u8; (*bytes).clamp(1, 65_536)];
            loop {
                beat.tick().await;
                match from.read(&mut buffer).await {
                    Ok(read) if read > 0 => volume.received(read),
                    _ => return,
                }
            }
        }
        Habit::RapidReset(_) | Habit::Continuation(_) => http2::abuse(from, to, habit, every, site, volume).await,
    }
}

async fn repeat<W: AsyncWrite + Unpin>(to: &mut W, opening: &[u8], drip: &[u8], every: Duration, volume: &Volume) -> Option<()> {
    say(to, opening, volume).await?;
    let mut beat = interval(every);
    beat.tick().await;
    loop {
        beat.tick().await;
        say(to, drip, volume).await?;
    }
}

/// None when the other side has gone.
pub(super) async fn say<W: AsyncWrite + Unpin>(to: &mut W, bytes: &[u8], volume: &Volume) -> Option<()> {
    to.write_all(bytes).await.ok()?;
    to.flush().await.ok()?;
    volume.sent(bytes.len());
    Some(())
}

async fn listen<R: AsyncRead + Unpin>(from: &mut R, volume: &Volume) {
    let mut buffer = [0_u8; 4096];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 {
            return;
        }
        volume.received(read);
    }
}
