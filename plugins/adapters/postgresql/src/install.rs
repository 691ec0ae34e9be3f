//! Installation from the system's packages (apt), of the same major version as the target's, in a place beside it.

use crate::Postgresql;
use crate::installation::Installation;
use std::cell::RefCell;
use touchstone_sdk::adapter::aside::{Aside, Packages};
use touchstone_sdk::adapter::{Error, Install, Place, Plan, Step, Way, failed, free_port, setting, sql};

/// Servers and clients of every version; what they have in common is shared with other programs.
const PACKAGES: &str = "^postgresql(-[0-9].*|-client(-[0-9].*)?|-server-dev-[0-9]+|-contrib)?$";
const FOLDERS: [&str; 3] = ["/etc/postgresql", "/var/lib/postgresql", "/var/log/postgresql"];

thread_local! {
    static SOURCE: RefCell<Option<Packages>> = const { RefCell::new(None) };
}

/// Major version of the target's server.
fn version() -> Result<String, Error> {
    Ok(sql("admin")?.scalar("SELECT current_setting('server_version_num')::int / 10000")?)
}

impl Install for Postgresql {
    fn ways() -> Result<Vec<Way>, Error> {
        let server = Installation::find()?;
        let program = setting("package_manager").unwrap_or_else(|| "apt-get".into());
        if server.shell.finds(&["apt-cache"])?.is_none() {
            return Err(failed("this adapter installs by apt, which is not here"));
        }
        let source = Packages::read(&server.shell, &program)?;
        let offered = source.has(&server.shell, &format!("postgresql-{}", version()?))?;
        SOURCE.set(Some(source));
        Ok(if offered { vec![Way::CommandLine, Way::Silent] } else { Vec::new() })
    }

    fn prepare(way: Way, name: String) -> Result<Plan, Error> {
        let server = Installation::find()?;
        let (version, port) = (version()?, free_port(&server.shell)?);
        let package = format!("postgresql-{version}");
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
            Way::Silent => silent(apt("noninteractive", &["-y", "--no-install-recommends", "install", &package])?),
            Way::CommandLine => {
                Step { argv: apt("teletype", &["--no-install-recommends", "install", &package])?, stdin: "y\n".into() }
            }
        };
        let set = aside.words(&["pg_conftool", &version, "main", "set", "port", &port.to_string()]);
        let start = aside.words(&["pg_ctlcluster", &version, "main", "start"]);
        // The target's roles, passwords and all, from server to server: nobody reads them on the way.
        let roles = "set -e; programs=$1 from=$2 at=$3 owner=$4 to=$5; shift 5; PATH=$programs:/usr/sbin:/usr/bin:/sbin:/bin; export PATH; \
                     setpriv --reuid=\"$owner\" --regid=\"$owner\" --clear-groups pg_dumpall -w -r -h \"$from\" -p \"$at\" | \
                     \"$@\" setpriv --reuid=postgres --regid=postgres --clear-groups psql -X -q -w -h /var/run/postgresql -p \"$to\" -d postgres \
                     2>&1 | grep -v 'already exists' || :";
        let programs = sql("admin")?.scalar("SELECT setting FROM pg_config WHERE name = 'BINDIR'")?;
        let mut words: Vec<String> =
            ["sh", "-c", roles, "sh", &programs, &server.socket, &server.port, &server.owner, &port.to_string()]
                .map(str::to_owned)
                .to_vec();
        words.extend(aside.enter.iter().cloned());
        let database = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "createdb", "-w"];
        let database =
            aside.words(&[&database[..], &["-h", "/var/run/postgresql", "-p", &port.to_string(), &server.database]].concat());
        let stop = aside.words(&["pg_ctlcluster", &version, "main", "stop"]);
        let purge = apt("noninteractive", &["-y", "purge", "--autoremove", &package, &format!("postgresql-client-{version}")])?;
        Ok(Plan {
            node: None,
            enter: aside.enter.clone(),
            install: vec![install],
            start: vec![silent(set), silent(start), silent(words), silent(database)],
            place: Place { host: None, port: Some(port), database: None },
            remove: vec![silent(stop), silent(purge)],
        })
    }
}
