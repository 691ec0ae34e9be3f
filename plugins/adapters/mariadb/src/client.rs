//! The command line for SQL: mariadb, over TCP.

use crate::Mariadb;
use touchstone_sdk::adapter::{Call, Client, Error, Login, scratch_name, setting, shell, sql};

/// Most characters that the program takes for one.
const DELIMITER: usize = 15;

impl Client for Mariadb {
    fn how(login: Login, statements: Vec<String>) -> Result<Call, Error> {
        let db = sql("admin")?;
        let address = match setting("address") {
            Some(address) => address,
            // It listens there, or everywhere.
            None => db.scalar(
                "SELECT CASE WHEN @@bind_address IN ('', '*', '0.0.0.0', '::') THEN @@hostname \
                 ELSE SUBSTRING_INDEX(@@bind_address, ',', 1) END",
            )?,
        };
        let program = match setting("client") {
            Some(program) => program,
            None => shell(None)?.finds(&["mariadb", "mysql"])?.unwrap_or_else(|| "mariadb".into()),
        };
        let (port, database) = (db.scalar("SELECT @@port")?, db.scalar("SELECT DATABASE()")?);
        // A word that no statement has: they are never cut at semicolons.
        let end: String = format!("//{}", scratch_name()).chars().take(DELIMITER).collect();
        let argv = [
            program.as_str(),
            "--no-defaults",
            "--protocol=TCP",
            "--batch",
            "--skip-column-names",
            "--default-character-set=utf8mb4",
            "--connect-timeout=10",
            &format!("--host={address}"),
            &format!("--port={port}"),
            &format!("--user={}", login.user),
            &format!("--delimiter={end}"),
            &database,
        ];
        let stdin = statements.iter().map(|statement| format!("{statement}\n{end}\n")).collect();
        let env = vec![("MYSQL_PWD".to_owned(), login.password)];
        Ok(Call { node: None, argv: argv.map(str::to_owned).to_vec(), env, stdin, separator: "\t".into() })
    }
}
