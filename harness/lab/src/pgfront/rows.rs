//! Values between PostgreSQL's forms and the engine's JSON.

use super::engine::{Column, Kind};
use pgwire::api::Type;
use pgwire::api::portal::Format;
use pgwire::api::results::{DataRowEncoder, FieldFormat, FieldInfo};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::data::DataRow;
use pgwire::types::format::FormatOptions;
use serde_json::Value;
use std::sync::Arc;

/// An error for the client.
pub(super) fn refused(sqlstate: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), sqlstate.to_owned(), message.into())))
}

/// Descriptions of columns, in the formats that the client wants.
pub(super) fn fields(columns: &[Column], format: &Format) -> PgWireResult<Vec<FieldInfo>> {
    if let Format::Individual(formats) = format
        && formats.len() != columns.len()
    {
        return Err(refused("08P01", "as many result formats as columns are needed"));
    }
    let field = |(index, column): (usize, &Column)| {
        FieldInfo::new(column.name.clone(), None, None, sql_type(column.kind), format.format_for(index))
    };
    Ok(columns.iter().enumerate().map(field).collect())
}

fn sql_type(kind: Kind) -> Type {
    match kind {
        Kind::Int8 => Type::INT8,
        Kind::Float8 => Type::FLOAT8,
        Kind::Bool => Type::BOOL,
        Kind::Text => Type::TEXT,
    }
}

/// Encodes all rows; the first value that is not what its column says is an error.
pub(super) fn encode(columns: &[Column], fields: &Arc<Vec<FieldInfo>>, rows: &[Vec<Value>]) -> PgWireResult<Vec<DataRow>> {
    let mut encoder = DataRowEncoder::new(Arc::clone(fields));
    let mut encoded = Vec::with_capacity(rows.len());
    for row in rows {
        if row.len() != columns.len() {
            return Err(refused("XX000", "the engine answered a row of another width"));
        }
        for ((column, field), value) in columns.iter().zip(fields.iter()).zip(row) {
            encode_value(&mut encoder, column, field.format(), value)?;
        }
        encoded.push(encoder.take_row());
    }
    Ok(encoded)
}

fn encode_value(encoder: &mut DataRowEncoder, column: &Column, format: FieldFormat, value: &Value) -> PgWireResult<()> {
    let unfit = || {
        let message = format!("the engine's value {value} does not fit column {:?} of type {:?}", column.name, column.kind);
        refused("22000", message)
    };
    let null = value.is_null();
    let or_null = |found: bool| if found || null { Ok(()) } else { Err(unfit()) };
    match column.kind {
        Kind::Int8 => {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            or_null(number.is_some())?;
            encoder.encode_field(&number)
        }
        Kind::Float8 => {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            or_null(number.is_some())?;
            if format == FieldFormat::Text {
                let text = number.map(float_text);
                return encoder.encode_field_with_type_and_format(&text, &Type::TEXT, format, &FormatOptions::default());
            }
            encoder.encode_field(&number)
        }
        Kind::Bool => {
            or_null(value.is_boolean())?;
            encoder.encode_field(&value.as_bool())
        }
        Kind::Text => {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            encoder.encode_field(&text)
        }
    }
}

/// A number as PostgreSQL writes it: 14 and not 14.0, an exponent where it is very large or small.
fn float_text(number: f64) -> String {
    let size = number.abs();
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        _ if size == 0.0 || (1e-4..1e15).contains(&size) => number.to_string(),
        _ => {
            let text = format!("{number:e}");
            if text.contains("e-") { text } else { text.replace('e', "e+") }
        }
    }
}

/// One bound parameter as JSON; text wherever the client did not name a type.
pub(super) fn parameter(bytes: Option<&[u8]>, kind: &Type, format: FieldFormat) -> PgWireResult<Value> {
    let Some(bytes) = bytes else {
        return Ok(Value::Null);
    };
    if format == FieldFormat::Text {
        return text(bytes);
    }
    let wrong = || refused("22P03", format!("a binary value of type {kind} has {} bytes", bytes.len()));
    Ok(match *kind {
        Type::BOOL => Value::from(*bytes.first().ok_or_else(wrong)? != 0),
        Type::INT2 => Value::from(i16::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        Type::INT4 => Value::from(i32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        Type::INT8 => Value::from(i64::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        Type::FLOAT4 => Value::from(f32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        Type::FLOAT8 => Value::from(f64::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => text(bytes)?,
        _ => return Err(refused("0A000", format!("binary parameters of type {kind} are not understood"))),
    })
}

fn text(bytes: &[u8]) -> PgWireResult<Value> {
    let text = std::str::from_utf8(bytes).map_err(|_| refused("22021", "a parameter is not UTF-8"))?;
    Ok(Value::from(text))
}
