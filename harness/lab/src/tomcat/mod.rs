//! An Apache Tomcat server.

mod alarm;
mod cluster;
mod data_source;
mod domain;
mod files;
mod pages;
mod versions;

pub use alarm::CPU_ALARM_STAND_IN;
pub use cluster::TomcatCluster;
pub use data_source::{DataSource, POOL_SIZE};
pub use domain::DomainStandIn;
pub use pages::LOG_PAGE;
pub use versions::{outside_stand_in, versions, versions_in_name_only};

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes at which a rolling log rolls.
pub const LOG_LIMIT: u32 = files::ROLLING.0;
/// Files of a rolling log that are kept.
pub const LOG_FILES: u32 = files::ROLLING.1;

const USER: &str = "tomcat";
const HOME: &str = "/usr/share/tomcat10";

/// What can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct TomcatOptions {
    /// Listen on ::1 too.
    pub ipv6: bool,
    /// Listen on this address too.
    pub also: Option<Ipv6Addr>,
    /// Connections that the server holds at once.
    pub max_connections: u32,
    /// How long the server waits for the next bytes of a request, in milliseconds.
    pub connection_timeout_ms: u32,
    /// Look at the folder of applications all the time.
    pub auto_deploy: bool,
    /// With the manager application.
    pub manager: bool,
    /// The product's own bounds on what a client may send; without, none.
    pub bounded: bool,
    /// Started again whenever its process ends, and ended when its heap is used up.
    pub supervised: bool,
    /// Supervised, and replaced when it does not answer.
    pub watched: bool,
    /// Supervised, but what is started again dies as soon as it serves.
    pub crash_loops: bool,
    /// Log to files that roll at [`LOG_LIMIT`] bytes, [`LOG_FILES`] of them; without, only to one that grows.
    pub rolling_logs: bool,
    /// With a stand-in for an alarm of CPU use, [`CPU_ALARM_STAND_IN`].
    pub cpu_alarm: bool,
    /// The console's sign-in is a page, instead of the browser's own question.
    pub form_console: bool,
    /// The newest log file is served at [`LOG_PAGE`].
    pub log_page: bool,
    /// One of two nodes that copy their sessions to each other.
    pub member: Option<Member>,
}

/// A node of a cluster of two.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// 1 or 2.
    pub number: u8,
    /// Port of its receiver, on 127.0.0.1.
    pub port: u16,
    /// Port of the other node's receiver.
    pub other_port: u16,
    /// The nodes talk to each other on ::1, not on 127.0.0.1.
    pub ipv6: bool,
}

/// Starts a program again and again, as a service manager does.
const SUPERVISOR: &str = "while :; do \"$@\"; sleep 0.3; done";

/// As [`SUPERVISOR`]; ends a program that left three questions in a row unanswered.
const WATCHDOG: &str = "while :; do \"$@\" & p=$!; bad=0; sleep 8; while kill -0 $p; do sleep 1; \
    if curl -fs -m 2 -o /dev/null \"http://127.0.0.1:$PORT/\"; then bad=0; else bad=$((bad + 1)); fi; \
    if [ $bad -ge 3 ]; then kill -9 $p; break; fi; done; wait $p; sleep 0.3; done";

/// As [`SUPERVISOR`]; what is started after the first is killed half a second after its first answer.
const CRASH_LOOP: &str = "\"$@\"; while :; do \"$@\" & p=$!; \
    while kill -0 $p && ! curl -fs -m 1 -o /dev/null \"http://127.0.0.1:$PORT/\"; do sleep 0.1; done; sleep 0.5; kill -9 $p; wait $p; done";

impl Default for TomcatOptions {
    fn default() -> Self {
        Self {
            ipv6: true,
            also: None,
            max_connections: 200,
            connection_timeout_ms: 20_000,
            auto_deploy: true,
            manager: true,
            bounded: true,
            supervised: false,
            watched: false,
            crash_loops: false,
            rolling_logs: true,
            cpu_alarm: false,
            form_console: false,
            log_page: false,
            member: None,
        }
    }
}

