//! An Eclipse Jetty server (javax name space).

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};

const USER: &str = "jetty";
const HOME: &str = "/usr/share/jetty9";

/// A server that watches a folder of applications; without a console.
#[derive(Debug)]
pub struct Jetty {
    /// TCP port of HTTP, on 127.0.0.1.
    pub port: u16,
    /// The server's own folder.
    pub base: PathBuf,
    _daemon: Daemon,
}

impl Jetty {
    /// Starts a server.
    ///
    /// # Errors
    /// The package is absent, or the server does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let start = Path::new(HOME).join("start.jar");
        if !start.exists() {
            return Err(LabError::Missing { what: start.display().to_string() });
        }
        let (base, port) = (lab.folder("jetty")?, lab.free_port()?);
        for folder in ["webapps", "logs", "tmp"] {
            system::make_folder(&base.join(folder), 0o755)?;
        }
        system::write_file(
            &base.join("start.ini"),
            &format!(
                "--module=server\n--module=http\n--module=deploy\n--module=webapp\n--module=jsp\n\
                 jetty.http.host=127.0.0.1\njetty.http.port={port}\njetty.deploy.scanInterval=1\n"
            ),
        )?;
        system::give_to(USER, &base)?;
        let mut command = system::command_as(USER, &system::program("java")?)?;
        command
            .env("HOME", &base)
            .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"])
            .arg(format!("-Djava.io.tmpdir={}", base.join("tmp").display()))
            .arg("-jar")
            .arg(&start)
            .arg(format!("jetty.home={HOME}"))
            .arg(format!("jetty.base={}", base.display()));
        let mut daemon = Daemon::spawn(lab, "jetty", &mut command, &base.join("logs/out.log"))?;
        // The port opens when the applications are there.
        daemon.wait_ready(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        Ok(Self { port, base, _daemon: daemon })
    }
}
