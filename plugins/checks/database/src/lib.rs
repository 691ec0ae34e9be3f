//! Checks of a database, one file each.
#![forbid(unsafe_code)]

mod insert_all;
mod multi_row_insert;
mod trigger_dialect;
mod triggers;

use touchstone_sdk::prelude::*;

touchstone_sdk::plugin!("database", [triggers, multi_row_insert, insert_all]);

/// Rows as one line of data: `1|a, 2|b`.
fn flat(rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return "no rows".into();
    }
    rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(", ")
}

/// Makes a table of the check's own, dropped in the end.
fn table(cx: &Context, db: &Sql, name: &str, columns: &str) -> Result<(), Stop> {
    // One family lacks the form that is content when the table was never made.
    db.undo(&match cx.target().family.as_deref() {
        Some("firebird-like") => format!(
            "EXECUTE BLOCK AS BEGIN IF (EXISTS (SELECT 1 FROM rdb$relations WHERE rdb$relation_name = '{}')) THEN \
             EXECUTE STATEMENT 'DROP TABLE {name}'; END",
            name.to_uppercase()
        ),
        _ => format!("DROP TABLE IF EXISTS {name}"),
    })?;
    db.setup(&format!("CREATE TABLE {name} ({columns})"))?;
    Ok(())
}

/// Decides an expectation by a refusal: a form the server does not know is a contradiction, any other refusal decides nothing.
fn refused(cx: &Context, expectation: &str, expected: &str, reply: &Reply) -> Result<(), Stop> {
    match reply {
        Reply::Refused(failure) if failure.is_about_form() => {
            cx.expect(expectation).unmet(expected, failure.said())?;
        }
        other => {
            let said = other.said();
            let why = say("语句因其他原因被拒绝", format!("refused for another reason: {said}"));
            cx.expect(expectation).unevaluated(why, expected)?;
        }
    }
    Ok(())
}
