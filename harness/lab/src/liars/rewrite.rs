//! What a lying database makes of the statements that it is sent. Each knows just the forms that it lies about.

/// `INSERT ALL INTO a VALUES (x) INTO b VALUES (x) SELECT ...`, with WHEN or without: only the first INTO.
pub(super) fn first_into(statement: &str) -> Option<String> {
    let upper = statement.to_ascii_uppercase();
    if !upper.starts_with("INSERT ALL") && !upper.starts_with("INSERT FIRST") {
        return None;
    }
    let into = upper.find(" INTO ")?;
    let select = upper.rfind(" SELECT ")?;
    let table = statement[into + 6..].split_whitespace().next()?;
    let columns = parenthesised(&statement[into..])?;
    let condition = upper.find(" WHEN ").filter(|when| *when < into).and_then(|when| {
        let then = upper[when..].find(" THEN ")? + when;
        Some(format!(" WHERE {}", &statement[when + 6..then]))
    });
    let source = statement[select..].to_owned() + &condition.unwrap_or_default();
    Some(format!("INSERT INTO {table} SELECT {columns} FROM ({source}) AS source"))
}

fn parenthesised(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('(')?;
    Some(rest.split_once(')')?.0)
}

/// `INSERT ... VALUES (..), (..)`: the statement with its first row only, and how many there were.
pub(super) fn first_row(statement: &str) -> Option<(String, usize)> {
    let upper = statement.to_ascii_uppercase();
    let values = upper.find("VALUES").filter(|_| upper.starts_with("INSERT INTO"))?;
    let rows = statement[values..].split("), (").count();
    let end = statement[values..].find("), (")? + values + 1;
    Some((statement[..end].to_owned(), rows))
}

/// A trigger for all three events, or for one of the others: for INSERT only.
pub(super) fn insert_only(statement: &str) -> Option<String> {
    if !statement.starts_with("CREATE TRIGGER") {
        return None;
    }
    let shorter = statement.replace("INSERT OR UPDATE OR DELETE", "INSERT");
    let shorter = shorter.replace(" UPDATE ON ", " INSERT ON ").replace(" DELETE ON ", " INSERT ON ");
    (shorter != statement).then_some(shorter)
}

/// The word that a server answers a statement with, once it is done.
pub(super) fn tag(statement: &str) -> String {
    let mut words = statement.split_whitespace().map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    let rows = || statement.split("), (").count();
    match first.as_str() {
        "INSERT" => format!("INSERT 0 {}", rows()),
        "UPDATE" | "DELETE" => format!("{first} 1"),
        "SELECT" => "SELECT 0".to_owned(),
        "CREATE" | "DROP" | "ALTER" => format!("{first} {}", words.next().unwrap_or_default()),
        "START" => "START TRANSACTION".to_owned(),
        _ => first,
    }
}

/// The names of a check's own objects begin with this; it is another in each run.
pub(super) fn token(statement: &str) -> Option<String> {
    let bytes = statement.as_bytes();
    for (at, _) in statement.match_indices("ts") {
        let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if begins && length >= 8 && bytes[at..at + length].iter().any(u8::is_ascii_digit) {
            return Some(statement[at..at + length].to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_are_lied_about() {
        let all = "INSERT ALL WHEN id > 1 THEN INTO a VALUES (id, v) WHEN id < 3 THEN INTO b VALUES (id, v) SELECT id, v FROM s";
        let first = "INSERT INTO a SELECT id, v FROM ( SELECT id, v FROM s WHERE id > 1) AS source";
        assert_eq!(first_into(all).as_deref(), Some(first));
        assert_eq!(first_into("INSERT INTO a VALUES (1)"), None);
        let rows = first_row("INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b')").expect("rows");
        assert_eq!(rows, ("INSERT INTO t (id, v) VALUES (1, 'a')".to_owned(), 2));
        assert_eq!(first_row("INSERT INTO t VALUES (1)"), None);
        assert_eq!(token("DROP TABLE ts0123456789ab_a").as_deref(), Some("ts0123456789ab"));
        assert_eq!(token("SELECT counts FROM tests"), None);
        assert_eq!(tag("create table t (n int)"), "CREATE TABLE");
    }
}
