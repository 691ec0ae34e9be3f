//! Logical backups by mariadb-dump. A schema is a database; what belongs to a user it cannot choose, for nothing does.

use crate::Mariadb;
use touchstone_sdk::adapter::{Dumped, Error, Location, Logical, Place, RestoredDump, Said, Scope, shell, sql};
use touchstone_sdk::shell::Output;

const DUMP: [&str; 5] = ["mariadb-dump", "--no-defaults", "--user=root", "--single-transaction", "--skip-comments"];

impl Logical for Mariadb {
    fn dump(scope: Scope) -> Result<Dumped, Error> {
        let (socket, own) = place()?;
        let shell = shell(None)?;
        let file = format!("{}/dump.sql", shell.scratch()?);
        let (result, socket) = (format!("--result-file={file}"), format!("--socket={socket}"));
        let mut words: Vec<&str> = DUMP.into();
        words.extend([result.as_str(), &socket]);
        let condition;
        match &scope {
            Scope::Database => words.push(&own),
            Scope::Schema(schema) => words.push(schema),
            Scope::Table(table) => words.extend(table.split('.')),
            Scope::Rows(chosen) => {
                condition = format!("--where={}", chosen.condition);
                words.push(&condition);
                words.extend(chosen.table.split('.'));
            }
            Scope::User(_) => {
                let words = "mariadb-dump cannot choose by user: no table belongs to one".to_owned();
                return Ok(Dumped { said: Said { accepted: false, words }, file: None });
            }
        }
        let output = shell.command(words).elevated().timeout_s(600).run()?;
        let said = said(&output);
        Ok(Dumped { file: said.accepted.then_some(Location { node: None, path: file }), said })
    }

    fn restore(file: Location, _: Scope, name: String) -> Result<RestoredDump, Error> {
        let (socket, _) = place()?;
        let db = sql("admin")?;
        db.undo(&format!("DROP DATABASE IF EXISTS {name}"))?;
        db.setup(&format!("CREATE DATABASE {name}"))?;
        let script = "exec mariadb --no-defaults --user=root --socket=\"$1\" \"$2\" < \"$3\"";
        let output =
            shell(None)?.command(["sh", "-c", script, "sh", &socket, &name, &file.path]).elevated().timeout_s(600).run()?;
        let place = output.ok().then_some(Place { host: None, port: None, database: Some(name) });
        Ok(RestoredDump { said: said(&output), place })
    }
}

/// The server's socket and the database of the inventory.
fn place() -> Result<(String, String), Error> {
    let db = sql("admin")?;
    Ok((db.scalar("SELECT @@socket")?, db.scalar("SELECT DATABASE()")?))
}

fn said(output: &Output) -> Said {
    Said { accepted: output.ok(), words: output.said() }
}
