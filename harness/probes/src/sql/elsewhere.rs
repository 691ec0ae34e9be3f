//! Sessions at another place than the inventory's: a restored instance, another database of the same server.
//!
//! Who answers there is named by an adapter. So only the target's own hosts count, and no password is shown to whoever asks for
//! it in clear: an adapter that lets something of its own listen there learns nothing by it.

use crate::ProbeError;
use crate::reach::{Reach, plain};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use touchstone_model::inventory::{OdbcSpec, SqlSpec, TlsMode};

/// Where; what is absent is as the inventory has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Name or address.
    pub host: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// Database.
    pub database: Option<String>,
}

const HOST_KEYS: [&str; 4] = ["SERVER", "SERVERNAME", "HOST", "HOSTNAME"];
const PORT_KEYS: [&str; 2] = ["PORT", "TCP_PORT"];
const DATABASE_KEYS: [&str; 2] = ["DATABASE", "DB"];

/// The same database as the inventory has it, at another place.
pub(crate) fn moved(spec: &SqlSpec, place: &Place, reach: &Reach) -> Result<SqlSpec, ProbeError> {
    let mut spec = spec.clone();
    let own = match &spec.odbc {
        Some(odbc) => attribute(odbc, &HOST_KEYS).unwrap_or_default().to_owned(),
        None => spec.host.clone(),
    };
    if let Some(host) = &place.host {
        let known = plain(host) == plain(&own) || (is_loopback(host) && is_loopback(&own)) || reach.has_host(host);
        if !known {
            return Err(ProbeError::Denied(format!("{host} is no address of the target")));
        }
    }
    if let Some(odbc) = &mut spec.odbc {
        put(odbc, &HOST_KEYS, place.host.as_ref())?;
        put(odbc, &PORT_KEYS, place.port.map(|port| port.to_string()).as_ref())?;
        put(odbc, &DATABASE_KEYS, place.database.as_ref())?;
        return Ok(spec);
    }
    if spec.tls == TlsMode::Require {
        let words = "tls = \"require\" asks nobody who they are, so no password is sent to another place; use verify-full";
        return Err(ProbeError::Denied(words.to_owned()));
    }
    spec.host = place.host.clone().unwrap_or(spec.host);
    spec.port = place.port.unwrap_or(spec.port);
    spec.database = place.database.clone().unwrap_or(spec.database);
    Ok(spec)
}

fn is_loopback(host: &str) -> bool {
    let host = plain(host);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn attribute<'a>(odbc: &'a OdbcSpec, keys: &[&str]) -> Option<&'a str> {
    let found = odbc.options.iter().find(|(key, _)| keys.iter().any(|known| key.eq_ignore_ascii_case(known)));
    found.map(|(_, value)| value.as_str())
}

fn put(odbc: &mut OdbcSpec, keys: &[&str], value: Option<&String>) -> Result<(), ProbeError> {
    let Some(value) = value else { return Ok(()) };
    // A driver's connection string has no other way to hold these.
    if value.contains([';', '{', '}']) {
        return Err(ProbeError::Invalid(format!("{value:?} cannot be put into a connection string")));
    }
    let known = odbc.options.iter_mut().find(|(key, _)| keys.iter().any(|known| key.eq_ignore_ascii_case(known)));
    match known {
        Some((_, old)) => old.clone_from(value),
        None => {
            let words = format!("the inventory's options name no {} that could be changed", keys.join(", "));
            return Err(ProbeError::Unavailable(words));
        }
    }
    Ok(())
}

/// A stream that ends where its other side asks for a password in clear (AuthenticationCleartextPassword of the protocol).
pub(super) struct Guarded {
    stream: TcpStream,
    /// The beginning of what the server says.
    first: Vec<u8>,
}

/// Kind, length and code of an authentication request.
const REQUEST: usize = 9;

