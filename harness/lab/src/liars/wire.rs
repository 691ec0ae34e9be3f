//! Messages of the PostgreSQL protocol, version 3: a letter, a length, a body.

use std::io::{self, Read, Write};

/// One message after the start-up.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn new(kind: u8, body: impl Into<Vec<u8>>) -> Self {
        Self { kind, body: body.into() }
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        Ok(Self { kind: kind[0], body: body(from)? })
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let length = u32::try_from(self.body.len() + 4).map_err(io::Error::other)?;
        to.write_all(&[&[self.kind][..], &length.to_be_bytes(), &self.body].concat())
    }

    /// The text up to the first zero at `at`, and where the rest begins.
    pub(super) fn text(&self, at: usize) -> Option<(String, usize)> {
        let rest = self.body.get(at..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        Some((String::from_utf8_lossy(&rest[..end]).into_owned(), at + end + 1))
    }
}

/// A message without a letter: the first one of a connection.
pub(super) fn startup(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let body = body(from)?;
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes()[..], &body].concat())
}

fn body(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length).checked_sub(4).filter(|length| *length <= 64 << 20);
    let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)? as usize];
    from.read_exact(&mut body)?;
    Ok(body)
}

/// Messages until (and with) the one that says that the server is ready.
pub(super) fn answer(from: &mut impl Read) -> io::Result<Vec<Message>> {
    let mut answer = Vec::new();
    loop {
        let message = Message::read(from)?;
        let last = message.kind == b'Z';
        answer.push(message);
        if last {
            return Ok(answer);
        }
    }
}
