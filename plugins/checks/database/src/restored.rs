//! What was restored, and what is in it.

use std::fmt;
use touchstone_sdk::context::{Place, Until};
use touchstone_sdk::prelude::*;

/// Rows of a table and a checksum over them, computed by the database that holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub table: String,
    pub sum: String,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.sum)
    }
}

impl Content {
    /// Of a table, or of a query in brackets with a name behind.
    pub fn of(cx: &Context, db: &Sql, table: &str) -> Result<Content, Stop> {
        match Self::if_there(cx, db, table)? {
            Some(content) => Ok(content),
            None => inconclusive(say(format!("无法读取 {table}"), format!("{table} cannot be read"))),
        }
    }

    /// None where there is no such table.
    pub fn if_there(cx: &Context, db: &Sql, table: &str) -> Result<Option<Content>, Stop> {
        let query = crate::bench::statement(cx, "shared/digest", &[("t", table)])?;
        Ok(match db.run(&query)? {
            Reply::Done(done) => {
                let cells = done.rows.iter().flatten().map(touchstone_sdk::sql::text).collect::<Vec<_>>();
                Some(Content { table: table.to_owned(), sum: cells.join("/") })
            }
            Reply::Refused(_) => None,
        })
    }
}

/// Letters that no program can make smaller, a text of that length in every row.
pub fn fill(cx: &Context, db: &Sql, table: &str, from: u32, rows: u32, length: usize) -> Result<(), Stop> {
    let mut state = cx.elapsed_ns() | 1;
    let mut next = move || {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = move || {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
        (0..length).map(|_| char::from(letters[(next() >> 33) as usize % 64])).collect::<String>()
    };
    let all: Vec<u32> = (from..from + rows).collect();
    for ids in all.chunks(300) {
        let rows: Vec<String> = ids.iter().map(|id| format!("({id}, '{}')", text())).collect();
        let together = db.run(&format!("INSERT INTO {table} (id, v) VALUES {}", rows.join(", ")))?;
        if !together.is_done() {
            for row in rows {
                db.setup(&format!("INSERT INTO {table} (id, v) VALUES {row}"))?;
            }
        }
    }
    Ok(())
}

/// Whether anybody listens at a TCP port of a node, as its kernel has it (`/proc/net/tcp`: local address in hexadecimal, state 0A).
pub fn listens(shell: &Shell, port: u16) -> Result<bool, Stop> {
    let script = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -ci \": [0-9A-F]*:$1 [0-9A-F:]* 0A \"";
    let output = shell.run(["sh", "-c", script, "sh", &format!("{port:04X}")])?;
    match output.text().parse::<u32>() {
        Ok(number) => Ok(number > 0),
        Err(_) => output.success().map(|_| false),
    }
}

/// The adapter's word that it failed is no more evidence than its word that it did not.
pub fn not_done(words: &str) -> Text {
    say(format!("适配器未能完成，无从判断产品：{words}"), format!("the adapter could not do it, which shows nothing: {words}"))
}

/// An instance that an adapter says it restored.
pub struct Instance<'a> {
    cx: &'a Context,
    pub name: String,
    db: Option<Sql>,
    /// The adapter did not bring it about. Why that is nobody saw but the adapter: it shows nothing about the product.
    pub not_tried: bool,
    /// What was said of it.
    pub words: String,
}

impl<'a> Instance<'a> {
    pub fn restore(cx: &'a Context, set: &str, until: &Until, name: &str) -> Result<Self, Stop> {
        let begun = cx.elapsed_ms();
        let restored = cx.restore_backup(set, until, name)?;
        cx.note(format!("restore of {set} {until:?}: {} ms", cx.elapsed_ms() - begun));
        let place = restored.place.filter(|_| restored.said.accepted);
        Self::at(cx, name, place, restored.said.words)
    }

    /// What answers at that place.
    pub fn at(cx: &'a Context, name: &str, place: Option<Place>, words: String) -> Result<Self, Stop> {
        let role = cx.param("role")?;
        let not_tried = place.is_none();
        let (db, words) = match place {
            None => (None, format!("not restored: {words}")),
            Some(place) => match cx.sql_if_answers(&role, &place)? {
                Some(db) => (Some(db), words),
                None => (None, format!("nobody answers there: {words}")),
            },
        };
        Ok(Self { cx, name: name.to_owned(), db, not_tried, words })
    }

    /// Why nothing follows from it.
    pub fn why_not_tried(&self) -> Text {
        let words = &self.words;
        say(
            format!("适配器未能恢复，无从判断产品：{words}"),
            format!("the adapter did not restore it, which shows nothing: {words}"),
        )
    }

    /// A session in it.
    pub fn session(&self) -> Option<&Sql> {
        self.db.as_ref()
    }

    pub fn answers(&self) -> bool {
        self.db.is_some()
    }

    /// None where nobody answers or the query is refused.
    pub fn rows(&self, query: &str) -> Result<Option<Vec<Vec<String>>>, Stop> {
        let Some(db) = &self.db else { return Ok(None) };
        Ok(match db.run(query)? {
            Reply::Done(done) => Some(done.rows.iter().map(|row| row.iter().map(touchstone_sdk::sql::text).collect()).collect()),
            Reply::Refused(_) => None,
        })
    }

    pub fn content(&self, table: &str) -> Result<Option<Content>, Stop> {
        match &self.db {
            Some(db) => Content::if_there(self.cx, db, table),
            None => Ok(None),
        }
    }

    /// For `actual`.
    pub fn told(&self, seen: Option<&Content>, live: bool) -> String {
        let words = match (self.answers(), seen) {
            (false, _) => self.words.clone(),
            (true, None) => "an instance without the table".to_owned(),
            (true, Some(content)) => content.to_string(),
        };
        if live { format!("{words}; also a row written after the restore") } else { words }
    }
}
