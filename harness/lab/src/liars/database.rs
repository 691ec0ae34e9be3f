//! A database that lies: between a client and a true PostgreSQL stands a stand-in that changes what passes.

use super::listening::{Listening, V4};
use super::rewrite::{first_into, first_row, insert_only, tag, token};
use super::wire::{Message, answer, startup};
use crate::{Lab, LabError, Postgres};
use std::collections::HashMap;
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What a lying database does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseLie {
    /// Says that everything is done, nonsense too, and does nothing.
    AgreesToAnything,
    /// The same, but knows nonsense when it sees it.
    DoesNothing,
    /// Says "done" where the true server refuses, and does nothing there. Knows nonsense.
    AgreesWhereRefused,
    /// Executes only the first INTO of an INSERT ALL.
    FirstIntoOnly,
    /// Executes only the first row of a multi-row insert.
    FirstRowOnly,
    /// Refuses a multi-row insert with a bad row, and keeps its first row all the same.
    KeepsHalf,
    /// Fires triggers on INSERT only.
    InsertTriggersOnly,
    /// Says "rolled back", and commits.
    CommitsRollbacks,
    /// Lets a check run once, and from then on answers what the true server had answered then, doing nothing.
    Replays,
    /// Answers every question to its monitor as it answered the first.
    FrozenMonitor,
}

/// A stand-in for a database, on 127.0.0.1, with the roles and the databases of the server behind it.
#[derive(Debug)]
pub struct LyingDatabase {
    /// TCP port.
    pub port: u16,
    _listening: Listening,
}

impl LyingDatabase {
    /// Starts it before a true server.
    ///
    /// # Errors
    /// No port is to be had.
    pub fn start(lab: &Lab, lie: DatabaseLie, server: &Postgres) -> Result<Self, LabError> {
        let (port, behind) = (lab.free_port()?, server.port);
        let tape = Arc::new(Mutex::new(Tape::default()));
        let listening = Listening::start(port, &V4, move |client, _| {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, behind)) else { return };
            // A side that breaks off ends the other: there is nobody to be told.
            let _ = Session::new(lie, Arc::clone(&tape), &client, &server).and_then(Session::serve);
            let _ = client.shutdown(std::net::Shutdown::Both);
        })?;
        Ok(Self { port, _listening: listening })
    }
}

/// What the true server answered during the first run of a check, connection by connection.
#[derive(Debug, Default)]
struct Tape {
    /// Names of that run's objects begin with this.
    token: Option<String>,
    connections: Vec<Vec<Vec<Message>>>,
    /// Connections of the second run so far, by its own token.
    replayed: HashMap<String, usize>,
}

/// Whether this connection is recorded or replayed: known when its first statement comes.
enum Reel {
    Unknown(Vec<Vec<Message>>),
    Recording(usize),
    Replaying { connection: usize, next: usize, old: String, new: String },
}

struct Session {
    lie: DatabaseLie,
    tape: Arc<Mutex<Tape>>,
    reel: Reel,
    from_client: BufReader<TcpStream>,
    client: TcpStream,
    from_server: BufReader<TcpStream>,
    server: TcpStream,
    /// Prepared statements that are answered without the server, by name: the tag.
    void: HashMap<String, String>,
    /// Tags that are told instead of the server's, by the statement's name.
    told: HashMap<String, String>,
    /// What is done besides when a statement of that name is refused.
    besides: HashMap<String, String>,
    status: u8,
}

