//! What is kept of a command's streams.

use tokio::sync::watch;

/// A program's or a transport's words before ours come, kept to explain a failure.
const PREAMBLE_LIMIT: usize = 16 * 1024;

/// The first bytes of a stream; the rest is counted as lost.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) truncated: bool,
    limit: usize,
    /// The wrapper's line, as long as it has not come; and what came instead, as far as the line may have begun in it.
    mark: Option<Vec<u8>>,
    before: Vec<u8>,
}

impl Capture {
    pub(crate) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), truncated: false, limit, mark: None, before: Vec::new() }
    }

    /// Of a wrapped command: what comes before the wrapper's line is a login shell's greeting, and dropped.
    pub(crate) fn after(limit: usize, word: Option<&str>) -> Self {
        Self { mark: word.map(|word| format!("{word}\n").into_bytes()), ..Self::new(limit) }
    }

    pub(crate) fn push(&mut self, data: &[u8]) {
        let Some(mark) = &self.mark else { return self.keep(data) };
        self.before.extend_from_slice(data);
        if let Some(at) = position(&self.before, mark) {
            let rest = self.before.split_off(at + mark.len());
            self.mark = None;
            self.before = Vec::new();
            self.keep(&rest);
        } else {
            let useless = self.before.len().saturating_sub(mark.len() - 1);
            self.before.drain(..useless);
        }
    }

    fn keep(&mut self, data: &[u8]) {
        let room = self.limit.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&data[..data.len().min(room)]);
        self.truncated |= data.len() > room;
    }
}

/// How far a wrapped command got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing heard yet.
    Silent,
    /// sudo asked for the password, so many times.
    Asked(u32),
    /// The program was started, as this process.
    Started(u32),
    /// There is no such program.
    Absent,
}

/// Standard error: of a direct command as it comes; of a wrapped one, what follows the wrapper's line.
#[derive(Debug)]
pub(crate) struct ErrorStream {
    pub(crate) capture: Capture,
    /// What came before the wrapper's line: the words of sudo, of an `enter` prefix or of the login shell.
    pub(crate) before: Vec<u8>,
    word: Option<String>,
    stage: watch::Sender<Stage>,
}

impl ErrorStream {
    /// `stage` tells others how far the command got.
    pub(crate) fn new(limit: usize, word: Option<String>, stage: watch::Sender<Stage>) -> Self {
        Self { capture: Capture::new(limit), before: Vec::new(), word, stage }
    }

    pub(crate) fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    pub(crate) fn follow(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    pub(crate) fn push(&mut self, data: &[u8]) {
        let Some(word) = &self.word else { return self.capture.push(data) };
        if matches!(self.stage(), Stage::Started(_) | Stage::Absent) {
            return self.capture.push(data);
        }
        self.before.extend_from_slice(data);
        let word = word.as_bytes();
        let mut at = 0;
        while let Some(found) = position(&self.before[at..], word).map(|found| at + found) {
            let rest = &self.before[found + word.len()..];
            if let Some((stage, used)) = announced(rest) {
                let after = rest[used..].to_vec();
                self.capture.push(&after);
                self.before.truncate(found);
                self.stage.send_replace(stage);
                return;
            }
            at = found + word.len();
        }
        let prompt = prompt(std::str::from_utf8(word).unwrap_or_default());
        let asked = count(&self.before, prompt.as_bytes());
        if asked > 0 && self.stage() != Stage::Asked(asked) {
            self.stage.send_replace(Stage::Asked(asked));
        }
        if self.before.len() > PREAMBLE_LIMIT {
            self.before.drain(..self.before.len() - PREAMBLE_LIMIT);
        }
    }

    /// What the transport said, without our own word.
    pub(crate) fn words_before(&self) -> String {
        let text = String::from_utf8_lossy(&self.before).into_owned();
        match &self.word {
            Some(word) => text.replace(&prompt(word), "").trim().to_owned(),
            None => text.trim().to_owned(),
        }
    }
}

/// What sudo is told to ask with: of the wrapper's word the part that is no secret.
pub(crate) fn prompt(word: &str) -> String {
    format!("{}?", word.split('x').next().unwrap_or_default())
}

/// Reads ` <process> run\n` or ` <process> none\n`.
fn announced(rest: &[u8]) -> Option<(Stage, usize)> {
    let end = rest.iter().position(|b| *b == b'\n')?;
    let line = std::str::from_utf8(&rest[..end]).ok()?;
    let (process, what) = line.trim().split_once(' ')?;
    let stage = match what {
        "run" => Stage::Started(process.parse().ok()?),
        "none" => Stage::Absent,
        _ => return None,
    };
    Some((stage, end + 1))
}

fn position(content: &[u8], wanted: &[u8]) -> Option<usize> {
    content.windows(wanted.len()).position(|window| window == wanted)
}

fn count(content: &[u8], wanted: &[u8]) -> u32 {
    let mut at = 0;
    let mut found = 0;
    while let Some(next) = position(&content[at..], wanted) {
        at += next + wanted.len();
        found += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_keeps_the_first_bytes() {
        let mut capture = Capture::new(5);
        capture.push(b"abc");
        assert!(!capture.truncated);
        capture.push(b"de");
        assert!(!capture.truncated);
        capture.push(b"f");
        assert_eq!((capture.bytes.as_slice(), capture.truncated), (&b"abcde"[..], true));
    }

    #[test]
    fn what_a_login_shell_prints_is_not_the_programs() {
        let whole = b"Welcome!\nword 5 users\nword\noutput\nword\n";
        for cut in 0..whole.len() {
            let mut capture = Capture::after(100, Some("word"));
            capture.push(&whole[..cut]);
            capture.push(&whole[cut..]);
            assert_eq!(capture.bytes, b"output\nword\n", "{cut}");
        }
        let mut capture = Capture::after(100, Some("word"));
        capture.push(b"only a greeting");
        assert_eq!(capture.bytes, b"");
    }

    #[test]
    fn the_wrappers_line_is_found_in_any_pieces() {
        let whole = b"lecture\nword?word 417 run\nprogram's own\nword 1 run\n";
        for cut in 0..whole.len() {
            let mut stream = ErrorStream::new(100, Some("word".into()), watch::Sender::new(Stage::Silent));
            stream.push(&whole[..cut]);
            stream.push(&whole[cut..]);
            assert_eq!(stream.stage(), Stage::Started(417));
            assert_eq!(stream.capture.bytes, b"program's own\nword 1 run\n");
            assert_eq!(stream.words_before(), "lecture");
        }
    }

    #[test]
    fn prompts_are_counted() {
        let mut stream = ErrorStream::new(100, Some("word".into()), watch::Sender::new(Stage::Silent));
        stream.push(b"word?");
        assert_eq!(stream.stage(), Stage::Asked(1));
        stream.push(b"Sorry, try again.\nword?");
        assert_eq!(stream.stage(), Stage::Asked(2));
        assert_eq!(stream.words_before(), "Sorry, try again.");
    }
}
