//! One ledger file, CSV or TOML, into rows of cells and from there into its ledger.

use super::super::catalogue::Unique;
use super::super::document::{Sink, collect, unreadable, walk};
use super::super::problem::{Code, Problem};
use super::super::source::{self, ReadError, Source};
use super::super::table::{Table, wrong_type};
use super::super::words::{both, quote, suggest};
use super::columns::{self, Column};
use super::index::Listed;
use super::row::{Cell, Known, Reader, Row};
use super::separated::{BadForm, Field, records};
use super::{LoadedLedgers, rows};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use toml::de::DeValue;
use touchstone_assess::ledger::{Kind, Ledgers};
use touchstone_model::text::Text;

/// Reads a file into `loaded`; what is wrong with it.
pub(super) fn read(dir: &Path, listed: &Listed, known: &Known<'_>, loaded: &mut LoadedLedgers) -> Vec<Problem> {
    let path = dir.join(&listed.file);
    let name = path.display().to_string();
    let (text, note) = match source::read_bytes(&path).and_then(|bytes| decode(&bytes)) {
        Ok(decoded) => decoded,
        Err(error) => return vec![unreadable(&name, &error, false)],
    };
    if note {
        let file = &listed.file;
        loaded.notes.push(both!("{file}不是UTF-8，按GB18030（GBK）读取", "{file} is not UTF-8 and was read as GB18030 (GBK)"));
    }
    let kind = listed.kind;
    let plain = Source::new(&name, &*text);
    let ledgers = &mut loaded.ledgers;
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let walked = match extension.as_deref().and_then(|extension| extension.to_str()) {
        Some("toml") => walk(&name, &text, false, |top| {
            top.schema();
            let tables = top.tables("row", &Text::new("[[row]]", "[[row]]"));
            top.finish();
            let rows: Vec<_> = tables.iter().map(|table| toml_row(table, kind, &plain)).collect();
            take(top.sink, kind, &listed.file, &rows, &[], known, ledgers);
            Some(())
        }),
        _ => collect(&name, &text, |sink| {
            let (rows, lacking) = csv_rows(sink, &text, kind, &plain);
            take(sink, kind, &listed.file, &rows, &lacking, known, ledgers);
            Some(())
        }),
    };
    walked.problems
}

/// The text, and whether it had to be recognised as GB18030: what decides anything is checked against lists, so a wrong guess
/// cannot pass for a right one.
fn decode(bytes: &[u8]) -> Result<(String, bool), Box<ReadError>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(), false)),
        Err(error) => {
            let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(text) if !wide => Ok((text.into_owned(), true)),
                _ => Err(source::not_utf8(bytes, error.valid_up_to())),
            }
        }
    }
}

fn take<'r>(
    sink: &'r Sink,
    kind: Kind,
    file: &'r str,
    rows: &'r [Row<'r>],
    lacking: &'r [&'static str],
    known: &'r Known<'r>,
    ledgers: &mut Ledgers,
) {
    let mut ids = Unique::new(sink);
    for row in rows {
        rows::read(kind, &Reader { sink, known, file, row, lacking }, &mut ids, ledgers);
    }
}

/// Rows of a CSV file, and the columns it lacks.
fn csv_rows<'a>(sink: &Sink, text: &'a str, kind: Kind, plain: &Source) -> (Vec<Row<'a>>, Vec<&'static str>) {
    let (records, wrong) = records(text);
    for form in wrong {
        let (at, message) = match form {
            BadForm::Unclosed(at) => (at, Text::new("引号没有结束", "this quote is never closed")),
            BadForm::BehindQuote(at) => (at, Text::new("引号后还有字符", "something stands behind the closing quote")),
        };
        let help = Text::new("字段内的引号写两次：\"\"", "write a quote within a field twice: \"\"");
        sink.report(Code::Syntax, at..at + 1, message, help);
    }
    let columns = columns::of(kind);
    let mut records = records.into_iter();
    let Some(header) = records.next() else {
        let keys = columns.iter().filter(|column| column.required).map(|column| column.key).collect::<Vec<_>>().join(",");
        sink.report(
            Code::MissingKey,
            0..0,
            Text::new("文件是空的，连表头也没有", "the file is empty, without even a header"),
            both!("第一行写：{keys}", "begin with the line: {keys}"),
        );
        return (Vec::new(), columns.iter().map(|column| column.key).collect());
    };
    let keys = header_keys(sink, &header, &columns);
    let lacking: Vec<&'static str> = columns.iter().map(|column| column.key).filter(|key| !keys.contains(&Some(*key))).collect();
    for column in columns.iter().filter(|column| column.required && lacking.contains(&column.key)) {
        let Column { key, zh, .. } = column;
        let end = header.last().map_or(0, |field| field.span.end);
        sink.report(
            Code::MissingKey,
            end..end,
            both!("表头缺少`{key}`（{zh}）", "the header has no `{key}` ({zh})"),
            both!("加上一列{key}或{zh}", "add a column {key}"),
        );
    }
    let mut rows = Vec::new();
    for record in records {
        if !fits(sink, &record, keys.len()) {
            continue;
        }
        let span =
            record.first().map_or(0..0, |first| first.span.start..record.last().map_or(first.span.end, |last| last.span.end));
        let line = plain.position(span.start).0;
        let cells = keys.iter().zip(record).filter_map(|(key, field)| {
            let blank = field.value.trim().is_empty();
            (*key).filter(|_| !blank).map(|key| (key, Cell { value: trimmed(field.value), span: field.span }))
        });
        rows.push(Row { cells: cells.collect(), span, line });
    }
    (rows, lacking)
}

