//! The part of the primary is handed over as the product's documentation has the operator do it: the old one takes no more writes, the
//! new one has all of them, stops following, and is followed.

use crate::server::{Server, said};
use touchstone_sdk::adapter::{Error, Place, Said, cluster, failed};
use touchstone_sdk::shell::Output;

pub(crate) fn hand_over(from: &str, to: &str) -> Result<Said, Error> {
    let (old, new) = (Server::find(from)?, Server::find(to)?);
    let halted = old.tell("SET GLOBAL read_only = 1; SELECT @@gtid_binlog_pos;")?;
    let position = halted.text().trim().to_owned();
    if !halted.ok() || !position.bytes().all(|byte| byte.is_ascii_digit() || b"-,".contains(&byte)) {
        return given_up(&old, &halted);
    }
    let caught_up = new.tell(&format!("SELECT MASTER_GTID_WAIT('{position}', 20);"))?;
    if caught_up.text().trim() != "0" {
        return given_up(&old, &caught_up);
    }
    let taken = new.tell("STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0;")?;
    if !taken.ok() {
        return given_up(&old, &taken);
    }
    let Some(Place { host: Some(host), port: Some(port), .. }) = place(to)? else {
        return Err(failed(format!("{to} has no place")));
    };
    let login = old.machine.setting("replication_login").unwrap_or_else(|| "/etc/mysql/replication-login".into());
    // By way of the machine's own shell: nobody else sees the login.
    let script = "{ printf \"CHANGE MASTER TO MASTER_HOST = '%s', MASTER_PORT = %s, MASTER_USE_GTID = current_pos, \" \"$2\" \"$3\"; \
                  cat \"$4\"; echo '; START SLAVE;'; } | mariadb --no-defaults --user=root --socket=\"$1\" --batch";
    let words = ["sh", "-c", script, "sh", &old.socket, &host, &port.to_string(), &login];
    Ok(said(&old.machine.shell.command(words).elevated().timeout_s(60).run()?))
}

/// The old one stays what it was.
fn given_up(old: &Server, why: &Output) -> Result<Said, Error> {
    old.tell("SET GLOBAL read_only = 0;")?;
    Ok(Said { accepted: false, words: why.said() })
}

fn place(name: &str) -> Result<Option<Place>, Error> {
    Ok(cluster::places()?.into_iter().find(|(known, _)| known == name).map(|(_, place)| place))
}
