//! Sessions by `pg_stat_activity`, waits by `pg_blocking_pids`, events by the server's log.

use crate::Postgresql;
use touchstone_sdk::adapter::{Error, Monitor, Observe, Question, Trace, setting};

/// Bytes of the log's end that are looked at.
const TAIL: u32 = 1024 * 1024;

impl Observe for Postgresql {
    fn monitors() -> Result<Monitor, Error> {
        Ok(Monitor {
            own_id: "SELECT pg_backend_pid()".into(),
            sessions: admin("SELECT pid, query FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"),
            waits: admin(
                "SELECT a.pid, b.pid, a.query FROM pg_stat_activity a CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS b(pid)",
            ),
        })
    }

    fn traces() -> Result<Trace, Error> {
        let set = |value: &str| {
            admin(&format!("DO $body$ BEGIN EXECUTE format('ALTER DATABASE %I {value}', current_database()); END $body$",))
        };
        let log = log();
        Ok(Trace {
            // Of sessions of this database that are opened from now on.
            begin: vec![set("SET log_min_duration_statement = 500")],
            end: vec![set("RESET log_min_duration_statement")],
            slow: admin(&format!(
                "SELECT line FROM regexp_split_to_table({log}, E'\\n') AS line WHERE line ~ 'duration: [0-9.]+ ms'"
            )),
            // The server names both sides between these words.
            deadlocks: admin(&format!("SELECT m[1] FROM regexp_matches({log}, 'deadlock detected(.*?)HINT', 'g') AS m")),
        })
    }
}

fn admin(statement: &str) -> Question {
    Question { role: "admin".into(), statement: statement.into() }
}

/// The end of the log as text. Byte by byte: it may begin in the middle of a letter.
fn log() -> String {
    let file = match setting("log") {
        Some(path) => format!("'{}'", path.replace('\'', "''")),
        None => "pg_current_logfile()".to_owned(),
    };
    let size = format!("(SELECT size FROM pg_stat_file({file}))");
    format!("convert_from(pg_read_binary_file({file}, greatest(0, {size} - {TAIL}), {TAIL}), 'LATIN1')")
}
