//! OpenSSH's server and agent.

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A process namespace: with its first process everything in it ends.
const APART: [&str; 6] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation=private"];

/// Lays a file of passwords over the machine's, for the server and what it starts. Arguments: the file, the server's command.
const WITH_PASSWORDS: &str = r#"mount --bind "$0" /etc/shadow && exec "$@""#;

/// Only PAM's questions let anybody in.
const ASKING: &str =
    "UsePAM yes\nKbdInteractiveAuthentication yes\nAuthenticationMethods keyboard-interactive\nPermitRootLogin yes\n";

/// sshd wants this folder; it is empty and belongs to the package, whose start script makes it.
const PRIVILEGE_SEPARATION: &str = "/run/sshd";

/// An SSH server on 127.0.0.1 with a fresh host key, and an agent that holds the client's key.
#[derive(Debug)]
pub struct Sshd {
    /// TCP port.
    pub port: u16,
    /// User to log in as: whoever runs the lab.
    pub user: String,
    /// Public host key, as in known_hosts (type and base64).
    pub host_key_pub: String,
    /// Names this server with its key.
    pub known_hosts_file: PathBuf,
    /// Names this server with another key.
    pub wrong_known_hosts_file: PathBuf,
    /// Private key that may log in, without passphrase, mode 0600.
    pub client_key: PathBuf,
    /// Private key that may not.
    pub other_key: PathBuf,
    /// File of the public keys that may log in.
    pub authorized_keys: PathBuf,
    /// Socket of an agent that holds `client_key`.
    pub agent_socket: PathBuf,
    way: Way,
    lab: Lab,
    sshd: Daemon,
    _agent: Daemon,
}

/// How the server is started.
#[derive(Debug)]
struct Way {
    configuration: PathBuf,
    log: PathBuf,
    /// What is put before its command, to start it elsewhere.
    before: Vec<String>,
}

impl Way {
    fn start(&self, lab: &Lab, port: u16) -> Result<Daemon, LabError> {
        let sshd = system::program("sshd")?;
        let mut command = match self.before.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(system::program(program)?);
                command.args(arguments).arg(sshd);
                command
            }
            None => Command::new(sshd),
        };
        command.args(["-D", "-e", "-f"]).arg(&self.configuration);
        command.env_clear().env("PATH", system::SERVICE_PATH);
        let mut sshd = Daemon::spawn(lab, "sshd", &mut command, &self.log)?;
        sshd.wait_ready(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        Ok(sshd)
    }
}

