//! Commands over SSH: one connection a host, a channel a command.

use super::capture::{Capture, ErrorStream};
use super::command::{Command, Status};
use super::feed::feed;
use super::known_hosts::{Records, Standing};
use super::launch::{Ended, GRACE, Launch};
use super::quick_ack::QuickAck;
use super::{login, wrapper};
use crate::ProbeError;
use crate::error::chain;
use crate::secret::Redactor;
use russh::client::{self, Handle, Msg};
use russh::keys::{Algorithm, HashAlg, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, Sig};
use std::borrow::Cow;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, Semaphore};
use touchstone_model::inventory::SshSpec;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const LOGIN_TIMEOUT: Duration = Duration::from_secs(15);
const KEEPALIVE: Duration = Duration::from_secs(10);
/// sshd allows ten sessions a connection unless told otherwise; two are left for ending commands.
const CHANNELS: usize = 8;
const URGENT_CHANNELS: usize = 2;
/// Linux passes no longer argument, and a remote command is one.
const LONGEST_LINE: usize = 128 * 1024 - 1024;

/// The connection to one host; opened when needed, opened again when broken.
pub(crate) struct Link {
    spec: SshSpec,
    redactor: Arc<Redactor>,
    state: Mutex<State>,
    slots: Semaphore,
    urgent_slots: Semaphore,
}

#[derive(Default)]
struct State {
    open: Option<Arc<Open>>,
    failed: Option<(Instant, ProbeError)>,
}

struct Open {
    handle: Handle<Host>,
    /// Host that this connection goes through.
    _through: Option<Box<Open>>,
}

impl Link {
    pub(crate) fn new(spec: SshSpec, redactor: Arc<Redactor>) -> Self {
        let (slots, urgent_slots) = (Semaphore::new(CHANNELS), Semaphore::new(URGENT_CHANNELS));
        Self { spec, redactor, state: Mutex::default(), slots, urgent_slots }
    }

    /// Connects, unless that is done.
    pub(crate) async fn reach(&self) -> Result<(), ProbeError> {
        self.open().await.map(drop)
    }

    /// Ends the connection, where there is one.
    pub(crate) async fn close(&self) {
        if let Some(open) = self.state.lock().await.open.take() {
            let _ = open.handle.disconnect(russh::Disconnect::ByApplication, "done", "en").await;
        }
    }

    fn whom(&self) -> String {
        format!("{}@{}:{}", self.spec.user, self.spec.address, self.spec.port)
    }

    fn lost(&self, why: impl std::fmt::Display) -> ProbeError {
        ProbeError::Lost(format!("SSH {}: {why}", self.whom()))
    }

    async fn open(&self) -> Result<Arc<Open>, ProbeError> {
        let arrived = Instant::now();
        let mut state = self.state.lock().await;
        if let Some(open) = state.open.as_ref().filter(|open| !open.handle.is_closed()) {
            return Ok(open.clone());
        }
        // Whoever waited while another tried in vain shares the answer, instead of waiting for one more of the same.
        if let Some((_, error)) = state.failed.as_ref().filter(|(at, _)| *at >= arrived) {
            return Err(error.clone());
        }
        match connect(&self.spec, &self.redactor).await {
            Ok(open) => {
                let open = Arc::new(open);
                *state = State { open: Some(open.clone()), failed: None };
                Ok(open)
            }
            Err(error) => {
                *state = State { open: None, failed: Some((Instant::now(), error.clone())) };
                Err(error)
            }
        }
    }

