//! Results as the host keeps them.

use odbc_api::handles::AsStatementRef;
use odbc_api::{Cursor, CursorRow, DataType, Error, ResultSetMetadata};
use std::time::Duration;
use touchstone_probes::sql::{Column, Done, Value, lacks_room};

/// How a column's values are taken.
#[derive(Clone, Copy)]
enum Kind {
    Integer,
    Float,
    Boolean,
    Bytes,
    Text,
}

/// Rows of a cursor; none where the statement answers no result.
pub fn result<C>(cursor: Result<Option<C>, Error>) -> Result<Option<Done>, Error>
where
    C: Cursor + ResultSetMetadata + AsStatementRef,
{
    let Some(mut cursor) = cursor? else { return Ok(None) };
    let count = u16::try_from(cursor.num_result_cols()?).unwrap_or(0);
    if count == 0 {
        return Ok(None);
    }
    let (mut columns, mut kinds) = (Vec::new(), Vec::new());
    for number in 1..=count {
        let data_type = cursor.col_data_type(number)?;
        kinds.push(kind(&data_type));
        columns.push(Column { name: cursor.col_name(number)?, type_name: name(&data_type) });
    }
    let (mut rows, mut bytes, mut truncated) = (Vec::new(), 0, false);
    while let Some(mut row) = cursor.next_row()? {
        if lacks_room(rows.len(), bytes) {
            // What follows is neither counted nor fetched: the cursor is closed.
            truncated = true;
            break;
        }
        let values = (1..=count).zip(&kinds).map(|(number, kind)| value(&mut row, number, *kind));
        let values = values.collect::<Result<Vec<Value>, Error>>()?;
        bytes += values.iter().map(Value::size).sum::<usize>();
        rows.push(values);
    }
    Ok(Some(Done { affected: None, columns, rows, truncated, elapsed: Duration::ZERO }))
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Integer | DataType::SmallInt | DataType::TinyInt | DataType::BigInt => Kind::Integer,
        DataType::Float { .. } | DataType::Real | DataType::Double => Kind::Float,
        DataType::Bit => Kind::Boolean,
        DataType::Binary { .. } | DataType::Varbinary { .. } | DataType::LongVarbinary { .. } => Kind::Bytes,
        _ => Kind::Text,
    }
}

/// As SQL writes it, in small letters.
fn name(data_type: &DataType) -> String {
    let word = format!("{data_type:?}");
    word.split([' ', '{', '(']).next().unwrap_or_default().to_lowercase()
}

fn value(row: &mut CursorRow<'_>, number: u16, kind: Kind) -> Result<Value, Error> {
    let mut buffer = Vec::with_capacity(256);
    if let Kind::Bytes = kind {
        return Ok(if row.get_binary(number, &mut buffer)? { Value::Bytes(buffer) } else { Value::Null });
    }
    if !row.get_text(number, &mut buffer)? {
        return Ok(Value::Null);
    }
    // What is no text is not made to look like one.
    let text = match String::from_utf8(buffer) {
        Ok(text) => text,
        Err(error) => return Ok(Value::Bytes(error.into_bytes())),
    };
    let plain = text.trim();
    Ok(match kind {
        Kind::Integer => plain.parse().map(Value::Integer).unwrap_or(Value::Text(text)),
        Kind::Float => plain.parse().map(Value::Float).unwrap_or(Value::Text(text)),
        Kind::Boolean => match plain {
            "1" | "t" | "true" => Value::Boolean(true),
            "0" | "f" | "false" => Value::Boolean(false),
            _ => Value::Text(text),
        },
        Kind::Bytes | Kind::Text => Value::Text(text),
    })
}
