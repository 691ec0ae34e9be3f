//! Database: the product's own command line for SQL, over the network.

use crate::bench::{Bench, flat};
use std::net::IpAddr;
use touchstone_sdk::context::{Call, Login};
use touchstone_sdk::prelude::*;
use touchstone_sdk::shell::Output;

pub const CHECK: Check = check("remote-client")
    .title("远程命令行工具", "Remote SQL command line")
    .question(
        "产品自带的命令行工具能否经网络执行SQL？适配器只说明如何调用，由检查自己调用：查询输出的行须与检查另行读到的一致，写入的行须\
         真在表中，被拒绝的语句须有说明和非零的退出码；会话是否经网络而来，以服务器在该会话中所见的对端地址为准，由检查自表中读出。",
        "Does the product's own command line run SQL over the network? The adapter only says how it is called, and the check calls \
         it: rows that it prints are compared with what the check reads itself, rows that it writes must be in the table, and a \
         statement that is refused must be told, with an exit code. Whether the session came over the network is what the server \
         sees as its peer, written by the session into a table that the check reads.",
    )
    .effect(
        "新建临时用户（随机口令）和临时表，结束后删除。",
        "Makes a scratch user with a random password and a scratch table, and drops them.",
    )
    .on("database")
    .needs(&[Need::Sql, Need::Shell, Need::Adapter("client")])
    .impact(Impact::Scratch)
    .limit_s(120)
    .param("role", "admin", "使用的数据库角色", "database role used")
    .expect("present", "节点上有命令行工具", "the node has the command line")
    .expect("answers", "查询输出的行与库中一致", "rows that it prints are those of the database")
    .expect("executes", "写入的行真在库中", "rows that it writes are in the database")
    .expect("errors-told", "被拒绝的语句有说明和退出码", "a refused statement is told, with an exit code")
    .expect("remote", "服务器看到会话来自网络地址", "the server sees the session come from a network address")
    .run(run);

/// All after the first.
const CALLED: [&str; 4] = ["answers", "executes", "errors-told", "remote"];

fn run(cx: &Context) -> CheckResult {
    let bench = Bench::open(cx)?;
    bench.db.refuses_nonsense("LISTEN TO NONSENSE FROM AFAR PLEASE")?;
    // Not guessable from what is known of this run: nanoseconds and random letters.
    let login = Login { user: format!("{}_u", bench.name), password: format!("p{:x}{}", cx.elapsed_ns(), bench.name) };
    let user = cx.script("user", &[("u", &login.user), ("w", &login.password)])?;
    if user.ways.iter().all(|way| way.statements.is_empty()) {
        let source = &user.source;
        let en = format!("the dialect {source} does not know how a user is made");
        return inconclusive(say(format!("方言 {source} 不知如何新建用户"), en));
    }
    if let Performed::Refused { failure, .. } = bench.db.perform(&user)? {
        let said = failure.said();
        return inconclusive(say(format!("无法新建临时用户：{said}"), format!("a scratch user was refused: {said}")));
    }
    // Dropped before its user is.
    let table = bench.table("t", "id INT NOT NULL PRIMARY KEY, v VARCHAR(200)")?;
    bench.db.setup(&bench.statement("give", &[("t", &table), ("u", &login.user)])?)?;
    let n = bench.number();
    bench.db.setup(&format!("INSERT INTO {table} (id, v) VALUES (1, '试金石 {n}')"))?;
    bench.db.setup(&format!("INSERT INTO {table} (id, v) VALUES ({n}, 'it''s; {}')", cx.elapsed_ns()))?;

    let caller = Caller { cx, login, table };
    let call = cx.client_call(&caller.login, &[caller.query()])?;
    let program = call.argv.first().cloned().unwrap_or_default();
    // The shell finds a path also where nothing can be run.
    let script = "p=$(command -v \"$1\") && [ -x \"$p\" ] && echo \"$p\" || :";
    let found = caller.shell(&call)?.run(["sh", "-c", script, "sh", &program])?.success()?.text();
    let expect = cx.expect("present");
    if found.is_empty() {
        expect.unmet(&program, "no such program on the node")?;
        for id in CALLED {
            cx.expect(id).unevaluated(say("没有命令行工具", "there is no command line"), "-")?;
        }
        return decided();
    }
    expect.met(&program, found)?;
    if !caller.answers(&bench, &call)? {
        for id in &CALLED[1..] {
            cx.expect(id).unevaluated(say("命令行工具没有给出答案", "the command line gave no answer"), "-")?;
        }
        return decided();
    }
    caller.executes(&bench)?;
    caller.errors_told()?;
    caller.remote(&bench)?;
    decided()
}

