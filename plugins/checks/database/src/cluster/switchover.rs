//! Database: the part of the primary is handed over in order, while clients write.

use super::{Cluster, Taken, bring_about, kept, ledger_words, silence, silence_words};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("switchover")
    .title("主备计划切换", "Planned switchover")
    .question(
        "在客户端持续写入时做一次计划切换：另一节点是否接管写入，原主是否成为备节点，已确认的写入是否全部保留，多久恢复？",
        "While clients keep writing, the part of the primary is handed over: does the other member take writes, does the old primary \
         become a standby, is every acknowledged write there, and how long was nobody served?",
    )
    .effect("主节点换为另一成员；写入短暂中断。", "Another member is the primary afterwards; writes stop for a moment.")
    .on("database")
    .needs(&[Need::Sql, Need::Adapter("topology"), Need::Adapter("faults")])
    .impact(Impact::Disrupt)
    .limit_s(300)
    .param("limit_ms", "30000", "声明的切换期限（毫秒）", "declared limit of the time without service, in milliseconds")
    .param("settle_s", "60", "集群恢复完整的期限（秒）", "seconds within which the cluster is whole again")
    .expect("taken-over", "另一成员接受写入", "the other member takes writes")
    .expect("no-loss", "已确认的写入全部保留", "every acknowledged write is there")
    .expect("in-time", "中断不超过声明的期限", "nobody waits longer than declared")
    .expect("stands-by", "原主拒绝写入并跟随新主", "the old primary refuses writes and follows")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let (limit_ms, settle_s): (u64, u64) = (cx.param_as("limit_ms")?, cx.param_as("settle_s")?);
    let cluster = Cluster::find(cx)?;
    cluster.create("w", "entries")?;
    let probe = cluster.table("w");
    let old = cluster.whole_at_first(&probe)?;
    let Some(new) = cluster.members.iter().find(|member| member.name != old.name) else {
        return inconclusive(say("没有备节点", "there is no standby"));
    };
    let clients = cluster.ledger("l")?;
    clients.fault()?;
    bring_about(&cx.switchover(&old.name, &new.name)?, "switchover")?;
    let successor = cluster.successor(&old.name, &probe, limit_ms + 5000)?;
    cx.expect("taken-over").that(
        successor.is_some_and(|member| member.name == new.name),
        format!("{} takes writes", new.name),
        successor.map_or("nobody but the old primary".to_owned(), |member| format!("{} does", member.name)),
    )?;
    // Clients on both kinds of connections find their way.
    cx.sleep_ms(3000);
    let read_at = successor.map_or_else(|| old.place.clone(), |member| member.place.clone());
    let judged = clients.stop(&[read_at])?;
    cx.expect("no-loss").that(kept(&judged, 0.0)?, "0 lost", ledger_words(&judged))?;
    cx.expect("in-time").same_look().that(
        silence(&judged).is_some_and(|ms| ms <= limit_ms as f64),
        format!("at most {limit_ms} ms"),
        silence_words(&judged),
    )?;
    let settled = cluster.whole(&probe, settle_s * 1000)?;
    let follows = matches!(&settled, Ok(primary) if primary.name != old.name);
    let again = cluster.write_to(old, &probe, 1)?;
    cx.expect("stands-by").that(
        follows && again == Taken::Refused,
        format!("{} refuses writes and holds what {} holds", old.name, new.name),
        match settled {
            Ok(primary) => format!("{} takes writes, {}: {again:?}", primary.name, old.name),
            Err(words) => words,
        },
    )?;
    decided()
}
