//! The journal line by line: is each bound to the one before, and is it readable?

use super::{Findings, Weight};
use touchstone_model::digest::Digest;
use touchstone_model::event::Entry;
use touchstone_runner::journal::{FILE, link, zero};

/// What could be read.
pub(super) struct Chain {
    /// Line numbers from 1, and the entries.
    pub(super) entries: Vec<(usize, Entry)>,
    /// The hash that stands in each line.
    pub(super) hashes: Vec<Digest>,
    /// The last of them.
    pub(super) head: Digest,
    /// The last line has no end.
    pub(super) torn: bool,
}

/// Reads all of it. After a break it goes on from the hash that stands there, so that each break is told once.
pub(super) fn read(bytes: &[u8], findings: &mut Findings) -> Chain {
    let mut chain = Chain { entries: Vec::new(), hashes: Vec::new(), head: zero(), torn: false };
    let mut due = 0;
    for (index, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
        let number = Some(index + 1);
        let Some(line) = line.strip_suffix(b"\n") else {
            chain.torn = true;
            continue;
        };
        let mut broken = |zh: String, en: String| findings.add(Weight::Altered, FILE, number, zh, en);
        let Some((hash, json)) = std::str::from_utf8(line).ok().and_then(|text| text.split_once(' ')) else {
            broken("不是一条记录".into(), "is no entry".into());
            continue;
        };
        let stated = Digest(hash.to_owned());
        let fits = stated == link(&chain.head, json);
        chain.hashes.push(stated.clone());
        chain.head = stated;
        let entry: Entry = match serde_json::from_str(json) {
            Ok(entry) => entry,
            Err(error) => {
                broken(format!("无法理解：{error}"), format!("cannot be understood: {error}"));
                due += 1;
                continue;
            }
        };
        match entry.seq {
            seq if seq > due => {
                broken(format!("此处缺少第 {due} 至 {} 条", seq - 1), format!("entries {due} to {} are missing here", seq - 1))
            }
            seq if seq < due => broken(
                format!("第 {seq} 条出现在第 {due} 条的位置：重复、挪动或插入"),
                format!("entry {seq} stands where {due} is due: repeated, moved or put in"),
            ),
            _ if !fits => {
                broken("与哈希不符：写入后被改动".into(), "does not fit its hash: changed after it was written".into());
            }
            _ => {}
        }
        due = entry.seq + 1;
        chain.entries.push((index + 1, entry));
    }
    chain
}
