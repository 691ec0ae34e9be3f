//! Restored instances: a folder of data and a server on it, beside the target's.

use crate::server::Server;
use std::cell::RefCell;
use std::collections::BTreeMap;
use touchstone_sdk::adapter::{Error, Place, Restored, Said, failed, free_port, sql};

thread_local! {
    /// Folders of instances by name.
    static MADE: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// A folder for the data of an instance, with what ends it registered.
pub(crate) fn prepare(server: &Server, name: &str) -> Result<String, Error> {
    let scratch = server.shell.scratch()?;
    let home = format!("{scratch}/{name}");
    server.shell.undo(end(&home))?;
    let script = "mkdir -p \"$1/data\" && chmod 711 \"$2\"";
    server.shell.root(["sh", "-c", script, "sh", &home, &scratch])?.success()?;
    MADE.with_borrow_mut(|made| made.insert(name.to_owned(), home.clone()));
    Ok(home)
}

/// The folder of an instance.
pub(crate) fn folder(name: &str) -> Result<String, Error> {
    let known = MADE.with_borrow(|made| made.get(name).cloned());
    known.ok_or_else(|| failed(format!("there is no instance {name}")))
}

/// Starts a server on a folder that was prepared, and waits until it takes statements.
pub(crate) fn start(server: &Server, home: &str, said: Said) -> Result<Restored, Error> {
    let port = free_port(&server.shell)?;
    // New tables are kept as the target keeps them.
    let engine = sql("admin")?.scalar("SELECT @@default_storage_engine")?;
    let script = "cd \"$1\" && PATH=$PATH:/usr/sbin setsid setpriv --reuid=\"$3\" --regid=\"$3\" --clear-groups mariadbd --no-defaults \
        --datadir=\"$1/data\" --socket=\"$1/socket\" --pid-file=\"$1/pid\" --tmpdir=\"$1\" --port=\"$2\" --bind-address=127.0.0.1 \
        --skip-name-resolve --skip-log-bin --innodb-buffer-pool-size=64M --default-storage-engine=\"$4\" >> log 2>&1 < /dev/null & \
        for i in $(seq 300); do mariadb-admin --no-defaults --user=root --socket=\"$1/socket\" ping >/dev/null 2>&1 && exit 0; \
        sleep 0.2; kill -0 $! 2>/dev/null || break; done; tail -n 2 \"$1/log\" >&2; exit 1";
    let words = ["sh", "-c", script, "sh", home, &port.to_string(), &server.owner, &engine];
    let started = server.shell.command(words).elevated().timeout_s(120).run()?;
    if !started.ok() {
        return Ok(Restored { said: server.said(&started), place: None });
    }
    let place = Place { host: None, port: Some(port), database: None };
    Ok(Restored { said, place: Some(place) })
}

pub(crate) fn discard(server: &Server, name: &str) -> Result<Said, Error> {
    let Some(home) = MADE.with_borrow_mut(|made| made.remove(name)) else {
        return Ok(Said { accepted: true, words: "nothing of that name".into() });
    };
    let output = server.shell.root(end(&home))?;
    Ok(server.said(&output))
}

/// Ends the server on a folder, and only that, and removes the folder.
fn end(home: &str) -> Vec<String> {
    let script = "pid=$(cat \"$1/pid\" 2>/dev/null); \
        mine() { [ -n \"$pid\" ] && tr '\\0' '\\n' < \"/proc/$pid/cmdline\" 2>/dev/null | grep -qxF -- \"--datadir=$1/data\"; }; \
        if mine \"$1\"; then kill \"$pid\"; n=0; while mine \"$1\" && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; \
        if mine \"$1\"; then kill -KILL \"$pid\"; fi; fi; rm -rf -- \"$1\"";
    ["sh", "-c", script, "sh", home].map(str::to_owned).to_vec()
}
