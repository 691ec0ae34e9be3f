//! A file in, a history out; every mistake names its line.

use super::{Closing, Header, History, Operation, VERSION};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::io::{self, BufRead};
use thiserror::Error;
use touchstone_model::text::Text;

/// Longest line in bytes: a read of a whole ledger with many holes stays far below.
const LONGEST: usize = 256 << 20;

/// Why a file is no history.
#[derive(Debug, Error)]
#[error("line {line}: {}", self.what.en)]
pub struct BadHistory {
    /// From 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: Text,
}

impl BadHistory {
    fn new(line: usize, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { line, what: Text::new(zh, en) }
    }

    fn io(line: usize, error: &io::Error) -> Self {
        Self::new(line, format!("无法读取：{error}"), format!("cannot be read: {error}"))
    }
}

/// The first line, which says of what kind the others are.
///
/// # Errors
/// No such line, or one of another version.
pub fn read_header(from: &mut impl BufRead) -> Result<Header, BadHistory> {
    let mut text = Vec::new();
    next(from, &mut text, 1)?;
    let version = serde_json::from_slice::<serde_json::Value>(&text).ok();
    match version.as_ref().and_then(|v| v.get("touchstone-history")).and_then(serde_json::Value::as_u64) {
        Some(found) if found == u64::from(VERSION) => {}
        Some(found) => {
            return Err(BadHistory::new(
                1,
                format!("格式版本为 {found}，本程序只读版本 {VERSION}；请使用相应版本的程序"),
                format!(
                    "is of version {found} of the format, and this program reads version {VERSION}; use the program of that version"
                ),
            ));
        }
        None => {
            return Err(BadHistory::new(
                1,
                "不是历史记录：首行须为 {\"touchstone-history\":1,...}（见 harness/history/FORMAT.md）",
                "is no history: the first line must be {\"touchstone-history\":1,...} (see harness/history/FORMAT.md)",
            ));
        }
    }
    serde_json::from_slice(&text).map_err(|error| {
        BadHistory::new(1, format!("首行有误：{error}"), format!("the first line is wrong: {error}; correct or record it again"))
    })
}

/// Everything after the first line.
///
/// # Errors
/// A line that is no operation, times that go back, a process that does two things at once. A last line that ends in its middle
/// is what a killed recorder leaves behind: it is left out, and the history is not complete.
pub fn read<A: DeserializeOwned>(from: &mut impl BufRead) -> Result<History<A>, BadHistory> {
    let mut operations: Vec<Operation<A>> = Vec::new();
    let mut busy: HashMap<u32, u64> = HashMap::new();
    let mut text = Vec::new();
    loop {
        let line = super::line(operations.len());
        let ended = next(from, &mut text, line)?;
        if text.is_empty() {
            return Ok(History { operations, complete: false });
        }
        let operation: Operation<A> = match serde_json::from_slice(&text) {
            Ok(operation) => operation,
            Err(error) => match serde_json::from_slice::<Closing>(&text) {
                Ok(closing) => return close(from, operations, closing),
                Err(_) if !ended => return Ok(History { operations, complete: false }),
                Err(_) => return Err(no_operation(line, &error)),
            },
        };
        if operation.end < operation.start {
            let (start, end) = (operation.start, operation.end);
            return Err(BadHistory::new(
                line,
                format!("结束时间 {end} 早于开始时间 {start}；时间须取自单调时钟"),
                format!("ends at {end}, before it started at {start}; times must come from a monotonic clock"),
            ));
        }
        let free = busy.entry(operation.process).or_default();
        if operation.start < *free {
            let process = operation.process;
            return Err(BadHistory::new(
                line,
                format!("进程 {process} 在前一操作结束前又开始操作；并发操作须使用不同的进程号"),
                format!(
                    "process {process} starts before its last operation ended; what goes on at once needs processes of its own"
                ),
            ));
        }
        *free = operation.end;
        operations.push(operation);
    }
}

fn close<A>(from: &mut impl BufRead, operations: Vec<Operation<A>>, closing: Closing) -> Result<History<A>, BadHistory> {
    let line = super::line(operations.len());
    if closing.operations != operations.len() as u64 {
        let (told, found) = (closing.operations, operations.len());
        return Err(BadHistory::new(
            line,
            format!("末行称有 {told} 个操作，实有 {found} 个：文件被改动或缺行；请取原始文件"),
            format!(
                "the last line tells {told} operations, but {found} are there: lines were removed or added; get the original"
            ),
        ));
    }
    let mut rest = Vec::new();
    next(from, &mut rest, line + 1)?;
    if rest.is_empty() {
        return Ok(History { operations, complete: true });
    }
    Err(BadHistory::new(line + 1, "末行之后还有内容；请删去", "there is more after the last line; remove it"))
}

fn no_operation(line: usize, error: &serde_json::Error) -> BadHistory {
    let (zh, en) = (format!("不是该类历史的操作：{error}"), format!("is no operation of such a history: {error}"));
    BadHistory::new(line, zh + "；格式见 harness/history/FORMAT.md", en + "; the format is told in harness/history/FORMAT.md")
}

/// Reads a line without its end into `text`; whether it had one.
fn next(from: &mut impl BufRead, text: &mut Vec<u8>, line: usize) -> Result<bool, BadHistory> {
    text.clear();
    io::Read::take(&mut *from, LONGEST as u64).read_until(b'\n', text).map_err(|error| BadHistory::io(line, &error))?;
    let ended = text.last() == Some(&b'\n');
    if !ended && text.len() == LONGEST {
        return Err(BadHistory::new(line, "行过长（超过 256 MiB）", "is longer than 256 MiB; record in shorter pieces"));
    }
    while text.last().is_some_and(u8::is_ascii_whitespace) {
        text.pop();
    }
    if ended && text.is_empty() {
        return Err(BadHistory::new(line, "空行；请删去", "is empty; remove it"));
    }
    Ok(ended)
}
