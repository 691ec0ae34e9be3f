//! Database: what the primary does is done on every standby, and a standby takes no writes of its own.

use super::{Cluster, ROLE, Taken};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("replication")
    .title("主备数据复制", "Replication to standbys")
    .question(
        "主节点上插入、修改、删除的内容是否在每个备节点上一致，被回滚的内容是否不出现，备节点是否拒绝写入？",
        "Is what was inserted, changed and deleted on the primary the same on every standby, is what was rolled back on none, and does \
         a standby refuse writes?",
    )
    .effect("建一张自己的表，用后删除。", "Makes a table of its own and drops it.")
    .on("database")
    .needs(&[Need::Sql, Need::Adapter("topology")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .param("lag_ms", "10000", "备节点跟上的期限（毫秒）", "milliseconds within which standbys must have caught up")
    .expect("one-primary", "恰有一个成员接受写入", "exactly one member takes writes")
    .expect("copied", "每个备节点内容与主节点一致", "every standby holds what the primary holds")
    .expect("rolled-back", "被回滚的内容不出现", "what was rolled back is on none")
    .expect("standby-refuses", "备节点拒绝写入且不留痕迹", "standbys refuse writes, and nothing is left of them")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let lag_ms: u64 = cx.param_as("lag_ms")?;
    let cluster = Cluster::find(cx)?;
    cluster.create("e", "values")?;
    let table = cluster.table("e");
    let until = cx.elapsed_ms() + lag_ms;
    // The table itself has to arrive before a standby can refuse a row of it for being a standby.
    let mut taken = Vec::new();
    for (number, member) in cluster.members.iter().enumerate() {
        taken.push((member, cluster.write_to(member, &table, 900 + number as u64)?));
    }
    let takers: Vec<_> = taken.iter().filter(|(_, taken)| *taken == Taken::Yes).map(|(member, _)| *member).collect();
    let names = |members: &[&touchstone_sdk::context::Member]| {
        members.iter().map(|member| member.name.clone()).collect::<Vec<_>>().join(" ")
    };
    cx.expect("one-primary").that(takers.len() == 1, "1 member", format!("[{}]", names(&takers)))?;
    let Some(primary) = takers.first() else {
        return inconclusive(say("没有成员接受写入", "no member takes writes"));
    };
    let Some(db) = cluster.answers(primary)? else {
        return inconclusive(say("主节点不再应答", "the primary does not answer any more"));
    };
    let salt = cx.elapsed_ns() % 1_000_000;
    for id in 1..=100_u64 {
        db.setup(&format!("INSERT INTO {table} (id, v) VALUES ({id}, {})", salt + id))?;
    }
    db.setup(&format!("UPDATE {table} SET v = v * 3 WHERE id <= 50"))?;
    db.setup(&format!("DELETE FROM {table} WHERE id > 90"))?;
    if db.begin()? {
        db.setup(&format!("INSERT INTO {table} (id, v) VALUES (700, {salt})"))?;
        db.rollback()?;
    }
    db.setup(&format!("INSERT INTO {table} (id, v) VALUES (800, {salt})"))?;
    let query = format!("SELECT count(*), sum(id), sum(v), sum(v * id) FROM {table}");
    let wanted = db.rows(&query)?;
    let (mut behind, mut deaf, mut rolled_back) = (Vec::new(), Vec::new(), Vec::new());
    let standbys: Vec<_> = cluster.members.iter().filter(|member| member.name != primary.name).collect();
    for member in &standbys {
        let Some(session) = cluster.answers(member)? else {
            deaf.push(member.name.as_str());
            continue;
        };
        let seen = loop {
            let seen = match session.run(&query)? {
                Reply::Done(done) => done.rows.iter().map(|row| row.iter().map(touchstone_sdk::sql::text).collect()).collect(),
                Reply::Refused(failure) => vec![vec![failure.said()]],
            };
            if seen == wanted || cx.elapsed_ms() > until.max(lag_ms) {
                break seen;
            }
            cx.sleep_ms(50);
        };
        if seen != wanted {
            behind.push(format!("{} has {seen:?}", member.name));
        } else if session.scalar(&format!("SELECT count(*) FROM {table} WHERE id = 700"))? != "0" {
            rolled_back.push(member.name.as_str());
        }
    }
    if !deaf.is_empty() {
        let names = deaf.join(" ");
        return inconclusive(say(format!("备节点不应答：{names}"), format!("standbys that do not answer: {names}")));
    }
    let met = cx.expect("copied").that(
        behind.is_empty(),
        format!("{wanted:?} on {} within {lag_ms} ms", names(&standbys)),
        if behind.is_empty() { "the same".to_owned() } else { behind.join("; ") },
    )?;
    if !met {
        // A standby that has no such table refuses anything.
        for id in ["rolled-back", "standby-refuses"] {
            cx.expect(id).unevaluated(say("备节点没有跟上", "a standby did not follow"), "a standby that follows")?;
        }
        return decided();
    }
    cx.expect("rolled-back").same_look().that(rolled_back.is_empty(), "on none", format!("[{}]", rolled_back.join(" ")))?;
    let mut took = Vec::new();
    for (number, member) in standbys.iter().enumerate() {
        match cluster.write_to(member, &table, 910 + number as u64)? {
            Taken::Refused => {}
            Taken::Yes => took.push(member.name.as_str()),
            Taken::Unknown => {
                return inconclusive(say("备节点没有回答写入", format!("{} did not answer the write", member.name)));
            }
        }
    }
    let left = cx.sql_at(ROLE, &primary.place)?.scalar(&format!("SELECT count(*) FROM {table} WHERE id BETWEEN 910 AND 999"))?;
    cx.expect("standby-refuses").that(
        took.is_empty() && left == "0",
        "refused everywhere, 0 rows left",
        format!("taken by [{}], {left} rows left", took.join(" ")),
    )?;
    decided()
}
