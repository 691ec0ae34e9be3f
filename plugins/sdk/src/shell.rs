//! Commands on a node of the target.

use crate::bindings::touchstone::contract::shell as contract;
use crate::stop::{Stop, inconclusive, say};

pub use contract::ExitStatus;

/// Most characters of a command's words that are repeated in a report; the whole output is in the evidence.
const SAID: usize = 240;

/// A node of the target.
pub struct Shell {
    session: contract::Session,
}

/// A command being put together.
#[must_use]
pub struct Command<'a> {
    shell: &'a Shell,
    command: contract::Command,
    may_be_cut_off: bool,
}

/// What a command did.
pub struct Output {
    /// The program's name.
    pub program: String,
    /// How it ended.
    pub status: ExitStatus,
    /// As bytes.
    pub stdout: Vec<u8>,
    /// As bytes.
    pub stderr: Vec<u8>,
    /// Microseconds.
    pub elapsed_us: u64,
}

impl Shell {
    pub(crate) fn open(node: Option<&str>) -> Result<Self, Stop> {
        Ok(Self { session: contract::open(node)? })
    }

    /// Begins a command: program and arguments, never interpreted by a shell.
    pub fn command<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Command<'_> {
        Command {
            shell: self,
            command: contract::Command {
                argv: argv.into_iter().map(|word| word.as_ref().to_owned()).collect(),
                stdin: Vec::new(),
                env: vec![("LC_ALL".into(), "C".into())],
                elevated: false,
                timeout_ms: None,
                output_limit: None,
            },
            may_be_cut_off: false,
        }
    }

    /// Runs a command.
    pub fn run<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Output, Stop> {
        self.command(argv).run()
    }

    /// Runs a command with administrator rights.
    pub fn root<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Output, Stop> {
        self.command(argv).elevated().run()
    }

    /// Has a command run with administrator rights when the check is over, however it ends. Say it before the act that it
    /// undoes; last said, first run. It may be run twice, also where the act was never done: it must succeed all the same.
    pub fn undo<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<(), Stop> {
        self.command(argv).elevated().defer()
    }

    /// Absolute path of a fresh folder, removed by the host.
    pub fn scratch(&self) -> Result<String, Stop> {
        Ok(self.session.scratch()?)
    }

    /// Writes a file in the scratch folder.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Stop> {
        Ok(self.session.write_file(name, content)?)
    }

    /// Reads a file of the scratch folder, `limit` bytes at most.
    pub fn read(&self, name: &str, limit: u32) -> Result<Vec<u8>, Stop> {
        Ok(self.session.read_file(name, limit)?)
    }

    /// The path of the first of these programs that the target has, looked up where an administrator would.
    pub fn finds(&self, programs: &[&str]) -> Result<Option<String>, Stop> {
        let script = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; for p; do command -v \"$p\" && exit 0; done; exit 1";
        let mut argv = vec!["sh", "-c", script, "sh"];
        argv.extend(programs);
        let found = self.run(argv)?;
        match found.status {
            ExitStatus::Exited(0) => Ok(Some(found.text())),
            ExitStatus::Exited(1) => Ok(None),
            _ => found.success().map(|_| None),
        }
    }

    /// Like [`Shell::finds`]; a helper that is nowhere makes the check inconclusive.
    pub fn helper(&self, programs: &[&str]) -> Result<String, Stop> {
        match self.finds(programs)? {
            Some(path) => Ok(path),
            None => missing(&programs.join("|")),
        }
    }
}

fn missing<T>(program: &str) -> Result<T, Stop> {
    inconclusive(say(format!("目标上缺少辅助程序 {program}"), format!("helper program {program} is missing on the target")))
}

impl Command<'_> {
    /// With administrator rights, by the means the inventory names.
    pub fn elevated(mut self) -> Self {
        self.command.elevated = true;
        self
    }

    /// What it reads.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.command.stdin = bytes.into();
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env.push((name.into(), value.into()));
        self
    }

    /// Seconds after which it is ended.
    pub fn timeout_s(mut self, seconds: u32) -> Self {
        self.command.timeout_ms = Some(seconds.saturating_mul(1000));
        self
    }

    /// Bytes kept of each stream.
    pub fn output_limit(mut self, bytes: u32) -> Self {
        self.command.output_limit = Some(bytes);
        self
    }

    /// Its time limit may pass: the check looks at [`Output::status`], for what is missing may only have come too late.
    pub fn may_be_cut_off(mut self) -> Self {
        self.may_be_cut_off = true;
        self
    }

    /// Runs it and waits. That a busy target did not get to its end in time says nothing about what it would have said: the check
    /// is inconclusive, unless it [may be cut off](Command::may_be_cut_off).
    pub fn run(self) -> Result<Output, Stop> {
        let program = self.command.argv.first().cloned().unwrap_or_default();
        let output = self.shell.session.run(&self.command)?;
        if matches!(output.status, ExitStatus::TimedOut) && !self.may_be_cut_off {
            let words = self.command.argv.join(" ").chars().take(SAID).collect::<String>();
            return inconclusive(say(
                format!("命令未在限时内结束：{words}"),
                format!("a command did not end within its time limit: {words}"),
            ));
        }
        Ok(Output { program, status: output.status, stdout: output.stdout, stderr: output.stderr, elapsed_us: output.elapsed_us })
    }

    /// Has it run when the check is over.
    pub fn defer(mut self) -> Result<(), Stop> {
        // Nobody reads what a deferred command says: it needs no locale, and the host keeps its words only.
        self.command.env.clear();
        Ok(self.shell.session.defer(&self.command)?)
    }
}

impl Output {
    /// Ended by itself with code 0. Never enough for a verdict: look at the effect.
    pub fn ok(&self) -> bool {
        matches!(self.status, ExitStatus::Exited(0))
    }

    /// No such program on the target.
    pub fn not_found(&self) -> bool {
        matches!(self.status, ExitStatus::NotFound | ExitStatus::Exited(127))
    }

    /// What it wrote, without white space around it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }

    /// What it wrote to its error stream.
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }

    /// Lines that it wrote.
    pub fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// How it ended and what it complained of, in one line, for `actual`.
    pub fn said(&self) -> String {
        let status = match self.status {
            ExitStatus::Exited(code) => format!("exit {code}"),
            ExitStatus::Signalled(signal) => format!("signal {signal}"),
            ExitStatus::TimedOut => "timed out".into(),
            ExitStatus::NotFound => "not found".into(),
        };
        let errors = self.error_text();
        let words = if errors.is_empty() { self.text() } else { errors };
        let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID).collect();
        if words.is_empty() { format!("{}: {status}", self.program) } else { format!("{}: {status}: {words}", self.program) }
    }

    /// For a helper whose failing says nothing about the target: anything but success makes the check inconclusive.
    pub fn success(self) -> Result<Self, Stop> {
        if self.ok() {
            return Ok(self);
        }
        if self.not_found() {
            return missing(&self.program);
        }
        let said = self.said();
        inconclusive(say("辅助步骤失败", format!("a helper step failed: {said}")))
    }
}
