//! A history on its way to disk.

use super::{Closing, Header, Operation};
use serde::Serialize;
use std::io::{self, Write};

/// Writes a history line by line. Buffer the destination if speed matters more than what a kill would lose.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: W,
    operations: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    ///
    /// # Errors
    /// What the destination says.
    pub fn new(mut to: W, header: &Header) -> io::Result<Self> {
        line(&mut to, header)?;
        Ok(Self { to, operations: 0 })
    }

    /// Adds an operation that has ended.
    ///
    /// # Errors
    /// What the destination says.
    pub fn add<A: Serialize>(&mut self, operation: &Operation<A>) -> io::Result<()> {
        line(&mut self.to, operation)?;
        self.operations += 1;
        Ok(())
    }

    /// Writes the last line: nothing is missing.
    ///
    /// # Errors
    /// What the destination says.
    pub fn close(mut self) -> io::Result<W> {
        line(&mut self.to, &Closing { operations: self.operations })?;
        self.to.flush()?;
        Ok(self.to)
    }
}

fn line(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}
