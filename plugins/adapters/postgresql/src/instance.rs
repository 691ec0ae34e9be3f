//! Restored instances: a folder of data and a server on it, beside the target's.

use crate::installation::Installation;
use std::cell::RefCell;
use std::collections::BTreeMap;
use touchstone_sdk::adapter::{Error, Place, Restored, Said, failed, free_port};

thread_local! {
    /// Folders of instances by name.
    static MADE: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// A folder for the data of an instance, with what ends it registered.
pub(crate) fn prepare(server: &Installation, name: &str) -> Result<String, Error> {
    let folder = server.folder(name)?;
    server.shell.undo(end(&folder))?;
    server.run(&["mkdir", "-m", "700", &format!("{folder}/data")])?.success()?;
    MADE.with_borrow_mut(|made| made.insert(name.to_owned(), folder.clone()));
    Ok(folder)
}

/// The folder of an instance.
pub(crate) fn folder(name: &str) -> Result<String, Error> {
    let known = MADE.with_borrow(|made| made.get(name).cloned());
    known.ok_or_else(|| failed(format!("there is no instance {name}")))
}

/// Starts a server on a folder that was prepared, and waits until it takes statements.
pub(crate) fn start(server: &Installation, folder: &str, said: Said) -> Result<Restored, Error> {
    let port = free_port(&server.shell)?.to_string();
    let data = format!("{folder}/data");
    let mut options = format!(
        "-p {port} -c unix_socket_directories={folder} -c archive_mode=off -c logging_collector=off -c cluster_name=restored \
         -c shared_buffers=16MB -c primary_conninfo="
    );
    // Where the configuration is kept apart from the data, it is not in the backup.
    for (file, option) in [(&server.config_file, "config_file"), (&server.hba_file, "hba_file")] {
        if !file.starts_with(&format!("{}/", server.data)) {
            options += &format!(" -c {option}={file}");
        }
    }
    let log = format!("{folder}/log");
    let words = ["pg_ctl", "-D", &data, "-l", &log, "-o", &options, "-t", "120", "-w", "start"];
    let started = server.run(&words)?;
    // It answers to readers while it still recovers.
    // Its user may have no right to the folder that the command was started in, and psql says so beside every answer.
    let settled = "cd /; for i in $(seq 600); do r=$(psql -X -A -t -h \"$1\" -p \"$2\" -d postgres -c 'SELECT pg_is_in_recovery()' 2>&1); \
                   [ \"$r\" = f ] && exit 0; [ -e \"$1/data/postmaster.pid\" ] || break; sleep 0.2; done; echo \"$r\"; tail -n 3 \"$1/log\"; exit 1";
    let settled = if started.ok() { server.run(&["sh", "-c", settled, "sh", folder, &port])? } else { started };
    if !settled.ok() {
        let words = format!("{}; {}", settled.said(), last_words(server, &log)?);
        return Ok(Restored { said: Said { accepted: false, words }, place: None });
    }
    let place = Place { host: None, port: port.parse().ok(), database: None };
    Ok(Restored { said, place: Some(place) })
}

fn last_words(server: &Installation, log: &str) -> Result<String, Error> {
    let output = server.run(&["tail", "-n", "3", log])?;
    Ok(output.text().split_whitespace().collect::<Vec<_>>().join(" "))
}

pub(crate) fn discard(server: &Installation, name: &str) -> Result<Said, Error> {
    let Some(folder) = MADE.with_borrow_mut(|made| made.remove(name)) else {
        return Ok(Said { accepted: true, words: "nothing of that name".into() });
    };
    let output = server.shell.root(end(&folder))?;
    Ok(Said { accepted: output.ok(), words: output.said() })
}

/// Ends the server on a folder, and only that, and removes the folder.
fn end(folder: &str) -> Vec<String> {
    let script = "pid=$(head -n 1 \"$1/data/postmaster.pid\" 2>/dev/null); \
        mine() { [ -n \"$pid\" ] && tr '\\0' '\\n' < \"/proc/$pid/cmdline\" 2>/dev/null | grep -qxF -- \"$1/data\"; }; \
        if mine \"$1\"; then kill -QUIT \"$pid\"; n=0; while mine \"$1\" && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; \
        if mine \"$1\"; then kill -KILL \"$pid\"; fi; fi; rm -rf -- \"$1\"";
    ["sh", "-c", script, "sh", folder].map(str::to_owned).to_vec()
}