impl Guarded {
    pub(super) async fn connect(addresses: &[SocketAddr]) -> io::Result<Self> {
        let stream = TcpStream::connect(addresses).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, first: Vec::with_capacity(REQUEST) })
    }

    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    fn look(&mut self, new: &[u8]) -> io::Result<()> {
        let room = REQUEST - self.first.len();
        self.first.extend(new.iter().take(room));
        let refuse = |words: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, words.to_owned()));
        match (self.first.first(), self.first.get(5..REQUEST)) {
            (None | Some(b'E'), _) | (Some(b'R'), None) => Ok(()),
            (Some(b'R'), Some([0, 0, 0, 3])) => {
                refuse("it asks for the password in clear, which only the inventory's own place gets")
            }
            (Some(b'R'), Some(_)) => Ok(()),
            (Some(_), _) => refuse("it does not begin as a server of this protocol does"),
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.first.len() < REQUEST
            && let Poll::Ready(Ok(())) = &read
            && let Err(refused) = self.look(&buf.filled()[before..])
        {
            return Poll::Ready(Err(refused));
        }
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Redactor;
    use crate::sql::Session;
    use touchstone_model::inventory::{Credential, SecretSource, TargetSpec};

    fn spec() -> SqlSpec {
        SqlSpec {
            protocol: "postgresql".into(),
            host: "127.0.0.1".into(),
            port: 5432,
            database: "d".into(),
            tls: TlsMode::Disable,
            ca_file: None,
            odbc: None,
            product: None,
            family: None,
            roles: [("app".to_owned(), Credential { user: "u".into(), password: None })].into(),
        }
    }

    fn reach() -> Reach {
        Reach::new(&TargetSpec {
            name: "t".into(),
            kind: "database".into(),
            tags: vec![],
            adapter: None,
            params: Default::default(),
            settings: Default::default(),
            permits: Vec::new(),
            shells: vec![],
            sql: Some(spec()),
            http: None,
            addresses: vec!["10.0.0.7:5432".into()],
            load: None,
        })
    }

    #[test]
    fn only_the_targets_own_hosts() {
        let at = |host: &str| moved(&spec(), &Place { host: Some(host.into()), port: Some(7), database: None }, &reach());
        assert_eq!(at("localhost").map(|spec| (spec.port, spec.database)).ok(), Some((7, "d".to_owned())));
        assert!(at("[::1]").is_ok() && at("10.0.0.7").is_ok());
        assert!(matches!(at("10.0.0.8"), Err(ProbeError::Denied(_))));
        let unasked = SqlSpec { tls: TlsMode::Require, ..spec() };
        assert!(matches!(moved(&unasked, &Place::default(), &reach()), Err(ProbeError::Denied(_))));
    }

    #[test]
    fn a_connection_string_is_not_broken_out_of() {
        let options = vec![("Server".to_owned(), "127.0.0.1".to_owned()), ("PORT".to_owned(), "1".to_owned())];
        let odbc = OdbcSpec { driver: None, dsn: None, options, user_key: "UID".into(), password_key: "PWD".into() };
        let spec = SqlSpec { odbc: Some(odbc), protocol: "odbc".into(), ..spec() };
        let place = Place { host: None, port: Some(2), database: None };
        let changed = moved(&spec, &place, &reach()).expect("moved").odbc.expect("ODBC").options;
        assert_eq!(changed[1].1, "2");
        for database in ["x;SERVER=evil", "x"] {
            let place = Place { database: Some(database.into()), ..Place::default() };
            assert!(moved(&spec, &place, &reach()).is_err(), "{database}");
        }
    }

    /// Somebody else who listens there does not get the password by asking for it.
    #[tokio::test]
    async fn nobody_is_shown_the_password() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("password");
        std::fs::write(&file, "very-secret-indeed\n").expect("written");
        let mut spec = SqlSpec { port, ..spec() };
        spec.roles.insert("app".into(), Credential { user: "u".into(), password: Some(SecretSource::File(file)) });
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut said = vec![0; 4096];
            let mut length = stream.read(&mut said).await.expect("its first words");
            stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]).await.expect("asked");
            length += stream.read(&mut said[length..]).await.unwrap_or(0);
            String::from_utf8_lossy(&said[..length]).into_owned()
        });
        let opened = Session::open_elsewhere(&spec, &Reach::default(), "app", "", &Redactor::default()).await;
        assert!(matches!(&opened, Err(ProbeError::Lost(words)) if words.contains("password in clear")), "{opened:?}");
        let heard = heard.await.expect("heard");
        assert!(!heard.contains("very-secret-indeed"), "{heard:?}");
    }
}