fn header_keys(sink: &Sink, header: &[Field<'_>], columns: &[Column]) -> Vec<Option<&'static str>> {
    let names: Vec<&str> = columns.iter().flat_map(|column| [column.key, column.zh]).collect();
    if let [only] = header
        && let Some(separator) = [";", "\t"].into_iter().find(|separator| only.value.contains(separator))
    {
        let shown = if separator == "\t" { "制表符 / tab".to_owned() } else { quote(separator) };
        let message = both!("字段以{shown}分隔", "fields are separated by {shown}");
        sink.report(Code::Syntax, only.span.clone(), message, Text::new("另存为以逗号分隔的CSV", "save it as CSV with commas"));
        return vec![None];
    }
    let mut keys: Vec<Option<&'static str>> = Vec::new();
    for field in header {
        let word = field.value.trim();
        let found =
            columns.iter().find(|column| column.key.eq_ignore_ascii_case(word) || column.zh == word).map(|column| column.key);
        let shown = quote(word);
        if word.is_empty() {
            // A column without a name carries nothing that is asked for.
        } else if found.is_none() {
            let message = both!("没有{shown}这一列", "there is no column {shown}");
            sink.report(Code::UnknownKey, field.span.clone(), message, suggest(word, &names));
        } else if keys.contains(&found) {
            let message = both!("列{shown}出现了两次", "the column {shown} is there twice");
            sink.report(Code::Duplicate, field.span.clone(), message, Text::new("删去一列", "remove one of them"));
            keys.push(None);
            continue;
        }
        keys.push(found);
    }
    keys
}

/// Empty fields behind the last column come from spreadsheets; anything else of another length is a mistake.
fn fits(sink: &Sink, record: &[Field<'_>], columns: usize) -> bool {
    let extra = record.iter().skip(columns).find(|field| !field.value.trim().is_empty());
    let (count, last) = (record.len(), record.last().map_or(0..0, |field| field.span.clone()));
    if let Some(extra) = extra {
        let message = both!("这一行有{count}个字段，表头有{columns}个", "the row has {count} fields, the header has {columns}");
        let help = Text::new(
            "数字中若有逗号，小数点应写成“.”；文字中若有逗号，整个字段加引号",
            "a number with a comma: write a point; a text with a comma: put quotes around the field",
        );
        sink.report(Code::BadRow, extra.span.clone(), message, help);
        return false;
    }
    if count < columns {
        let message =
            both!("这一行只有{count}个字段，表头有{columns}个", "the row has {count} fields only, the header has {columns}");
        let help = Text::new("空字段也要留逗号；文件可能不完整", "keep the commas of empty fields; the file may be cut short");
        sink.report(Code::BadRow, last, message, help);
        return false;
    }
    true
}

fn trimmed(value: Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// A `[[row]]` with the same keys as a CSV header.
fn toml_row<'a>(table: &Table<'a>, kind: Kind, plain: &Source) -> Row<'a> {
    let columns = columns::of(kind);
    let names: Vec<&str> = columns.iter().map(|column| column.key).collect();
    let mut cells = HashMap::new();
    for (key, value) in table.entries() {
        let Some(column) = columns.iter().find(|column| column.key == key.value || column.zh == key.value) else {
            let shown = quote(key.value);
            let message = both!("没有{shown}这个键", "there is no key {shown}");
            table.sink.report(Code::UnknownKey, key.span, message, suggest(key.value, &names));
            continue;
        };
        let text = match value.get_ref() {
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            DeValue::Datetime(at) => at.to_string(),
            DeValue::Array(items) if items.iter().all(|item| item.get_ref().is_str()) => {
                items.iter().filter_map(|item| item.get_ref().as_str()).collect::<Vec<_>>().join(";")
            }
            other => {
                let wanted = ("字符串、数、日期或字符串数组", "a string, a number, a date or an array of strings");
                wrong_type::<()>(table.sink, value.span(), column.key, other, wanted, "\"...\"");
                continue;
            }
        };
        if !text.is_empty() {
            cells.insert(column.key, Cell { value: Cow::Owned(text), span: value.span() });
        }
    }
    Row { cells, span: table.span.clone(), line: plain.position(table.span.start).0 }
}
