//! How products write their SQL: data, resolved from product over family to standard.
//!
//! A *case* is one thing that a check wants done (`database/triggers/before-row-insert`). Its statements are a list and never
//! cut at a semicolon: fed to PostgreSQL, the tail `END;` of a package would run as COMMIT.

use crate::text::Text;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Name of the level that every case is written down on.
pub const STANDARD: &str = "standard";

/// One way to write a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Statements in order, each sent as it is.
    pub statements: Vec<String>,
    /// What undoes them, in this order; succeeds also when nothing was made. `@table NAME` stands for the statements of the
    /// case `shared/drop-table`, whatever level has it, with `{{x}}` for the name; so for every other kind of object.
    pub undo: Vec<String>,
}

/// What a file of data is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// One product, or one mode of it.
    Product,
    /// Products that write alike.
    Family,
    /// Everybody.
    Standard,
}

/// One file of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialectFile {
    /// Lower-case name: the inventory's `product` or `family`.
    pub id: String,
    /// What it is about.
    pub level: Level,
    /// For people.
    pub title: Text,
    /// Other names of a product in inventories.
    pub aliases: Vec<String>,
    /// Family of a product.
    pub family: Option<String>,
    /// Where its facts are from.
    pub source: String,
    /// Version of the product that all of its cases were run on; none: not yet run on the product.
    pub run_on: Option<String>,
    /// How the product says that it does not know a form, where its SQLSTATE does not: parts of its messages.
    pub form_errors: Vec<String>,
    /// Cases that the product does not have by its own documentation; `section/*` for all of a section.
    pub absent: BTreeSet<String>,
    /// Sections whose form the tender itself names (of the standard only).
    pub named_by_tender: BTreeSet<String>,
    /// By case, or by section for all of its cases: how one statement must begin (`*` stands for anything), so that nothing else stands in for it (of the standard only).
    pub begins: BTreeMap<String, Vec<String>>,
    /// By full name.
    pub cases: BTreeMap<String, Vec<Way>>,
}

/// A case as one product writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Tried in order until one is accepted.
    pub ways: Vec<Way>,
    /// Name of the file they are from.
    pub source: String,
    /// Whether that file speaks of the product asked for and was run on it, or the tender itself names the form, or the
    /// product's documentation knows no such thing. Else a refusal may be these statements' own fault.
    pub refusal_decides: bool,
    /// The product has a file, and nothing of it was ever run on the product.
    pub not_yet_run: bool,
    /// From the product's file.
    pub form_errors: Vec<String>,
}

/// What one product speaks: its own file, its family's, the standard; each may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    product: Option<Arc<DialectFile>>,
    family: Option<Arc<DialectFile>>,
    standard: Option<Arc<DialectFile>>,
}

/// All files of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialects {
    files: Vec<Arc<DialectFile>>,
}

impl DialectFile {
    /// Whether the product has no such case by its own documentation.
    pub fn lacks(&self, case: &str) -> bool {
        let section = case.rsplit_once('/').map_or("", |(section, _)| section);
        self.absent.contains(case) || self.absent.contains(&format!("{section}/*"))
    }
}

impl Dialects {
    /// From files with different names.
    pub fn new(files: Vec<DialectFile>) -> Self {
        Self { files: files.into_iter().map(Arc::new).collect() }
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &DialectFile> {
        self.files.iter().map(|file| &**file)
    }

    fn file(&self, level: Level, name: &str) -> Option<&Arc<DialectFile>> {
        let name = name.trim().to_lowercase();
        let called = |file: &&Arc<DialectFile>| file.id == name || file.aliases.contains(&name);
        self.files.iter().filter(|file| file.level == level).find(called)
    }

    /// The file of a product, by its name or another name of it.
    pub fn product(&self, name: &str) -> Option<&DialectFile> {
        self.file(Level::Product, name).map(|file| &**file)
    }

    /// What a target speaks, by what the inventory says of it. A family named there wins over that of the product's file.
    pub fn of(&self, product: Option<&str>, family: Option<&str>) -> Dialect {
        let product = product.and_then(|name| self.file(Level::Product, name)).cloned();
        let family = family.or_else(|| product.as_ref()?.family.as_deref());
        let family = family.and_then(|name| self.file(Level::Family, name)).cloned();
        let standard = self.file(Level::Standard, STANDARD).cloned();
        Dialect { product, family, standard }
    }
}

impl Dialect {
    /// A case by its full name (`plugin/check/case`); none when nobody has written it down.
    pub fn script(&self, case: &str) -> Option<Script> {
        let (file, ways) = self.written(case)?;
        let section = case.rsplit_once('/').map_or("", |(section, _)| section);
        let named = self.standard.as_ref().is_some_and(|standard| standard.named_by_tender.contains(section));
        let product = self.product.as_ref();
        Some(Script {
            ways: ways.iter().map(|way| self.whole(way)).collect(),
            source: file.id.clone(),
            refusal_decides: named || product.is_some_and(|product| product.run_on.is_some() || product.lacks(case)),
            not_yet_run: product.is_some_and(|product| product.run_on.is_none()),
            form_errors: product.map(|product| product.form_errors.clone()).unwrap_or_default(),
        })
    }

