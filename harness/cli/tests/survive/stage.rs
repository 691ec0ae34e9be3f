//! The systems, a bench to run from, and the places where something could be left.

use crate::support::{Bench, fixtures};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use touchstone_lab::residue::{Applications, Database, Difference, Machine, Place, Snapshot};
use touchstone_lab::{Lab, Postgres, Sshd, Tomcat};

/// What the tests share.
pub struct Stage {
    pub postgres: Postgres,
    pub tomcat: Tomcat,
    pub sshd: Sshd,
    pub lab: Lab,
}

impl Stage {
    pub fn start() -> Result<Stage, String> {
        let lab = Lab::new().map_err(|e| e.to_string())?;
        let said = |e: touchstone_lab::LabError| e.to_string();
        let (postgres, tomcat, sshd) = std::thread::scope(|scope| {
            let postgres = scope.spawn(|| Postgres::start_with(&lab, &["max_prepared_transactions = 4"]));
            let tomcat = scope.spawn(|| Tomcat::start(&lab));
            let sshd = Sshd::start(&lab);
            (postgres.join(), tomcat.join(), sshd)
        });
        let ended = |_| "a start panicked".to_owned();
        Ok(Stage {
            postgres: postgres.map_err(ended)?.map_err(said)?,
            tomcat: tomcat.map_err(ended)?.map_err(said)?,
            sshd: sshd.map_err(said)?,
            lab,
        })
    }

    /// An empty bench with all plugins.
    pub fn bench(&self) -> Bench {
        let dir = tempfile::Builder::new().prefix("plugins-").tempdir_in(self.lab.root()).expect("a folder").keep();
        let built = PathBuf::from(std::env::var_os("TOUCHSTONE_PLUGINS").expect("TOUCHSTONE_PLUGINS names the built plugins"));
        for folder in [built.as_path(), fixtures()] {
            for file in std::fs::read_dir(folder).expect("built plugins").flatten() {
                if file.path().extension().is_some_and(|end| end == "wasm") {
                    std::fs::copy(file.path(), dir.join(file.file_name())).expect("copied");
                }
            }
        }
        Bench::new(&dir)
    }

    /// The bench's folder must not lie in one that is looked at, so it is left out by name.
    pub fn places(&self, bench: &Bench) -> Places {
        // And we: whoever asks over SSH is a child of ours. What a run leaves is nobody's child any more.
        let own = [self.postgres.pid(), Some(self.tomcat.pid()), Some(self.sshd.pid()), Some(std::process::id())];
        let services: Vec<u32> = own.into_iter().flatten().collect();
        let machine = Machine::here()
            .without(self.lab.root())
            .without(bench.dir.path())
            .without(Path::new("/tmp/hsperfdata_tomcat"))
            .without_services(&services);
        let over_ssh = machine.clone().through(self.ssh());
        Places { machine, over_ssh, database: Database::of(&self.postgres), applications: Applications::of(&self.tomcat) }
    }

    /// Command prefix by which OpenSSH's own client reaches the machine.
    fn ssh(&self) -> Vec<String> {
        let Sshd { port, user, known_hosts_file, client_key, .. } = &self.sshd;
        let options = [
            "-q".to_owned(),
            "-F/dev/null".to_owned(),
            "-oBatchMode=yes".to_owned(),
            format!("-oUserKnownHostsFile={}", known_hosts_file.display()),
            format!("-i{}", client_key.display()),
            format!("-p{port}"),
            format!("{user}@127.0.0.1"),
        ];
        std::iter::once("/usr/bin/ssh".to_owned()).chain(options).collect()
    }

