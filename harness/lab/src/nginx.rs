//! nginx: before a web server, where it takes requests and answers whole before it hands them on, and refuses what is too large; or
//! over TLS by itself.

use crate::process::Daemon;
use crate::{Lab, LabError, system, tls};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a client may take of the proxy's time and room.
const BOUNDS: &str = "  client_header_timeout 3s;\n  client_body_timeout 3s;\n  send_timeout 5s;\n  client_max_body_size 1m;\n  \
                      large_client_header_buffers 4 8k;\n  proxy_max_temp_file_size 64m;\n";

/// A proxy on 127.0.0.1 and ::1: the side of the controls that is protected against slow and oversized requests.
#[derive(Debug)]
pub struct Nginx {
    /// TCP port.
    pub port: u16,
    _daemon: Daemon,
}

impl Nginx {
    /// Starts a proxy before the web server at `backend_port`.
    ///
    /// # Errors
    /// The package is absent, or the proxy does not come up.
    pub fn start(lab: &Lab, backend_port: u16) -> Result<Self, LabError> {
        Self::start_with(lab, backend_port, "", "")
    }

    /// As [`Self::start`], letting through ten requests a second: the others wait for their turn.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn throttled(lab: &Lab, backend_port: u16) -> Result<Self, LabError> {
        let zone = "  limit_req_zone $binary_remote_addr zone=all:1m rate=10r/s;\n";
        Self::start_with(lab, backend_port, zone, "limit_req zone=all burst=100000;\n      ")
    }

    fn start_with(lab: &Lab, backend_port: u16, common: &str, location: &str) -> Result<Self, LabError> {
        let nginx = system::program("nginx")?;
        let (folder, port) = (lab.folder("nginx")?, lab.free_port()?);
        configure(
            &folder,
            &format!("{BOUNDS}{common}"),
            &format!(
                "listen 127.0.0.1:{port} backlog=1024;\n    listen [::1]:{port} backlog=1024;\n    location / {{\n      {location}\
             proxy_pass http://127.0.0.1:{backend_port};\n      proxy_set_header Host $http_host;\n    }}"
            ),
        )?;
        Ok(Self { port, _daemon: spawn(lab, &nginx, &folder, port)? })
    }
}

/// A server of its own over TLS 1.2 or later that speaks HTTP/2 to whoever offers it; its page is the protocol that it saw.
#[derive(Debug)]
pub struct SecureNginx {
    /// TCP port, on 127.0.0.1.
    pub port: u16,
    /// PEM file of the authority that vouches for it as `localhost`.
    pub ca_file: PathBuf,
    _daemon: Daemon,
}

impl SecureNginx {
    /// Starts a server.
    ///
    /// # Errors
    /// The package is absent, or the server does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let nginx = system::program("nginx")?;
        let (folder, port) = (lab.folder("secure-nginx")?, lab.free_port()?);
        let identity = tls::make(&folder)?;
        let server = format!(
            "listen 127.0.0.1:{port} ssl http2;\n    ssl_certificate {};\n    ssl_certificate_key {};\n    \
             location / {{ default_type text/plain; return 200 $server_protocol; }}",
            identity.certificate.display(),
            identity.key.display(),
        );
        configure(&folder, "", &server)?;
        Ok(Self { port, ca_file: identity.ca_file, _daemon: spawn(lab, &nginx, &folder, port)? })
    }
}

/// A proxy over TLS before a web server, and a plain port that sends everybody there.
#[derive(Debug)]
pub struct SecureFront {
    /// TCP port over TLS, on 127.0.0.1.
    pub port: u16,
    /// TCP port in the clear, on 127.0.0.1.
    pub plain_port: u16,
    /// PEM file of the authority that vouches for it as `localhost`.
    pub ca_file: PathBuf,
    _daemon: Daemon,
}

impl SecureFront {
    /// Starts a proxy before the web server at `backend_port`.
    ///
    /// # Errors
    /// The package is absent, or the proxy does not come up.
    pub fn start(lab: &Lab, backend_port: u16) -> Result<Self, LabError> {
        let nginx = system::program("nginx")?;
        let (folder, port, plain_port) = (lab.folder("secure-front")?, lab.free_port()?, lab.free_port()?);
        let identity = tls::make(&folder)?;
        let server = format!(
            "listen 127.0.0.1:{port} ssl;\n    ssl_certificate {};\n    ssl_certificate_key {};\n    location / {{\n      \
             proxy_pass http://127.0.0.1:{backend_port};\n      proxy_set_header Host $http_host;\n      proxy_set_header Origin \"\";\n      \
             proxy_redirect http://$http_host/ https://$http_host/;\n    }}\n  }}\n  server {{\n    listen 127.0.0.1:{plain_port};\n    \
             return 302 https://localhost:{port}$request_uri;",
            identity.certificate.display(),
            identity.key.display(),
        );
        configure(&folder, "  client_max_body_size 16m;\n", &server)?;
        Ok(Self { port, plain_port, ca_file: identity.ca_file, _daemon: spawn(lab, &nginx, &folder, plain_port)? })
    }
}

/// Writes the configuration: one server, with `common` before it.
fn configure(folder: &Path, common: &str, server: &str) -> Result<(), LabError> {
    let at = folder.display();
    // Temporary folders of its own: those of the package belong to the package's service.
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("  {kind}_temp_path {at}/{kind};\n"))
        .collect();
    let user = if system::is_root() { "user www-data;\n" } else { "" };
    system::write_file(
        &folder.join("nginx.conf"),
        &format!(
            "{user}daemon off;\nworker_processes 1;\nworker_rlimit_nofile 8192;\npid {at}/pid;\nerror_log stderr;\n\
             events {{ worker_connections 4096; }}\nhttp {{\n  access_log off;\n{temporary}{common}  server {{\n    {server}\n  }}\n}}\n"
        ),
    )
}

fn spawn(lab: &Lab, nginx: &Path, folder: &Path, port: u16) -> Result<Daemon, LabError> {
    let mut command = Command::new(nginx);
    command.env_clear().env("PATH", system::SERVICE_PATH).arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(folder);
    let mut daemon = Daemon::spawn(lab, "nginx", &mut command, &folder.join("log"))?;
    daemon.wait_ready(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
    Ok(daemon)
}
