//! Where the server's programs and files are: it says so itself.

use touchstone_sdk::adapter::{Error, failed, setting, shell, sql};
use touchstone_sdk::shell::{Command, Output, Shell};

pub(crate) struct Installation {
    pub(crate) shell: Shell,
    /// User that the server runs as.
    pub(crate) owner: String,
    /// Folder of the programs.
    programs: String,
    /// Folder of the socket.
    pub(crate) socket: String,
    pub(crate) port: String,
    pub(crate) data: String,
    pub(crate) config_file: String,
    pub(crate) hba_file: String,
    pub(crate) database: String,
}

impl Installation {
    pub(crate) fn find() -> Result<Self, Error> {
        let db = sql("admin")?;
        let show = |name: &str| db.scalar(&format!("SELECT current_setting('{name}')"));
        let sockets = show("unix_socket_directories")?;
        let socket = sockets.split(',').next().unwrap_or_default().trim().to_owned();
        if socket.is_empty() {
            return Err(failed("the server has no local socket"));
        }
        Ok(Self {
            shell: shell(None)?,
            owner: setting("owner").unwrap_or_else(|| "postgres".into()),
            programs: db.scalar("SELECT setting FROM pg_config WHERE name = 'BINDIR'")?,
            socket,
            port: show("port")?,
            data: show("data_directory")?,
            config_file: show("config_file")?,
            hba_file: show("hba_file")?,
            database: db.scalar("SELECT current_database()")?,
        })
    }

    /// A command as the server's user, with its programs in the path.
    pub(crate) fn command<'a>(&'a self, argv: &[&str]) -> Command<'a> {
        self.shell.command(self.argv(argv)).elevated().timeout_s(600)
    }

    /// Its words, for a command or for what undoes one.
    pub(crate) fn argv(&self, argv: &[&str]) -> Vec<String> {
        let clients = setting("client_programs").map_or(String::new(), |folder| format!("{folder}:"));
        let (owner, path) = (&self.owner, format!("PATH={clients}{}:/usr/bin:/bin", self.programs));
        let user = [format!("--reuid={owner}"), format!("--regid={owner}"), "--clear-groups".to_owned()];
        let mut words = vec!["setpriv".to_owned()];
        words.extend(user);
        words.extend(["env".to_owned(), path, "LC_ALL=C.UTF-8".to_owned()]);
        words.extend(argv.iter().map(|word| (*word).to_owned()));
        words
    }

    pub(crate) fn run(&self, argv: &[&str]) -> Result<Output, Error> {
        Ok(self.command(argv).run()?)
    }

    /// A program that connects to the server, as its superuser.
    pub(crate) fn client(&self, argv: &[&str], database: &str) -> Result<Output, Error> {
        Ok(self.connected(argv, database).run()?)
    }

    pub(crate) fn connected<'a>(&'a self, argv: &[&str], database: &str) -> Command<'a> {
        self.command(argv).env("PGHOST", &self.socket).env("PGPORT", &self.port).env("PGDATABASE", database)
    }

    /// A folder of this run that belongs to the server's user; removed in the end.
    pub(crate) fn folder(&self, name: &str) -> Result<String, Error> {
        let scratch = self.shell.scratch()?;
        let path = format!("{scratch}/{name}");
        self.shell.undo(["rm", "-rf", "--", &path])?;
        let script = "mkdir -p \"$1/$2\" && chmod 711 \"$1\" && chmod 700 \"$1/$2\" && chown \"$3:$3\" \"$1/$2\"";
        self.shell.root(["sh", "-c", script, "sh", &scratch, name, &self.owner])?.success()?;
        Ok(path)
    }
}
