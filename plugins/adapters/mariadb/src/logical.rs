//! Logical backups by mariadb-dump. A schema is a database; what belongs to a user it cannot choose, for nothing does.

use crate::Mariadb;
use crate::server::Server;
use touchstone_sdk::adapter::{Dumped, Error, Granularity, Location, Logical, Place, RestoredDump, Said, Scope, sql};

impl Logical for Mariadb {
    fn granularities() -> Result<Vec<Granularity>, Error> {
        Ok(vec![Granularity::Database, Granularity::Schema, Granularity::Table, Granularity::Rows])
    }

    fn dump(scope: Scope) -> Result<Dumped, Error> {
        let server = Server::find()?;
        let file = format!("{}/dump.sql", server.shell.scratch()?);
        let mut words = server.words(&["mariadb-dump", "--single-transaction", "--skip-comments"]);
        words.push(format!("--result-file={file}"));
        match &scope {
            Scope::Database => words.push(server.database.clone()),
            Scope::Schema(schema) => words.push(schema.clone()),
            Scope::Table(table) => words.extend(table.split('.').map(str::to_owned)),
            Scope::Rows(chosen) => {
                words.push(format!("--where={}", chosen.condition));
                words.extend(chosen.table.split('.').map(str::to_owned));
            }
            Scope::User(_) => {
                let words = "mariadb-dump cannot choose by user: no table belongs to one".to_owned();
                return Ok(Dumped { said: Said { accepted: false, words }, file: None });
            }
        }
        let output = server.shell.command(words).elevated().timeout_s(600).run()?;
        let said = server.said(&output);
        Ok(Dumped { file: said.accepted.then_some(Location { node: None, path: file }), said })
    }

    fn restore(file: Location, _: Scope, name: String) -> Result<RestoredDump, Error> {
        let server = Server::find()?;
        let db = sql("admin")?;
        db.undo(&format!("DROP DATABASE IF EXISTS {name}"))?;
        db.setup(&format!("CREATE DATABASE {name}"))?;
        let script = "exec mariadb --no-defaults --user=root --socket=\"$1\" \"$2\" < \"$3\"";
        let words = ["sh", "-c", script, "sh", &server.socket, &name, &file.path];
        let output = server.shell.command(words).elevated().timeout_s(600).run()?;
        let place = output.ok().then_some(Place { host: None, port: None, database: Some(name) });
        Ok(RestoredDump { said: server.said(&output), place })
    }
}
