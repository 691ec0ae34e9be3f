//! A journal as its lines tell it, read without the program's own reader.

use serde_json::Value;
use std::path::Path;

/// Whole lines, and what was torn off behind them.
pub struct Journal {
    pub lines: Vec<String>,
    pub torn: Vec<u8>,
}

impl Journal {
    pub fn read(run: &Path) -> Journal {
        let bytes = std::fs::read(run.join("journal.log")).unwrap_or_default();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(|line| String::from_utf8(line.to_vec()).expect("UTF-8")).collect();
        Journal { lines, torn: bytes[whole..].to_vec() }
    }

    pub fn events(&self) -> Vec<Value> {
        let one = |line: &String| serde_json::from_str(line.split_once(' ').expect("a hash").1).expect("JSON");
        self.lines.iter().map(one).collect()
    }
}

/// Kind of an event, and the item it belongs to.
pub fn kind(event: &Value) -> &str {
    event["event"].as_str().expect("a kind")
}

pub fn item(event: &Value) -> &str {
    event["item"].as_str().unwrap_or_default()
}
