//! A PostgreSQL server.

use crate::error::Doing;
use crate::process::Daemon;
use crate::{Lab, LabError, system, tls};
use rustix::process::Signal;
use std::path::{Path, PathBuf};

const USER: &str = "postgres";

/// A PostgreSQL server on 127.0.0.1 and ::1: passwords by SCRAM, TLS offered and plain connections allowed.
#[derive(Debug)]
pub struct Postgres {
    /// TCP port.
    pub port: u16,
    /// Name of the superuser.
    pub superuser: String,
    /// The superuser's password.
    pub password: String,
    /// A role without special rights; owns `database`.
    pub app_user: String,
    /// That role's password.
    pub app_password: String,
    /// The database that `app_user` owns.
    pub database: String,
    /// PEM file of the authority that signed the server's certificate (names: localhost, 127.0.0.1, ::1).
    pub ca_file: PathBuf,
    programs: PathBuf,
    folder: PathBuf,
    lab: Lab,
    daemon: Option<Daemon>,
}

impl Postgres {
    /// Makes a cluster and starts its server.
    ///
    /// # Errors
    /// The package is absent, or the server does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        Self::start_with(lab, &[])
    }

    /// As [`Self::start`], with further lines of the server's configuration.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_with(lab: &Lab, more: &[&str]) -> Result<Self, LabError> {
        let programs = programs()?;
        let folder = lab.folder("postgres")?;
        let identity = tls::make(&folder)?;
        let password = system::random_password()?;
        let password_file = folder.join("superuser-password");
        system::write_secret(&password_file, &password)?;
        system::give_to(USER, &folder)?;
        let data = folder.join("data");
        system::run(
            system::command_as(USER, &programs.join("initdb"))?
                .arg("-D")
                .arg(&data)
                .arg("--pwfile")
                .arg(&password_file)
                .args(["-U", USER, "--auth-host=scram-sha-256", "--auth-local=peer", "-E", "UTF8", "--locale=C.UTF-8"])
                .args(["--no-sync", "--no-instructions"]),
        )?;
        let port = lab.free_port()?;
        let settings = format!(
            "listen_addresses = '127.0.0.1,::1'\nport = {port}\nunix_socket_directories = '{socket}'\nssl = on\n\
             ssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\nmax_connections = 200\nshared_buffers = 32MB\n\
             dynamic_shared_memory_type = mmap\nlog_min_messages = warning\n",
            socket = folder.display(),
            certificate = identity.certificate.display(),
            key = identity.key.display(),
        );
        append(&data.join("postgresql.conf"), &(settings + &more.join("\n") + "\n"))?;
        let mut server = Self {
            port,
            superuser: USER.to_owned(),
            password,
            app_user: "app".to_owned(),
            app_password: system::random_password()?,
            database: "app".to_owned(),
            ca_file: identity.ca_file,
            programs,
            folder,
            lab: lab.clone(),
            daemon: None,
        };
        server.start_again()?;
        server.make_application()?;
        Ok(server)
    }

    /// Starts the server after [`Self::stop`] or [`Self::kill`], on the same port and data.
    ///
    /// # Errors
    /// The server does not come up.
    pub fn start_again(&mut self) -> Result<(), LabError> {
        if self.daemon.is_some() {
            return Ok(());
        }
        let data = self.folder.join("data");
        let mut daemon = Daemon::spawn(
            &self.lab,
            "postgres",
            system::command_as(USER, &self.programs.join("postgres"))?.arg("-D").arg(&data),
            &self.log_file(),
        )?
        // "Fast" shutdown: sessions are ended, not waited for.
        .stop_with(Signal::INT);
        let status = data.join("postmaster.pid");
        let own = daemon.pid().to_string();
        daemon.wait_ready(|| {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let mut lines = text.lines();
            // The file of a killed server may still lie there: only the one with our process counts.
            lines.next() == Some(own.as_str()) && lines.nth(6).is_some_and(|line| line.trim() == "ready")
        })?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Stops the server in order; sessions are cut.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.stop();
        }
    }

    /// Kills the server and all its processes, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Folder of its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Folder of its local socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// Its log.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Process number of the server, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    fn make_application(&self) -> Result<(), LabError> {
        // By standard input and not by argument: arguments are for everybody to see.
        let script = self.folder.join("application.sql");
        system::write_secret(
            &script,
            &format!(
                "create role {role} login password '{password}';\ncreate database {database} owner {role};\n",
                role = self.app_user,
                password = self.app_password,
                database = self.database,
            ),
        )?;
        system::give_to(USER, &script)?;
        let made = system::run(
            system::command_as(USER, &self.programs.join("psql"))?
                .env("PGPASSWORD", &self.password)
                .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER, "-d", "postgres"])
                .arg("-p")
                .arg(self.port.to_string())
                .arg("-f")
                .arg(&script),
        );
        let _ = std::fs::remove_file(&script);
        made.map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
        // A server that was killed leaves this file and, named in it, a segment of shared memory that outlives it.
        let status = std::fs::read_to_string(self.folder.join("data/postmaster.pid"));
        let segment = status.ok().and_then(|text| Some(text.lines().nth(6)?.split_whitespace().nth(1)?.to_owned()));
        if let Some(segment) = segment {
            let _ = system::run(std::process::Command::new("ipcrm").args(["-m", &segment]));
        }
    }
}

/// Folder of the programs that servers are started with.
pub(crate) fn programs() -> Result<PathBuf, LabError> {
    newest_programs(Path::new("/usr/lib/postgresql"))
}

/// The programs of the newest version that is installed.
fn newest_programs(root: &Path) -> Result<PathBuf, LabError> {
    std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| root.join(version.to_string()).join("bin/postgres").is_file())
        .max()
        .map(|version| root.join(version.to_string()).join("bin"))
        .ok_or_else(|| LabError::Missing { what: "the PostgreSQL server".to_owned() })
}

fn append(path: &Path, text: &str) -> Result<(), LabError> {
    use std::io::Write;
    std::fs::File::options()
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .doing(|| format!("writing {}", path.display()))
}
