//! Statements to a real PostgreSQL server.

mod common;

use common::{spec, target};
use std::sync::Arc;
use std::time::{Duration, Instant};
use touchstone_lab::{Lab, Postgres};
use touchstone_model::inventory::{Credential, SecretSource, SqlSpec, TargetSpec, TlsMode};
use touchstone_probes::sql::{Done, Outcome, Place as SqlPlace, ROW_LIMIT, Session, Value};
use touchstone_probes::{ProbeError, Target};

struct Place {
    server: Postgres,
    lab: Lab,
}

impl Place {
    fn start() -> Self {
        let lab = Lab::new().unwrap();
        Self { server: Postgres::start(&lab).unwrap(), lab }
    }

    fn spec(&self) -> SqlSpec {
        let role = |user: &str, password: &str| Credential {
            user: user.into(),
            password: Some(SecretSource::File(self.lab.secret_file("password", password).unwrap())),
        };
        let server = &self.server;
        let roles = [
            ("app".to_owned(), role(&server.app_user, &server.app_password)),
            ("admin".to_owned(), role(&server.superuser, &server.password)),
            ("liar".to_owned(), role(&server.app_user, "not-the-password")),
        ];
        SqlSpec {
            protocol: "postgresql".into(),
            host: "127.0.0.1".into(),
            port: server.port,
            database: server.database.clone(),
            tls: TlsMode::Disable,
            ca_file: None,
            odbc: None,
            product: None,
            family: None,
            roles: roles.into(),
        }
    }

    fn target(&self) -> Target {
        of(self.spec())
    }
}

fn of(sql: SqlSpec) -> Target {
    target(TargetSpec { sql: Some(sql), ..spec() })
}

async fn done(session: &Session, statement: &str, params: &[Value]) -> Done {
    match session.execute(statement, params, None).await {
        Ok(Outcome::Done(done)) => done,
        other => panic!("{statement}: {other:?}"),
    }
}

