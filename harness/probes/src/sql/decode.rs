//! Values out of PostgreSQL's binary form.

use super::value::{Value, float};
use super::{numeric, time};
use std::error::Error;
use tokio_postgres::types::{FromSql, Kind, Type};

/// Whatever the server sent, with its type.
pub(super) struct Raw(pub(super) Value);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        // Of an unknown type or an unexpected form the bytes are all that can be told honestly.
        Ok(Self(value(ty, raw).unwrap_or_else(|| Value::Bytes(raw.to_vec()))))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn value(ty: &Type, raw: &[u8]) -> Option<Value> {
    Some(match ty.kind() {
        Kind::Enum(_) => Value::Text(String::from_utf8(raw.to_vec()).ok()?),
        Kind::Domain(inner) => value(inner, raw)?,
        Kind::Array(element) => Value::Text(array(element, raw)?),
        _ => simple(ty, raw)?,
    })
}

fn simple(ty: &Type, raw: &[u8]) -> Option<Value> {
    let text = |text: String| Some(Value::Text(text));
    match *ty {
        Type::BOOL => Some(Value::Boolean(*raw.first()? != 0)),
        Type::INT2 => Some(Value::Integer(i16::from_be_bytes(raw.try_into().ok()?).into())),
        Type::INT4 => Some(Value::Integer(i32::from_be_bytes(raw.try_into().ok()?).into())),
        Type::INT8 => Some(Value::Integer(i64_of(raw)?)),
        Type::OID
        | Type::XID
        | Type::CID
        | Type::REGPROC
        | Type::REGPROCEDURE
        | Type::REGOPER
        | Type::REGOPERATOR
        | Type::REGCLASS
        | Type::REGTYPE
        | Type::REGROLE
        | Type::REGNAMESPACE
        | Type::REGCONFIG
        | Type::REGDICTIONARY => Some(Value::Integer(u32::from_be_bytes(raw.try_into().ok()?).into())),
        Type::XID8 => Some(Value::Integer(i64_of(raw)?)),
        Type::FLOAT4 => Some(Value::Float(shortest(f32::from_be_bytes(raw.try_into().ok()?)))),
        Type::FLOAT8 => Some(Value::Float(f64::from_be_bytes(raw.try_into().ok()?))),
        Type::NUMERIC => text(numeric::text(raw)?),
        Type::MONEY => text(money(i64_of(raw)?)),
        Type::BYTEA => Some(Value::Bytes(raw.to_vec())),
        Type::DATE => text(time::date(i32::from_be_bytes(raw.try_into().ok()?))),
        Type::TIME => text(time::time(i64_of(raw)?)),
        Type::TIMETZ => text(time::time_with_zone(i64_of(raw.get(..8)?)?, i32::from_be_bytes(raw.get(8..)?.try_into().ok()?))),
        Type::TIMESTAMP => text(time::timestamp(i64_of(raw)?, "")),
        Type::TIMESTAMPTZ => text(time::timestamp(i64_of(raw)?, "+00")),
        Type::INTERVAL => {
            let days = i32::from_be_bytes(raw.get(8..12)?.try_into().ok()?);
            let months = i32::from_be_bytes(raw.get(12..16)?.try_into().ok()?);
            text(time::interval(i64_of(raw.get(..8)?)?, days, months))
        }
        Type::UUID => text(uuid(raw.try_into().ok()?)),
        Type::JSONB => text(String::from_utf8(raw.strip_prefix(&[1])?.to_vec()).ok()?),
        Type::INET | Type::CIDR => text(network(ty, raw)?),
        Type::MACADDR | Type::MACADDR8 => text(raw.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(":")),
        Type::BIT | Type::VARBIT => text(bits(raw)?),
        Type::PG_LSN => {
            let position = u64::from_be_bytes(raw.try_into().ok()?);
            text(format!("{:X}/{:X}", position >> 32, position & 0xffff_ffff))
        }
        Type::VOID => Some(Value::Null),
        Type::CHAR => text(String::from_utf8_lossy(raw).trim_end_matches('\0').to_owned()),
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::JSON
        | Type::XML
        | Type::UNKNOWN
        | Type::CSTRING
        | Type::REFCURSOR => text(String::from_utf8(raw.to_vec()).ok()?),
        // Types of extensions whose binary form is their text.
        _ if matches!(ty.name(), "citext" | "nvarchar2" | "varchar2" | "clob") => text(String::from_utf8(raw.to_vec()).ok()?),
        _ => None,
    }
}

