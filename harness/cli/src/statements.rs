//! The SQL statements of a check as a product writes them.

use crate::failure::Failure;
use crate::setup::Setup;
use touchstone_model::dialect::{Dialect, Level};
use touchstone_model::text::Lang;
use touchstone_runner::input::nearest;

/// What a product (or a family) speaks.
///
/// # Errors
/// The suite has no data of that name.
pub fn dialect(setup: &Setup, name: &str) -> Result<Dialect, Failure> {
    let dialects = &setup.suite.dialects;
    let wanted = name.trim().to_lowercase();
    if dialects.product(&wanted).is_some() {
        return Ok(dialects.of(Some(&wanted), None));
    }
    if dialects.files().any(|file| file.level != Level::Product && file.id == wanted) {
        return Ok(dialects.of(None, Some(&wanted)));
    }
    let known: Vec<&str> = dialects.files().map(|file| file.id.as_str()).collect();
    let near = nearest(&wanted, known.iter().copied());
    let list = known.join(", ");
    Err(Failure::usage(
        format!("没有产品 {name} 的方言数据{}；可用：{list}", near.map(|n| format!("，是否想写 {n}？")).unwrap_or_default()),
        format!(
            "there are no dialect data of {name}{}; there are: {list}",
            near.map(|n| format!(", did you mean {n}?")).unwrap_or_default()
        ),
    ))
}

/// All cases of the checks; nothing without a dialect.
pub fn words(dialect: Option<&Dialect>, checks: &[&str], lang: Lang) -> String {
    let Some(dialect) = dialect else { return String::new() };
    let mut out = format!("\n{}\n", head(dialect, lang));
    for check in checks {
        for case in dialect.cases_of(check) {
            let Some(script) = dialect.script(case) else { continue };
            let mut marks = vec![script.source.clone()];
            if dialect.product().is_some_and(|product| product.lacks(case)) {
                marks.push(
                    lang.pick("产品文档中没有，用于确认其拒绝", "not in the product's documentation: sent to see it refused")
                        .to_owned(),
                );
            }
            out += &format!("\n  {case}  [{}]\n", marks.join("; "));
            for (number, way) in script.ways.iter().enumerate() {
                if script.ways.len() > 1 {
                    out += &format!("    {} {}\n", lang.pick("写法", "way"), number + 1);
                }
                let statements = way.statements.iter().map(|statement| ("", statement));
                let undo = way.undo.iter().map(|statement| (lang.pick("善后：", "undo: "), statement));
                for (mark, statement) in statements.chain(undo) {
                    out += &format!("    {mark}{}\n", statement.replace('\n', "\n    "));
                }
            }
        }
    }
    out
}

fn head(dialect: &Dialect, lang: Lang) -> String {
    let Some(product) = dialect.product() else {
        let family = dialect.family().map_or("standard", |family| &family.id);
        return format!("{}: {family}", lang.pick("SQL 写法", "SQL as written by"));
    };
    let run = match &product.run_on {
        Some(version) => format!("{} {version}", lang.pick("已在该产品上运行：", "run on the product:")),
        None => lang.pick("尚未在该产品上运行", "not yet run on the product").to_owned(),
    };
    let family = dialect.family().map_or("-", |family| &family.id);
    format!(
        "{}: {} [{run}]\n  {}: {family}  |  {}: {}",
        lang.pick("SQL 写法", "SQL as written by"),
        product.title.get(lang),
        lang.pick("方言族", "family"),
        lang.pick("依据", "source"),
        product.source,
    )
}