    /// The first level that has the case.
    fn written(&self, case: &str) -> Option<(&DialectFile, &Vec<Way>)> {
        let levels = [&self.product, &self.family, &self.standard];
        levels.into_iter().flatten().find_map(|file| Some((&**file, file.cases.get(case)?)))
    }

    /// With what undoes it written out.
    fn whole(&self, way: &Way) -> Way {
        let undo = way.undo.iter().flat_map(|line| {
            let named = line.strip_prefix('@').and_then(|rest| rest.split_once(' '));
            let shared = named.and_then(|(kind, name)| {
                let (_, ways) = self.written(&format!("shared/drop-{kind}"))?;
                let x = [("x".to_owned(), name.trim().to_owned())];
                ways.first()?.statements.iter().map(|statement| fill(statement, &x).ok()).collect::<Option<Vec<_>>>()
            });
            shared.unwrap_or_else(|| vec![line.clone()])
        });
        Way { statements: way.statements.clone(), undo: undo.collect() }
    }

    /// Full names of all cases of a section (`plugin/check`).
    pub fn cases_of(&self, section: &str) -> BTreeSet<&str> {
        let of_section = |case: &&str| case.rsplit_once('/').is_some_and(|(found, _)| found == section);
        let levels = [&self.product, &self.family, &self.standard];
        levels.into_iter().flatten().flat_map(|file| file.cases.keys().map(String::as_str)).filter(of_section).collect()
    }

    /// The product's own file.
    pub fn product(&self) -> Option<&DialectFile> {
        self.product.as_deref()
    }

    /// The family's file.
    pub fn family(&self) -> Option<&DialectFile> {
        self.family.as_deref()
    }
}

/// Puts names in the place of `{{name}}`.
///
/// # Errors
/// A name that was not given.
pub fn fill(text: &str, names: &[(String, String)]) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        let value = names.iter().find(|(known, _)| known == name.trim()).map(|(_, value)| value);
        out.push_str(value.ok_or_else(|| format!("{{{{{name}}}}} stands for nothing that the check gives"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, level: Level, cases: &[&str]) -> DialectFile {
        let way = |statement: &str| vec![Way { statements: vec![format!("{id}: {statement}")], undo: Vec::new() }];
        DialectFile {
            id: id.into(),
            level,
            title: Text::default(),
            aliases: Vec::new(),
            family: None,
            source: String::new(),
            run_on: None,
            form_errors: Vec::new(),
            absent: BTreeSet::new(),
            named_by_tender: BTreeSet::new(),
            begins: BTreeMap::new(),
            cases: cases.iter().map(|case| (format!("p/c/{case}"), way(case))).collect(),
        }
    }

    #[test]
    fn product_over_family_over_standard() {
        let mut own = file("db1", Level::Product, &["a"]);
        own.family = Some("likes".into());
        own.aliases = vec!["db one".into()];
        own.absent = ["p/c/c".to_owned()].into();
        let all = Dialects::new(vec![
            own,
            file("likes", Level::Family, &["a", "b"]),
            file(STANDARD, Level::Standard, &["a", "b", "c", "d"]),
        ]);
        let dialect = all.of(Some("DB One"), None);
        let from = |case: &str| dialect.script(&format!("p/c/{case}")).map(|script| script.source);
        assert_eq!(["a", "b", "c", "e"].map(from), [Some("db1".into()), Some("likes".into()), Some(STANDARD.into()), None]);
        let decides = |case: &str| dialect.script(&format!("p/c/{case}")).is_some_and(|script| script.refusal_decides);
        assert_eq!(["a", "c", "d"].map(decides), [false, true, false], "only what the documentation denies");
        assert_eq!(dialect.cases_of("p/c").len(), 4);
        // A product that nobody has written down: its family's form may simply not be its own.
        let stranger = all.of(Some("unheard-of"), Some("likes")).script("p/c/b").expect("a script");
        assert!(!stranger.refusal_decides && stranger.source == "likes");
    }

    #[test]
    fn names_are_filled_in() {
        let names = [("t".to_owned(), "ts1".to_owned())];
        assert_eq!(fill("INSERT INTO {{t}} VALUES ('{1,2}')", &names), Ok("INSERT INTO ts1 VALUES ('{1,2}')".into()));
        assert!(fill("{{u}}", &names).is_err());
    }
}
