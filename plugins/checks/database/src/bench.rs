//! What the SQL checks share: a session that acts, another that looks at what is left, and scratch tables.

use touchstone_sdk::prelude::*;

/// Columns of a table that cases write their results to.
pub const RESULTS: &str = "k VARCHAR(40), n INT, s VARCHAR(200)";

/// Two sessions of one role and a name for all that is made.
pub struct Bench<'a> {
    pub cx: &'a Context,
    /// Acts.
    pub db: Sql,
    /// Looks: what it sees was committed.
    pub eye: Sql,
    /// Prefix of every object.
    pub name: String,
}

impl<'a> Bench<'a> {
    pub fn open(cx: &'a Context) -> Result<Self, Stop> {
        let role = cx.param("role")?;
        Ok(Self { cx, db: cx.sql(&role)?, eye: cx.sql(&role)?, name: cx.scratch_name() })
    }

    /// A number that nobody can know beforehand, from 100 to 999.
    pub fn number(&self) -> i64 {
        // FNV-1a over the name, the first letters of which are random.
        let sum = self.name.bytes().fold(0x811c_9dc5u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        i64::from(sum % 900) + 100
    }

    /// Makes a table of the check's own, dropped in the end; its name.
    pub fn table(&self, suffix: &str, columns: &str) -> Result<String, Stop> {
        let table = format!("{}_{suffix}", self.name);
        let script = self.cx.script("shared/table", &[("t", &table), ("columns", columns)])?;
        match self.db.perform(&script)? {
            Performed::Whole => Ok(table),
            Performed::Refused { failure, .. } => {
                let said = failure.said();
                inconclusive(say(format!("无法建表：{said}"), format!("a scratch table was refused: {said}")))
            }
        }
    }

    /// The only statement of a case.
    pub fn statement(&self, case: &str, names: &[(&str, &str)]) -> Result<String, Stop> {
        statement(self.cx, case, names)
    }

    /// Performs a case. When it is refused, decides the expectation by that, as far as the refusal decides anything.
    pub fn accepts(&self, case: &str, names: &[(&str, &str)], expectation: &str, expected: &str) -> Result<bool, Stop> {
        let script = self.cx.script(case, names)?;
        match self.db.perform(&script)? {
            Performed::Whole => Ok(true),
            Performed::Refused { failure, at } => {
                // The first statement makes the object; once the form is known, a later one may only fail by circumstances.
                let about_it = failure.refuses_form(&script) || (at > 0 && !failure.is_circumstance());
                self.refused(expectation, expected, &script, about_it, &failure.said())?;
                Ok(false)
            }
        }
    }

    fn refused(&self, expectation: &str, expected: &str, script: &Script, about_it: bool, said: &str) -> Result<(), Stop> {
        let expect = self.cx.expect(expectation);
        if about_it && script.refusal_decides {
            expect.unmet(expected, said)?;
            return Ok(());
        }
        let source = &script.source;
        let why = if about_it {
            say(
                format!("写法取自 {source}，未在该产品上验证过，被拒绝：{said}"),
                format!("the form is from {source} and was never proven on this product; it was refused: {said}"),
            )
        } else {
            say(format!("语句因其他原因被拒绝：{said}"), format!("refused for another reason: {said}"))
        };
        expect.unevaluated(why, expected)
    }

    /// Performs a case that writes to `results`, and compares what another session finds there. True when it is as expected.
    pub fn writes(
        &self,
        case: &str,
        names: &[(&str, &str)],
        results: &str,
        expectation: &str,
        expected: &str,
    ) -> Result<bool, Stop> {
        self.db.setup(&format!("DELETE FROM {results}"))?;
        if !self.accepts(case, names, expectation, expected)? {
            return Ok(false);
        }
        let seen = self.results(results)?;
        self.cx.expect(expectation).that(seen == expected, expected, seen)
    }

    /// `key|number|text` of every result, without what is null in all of them, in order.
    pub fn results(&self, results: &str) -> Result<String, Stop> {
        let rows = self.eye.rows(&format!("SELECT k, n, s FROM {results} ORDER BY k, n, s"))?;
        Ok(flat(rows.iter().map(|row| {
            let [k, n, s] = [0, 1, 2].map(|at| row.get(at).map_or("NULL", String::as_str));
            // A number or a text: what was not written is not shown.
            match (n, s) {
                (n, "NULL") => format!("{k}|{n}"),
                ("NULL", s) => format!("{k}|{s}"),
                (n, s) => format!("{k}|{n}|{s}"),
            }
        })))
    }

    /// Rows of a query by the other session, as one line of data: `1|a, 2|b`.
    pub fn seen(&self, query: &str) -> Result<String, Stop> {
        Ok(flat(self.eye.rows(query)?.iter().map(|row| row.join("|"))))
    }
}

/// The only statement of a case; a dialect without one makes the check inconclusive.
pub fn statement(cx: &Context, case: &str, names: &[(&str, &str)]) -> Result<String, Stop> {
    let script = cx.script(case, names)?;
    match script.ways.first().and_then(|way| way.statements.first()) {
        Some(statement) => Ok(statement.clone()),
        None => inconclusive(say(
            format!("方言 {} 没有用例 {case} 的语句", script.source),
            format!("the dialect {} has no statement for {case}", script.source),
        )),
    }
}

/// Pieces as one line of data.
pub fn flat(pieces: impl IntoIterator<Item = String>) -> String {
    let pieces: Vec<String> = pieces.into_iter().collect();
    if pieces.is_empty() { "no rows".into() } else { pieces.join(", ") }
}
