//! nginx before a web server: it takes requests and answers whole before it hands them on, and refuses what is too large.

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;

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
        let nginx = system::program("nginx")?;
        let (folder, port) = (lab.folder("nginx")?, lab.free_port()?);
        let at = folder.display();
        let configuration = folder.join("nginx.conf");
        // Temporary folders of its own: those of the package belong to the package's service.
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("  {kind}_temp_path {at}/{kind};\n"))
            .collect();
        let user = if system::is_root() { "user www-data;\n" } else { "" };
        system::write_file(
            &configuration,
            &format!(
                "{user}daemon off;\nworker_processes 1;\nworker_rlimit_nofile 8192;\npid {at}/pid;\nerror_log stderr;\n\
                 events {{ worker_connections 4096; }}\nhttp {{\n  access_log off;\n{temporary}  client_header_timeout 3s;\n  \
                 client_body_timeout 3s;\n  send_timeout 5s;\n  client_max_body_size 1m;\n  large_client_header_buffers 4 8k;\n  \
                 proxy_max_temp_file_size 64m;\n  server {{\n    listen 127.0.0.1:{port} backlog=1024;\n    \
                 listen [::1]:{port} backlog=1024;\n    location / {{\n      proxy_pass http://127.0.0.1:{backend_port};\n      \
                 proxy_set_header Host $http_host;\n    }}\n  }}\n}}\n"
            ),
        )?;
        let mut command = Command::new(nginx);
        command.env_clear().env("PATH", system::SERVICE_PATH).arg("-c").arg(&configuration).arg("-p").arg(&folder);
        let mut daemon = Daemon::spawn(lab, "nginx", &mut command, &folder.join("log"))?;
        daemon.wait_ready(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        Ok(Self { port, _daemon: daemon })
    }
}
