//! The command line for SQL: psql, over the network address that the server itself has for its sessions.

use crate::Postgresql;
use touchstone_sdk::adapter::{Call, Client, Error, Login, setting, shell, sql};

impl Client for Postgresql {
    fn how(login: Login, statements: Vec<String>) -> Result<Call, Error> {
        let db = sql("admin")?;
        let show = |query: &str| db.scalar(query);
        let address = match setting("address") {
            Some(address) => address,
            None => show("SELECT coalesce(host(inet_server_addr()), 'localhost')")?,
        };
        let programs = show("SELECT setting FROM pg_config WHERE name = 'BINDIR'")?;
        let mut places = vec![format!("{programs}/psql"), "psql".to_owned()];
        if let Some(folder) = setting("client_programs") {
            places.insert(0, format!("{folder}/psql"));
        }
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let program = shell(None)?.finds(&places)?.unwrap_or_else(|| "psql".into());
        let separator = "|".to_owned();
        let port = show("SELECT current_setting('port')")?;
        let database = show("SELECT current_database()")?;
        let mut argv: Vec<String> = [program.as_str(), "-X", "-q", "-A", "-t", "-w", "-F", &separator, "-v", "ON_ERROR_STOP=1"]
            .into_iter()
            .chain(["-h", &address, "-p", &port, "-U", &login.user, "-d", &database])
            .map(str::to_owned)
            .collect();
        argv.extend(statements.into_iter().flat_map(|statement| ["-c".to_owned(), statement]));
        let env = [("PGPASSWORD", login.password.as_str()), ("PGCLIENTENCODING", "UTF8"), ("PGCONNECT_TIMEOUT", "10")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Ok(Call { node: None, argv, env, stdin: String::new(), separator })
    }
}
