//! The append-only record of a run: every line bound to the one before by its hash.
//!
//! A line is `SHA256 SP JSON LF`, where the hash covers the hash of the line before (64 zeros for the first) followed by
//! the JSON. One thread writes; entries that arrive together share one `fdatasync`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};
use touchstone_model::digest::Digest;
use touchstone_model::event::{Entry, Event};
use touchstone_model::observation::Blob;
use touchstone_model::text::Text;

/// File name in a run's folder.
pub const FILE: &str = "journal.log";
/// Folder of evidence files in a run's folder.
pub const EVIDENCE: &str = "evidence";
/// Folder of what the run was made from in a run's folder.
pub const INPUTS: &str = "suite";

/// Whoever follows a run while it goes.
pub type Listener = Arc<dyn Follow>;

/// Follows a run while it goes; any closure over entries does.
pub trait Follow: Send + Sync {
    /// Something happened, and is in the journal.
    fn entry(&self, entry: &Entry);
    /// How something long goes on in the check of this plan item; kept nowhere.
    fn glimpse(&self, _item: &str, _words: &Text) {}
}

impl<F: Fn(&Entry) + Send + Sync> Follow for F {
    fn entry(&self, entry: &Entry) {
        self(entry);
    }
}

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A line is not as it was written.
    #[error("{path}:{line}: {what}; the journal was changed after it was written, or is damaged")]
    Broken {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What does not fit.
        what: String,
    },
    /// The writer is gone (disk full, for example).
    #[error("the journal can no longer be written: {0}")]
    Gone(String),
    /// Somebody else writes it.
    #[error("{path}: another process is writing this journal: the run is still going on")]
    Busy {
        /// The journal.
        path: PathBuf,
    },
}

struct Line {
    event: Option<Event>,
    blobs: Vec<Blob>,
    durable: Option<oneshot::Sender<Result<(), String>>>,
}

/// Appends to a journal. Cheap to clone; the writing thread ends with the last clone.
#[derive(Clone)]
pub struct Journal {
    lines: Sender<Line>,
    failure: watch::Receiver<Option<String>>,
    listener: Listener,
}

/// Joins the writing thread.
pub struct JournalThread(JoinHandle<()>);

impl JournalThread {
    /// Waits until everything is written; every [`Journal`] must be gone by then.
    pub fn join(self) {
        // A panic of the writer was already told to whoever waited for durability.
        let _ = self.0.join();
    }
}

/// A journal as read.
#[derive(Debug)]
pub struct Stored {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Hash of the last line.
    pub head: Digest,
    /// Bytes up to the end of the last whole line; what follows was torn off by a crash.
    pub whole: u64,
}

impl Journal {
    /// Begins a new journal in `folder`, which must exist and hold none.
    pub fn create(folder: &Path, listener: Listener) -> Result<(Journal, JournalThread), JournalError> {
        let path = folder.join(FILE);
        let file = OpenOptions::new().create_new(true).append(true).open(&path);
        let file = file.map_err(|source| JournalError::Io { path: path.clone(), source })?;
        lock(&file, &path)?;
        Self::start(folder, file, 0, zero(), listener)
    }

    /// Goes on with the journal that was read as `stored`; a torn last line is cut off.
    pub fn resume(folder: &Path, stored: &Stored, listener: Listener) -> Result<(Journal, JournalThread), JournalError> {
        let path = folder.join(FILE);
        let io = |source| JournalError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new().write(true).open(&path).map_err(io)?;
        lock(&file, &path)?;
        // Whoever wrote it until a moment ago may have added to it since it was read.
        let torn = file.metadata().map_err(io)?.len().saturating_sub(stored.whole);
        if torn > 0 && read(folder)?.whole != stored.whole {
            return Err(JournalError::Busy { path });
        }
        file.set_len(stored.whole).and_then(|()| file.seek(SeekFrom::End(0))).map_err(io)?;
        discard_unfinished(&folder.join(EVIDENCE));
        Self::start(folder, file, stored.entries.len() as u64, stored.head.clone(), listener)
    }

    fn start(
        folder: &Path,
        file: File,
        seq: u64,
        head: Digest,
        listener: Listener,
    ) -> Result<(Journal, JournalThread), JournalError> {
        let evidence = folder.join(EVIDENCE);
        let ready = std::fs::create_dir_all(&evidence).and_then(|()| sync_folder(folder));
        ready.map_err(|source| JournalError::Io { path: evidence.clone(), source })?;
        let (lines, received) = channel();
        let (failed, failure) = watch::channel(None);
        let writer = Writer { file, evidence, seq, head, listener: listener.clone(), failed };
        Ok((Journal { lines, failure, listener }, JournalThread(std::thread::spawn(move || writer.run(&received)))))
    }

    /// Shows whoever follows how something goes on; nothing of it is kept.
    pub fn glimpse(&self, item: &str, words: &Text) {
        self.listener.glimpse(item, words);
    }

    /// Appends without waiting.
    pub fn append(&self, event: Event, blobs: Vec<Blob>) {
        // A dead writer is noticed by the next `durable`.
        let _ = self.lines.send(Line { event: Some(event), blobs, durable: None });
    }

