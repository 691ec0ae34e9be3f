//! Database: its own monitors and trace find a slow statement, a lock wait and a deadlock.

use crate::bench::Bench;
use touchstone_sdk::context::{Question, Trace};
use touchstone_sdk::prelude::*;
use touchstone_sdk::sql::Pending;

pub const CHECK: Check = check("monitoring")
    .title("事件跟踪与会话监视", "Event trace and session monitors")
    .question(
        "能否用数据库自带的监视视图和事件跟踪找出已知的慢语句、锁等待与死锁？预先制造三者，语句中带有事先无人知晓的标记；监视器须指出\
         正确的会话标识和语句文本，跟踪须留下记录。问什么由适配器给出，检查自己去问；会话标识由各会话自己报出，再相互核对。",
        "Do the database's own monitors and trace find a known slow statement, a lock wait and a deadlock? All three are brought \
         about, with marks in their text that nobody could know before; the monitor must name the right session and the \
         statement, the trace must have kept them. The adapter says what to ask, the check asks; every session tells its own id, \
         and both are compared.",
    )
    .effect(
        "新建一张临时表，结束后删除；数秒的等待与一次死锁只涉及该表。跟踪未开启时为新会话临时开启，结束后恢复原值。",
        "Makes one scratch table and drops it; some seconds of waiting and one deadlock concern that table only. A trace that is off \
         is switched on for new sessions meanwhile, and put back.",
    )
    .on("database")
    .needs(&[Need::Sql, Need::Adapter("observe")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("slow-session", "执行中的慢语句：监视器指出其会话与文本", "while a slow statement runs, the monitor names its session and text")
    .expect("slow-over", "语句结束后不再列为执行中", "once it is over it is no longer shown at work")
    .expect("slow-traced", "事件跟踪记录了慢语句", "the trace kept the slow statement")
    .expect("lock-sessions", "锁等待：监视器指出等待者与持有者", "a lock wait: the monitor names who waits and who holds")
    .expect("lock-statement", "锁等待：监视器给出等待中的语句", "a lock wait: the monitor names the statement that waits")
    .expect("deadlock-traced", "事件跟踪记录了死锁双方的语句", "the trace kept both statements of a deadlock")
    .run(run);

/// How long the slow statement takes.
const SLOW_S: u32 = 3;
/// How long a trace may take to show what happened.
const TRACED_MS: u64 = 10_000;

fn run(cx: &Context) -> CheckResult {
    let trace = cx.traces()?;
    for question in trace.end.iter().rev() {
        cx.sql(&question.role)?.undo(&question.statement)?;
    }
    for question in &trace.begin {
        cx.sql(&question.role)?.setup(&question.statement)?;
    }
    // Opened after the trace was switched on.
    let m = Monitored { bench: Bench::open(cx)?, monitor: cx.monitors()?, trace };
    m.bench.db.refuses_nonsense("SHOW NONSENSE OF ALL SESSIONS PLEASE")?;
    m.slow()?;
    let t = m.bench.table("w", "id INT NOT NULL PRIMARY KEY, v VARCHAR(80)")?;
    for id in [1, 2] {
        m.bench.db.setup(&format!("INSERT INTO {t} (id, v) VALUES ({id}, 'free')"))?;
    }
    let waited = m.lock_wait(&t)?;
    m.deadlock(&t, &waited)?;
    decided()
}

struct Monitored<'a> {
    bench: Bench<'a>,
    monitor: touchstone_sdk::context::Monitor,
    trace: Trace,
}

/// A session that told its own id.
struct Known {
    sql: Sql,
    id: String,
}

impl Monitored<'_> {
    fn known(&self) -> Result<Known, Stop> {
        let sql = self.bench.cx.sql(&self.bench.cx.param("role")?)?;
        let id = sql.scalar(&self.monitor.own_id)?;
        Ok(Known { sql, id })
    }

    /// Text that nobody could foresee: what is asked was fixed before it.
    fn mark(&self, what: &str) -> String {
        format!("{}-{what}-{}", self.bench.name, self.bench.cx.elapsed_ns())
    }

    fn ask(&self, question: &Question) -> Result<Vec<Vec<String>>, Stop> {
        self.bench.cx.sql(&question.role)?.rows(&question.statement)
    }

    fn slow(&self) -> Result<(), Stop> {
        let cx = self.bench.cx;
        let (idle, slow) = (self.known()?, self.known()?);
        if idle.id == slow.id {
            return inconclusive(say(
                format!("两个会话报出同一标识 {}，无法区分", idle.id),
                format!("two sessions tell the same id {}, so the monitor cannot tell them apart", idle.id),
            ));
        }
        let mark = self.mark("slow");
        if shows(&self.ask(&self.monitor.sessions)?, &mark) {
            return inconclusive(say("监视器列出了尚未发出的语句", "the monitor shows a statement that was not sent yet"));
        }
        let statement = self.bench.statement("slow", &[("mark", &mark), ("seconds", &SLOW_S.to_string())])?;
        let expected = format!("session {} at work: {statement}", slow.id);
        let pending = slow.sql.start(&statement, 60_000)?;
        let named = |rows: &[Vec<String>]| rows.iter().any(|row| is(row, 0, &slow.id) && has(row, 1, &mark));
        let look = self.watch(&self.monitor.sessions, &[&pending], named)?;
        let others = look.rows.iter().filter(|row| !is(row, 0, &slow.id) && has(row, 1, &mark)).count();
        let expect = cx.expect("slow-session");
        match look.state {
            State::Seen => {
                expect.that(others == 0, &expected, format!("{}; {others} other sessions", line(&look.rows, &slow.id)))?
            }
            State::NotSeen => expect.unmet(&expected, line(&look.rows, &slow.id))?,
            State::TooLate => {
                expect.unevaluated(say("语句在查看之前已结束", "the statement was over before anybody could look"), &expected)?;
                false
            }
        };
        self.answered(&pending)?;
        let left = self.ask(&self.monitor.sessions)?;
        let expect = cx.expect("slow-over");
        match look.state {
            State::TooLate => {
                expect.unevaluated(say("语句在查看之前已结束", "the statement was over before anybody could look"), "-")?
            }
            // What was never shown cannot have gone.
            State::NotSeen => drop(expect.unmet("shown before, not shown now", "never shown")?),
            State::Seen => drop(expect.that(!shows(&left, &mark), "shown before, not shown now", line(&left, &slow.id))?),
        }
        let kept = self.kept(&self.trace.slow, &[&mark])?;
        cx.expect("slow-traced").that(kept.is_some(), &mark, kept.unwrap_or_else(|| "not in the trace".into()))?;
        Ok(())
    }

    /// Gives the mark of the statement that waited.
    fn lock_wait(&self, t: &str) -> Result<String, Stop> {
        let cx = self.bench.cx;
        let (holder, waiter) = (self.known()?, self.known()?);
        let mark = self.mark("wait");
        begun(&holder)?;
        holder.sql.setup(&format!("UPDATE {t} SET v = 'held' WHERE id = 1"))?;
        let pending = waiter.sql.start(&format!("UPDATE {t} SET v = '{mark}' WHERE id = 1"), 60_000)?;
        let named =
            |rows: &[Vec<String>]| rows.iter().any(|row| is(row, 0, &waiter.id) && is(row, 1, &holder.id) && has(row, 2, &mark));
        let look = self.watch(&self.monitor.waits, &[&pending], named)?;
        let late = matches!(look.state, State::TooLate) || pending.within(0)?.is_some();
        let expected = format!("{} waits for {}", waiter.id, holder.id);
        if late {
            let why = say("语句没有等待锁", "the statement did not wait for the lock");
            cx.expect("lock-sessions").unevaluated(why.clone(), &expected)?;
            cx.expect("lock-statement").unevaluated(why, &mark)?;
        } else {
            let pair = look.rows.iter().find(|row| is(row, 0, &waiter.id));
            let pairs = pair.is_some_and(|row| is(row, 1, &holder.id));
            cx.expect("lock-sessions").that(pairs, &expected, line(&look.rows, &waiter.id))?;
            let text = pair.is_some_and(|row| has(row, 2, &mark));
            cx.expect("lock-statement").same_look().that(text, &mark, line(&look.rows, &waiter.id))?;
        }
        holder.sql.rollback()?;
        self.answered(&pending)?;
        Ok(mark)
    }

    fn deadlock(&self, t: &str, waited: &str) -> Result<(), Stop> {
        let cx = self.bench.cx;
        let (a, b) = (self.known()?, self.known()?);
        let marks = [self.mark("one"), self.mark("two")];
        for (session, id) in [(&a, 1), (&b, 2)] {
            begun(session)?;
            session.sql.setup(&format!("UPDATE {t} SET v = 'held' WHERE id = {id}"))?;
        }
        let first = a.sql.start(&format!("UPDATE {t} SET v = '{}' WHERE id = 2", marks[0]), 90_000)?;
        cx.sleep_ms(200);
        let second = b.sql.start(&format!("UPDATE {t} SET v = '{}' WHERE id = 1", marks[1]), 90_000)?;
        let refused = until_one_gives_way([(&first, &a), (&second, &b)])?;
        let expected = format!("{}, {}; not {waited}", marks[0], marks[1]);
        let expect = cx.expect("deadlock-traced");
        let Some(refused) = refused else {
            let why = say("数据库没有终止死锁中的任何一方", "the database ended neither side of the deadlock");
            return expect.unevaluated(why, &expected);
        };
        let kept = self.kept(&self.trace.deadlocks, &[&marks[0], &marks[1]])?;
        let others = shows(&self.ask(&self.trace.deadlocks)?, waited);
        let actual = match &kept {
            Some(_) if others => format!("also lists what merely waited: {waited}"),
            Some(kept) => format!("{refused}; {kept}"),
            None => format!("{refused}; not in the trace"),
        };
        expect.that(kept.is_some() && !others, &expected, actual)?;
        Ok(())
    }

    /// Asks again and again until the answer is as wanted. Only looks made while all statements are still under way count.
    fn watch(&self, question: &Question, pending: &[&Pending], wanted: impl Fn(&[Vec<String>]) -> bool) -> Result<Look, Stop> {
        let mut look = Look { rows: Vec::new(), state: State::TooLate };
        for _ in 0..20 {
            let rows = self.ask(question)?;
            for pending in pending {
                if pending.is_answered(100)? {
                    return Ok(look);
                }
            }
            let seen = wanted(&rows);
            look = Look { rows, state: if seen { State::Seen } else { State::NotSeen } };
            if seen {
                break;
            }
        }
        Ok(look)
    }

    fn answered(&self, pending: &Pending) -> Result<(), Stop> {
        match pending.wait(60_000)? {
            Reply::Done(_) => Ok(()),
            Reply::Refused(failure) => {
                let said = failure.said();
                inconclusive(say(
                    format!("预先制造的语句被拒绝：{said}"),
                    format!("a statement of the preparation was refused: {said}"),
                ))
            }
        }
    }

    /// The cell with the first mark, once all marks are in the answer.
    fn kept(&self, question: &Question, marks: &[&str]) -> Result<Option<String>, Stop> {
        let begun = self.bench.cx.elapsed_ms();
        loop {
            let rows = self.ask(question)?;
            if marks.iter().all(|mark| shows(&rows, mark)) {
                let cell = rows.iter().flatten().find(|cell| marks.iter().any(|mark| cell.contains(mark)));
                return Ok(cell.map(|cell| around(cell, marks)));
            }
            if self.bench.cx.elapsed_ms() - begun > TRACED_MS {
                return Ok(None);
            }
            self.bench.cx.sleep_ms(300);
        }
    }
}