/// A Tomcat server with a small root application (`/` static, `/session.jsp` counts calls in a session) and the
/// manager application.
#[derive(Debug)]
pub struct Tomcat {
    /// TCP port of HTTP, on 127.0.0.1 and, if so chosen, on ::1.
    pub port: u16,
    /// Path of the console.
    pub console_path: &'static str,
    /// User of the console, with the roles manager-gui, manager-script, manager-jmx and manager-status.
    pub user: String,
    /// That user's password.
    pub password: String,
    /// The server's own folder (conf, logs, webapps, work, temp).
    pub base: PathBuf,
    /// Whether it has the manager application.
    pub manager: bool,
    daemon: Daemon,
}

impl Tomcat {
    /// Starts a server with the default options.
    ///
    /// # Errors
    /// A package is absent, or the server does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        Self::start_with(lab, TomcatOptions::default())
    }

    /// Starts a server.
    ///
    /// # Errors
    /// A package is absent, or the server does not come up.
    pub fn start_with(lab: &Lab, options: TomcatOptions) -> Result<Self, LabError> {
        Self::start_with_data_sources(lab, options, &[])
    }

    /// Starts a server whose applications find these data sources.
    ///
    /// # Errors
    /// A package is absent, or the server does not come up.
    pub fn start_with_data_sources(lab: &Lab, options: TomcatOptions, sources: &[DataSource]) -> Result<Self, LabError> {
        let bootstrap = Path::new(HOME).join("bin/bootstrap.jar");
        for needed in [bootstrap.as_path(), Path::new(files::MANAGER)] {
            if !needed.exists() {
                return Err(LabError::Missing { what: needed.display().to_string() });
            }
        }
        let java = system::program("java")?;
        let base = lab.folder("tomcat")?;
        let port = lab.free_port()?;
        let password = system::random_password()?;
        files::write_base(&base, port, &options, &password)?;
        if !sources.is_empty() {
            data_source::install(&base, sources)?;
        }
        if options.cpu_alarm {
            alarm::install(&base, HOME)?;
        }
        system::give_to(USER, &base)?;
        // Without bounds every connection may take much.
        let heap = if options.bounded { "-Xmx128m" } else { "-Xmx512m" };
        let script = match &options {
            TomcatOptions { watched: true, .. } => Some(WATCHDOG),
            TomcatOptions { crash_loops: true, .. } => Some(CRASH_LOOP),
            TomcatOptions { supervised: true, .. } => Some(SUPERVISOR),
            _ => None,
        };
        let mut command = if let Some(script) = script {
            let mut supervisor = system::command_as(USER, Path::new("/bin/sh"))?;
            supervisor
                .env("PORT", port.to_string())
                .args(["-c", script, "supervisor"])
                .arg(&java)
                .arg("-XX:+ExitOnOutOfMemoryError");
            supervisor
        } else {
            system::command_as(USER, &java)?
        };
        command
            .env("HOME", &base)
            // One compiler level, one collector thread and the archive of shared classes: half the time to start.
            .args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xms64m", heap])
            .arg("-Djava.net.preferIPv4Stack=false")
            .arg("-Djava.security.egd=file:/dev/urandom")
            .arg("-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager")
            .arg(format!("-Djava.util.logging.config.file={}", base.join("conf/logging.properties").display()))
            .arg(format!("-Dcatalina.home={HOME}"))
            .arg(format!("-Dcatalina.base={}", base.display()))
            .arg(format!("-Djava.io.tmpdir={}", base.join("temp").display()))
            .arg("-classpath")
            .arg(format!("{}:{HOME}/bin/tomcat-juli.jar", bootstrap.display()))
            .args(["org.apache.catalina.startup.Bootstrap", "start"]);
        let mut daemon = Daemon::spawn(lab, "tomcat", &mut command, &base.join("logs/out.log"))?;
        daemon.wait_ready(|| answers(port))?;
        Ok(Self {
            port,
            console_path: "/manager/html",
            user: "admin".to_owned(),
            password,
            base,
            manager: options.manager,
            daemon,
        })
    }

    /// Process number of the server.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// Kills the server at once.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }
}

/// True if the root application answers: the port opens before the applications are there.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(files::GREETING))
}