    async fn channel(&self) -> Result<(Arc<Open>, Channel<Msg>), ProbeError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let open = self.open().await?;
            match tokio::time::timeout(CONNECT_TIMEOUT, open.handle.channel_open_session()).await {
                Ok(Ok(channel)) => return Ok((open, channel)),
                // A server that allows fewer sessions than usual: another of ours will end.
                Ok(Err(russh::Error::ChannelOpenFailure(_))) if tries < 100 => {
                    tokio::time::sleep(Duration::from_millis(50)).await
                }
                // The connection had broken unnoticed; nothing was started yet.
                Ok(Err(_)) if tries < 3 => {
                    let mut state = self.state.lock().await;
                    if state.open.as_ref().is_some_and(|current| Arc::ptr_eq(current, &open)) {
                        state.open = None;
                    }
                }
                Ok(Err(error)) => return Err(self.lost(chain(&error))),
                Err(_) => return Err(self.lost("no answer to a new channel")),
            }
        }
    }

    pub(super) async fn run(&self, launch: &Launch, command: &Command, urgent: bool) -> Result<Ended, ProbeError> {
        let line = wrapper::line(&launch.argv);
        if line.len() > LONGEST_LINE {
            return Err(ProbeError::Invalid(format!("a command of {} bytes is too long for SSH", line.len())));
        }
        let slots = if urgent { &self.urgent_slots } else { &self.slots };
        let _slot = slots.acquire().await.map_err(|_| self.lost("closed"))?;
        let (_open, channel) = self.channel().await?;
        let started = Instant::now();
        let mut stdout = Capture::after(command.output_limit, launch.word.as_deref());
        let mut stderr = ErrorStream::new(command.output_limit, launch.word.clone(), launch.stage.clone());
        let stage = stderr.follow();
        let (mut from, to) = channel.split();
        to.exec(true, line).await.map_err(|error| self.lost(chain(&error)))?;
        let mut ended: Option<(Status, Duration)> = None;
        let mut closed = false;
        let work = async {
            let feeding = feed(to.make_writer(), &command.stdin, launch.password.as_ref(), stage);
            tokio::pin!(feeding);
            let mut fed = false;
            loop {
                // A daemon may hold the streams open for ever; what the program itself wrote is on its way already.
                let patience = if ended.is_some() { GRACE } else { Duration::MAX };
                let message = tokio::select! {
                    biased;
                    message = from.wait() => message,
                    () = &mut feeding, if !fed => { fed = true; continue }
                    () = tokio::time::sleep(patience) => return Ok(()),
                };
                match message {
                    Some(ChannelMsg::Data { data }) => stdout.push(&data),
                    Some(ChannelMsg::ExtendedData { data, ext: 1 }) => stderr.push(&data),
                    Some(ChannelMsg::ExitStatus { exit_status }) => {
                        ended = Some((Status::Exited(i32::try_from(exit_status).unwrap_or(-1)), started.elapsed()));
                    }
                    Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                        ended = Some((Status::Signalled(number(&signal_name)), started.elapsed()));
                    }
                    Some(ChannelMsg::Failure) => return Err(self.lost("the server refuses to run commands")),
                    Some(ChannelMsg::Close) | None => {
                        closed = true;
                        return Ok(());
                    }
                    Some(_) => {}
                }
            }
        };
        let outcome = tokio::time::timeout(command.timeout, work).await;
        if !closed {
            let _ = to.close().await;
        }
        match (outcome, ended) {
            (_, Some((status, elapsed))) => Ok(Ended::of(status, stdout, stderr, elapsed)),
            (Ok(Err(error)), None) => Err(error),
            (Ok(Ok(())), None) => Err(self.lost("the link broke before the command's end was known")),
            (Err(_), None) => Ok(Ended { left: true, ..Ended::of(Status::TimedOut, stdout, stderr, started.elapsed()) }),
        }
    }
}

type Opening<'a> = Pin<Box<dyn Future<Output = Result<Open, ProbeError>> + Send + 'a>>;

/// Connects, through another host where the inventory says so.
fn connect<'a>(spec: &'a SshSpec, redactor: &'a Redactor) -> Opening<'a> {
    Box::pin(async move {
        let lost = |why: String| ProbeError::Lost(format!("SSH {}@{}:{}: {why}", spec.user, spec.address, spec.port));
        let late = |_| lost(format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()));
        let Some(jump) = &spec.jump else {
            let stream = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect((spec.address.as_str(), spec.port)))
                .await
                .map_err(late)?
                .map_err(|error| lost(error.to_string()))?;
            let _ = stream.set_nodelay(true);
            return Ok(Open { handle: greet(QuickAck(stream), spec, redactor).await?, _through: None });
        };
        let through = connect(jump, redactor).await?;
        let tunnel = through.handle.channel_open_direct_tcpip(&spec.address, u32::from(spec.port), "127.0.0.1", 0);
        let tunnel = tokio::time::timeout(CONNECT_TIMEOUT, tunnel)
            .await
            .map_err(late)?
            .map_err(|error| lost(format!("through {}:{}: {}", jump.address, jump.port, chain(&error))))?;
        Ok(Open { handle: greet(tunnel.into_stream(), spec, redactor).await?, _through: Some(Box::new(through)) })
    })
}

