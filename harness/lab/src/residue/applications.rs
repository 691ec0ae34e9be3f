//! A Tomcat server: what is deployed, as the server itself says and as its folders show.

use super::Place;
use crate::{LabError, Tomcat, system};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A server, asked by its manager's text interface and through its folders.
#[derive(Clone, Debug)]
pub struct Applications {
    port: u16,
    user: String,
    password: String,
    base: PathBuf,
}

impl Applications {
    /// Of the lab.
    #[must_use]
    pub fn of(server: &Tomcat) -> Self {
        Self { port: server.port, user: server.user.clone(), password: server.password.clone(), base: server.base.clone() }
    }

    /// The folder where whatever is put is deployed.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.base.join("webapps")
    }

    /// The manager's list; sessions come and go by themselves and are left out.
    fn deployed(&self) -> Result<String, LabError> {
        let unable = |reason: String| LabError::Unable { service: "the list of applications".to_owned(), reason };
        let mut curl = Command::new(system::program("curl")?)
            .args(["-sS", "--fail", "--max-time", "10", "-K", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| unable(error.to_string()))?;
        if let Some(mut stdin) = curl.stdin.take() {
            // By standard input: arguments are for everybody to see.
            let asked = format!(
                "url = \"http://127.0.0.1:{}/manager/text/list\"\nuser = \"{}:{}\"\n",
                self.port, self.user, self.password
            );
            stdin.write_all(asked.as_bytes()).map_err(|error| unable(error.to_string()))?;
        }
        let output = curl.wait_with_output().map_err(|error| unable(error.to_string()))?;
        if !output.status.success() {
            return Err(unable(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let one = |line: &str| {
            let mut parts = line.splitn(4, ':');
            let (path, state) = (parts.next()?, parts.next()?);
            let folder = parts.nth(1)?;
            path.starts_with('/').then(|| format!("application\t{path} {state} {folder}\n"))
        };
        Ok(said.lines().filter_map(one).collect())
    }
}

impl Place for Applications {
    fn list(&self) -> Result<String, LabError> {
        let mut find = Command::new(system::program("find")?);
        for folder in ["webapps", "conf"] {
            find.arg(self.base.join(folder));
        }
        find.args(["-type", "f", "-printf", "deployed file\t%s %T@ %p\n", "-o", "-printf", "deployed file\t%p\n"]);
        Ok(self.deployed()? + &system::run(&mut find)?)
    }
}