    /// `[[target]]` tables of all systems; `params` are those of both hosts, by name and, with `{}`, the host's name.
    pub fn inventory(&self, bench: &Bench, params: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let of_host = |name: &str| {
            let one = |(key, value): &(&str, &str)| format!("{key:?} = {:?}", value.replace("{}", name));
            params.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(
            text,
            "[[target]]\nname = \"here\"\nkind = \"host\"\nshell = {{ transport = \"local\" }}\nparams = {{ {} }}\n",
            of_host("here")
        );
        text += &self.ssh_target("there", self.sshd.port, &of_host("there"));
        text += &self.database_target(bench);
        text += &self.web_target(bench);
        text
    }

    pub fn ssh_target(&self, name: &str, port: u16, params: &str) -> String {
        let Sshd { user, known_hosts_file, client_key, .. } = &self.sshd;
        format!(
            "[[target]]\nname = \"{name}\"\nkind = \"host\"\nshell = {{ transport = \"ssh\", address = \"127.0.0.1\", port = {port}, \
             user = \"{user}\", key = {{ file = {client_key:?} }}, known_hosts = {known_hosts_file:?} }}\nparams = {{ {params} }}\n\n"
        )
    }

    pub fn database_target(&self, bench: &Bench) -> String {
        let Postgres { port, database, app_user, app_password, superuser, password, .. } = &self.postgres;
        let app = bench.write("secret-app", app_password);
        let admin = bench.write("secret-admin", password);
        format!(
            "[[target]]\nname = \"postgres\"\nkind = \"database\"\n[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\n\
             port = {port}\ndatabase = \"{database}\"\nfamily = \"postgres-like\"\n[target.sql.roles.app]\nuser = \"{app_user}\"\n\
             password = {{ file = {app:?} }}\n[target.sql.roles.admin]\nuser = \"{superuser}\"\npassword = {{ file = {admin:?} }}\n\n"
        )
    }

    fn web_target(&self, bench: &Bench) -> String {
        let Tomcat { port, console_path, user, password, .. } = &self.tomcat;
        let console = bench.write("secret-console", password);
        format!(
            "[[target]]\nname = \"tomcat\"\nkind = \"middleware\"\nadapter = \"tomcat\"\n\
             permits = [\"denial-of-service\"]\n[target.http.endpoints]\n\
             application = \"http://localhost:{port}/\"\nconsole = \"http://localhost:{port}{console_path}\"\n\
             [target.http.credentials.console]\nuser = \"{user}\"\npassword = {{ file = {console:?} }}\n\n"
        )
    }
}

/// Everything that is looked at.
pub struct Places {
    machine: Machine,
    over_ssh: Machine,
    database: Database,
    applications: Applications,
}

impl Places {
    fn all(&self) -> [&dyn Place; 3] {
        [&self.machine, &self.database, &self.applications]
    }

    pub fn look(&self) -> Snapshot {
        Snapshot::take(&self.all()).expect("a look")
    }

    /// The machine as it is seen over SSH.
    pub fn look_over_ssh(&self) -> Snapshot {
        Snapshot::take(&[&self.over_ssh]).expect("a look over SSH")
    }

    pub fn compare(&self, before: &Snapshot) -> Difference {
        before.compare(&self.all()).expect("a look")
    }

    pub fn compare_over_ssh(&self, before: &Snapshot) -> Difference {
        before.compare(&[&self.over_ssh]).expect("a look over SSH")
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn webapps(&self) -> PathBuf {
        self.applications.folder()
    }
}

/// Nothing is different from what was there before.
#[track_caller]
pub fn is_as_before(places: &Places, before: &Snapshot, what: &str) {
    let difference = places.compare(before);
    assert!(difference.is_empty(), "{what} left:\n{difference}");
}

/// Checks and their further lines in a suite; the adapters too.
pub fn suite(bench: &Bench, plugins: &[&str], checks: &[(&str, &str)]) {
    let checks: Vec<(&str, String)> = checks.iter().map(|(check, more)| (*check, (*more).to_owned())).collect();
    bench.suite(plugins, &checks);
    let text = std::fs::read_to_string(bench.path("suite.toml")).expect("a suite");
    bench.write("suite.toml", text.replacen("plugins = [", "adapters = [\"tomcat\"]\nplugins = [", 1));
}

/// Files of a folder and those below.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}