impl Sshd {
    /// Starts server and agent.
    ///
    /// # Errors
    /// A package is absent, or one of them does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        Self::start_as(lab, "", Vec::new())
    }

    /// With lines of sshd_config(5) before its own, which go before them: like a server that somebody else has set up.
    ///
    /// # Errors
    /// A package is absent, or one of them does not come up.
    pub fn start_with(lab: &Lab, settings: &str) -> Result<Self, LabError> {
        Self::start_as(lab, settings, Vec::new())
    }

    /// As [`Self::start`], with a process namespace of its own: killed, everything that was started through it dies with it,
    /// as in a reboot.
    ///
    /// # Errors
    /// As for [`Self::start`]; not root.
    pub fn start_apart(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("an SSH server apart")?;
        Self::start_as(lab, "", APART.map(str::to_owned).to_vec())
    }

    /// A server that leaves logins to PAM, which asks (keyboard-interactive, RFC 4256) for root's password: this one, known in a
    /// mount namespace of the server's own only.
    ///
    /// # Errors
    /// As for [`Self::start`]; not root.
    pub fn start_asking(lab: &Lab, password: &str) -> Result<Self, LabError> {
        system::need_root("an SSH server with passwords of its own")?;
        let folder = lab.folder("passwords")?;
        let (plain, file) = (folder.join("plain"), folder.join("shadow"));
        system::write_secret(&plain, password)?;
        let hash = system::run(Command::new(system::program("openssl")?).args(["passwd", "-6", "-in"]).arg(&plain))?;
        system::write_secret(&file, &format!("root:{}:19000:0:99999:7:::\n", hash.trim()))?;
        let before = ["unshare", "--mount", "--propagation", "private", "sh", "-c", WITH_PASSWORDS];
        let before = before.map(str::to_owned).into_iter().chain([file.display().to_string()]);
        Self::start_as(lab, ASKING, before.collect())
    }

    fn start_as(lab: &Lab, settings: &str, before: Vec<String>) -> Result<Self, LabError> {
        let folder = lab.folder("sshd")?;
        let key = |name: &str| -> Result<PathBuf, LabError> {
            let path = folder.join(name);
            let mut command = Command::new(system::program("ssh-keygen")?);
            system::run(command.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&path))?;
            Ok(path)
        };
        let (host_key, client_key, other_key) = (key("host-key")?, key("client-key")?, key("other-key")?);
        let port = lab.free_port()?;
        let host_key_pub = public(&host_key)?;
        let known = |key: &str| format!("[127.0.0.1]:{port} {key}\n[localhost]:{port} {key}\n");
        let known_hosts_file = folder.join("known_hosts");
        system::write_file(&known_hosts_file, &known(&host_key_pub))?;
        let wrong_known_hosts_file = folder.join("wrong_known_hosts");
        system::write_file(&wrong_known_hosts_file, &known(&public(&other_key)?))?;
        let authorized = folder.join("authorized_keys");
        system::write_secret(&authorized, &format!("{}\n", public(&client_key)?))?;
        if system::is_root() {
            system::make_folder(Path::new(PRIVILEGE_SEPARATION), 0o755)?;
        }
        let configuration = folder.join("sshd_config");
        system::write_file(&configuration, &(settings.to_owned() + &configure(port, &host_key, &authorized)))?;
        let way = Way { configuration, log: folder.join("sshd.log"), before };
        let sshd = way.start(lab, port)?;
        let (agent, agent_socket) = start_agent(lab, &folder, &client_key)?;
        let user = system::run(Command::new(system::program("id")?).arg("-un"))?.trim().to_owned();
        Ok(Self {
            port,
            user,
            host_key_pub,
            known_hosts_file,
            wrong_known_hosts_file,
            client_key,
            other_key,
            agent_socket,
            authorized_keys: authorized,
            way,
            lab: lab.clone(),
            sshd,
            _agent: agent,
        })
    }

    /// Kills the server and its sessions at once.
    pub fn kill(&mut self) {
        self.sshd.kill();
    }

    /// Starts the server after [`Self::kill`], on the same port, with the same keys.
    ///
    /// # Errors
    /// It does not come up.
    pub fn start_again(&mut self) -> Result<(), LabError> {
        self.sshd = self.way.start(&self.lab, self.port)?;
        Ok(())
    }

    /// Process number of the server (or of what holds its namespace).
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.sshd.pid()
    }
}

fn start_agent(lab: &Lab, folder: &Path, key: &Path) -> Result<(Daemon, PathBuf), LabError> {
    let socket = folder.join("agent.sock");
    let mut command = Command::new(system::program("ssh-agent")?);
    command.args(["-D", "-a"]).arg(&socket);
    let mut agent = Daemon::spawn(lab, "ssh-agent", &mut command, &folder.join("agent.log"))?;
    agent.wait_ready(|| std::os::unix::net::UnixStream::connect(&socket).is_ok())?;
    system::run(Command::new(system::program("ssh-add")?).arg("-q").arg(key).env("SSH_AUTH_SOCK", &socket))?;
    Ok((agent, socket))
}

fn configure(port: u16, host_key: &Path, authorized: &Path) -> String {
    // A locked account is let in by its key only where PAM decides.
    let locked = std::fs::read_to_string("/etc/shadow").is_ok_and(|text| text.lines().any(|line| line.starts_with("root:!")));
    // bash reads its interactive start-up file for remote commands unless it is told that it is not the first shell: what
    // root keeps there on this machine is not the lab's.
    format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {host}\nAuthorizedKeysFile {authorized}\nPidFile none\n\
         PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM {pam}\n\
         StrictModes no\nMaxSessions 200\nMaxStartups 200\nUseDNS no\nPrintMotd no\nLogLevel ERROR\n\
         Subsystem sftp internal-sftp\nSetEnv SHLVL=1\n",
        host = host_key.display(),
        authorized = authorized.display(),
        pam = if locked { "yes" } else { "no" },
    )
}

/// Type and base64 of a key's public half.
fn public(key: &Path) -> Result<String, LabError> {
    use crate::error::Doing;
    let path = key.with_extension("pub");
    let text = std::fs::read_to_string(&path).doing(|| format!("reading {}", path.display()))?;
    Ok(text.split(' ').take(2).collect::<Vec<_>>().join(" "))
}
