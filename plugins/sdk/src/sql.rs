//! Statements to a database.

use crate::bindings::touchstone::contract::sql as contract;
use crate::stop::{Stop, inconclusive, say};

use std::cell::RefCell;

pub use crate::bindings::touchstone::contract::dialect::{Script, Way};
pub use crate::bindings::touchstone::contract::types::Place;
pub use contract::{Done, Failure, Value};

/// A session of one role.
pub struct Sql {
    session: contract::Session,
}

/// A statement under way. Dropped before its answer came, it is cancelled and its session ends.
#[must_use]
pub struct Pending {
    pending: contract::Pending,
    statement: String,
    /// An answer that came and was not given yet.
    answer: RefCell<Option<contract::Outcome>>,
}

/// What the server answered. An answer that never came ends the check as inconclusive.
pub enum Reply {
    /// The server says it is done; look at the effect.
    Done(Done),
    /// The server refused it.
    Refused(Failure),
}

/// How a script went.
pub enum Performed {
    /// Every statement of one way was accepted; look at the effect.
    Whole,
    /// Every way met a refusal; of the last one:
    Refused {
        /// What the server said.
        failure: Failure,
        /// To which statement, from 0.
        at: usize,
    },
}

impl Sql {
    pub(crate) fn open(role: &str) -> Result<Self, Stop> {
        Ok(Self { session: contract::open(role)? })
    }

    pub(crate) fn open_at(role: &str, place: &Place) -> Result<Self, Stop> {
        Ok(Self { session: contract::open_at(role, place)? })
    }

    /// Sends a statement and does not wait for its answer. Whatever this session is asked meanwhile is done after it.
    pub fn start(&self, statement: &str, timeout_ms: u32) -> Result<Pending, Stop> {
        Ok(Pending {
            pending: self.session.start(statement, &[], Some(timeout_ms))?,
            statement: statement.to_owned(),
            answer: RefCell::default(),
        })
    }

    /// Executes exactly one statement.
    pub fn run(&self, statement: &str) -> Result<Reply, Stop> {
        told(self.session.execute(statement, &[], None)?, statement)
    }

    /// As [`Self::run`], given up by the server after this time.
    pub fn run_within(&self, statement: &str, timeout_ms: u32) -> Result<Reply, Stop> {
        told(self.session.execute(statement, &[], Some(timeout_ms))?, statement)
    }

    /// A statement of the check's own preparation: its refusal says nothing about the capability asked for.
    pub fn setup(&self, statement: &str) -> Result<Done, Stop> {
        match self.run(statement)? {
            Reply::Done(done) => Ok(done),
            Reply::Refused(failure) => {
                inconclusive(say("准备语句被拒绝", format!("a set-up statement was refused: {}: {statement}", failure.said())))
            }
        }
    }

    /// The rows of a query, every value as text, `NULL` for null. The query's refusal makes the check inconclusive.
    pub fn rows(&self, query: &str) -> Result<Vec<Vec<String>>, Stop> {
        let done = self.setup(query)?;
        if done.truncated {
            return inconclusive(say("结果被截断", format!("the result was cut short: {query}")));
        }
        Ok(done.rows.iter().map(|row| row.iter().map(text).collect()).collect())
    }

    /// The only value of a query.
    pub fn scalar(&self, query: &str) -> Result<String, Stop> {
        match self.rows(query)?.into_iter().next().and_then(|row| row.into_iter().next()) {
            Some(value) => Ok(value),
            None => inconclusive(say("查询没有返回行", format!("the query returned no row: {query}"))),
        }
    }

    /// Has a statement run when the check is over, however it ends. Say it before the act that it undoes. It may be run
    /// twice, also where the act was never done: it must succeed all the same (`IF EXISTS`).
    pub fn undo(&self, statement: &str) -> Result<(), Stop> {
        Ok(self.session.defer(statement)?)
    }

    /// Begins a transaction; false when the target refuses.
    pub fn begin(&self) -> Result<bool, Stop> {
        Ok(told(self.session.begin()?, "begin")?.is_done())
    }

    /// Undoes the transaction; a refusal makes the check inconclusive.
    pub fn rollback(&self) -> Result<(), Stop> {
        ended(told(self.session.rollback()?, "rollback")?, "rollback")
    }

    /// Keeps what the transaction did; a refusal makes the check inconclusive.
    pub fn commit(&self) -> Result<(), Stop> {
        ended(told(self.session.commit()?, "commit")?, "commit")
    }

