//! Logical backups: pg_dump and pg_restore; chosen rows by psql's `\copy`.

use crate::Postgresql;
use crate::installation::Installation;
use touchstone_sdk::adapter::{Dumped, Error, Granularity, Location, Logical, Place, RestoredDump, Said, Scope, scratch_name};
use touchstone_sdk::shell::Output;

impl Logical for Postgresql {
    fn granularities() -> Result<Vec<Granularity>, Error> {
        use Granularity::{Database, Rows, Schema, Table, User};
        Ok(vec![Database, User, Schema, Table, Rows])
    }

    fn dump(scope: Scope) -> Result<Dumped, Error> {
        let server = Installation::find()?;
        let file = format!("{}/dump", server.folder(&format!("dump{}", scratch_name()))?);
        let mut words = vec!["pg_dump", "-w", "-Fc", "-f", &file];
        match &scope {
            // What a user owns is chosen when it is restored.
            Scope::Database | Scope::User(_) => {}
            Scope::Schema(schema) => words.extend(["-n", schema]),
            Scope::Table(table) => words.extend(["-t", table]),
            Scope::Rows(chosen) => words.extend(["-s", "-t", &chosen.table]),
        }
        let mut output = server.client(&words, &server.database)?;
        if let (true, Scope::Rows(chosen)) = (output.ok(), &scope) {
            let copy = format!("\\copy (SELECT * FROM {} WHERE {}) TO '{file}.rows'\n", chosen.table, chosen.condition);
            output =
                server.connected(&["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1"], &server.database).stdin(copy).run()?;
        }
        let said = said(&output);
        Ok(Dumped { file: said.accepted.then_some(Location { node: None, path: file }), said })
    }

    fn restore(file: Location, scope: Scope, name: String) -> Result<RestoredDump, Error> {
        let server = Installation::find()?;
        let undo = ["dropdb", "-w", "--if-exists", "--force", "-h", &server.socket, "-p", &server.port, &name];
        server.shell.undo(server.argv(&undo))?;
        let refused = |output: &Output| RestoredDump { said: said(output), place: None };
        let made = server.client(&["createdb", "-w", "-T", "template0", &name], "postgres")?;
        if !made.ok() {
            return Ok(refused(&made));
        }
        if let Some(schema) = schema_of(&scope) {
            let statement = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
            let made = server.client(&["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", &statement], &name)?;
            if !made.ok() {
                return Ok(refused(&made));
            }
        }
        let path = &file.path;
        let output = match &scope {
            Scope::User(user) => {
                // Lines of the list end with the owner; the schemas of what is chosen are chosen too.
                let script = "pg_restore -l \"$1\" > \"$1.list\" && awk -v u=\"$2\" 'NR == FNR { if ($NF == u) for (i = 4; i < NF; i++) w[$i] = 1; next } \
                              $NF == u || ($4 == \"SCHEMA\" && ($6 in w))' \"$1.list\" \"$1.list\" > \"$1.chosen\" && \
                              pg_restore -w -L \"$1.chosen\" -d \"$3\" \"$1\"";
                server.client(&["sh", "-c", script, "sh", path, user, &name], &name)?
            }
            _ => server.client(&["pg_restore", "-w", "-d", &name, path], &name)?,
        };
        if !output.ok() {
            return Ok(refused(&output));
        }
        let mut last = output;
        if let Scope::Rows(chosen) = &scope {
            let copy = format!("\\copy {} FROM '{path}.rows'\n", chosen.table);
            last = server.connected(&["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1"], &name).stdin(copy).run()?;
        }
        let place = last.ok().then_some(Place { host: None, port: None, database: Some(name) });
        Ok(RestoredDump { said: said(&last), place })
    }
}

/// A table's dump does not bring its schema.
fn schema_of(scope: &Scope) -> Option<&str> {
    let table = match scope {
        Scope::Table(table) => table,
        Scope::Rows(chosen) => &chosen.table,
        Scope::Database | Scope::User(_) | Scope::Schema(_) => return None,
    };
    table.split_once('.').map(|(schema, _)| schema).filter(|schema| *schema != "public")
}

fn said(output: &Output) -> Said {
    Said { accepted: output.ok(), words: output.said() }
}
