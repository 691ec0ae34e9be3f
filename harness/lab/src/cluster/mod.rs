//! Clusters of database servers, each in namespaces of its own for processes and shared memory: its servers are nobody's
//! children, and go with it whatever becomes of them. They listen on loopback as all services of the lab do.

mod maria;
mod pair;
mod patroni;
mod pgpool;

pub use maria::MariaReplication;
pub use pair::{Pair, PairKind};
pub use patroni::PatroniCluster;
pub use pgpool::Pgpool;

use crate::booted::child_of;
use crate::inventory::{Access, Target};
use crate::process::Daemon;
use crate::{Lab, LabError, system};
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where every script begins: `$R` is the cluster's folder, `$BIN` has the server's programs.
const COMMON: &str = r#"
as() { setpriv --reuid=postgres --regid=postgres --clear-groups env -i "PATH=$BIN:/usr/sbin:/usr/bin:/sbin:/bin" LANG=C.UTF-8 HOME="$R" "$@"; }
# Starts a command again whenever it ends, as a service manager does, unless it is held.
keep() { name=$1; shift; while :; do [ -e "$R/hold/$name" ] || as "$@" >>"$R/$name.log" 2>&1; sleep 0.2; done; }
mkdir -p "$R/hold"
"#;

/// A script that is the first process of its namespace.
#[derive(Debug)]
struct Enclosed {
    /// Prefix of commands that see its processes.
    enter: Vec<String>,
    folder: PathBuf,
    _daemon: Daemon,
}

impl Enclosed {
    fn start(
        lab: &Lab,
        service: &str,
        folder: &Path,
        script: &str,
        variables: &[(&str, String)],
        mut ready: impl FnMut() -> bool,
    ) -> Result<Self, LabError> {
        system::need_root(service)?;
        let mut command = Command::new(system::program("unshare")?);
        command.args(["--mount", "--pid", "--ipc", "--fork", "--kill-child=KILL", "--mount-proc", "--propagation", "private"]);
        command.args(["/bin/sh", "-uc"]).arg(format!("{COMMON}{script}"));
        command.env_clear().env("PATH", system::SERVICE_PATH).env("LANG", "C.UTF-8");
        command.env("R", folder).env("BIN", crate::postgres::programs()?);
        for (name, value) in variables {
            command.env(name, value);
        }
        // Whoever waits for the first process ignores TERM; all die with it.
        let mut daemon = Daemon::spawn(lab, service, &mut command, &folder.join("log"))?.stop_with(Signal::KILL);
        let outer = daemon.pid();
        let mut enter = Vec::new();
        daemon.wait_ready(|| {
            let Some(init) = child_of(outer) else { return false };
            enter = ["nsenter", "-t", &init.to_string(), "-m", "-p", "--"].map(str::to_owned).to_vec();
            ready()
        })?;
        Ok(Self { enter, folder: folder.to_owned(), _daemon: daemon })
    }

    /// What the inventory says of it. `members` by name and port; `place` is where the inventory's own sessions go.
    fn target(
        &self,
        lab: &Lab,
        name: &str,
        own: u16,
        members: &[(&str, u16)],
        more: &[(&'static str, String)],
    ) -> Result<Target, LabError> {
        let password = system::random_password()?;
        let roles = ["app", "admin"]
            .map(|role| Ok((role, "postgres".to_owned(), lab.secret_file(&format!("{name}-{role}"), &password)?)));
        let sql = Box::new(Access::Sql {
            port: own,
            database: "postgres".to_owned(),
            family: "postgres-like",
            product: "postgresql",
            ca_file: None,
            roles: roles.into_iter().collect::<Result<_, LabError>>()?,
        });
        let access = Access::Inside { enter: self.enter.clone(), sql, settings: self.settings(members, more) };
        Ok(Target { name: name.to_owned(), kind: "database", adapter: Some("patroni"), params: Vec::new(), access })
    }

    /// What an adapter of a cluster wants to know.
    fn settings(&self, members: &[(&str, u16)], more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let folder = self.folder.display();
        let members: Vec<String> = members.iter().map(|(member, port)| format!("{member}=127.0.0.1:{port}")).collect();
        let mut settings = vec![
            ("members", members.join(" ")),
            ("data", format!("{folder}/{{member}}")),
            ("start", format!("rm -f {folder}/hold/{{member}}")),
            ("hold", format!("touch {folder}/hold/{{member}}")),
        ];
        settings.extend(more.iter().cloned());
        settings
    }
}

/// The status of an HTTP answer on loopback.
fn status(port: u16, path: &str) -> Option<u16> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut first = [0; 12];
    stream.read_exact(&mut first).ok()?;
    std::str::from_utf8(&first).ok()?.rsplit(' ').next()?.parse().ok()
}