struct Look {
    rows: Vec<Vec<String>>,
    state: State,
}

enum State {
    Seen,
    NotSeen,
    /// The statement had ended.
    TooLate,
}

fn begun(session: &Known) -> Result<(), Stop> {
    if session.sql.begin()? {
        return Ok(());
    }
    inconclusive(say("目标拒绝开始事务", "the target refuses to begin a transaction"))
}

/// What the side that gave way was told; none: neither did.
fn until_one_gives_way(sides: [(&Pending, &Known); 2]) -> Result<Option<String>, Stop> {
    let mut refused = None;
    let mut answered = [false; 2];
    for _ in 0..150 {
        for (at, (pending, session)) in sides.iter().enumerate() {
            if answered[at] {
                continue;
            }
            if let Some(reply) = pending.within(200)? {
                answered[at] = true;
                // Its locks go with its transaction, so that the other side ends.
                session.sql.rollback()?;
                if !reply.is_done() {
                    refused = Some(reply.said());
                }
            }
        }
        if answered == [true; 2] {
            break;
        }
    }
    Ok(refused)
}

fn is(row: &[String], column: usize, value: &str) -> bool {
    row.get(column).is_some_and(|cell| cell == value)
}

fn has(row: &[String], column: usize, mark: &str) -> bool {
    row.get(column).is_some_and(|cell| cell.contains(mark))
}

fn shows(rows: &[Vec<String>], mark: &str) -> bool {
    rows.iter().flatten().any(|cell| cell.contains(mark))
}

/// What is shown of a session.
fn line(rows: &[Vec<String>], id: &str) -> String {
    let row = rows.iter().find(|row| is(row, 0, id));
    row.map_or(format!("{} sessions, {id} not among them", rows.len()), |row| row.join(" | ").chars().take(200).collect())
}

/// A mark with some of what stands around it.
fn around(cell: &str, marks: &[&str]) -> String {
    let at = marks.iter().find_map(|mark| cell.find(mark)).unwrap_or(0);
    let before = cell[..at].chars().rev().take(60).collect::<Vec<_>>();
    before
        .into_iter()
        .rev()
        .chain(cell[at..].chars().take(120))
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
