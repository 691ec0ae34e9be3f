//! ODBC against real drivers: PostgreSQL's, MariaDB's, SQLite's; the same meaning as the PostgreSQL transport.
//!
//! Needs `touchstone-odbc` beside the tests' folder, as `ci/test` builds it.
#![forbid(unsafe_code)]

mod common;

use common::{spec, target};
use std::time::{Duration, Instant};
use touchstone_lab::{Lab, MariaDb, Postgres, Sqlite, odbc_driver};
use touchstone_model::inventory::{Credential, OdbcSpec, SecretSource, SqlSpec, TargetSpec, TlsMode};
use touchstone_probes::sql::{Done, Outcome, ROW_LIMIT, Session, Transaction, Value};
use touchstone_probes::{ProbeError, Target};

fn of(lab: &Lab, odbc: OdbcSpec, user: &str, password: &str) -> Target {
    let password = Some(SecretSource::File(lab.secret_file("password", password).unwrap()));
    let sql = SqlSpec {
        protocol: "odbc".into(),
        host: String::new(),
        port: 0,
        database: String::new(),
        tls: TlsMode::Disable,
        ca_file: None,
        odbc: Some(odbc),
        product: None,
        family: None,
        roles: [("app".to_owned(), Credential { user: user.into(), password })].into(),
    };
    target(TargetSpec { sql: Some(sql), ..spec() })
}

fn odbc(driver: &str, options: &[(&str, String)]) -> OdbcSpec {
    OdbcSpec {
        driver: Some(odbc_driver(driver).unwrap().to_string_lossy().into_owned()),
        dsn: None,
        options: options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        user_key: "UID".into(),
        password_key: "PWD".into(),
    }
}

fn postgres(server: &Postgres) -> OdbcSpec {
    let options = [
        ("Servername", "127.0.0.1".to_owned()),
        ("Port", server.port.to_string()),
        ("Database", server.database.clone()),
        ("BoolsAsChar", "0".to_owned()),
    ];
    odbc("psqlodbcw.so", &options)
}

async fn done(session: &Session, statement: &str, params: &[Value]) -> Done {
    match session.execute(statement, params, None).await {
        Ok(Outcome::Done(done)) => done,
        other => panic!("{statement}: {other:?}"),
    }
}

async fn rows(session: &Session, statement: &str) -> Vec<Vec<Value>> {
    done(session, statement, &[]).await.rows
}

