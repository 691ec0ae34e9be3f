//! How each family of SQL writes its triggers.

/// Statements that make one kind of trigger, in order. A trigger goes with its table; what does not is dropped by `drop`,
/// which succeeds also when nothing was made.
pub struct Made {
    pub create: Vec<String>,
    pub drop: Option<String>,
}

/// Names of one trigger and what it works on.
pub struct Names<'a> {
    /// Prefix of whatever is made.
    pub trigger: &'a str,
    /// Table watched: `id`, `v`.
    pub table: &'a str,
    /// Table written to: `event`, `old_v`, `new_v`.
    pub log: &'a str,
}

/// Logs every row inserted, updated, deleted, after the fact, with old and new value.
pub fn after_row(family: &str, n: &Names) -> Made {
    let Names { trigger, table, log } = n;
    let insert = format!("INSERT INTO {log} VALUES ('insert', NULL, {{new}}v)");
    let update = format!("INSERT INTO {log} VALUES ('update', {{old}}v, {{new}}v)");
    let delete = format!("INSERT INTO {log} VALUES ('delete', {{old}}v, NULL)");
    let fill = |text: &str, old: &str, new: &str| text.replace("{old}", old).replace("{new}", new);
    match family {
        "postgres-like" => with_function(
            n,
            &format!(
                "IF TG_OP = 'INSERT' THEN {}; ELSIF TG_OP = 'UPDATE' THEN {}; ELSE {}; END IF; RETURN NULL;",
                fill(&insert, "OLD.", "NEW."),
                fill(&update, "OLD.", "NEW."),
                fill(&delete, "OLD.", "NEW."),
            ),
            "AFTER INSERT OR UPDATE OR DELETE",
            "ROW",
        ),
        "oracle-like" => single(format!(
            "CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW BEGIN IF INSERTING THEN {}; \
                 ELSIF UPDATING THEN {}; ELSE {}; END IF; END;",
            fill(&insert, ":OLD.", ":NEW."),
            fill(&update, ":OLD.", ":NEW."),
            fill(&delete, ":OLD.", ":NEW."),
        )),
        "firebird-like" => single(format!(
            "CREATE TRIGGER {trigger} FOR {table} AFTER INSERT OR UPDATE OR DELETE AS BEGIN IF (INSERTING) THEN {}; \
                 ELSE IF (UPDATING) THEN {}; ELSE {}; END",
            fill(&insert, "OLD.", "NEW."),
            fill(&update, "OLD.", "NEW."),
            fill(&delete, "OLD.", "NEW."),
        )),
        // One event a trigger, as in SQL:1999; the referencing clause is what MySQL's kin do without.
        family => {
            let mysql = family == "mysql-like";
            let events = [
                ("i", "INSERT", "NEW ROW AS n", &insert),
                ("u", "UPDATE", "OLD ROW AS o NEW ROW AS n", &update),
                ("d", "DELETE", "OLD ROW AS o", &delete),
            ];
            let create = events.iter().map(|(suffix, event, rows, body)| {
                let (clause, body) = if mysql {
                    (String::new(), fill(body, "OLD.", "NEW."))
                } else {
                    (format!("REFERENCING {rows} "), fill(body, "o.", "n."))
                };
                format!("CREATE TRIGGER {trigger}{suffix} AFTER {event} ON {table} {clause}FOR EACH ROW {body}")
            });
            Made { create: create.collect(), drop: None }
        }
    }
}

/// Changes every row inserted, before the fact: `v` becomes `changed`.
pub fn before_row(family: &str, n: &Names) -> Made {
    let Names { trigger, table, .. } = n;
    match family {
        "postgres-like" => with_function(n, "NEW.v := 'changed'; RETURN NEW;", "BEFORE INSERT", "ROW"),
        "oracle-like" => {
            single(format!("CREATE TRIGGER {trigger} BEFORE INSERT ON {table} FOR EACH ROW BEGIN :NEW.v := 'changed'; END;"))
        }
        "firebird-like" => single(format!("CREATE TRIGGER {trigger} FOR {table} BEFORE INSERT AS BEGIN NEW.v = 'changed'; END")),
        "mysql-like" => single(format!("CREATE TRIGGER {trigger} BEFORE INSERT ON {table} FOR EACH ROW SET NEW.v = 'changed'")),
        _ => single(format!(
            "CREATE TRIGGER {trigger} BEFORE INSERT ON {table} REFERENCING NEW ROW AS n FOR EACH ROW SET n.v = 'changed'"
        )),
    }
}

/// Logs every statement once, however many rows it changes: `each insert`, `each update`, `each delete`.
pub fn statement(family: &str, n: &Names) -> Made {
    let Names { trigger, table, log } = n;
    let body = |event: &str| format!("INSERT INTO {log} VALUES ('each {event}', NULL, NULL)");
    let (insert, update, delete) = (body("insert"), body("update"), body("delete"));
    match family {
        "postgres-like" => with_function(
            n,
            &format!(
                "IF TG_OP = 'INSERT' THEN {insert}; ELSIF TG_OP = 'UPDATE' THEN {update}; ELSE {delete}; END IF; RETURN NULL;"
            ),
            "AFTER INSERT OR UPDATE OR DELETE",
            "STATEMENT",
        ),
        // Without FOR EACH ROW it is one for the statement.
        "oracle-like" => single(format!(
            "CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} BEGIN IF INSERTING THEN {insert}; \
             ELSIF UPDATING THEN {update}; ELSE {delete}; END IF; END;"
        )),
        _ => {
            let events = [("i", "INSERT", insert), ("u", "UPDATE", update), ("d", "DELETE", delete)];
            let create = events.iter().map(|(suffix, event, body)| {
                format!("CREATE TRIGGER {trigger}{suffix} AFTER {event} ON {table} FOR EACH STATEMENT {body}")
            });
            Made { create: create.collect(), drop: None }
        }
    }
}

fn single(create: String) -> Made {
    Made { create: vec![create], drop: None }
}

fn with_function(n: &Names, body: &str, when: &str, level: &str) -> Made {
    let Names { trigger, table, .. } = n;
    Made {
        create: vec![
            format!("CREATE FUNCTION {trigger}_f() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$"),
            format!("CREATE TRIGGER {trigger} {when} ON {table} FOR EACH {level} EXECUTE PROCEDURE {trigger}_f()"),
        ],
        drop: Some(format!("DROP FUNCTION IF EXISTS {trigger}_f() CASCADE")),
    }
}
