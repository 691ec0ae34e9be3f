//! Sessions by the process list, waits by InnoDB's views, events by the slow query log and InnoDB's status.

use crate::Mariadb;
use touchstone_sdk::adapter::{Error, Monitor, Observe, Question, Trace, sql};

/// Settings of the slow query log, and what the trace needs them to be.
const WANTED: [(&str, &str); 3] = [("log_output", "'TABLE'"), ("long_query_time", "0.5"), ("slow_query_log", "1")];

impl Observe for Mariadb {
    fn monitors() -> Result<Monitor, Error> {
        Ok(Monitor {
            own_id: "SELECT CONNECTION_ID()".into(),
            sessions: admin(
                "SELECT ID, INFO FROM information_schema.PROCESSLIST WHERE COMMAND <> 'Sleep' AND ID <> CONNECTION_ID()",
            ),
            waits: admin(
                "SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, r.trx_query FROM information_schema.INNODB_LOCK_WAITS w \
                 JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
                 JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id",
            ),
        })
    }

    fn traces() -> Result<Trace, Error> {
        let db = sql("admin")?;
        let mut end = Vec::new();
        for (name, _) in WANTED {
            let value = db.scalar(&format!("SELECT @@GLOBAL.{name}"))?;
            let value = if value.parse::<f64>().is_ok() { value } else { format!("'{value}'") };
            end.push(admin(&format!("SET GLOBAL {name} = {value}")));
        }
        Ok(Trace {
            begin: WANTED.iter().map(|(name, value)| admin(&format!("SET GLOBAL {name} = {value}"))).collect(),
            end,
            slow: admin("SELECT sql_text FROM mysql.slow_log ORDER BY start_time DESC LIMIT 500"),
            // Of this answer, the part on the last deadlock; what merely waits now would follow it.
            deadlocks: admin("SHOW ENGINE INNODB STATUS"),
        })
    }
}

fn admin(statement: &str) -> Question {
    Question { role: "admin".into(), statement: statement.into() }
}
