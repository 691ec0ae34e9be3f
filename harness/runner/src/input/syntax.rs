//! The TOML parser's complaints in both languages, one a line, with remedies.

use super::document::Draft;
use super::problem::Code;
use super::source::Source;
use touchstone_model::text::Text;

/// The parser's errors as drafts. A slip often yields several in its line; the first one is kept.
pub(super) fn drafts(errors: &[toml::de::Error], source: &Source) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = errors.iter().map(|error| draft(error, source)).collect();
    drafts.sort_by_key(|draft| draft.span.start);
    drafts.dedup_by_key(|draft| source.position(draft.span.start).0);
    drafts
}

fn draft(error: &toml::de::Error, source: &Source) -> Draft {
    let end = source.text().len();
    let span = error.span().unwrap_or(end..end);
    let said = error.message();
    if said == "duplicate key" {
        return Draft {
            code: Code::Duplicate,
            message: Text::new("这个键在同一个表里已经写过", "this key is already set in the same table"),
            label: Text::default(),
            help: Text::new("只保留一处", "keep only one of them"),
            span,
            also: None,
        };
    }
    let (zh, help) = known(said);
    let message = match zh {
        Some(zh) => Text::new(format!("TOML语法错误：{zh}"), format!("TOML syntax: {said}")),
        None => Text::new(format!("TOML语法错误：{said}"), format!("TOML syntax: {said}")),
    };
    Draft { code: Code::Syntax, message, label: Text::default(), help, span, also: None }
}

/// Chinese and a remedy for the beginnings of the parser's messages.
fn known(said: &str) -> (Option<&'static str>, Text) {
    const KNOWN: [(&str, &str, &str, &str); 18] = [
        ("string values must be quoted", "字符串没有加引号", "把值写在双引号里", "put the value in double quotes"),
        ("key with no value", "键没有值", "写成 键 = 值", "write key = value"),
        ("missing value", "缺少值", "在等号后面写上值", "write a value behind the equals sign"),
        ("unclosed array table", "[[表]]没有写完", "补上]]", "close it with ]]"),
        ("unclosed table", "[表]没有写完", "补上]", "close it with ]"),
        ("unclosed array", "数组没有写完", "补上]", "close it with ]"),
        ("unclosed inline table", "内联表没有写完", "补上}", "close it with }"),
        ("missing comma", "缺少逗号", "在两项之间加逗号", "put a comma between the two"),
        ("extra comma", "多了逗号", "去掉多余的逗号", "remove the extra comma"),
        ("missing assignment", "缺少等号", "写成 键 = 值", "write key = value"),
        ("invalid unquoted key", "键名中有不允许的字符", "把键名写在双引号里", "put the key in double quotes"),
        (
            "invalid basic string",
            "字符串没有写完或含有不允许的字符",
            "检查结尾的引号，反斜杠写成\\\\",
            "check the closing quote; write a backslash as \\\\",
        ),
        ("invalid literal string", "字符串没有写完或含有不允许的字符", "检查结尾的引号", "check the closing quote"),
        ("invalid multi-line", "多行字符串没有写完", "补上结尾的三个引号", "close it with three quotes"),
        ("missing escaped value", "反斜杠后面不是转义字符", "反斜杠写成\\\\", "write a backslash as \\\\"),
        ("extra `=`", "多了等号", "只保留一个等号", "keep one equals sign"),
        (
            "unexpected leading zero",
            "数字不能以0开头",
            "去掉开头的0，或把值写在双引号里",
            "remove the leading zero, or put the value in double quotes",
        ),
        ("cannot recurse further", "嵌套太深", "减少嵌套层数", "nest less deeply"),
    ];
    match KNOWN.iter().find(|(start, ..)| said.starts_with(start)) {
        Some((_, zh, help_zh, help_en)) => (Some(zh), Text::new(*help_zh, *help_en)),
        None => {
            (None, Text::new("检查这一行的引号、等号和括号", "check the quotes, the equals sign and the brackets of this line"))
        }
    }
}