impl Session {
    fn new(lie: DatabaseLie, tape: Arc<Mutex<Tape>>, client: &TcpStream, server: &TcpStream) -> io::Result<Self> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        Ok(Self {
            lie,
            tape,
            reel: Reel::Unknown(Vec::new()),
            from_client: BufReader::new(client.try_clone()?),
            client: client.try_clone()?,
            from_server: BufReader::new(server.try_clone()?),
            server: server.try_clone()?,
            void: HashMap::new(),
            told: HashMap::new(),
            besides: HashMap::new(),
            status: b'I',
        })
    }

    fn serve(mut self) -> io::Result<()> {
        let first = startup(&mut self.from_client)?;
        self.server.write_all(&first)?;
        // A request to cancel is all that its connection says.
        if first.get(4..8) == Some(&80_877_102_u32.to_be_bytes()) {
            return Ok(());
        }
        loop {
            let message = Message::read(&mut self.from_server)?;
            message.write(&mut self.client)?;
            let asks = message.kind == b'R' && !matches!(message.body.get(..4), Some([0, 0, 0, 0 | 12]));
            if asks {
                Message::read(&mut self.from_client)?.write(&mut self.server)?;
            }
            match message.kind {
                b'Z' => break,
                b'E' => return Ok(()),
                _ => {}
            }
        }
        loop {
            let mut batch = Vec::new();
            loop {
                let message = Message::read(&mut self.from_client)?;
                let kind = message.kind;
                batch.push(message);
                match kind {
                    b'X' => return Ok(()),
                    b'S' | b'Q' => break,
                    _ => {}
                }
            }
            let said = self.answer(batch)?;
            let mut bytes = Vec::new();
            for message in said {
                message.write(&mut bytes)?;
            }
            self.client.write_all(&bytes)?;
        }
    }

    fn answer(&mut self, batch: Vec<Message>) -> io::Result<Vec<Message>> {
        if self.lie == DatabaseLie::Replays {
            return self.replayed(&batch);
        }
        if self.lie == DatabaseLie::FrozenMonitor && batch.iter().any(asks_monitor) {
            return self.frozen(&batch);
        }
        let mut passed = Vec::new();
        let (mut named, mut text) = (None, None);
        for mut message in batch {
            if let Some((name, statement, rest)) = prepared(&message) {
                if let Some(lie) = self.parsed(&name, &statement) {
                    message.body = [name.as_bytes(), b"\0", lie.as_bytes(), b"\0", &message.body[rest..]].concat();
                }
                (named, text) = (Some(name), Some(statement));
            } else if let Some(name) = used(&message) {
                named = Some(name);
            }
            passed.push(message);
        }
        let name = named.unwrap_or_default();
        if let Some(tag) = self.void.get(&name).filter(|_| passed.iter().any(|message| message.kind != b'S')) {
            return Ok(agreed(&passed, tag, self.status));
        }
        let mut said = self.pass(&passed)?;
        let refused = said.iter().any(|message| message.kind == b'E');
        if refused && self.lie == DatabaseLie::AgreesWhereRefused && text.as_deref().is_some_and(|text| !is_nonsense(text)) {
            let tag = tag(text.as_deref().unwrap_or_default());
            let answer = agreed(&passed, &tag, self.status);
            self.void.insert(name, tag);
            return Ok(answer);
        }
        if refused && let Some(besides) = self.besides.get(&name).cloned() {
            self.pass(&[Message::new(b'Q', [besides.as_bytes(), b"\0"].concat())])?;
        }
        if let Some(told) = self.told.get(&name) {
            for message in said.iter_mut().filter(|message| message.kind == b'C') {
                *message = complete(told);
            }
        }
        Ok(said)
    }

    /// What becomes of a statement that is prepared: another text, where it is lied about.
    fn parsed(&mut self, name: &str, statement: &str) -> Option<String> {
        // The name may have been another statement's.
        self.void.remove(name);
        self.told.remove(name);
        self.besides.remove(name);
        let mut tell = |tag: String| self.told.insert(name.to_owned(), tag);
        match self.lie {
            DatabaseLie::AgreesToAnything => {
                self.void.insert(name.to_owned(), tag(statement));
                None
            }
            DatabaseLie::DoesNothing => {
                if !is_nonsense(statement) {
                    self.void.insert(name.to_owned(), tag(statement));
                }
                None
            }
            DatabaseLie::FirstIntoOnly => first_into(statement).inspect(|_| drop(tell("INSERT 0 6".to_owned()))),
            DatabaseLie::FirstRowOnly => first_row(statement).map(|(first, rows)| {
                tell(format!("INSERT 0 {rows}"));
                first
            }),
            DatabaseLie::KeepsHalf => {
                if let Some((first, _)) = first_row(statement) {
                    self.besides.insert(name.to_owned(), first);
                }
                None
            }
            DatabaseLie::InsertTriggersOnly => insert_only(statement),
            DatabaseLie::CommitsRollbacks => statement.eq_ignore_ascii_case("rollback").then(|| {
                tell("ROLLBACK".to_owned());
                "COMMIT".to_owned()
            }),
            DatabaseLie::AgreesWhereRefused | DatabaseLie::Replays | DatabaseLie::FrozenMonitor => None,
        }
    }

    /// What the server says to it.
    fn pass(&mut self, batch: &[Message]) -> io::Result<Vec<Message>> {
        let mut bytes = Vec::new();
        for message in batch {
            message.write(&mut bytes)?;
        }
        self.server.write_all(&bytes)?;
        let said = answer(&mut self.from_server)?;
        self.status = said.last().and_then(|ready| ready.body.first().copied()).unwrap_or(b'I');
        Ok(said)
    }

    fn frozen(&mut self, batch: &[Message]) -> io::Result<Vec<Message>> {
        let first = |tape: &Tape| tape.connections.first().and_then(|said| said.first()).cloned();
        if let Some(said) = first(&self.tape.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(said);
        }
        let said = self.pass(batch)?;
        self.tape.lock().unwrap_or_else(PoisonError::into_inner).connections.push(vec![said.clone()]);
        Ok(said)
    }

    fn replayed(&mut self, batch: &[Message]) -> io::Result<Vec<Message>> {
        if let Reel::Unknown(before) = &mut self.reel
            && let Some(token) = batch.iter().filter(|message| message.kind == b'P').find_map(|message| {
                let (_, at) = message.text(0)?;
                token(&message.text(at)?.0)
            })
        {
            let before = std::mem::take(before);
            let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
            let old = tape.token.get_or_insert_with(|| token.clone()).clone();
            self.reel = if old == token {
                tape.connections.push(before);
                Reel::Recording(tape.connections.len() - 1)
            } else {
                let connection = tape.replayed.entry(token.clone()).or_default();
                *connection += 1;
                Reel::Replaying { connection: *connection - 1, next: before.len(), old, new: token }
            };
        }
        if let Reel::Replaying { connection, next, old, new } = &mut self.reel {
            let tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
            let said = tape.connections.get(*connection).and_then(|said| said.get(*next)).cloned();
            *next += 1;
            let said = said.ok_or(io::ErrorKind::UnexpectedEof)?;
            return Ok(said.into_iter().map(|message| renamed(message, old, new)).collect());
        }
        let said = self.pass(batch)?;
        match &mut self.reel {
            Reel::Unknown(before) => before.push(said.clone()),
            Reel::Recording(connection) => {
                let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(kept) = tape.connections.get_mut(*connection) {
                    kept.push(said.clone());
                }
            }
            Reel::Replaying { .. } => {}
        }
        Ok(said)
    }
}

