//! What goes to a database and what comes back.

use bytes::BytesMut;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::time::Duration;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

/// A value, without the server's many types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// Truth value.
    Boolean(bool),
    /// Whole number.
    Integer(i64),
    /// Binary floating point.
    Float(f64),
    /// Text; also exact decimals, dates, times, arrays: as the server would write them.
    Text(String),
    /// Binary data, and values of types unknown here.
    Bytes(Vec<u8>),
}

impl Value {
    /// Bytes it takes, about.
    pub fn size(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::Bytes(content) => content.len(),
            _ => 8,
        }
    }

    /// As text; none for null.
    pub fn text(&self) -> Option<String> {
        Some(match self {
            Value::Null => return None,
            Value::Boolean(flag) => flag.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            Value::Bytes(content) => hex::encode(content),
        })
    }
}

/// Rows of one result that are kept.
pub const ROW_LIMIT: usize = 10_000;
/// Bytes of one result that are kept, about.
const BYTE_LIMIT: usize = 32 * 1024 * 1024;

/// Whether no more of a result is kept.
pub fn lacks_room(rows: usize, bytes: usize) -> bool {
    rows >= ROW_LIMIT || bytes > BYTE_LIMIT
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The server's name of its type.
    pub type_name: String,
}

/// A step of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transaction {
    /// From here on nothing commits by itself.
    Begin,
    /// Keeps what was done.
    Commit,
    /// Undoes what was done.
    Rollback,
}

impl Transaction {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Transaction::Begin => "begin",
            Transaction::Commit => "commit",
            Transaction::Rollback => "rollback",
        }
    }
}

/// What came of a statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was done.
    Done(Done),
    /// The server refused it.
    Failed {
        /// Five characters, or empty.
        sqlstate: String,
        /// The server's words.
        message: String,
    },
    /// The answer never came: it may or may not have taken effect.
    Indeterminate(String),
}

/// A statement that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// From the server's command tag; 0 also for statements that affect no rows by their nature.
    pub affected: Option<u64>,
    /// Columns of the result; none where there is no result.
    pub columns: Vec<Column>,
    /// Rows kept.
    pub rows: Vec<Vec<Value>>,
    /// More came than were kept.
    pub truncated: bool,
    /// From sending to the last answer.
    pub elapsed: Duration,
}

/// Sent as text, so that the server reads it as whatever type it inferred.
#[derive(Debug)]
pub(super) struct Parameter<'a>(pub(super) &'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Boolean(true) => out.extend_from_slice(b"true"),
            Value::Boolean(false) => out.extend_from_slice(b"false"),
            Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Value::Float(number) => out.extend_from_slice(float(*number).as_bytes()),
            Value::Text(text) => out.extend_from_slice(text.as_bytes()),
            Value::Bytes(bytes) => {
                out.extend_from_slice(b"\\x");
                out.extend_from_slice(hex::encode(bytes).as_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

/// As PostgreSQL writes and reads it.
pub(super) fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        format!("{number:?}")
    }
}
