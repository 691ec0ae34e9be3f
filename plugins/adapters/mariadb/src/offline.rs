//! Backups of a server that does not run: its files are copied. The server is one made beside the target's.

use crate::Mariadb;
use crate::instance;
use crate::server::Server;
use touchstone_sdk::adapter::{Error, Location, Offline, Restored, Running, Said, TakenOffline, scratch_name};

impl Offline for Mariadb {
    fn offered() -> Result<bool, Error> {
        Ok(true)
    }

    fn make(name: String) -> Result<Running, Error> {
        let server = Server::find()?;
        let home = instance::prepare(&server, &name)?;
        // Users and databases are the target's.
        let script = "set -e; data=$1 owner=$2; shift 2; \"$@\"; mariadb-backup --no-defaults --prepare --target-dir=\"$data\"; \
                      chown -R \"$owner:$owner\" \"${data%/data}\"";
        let data = format!("{home}/data");
        let mut words: Vec<String> = ["sh", "-c", script, "sh", &data, &server.owner].map(str::to_owned).to_vec();
        words.extend(server.words(&["mariadb-backup", "--backup"]));
        words.extend([format!("--datadir={}", server.data), format!("--target-dir={data}")]);
        started(&server, &home, act(&server, words, "its files are laid")?)
    }

    fn stop(name: String) -> Result<Said, Error> {
        let server = Server::find()?;
        let script = "pid=$(cat \"$1/pid\"); mariadb-admin --no-defaults --user=root --socket=\"$1/socket\" shutdown || exit; \
                      n=0; while kill -0 \"$pid\" 2>/dev/null && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done; ! kill -0 \"$pid\" 2>/dev/null";
        let words = ["sh", "-c", script, "sh", &instance::folder(&name)?].map(str::to_owned).to_vec();
        act(&server, words, "it is stopped")
    }

    fn start(name: String) -> Result<Running, Error> {
        let said = Said { accepted: true, words: format!("{name} is started again") };
        started(&Server::find()?, &instance::folder(&name)?, said)
    }

    fn take(name: String) -> Result<TakenOffline, Error> {
        let server = Server::find()?;
        let copy = format!("{}/cold{}", server.shell.scratch()?, scratch_name());
        server.shell.undo(["rm", "-rf", "--", &copy])?;
        let words = ["cp", "-a", &format!("{}/data", instance::folder(&name)?), &copy].map(str::to_owned).to_vec();
        let said = act(&server, words, "its files are copied")?;
        let files = said.accepted.then(|| Location { node: None, path: copy.clone() });
        Ok(TakenOffline { name: said.accepted.then_some(copy), said, files })
    }

    fn restore(backup: String, name: String) -> Result<Running, Error> {
        let server = Server::find()?;
        let home = instance::prepare(&server, &name)?;
        let script = "cp -a \"$1/.\" \"$2/data\" && chown -R \"$3:$3\" \"$2\"";
        let words = ["sh", "-c", script, "sh", &backup, &home, &server.owner].map(str::to_owned).to_vec();
        started(&server, &home, act(&server, words, "its files are laid")?)
    }

    fn discard(name: String) -> Result<Said, Error> {
        instance::discard(&Server::find()?, &name)
    }
}

fn act(server: &Server, words: Vec<String>, done: &str) -> Result<Said, Error> {
    let output = server.shell.command(words).elevated().timeout_s(600).run()?;
    Ok(if output.ok() { Said { accepted: true, words: done.to_owned() } } else { server.said(&output) })
}

/// Starts a server on its files, where they are there.
fn started(server: &Server, home: &str, said: Said) -> Result<Running, Error> {
    if !said.accepted {
        return Ok(Running { said, place: None });
    }
    let Restored { said, place } = instance::start(server, home, said)?;
    Ok(Running { said, place })
}
