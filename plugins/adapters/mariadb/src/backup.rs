//! Physical backups by mariadb-backup, the archive by copies of the binary log.

use crate::Mariadb;
use crate::instance;
use crate::server::Server;
use std::cell::RefCell;
use touchstone_sdk::adapter::{Backup, Error, Kind, Location, Restored, Said, Taken, Until, failed, sql};

/// Sets of this run: their folder and what each builds on.
#[derive(Clone, Default)]
struct Sets {
    folder: String,
    made: Vec<Set>,
}

#[derive(Clone)]
struct Set {
    name: String,
    /// None: a full one.
    on: Option<String>,
}

thread_local! {
    static SETS: RefCell<Sets> = RefCell::default();
}

/// Folder of all sets, in the check's scratch folder.
pub(crate) fn folder(server: &Server) -> Result<String, Error> {
    let known = SETS.with_borrow(|sets| sets.folder.clone());
    if !known.is_empty() {
        return Ok(known);
    }
    let path = format!("{}/sets", server.shell.scratch()?);
    server.shell.undo(["rm", "-rf", "--", &path])?;
    server.shell.root(["mkdir", "-p", &format!("{path}/archive")])?.success()?;
    SETS.with_borrow_mut(|sets| sets.folder.clone_from(&path));
    Ok(path)
}

impl Backup for Mariadb {
    fn kinds() -> Result<Vec<Kind>, Error> {
        let mut kinds = vec![Kind::Full, Kind::SincePrevious, Kind::SinceFull];
        if sql("admin")?.scalar("SELECT @@log_bin")? == "1" {
            kinds.push(Kind::Archive);
        }
        Ok(kinds)
    }

    fn repository() -> Result<Location, Error> {
        Ok(Location { node: None, path: folder(&Server::find()?)? })
    }

    fn take(kind: Kind) -> Result<Taken, Error> {
        let server = Server::find()?;
        let folder = folder(&server)?;
        let made = SETS.with_borrow(|sets| sets.made.clone());
        let on = match kind {
            Kind::Archive => return archive(&server, &folder),
            Kind::Full => None,
            Kind::SincePrevious => made.last(),
            Kind::SinceFull => made.iter().rev().find(|set| set.on.is_none()),
        };
        if kind != Kind::Full && on.is_none() {
            return Err(failed("there is no full backup yet"));
        }
        // An increment begins at the checkpoint before its base: without a fresh one it holds what the base has already. Before
        // 10.11 there is no such order; then it is only larger.
        sql("admin")?.run("SET GLOBAL innodb_log_checkpoint_now = 1")?;
        let name = format!("set{}", made.len() + 1);
        let path = format!("{folder}/{name}");
        let mut words = server.words(&["mariadb-backup", "--backup"]);
        words.extend([format!("--datadir={}", server.data), format!("--target-dir={path}")]);
        words.extend(on.map(|set| format!("--incremental-basedir={folder}/{}", set.name)));
        let output = server.shell.command(words).elevated().timeout_s(600).run()?;
        if !output.ok() {
            return Ok(Taken { said: server.said(&output), name: None, files: None });
        }
        let set = Set { name: name.clone(), on: on.map(|set| set.name.clone()) };
        SETS.with_borrow_mut(|sets| sets.made.push(set));
        let files = Some(Location { node: None, path });
        Ok(Taken { said: Said { accepted: true, words: format!("{name} is complete") }, name: Some(name), files })
    }

    fn moment() -> Result<String, Error> {
        // The tool that replays the log counts whole seconds of the system's time zone.
        Ok(sql("admin")?.scalar("SELECT FROM_UNIXTIME(UNIX_TIMESTAMP(), '%Y-%m-%d %H:%i:%s')")?)
    }

    /// By preparing a copy and the checksums of InnoDB's pages in it: what was copied from a server at work is not whole before.
    /// Of the system tablespace innochecksum 10.11 says that it is damaged where it is not, so that one is left out.
    fn verify(set: String) -> Result<Said, Error> {
        let server = Server::find()?;
        let home = format!("{}/verify", server.shell.scratch()?);
        let data = format!("{home}/data");
        server.shell.undo(["rm", "-rf", "--", &home])?;
        server.shell.root(["mkdir", "-p", &data])?.success()?;
        let prepared = prepare(&server, &folder(&server)?, &chain(&set)?, &home, &data)?;
        let script = "bad=0; n=0; for f in $(find \"$1\" -name '*.ibd'); do n=$((n + 1)); \
                      innochecksum \"$f\" >/dev/null 2>&1 || { bad=$((bad + 1)); echo \"$f\"; }; done; echo \"$n files, $bad damaged\"; [ $bad = 0 ]";
        let output = server.shell.root(["sh", "-c", script, "sh", &data])?;
        server.shell.root(["rm", "-rf", "--", &home])?;
        if !prepared.accepted {
            return Ok(prepared);
        }
        Ok(Said { accepted: output.ok(), words: output.lines().last().cloned().unwrap_or_default() })
    }