struct Caller<'a> {
    cx: &'a Context,
    login: Login,
    table: String,
}

impl Caller<'_> {
    fn query(&self) -> String {
        format!("SELECT id, v FROM {} ORDER BY id", self.table)
    }

    fn shell(&self, call: &Call) -> Result<Shell, Stop> {
        match &call.node {
            Some(node) => self.cx.shell_on(node),
            None => self.cx.shell(),
        }
    }

    fn call(&self, statements: &[String]) -> Result<(Call, Output), Stop> {
        let call = self.cx.client_call(&self.login, statements)?;
        let output = self.run(&call)?;
        Ok((call, output))
    }

    fn run(&self, call: &Call) -> Result<Output, Stop> {
        let shell = self.shell(call)?;
        // What it prints in is the system's encoding: the tender's databases hold Chinese.
        let mut command = shell.command(&call.argv).stdin(call.stdin.clone()).env("LC_ALL", "C.UTF-8").timeout_s(30);
        for (name, value) in &call.env {
            command = command.env(name, value);
        }
        command.run()
    }

    /// Whether it gave an answer, right or wrong. That it could not log in may be anybody's fault.
    fn answers(&self, bench: &Bench, call: &Call) -> Result<bool, Stop> {
        let expected = flat(bench.eye.rows(&self.query())?.into_iter().map(|row| row.join("|")));
        let output = self.run(call)?;
        let expect = self.cx.expect("answers");
        if !output.ok() {
            let said = output.said();
            let why = say(format!("调用失败，无从判断：{said}"), format!("the call failed, which shows nothing: {said}"));
            expect.unevaluated(why, expected)?;
            return Ok(false);
        }
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let rows = printed.lines().map(|line| line.replace(&call.separator, "|"));
        let seen = flat(rows.collect::<Vec<_>>());
        let met = expect.that(seen == expected, expected, &seen)?;
        Ok(met)
    }

    fn executes(&self, bench: &Bench) -> Result<(), Stop> {
        let (t, n) = (&self.table, bench.number());
        let word = format!("written {}", self.cx.elapsed_ns());
        let statements = [
            format!("INSERT INTO {t} (id, v) VALUES (2, 'first; of two')"),
            format!("UPDATE {t} SET v = '{word}' WHERE id = {n}"),
        ];
        let (_, output) = self.call(&statements)?;
        let expected = format!("2|first; of two, {n}|{word}");
        let seen = bench.seen(&format!("SELECT id, v FROM {t} WHERE id <> 1 ORDER BY id"))?;
        let actual = if seen == expected { seen.clone() } else { format!("{seen}; {}", output.said()) };
        self.cx.expect("executes").that(seen == expected, expected, actual).map(drop)
    }

    fn errors_told(&self) -> Result<(), Stop> {
        let missing = format!("{}_missing", self.table);
        let (_, output) = self.call(&[format!("SELECT id FROM {missing}")])?;
        let words = format!("{} {}", output.error_text(), output.text());
        let told = words.to_lowercase().contains(&missing);
        let expected = format!("an exit code other than 0, and words that name {missing}");
        let ended = matches!(output.status, touchstone_sdk::shell::ExitStatus::Exited(code) if code != 0);
        self.cx.expect("errors-told").that(told && ended, expected, output.said()).map(drop)
    }

    fn remote(&self, bench: &Bench) -> Result<(), Stop> {
        let statement = bench.statement("peer", &[("t", &self.table), ("id", "3")])?;
        let (_, output) = self.call(&[statement])?;
        let seen = bench.seen(&format!("SELECT v FROM {} WHERE id = 3", self.table))?;
        let expected = "an address of the network";
        let expect = self.cx.expect("remote");
        if !output.ok() {
            let said = output.said();
            return expect.unevaluated(say(format!("调用失败：{said}"), format!("the call failed: {said}")), expected);
        }
        expect.that(is_address(&seen), expected, seen).map(drop)
    }
}

/// `10.0.0.7`, `10.0.0.7:51234`, `fe80::1`, `[fe80::1]:51234`.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    let plain = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    plain(text) || text.rsplit_once(':').is_some_and(|(host, port)| port.parse::<u16>().is_ok() && plain(host))
}