async fn failed(session: &Session, statement: &str) -> String {
    match session.execute(statement, &[], None).await {
        Ok(Outcome::Failed { sqlstate, message }) => {
            assert!(!message.is_empty());
            sqlstate
        }
        other => panic!("{statement}: {other:?}"),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Asks the server for a value twice: as it comes, and as the server itself writes it.
async fn as_the_server_writes(session: &Session, expression: &str) {
    let rows = done(session, &format!("select v, v::text from (select {expression} as v) x"), &[]).await.rows;
    assert_eq!(rows[0][0], rows[0][1], "{expression}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql() {
    let mut place = Place::start();
    let target = place.target();
    let session = target.sql("app").await.unwrap();
    types(&session).await;
    parameters(&session).await;
    outcomes(&session).await;
    let admin = target.sql("admin").await.unwrap();
    indeterminate(&target, &admin).await;
    time_limits(&target, &admin).await;
    under_way(&target, &admin).await;
    elsewhere(&place, &target, &admin).await;
    circumstances(&target, &admin).await;
    opening(&place, &target).await;
    tls(&place, &admin).await;
    place.server.kill();
    let gone = session.execute("select 1", &[], None).await;
    assert!(matches!(gone, Err(ProbeError::Lost(_)) | Ok(Outcome::Indeterminate(_))), "{gone:?}");
    assert!(matches!(session.execute("select 1", &[], None).await, Err(ProbeError::Lost(_))));
    let refused = target.sql("app").await.map(drop);
    assert!(matches!(&refused, Err(ProbeError::Lost(why)) if why.contains("refused")), "{refused:?}");
}

async fn types(session: &Session) {
    let row = async |expression: &str| done(session, &format!("select {expression}"), &[]).await.rows.remove(0).remove(0);
    assert_eq!(row("null").await, Value::Null);
    assert_eq!(row("true").await, Value::Boolean(true));
    assert_eq!(row("(-7)::int2").await, Value::Integer(-7));
    assert_eq!(row("2147483647").await, Value::Integer(2147483647));
    assert_eq!(row("(-9223372036854775808)::int8").await, Value::Integer(i64::MIN));
    assert_eq!(row("1.5::float4").await, Value::Float(1.5));
    assert_eq!(row("0.1::float4").await, Value::Float(0.1));
    assert_eq!(row("'-Infinity'::float8").await, Value::Float(f64::NEG_INFINITY));
    assert_eq!(row(r"'\x00ff10'::bytea").await, Value::Bytes(vec![0, 255, 16]));
    assert_eq!(row("'中文'::varchar(5)").await, text("中文"));
    assert_eq!(row("'ab'::char(4)").await, text("ab  "));
    for number in [
        "0",
        "0.00",
        "-0.5",
        "1",
        "10000",
        "9999.9999",
        "100000000",
        "123456789012345678901234567890.123456789",
        "0.00001234",
        "-1e-30",
        "1e40",
        "'NaN'",
        "'Infinity'",
        "'-Infinity'",
        "99990000.0000",
        "0.0001",
        "10000.00010",
    ] {
        as_the_server_writes(session, &format!("({number})::numeric")).await;
    }
    done(session, "set timezone to 'UTC'", &[]).await;
    for expression in [
        "date '2024-02-29'",
        "date '1970-01-01'",
        "date '0001-01-01'",
        "date '0044-03-15 BC'",
        "date 'infinity'",
        "date '5874897-12-31'",
        "time '23:59:59.5'",
        "time '24:00'",
        "timetz '12:34:56.000001+05:30'",
        "timetz '01:00-08'",
        "timestamp '1999-12-31 23:59:59.999999'",
        "timestamp '-infinity'",
        "timestamptz '2024-06-01 12:00:00.25+08'",
        "timestamp '0044-03-15 BC 01:02:03'",
        "interval '1 year 2 mons 3 days 04:05:06.789'",
        "interval '-1 day +02:00'",
        "interval '0'",
        "interval '1 mon -1 day'",
        "interval '-1 year -2 mons'",
        "interval '-00:00:01.5'",
        "interval '100:00:00'",
        "interval '1 day'",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
        "'{\"a\": [1, null]}'::jsonb",
        "'{\"a\":1}'::json",
        "'10.1.2.0/24'::cidr",
        "'::1/64'::inet",
        "'08:00:2b:01:02:03'::macaddr",
        "b'10110'",
        "b''::varbit",
        "'16/B374D848'::pg_lsn",
        "array[1,2,null]",
        "array[[1,2],[3,4]]",
        "'{}'::int[]",
        "array['a','b c','','NULL','q\"\\','x,y']",
        "'[0:1]={7,8}'::int[]",
        "array[true,false]",
        "array[1.50::numeric]",
        "array['2024-01-01 00:00'::timestamp]",
        "array[1.5::float8,2]",
        "array['\\x00ff'::bytea]",
        "'<a/>'::xml",
        "'pg_class'::name",
    ] {
        as_the_server_writes(session, expression).await;
    }
    done(session, "create type mood as enum ('sad', 'happy')", &[]).await;
    done(session, "create domain small as numeric(4,1)", &[]).await;
    assert_eq!(row("'10.1.2.3'::inet").await, text("10.1.2.3"));
    assert_eq!(row("'happy'::mood").await, text("happy"));
    assert_eq!(row("1.25::small").await, text("1.3"));
    // No binary form that we know: the bytes, with the type's name.
    let point = done(session, "select point(1,2) as p, 1 as n", &[]).await;
    assert!(matches!(&point.rows[0][0], Value::Bytes(bytes) if bytes.len() == 16));
    assert_eq!(
        point.columns.iter().map(|c| (c.name.as_str(), c.type_name.as_str())).collect::<Vec<_>>(),
        [("p", "point"), ("n", "int4")]
    );
    let empty = done(session, "select 1 as a, 'x'::text as b where false", &[]).await;
    assert_eq!((empty.columns.len(), empty.rows.len(), empty.affected), (2, 0, Some(0)));
}

async fn parameters(session: &Session) {
    done(session, "create table t (i int primary key, n numeric, s text, b bytea, f float8, d date, o boolean, j jsonb)", &[])
        .await;
    let values = [
        Value::Integer(1),
        text("1.500"),
        text("it's; -- $1 \\ 中"),
        Value::Bytes(vec![0, 39, 92, 255]),
        Value::Float(0.1),
        text("2024-02-29"),
        Value::Boolean(true),
        text("{\"a\": 1}"),
    ];
    let inserted = done(session, "insert into t values ($1,$2,$3,$4,$5,$6,$7,$8)", &values).await;
    assert_eq!(inserted.affected, Some(1));
    let back = done(session, "select * from t where i = $1", &[Value::Integer(1)]).await;
    assert_eq!(back.rows, [values.to_vec()]);
    let null = done(session, "select $1::int is null, $2::text", &[Value::Null, text("")]).await;
    assert_eq!(null.rows, [[Value::Boolean(true), text("")]]);
    let floats = [Value::Float(f64::NAN), Value::Float(f64::INFINITY), Value::Float(1e300)];
    let floats = done(session, "select $1::float8 = 'NaN', $2::float8 = 'Infinity', $3::float8 = 1e300", &floats).await;
    assert_eq!(floats.rows, [[Value::Boolean(true), Value::Boolean(true), Value::Boolean(true)]]);
    for params in [&[][..], &[Value::Null, Value::Null]] {
        let wrong = session.execute("select $1::int", params, None).await;
        assert!(matches!(wrong, Err(ProbeError::Invalid(_)) | Ok(Outcome::Failed { .. })), "{wrong:?}");
    }
    let bad = session.execute("select $1::int", &[text("x")], None).await;
    assert!(matches!(bad, Ok(Outcome::Failed { ref sqlstate, .. }) if sqlstate == "22P02"), "{bad:?}");
}

async fn outcomes(session: &Session) {
    assert_eq!(failed(session, "select from where").await, "42601");
    assert_eq!(failed(session, "select * from nowhere").await, "42P01");
    assert_eq!(failed(session, "insert into t (i) values (1)").await, "23505");
    assert_eq!(failed(session, "select 1/0").await, "22012");
    // After rows had begun to come.
    assert_eq!(failed(session, "select 1/(5-g) from generate_series(1,10) g").await, "22012");
    // One statement only, and never split.
    assert_eq!(failed(session, "select 1; select 2").await, "42601");
    let semicolon = "create function f() returns int language sql as 'select 1; select 2;'";
    done(session, semicolon, &[]).await;
    assert_eq!(done(session, "select f()", &[]).await.rows, [[Value::Integer(2)]]);
    assert_eq!(done(session, "insert into t (i) values (2),(3),(4)", &[]).await.affected, Some(3));
    assert_eq!(done(session, "update t set s = 'x' where i > 2", &[]).await.affected, Some(2));
    let returning = done(session, "delete from t where i > 3 returning i", &[]).await;
    assert_eq!((returning.affected, returning.rows), (Some(1), vec![vec![Value::Integer(4)]]));
    let many = done(session, "select g, 'x' from generate_series(1,25000) g", &[]).await;
    assert_eq!((many.rows.len(), many.truncated, many.affected), (ROW_LIMIT, true, Some(25000)));
    assert_eq!(done(session, "", &[]).await.rows.len(), 0);
    // A transaction over several calls.
    done(session, "begin", &[]).await;
    done(session, "insert into t (i) values (77)", &[]).await;
    assert_eq!(failed(session, "select 1/0").await, "22012");
    assert_eq!(failed(session, "select 1").await, "25P02");
    done(session, "rollback", &[]).await;
    assert_eq!(done(session, "select count(*) from t where i = 77", &[]).await.rows, [[Value::Integer(0)]]);
}

async fn indeterminate(target: &Target, admin: &Session) {
    let victim = target.sql("app").await.unwrap();
    let Value::Integer(process) = done(&victim, "select pg_backend_pid()", &[]).await.rows[0][0] else { panic!() };
    let work = victim.execute("select pg_sleep(30)", &[], None);
    let kill = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        done(admin, "select pg_terminate_backend($1)", &[Value::Integer(process)]).await;
    };
    let (outcome, ()) = tokio::join!(work, kill);
    assert!(matches!(outcome, Ok(Outcome::Indeterminate(_))), "{outcome:?}");
    let after = victim.execute("select 1", &[], None).await;
    assert!(matches!(after, Err(ProbeError::Lost(_))), "{after:?}");
}

async fn running(admin: &Session, what: &str) -> bool {
    let count = "select count(*) from pg_stat_activity where state = 'active' and query like '%' || $1 || '%' and pid <> pg_backend_pid()";
    done(admin, count, &[text(what)]).await.rows != [[Value::Integer(0)]]
}

/// A statement that nobody waits for yet.
async fn under_way(target: &Target, admin: &Session) {
    let session = Arc::new(target.sql("app").await.unwrap());
    let mut pending = session.start("select pg_sleep(1.7), 5".into(), Vec::new(), None);
    assert!(matches!(pending.wait(Duration::from_millis(50)).await, Ok(None)), "it takes longer");
    let answer = pending.wait(Duration::from_secs(60)).await;
    assert!(matches!(answer, Ok(Some(Outcome::Done(ref done))) if done.rows[0][1] == Value::Integer(5)), "{answer:?}");
    let again = pending.wait(Duration::from_secs(1)).await;
    assert!(matches!(again, Err(ProbeError::Invalid(_))), "an answer is given once: {again:?}");
    let dropped = session.start("select pg_sleep(31.3)".into(), Vec::new(), None);
    while !running(admin, "pg_sleep(31.3)").await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(dropped);
    let end = Instant::now() + Duration::from_secs(20);
    while running(admin, "pg_sleep(31.3)").await {
        assert!(Instant::now() < end, "it runs on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(matches!(session.execute("select 1", &[], None).await, Err(ProbeError::Lost(_))));
}

/// Another database of the same server, with the same password; its statements are cancelled as well.
async fn elsewhere(place: &Place, target: &Target, admin: &Session) {
    let at = |host: Option<&str>| SqlPlace { host: host.map(str::to_owned), port: None, database: Some("template1".to_owned()) };
    let session = target.sql_elsewhere("app", "", &at(None)).await.unwrap();
    assert_eq!(done(&session, "select current_database()", &[]).await.rows, [[text("template1")]]);
    let late = session.execute("select pg_sleep(31.4)", &[], Some(Duration::from_millis(300))).await;
    assert!(matches!(late, Ok(Outcome::Failed { ref sqlstate, .. }) if sqlstate == "57014"), "{late:?}");
    assert!(!running(admin, "pg_sleep(31.4)").await);
    let foreign = target.sql_elsewhere("app", "", &at(Some("192.0.2.1"))).await.map(drop);
    assert!(matches!(foreign, Err(ProbeError::Denied(_))), "{foreign:?}");
    let nobody = SqlPlace { port: Some(place.lab.free_port().unwrap()), ..at(None) };
    let nobody = target.sql_elsewhere("app", "", &nobody).await.map(drop);
    assert!(matches!(nobody, Err(ProbeError::Lost(_))), "{nobody:?}");
}

/// What stands in the way is told by SQLSTATE, and nothing is lost by a flood.
async fn circumstances(target: &Target, admin: &Session) {
    let session = target.sql("app").await.unwrap();
    assert_eq!(failed(&session, "alter system set work_mem = '8MB'").await, "42501", "a role without rights");
    done(&session, "create table taken (v int)", &[]).await;
    assert_eq!(failed(&session, "create table taken (v int)").await, "42P07", "a name that is taken");
    done(&session, "drop table taken", &[]).await;
    done(&session, "set default_transaction_read_only = on", &[]).await;
    assert_eq!(failed(&session, "create table unwritten (v int)").await, "25006", "a server that only reads");
    done(&session, "set default_transaction_read_only = off", &[]).await;
    let flood = "do $$ begin for i in 1..20000 loop raise notice 'note % of many', i; end loop; end $$";
    done(&session, flood, &[]).await;
    assert_eq!(done(&session, "select 7", &[]).await.rows, [[Value::Integer(7)]], "after a flood of notices");
    let bytes = done(&session, "select '\\xff00fe'::bytea", &[]).await.rows;
    assert_eq!(bytes, [[Value::Bytes(vec![0xff, 0, 0xfe])]]);
    assert_eq!(failed(&session, "select convert_from('\\xff'::bytea, 'UTF8')").await, "22021", "what is no UTF-8");
    // A database that does not know what its letters are may hold any bytes.
    done(admin, "create database bytes template template0 encoding 'SQL_ASCII' locale 'C'", &[]).await;
    let odd = SqlPlace { database: Some("bytes".to_owned()), ..SqlPlace::default() };
    let odd = target.sql_elsewhere("admin", "", &odd).await.unwrap();
    let outcome = odd.execute("select chr(255) || 'x'", &[], None).await;
    assert!(matches!(outcome, Ok(Outcome::Done(_) | Outcome::Failed { .. })), "{outcome:?}");
    drop(odd);
    let million = done(&session, "select g from generate_series(1, 10000000) g", &[]).await;
    assert_eq!((million.rows.len(), million.truncated, million.affected), (ROW_LIMIT, true, Some(10_000_000)));
}

async fn time_limits(target: &Target, admin: &Session) {
    let session = Arc::new(target.sql("app").await.unwrap());
    let began = Instant::now();
    let late = session.execute("select pg_sleep(31.1)", &[], Some(Duration::from_millis(300))).await;
    assert!(matches!(late, Ok(Outcome::Failed { ref sqlstate, .. }) if sqlstate == "57014"), "{late:?}");
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(!running(admin, "pg_sleep(31.1)").await);
    assert_eq!(done(&session, "select 5", &[]).await.rows, [[Value::Integer(5)]]);
    // A dropped call is cancelled as well.
    let dropped = tokio::time::timeout(Duration::from_millis(300), session.execute("select pg_sleep(31.2)", &[], None)).await;
    assert!(dropped.is_err());
    assert!(matches!(session.execute("select 1", &[], None).await, Err(ProbeError::Lost(_))), "a late cancellation could hit it");
    drop(session);
    let end = Instant::now() + Duration::from_secs(5);
    while running(admin, "pg_sleep(31.2)").await {
        assert!(Instant::now() < end, "it runs on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Sessions end with their owner.
    let count = "select count(*) from pg_stat_activity where application_name = 'touchstone' and usename = 'app'";
    let before = done(admin, count, &[]).await.rows;
    let extra = target.sql("app").await.unwrap();
    drop(extra);
    let end = Instant::now() + Duration::from_secs(5);
    while done(admin, count, &[]).await.rows != before {
        assert!(Instant::now() < end, "the session stays");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn opening(place: &Place, target: &Target) {
    let refused = target.sql("liar").await.map(drop);
    let Err(ProbeError::Lost(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("password authentication failed") && !why.contains("not-the-password"), "{why}");
    assert!(matches!(target.sql("nobody").await.map(drop), Err(ProbeError::Unavailable(_))));
    let other = of(SqlSpec { protocol: "odbc".into(), ..place.spec() });
    assert!(matches!(other.sql("app").await.map(drop), Err(ProbeError::Unavailable(_))));
    let nowhere = of(SqlSpec { database: "nowhere".into(), ..place.spec() }).sql("app").await.map(drop);
    assert!(matches!(&nowhere, Err(ProbeError::Lost(why)) if why.contains("does not exist")), "{nowhere:?}");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let began = Instant::now();
    let late = of(SqlSpec { port, ..place.spec() }).sql("app").await.map(drop);
    assert!(matches!(late, Err(ProbeError::Lost(_))) && began.elapsed() < Duration::from_secs(12));
}

async fn tls(place: &Place, admin: &Session) {
    let encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(done(admin, encrypted, &[]).await.rows, [[Value::Boolean(false)]]);
    let strict = SqlSpec { tls: TlsMode::VerifyFull, ca_file: Some(place.server.ca_file.clone()), ..place.spec() };
    for good in [
        SqlSpec { tls: TlsMode::Require, ..place.spec() },
        strict.clone(),
        SqlSpec { host: "localhost".into(), ..strict.clone() },
        SqlSpec { host: "::1".into(), ..strict.clone() },
    ] {
        let host = good.host.clone();
        let session = of(good).sql("app").await.unwrap();
        assert_eq!(done(&session, encrypted, &[]).await.rows, [[Value::Boolean(true)]], "{host}");
        let late = session.execute("select pg_sleep(20)", &[], Some(Duration::from_millis(100))).await;
        assert!(matches!(late, Ok(Outcome::Failed { ref sqlstate, .. }) if sqlstate == "57014"), "{late:?}");
    }
    // An authority that is not this server's: the system's.
    let stranger = of(SqlSpec { ca_file: None, ..strict }).sql("app").await.map(drop);
    assert!(matches!(&stranger, Err(ProbeError::Lost(why)) if why.to_lowercase().contains("certificate")), "{stranger:?}");
}
