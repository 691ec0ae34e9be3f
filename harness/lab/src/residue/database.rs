//! A PostgreSQL server: everything that its catalogues name, and who is connected.

use super::Place;
use crate::{LabError, Postgres, system};
use std::process::Command;

/// Of the whole server.
const SERVER: &str = "\
select 'role', rolname || ' ' || rolcanlogin || ' ' || rolsuper || ' ' || rolcreatedb from pg_roles where rolname !~ '^pg_';
select 'database', datname || ' ' || pg_get_userbyid(datdba) from pg_database;
select 'tablespace', spcname from pg_tablespace;
select 'prepared', gid || ' ' || database from pg_prepared_xacts;
select 'slot', slot_name from pg_replication_slots;
select 'setting', name || '=' || setting from pg_settings where source not in ('default', 'client', 'session', 'override');
select 'role setting', setrole || ' ' || setdatabase || ' ' || array_to_string(setconfig, ',') from pg_db_role_setting;
select 'session', pid || ' ' || usename || ' ' || application_name from pg_stat_activity
    where backend_type = 'client backend' and application_name <> 'residue';
";

/// Of one database. Sequences by their position: who took numbers changed it.
const DATABASE: &str = "\
select 'schema', nspname from pg_namespace where nspname !~ '^pg_(toast_)?temp_';
select 'relation', relkind::text || ' ' || relnamespace::regnamespace || '.' || relname from pg_class
    where relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast');
select 'column', attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute
    join pg_class on pg_class.oid = attrelid where attnum > 0 and not attisdropped and relkind in ('r', 'v', 'p')
    and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast');
select 'function', pronamespace::regnamespace || '.' || proname || ' ' || oid from pg_proc
    where pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema');
select 'trigger', tgrelid::regclass || '.' || tgname from pg_trigger where not tgisinternal;
select 'type', typnamespace::regnamespace || '.' || typname from pg_type
    where typnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast');
select 'rows', schemaname || '.' || relname || ' ' || n_live_tup from pg_stat_user_tables;
select 'sequence', schemaname || '.' || sequencename || ' ' || coalesce(last_value, 0) from pg_sequences;
select 'extension', extname || ' ' || extversion from pg_extension;
select 'large object', oid::text from pg_largeobject_metadata;
select 'grant', relname || ' ' || array_to_string(relacl, ',') from pg_class where relacl is not null and relnamespace >= 16384;
";

/// A server, asked as its superuser by psql.
#[derive(Clone, Debug)]
pub struct Database {
    port: u16,
    user: String,
    password: String,
    databases: [String; 2],
}

impl Database {
    /// Of the lab.
    #[must_use]
    pub fn of(server: &Postgres) -> Self {
        let databases = ["postgres".to_owned(), server.database.clone()];
        Self { port: server.port, user: server.superuser.clone(), password: server.password.clone(), databases }
    }

    /// Executes statements in the application's database, as the superuser.
    ///
    /// # Errors
    /// The server refuses one, or cannot be asked.
    pub fn execute(&self, statements: &str) -> Result<String, LabError> {
        self.psql(&self.databases[1], statements)
    }

    fn psql(&self, database: &str, statements: &str) -> Result<String, LabError> {
        let mut command = Command::new(system::program("psql")?);
        command
            .env_clear()
            .env("PATH", system::SERVICE_PATH)
            .env("PGPASSWORD", &self.password)
            .env("PGAPPNAME", "residue")
            .args(["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", &self.user])
            .args(["-p", &self.port.to_string(), "-d", database, "-c", statements]);
        system::run(&mut command)
    }
}

impl Place for Database {
    fn list(&self) -> Result<String, LabError> {
        let mut list = self.psql(&self.databases[0], SERVER)?;
        for database in &self.databases {
            list += &self.psql(database, DATABASE)?;
        }
        Ok(list)
    }
}
