//! Database: a backup of an instance that does not run, and what is restored from it.

use crate::bench::Bench;
use crate::restored::{Content, Instance, fill, listens, not_done};
use touchstone_sdk::context::{Place, Running};
use touchstone_sdk::prelude::*;
use touchstone_sdk::workload::{Answer, ask};

pub const CHECK: Check = check("offline-backup")
    .title("脱机物理备份与恢复", "Offline physical backup and restore")
    .question(
        "停止运行的实例能否做物理备份，并在新的位置恢复出内容相同的实例？为不影响目标，适配器在旁边另建一个同产品的实例。适配器的话\
         不算数：检查确认备份前后都无人应答、无人监听，备份之后再写入的行不在恢复出的实例中，行数与校验和一致。",
        "Can an instance that does not run be backed up physically, and is one of the same content restored from that in a fresh place? \
         The adapter makes an instance of the product beside the target, which goes on. Its word counts for nothing: the check sees \
         that nobody answers or listens before and after the backup, that row counts and checksums are the same, and that a row \
         written after the backup is not there.",
    )
    .effect(
        "在目标旁短暂运行同产品的实例；结束后全部删除。目标本身不停。",
        "Runs instances of the product beside the target for a while and removes them; the target itself is not stopped.",
    )
    .on("database")
    .needs(&[Need::Sql, Need::Shell, Need::Adapter("offline")])
    .impact(Impact::Disrupt)
    .limit_s(600)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("stopped", "备份前后实例都已停止", "the instance is stopped before and after the backup")
    .expect("unharmed", "再次启动后内容不变", "started again it has what it had")
    .expect("restored", "恢复出相同内容，没有备份之后的行", "the same content is restored, without what came after the backup")
    .run(run);

/// A row that no backup can have.
const LATER: u32 = 1_000_000;

fn run(cx: &Context) -> CheckResult {
    let bench = Bench::open(cx)?;
    bench.db.refuses_nonsense("BACKUP NONSENSE WHILE STOPPED PLEASE")?;
    if !cx.offline_offered()? {
        let (expected, actual) = ("offered by the product as installed", "not offered");
        cx.expect("restored").unmet(expected, actual)?;
        return rest(cx, &["stopped", "unharmed"], &say("产品不提供脱机备份", "the product offers no offline backup"));
    }
    let work = Work { cx, table: format!("{}_t", bench.name), shell: cx.shell()?, name: bench.name.clone() };
    work.all()
}

/// Nothing follows for these.
fn rest(cx: &Context, expectations: &[&str], why: &Text) -> CheckResult {
    for expectation in expectations {
        cx.expect(expectation).unevaluated(why.clone(), "-")?;
    }
    decided()
}

struct Work<'a> {
    cx: &'a Context,
    table: String,
    shell: Shell,
    name: String,
}

impl Work<'_> {
    fn all(&self) -> CheckResult {
        let cx = self.cx;
        let source = format!("{}c1", self.name);
        let made = cx.make_offline(&source)?;
        let place = made.place.clone().unwrap_or(Place { host: None, port: None, database: None });
        let instance = self.running(&source, made)?;
        let Some(db) = instance.session() else {
            return rest(cx, &["stopped", "unharmed", "restored"], &instance.why_not_tried());
        };
        db.setup(&format!("CREATE TABLE {} (id INT NOT NULL PRIMARY KEY, v VARCHAR(1000))", self.table))?;
        fill(cx, db, &self.table, 1, 200, 900)?;
        let content = Content::of(cx, db, &self.table)?;
        drop(instance);

        let said = cx.stop_offline(&source)?;
        if !said.accepted {
            return rest(cx, &["stopped", "unharmed", "restored"], &not_done(&said.words));
        }
        let expected = "nobody answers, nobody listens";
        let before = self.stirs(&place)?;
        if let Some(seen) = before {
            cx.expect("stopped").unmet(expected, format!("before the backup {seen}"))?;
            let why = say("实例没有停止", "the instance was not stopped, so no backup of it is an offline one");
            return rest(cx, &["unharmed", "restored"], &why);
        }
        let begun = cx.elapsed_ms();
        let taken = cx.take_offline(&source)?;
        let took = cx.elapsed_ms() - begun;
        let after = self.stirs(&place)?;
        cx.expect("stopped").that(
            after.is_none(),
            expected,
            after.map_or(expected.to_owned(), |seen| format!("after it {seen}")),
        )?;
        let Some(backup) = taken.name.filter(|_| taken.said.accepted) else {
            return rest(cx, &["unharmed", "restored"], &not_done(&taken.said.words));
        };
        if let Some(files) = &taken.files {
            let shell = match &files.node {
                Some(node) => cx.shell_on(node)?,
                None => cx.shell()?,
            };
            cx.note(format!("{backup}: {took} ms, {} bytes", shell.root(["du", "-sb", &files.path])?.text()));
        }

        let again = self.running(&source, cx.start_offline(&source)?)?;
        let expect = cx.expect("unharmed");
        if let Some(db) = again.session() {
            let seen = again.content(&self.table)?;
            expect.that(seen.as_ref() == Some(&content), &content, again.told(seen.as_ref(), false))?;
            // It may have lost the table with its rows.
            db.run(&format!("INSERT INTO {} (id, v) VALUES ({LATER}, 'later')", self.table))?;
        } else {
            expect.unevaluated(again.why_not_tried(), &content)?;
        }
        drop(again);

        let target = format!("{}c2", self.name);
        let begun = cx.elapsed_ms();
        let restored = self.running(&target, cx.restore_offline(&backup, &target)?)?;
        cx.note(format!("restore: {} ms", cx.elapsed_ms() - begun));
        let seen = restored.content(&self.table)?;
        let expect = cx.expect("restored");
        if restored.not_tried {
            expect.unevaluated(restored.why_not_tried(), &content)?;
        } else {
            expect.that(seen.as_ref() == Some(&content), &content, restored.told(seen.as_ref(), false))?;
        }
        drop(restored);
        cx.discard_offline(&target)?;
        cx.discard_offline(&source)?;
        decided()
    }

    fn running(&self, name: &str, running: Running) -> Result<Instance<'_>, Stop> {
        let place = running.place.filter(|_| running.said.accepted);
        Instance::at(self.cx, name, place, running.said.words)
    }

    /// Whether anything is seen of an instance that should be stopped.
    fn stirs(&self, place: &Place) -> Result<Option<String>, Stop> {
        // A refusal is an answer, too.
        match ask(&self.cx.param("role")?, place, &format!("SELECT COUNT(*) FROM {}", self.table), 5_000)? {
            Answer::Silent(_) => {}
            Answer::Rows(_) | Answer::Refused(_) => return Ok(Some("it answers".to_owned())),
        }
        match place.port {
            Some(port) if listens(&self.shell, port)? => Ok(Some(format!("it listens at port {port}"))),
            _ => Ok(None),
        }
    }
}