fn i64_of(raw: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(raw.try_into().ok()?))
}

/// The decimal that the server would show for it, not the binary neighbourhood of it.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

fn money(cents: i64) -> String {
    let size = cents.unsigned_abs();
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, size / 100, size % 100)
}

fn uuid(raw: [u8; 16]) -> String {
    let hex = hex::encode(raw);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn network(ty: &Type, raw: &[u8]) -> Option<String> {
    let (&[_, bits, _, length], address) = raw.split_first_chunk::<4>()?;
    let address: std::net::IpAddr = match length {
        4 => <[u8; 4]>::try_from(address).ok()?.into(),
        16 => <[u8; 16]>::try_from(address).ok()?.into(),
        _ => return None,
    };
    let whole = length * 8;
    Some(if *ty == Type::INET && bits == whole { address.to_string() } else { format!("{address}/{bits}") })
}

fn bits(raw: &[u8]) -> Option<String> {
    let (length, bytes) = raw.split_first_chunk::<4>()?;
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    let all: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    all.get(..length).map(str::to_owned)
}

/// As the server writes arrays: `{1,2,NULL,"with space"}`.
fn array(element: &Type, raw: &[u8]) -> Option<String> {
    let word = |at: usize| Some(i32::from_be_bytes(raw.get(at..at + 4)?.try_into().ok()?));
    let dimensions = usize::try_from(word(0)?).ok().filter(|count| *count <= 6)?;
    if dimensions == 0 {
        return Some("{}".to_owned());
    }
    let mut sizes = Vec::new();
    let mut bounds = String::new();
    for dimension in 0..dimensions {
        let (size, lower) = (word(12 + dimension * 8)?, word(16 + dimension * 8)?);
        sizes.push(usize::try_from(size).ok()?);
        bounds.push_str(&format!("[{lower}:{}]", lower.checked_add(size)?.checked_sub(1)?));
    }
    let plain = bounds.split(']').filter(|bound| !bound.is_empty()).all(|bound| bound.starts_with("[1:"));
    let mut rest = raw.get(12 + dimensions * 8..)?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>()?;
        rest = after;
        match usize::try_from(i32::from_be_bytes(*length)) {
            Err(_) => elements.push("NULL".to_owned()),
            Ok(length) => {
                elements.push(item(&value(element, rest.get(..length)?)?, element));
                rest = &rest[length..];
            }
        }
    }
    // An empty array has no dimension at all: one of size nothing is none that can be told.
    if sizes.contains(&0) || sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(*size)) != Some(elements.len()) {
        return None;
    }
    for size in sizes.iter().rev() {
        elements = elements.chunks(*size).map(|chunk| format!("{{{}}}", chunk.join(","))).collect();
    }
    let inner = elements.pop()?;
    Some(if plain { inner } else { format!("{bounds}={inner}") })
}

fn item(value: &Value, element: &Type) -> String {
    let text = match value {
        Value::Null => return "NULL".to_owned(),
        Value::Boolean(value) => return if *value { "t" } else { "f" }.to_owned(),
        Value::Integer(number) => return number.to_string(),
        Value::Float(number) => {
            let text = float(*number);
            return text.strip_suffix(".0").map(str::to_owned).unwrap_or(text);
        }
        Value::Bytes(bytes) => format!("\\x{}", hex::encode(bytes)),
        Value::Text(text) => text.clone(),
    };
    let special = |c: char| matches!(c, '{' | '}' | '"' | '\\') || c == ',' || c.is_ascii_whitespace();
    let numeric = *element == Type::NUMERIC;
    if !numeric && (text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special)) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text
    }
}
