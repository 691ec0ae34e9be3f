//! Comma-separated values after RFC 4180, with the place of every field: carets need it, and no reader of CSV tells it.

use std::borrow::Cow;
use std::ops::Range;

/// A field: its value without quotes, and where it stands with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub value: Cow<'a, str>,
    pub span: Range<usize>,
}

/// What is wrong with the form of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadForm {
    /// A quote was opened here and never closed.
    Unclosed(usize),
    /// Something stands behind a closing quote, here.
    BehindQuote(usize),
}

/// The records of a file; lines that hold nothing but commas and blanks are none. What is wrong ends the record it is in.
pub(super) fn records(text: &str) -> (Vec<Vec<Field<'_>>>, Vec<BadForm>) {
    let (mut all, mut wrong, mut record) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    while at < text.len() {
        let (field, next) = field(text, at, &mut wrong);
        record.push(field);
        at = next;
        if matches!(wrong.last(), Some(BadForm::Unclosed(_))) {
            // It reaches to the end of the file: there is no telling what was meant.
            record.clear();
        }
        match text.as_bytes().get(at) {
            Some(b',') => {
                at += 1;
                if at == text.len() {
                    record.push(Field { value: Cow::Borrowed(""), span: at..at });
                }
            }
            _ => {
                at += line_end(text, at);
                all.push(std::mem::take(&mut record));
            }
        }
    }
    if !record.is_empty() {
        all.push(record);
    }
    all.retain(|record: &Vec<Field<'_>>| record.iter().any(|field| !field.value.trim().is_empty()));
    (all, wrong)
}

/// Length of the line end at `at`.
fn line_end(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([_, ..]) => 1,
        _ => 0,
    }
}

/// The field that begins at `at`, and where it ends.
fn field<'a>(text: &'a str, at: usize, wrong: &mut Vec<BadForm>) -> (Field<'a>, usize) {
    let rest = &text[at..];
    let plain_end = |from: usize| text[from..].find([',', '\n', '\r']).map_or(text.len(), |end| from + end);
    if !rest.starts_with('"') {
        let end = plain_end(at);
        return (Field { value: Cow::Borrowed(&text[at..end]), span: at..end }, end);
    }
    let mut value = String::new();
    let mut from = at + 1;
    loop {
        let Some(quote) = text[from..].find('"').map(|quote| from + quote) else {
            wrong.push(BadForm::Unclosed(at));
            value.push_str(&text[from..]);
            return (Field { value: Cow::Owned(value), span: at..text.len() }, text.len());
        };
        value.push_str(&text[from..quote]);
        if text[quote + 1..].starts_with('"') {
            value.push('"');
            from = quote + 2;
            continue;
        }
        let end = plain_end(quote + 1);
        if !text[quote + 1..end].trim().is_empty() {
            wrong.push(BadForm::BehindQuote(quote + 1));
        }
        return (Field { value: Cow::Owned(value), span: at..end }, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<Vec<String>> {
        records(text).0.into_iter().map(|record| record.into_iter().map(|field| field.value.into_owned()).collect()).collect()
    }

    #[test]
    fn fields_quotes_and_line_ends() {
        assert_eq!(values("a,b\r\n1,2\r\n"), [["a", "b"], ["1", "2"]]);
        assert_eq!(values("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n"), [["a", "b"], ["x, y", "say \"hi\""]]);
        assert_eq!(values("a,b\n\"two\nlines\",2"), [["a", "b"], ["two\nlines", "2"]]);
        assert_eq!(values("a,b\n\n,,\n1,\n"), [["a", "b"], ["1", ""]]);
        assert_eq!(values("a,"), [["a", ""]]);
        assert!(values("").is_empty());
    }

    #[test]
    fn places_and_mistakes() {
        let (found, wrong) = records("a,b\n\"x\",y\n1,\"z\n");
        assert_eq!(found[1][0].span, 4..7);
        assert_eq!(found.len(), 2);
        assert_eq!(wrong, [BadForm::Unclosed(12)]);
        assert_eq!(records("\"a\"b,c\n").1, [BadForm::BehindQuote(3)]);
    }
}
