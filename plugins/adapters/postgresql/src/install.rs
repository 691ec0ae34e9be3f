//! Installation from the system's packages (apt), of the same major version as the target's, in a place beside it.

use crate::Postgresql;
use crate::installation::Installation;
use std::cell::RefCell;
use touchstone_sdk::adapter::aside::{Aside, Packages, silent};
use touchstone_sdk::adapter::{Error, Install, Place, Plan, Way, failed, free_port, setting, sql};

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
        let source = Packages::read(&server.shell, &program)?;
        let ways = source.ways(&server.shell, &format!("postgresql-{}", version()?))?;
        SOURCE.set(Some(source));
        Ok(ways)
    }

    fn prepare(way: Way, name: String) -> Result<Plan, Error> {
        let server = Installation::find()?;
        let (version, port) = (version()?, free_port(&server.shell)?);
        let aside = Aside::make(&server.shell, &name, PACKAGES, &FOLDERS)?;
        let set = aside.step(&["pg_conftool", &version, "main", "set", "port", &port.to_string()]);
        let start = aside.step(&["pg_ctlcluster", &version, "main", "start"]);
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
            aside.step(&[&database[..], &["-h", "/var/run/postgresql", "-p", &port.to_string(), &server.database]].concat());
        let stop = aside.step(&["pg_ctlcluster", &version, "main", "stop"]);
        let (client, package) = (format!("postgresql-client-{version}"), format!("postgresql-{version}"));
        let order = |source: &Option<Packages>| {
            let source = source.as_ref().ok_or_else(|| failed("the package sources were not read"))?;
            Ok::<_, Error>((source.install(&aside, way, &package), source.purge(&aside, &[&package, &client])))
        };
        let (install, purge) = SOURCE.with_borrow(order)?;
        Ok(Plan {
            node: None,
            enter: aside.enter.clone(),
            install: vec![install],
            start: vec![set, start, silent(words), database],
            place: Place { host: None, port: Some(port), database: None },
            remove: vec![stop, purge],
        })
    }
}
