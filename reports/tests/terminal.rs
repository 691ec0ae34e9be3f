//! The terminal summary: aligned in columns, nothing steers the terminal, nothing is missing.
#![forbid(unsafe_code)]

mod common;

use touchstone_model::text::Lang;
use touchstone_reports::{Options, terminal};
use unicode_width::UnicodeWidthStr as _;

fn summary(lang: Lang, color: bool, width: u16) -> String {
    terminal(&common::everything().run, &Options { lang, color, width })
}

#[test]
fn says_what_matters_in_both_languages() {
    let en = summary(Lang::En, false, 100);
    for words in ["DB-08", "ERROR 42601", "target lost: connection reset by peer", "Left behind", "Conclusion  ✗ not accepted"]
    {
        assert!(en.contains(words), "{words} in\n{en}");
    }
    let zh = summary(Lang::Zh, false, 100);
    for words in ["INSERT ALL 多表插入", "期望  两行 ⏎ row 1", "无结论的检查", "遗留在目标上", "结论  ✗ 不通过", "运行未完成"]
    {
        assert!(zh.contains(words), "{words} in\n{zh}");
    }
}

#[test]
fn tallies_stand_in_columns() {
    for lang in [Lang::Zh, Lang::En] {
        let text = summary(lang, false, 100);
        let table: Vec<&str> = text.lines().skip_while(|l| !l.contains('◐')).take_while(|l| !l.is_empty()).collect();
        assert_eq!(table.len(), 5, "{text}");
        assert!(table.iter().all(|line| line.width() == table[0].width()), "{text}");
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 80, 120] {
        for lang in [Lang::Zh, Lang::En] {
            let text = summary(lang, false, width);
            let wide: Vec<&str> = text.lines().filter(|l| l.width() > usize::from(width.max(66))).collect();
            assert!(wide.is_empty(), "{width}: {wide:#?}");
        }
    }
}

#[test]
fn only_our_own_colours_reach_the_terminal() {
    let plain = summary(Lang::En, false, 80);
    assert!(!plain.chars().any(|c| c.is_control() && c != '\n'));
    let coloured = summary(Lang::En, true, 80);
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        let (code, after) = after.split_once('m').expect("a colour ends");
        assert!(["[0", "[1", "[2", "[31", "[32", "[33", "[35", "[36", "[1;31", "[1;1;31"].contains(&code), "{code}");
        bare.push_str(before);
        rest = after;
    }
    bare.push_str(rest);
    assert_eq!(bare, plain, "colour changes nothing but colour");
}