    /// Why it can no longer be written, once that is so. What is done from then on is lost.
    pub fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }

    /// Returns when it can no longer be written.
    pub async fn failing(&self) {
        let mut failure = self.failure.clone();
        if failure.wait_for(Option::is_some).await.is_err() {
            // Its writer has ended in good order.
            std::future::pending::<()>().await;
        }
    }

    /// Appends and waits until it and everything before it is on disk.
    pub async fn durable(&self, event: Event) -> Result<(), JournalError> {
        let (tell, told) = oneshot::channel();
        let line = Line { event: Some(event), blobs: Vec::new(), durable: Some(tell) };
        self.lines.send(line).map_err(|_| JournalError::Gone("its writer has ended".into()))?;
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(JournalError::Gone(why)),
            Err(_) => Err(JournalError::Gone("its writer has ended".into())),
        }
    }
}

struct Writer {
    file: File,
    evidence: PathBuf,
    seq: u64,
    head: Digest,
    listener: Listener,
    failed: watch::Sender<Option<String>>,
}

impl Writer {
    fn run(mut self, lines: &Receiver<Line>) {
        while let Ok(first) = lines.recv() {
            let mut batch = vec![first];
            batch.extend(lines.try_iter());
            let mut failed = self.failed.borrow().clone();
            if failed.is_none()
                && let Err(error) = self.write(&mut batch)
            {
                failed = Some(error.to_string());
                self.failed.send_replace(failed.clone());
            }
            for line in batch {
                if let Some(tell) = line.durable {
                    let _ = tell.send(failed.clone().map_or(Ok(()), Err));
                }
            }
        }
        let _ = self.file.sync_data();
    }

    fn write(&mut self, batch: &mut [Line]) -> io::Result<()> {
        let mut text = Vec::new();
        let mut entries = Vec::new();
        for line in batch.iter_mut() {
            for blob in &line.blobs {
                self.store(blob)?;
            }
            let Some(event) = line.event.take() else { continue };
            let entry = Entry { seq: self.seq, at: now(), event };
            let json = serde_json::to_string(&entry)?;
            self.head = link(&self.head, &json);
            text.extend_from_slice(format!("{} {json}\n", self.head).as_bytes());
            self.seq += 1;
            entries.push(entry);
        }
        self.file.write_all(&text)?;
        if batch.iter().any(|line| line.durable.is_some()) {
            self.file.sync_data()?;
        }
        for entry in &entries {
            self.listener.entry(entry);
        }
        Ok(())
    }

    fn store(&self, blob: &Blob) -> io::Result<()> {
        let path = self.evidence.join(&blob.sha256.0);
        if path.exists() {
            return Ok(());
        }
        // Written aside and renamed: a file under its hash is always whole.
        let aside = self.evidence.join(format!("{UNFINISHED}{}", blob.sha256));
        let mut file = File::create(&aside)?;
        file.write_all(&blob.content)?;
        file.sync_data()?;
        std::fs::rename(aside, path)?;
        // Its name must be on disk before the entry that speaks of it.
        sync_folder(&self.evidence)
    }
}

/// First letter of the names of evidence files that are still being written.
const UNFINISHED: char = '.';

/// Removes what a killed writer left half written.
fn discard_unfinished(evidence: &Path) {
    for entry in std::fs::read_dir(evidence).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // One that cannot be removed is overwritten by the next writing of the same evidence.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// One writer at a time; the system forgets the lock with the process, however that ends.
fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(JournalError::Busy { path: path.to_owned() }),
        // Some network file systems know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Puts names made or changed in a folder on disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Reads and verifies a whole journal. Only a last line without its end is forgiven: a crash tears that, an editor does not.
pub fn read(folder: &Path) -> Result<Stored, JournalError> {
    let path = folder.join(FILE);
    let mut bytes = Vec::new();
    let open = File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes));
    open.map_err(|source| JournalError::Io { path: path.clone(), source })?;
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let broken = |line: usize, what: String| JournalError::Broken { path: path.clone(), line, what };
    let mut head = zero();
    let mut entries = Vec::new();
    let lines = bytes[..whole].strip_suffix(b"\n").into_iter().flat_map(|all| all.split(|b| *b == b'\n'));
    for (index, line) in lines.enumerate() {
        let text = std::str::from_utf8(line).map_err(|_| broken(index + 1, "not UTF-8".into()))?;
        let (hash, json) = text.split_once(' ').ok_or_else(|| broken(index + 1, "no hash".into()))?;
        let expected = link(&head, json);
        if hash != expected.0 {
            return Err(broken(index + 1, format!("its hash should be {expected}")));
        }
        let entry: Entry = serde_json::from_str(json).map_err(|e| broken(index + 1, e.to_string()))?;
        if entry.seq != index as u64 {
            return Err(broken(index + 1, format!("numbered {} where {index} is due", entry.seq)));
        }
        head = expected;
        entries.push(entry);
    }
    Ok(Stored { entries, head, whole: whole as u64 })
}

/// Hash of a line: over the hash of the line before and the line's JSON.
pub fn link(before: &Digest, json: &str) -> Digest {
    Digest::of_parts([before.0.as_bytes(), json.as_bytes()])
}

/// What stands for the hash of the line before the first.
pub fn zero() -> Digest {
    Digest("0".repeat(64))
}

/// RFC 3339, UTC, milliseconds.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
