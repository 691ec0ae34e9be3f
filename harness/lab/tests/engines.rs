//! The fronts before other engines: what the engine can do is done, what it refuses is refused, nothing runs twice.

mod support;

use std::time::Instant;
use support::{Leftovers, block_on, simple};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};
use touchstone_lab::{Databend, Firebird, Lab};

async fn connect(port: u16, password: &str) -> Result<Client, tokio_postgres::Error> {
    let address = format!("host=127.0.0.1 port={port} user=app dbname=app password={password}");
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn state(error: &tokio_postgres::Error) -> &str {
    error.code().map_or("none", |code| code.code())
}

async fn one(client: &Client, sql: &str) -> String {
    simple(client, sql).await.unwrap()[0][0].clone()
}

#[test]
fn databend_inserts_into_all_and_rolls_back() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let begun = Instant::now();
    let mut engine = Databend::start(&lab).unwrap();
    eprintln!("databend ready in {:?}", begun.elapsed());
    block_on(async {
        let wrong = connect(engine.port, "wrong").await.unwrap_err();
        assert_eq!(state(&wrong), "28P01");
        let client = connect(engine.port, &engine.password).await.unwrap();
        for sql in [
            "create table src(a int, b varchar)",
            "create table t1(a int, b varchar)",
            "create table t2(a int, b varchar)",
            "insert into src values (1, 'x'), (2, 'y;z')",
        ] {
            simple(&client, sql).await.unwrap();
        }
        let all = "INSERT ALL INTO t1 VALUES (a, b) INTO t2 VALUES (a, b) SELECT a, b FROM src";
        simple(&client, "begin").await.unwrap();
        assert_eq!(client.execute(all, &[]).await.unwrap(), 4);
        assert_eq!(one(&client, "select count(*) from t2").await, "2");
        let other = connect(engine.port, &engine.password).await.unwrap();
        assert_eq!(one(&other, "select count(*) from t2").await, "0", "another session sees nothing before the commit");
        simple(&client, "rollback").await.unwrap();
        assert_eq!(one(&client, "select count(*) from t1").await, "0");
        simple(&client, "begin").await.unwrap();
        simple(&client, all).await.unwrap();
        simple(&client, "commit").await.unwrap();
        assert_eq!(one(&other, "select count(*) from t1").await, "2");

        let trigger = "create trigger tr before insert on t1 for each row begin end";
        assert_eq!(state(&simple(&client, trigger).await.unwrap_err()), "42601");
        assert_eq!(state(&client.execute(trigger, &[]).await.unwrap_err()), "42601");
        assert_eq!(state(&simple(&client, "insert all rubbish").await.unwrap_err()), "42601");
        assert_eq!(state(&simple(&client, "select * from nowhere").await.unwrap_err()), "42P01");
        let two = "insert into t1 values (7, 'a'); insert into t1 values (8, 'b')";
        assert_eq!(state(&simple(&client, two).await.unwrap_err()), "42601", "the engine would forget the second");
        assert_eq!(one(&client, "select count(*) from t1 where a > 6").await, "0");

        // Prepared, with parameters as text; quotes and backslashes stay what they are.
        let nasty = "it's \\ \"fine\"; -- $1 ' || 'x";
        assert_eq!(client.execute("insert into t1 values ($1, $2)", &[&"9", &nasty]).await.unwrap(), 0);
        let row = client.query_one("select a, b, a > 3, a / 2.0::double from t1 where b = $1", &[&nasty]).await.unwrap();
        assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(1), row.get::<_, bool>(2)), (9, nasty, true));
        assert!((row.get::<_, f64>(3) - 4.5).abs() < 1e-9);
        // With types from the client, described as a portal; run once.
        client.query_typed("insert into t1 values ($1, $2)", &[(&10i32, Type::INT4), (&"once", Type::TEXT)]).await.unwrap();
        assert_eq!(one(&client, "select count(*) from t1 where a = 10 and b = 'once'").await, "1");
        let rows = client.query_typed("select a from t1 where a >= $1 order by a", &[(&9i64, Type::INT8)]).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.get::<_, i64>(0)).collect::<Vec<_>>(), [9, 10]);
        assert!(client.query("select a from t1 where a = 4711", &[]).await.unwrap().is_empty());
        assert_eq!(one(&client, "select null").await, "NULL");
        // An engine that dies breaks the connection, and says no success.
        engine.kill();
        assert!(simple(&client, "select 1").await.is_err());
        assert!(other.query("select 1", &[]).await.is_err());
    });
    drop(engine);
    drop(lab);
    left.assert_none();
}

#[test]
fn firebird_refuses_rows_in_bulk_and_runs_triggers() {
    let lab = Lab::new().unwrap();
    let left = Leftovers::of(&lab);
    let begun = Instant::now();
    let engine = Firebird::start(&lab).unwrap();
    eprintln!("firebird ready in {:?}", begun.elapsed());
    block_on(async {
        let client = connect(engine.port, &engine.password).await.unwrap();
        let other = connect(engine.port, &engine.password).await.unwrap();
        simple(&client, "create table t1(a int, b varchar(40), c double precision, d numeric(9,2))").await.unwrap();
        assert_eq!(client.execute("insert into t1 values (1, 'x;y', 1.5, 2.25)", &[]).await.unwrap(), 1);
        for sql in ["insert into t1(a) values (1), (2)", "insert all into t1(a) values (1) select 1 from rdb$database", "rubbish"]
        {
            assert_eq!(state(&simple(&client, sql).await.unwrap_err()), "42000", "{sql}");
            assert_eq!(state(&client.execute(sql, &[]).await.unwrap_err()), "42000", "{sql}");
        }
        assert_eq!(one(&other, "select count(*) from t1").await, "1");
        let trigger = "create trigger tr for t1 before insert as begin new.b = upper(new.b); end";
        simple(&client, trigger).await.unwrap();
        client.execute("insert into t1(a, b) values ($1, $2)", &[&"2", &"it's"]).await.unwrap();
        let row = client.query_one("select a, b, c, d from t1 where a = $1", &[&"2"]).await.unwrap();
        assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(1), row.get::<_, Option<f64>>(2)), (2, "IT'S", None));
        let row = client.query_one("select d, c from t1 where a = 1", &[]).await.unwrap();
        assert_eq!((row.get::<_, &str>(0), row.get::<_, f64>(1)), ("2.25", 1.5));

        simple(&client, "begin").await.unwrap();
        client.query_typed("insert into t1(a) values ($1)", &[(&3i32, Type::INT4)]).await.unwrap();
        assert_eq!(one(&client, "select count(*) from t1").await, "3");
        assert_eq!(one(&other, "select count(*) from t1").await, "2");
        simple(&client, "rollback").await.unwrap();
        assert_eq!(one(&client, "select count(*) from t1").await, "2");
        simple(&client, "start transaction").await.unwrap();
        assert_eq!(client.execute("update t1 set c = 7", &[]).await.unwrap(), 2);
        simple(&client, "commit").await.unwrap();
        assert_eq!(one(&other, "select sum(c) from t1").await, "14");
        assert_eq!(state(&simple(&client, "commit").await.unwrap_err()), "25P01");
        // What a client leaves open is undone when it goes.
        simple(&other, "begin").await.unwrap();
        simple(&other, "delete from t1").await.unwrap();
        drop(other);
        support::until_async("the delete is undone", async || {
            client.execute("update t1 set c = 8", &[]).await.is_ok_and(|rows| rows == 2)
        })
        .await;
    });
    drop(engine);
    drop(lab);
    left.assert_none();
}
