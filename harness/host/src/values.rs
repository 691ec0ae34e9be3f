//! Plain values of the component model and their types.

use crate::bindings::types::Error;
use wasmtime::component::Val;
use wasmtime::component::types::{ComponentFunc, Type};

/// How the two functions differ; none: they are the same.
pub(crate) fn difference(wanted: &ComponentFunc, found: &ComponentFunc) -> Option<String> {
    let (w, f): (Vec<_>, Vec<_>) = (wanted.params().collect(), found.params().collect());
    if w.len() != f.len() {
        return Some(format!("takes {} parameters, {} are expected", f.len(), w.len()));
    }
    for ((wanted_name, wanted), (name, found)) in w.iter().zip(&f) {
        if wanted_name != name || wanted != found {
            return Some(format!("takes {name}: {} where {wanted_name}: {} is expected", kind(found), kind(wanted)));
        }
    }
    let (w, f): (Vec<_>, Vec<_>) = (wanted.results().collect(), found.results().collect());
    if w != f {
        let kinds = |types: &[Type]| types.iter().map(kind).collect::<Vec<_>>().join(", ");
        return Some(format!("returns {} where {} is expected", kinds(&f), kinds(&w)));
    }
    match w.as_slice() {
        [Type::Result(result)] if result.err().is_some_and(|error| is_contract_error(&error)) => None,
        _ => Some("does not return a result with the contract's error".to_owned()),
    }
}

/// Whether a value of one store is among its parameters or results.
pub(crate) fn has_handles(function: &ComponentFunc) -> bool {
    function.params().any(|(_, ty)| !is_plain(&ty)) || function.results().any(|ty| !is_plain(&ty))
}

fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Own(_) | Type::Borrow(_) | Type::Future(_) | Type::Stream(_) | Type::ErrorContext => false,
        Type::List(list) => is_plain(&list.ty()),
        Type::FixedLengthList(list) => is_plain(&list.ty()),
        Type::Map(map) => is_plain(&map.key()) && is_plain(&map.value()),
        Type::Record(record) => record.fields().all(|field| is_plain(&field.ty)),
        Type::Tuple(tuple) => tuple.types().all(|ty| is_plain(&ty)),
        Type::Variant(variant) => variant.cases().all(|case| case.ty.is_none_or(|ty| is_plain(&ty))),
        Type::Option(option) => is_plain(&option.ty()),
        Type::Result(result) => result.ok().into_iter().chain(result.err()).all(|ty| is_plain(&ty)),
        _ => true,
    }
}

/// In words; deep enough to see what differs.
fn kind(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::S8 => "s8".to_owned(),
        Type::U8 => "u8".to_owned(),
        Type::S16 => "s16".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::S32 => "s32".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::S64 => "s64".to_owned(),
        Type::U64 => "u64".to_owned(),
        Type::Float32 => "f32".to_owned(),
        Type::Float64 => "f64".to_owned(),
        Type::Char => "char".to_owned(),
        Type::String => "string".to_owned(),
        Type::List(list) => format!("list<{}>", kind(&list.ty())),
        Type::Option(option) => format!("option<{}>", kind(&option.ty())),
        Type::Result(result) => {
            let part = |ty: Option<Type>| ty.map_or("_".to_owned(), |ty| kind(&ty));
            format!("result<{}, {}>", part(result.ok()), part(result.err()))
        }
        Type::Tuple(tuple) => format!("tuple<{}>", tuple.types().map(|ty| kind(&ty)).collect::<Vec<_>>().join(", ")),
        Type::Record(record) => {
            let fields: Vec<_> = record.fields().map(|field| format!("{}: {}", field.name, kind(&field.ty))).collect();
            format!("record {{{}}}", fields.join(", "))
        }
        Type::Variant(variant) => format!("variant {{{}}}", variant.cases().map(|case| case.name).collect::<Vec<_>>().join(", ")),
        Type::Enum(names) => format!("enum {{{}}}", names.names().collect::<Vec<_>>().join(", ")),
        Type::Flags(names) => format!("flags {{{}}}", names.names().collect::<Vec<_>>().join(", ")),
        _ => "another type".to_owned(),
    }
}

/// Whether the host can say through it why a call came to nothing.
fn is_contract_error(ty: &Type) -> bool {
    let Type::Variant(variant) = ty else { return false };
    let text = |name: &str| variant.cases().any(|case| case.name == name && matches!(case.ty, Some(Type::String)));
    let detail = |ty: &Type| match ty {
        Type::Record(record) => record.fields().map(|field| field.name).eq(["code", "message"]),
        _ => false,
    };
    let other = variant.cases().any(|case| case.name == "other" && case.ty.is_some_and(|ty| detail(&ty)));
    other && ["denied", "invalid", "timed-out", "lost", "limit", "unavailable"].into_iter().all(text)
}

/// An error of the host as a value of the function's result.
pub(crate) fn contract_error(function: &ComponentFunc, error: Error) -> wasmtime::Result<Val> {
    let results: Vec<Type> = function.results().collect();
    let fits = matches!(results.as_slice(), [Type::Result(result)] if result.err().is_some_and(|e| is_contract_error(&e)));
    if !fits {
        return Err(wasmtime::Error::msg("an adapter's function without the contract's error"));
    }
    let text = |message: String| Some(Box::new(Val::String(message)));
    let (case, payload) = match error {
        Error::Denied(message) => ("denied", text(message)),
        Error::Invalid(message) => ("invalid", text(message)),
        Error::TimedOut(message) => ("timed-out", text(message)),
        Error::Lost(message) => ("lost", text(message)),
        Error::Limit(message) => ("limit", text(message)),
        Error::Unavailable(message) => ("unavailable", text(message)),
        Error::Other(detail) => {
            let fields = [("code", detail.code), ("message", detail.message)];
            let record = fields.map(|(name, value)| (name.to_owned(), Val::String(value)));
            ("other", Some(Box::new(Val::Record(record.into()))))
        }
    };
    Ok(Val::Result(Err(Some(Box::new(Val::Variant(case.to_owned(), payload))))))
}

/// As JSON, for evidence.
pub(crate) fn shown(value: &Val) -> serde_json::Value {
    use serde_json::{Value, json};
    let maybe = |value: &Option<Box<Val>>| value.as_ref().map_or(Value::Null, |value| shown(value));
    match value {
        Val::Bool(b) => json!(b),
        Val::S8(n) => json!(n),
        Val::U8(n) => json!(n),
        Val::S16(n) => json!(n),
        Val::U16(n) => json!(n),
        Val::S32(n) => json!(n),
        Val::U32(n) => json!(n),
        Val::S64(n) => json!(n),
        Val::U64(n) => json!(n),
        Val::Float32(x) => json!(x.to_string()),
        Val::Float64(x) => json!(x.to_string()),
        Val::Char(c) => json!(c.to_string()),
        Val::String(text) => json!(text),
        Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => items.iter().map(shown).collect(),
        Val::Map(pairs) => pairs.iter().map(|(key, value)| json!([shown(key), shown(value)])).collect(),
        Val::Record(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect()),
        Val::Variant(case, payload) => json!({ case: maybe(payload) }),
        Val::Enum(case) => json!(case),
        Val::Option(value) => maybe(value),
        Val::Result(Ok(value)) => json!({ "ok": maybe(value) }),
        Val::Result(Err(value)) => json!({ "error": maybe(value) }),
        Val::Flags(flags) => json!(flags),
        Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => Value::Null,
    }
}
