//! A document as it is shown back: its name, its text and where lines begin.

use super::problem::Code;
use super::words::both;
use std::io::Read;
use std::path::Path;
use touchstone_model::text::Text;

/// Files above this are refused unread; a catalogue of a hundred clauses is a hundredth of it.
const MAX_BYTES: u64 = 16 << 20;

/// A document that problems point into. Secrets in its text are already masked, byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    /// Path as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, masked.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line_of(offset);
        let start = self.line_starts.get(line).copied().unwrap_or(0);
        let column = self.text[start..].char_indices().take_while(|(at, _)| start + at < offset).count();
        (line + 1, column + 1)
    }

    /// Bytes of the lines (each with its line feed) that hold `start` to `end`, and the first one's number from 0.
    pub(super) fn lines_around(&self, start: usize, end: usize) -> (usize, std::ops::Range<usize>) {
        let first = self.line_of(start);
        let last = self.line_of(end.max(start));
        let begin = self.line_starts.get(first).copied().unwrap_or(0);
        let stop = self.line_starts.get(last + 1).copied().unwrap_or(self.text.len());
        (first, begin..stop)
    }

    /// `span` cut at the end of its first line, on character boundaries, inside the text.
    pub(super) fn on_one_line(&self, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = self.text.floor_char_boundary(span.start.min(self.text.len()));
        let end = self.text.ceil_char_boundary(span.end.clamp(start, self.text.len()));
        let line = self.text[start..end].split(['\n', '\r']).next().unwrap_or("");
        start..start + line.len()
    }

    fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

/// A file that was read: its name for people, its bytes, and its text without a byte order mark.
pub(super) struct FileText {
    pub name: String,
    pub bytes: Vec<u8>,
    pub text: String,
}

/// Why a file could not be used, and up to where its text was understood.
pub(super) struct ReadError {
    pub code: Code,
    pub message: Text,
    pub help: Text,
    /// The understood part; the problem lies right behind it.
    pub prefix: String,
}

/// Reads a file as UTF-8. A UTF-8 byte order mark is skipped: editors add it unasked.
pub(super) fn read(path: &Path) -> Result<FileText, Box<ReadError>> {
    let name = path.display().to_string();
    let bytes = read_bytes(path)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
            Ok(FileText { name, bytes, text })
        }
        Err(error) => Err(not_utf8(&bytes, error.valid_up_to())),
    }
}

/// Reads a file's bytes, or says what it is instead.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Box<ReadError>> {
    let name = path.display().to_string();
    let shown = super::words::quote(&name);
    let fail = |code, message, help| -> Box<ReadError> { ReadError { code, message, help, prefix: String::new() }.into() };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => fail(
            Code::NotFound,
            both!("找不到文件{shown}", "no such file: {shown}"),
            Text::new(
                "检查路径；相对路径从当前目录或上级文件所在目录算起",
                "check the path; a relative one starts at the current folder, or at the folder of the file that names it",
            ),
        ),
        _ => fail(
            Code::Unreadable,
            both!("无法读取{shown}：{error}", "cannot read {shown}: {error}"),
            Text::new("检查文件权限", "check the file's permissions"),
        ),
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(fail(
            Code::NotAFile,
            both!("{shown}是目录，不是文件", "{shown} is a directory, not a file"),
            Text::new("写出目录中TOML文件的路径", "give the path of the TOML file in it"),
        ));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fail(
            Code::TooLarge,
            both!("{shown}超过16 MiB", "{shown} is larger than 16 MiB"),
            Text::new("检查是不是给错了文件", "check that this is the file you meant"),
        ));
    }
    Ok(bytes)
}

pub(super) fn not_utf8(bytes: &[u8], valid: usize) -> Box<ReadError> {
    let (message, help) = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        (
            Text::new("文件是UTF-16编码", "the file is UTF-16"),
            Text::new("另存为UTF-8：iconv -f UTF-16 -t UTF-8", "save it as UTF-8: iconv -f UTF-16 -t UTF-8"),
        )
    } else {
        (
            Text::new("从此处起不是UTF-8", "from here on the file is not UTF-8"),
            Text::new(
                "另存为UTF-8；若是GBK/GB18030编码：iconv -f GB18030 -t UTF-8",
                "save it as UTF-8; if it is GBK or GB18030: iconv -f GB18030 -t UTF-8",
            ),
        )
    };
    let prefix = bytes.get(..valid).map(|good| String::from_utf8_lossy(good).into_owned()).unwrap_or_default();
    ReadError { code: Code::NotUtf8, message, help, prefix }.into()
}
