//! Installation from the system's packages (apt), in a place beside the target's.

use crate::Mariadb;
use crate::server::Server;
use std::cell::RefCell;
use touchstone_sdk::adapter::aside::{Aside, Packages};
use touchstone_sdk::adapter::{Error, Install, Place, Plan, Step, Way, failed, free_port, setting};

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
        if server.shell.finds(&["apt-cache"])?.is_none() {
            return Err(failed("this adapter installs by apt, which is not here"));
        }
        let source = Packages::read(&server.shell, &program)?;
        let offered = source.has(&server.shell, PACKAGE)?;
        SOURCE.set(Some(source));
        Ok(if offered { vec![Way::CommandLine, Way::Silent] } else { Vec::new() })
    }

    fn prepare(way: Way, name: String) -> Result<Plan, Error> {
        let server = Server::find()?;
        let port = free_port(&server.shell)?;
        let aside = Aside::make(&server.shell, &name, PACKAGES, &FOLDERS)?;
        let apt = |frontend: &str, order: &[&str]| {
            SOURCE.with_borrow(|source| {
                let source = source.as_ref().ok_or_else(|| failed("the package sources were not read"))?;
                let mut words = vec!["env".to_owned(), format!("DEBIAN_FRONTEND={frontend}")];
                words.extend(source.words(order));
                Ok::<_, Error>(aside.words(&words.iter().map(String::as_str).collect::<Vec<_>>()))
            })
        };
        let silent = |argv: Vec<String>| Step { argv, stdin: String::new() };
        let install = match way {
            Way::Silent => silent(apt("noninteractive", &["-y", "--no-install-recommends", "install", PACKAGE])?),
            Way::CommandLine => {
                Step { argv: apt("teletype", &["--no-install-recommends", "install", PACKAGE])?, stdin: "y\n".into() }
            }
        };
        let settings =
            format!("printf '[mysqld]\\nport = {port}\\nskip-name-resolve\\n' > /etc/mysql/mariadb.conf.d/99-beside.cnf");
        let start = aside.words(&["service", "mariadb", "start"]);
        // The target's users, passwords and all, from server to server: nobody reads them on the way.
        let users = "set -e; from=$1 database=$2; shift 2; \
                     { echo \"CREATE DATABASE $database; USE mysql;\"; \
                     mariadb-dump --no-defaults --user=root --socket=\"$from\" --no-create-info --replace --skip-lock-tables \
                     --where=\"NOT (User = 'root' AND Host = 'localhost')\" mysql global_priv db; \
                     echo 'FLUSH PRIVILEGES;'; } | \"$@\" mariadb";
        let mut words: Vec<String> = ["sh", "-c", users, "sh", &server.socket, &server.database].map(str::to_owned).to_vec();
        words.extend(aside.enter.iter().cloned());
        Ok(Plan {
            node: None,
            enter: aside.enter.clone(),
            install: vec![install],
            start: vec![silent(aside.words(&["sh", "-c", &settings])), silent(start), silent(words)],
            place: Place { host: None, port: Some(port), database: None },
            remove: vec![
                silent(aside.words(&["service", "mariadb", "stop"])),
                silent(apt("noninteractive", &["-y", "purge", "--autoremove", PACKAGE])?),
            ],
        })
    }
}