async fn refused(session: &Session, statement: &str) -> (String, String) {
    match session.execute(statement, &[], None).await {
        Ok(Outcome::Failed { sqlstate, message }) => (sqlstate, message),
        other => panic!("{statement}: {other:?}"),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// What every driver must do alike.
async fn alike(target: &Target, syntax: &str) {
    let (one, other) = (target.sql("app").await.unwrap(), target.sql("app").await.unwrap());
    done(&one, "CREATE TABLE odbc_t (id INT, v VARCHAR(40))", &[]).await;
    let insert = "INSERT INTO odbc_t (id, v) VALUES (?, ?)";
    assert_eq!(done(&one, insert, &[Value::Integer(1), text("触发器")]).await.affected, Some(1));
    done(&one, insert, &[Value::Integer(2), Value::Null]).await;
    let all = "SELECT id, v FROM odbc_t ORDER BY id";
    let kept = [vec![Value::Integer(1), text("触发器")], vec![Value::Integer(2), Value::Null]];
    assert_eq!(rows(&other, all).await, kept, "committed by itself, seen by another session");

    let transaction = async |what| match one.transaction(what, None).await {
        Ok(Outcome::Done(_)) => {}
        other => panic!("{what:?}: {other:?}"),
    };
    transaction(Transaction::Begin).await;
    done(&one, "DELETE FROM odbc_t", &[]).await;
    transaction(Transaction::Rollback).await;
    assert_eq!(rows(&other, all).await, kept, "rolled back");
    transaction(Transaction::Begin).await;
    done(&one, "DELETE FROM odbc_t WHERE id = 2", &[]).await;
    transaction(Transaction::Commit).await;
    assert_eq!(rows(&other, all).await, kept[..1], "committed");

    assert_eq!(refused(&one, "SELEKT nonsense").await.0, syntax);
    assert_eq!(rows(&one, all).await.len(), 1, "a refusal ends nothing");
    done(&one, "DROP TABLE odbc_t", &[]).await;
    one.close().await;
}

/// The statement is over on the server when the driver says so.
async fn cancelled(session: &Session, watcher: &Session, long: &str, running: &str) {
    let begun = Instant::now();
    let outcome = session.execute(long, &[], Some(Duration::from_secs(1))).await.unwrap();
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    // The server's own list lags behind what it has told the driver.
    while rows(watcher, running).await != [[Value::Integer(0)]] {
        assert!(begun.elapsed() < Duration::from_secs(60), "it still runs on the server");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(rows(session, "SELECT 1").await.len(), 1, "the session goes on");
}

#[tokio::test]
async fn postgresql() {
    let lab = Lab::new().unwrap();
    let server = Postgres::start(&lab).unwrap();
    let target = of(&lab, postgres(&server), &server.app_user, &server.app_password);
    alike(&target, "42601").await;
    let (session, watcher) = (target.sql("app").await.unwrap(), target.sql("app").await.unwrap());
    let running = "SELECT COUNT(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()";
    cancelled(&session, &watcher, "SELECT pg_sleep(60)", running).await;
    let values = "SELECT 7::bigint, 1.5::float8, true, '\\x00ff'::bytea, 12.50::numeric(6,2), NULL::int";
    let expected =
        [Value::Integer(7), Value::Float(1.5), Value::Boolean(true), Value::Bytes(vec![0, 255]), text("12.50"), Value::Null];
    assert_eq!(rows(&session, values).await, [expected.to_vec()]);

    let liar = of(&lab, postgres(&server), &server.app_user, "not-the-password").sql("app").await.map(drop);
    let Err(ProbeError::Lost(why)) = liar else { panic!("{liar:?}") };
    assert!(why.contains("password") && !why.contains("not-the-password"), "{why}");
    let mut elsewhere = postgres(&server);
    elsewhere.driver = Some("/nowhere/libdriver.so".into());
    let missing = of(&lab, elsewhere, "app", "x").sql("app").await.map(drop);
    assert!(matches!(&missing, Err(ProbeError::Lost(why)) if why.contains("libdriver.so")), "{missing:?}");
    let unknown = OdbcSpec { driver: None, dsn: Some("no-such-source".into()), ..postgres(&server) };
    let unknown = of(&lab, unknown, "app", "x").sql("app").await.map(drop);
    assert!(matches!(&unknown, Err(ProbeError::Lost(why)) if why.contains("IM002")), "{unknown:?}");
}

#[tokio::test]
async fn mariadb() {
    let lab = Lab::new().unwrap();
    let mut server = MariaDb::start(&lab).unwrap();
    let spec = odbc("libmaodbc.so", &server.options(false));
    let target = of(&lab, spec.clone(), &server.app_user, &server.app_password);
    alike(&target, "42000").await;
    let (session, watcher) = (target.sql("app").await.unwrap(), target.sql("app").await.unwrap());
    let running =
        "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%seq_1_to_1000000000%' AND id <> CONNECTION_ID()";
    cancelled(&session, &watcher, "SELECT SUM(SQRT(seq)) FROM seq_1_to_1000000000", running).await;
    let many = done(&session, "SELECT seq FROM seq_1_to_20000", &[]).await;
    assert!(many.truncated && many.rows.len() == ROW_LIMIT);
    assert_eq!(rows(&session, "SELECT CAST(x'ff00' AS BINARY(2))").await, [[Value::Bytes(vec![255, 0])]]);
    let (sqlstate, message) = refused(&session, "SELECT 1; SELECT 2").await;
    assert!(sqlstate == "42000" && message.contains("native 1064"), "one statement only: {sqlstate} {message}");

    server.kill();
    let lost = session.execute("SELECT 1", &[], None).await;
    assert!(matches!(lost, Ok(Outcome::Indeterminate(_))), "{lost:?}");
    assert!(session.is_closed());
    assert!(matches!(session.execute("SELECT 1", &[], None).await, Err(ProbeError::Lost(_))));
    let gone = of(&lab, spec, "app", "secret-word").sql("app").await.map(drop);
    assert!(matches!(&gone, Err(ProbeError::Lost(why)) if !why.contains("secret-word")), "{gone:?}");
}

#[tokio::test]
async fn sqlite() {
    let lab = Lab::new().unwrap();
    let file = Sqlite::start(&lab).unwrap();
    let target = of(&lab, odbc("libsqlite3odbc.so", &file.options()), "nobody", "x");
    alike(&target, "HY000").await;
}