    fn restore(set: String, until: Until, name: String) -> Result<Restored, Error> {
        let server = Server::find()?;
        let folder = folder(&server)?;
        let home = instance::prepare(&server, &name)?;
        let data = format!("{home}/data");
        let prepared = prepare(&server, &folder, &chain(&set)?, &home, &data)?;
        if !prepared.accepted {
            return Ok(Restored { said: prepared, place: None });
        }
        let restored = instance::start(&server, &home, prepared)?;
        let stop = match until {
            Until::Backup => return Ok(restored),
            Until::Archive => String::new(),
            Until::Moment(moment) => format!("--stop-datetime={moment}"),
        };
        if !restored.said.accepted {
            return Ok(restored);
        }
        let script = "set -e; info=$(cat \"$1/xtrabackup_binlog_info\" 2>/dev/null || cat \"$1/mariadb_backup_binlog_info\"); set -- \"$2\" \"$3\" \"$4\" $info; \
            cd \"$1/archive\"; files=$(ls | sort | awk -v f=\"$4\" '$0 >= f'); [ -n \"$files\" ] || { echo 'nothing was archived'; exit 1; }; \
            mariadb-binlog --no-defaults --disable-log-bin --start-position=\"$5\" ${3:+\"$3\"} $files > \"$2/replay.sql\"; \
            mariadb --no-defaults --user=root --socket=\"$2/socket\" < \"$2/replay.sql\"";
        let last = format!("{folder}/{set}");
        let words = ["sh", "-c", script, "sh", &last, &folder, &home, &stop];
        let output = server.shell.command(words).elevated().timeout_s(600).run()?;
        Ok(if output.ok() { restored } else { Restored { said: server.said(&output), place: None } })
    }

    fn discard(name: String) -> Result<Said, Error> {
        instance::discard(&Server::find()?, &name)
    }
}

/// The sets that a set builds on, the full one first, and itself.
fn chain(set: &str) -> Result<Vec<String>, Error> {
    let made = SETS.with_borrow(|sets| sets.made.clone());
    let mut chain = vec![set.to_owned()];
    loop {
        let name = chain.last().cloned().unwrap_or_default();
        let found = made.iter().find(|set| set.name == name).ok_or_else(|| failed(format!("no set {name}")))?;
        match &found.on {
            Some(on) => chain.push(on.clone()),
            None => break,
        }
    }
    chain.reverse();
    Ok(chain)
}

/// Lays a full set and puts every later one over it. Copies are used: preparing changes the files.
fn prepare(server: &Server, folder: &str, chain: &[String], home: &str, data: &str) -> Result<Said, Error> {
    let script = "set -e; cd \"$1\"; home=$2; data=$3; owner=$4; shift 4; cp -a \"$1/.\" \"$data\"; \
        mariadb-backup --no-defaults --prepare --target-dir=\"$data\"; shift; \
        for set; do rm -rf \"$home/next\"; cp -a \"$set\" \"$home/next\"; \
        mariadb-backup --no-defaults --prepare --target-dir=\"$data\" --incremental-dir=\"$home/next\"; done; \
        rm -rf \"$home/next\"; chown -R \"$owner:$owner\" \"$home\"";
    let mut words = vec!["sh", "-c", script, "sh", folder, home, data, &server.owner];
    words.extend(chain.iter().map(String::as_str));
    let output = server.shell.command(words).elevated().timeout_s(600).run()?;
    let words = if output.ok() { format!("{} is prepared", chain.join(" + ")) } else { server.said(&output).words };
    Ok(Said { accepted: output.ok(), words })
}

/// Copies the binary log up to now.
fn archive(server: &Server, folder: &str) -> Result<Taken, Error> {
    let db = sql("admin")?;
    let base = db.scalar("SELECT @@log_bin_basename")?;
    db.setup("FLUSH BINARY LOGS")?;
    let script = "cp -p \"$1\".[0-9]* \"$2/archive/\" && ls \"$2/archive\" | wc -l";
    let output = server.shell.root(["sh", "-c", script, "sh", &base, folder])?;
    Ok(Taken { said: server.said(&output), name: None, files: None })
}