async fn greet<S>(stream: S, spec: &SshSpec, redactor: &Redactor) -> Result<Handle<Host>, ProbeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let lost = |why: String| ProbeError::Lost(format!("SSH {}@{}:{}: {why}", spec.user, spec.address, spec.port));
    let file = spec.known_hosts.clone();
    let records = Records::read(&file, &spec.address, spec.port)
        .map_err(|error| lost(format!("the known_hosts file {} cannot be read: {error}", file.display())))?;
    let mut config = client::Config {
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        inactivity_timeout: None,
        nodelay: true,
        ..client::Config::default()
    };
    // Types of keys that are on record first: else a server shows a key that cannot be compared, though it has one that could.
    let mut kinds = config.preferred.key.to_vec();
    kinds.sort_by_key(|kind| !records.has(recorded_name(kind)));
    config.preferred.key = Cow::Owned(kinds);
    let refusal = Arc::new(StdMutex::new(None));
    let host = Host { records, file, name: format!("{}:{}", spec.address, spec.port), refusal: refusal.clone() };
    let greeting = tokio::time::timeout(CONNECT_TIMEOUT, client::connect_stream(Arc::new(config), stream, host));
    let mut handle = match greeting.await {
        Err(_) => return Err(lost("no SSH greeting in time".to_owned())),
        Ok(Err(error)) => {
            let refused = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Err(lost(refused.unwrap_or_else(|| chain(&error))));
        }
        Ok(Ok(handle)) => handle,
    };
    tokio::time::timeout(LOGIN_TIMEOUT, login::log_in(&mut handle, spec, redactor))
        .await
        .map_err(|_| lost("the login was not answered in time".to_owned()))??;
    Ok(handle)
}

/// Compares the host's key with the record.
pub(super) struct Host {
    records: Records,
    file: PathBuf,
    name: String,
    refusal: Arc<StdMutex<Option<String>>>,
}

impl Host {
    fn judge(&self, key: &PublicKey) -> Result<(), String> {
        let kind = recorded_name(&key.algorithm()).to_owned();
        let bytes = key.to_bytes().map_err(|error| error.to_string())?;
        let (print, file) = (key.fingerprint(HashAlg::Sha256), self.file.display());
        match self.records.standing(&kind, &bytes) {
            Standing::Known => Ok(()),
            Standing::Unknown => Err(format!(
                "the host key is unknown: {} is not in {file} with a key of this type ({kind}, {print}); add it there only after \
                 comparing the fingerprint on the host itself",
                self.name
            )),
            Standing::Changed(line) => Err(format!(
                "the host key has CHANGED: {file} line {line} has another {kind} key for {}; the host now shows {print}. Either \
                 the host was set up anew or somebody is in between",
                self.name
            )),
            Standing::Revoked(line) => {
                Err(format!("the host key of {} ({kind}, {print}) is marked as revoked in {file} line {line}", self.name))
            }
        }
    }
}

impl client::Handler for Host {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let judged = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.judge(key),
            PublicKeyOrCertificate::Certificate(_) => Err("the host shows a certificate, which was not asked for".to_owned()),
        };
        let good = judged.is_ok();
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = judged.err();
        Ok(good)
    }
}

/// The name by which known_hosts calls keys of this type.
fn recorded_name(kind: &Algorithm) -> &str {
    match kind {
        Algorithm::Rsa { .. } => "ssh-rsa",
        other => other.as_str(),
    }
}

/// Linux numbers of the signals that the protocol names.
fn number(signal: &Sig) -> i32 {
    match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ILL => 4,
        Sig::ABRT => 6,
        Sig::FPE => 8,
        Sig::KILL => 9,
        Sig::USR1 => 10,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        Sig::ALRM => 14,
        Sig::TERM => 15,
        Sig::Custom(name) => match name.split('@').next() {
            Some("TRAP") => 5,
            Some("BUS") => 7,
            Some("USR2") => 12,
            Some("XCPU") => 24,
            Some("XFSZ") => 25,
            Some("SYS") => 31,
            _ => 0,
        },
    }
}
