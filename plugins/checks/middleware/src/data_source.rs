//! Middleware: a pooled data source keeps its word when the database is started anew, and when an application does not give back.

use crate::deployment::{deployed, undeployed};
use crate::probe::{About, Probe};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("pooled-data-source")
    .title("连接池数据源", "Pooled data source")
    .question(
        "经服务器的连接池数据源：提交的是否留下、回滚的是否不留？重启数据库之后，连接池是否在期限内自行恢复，已提交的是否仍在？应用借出全部\
         连接而不归还时，泄漏是否被发现，连接池是否恢复可用？",
        "Through a pooled data source of the server: does what is committed stay, and what is rolled back not? After the database was \
         started anew, does the pool recover by itself within the declared time, and is what was committed still there? When an \
         application takes all connections and gives none back, is the leak noticed, and can the pool be used again?",
    )
    .effect(
        "部署一个探针应用，建一张表，重启数据库，占用全部连接；结束时删除该表。",
        "Deploys a probe application, makes a table, has the database started anew, takes all connections; drops the table at the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment")])
    .impact(Impact::Disrupt)
    .limit_s(400)
    .required_param("data_source", "数据源的JNDI名称", "JNDI name of the data source")
    .required_param("restart", "重启数据库的命令（以空格分隔）", "command that starts the database anew, words separated by spaces")
    .required_param("pool_size", "声明的连接数上限", "most connections, as declared")
    .param("recover_seconds", "30", "重启之后恢复的期限（秒）", "seconds within which the pool must have recovered")
    .param("leak_seconds", "30", "发现泄漏的期限（秒）", "seconds within which a leak must be noticed")
    .expect("commit", "提交的数据可见", "what is committed is seen")
    .expect("rollback", "回滚的数据不可见", "what is rolled back is not")
    .expect("after-restart", "数据库重启后连接池恢复", "the pool recovers after a restart of the database")
    .expect("leak", "连接泄漏被发现", "leaked connections are noticed")
    .run(run);

/// Answers in a row after which the pool is taken for recovered.
const IN_A_ROW: u32 = 10;
const RESTART_S: u32 = 90;

fn run(cx: &Context) -> CheckResult {
    let source = cx.param("data_source")?;
    let size: u64 = cx.param_as("pool_size")?;
    let (recover_ms, leak_ms): (u64, u64) =
        (cx.param_as::<u64>("recover_seconds")? * 1000, cx.param_as::<u64>("leak_seconds")? * 1000);
    let restart: Vec<String> = cx.param("restart")?.split_whitespace().map(str::to_owned).collect();
    let (probe, _) = deployed(cx)?;
    let db = Db { cx, probe: &probe, source, table: cx.scratch_name() };
    let made = db.must("make", 0)?;
    let ended = all(cx, &db, size, &restart, [recover_ms, leak_ms], &made);
    // Whatever became of it: the table goes.
    let dropped = db.ask("drop", 0)?;
    cx.note(format!("drop: {}", dropped.map_or_else(|seen| seen, |about| about.words)));
    undeployed(cx, &probe)?;
    ended
}

fn all(cx: &Context, db: &Db, size: u64, restart: &[String], limits: [u64; 2], made: &About) -> CheckResult {
    let [recover_ms, leak_ms] = limits;
    // Numbers that nobody knows before.
    let (kept, gone) = (cx.elapsed_ns() % 100_000 + 1, cx.elapsed_ns() % 90_000 + 100_001);
    db.must("commit", kept)?;
    let sum = db.must("sum", 0)?.figure("sum");
    cx.expect("commit").that(sum == Some(kept), kept, told(sum))?;
    db.must("rollback", gone)?;
    let sum = db.must("sum", 0)?.figure("sum");
    cx.expect("rollback").that(sum == Some(kept), format!("{kept}, without {gone}"), told(sum))?;

    // A connection that is held all the while tells whether the database really was away.
    db.must("hold", 0)?;
    let expected = format!("{IN_A_ROW} answers in a row within {} s, still with {kept}", recover_ms / 1000);
    let ran = cx.shell()?.command(restart).elevated().timeout_s(RESTART_S).run()?;
    let (began, mut row, mut failed, mut last) = (cx.elapsed_ms(), 0, 0, String::new());
    let mut took = 0;
    while row < IN_A_ROW && cx.elapsed_ms() - began < recover_ms {
        match db.ask("sum", 0)? {
            Ok(about) if about.figure("sum") == Some(kept) => row += 1,
            answer => {
                (row, failed) = (0, failed + 1);
                last = answer.map_or_else(|seen| seen, |about| about.words);
            }
        }
        took = cx.elapsed_ms() - began;
        cx.sleep_ms(200);
    }
    let held = db.ask("held", 0)?;
    let away = held.as_ref().is_ok_and(|about| about.words.split(' ').any(|word| word == "valid=false"));
    if !away {
        let words = held.map_or_else(|seen| seen, |about| about.words);
        let why = format!("the database was not seen to be started anew ({}; {words})", ran.said());
        cx.expect("after-restart").unevaluated(say("未见数据库重启", why), expected)?;
    } else {
        let same = db.ask("sum", 0)?.is_ok_and(|about| about.jvm == made.jvm);
        cx.expect("after-restart").that(
            row >= IN_A_ROW && same,
            format!("{expected}, by the same server process"),
            format!("{row} in a row after {took} ms, {failed} failed before; {last}; the same process: {same}"),
        )?;
    }
    leak(db, size, leak_ms)?;
    decided()
}

fn leak(db: &Db, size: u64, leak_ms: u64) -> Result<(), Stop> {
    let cx = db.cx;
    let expected = format!("at most {size} connections; closed by the pool and usable again within {} s", leak_ms / 1000);
    let began = cx.elapsed_ms();
    // One more than there are, so that the pool must say no, or take one back.
    let leaked = db.must("leak", size + 1)?.figure("leaked").unwrap_or_default();
    let (mut usable, mut closed) = (false, 0);
    while cx.elapsed_ms() - began < leak_ms {
        usable = db.ask("sum", 0)?.is_ok_and(|about| about.figure("sum").is_some());
        closed = db.must("leaked", 0)?.figure("closed").unwrap_or_default();
        if usable && closed > 0 {
            break;
        }
        cx.sleep_ms(500);
    }
    let took = cx.elapsed_ms() - began;
    cx.expect("leak").that(
        usable && closed > 0 && leaked <= size + closed,
        expected,
        format!("{leaked} taken, {closed} of them closed by the pool after {took} ms; usable again: {usable}"),
    )?;
    // The application gives back what it took.
    db.must("giveback", 0)?;
    Ok(())
}

struct Db<'a> {
    cx: &'a Context,
    probe: &'a Probe,
    source: String,
    table: String,
}

impl Db<'_> {
    fn ask(&self, what: &str, number: u64) -> Result<Result<About, String>, Stop> {
        let source = self.source.replace('/', "%2F").replace(':', "%3A");
        self.probe.ask(&self.cx.http(), &format!("db&sql={what}&n={number}&line={}&source={source}", self.table))
    }

    fn must(&self, what: &str, number: u64) -> Result<About, Stop> {
        match self.ask(what, number)? {
            Ok(about) if !about.words.contains(" failed=") => Ok(about),
            other => {
                let words = other.map_or_else(|seen| seen, |about| about.words);
                inconclusive(say(
                    format!("数据源操作未完成：{what}：{words}"),
                    format!("the data source did not {what}: {words}"),
                ))
            }
        }
    }
}

fn told(sum: Option<u64>) -> String {
    sum.map_or_else(|| "no sum".to_owned(), |sum| sum.to_string())
}
