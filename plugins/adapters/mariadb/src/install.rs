//! Installation from the system's packages (apt), in a place beside the target's.

use crate::Mariadb;
use crate::server::Server;
use std::cell::RefCell;
use touchstone_sdk::adapter::aside::{Aside, Packages, silent};
use touchstone_sdk::adapter::{Error, Install, Place, Plan, Way, failed, free_port, setting};

const PACKAGE: &str = "mariadb-server";
/// Programs; the settings in common belong to the libraries, too.
const PACKAGES: &str = "^mariadb-(server|client|backup|plugin|test).*$";
const FOLDERS: [&str; 2] = ["/var/lib/mysql", "/var/log/mysql"];

thread_local! {
    static SOURCE: RefCell<Option<Packages>> = const { RefCell::new(None) };
}

impl Install for Mariadb {
    fn ways() -> Result<Vec<Way>, Error> {
        let server = Server::find()?;
        let program = setting("package_manager").unwrap_or_else(|| "apt-get".into());
        let source = Packages::read(&server.shell, &program)?;
        let ways = source.ways(&server.shell, PACKAGE)?;
        SOURCE.set(Some(source));
        Ok(ways)
    }

    fn prepare(way: Way, name: String) -> Result<Plan, Error> {
        let server = Server::find()?;
        let port = free_port(&server.shell)?;
        let aside = Aside::make(&server.shell, &name, PACKAGES, &FOLDERS)?;
        let settings =
            format!("printf '[mysqld]\\nport = {port}\\nskip-name-resolve\\n' > /etc/mysql/mariadb.conf.d/99-beside.cnf");
        let start = aside.step(&["service", "mariadb", "start"]);
        // The target's users, passwords and all, from server to server: nobody reads them on the way.
        let users = "set -e; from=$1 database=$2; shift 2; \
                     { echo \"CREATE DATABASE $database; USE mysql;\"; \
                     mariadb-dump --no-defaults --user=root --socket=\"$from\" --no-create-info --replace --skip-lock-tables \
                     --where=\"NOT (User = 'root' AND Host = 'localhost')\" mysql global_priv db; \
                     echo 'FLUSH PRIVILEGES;'; } | \"$@\" mariadb";
        let mut words: Vec<String> = ["sh", "-c", users, "sh", &server.socket, &server.database].map(str::to_owned).to_vec();
        words.extend(aside.enter.iter().cloned());
        let order = |source: &Option<Packages>| {
            let source = source.as_ref().ok_or_else(|| failed("the package sources were not read"))?;
            Ok::<_, Error>((source.install(&aside, way, PACKAGE), source.purge(&aside, &[PACKAGE])))
        };
        let (install, purge) = SOURCE.with_borrow(order)?;
        Ok(Plan {
            node: None,
            enter: aside.enter.clone(),
            install: vec![install],
            start: vec![aside.step(&["sh", "-c", &settings]), start, silent(words)],
            place: Place { host: None, port: Some(port), database: None },
            remove: vec![aside.step(&["service", "mariadb", "stop"]), purge],
        })
    }
}
