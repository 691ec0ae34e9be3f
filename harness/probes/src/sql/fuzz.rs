//! Values that no server would send.

use super::decode::Raw;
use super::numeric;
use super::value::Value;
use super::wire::{Ask, Reply};
use tokio_postgres::types::{FromSql, Type};
use touchstone_fuzz::fuzz;

const TYPES: [Type; 43] = [
    Type::BOOL,
    Type::INT2,
    Type::INT4,
    Type::INT8,
    Type::OID,
    Type::XID8,
    Type::FLOAT4,
    Type::FLOAT8,
    Type::NUMERIC,
    Type::MONEY,
    Type::BYTEA,
    Type::DATE,
    Type::TIME,
    Type::TIMETZ,
    Type::TIMESTAMP,
    Type::TIMESTAMPTZ,
    Type::INTERVAL,
    Type::UUID,
    Type::JSONB,
    Type::INET,
    Type::CIDR,
    Type::MACADDR,
    Type::BIT,
    Type::VARBIT,
    Type::PG_LSN,
    Type::VOID,
    Type::CHAR,
    Type::TEXT,
    Type::JSON,
    Type::XML,
    Type::BOOL_ARRAY,
    Type::INT4_ARRAY,
    Type::INT8_ARRAY,
    Type::TEXT_ARRAY,
    Type::NUMERIC_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::INTERVAL_ARRAY,
    Type::INET_ARRAY,
    Type::BYTEA_ARRAY,
    Type::VARBIT_ARRAY,
    Type::POINT,
    Type::TS_VECTOR,
    Type::RECORD,
];

/// The first byte chooses the type.
#[test]
fn values_of_every_type() {
    // An array of one dimension with two numbers, an interval, a number with a fraction, an address.
    let array = b"\x1f\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x02\0\0\0\x01\0\0\0\x04\0\0\0\x07\0\0\0\x04\0\0\0\x08";
    let (interval, number) = (b"\x10\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03", b"\x08\0\x02\0\0\0\0\0\x02\0\x01\x13\x88");
    let address = b"\x13\x02\x20\0\x04\x7f\0\0\x01";
    fuzz(&[array, interval, number, address, b"\x0e\0\0\0\0\0\0\0\0", b"\x1btext"], &[], |input| {
        let (first, raw) = input.split_first().unwrap_or((&0, &[]));
        let ty = &TYPES[usize::from(*first) % TYPES.len()];
        let Raw(value) = Raw::from_sql(ty, raw).expect("every value has a form");
        let form = match &value {
            Value::Null => 0,
            Value::Boolean(_) => 1,
            Value::Integer(_) => 2,
            Value::Float(_) => 3,
            Value::Text(text) => 4 + text.len().min(40),
            Value::Bytes(bytes) => {
                assert_eq!(bytes, raw, "what is not understood is given as it is");
                50
            }
        };
        (ty.oid(), form)
    });
}

#[test]
fn numbers() {
    fuzz(&[b"\0\x02\0\0\0\0\0\x02\0\x01\x13\x88", b"\0\0\0\0\xc0\0\0\0"], &[], |input| {
        let text = numeric::text(input);
        if let Some(text) = &text {
            let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'.');
            assert!(plain || matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity"), "{text}");
        }
        text.map(|text| text.len().min(100))
    });
}

/// What a driver's process, which other people's code runs in, may answer; and the questions as it reads them.
#[test]
fn answers_by_odbc() {
    let seeds: [&[u8]; 4] = [
        b"\"connected\"",
        b"{\"unconnected\":\"why\"}",
        b"{\"outcome\":{\"Done\":{\"columns\":[{\"name\":\"a\",\"type_name\":\"int\"}],\"rows\":[[{\"Integer\":1},\"Null\"]],\"affected\":1,\"truncated\":false}}}",
        b"{\"execute\":{\"statement\":\"SELECT 1\",\"params\":[{\"Integer\":1}],\"timeout_ms\":1}}",
    ];
    let words =
        ["\"Done\"", "\"Failed\"", "\"Indeterminate\"", "[[", "]]", "{\"Text\":", "{\"Bytes\":[", "1e999", "null", "\\ud800"];
    fuzz(&seeds, &words, |input| {
        let reply = serde_json::from_slice::<Reply>(input);
        let ask = serde_json::from_slice::<Ask>(input);
        let kind =
            |error: serde_json::Error| error.to_string().chars().filter(|c| !c.is_ascii_digit()).take(40).collect::<String>();
        (reply.map(|reply| std::mem::discriminant(&reply)).map_err(kind), ask.map(|ask| std::mem::discriminant(&ask)).is_ok())
    });
}
