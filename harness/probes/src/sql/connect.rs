//! A connection of a role, as the inventory describes it.

use super::elsewhere::Guarded;
use crate::ProbeError;
use crate::error::chain;
use crate::reach::Reach;
use crate::secret::{self, Redactor};
use crate::tls::{self, Trust};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use touchstone_model::inventory::{Credential, SqlSpec, TlsMode};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection, and what drives it.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) driver: JoinHandle<()>,
    pub(crate) tls: Option<MakeRustlsConnect>,
    /// Where it leads, where the library did not connect by itself and so does not know it.
    pub(crate) by: Option<SocketAddr>,
}

/// Whether the place is the inventory's, or one that somebody else named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    Own,
    Elsewhere,
}

/// The role's credential, where the protocol is spoken here and there is such a role.
pub(crate) fn usable<'a>(spec: &'a SqlSpec, role: &str) -> Result<&'a Credential, ProbeError> {
    if spec.protocol != "postgresql" {
        return Err(ProbeError::Unavailable(format!("this host does not speak the protocol {:?}", spec.protocol)));
    }
    let none = || ProbeError::Unavailable(format!("the inventory names no role {role:?} for this database"));
    spec.roles.get(role).ok_or_else(none)
}

pub(crate) async fn connect(
    spec: &SqlSpec,
    reach: &Reach,
    role: &str,
    application: &str,
    redactor: &Redactor,
) -> Result<Connected, ProbeError> {
    connect_on(spec, reach, role, application, redactor, Ground::Own).await
}

pub(super) async fn connect_on(
    spec: &SqlSpec,
    reach: &Reach,
    role: &str,
    application: &str,
    redactor: &Redactor,
    ground: Ground,
) -> Result<Connected, ProbeError> {
    let credential = usable(spec, role)?;
    let mut config = Config::new();
    config
        .dbname(&spec.database)
        .user(&credential.user)
        .application_name(application)
        .connect_timeout(CONNECT_TIMEOUT)
        .keepalives_idle(Duration::from_secs(15))
        .ssl_mode(if spec.tls == TlsMode::Disable { SslMode::Disable } else { SslMode::Require });
    if let Some(source) = &credential.password {
        let password = secret::resolve(source)?;
        redactor.add(&password);
        config.password(password.expose());
    }
    let place = format!("{}@{}:{}/{}", credential.user, spec.host, spec.port, spec.database);
    let mut addresses = Vec::new();
    if spec.host.starts_with('/') {
        // The folder of a socket, not a name.
        config.host(&spec.host).port(spec.port);
    } else {
        let found = reach.resolve(&spec.host, spec.port, None).await;
        addresses = found.map_err(|failure| ProbeError::Lost(format!("SQL {place}: {failure}")))?;
        for address in &addresses {
            config.host(&spec.host).hostaddr(address.ip()).port(address.port());
        }
    }
    let lost = |error: Error| ProbeError::Lost(redactor.text(&format!("SQL {place}: {}", chain(&error))));
    let late = |_| ProbeError::Lost(format!("SQL {place}: no session within {} s", CONNECT_TIMEOUT.as_secs()));
    let trust = match spec.tls {
        TlsMode::Disable => None,
        TlsMode::Require => Some(Trust::Anybody),
        TlsMode::VerifyFull => Some(spec.ca_file.as_deref().map_or(Trust::System, Trust::File)),
    };
    let tls = trust.map(|trust| tls::client(&trust).map(MakeRustlsConnect::new)).transpose()?;
    let mut by = None;
    let (client, driver) = match &tls {
        None if ground == Ground::Elsewhere => {
            let failed = |error: std::io::Error| ProbeError::Lost(format!("SQL {place}: {error}"));
            let opening = async {
                let stream = Guarded::connect(&addresses).await.map_err(failed)?;
                by = stream.peer();
                config.connect_raw(stream, NoTls).await.map_err(lost)
            };
            let (client, connection) = tokio::time::timeout(CONNECT_TIMEOUT, opening).await.map_err(late)??;
            (client, tokio::spawn(async move { drop(connection.await) }))
        }
        None => {
            let opening = tokio::time::timeout(CONNECT_TIMEOUT, config.connect(NoTls)).await;
            let (client, connection) = opening.map_err(late)?.map_err(lost)?;
            (client, tokio::spawn(async move { drop(connection.await) }))
        }
        Some(tls) => {
            let opening = tokio::time::timeout(CONNECT_TIMEOUT, config.connect(tls.clone())).await;
            let (client, connection) = opening.map_err(late)?.map_err(lost)?;
            (client, tokio::spawn(async move { drop(connection.await) }))
        }
    };
    Ok(Connected { client, driver, tls, by })
}
