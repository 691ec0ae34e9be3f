//! One ODBC session: questions on standard input, answers on standard output (`touchstone_probes::sql::wire`).
//!
//! Ends with its input. Nothing is ever written anywhere else: the connection string holds the password.

mod cancel;
mod fetch;
mod session;

use session::{Session, connect};
use std::io::{BufRead, Write};
use touchstone_probes::sql::wire::{Ask, Reply};

fn main() -> std::io::Result<()> {
    let mut session: Option<Session> = None;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let reply = match serde_json::from_str(&line?) {
            Ok(ask) => answer(&mut session, ask),
            Err(error) => Reply::Invalid(error.to_string()),
        };
        serde_json::to_writer(&mut out, &reply)?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(session: &mut Option<Session>, ask: Ask) -> Reply {
    match (ask, session) {
        (Ask::Connect { attributes, login_timeout_s }, slot) => match connect(&attributes, login_timeout_s) {
            Ok(opened) => {
                *slot = Some(opened);
                Reply::Connected
            }
            Err(why) => Reply::Unconnected(why),
        },
        (_, None) => Reply::Invalid("there is no session".to_owned()),
        (Ask::Execute { statement, params, timeout_ms }, Some(session)) => session.execute(&statement, &params, timeout_ms),
        (Ask::Transaction(what), Some(session)) => Reply::Outcome(session.transaction(what)),
    }
}
