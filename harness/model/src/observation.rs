//! What the host saw while it acted for a plugin.

use crate::digest::Digest;
use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One act of the host and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// Number in its check run, from 1.
    pub id: u32,
    /// RFC 3339 with milliseconds, UTC.
    pub at: String,
    /// How long the act took, in microseconds.
    pub elapsed_us: u64,
    /// shell, sql, http, net; `adapter` for a call of one, `adapter:shell` and so on for what it did meanwhile.
    pub capability: String,
    /// The act as a person would write it: `$ uname -r`, `app> INSERT ...`, `GET http://...`.
    pub act: String,
    /// What came of it.
    pub result: ActResult,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

impl Observation {
    /// Whether a decision can rest on it: the target itself answered, and answered the check. What an adapter did or said
    /// never counts.
    pub fn supports(&self) -> bool {
        self.result.is_of_target() && !self.capability.starts_with("adapter")
    }
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ActResult {
    /// A command ended by itself.
    Exited {
        /// Exit code.
        code: i32,
    },
    /// A command was ended by a signal.
    Signalled {
        /// Signal number.
        signal: i32,
    },
    /// The host ended it when its own time limit passed.
    TimedOut {
        /// Milliseconds allowed.
        limit_ms: u64,
    },
    /// No such program on the target.
    NotFound,
    /// A file was read, a connection made, bytes received.
    Done {
        /// Bytes, addresses, connections: what `act` says.
        amount: u64,
    },
    /// Done on the harness's own side, or with its own bytes only (written, sent, read back unchanged, a name resolved): it
    /// shows nothing of the target.
    Local {
        /// Bytes, addresses, connections: what `act` says.
        amount: u64,
    },
    /// A statement was done.
    SqlDone {
        /// Rows that came back.
        rows: u64,
        /// Rows affected, where the server says so.
        affected: Option<u64>,
    },
    /// A statement was refused by the server.
    SqlFailed {
        /// Five characters, or empty.
        sqlstate: String,
        /// The server's words.
        message: String,
    },
    /// The answer never came: it may or may not have taken effect.
    Indeterminate {
        /// Why.
        reason: String,
    },
    /// An HTTP response.
    Answered {
        /// Status code.
        status: u16,
    },
    /// A network service did not serve: refused, reset, timed out ...
    NetworkFailed {
        /// refused, unreachable, reset, timed-out, resolution, tls, protocol, or another code.
        code: String,
        /// Details.
        message: String,
    },
    /// The target or the link to it was gone.
    Lost {
        /// Details.
        message: String,
    },
    /// Not granted.
    Denied {
        /// What was asked.
        message: String,
    },
    /// The host could not do it for another reason.
    Refused {
        /// invalid, limit, unavailable, other.
        code: String,
        /// Details.
        message: String,
    },
}

impl ActResult {
    /// Whether the target, or the part of it asked, gave any answer: only then can it support a decision.
    pub fn is_of_target(&self) -> bool {
        match self {
            ActResult::Lost { .. } | ActResult::Denied { .. } | ActResult::Refused { .. } | ActResult::Local { .. } => false,
            // The harness's own resolver knew no address: nobody was asked.
            ActResult::NetworkFailed { code, .. } => code != "resolution",
            _ => true,
        }
    }

    /// In words.
    pub fn words(&self) -> Text {
        match self {
            ActResult::Exited { code } => Text::new(format!("退出码 {code}"), format!("exit code {code}")),
            ActResult::Signalled { signal } => Text::new(format!("被信号 {signal} 终止"), format!("ended by signal {signal}")),
            ActResult::TimedOut { limit_ms } => {
                Text::new(format!("超过 {limit_ms} 毫秒，已终止"), format!("ended after {limit_ms} ms"))
            }
            ActResult::NotFound => Text::new("目标上没有该程序", "no such program on the target"),
            ActResult::Done { amount } => Text::new(format!("完成（{amount}）"), format!("done ({amount})")),
            ActResult::Local { amount } => {
                Text::new(format!("仅在本端完成（{amount}）"), format!("done on the harness's own side ({amount})"))
            }
            ActResult::SqlDone { rows, affected } => match affected {
                Some(n) => Text::new(format!("返回 {rows} 行，影响 {n} 行"), format!("{rows} rows returned, {n} affected")),
                None => Text::new(format!("返回 {rows} 行"), format!("{rows} rows returned")),
            },
            ActResult::SqlFailed { sqlstate, message } => {
                Text::new(format!("被拒绝：{sqlstate} {message}"), format!("refused: {sqlstate} {message}"))
            }
            ActResult::Indeterminate { reason } => Text::new(format!("结果不确定：{reason}"), format!("indeterminate: {reason}")),
            ActResult::Answered { status } => Text::new(format!("响应状态 {status}"), format!("status {status}")),
            ActResult::NetworkFailed { code, message } => {
                Text::new(format!("网络失败（{code}）{message}"), format!("network failure ({code}) {message}"))
            }
            ActResult::Lost { message } => Text::new(format!("目标失联：{message}"), format!("target lost: {message}")),
            ActResult::Denied { message } => Text::new(format!("未授权：{message}"), format!("not granted: {message}")),
            ActResult::Refused { code, message } => {
                Text::new(format!("未能执行（{code}）：{message}"), format!("could not be done ({code}): {message}"))
            }
        }
    }
}

/// A piece of what was seen, named by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// stdout, stderr, rows, body, headers ...
    pub name: String,
    /// Of the whole content kept (after redaction).
    pub sha256: Digest,
    /// Bytes kept.
    pub size: u64,
    /// More came than was kept.
    pub truncated: bool,
    /// The content itself when it is short text; else it lies in the run's folder under its hash.
    pub inline: Option<String>,
}

/// Longest text kept inside the journal itself, in bytes; longer or binary content gets a file of its own.
pub const INLINE_LIMIT: usize = 4096;

/// Content of evidence that was not kept inline, on its way to the run's folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Blob {
    /// Name of the file.
    pub sha256: Digest,
    /// Redacted content.
    pub content: Vec<u8>,
}

/// Turns redacted content into evidence, and a blob when it is too long or not text.
pub fn keep(name: &str, content: Vec<u8>, truncated: bool) -> (Evidence, Option<Blob>) {
    let sha256 = Digest::of(&content);
    let size = content.len() as u64;
    let name = name.to_owned();
    let text = if content.len() <= INLINE_LIMIT {
        String::from_utf8(content)
    } else {
        return blob(name, sha256, size, truncated, content);
    };
    match text {
        Ok(text) => (Evidence { name, sha256, size, truncated, inline: Some(text) }, None),
        Err(not_text) => blob(name, sha256, size, truncated, not_text.into_bytes()),
    }
}

fn blob(name: String, sha256: Digest, size: u64, truncated: bool, content: Vec<u8>) -> (Evidence, Option<Blob>) {
    let blob = Blob { sha256: sha256.clone(), content };
    (Evidence { name, sha256, size, truncated, inline: None }, Some(blob))
}