/// Name and text of a statement that is prepared, and where the rest begins.
fn prepared(message: &Message) -> Option<(String, String, usize)> {
    let (name, at) = message.text(0).filter(|_| message.kind == b'P')?;
    let (statement, rest) = message.text(at)?;
    Some((name, statement, rest))
}

fn asks_monitor(message: &Message) -> bool {
    prepared(message).is_some_and(|(_, statement, _)| statement.contains("pg_stat_activity"))
}

/// Name of the statement that is bound or described.
fn used(message: &Message) -> Option<String> {
    match (message.kind, message.body.first()) {
        (b'B', _) => Some(message.text(message.text(0)?.1)?.0),
        (b'D', Some(b'S')) => Some(message.text(1)?.0),
        _ => None,
    }
}

/// The answer to everything in a batch, as if it were done.
fn agreed(batch: &[Message], tag: &str, status: u8) -> Vec<Message> {
    let answer = |message: &Message| match (message.kind, message.body.first()) {
        (b'P', _) => vec![Message::new(b'1', [])],
        (b'B', _) => vec![Message::new(b'2', [])],
        (b'D', Some(b'S')) => vec![Message::new(b't', [0, 0]), Message::new(b'n', [])],
        (b'D', _) => vec![Message::new(b'n', [])],
        (b'E', _) => vec![complete(tag)],
        (b'C', _) => vec![Message::new(b'3', [])],
        (b'S', _) => vec![Message::new(b'Z', [status])],
        _ => Vec::new(),
    };
    batch.iter().flat_map(answer).collect()
}

/// With the names of this run's objects, where they are as long as the other's.
fn renamed(mut message: Message, old: &str, new: &str) -> Message {
    if old.len() == new.len() && !old.is_empty() {
        let mut at = 0;
        while let Some(place) = message.body.get(at..).and_then(|rest| find(rest, old.as_bytes())) {
            at += place;
            message.body[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    message
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn complete(tag: &str) -> Message {
    Message::new(b'C', [tag.as_bytes(), b"\0"].concat())
}

/// The word that checks put into what no server may accept.
fn is_nonsense(statement: &str) -> bool {
    statement.to_ascii_uppercase().contains("NONSENSE")
}
