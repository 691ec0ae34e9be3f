//! A node: one place where commands run.

use super::capture::{Stage, prompt};
use super::command::{Command, Output, Status};
use super::launch::{Ended, Launch};
use super::ssh::Link;
use super::{local, mark, wrapper};
use crate::secret::{self, Redactor};
use crate::{ProbeError, identifier};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use touchstone_model::inventory::ShellSpec;

/// Longest time for ending what a command left on another machine.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// Says who we are, where temporary files go, and what two numbers make: what only repeats what it knows can't say that.
const INTRODUCE: &str = r#"id -u && printf '%s\n' "${TMPDIR:-/tmp}" && echo $(( $1 * $2 ))"#;

/// One place where commands run: this machine or another, perhaps entered through a prefix. Cheap to share.
#[derive(Clone)]
pub struct Node {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    name: String,
    spec: ShellSpec,
    /// Absent: this machine.
    link: Option<Arc<Link>>,
    redactor: Arc<Redactor>,
    /// Whether commands have administrator rights already.
    root: bool,
    /// Folder for temporary files.
    pub(super) temp: String,
}

impl Node {
    /// Connects where needed and looks who we are there.
    pub(crate) async fn open(
        name: &str,
        spec: &ShellSpec,
        link: Option<Arc<Link>>,
        redactor: Arc<Redactor>,
    ) -> Result<Self, ProbeError> {
        let direct = link.is_none() && spec.enter.is_empty();
        let temp = std::env::var("TMPDIR").ok().filter(|folder| folder.starts_with('/')).unwrap_or_else(|| "/tmp".to_owned());
        let temp = temp.trim_end_matches('/').to_owned();
        let mut inner =
            Inner { name: name.to_owned(), spec: spec.clone(), link, redactor, root: direct && local::is_root(), temp };
        if !direct {
            let stranger = Self { inner: Arc::new(inner) };
            let [one, two] = [factor()?, factor()?];
            let argv = ["/bin/sh", "-c", INTRODUCE, "touchstone", &one.to_string(), &two.to_string()];
            let mut introduction = Command::new(argv);
            introduction.timeout = Duration::from_secs(15);
            let output = stranger.run(introduction).await?;
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut lines = said.lines();
            let (user, folder) = (lines.next().and_then(|id| id.parse::<u32>().ok()), lines.next());
            let product = lines.next().and_then(|product| product.parse::<u32>().ok());
            let folder = folder.filter(|folder| folder.starts_with('/') && product == Some(one * two));
            let (Some(user), Some(folder)) = (user, folder) else {
                return Err(ProbeError::Lost(format!("node {name} does not answer like a POSIX shell: {said:?}")));
            };
            inner = Arc::try_unwrap(stranger.inner).map_err(|_| ProbeError::other("node", "still in use"))?;
            inner.root = user == 0;
            inner.temp = folder.trim_end_matches('/').to_owned();
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Its name in the inventory.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Whether `elevated` has an effect here: already root, or sudo is named in the inventory.
    pub fn can_elevate(&self) -> bool {
        self.inner.root || self.inner.spec.sudo.is_some()
    }

    /// Runs a command to its end or to its time limit. Dropping the future ends everything that it started.
    ///
    /// A daemon that a command left behind on purpose lives on after the command ended by itself.
    ///
    /// # Errors
    /// The command makes no sense, the node was lost, or administrator rights were refused. Never how the command itself
    /// ended: that is [`Output::status`].
    pub async fn run(&self, command: Command) -> Result<Output, ProbeError> {
        command.check()?;
        let sudo = command.elevated && !self.inner.root;
        let launch = self.inner.launch(&command, sudo)?;
        let mut undertaker = Undertaker {
            node: self.inner.clone(),
            marker: launch.marker.clone(),
            stage: launch.stage.subscribe(),
            sudo,
            armed: self.inner.needs_undertaker(&launch),
        };
        let ended = self.inner.transport(&launch, &command, false).await?;
        if ended.status == Status::TimedOut {
            if undertaker.armed {
                undertaker.end_all().await?;
            } else if ended.left {
                return Err(ProbeError::other("still-alive", format!("{} could not be ended", command.argv[0])));
            }
        }
        undertaker.armed = false;
        self.inner.explain(&launch, &command, sudo, ended)
    }

    /// Ends every process here that a command with a [`super::CHECK_MARKER`] which begins with `marker` left, also one that
    /// cleared its environment, and what descends from them.
    ///
    /// # Errors
    /// The node was lost, or something is still alive.
    pub async fn end_all(&self, marker: &str) -> Result<(), ProbeError> {
        let sudo = !self.inner.root && self.inner.spec.sudo.is_some();
        if self.inner.link.is_none() && self.inner.spec.enter.is_empty() && !sudo {
            let left = local::end_marked(marker).await;
            return if left.is_empty() { Ok(()) } else { Err(ProbeError::other("still-alive", format!("processes {left:?}"))) };
        }
        self.inner.kill(marker, Stage::Silent, sudo).await
    }
}

/// A number below 2^15 and not small, so that the product is nothing that anybody would say by chance.
fn factor() -> Result<u32, ProbeError> {
    let digits = identifier::random()?;
    let random = digits.bytes().fold(0_u32, |sum, digit| sum.wrapping_mul(31).wrapping_add(u32::from(digit)));
    Ok(10_000 + random % 20_000)
}

impl Inner {
    fn launch(&self, command: &Command, sudo: bool) -> Result<Launch, ProbeError> {
        let marker = identifier::random()?;
        let stage = watch::Sender::new(Stage::Silent);
        let mark = mark::of(&command.env);
        if self.link.is_none() && self.spec.enter.is_empty() && !sudo {
            let (argv, env) = (command.argv.clone(), command.env.clone());
            return Ok(Launch { argv, env, marker, mark, word: None, password: None, stage });
        }
        let word = identifier::random()?;
        let mut argv = self.spec.enter.clone();
        let mut password = None;
        if sudo {
            let Some(spec) = &self.spec.sudo else {
                let message = format!("node {}: not root, and the inventory names no way to become it", self.name);
                return Err(ProbeError::Unavailable(message));
            };
            argv.push("sudo".to_owned());
            if let Some(source) = &spec.password {
                let secret = secret::resolve(source)?;
                self.redactor.add(&secret);
                password = Some(secret);
                argv.extend(["-S".to_owned(), "-p".to_owned(), prompt(&word)]);
            } else {
                argv.push("-n".to_owned());
            }
            argv.push("--".to_owned());
        }
        let mut env = vec![(wrapper::MARKER.to_owned(), marker.clone())];
        env.extend(command.env.iter().cloned());
        argv.extend(wrapper::run(&word, mark, &env, &command.argv));
        Ok(Launch { argv, env: Vec::new(), marker, mark, word: Some(word), password, stage })
    }

    async fn transport(&self, launch: &Launch, command: &Command, urgent: bool) -> Result<Ended, ProbeError> {
        match &self.link {
            None => local::run(launch, command).await,
            Some(link) => link.run(launch, command, urgent).await,
        }
    }

    /// Whether something else than this process must end what the command starts: another machine's processes, or those of a
    /// user that we are not.
    fn needs_undertaker(&self, launch: &Launch) -> bool {
        self.link.is_some() || (launch.word.is_some() && !local::is_root())
    }

    /// Tells a command that ended from one that was never started.
    fn explain(&self, launch: &Launch, command: &Command, sudo: bool, ended: Ended) -> Result<Output, ProbeError> {
        let stage = ended.stderr.stage();
        if launch.word.is_none() || matches!(stage, Stage::Started(_) | Stage::Absent) {
            return Ok(ended.into());
        }
        let program = &command.argv[0];
        let words = self.redactor.text(&ended.stderr.words_before());
        Err(match ended.status {
            Status::TimedOut => ProbeError::TimedOut(format!("before {program} was started on node {}. {words}", self.name)),
            _ if sudo => ProbeError::Unavailable(format!("node {}: sudo refused: {words}", self.name)),
            Status::NotFound => ProbeError::Lost(format!("node {}: no program {} to enter it by", self.name, launch.argv[0])),
            status => {
                let way = if self.spec.enter.is_empty() { "its login shell" } else { "what enters it" };
                ProbeError::Lost(format!("node {}: {way} did not start the command ({status:?}): {words}", self.name))
            }
        })
    }

    async fn kill(&self, marker: &str, stage: Stage, sudo: bool) -> Result<(), ProbeError> {
        let process = match stage {
            Stage::Started(process) => Some(process),
            _ => None,
        };
        let mut command = Command::new(wrapper::kill(marker, process));
        command.timeout = KILL_TIMEOUT;
        let launch = self.launch(&command, sudo)?;
        let ended = self.transport(&launch, &command, true).await?;
        match ended.status {
            Status::Exited(0) => Ok(()),
            status => Err(ProbeError::Lost(format!(
                "node {}: what a command had started could not be ended ({status:?}): {}{}",
                self.name,
                String::from_utf8_lossy(&ended.stdout.bytes).trim(),
                self.redactor.text(&ended.stderr.words_before()),
            ))),
        }
    }
}

/// Ends what this process cannot end by itself, also when the future is dropped.
struct Undertaker {
    node: Arc<Inner>,
    marker: String,
    stage: watch::Receiver<Stage>,
    sudo: bool,
    armed: bool,
}

impl Undertaker {
    async fn end_all(&mut self) -> Result<(), ProbeError> {
        let stage = *self.stage.borrow();
        let killed = self.node.kill(&self.marker, stage, self.sudo).await;
        // A second attempt, should this one have failed, is made when we are dropped.
        self.armed = killed.is_err();
        killed
    }
}

impl Drop for Undertaker {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let (node, marker, stage, sudo) = (self.node.clone(), std::mem::take(&mut self.marker), *self.stage.borrow(), self.sudo);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = node.kill(&marker, stage, sudo).await {
                    tracing::warn!(node = node.name, %error, "what a dropped command started may still run");
                }
            });
        }
    }
}
