//! The targets of a run and how to reach them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a secret is kept; the secret itself is never in a file of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// Name of an environment variable.
    Env(String),
    /// A file whose first line is the secret (or, for a key, the whole file).
    File(PathBuf),
}

/// An attack that a target must withstand (MW-21) is made only where its owner permits it.
pub const DENIAL_OF_SERVICE: &str = "denial-of-service";

/// Every word that `permits` knows.
pub const PERMITS: [&str; 1] = [DENIAL_OF_SERVICE];

/// All targets, by order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// The targets; names are unique.
    pub targets: Vec<TargetSpec>,
}

/// One target: host, database, application server, platform.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSpec {
    /// Unique name.
    pub name: String,
    /// host, database, middleware, platform.
    pub kind: String,
    /// For filters.
    pub tags: Vec<String>,
    /// Name of the adapter that knows the product.
    pub adapter: Option<String>,
    /// Overrides of check parameters, by name.
    pub params: BTreeMap<String, String>,
    /// What its adapter wants to know of this installation (folders, options), by the adapter's own names.
    pub settings: BTreeMap<String, String>,
    /// What the owner permits to be done to it beyond its ordinary use: `denial-of-service`.
    pub permits: Vec<String>,
    /// Nodes with a shell, by name; a target with one shell has one node called as the target.
    pub shells: Vec<(String, ShellSpec)>,
    /// The database, where it is one.
    pub sql: Option<SqlSpec>,
    /// HTTP endpoints, where it has any.
    pub http: Option<HttpSpec>,
    /// Further addresses (`host:port`) that net checks may talk to.
    pub addresses: Vec<String>,
    /// How much load may be put on it; absent: none.
    pub load: Option<LoadPermit>,
}

/// Load that the owner of a target permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadPermit {
    /// Requests a second.
    pub max_rate: u32,
    /// Connections at once.
    pub max_connections: u32,
}

/// How commands reach a node.
#[derive(Clone, Debug, PartialEq)]
pub struct ShellSpec {
    /// This machine or another.
    pub transport: Transport,
    /// Prefix of every command: chroot, nsenter, setarch, a container's exec.
    pub enter: Vec<String>,
    /// How `elevated` is reached when the user is not root.
    pub sudo: Option<SudoSpec>,
}

/// Where a shell runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Transport {
    /// The machine that the harness runs on.
    Local,
    /// Another, by SSH.
    Ssh(Box<SshSpec>),
}

/// `sudo -n`, or with a password on its standard input.
#[derive(Clone, Debug, PartialEq)]
pub struct SudoSpec {
    /// Absent: no password is asked.
    pub password: Option<SecretSource>,
}

/// An SSH server and who we are to it.
#[derive(Clone, Debug, PartialEq)]
pub struct SshSpec {
    /// Name or address.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// User to log in as.
    pub user: String,
    /// How to prove it, in this order of trying.
    pub auth: Vec<SshAuth>,
    /// File in OpenSSH's format; a host that is not in it is refused.
    pub known_hosts: PathBuf,
    /// Host to go through.
    pub jump: Option<Box<SshSpec>>,
}

/// One way to log in.
#[derive(Clone, Debug, PartialEq)]
pub enum SshAuth {
    /// Private key file, with the passphrase's source if it has one.
    Key {
        /// OpenSSH or PEM private key.
        file: PathBuf,
        /// Absent: the key is not encrypted.
        passphrase: Option<SecretSource>,
    },
    /// The agent at SSH_AUTH_SOCK or at this socket.
    Agent(Option<PathBuf>),
    /// Password.
    Password(SecretSource),
}

/// A database and its roles.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlSpec {
    /// `postgresql`, or `odbc`.
    pub protocol: String,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Database to connect to.
    pub database: String,
    /// What TLS must show.
    pub tls: TlsMode,
    /// PEM file of the authorities trusted; absent: the system's.
    pub ca_file: Option<PathBuf>,
    /// How its driver is found, for `odbc`.
    pub odbc: Option<OdbcSpec>,
    /// Product, for SQL dialects.
    pub product: Option<String>,
    /// Dialect family: oracle-like, postgres-like, mysql-like, firebird-like.
    pub family: Option<String>,
    /// Credentials by role name.
    pub roles: BTreeMap<String, Credential>,
}

/// An ODBC driver and what it is told; user and password come from the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OdbcSpec {
    /// Path of the driver's library, or its name in odbcinst.ini.
    pub driver: Option<String>,
    /// Name of a data source in odbc.ini, in place of the driver.
    pub dsn: Option<String>,
    /// Attributes of the connection string, in the driver's own words.
    pub options: Vec<(String, String)>,
    /// Attribute that takes the role's user: `UID` for most drivers.
    pub user_key: String,
    /// Attribute that takes the role's password: `PWD` for most drivers.
    pub password_key: String,
}

impl OdbcSpec {
    /// For people: the data source, or the driver's file name.
    pub fn name(&self) -> &str {
        let driver = self.driver.as_deref().map(|driver| driver.rsplit('/').next().unwrap_or(driver));
        self.dsn.as_deref().or(driver).unwrap_or_default()
    }
}

/// Demands on TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Plain.
    #[default]
    Disable,
    /// Encrypted, whoever answers.
    Require,
    /// Encrypted, and the certificate is checked against the name.
    VerifyFull,
}

/// A user and the password's source.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// User name.
    pub user: String,
    /// Absent: no password is sent.
    pub password: Option<SecretSource>,
}

/// HTTP endpoints of a target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpSpec {
    /// Base URL by purpose (application, console ...).
    pub endpoints: BTreeMap<String, String>,
    /// Credential names, usable by adapters and checks by name only. A credential called like an endpoint belongs to it.
    pub credentials: BTreeMap<String, Credential>,
    /// PEM file of the authorities trusted; absent: the system's.
    pub ca_file: Option<PathBuf>,
    /// Accept any certificate (the observation says so).
    pub insecure: bool,
}
