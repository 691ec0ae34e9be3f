//! HAProxy before a web server: the side of the controls that is protected against slow requests.

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::net::{Ipv4Addr, Ipv6Addr, TcpStream};

/// A proxy on 127.0.0.1 and ::1 that drops a request whose header is not complete within three seconds.
#[derive(Debug)]
pub struct Haproxy {
    /// TCP port.
    pub port: u16,
    daemon: Daemon,
}

impl Haproxy {
    /// Starts a proxy before the web server at `backend_port`.
    ///
    /// # Errors
    /// The package is absent, or the proxy does not come up.
    pub fn start(lab: &Lab, backend_port: u16) -> Result<Self, LabError> {
        Self::before(lab, &format!("  server one 127.0.0.1:{backend_port} maxconn 100\n"))
    }

    /// Starts a balancer before two nodes: in turn, sessions by cookie, and dead nodes are found and avoided.
    ///
    /// # Errors
    /// The package is absent, or the proxy does not come up.
    pub fn balance(lab: &Lab, ports: [u16; 2]) -> Result<Self, LabError> {
        let [one, two] = ports;
        Self::before(
            lab,
            &format!(
                "  balance roundrobin\n  cookie NODE insert indirect nocache\n  option redispatch 1\n  retries 3\n  \
                 retry-on conn-failure empty-response response-timeout 502 503\n  option httpchk GET /\n  \
                 default-server inter 300ms fall 2 rise 2\n  server n1 127.0.0.1:{one} cookie n1 check\n  \
                 server n2 127.0.0.1:{two} cookie n2 check\n"
            ),
        )
    }

    /// Starts a balancer that does its work badly: nine of ten requests to the first node, no sessions, no look at nodes, and no
    /// second try where one does not answer.
    ///
    /// # Errors
    /// The package is absent, or the proxy does not come up.
    pub fn unbalanced(lab: &Lab, ports: [u16; 2]) -> Result<Self, LabError> {
        let [one, two] = ports;
        Self::before(
            lab,
            &format!(
                "  balance roundrobin\n  retries 0\n  server n1 127.0.0.1:{one} weight 90\n  server n2 127.0.0.1:{two} weight 10\n"
            ),
        )
    }

    fn before(lab: &Lab, servers: &str) -> Result<Self, LabError> {
        let haproxy = system::program("haproxy")?;
        let folder = lab.folder("haproxy")?;
        let port = lab.free_port()?;
        let configuration = folder.join("haproxy.cfg");
        system::write_file(
            &configuration,
            &format!(
                "global\n  maxconn 4000\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 10s\n  \
                 timeout server 30s\n  timeout http-request 3s\n  timeout http-keep-alive 5s\n  timeout queue 5s\n\
                 frontend web\n  bind 127.0.0.1:{port}\n  bind [::1]:{port}\n  option http-buffer-request\n  \
                 default_backend server\nbackend server\n{servers}"
            ),
        )?;
        let mut command = system::command_as("haproxy", &haproxy)?;
        command.arg("-db").arg("-f").arg(&configuration);
        let mut daemon = Daemon::spawn(lab, "haproxy", &mut command, &folder.join("haproxy.log"))?;
        daemon.wait_ready(|| {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() && TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_ok()
        })?;
        Ok(Self { port, daemon })
    }

    /// Process number of the proxy.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}