    /// Executes the first way of a script that the server accepts whole; what undoes it is registered before.
    pub fn perform(&self, script: &Script) -> Result<Performed, Stop> {
        let mut last = None;
        for way in &script.ways {
            for statement in way.undo.iter().rev() {
                self.undo(statement)?;
            }
            match self.all(&way.statements)? {
                None => return Ok(Performed::Whole),
                Some(stumble) => last = Some(stumble),
            }
        }
        match last {
            Some(stumble) => Ok(stumble),
            None => inconclusive(say("该用例没有语句", format!("the dialect {} has no statements for the case", script.source))),
        }
    }

    /// Executes statements up to the first that is refused.
    fn all(&self, statements: &[String]) -> Result<Option<Performed>, Stop> {
        for (at, statement) in statements.iter().enumerate() {
            if let Reply::Refused(failure) = self.run(statement)? {
                return Ok(Some(Performed::Refused { failure, at }));
            }
        }
        Ok(None)
    }

    /// A statement that no server may accept. One that does says yes to anything, and nothing it says can be believed.
    pub fn refuses_nonsense(&self, nonsense: &str) -> Result<(), Stop> {
        match self.run(nonsense)? {
            Reply::Refused(_) => Ok(()),
            Reply::Done(_) => inconclusive(say(
                "目标接受了无意义的语句，其回答不可信",
                format!("the target accepts a nonsense statement, so its answers cannot be believed: {nonsense}"),
            )),
        }
    }
}

impl Pending {
    /// The answer, where it comes within this time.
    pub fn within(&self, timeout_ms: u32) -> Result<Option<Reply>, Stop> {
        if !self.is_answered(timeout_ms)? {
            return Ok(None);
        }
        self.answer.take().map(|outcome| told(outcome, &self.statement)).transpose()
    }

    /// Whether the answer comes within this time; it is kept.
    pub fn is_answered(&self, timeout_ms: u32) -> Result<bool, Stop> {
        if self.answer.borrow().is_none() {
            let answer = self.pending.wait(timeout_ms)?;
            self.answer.replace(answer);
        }
        Ok(self.answer.borrow().is_some())
    }

    /// The answer; one that does not come within this time makes the check inconclusive.
    pub fn wait(&self, timeout_ms: u32) -> Result<Reply, Stop> {
        match self.within(timeout_ms)? {
            Some(reply) => Ok(reply),
            None => inconclusive(say(
                format!("语句在 {timeout_ms} 毫秒内没有回答"),
                format!("a statement was not answered within {timeout_ms} ms: {}", self.statement),
            )),
        }
    }
}

fn told(outcome: contract::Outcome, statement: &str) -> Result<Reply, Stop> {
    match outcome {
        contract::Outcome::Done(done) => Ok(Reply::Done(done)),
        contract::Outcome::Failed(failure) => Ok(Reply::Refused(failure)),
        contract::Outcome::Indeterminate(why) => {
            inconclusive(say("语句结果不确定", format!("a statement's outcome is unknown: {why}: {statement}")))
        }
    }
}

fn ended(reply: Reply, what: &str) -> Result<(), Stop> {
    match reply {
        Reply::Done(_) => Ok(()),
        Reply::Refused(failure) => {
            let said = failure.said();
            inconclusive(say(format!("事务操作{what}被拒绝：{said}"), format!("{what} was refused: {said}")))
        }
    }
}

impl Reply {
    /// Accepted.
    pub fn is_done(&self) -> bool {
        matches!(self, Reply::Done(_))
    }

    /// For `actual`: `done` or the server's words.
    pub fn said(&self) -> String {
        match self {
            Reply::Done(_) => "done".into(),
            Reply::Refused(failure) => failure.said(),
        }
    }
}

impl Failure {
    /// Whether the server says that it does not know the form or the feature (syntax, not supported), rather than that rights,
    /// resources or data stood in the way. Only the former says something about a capability.
    pub fn is_about_form(&self) -> bool {
        let state = self.sqlstate.as_str();
        state != "42501" && ["42", "0A", "37"].iter().any(|class| state.starts_with(class))
    }

    /// As [`Self::is_about_form`], or by the words that the product is known to use for it.
    pub fn refuses_form(&self, script: &Script) -> bool {
        let said = format!("{} {}", self.sqlstate, self.message).to_lowercase();
        self.is_about_form() || script.form_errors.iter().any(|words| said.contains(&words.to_lowercase()))
    }

    /// Whether something else than the statement stood in the way: rights, link, locks, resources, an operator.
    pub fn is_circumstance(&self) -> bool {
        ["08", "28", "40", "42501", "53", "54", "55", "57", "58", "HYT", "HY008"]
            .iter()
            .any(|known| self.sqlstate.starts_with(known))
    }

    /// SQLSTATE and the first line of the message.
    pub fn said(&self) -> String {
        let line = self.message.lines().next().unwrap_or_default();
        format!("{} {line}", self.sqlstate).trim().to_owned()
    }
}

/// A value as text; `NULL` for null.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.trim_end().to_owned(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
