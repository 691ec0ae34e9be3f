//! Nodes under a stand-in for a domain manager, which the product does not have.

use super::{HOME, TomcatOptions, USER, answers, files};
use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

/// Two real nodes and a stand-in that manages them.
#[derive(Debug)]
pub struct DomainStandIn {
    /// TCP ports of HTTP of the two nodes, on 127.0.0.1 and ::1.
    pub ports: [u16; 2],
    /// Program that gives it orders: `members`, `join NAME PORT`, `start|stop|leave NAME`, `deploy PATH FILE`, `undeploy PATH`,
    /// `property NAME [VALUE]`.
    pub command: PathBuf,
    _daemon: Daemon,
}

const CLIENT: &str = "#!/bin/sh\nset -- \"$1\" \"${2-}\" \"${3-}\"\nif [ \"$1\" = deploy ]; then\n    \
    exec curl -sS --fail-with-body -X POST --data-binary \"@$3\" \"http://127.0.0.1:PORT/deploy?a=$2\"\nfi\n\
    exec curl -sS --fail-with-body -X POST \"http://127.0.0.1:PORT/$1?a=$2&b=$3\"\n";

impl DomainStandIn {
    /// Starts it and has two nodes join.
    ///
    /// # Errors
    /// A package is absent, not root, or the nodes do not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("domain-stand-in")?;
        let (folder, template) = (lab.folder("domain-stand-in")?, lab.folder("domain-template")?);
        let options = TomcatOptions { manager: false, ..TomcatOptions::default() };
        files::write_base(&template, 1, &options, &system::random_password()?)?;
        let script = folder.join("domain_stand_in.py");
        system::write_file(&script, include_str!("../../engines/domain_stand_in.py"))?;
        let port = lab.free_port()?;
        let client = folder.join("domain");
        system::write_file(&client, &CLIENT.replace("PORT", &port.to_string()))?;
        system::make_executable(&client)?;
        let mut command = Command::new(system::program("python3")?);
        command.env_clear().env("PATH", system::SERVICE_PATH).env("LANG", "C.UTF-8").arg("-B").arg(&script);
        command.arg(port.to_string()).arg(&template).arg(&folder);
        command.arg(system::program("setpriv")?).args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"]);
        command.args(["--pdeathsig", "KILL"]).arg(system::program("java")?);
        command.args(["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx96m", "{properties}"]);
        command.args(["-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager"]);
        command.arg("-Djava.util.logging.config.file={base}/conf/logging.properties");
        command.arg(format!("-Dcatalina.home={HOME}")).args(["-Dcatalina.base={base}", "-Djava.io.tmpdir={base}/temp"]);
        command.args(["-classpath", &format!("{HOME}/bin/bootstrap.jar:{HOME}/bin/tomcat-juli.jar")]);
        command.args(["org.apache.catalina.startup.Bootstrap", "start"]);
        let mut daemon = Daemon::spawn(lab, "domain-stand-in", &mut command, &folder.join("log"))?;
        daemon.wait_ready(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        let ports = [lab.free_port()?, lab.free_port()?];
        for (name, port) in ["n1", "n2"].into_iter().zip(ports) {
            system::run(Command::new(&client).args(["join", name, &port.to_string()]))?;
        }
        daemon.wait_ready(|| ports.iter().all(|port| answers(*port)))?;
        Ok(Self { ports, command: client, _daemon: daemon })
    }
}
