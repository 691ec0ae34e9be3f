//! A MariaDB server.

use crate::process::Daemon;
use crate::{Lab, LabError, odbc, system};
use std::path::PathBuf;

const USER: &str = "mysql";

/// A MariaDB server on 127.0.0.1 with a binary log. Its Oracle mode is a mode of sessions.
#[derive(Debug)]
pub struct MariaDb {
    /// TCP port.
    pub port: u16,
    /// Name of the administrator.
    pub admin: String,
    /// That user's password.
    pub password: String,
    /// A user with all rights on `database` and none beyond.
    pub app_user: String,
    /// That user's password.
    pub app_password: String,
    /// The database.
    pub database: String,
    more: &'static [&'static str],
    folder: PathBuf,
    lab: Lab,
    daemon: Option<Daemon>,
}

impl MariaDb {
    /// Makes a data folder and starts its server.
    ///
    /// # Errors
    /// The package is absent, or the server does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        Self::start_with(lab, &[])
    }

    /// As [`Self::start`], with further options of the server.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_with(lab: &Lab, more: &'static [&'static str]) -> Result<Self, LabError> {
        let folder = lab.folder("mariadb")?;
        system::give_to(USER, &folder)?;
        let data = format!("--datadir={}", folder.join("data").display());
        system::run(
            system::command_as(USER, &system::program("mariadb-install-db")?)?
                .args(["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"])
                .current_dir(&folder)
                .env("HOME", &folder)
                // Two at once in one folder for temporary files take each other's.
                .env("TMPDIR", &folder),
        )?;
        let mut server = Self {
            port: lab.free_port()?,
            admin: "root".to_owned(),
            password: system::random_password()?,
            app_user: "app".to_owned(),
            app_password: system::random_password()?,
            database: "app".to_owned(),
            more,
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
        let path = |name: &str| self.folder.join(name).display().to_string();
        let mut daemon = Daemon::spawn(
            &self.lab,
            "mariadb",
            system::command_as(USER, &system::program("mariadbd")?)?
                .arg("--no-defaults")
                .arg(format!("--datadir={}", path("data")))
                .arg(format!("--socket={}", path("socket")))
                .arg(format!("--pid-file={}", path("pid")))
                .arg(format!("--tmpdir={}", self.folder.display()))
                .arg(format!("--port={}", self.port))
                .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--character-set-server=utf8mb4"])
                .args(["--log-bin=bin", "--server-id=1", "--log-bin-trust-function-creators=1"])
                .args(["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2"])
                .args(self.more)
                .env("HOME", &self.folder),
            &self.folder.join("server.log"),
        )?;
        let socket = self.folder.join("socket");
        daemon.wait_ready(|| std::os::unix::net::UnixStream::connect(&socket).is_ok())?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Stops the server in order.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.stop();
        }
    }

    /// Kills the server, as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Process number of the server, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    /// The server's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Attributes of the ODBC connection string; in Oracle mode with the statement that switches to it.
    #[must_use]
    pub fn options(&self, oracle: bool) -> Vec<(&'static str, String)> {
        Self::options_of(self.port, &self.database, oracle)
    }

    /// The same, of another server.
    pub(crate) fn options_of(port: u16, database: &str, oracle: bool) -> Vec<(&'static str, String)> {
        let mut options = vec![
            ("SERVER", "127.0.0.1".to_owned()),
            ("PORT", port.to_string()),
            ("DATABASE", database.to_owned()),
            ("CHARSET", "utf8mb4".to_owned()),
        ];
        if oracle {
            options.push(("INITSTMT", "SET sql_mode='ORACLE'".to_owned()));
        }
        options
    }

    /// The ODBC driver's library.
    ///
    /// # Errors
    /// Its package is absent.
    pub fn driver() -> Result<PathBuf, LabError> {
        odbc::driver("libmaodbc.so")
    }

    fn make_application(&self) -> Result<(), LabError> {
        // By a file and not by arguments: arguments are for everybody to see.
        let script = self.folder.join("application.sql");
        system::write_secret(
            &script,
            &format!(
                "create database {database};\ncreate user {app}@'127.0.0.1' identified by '{app_password}';\n\
                 grant all on {database}.* to {app}@'127.0.0.1';\n\
                 create or replace user root@'127.0.0.1' identified by '{password}';\n\
                 grant all on *.* to root@'127.0.0.1' with grant option;\n\
                 alter user root@localhost identified via mysql_native_password using password('{password}') or unix_socket;\n",
                database = self.database,
                app = self.app_user,
                app_password = self.app_password,
                password = self.password,
            ),
        )?;
        system::give_to(USER, &script)?;
        let source = format!("source {}", script.display());
        let made = system::run(
            system::command_as(USER, &system::program("mariadb")?)?
                .arg("--no-defaults")
                .arg(format!("--socket={}", self.socket().display()))
                .args(["--user=root", "--batch", "--execute", &source])
                .env("HOME", &self.folder),
        );
        let _ = std::fs::remove_file(&script);
        made.map(drop)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.stop();
    }
}
