//! Database: reads by the readers' entrance are answered by standbys, writes by the primary, and sessions see what was declared.

use super::{Cluster, ROLE, Taken};
use std::collections::BTreeMap;
use touchstone_sdk::prelude::*;
use touchstone_sdk::workload::{SessionsPlan, keep_sessions};

pub const CHECK: Check = check("read-write-splitting")
    .title("读写分离", "Splitting of reads and writes")
    .question(
        "读入口的会话是否由拒绝写入的成员应答，写入口的写入是否落在主节点，会话是否读到自己的写入、从不倒退？",
        "Are sessions of the readers' entrance answered by members that refuse writes, do writes land on the primary, and does a session \
         see its own writes and never go back?",
    )
    .effect("建两张自己的表，数秒内持续读写，用后删除。", "Makes two tables of its own, writes and reads for some seconds, drops them.")
    .on("database")
    .needs(&[Need::Sql, Need::Adapter("topology")])
    .impact(Impact::Scratch)
    .limit_s(180)
    .param("sessions", "20", "观察的读会话数", "sessions of readers that are looked at")
    .param("seconds", "3", "读写持续的秒数", "seconds of writing and reading")
    .param("read_your_writes", "yes", "是否声明读己之写（yes 或 no）", "whether read-your-writes is declared (yes or no)")
    .param("monotonic_reads", "yes", "是否声明单调读（yes 或 no）", "whether monotonic reads are declared (yes or no)")
    .expect("reads-standby", "读会话都由拒绝写入的成员应答", "readers are answered by members that refuse writes")
    .expect("writes-primary", "写入都落在主节点", "writes land on the primary")
    .expect("read-your-writes", "会话读到自己已确认的写入", "a session sees its own acknowledged writes")
    .expect("monotonic-reads", "会话从不读到更旧的内容", "a session never reads what is older than before")
    .run(run);

/// Sessions that write and read.
const CLIENTS: u32 = 4;

fn run(cx: &Context) -> CheckResult {
    let cluster = Cluster::find(cx)?;
    let (sessions, seconds): (u32, u32) = (cx.param_as("sessions")?, cx.param_as("seconds")?);
    let (own, monotonic) = (cx.param("read_your_writes")? == "yes", cx.param("monotonic_reads")? == "yes");
    cluster.create("w", "entries")?;
    cluster.create("s", "versions")?;
    let (probe, table) = (cluster.table("w"), cluster.table("s"));
    let primary = cluster.whole_at_first(&probe)?;
    let which = cx.which_member()?;
    let mut members: BTreeMap<String, (&str, bool)> = BTreeMap::new();
    for (number, member) in cluster.members.iter().enumerate() {
        let Some(session) = cluster.answers(member)? else {
            return inconclusive(say("成员不应答", format!("{} does not answer", member.name)));
        };
        let refuses = cluster.write_to(member, &probe, 10 + number as u64)? == Taken::Refused;
        members.insert(session.scalar(&which)?, (member.name.as_str(), refuses));
    }
    if members.len() != cluster.members.len() {
        return inconclusive(say("成员无法区分", format!("the members cannot be told apart by {which}")));
    }
    let write_place = match cluster.entrances.write.as_slice() {
        [place] => place.clone(),
        // Several: the client finds the primary by itself.
        _ => primary.place.clone(),
    };
    let read_place = cluster.entrances.read.clone();
    let reads = read_place.clone().unwrap_or_else(|| write_place.clone());
    let (mut tally, mut by_primary) = (BTreeMap::<String, u32>::new(), 0);
    for _ in 0..sessions {
        let at = cx.sql_at(ROLE, &reads)?.scalar(&which)?;
        let (name, refuses) = members.get(&at).copied().unwrap_or((at.as_str(), false));
        *tally.entry(name.to_owned()).or_default() += 1;
        by_primary += u32::from(!refuses);
    }
    let words = tally.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ");
    cx.expect("reads-standby").that(by_primary == 0, format!("0 of {sessions} by {}", primary.name), words)?;
    let (mut landed, mut elsewhere) = (0, Vec::new());
    for id in 100..110_u64 {
        let session = cx.sql_at(ROLE, &write_place)?;
        let wrote = session.run(&format!("INSERT INTO {probe} (id) VALUES ({id})"))?;
        // A splitter may send a question elsewhere: what counts is what the primary itself holds.
        if wrote.is_done() { landed += 1 } else { elsewhere.push(wrote.said()) }
    }
    let held = match cluster.answers(primary)? {
        Some(session) => session.scalar(&format!("SELECT count(*) FROM {probe} WHERE id BETWEEN 100 AND 109"))?,
        None => return inconclusive(say("主节点不应答", "the primary does not answer")),
    };
    cx.expect("writes-primary").that(
        landed == 10 && held == "10",
        format!("10 accepted, 10 at once on {}", primary.name),
        format!("{landed} accepted, {held} there; {}", elsewhere.first().cloned().unwrap_or_default()),
    )?;
    let setup = cx.sql_at(ROLE, &write_place)?;
    for key in 0..CLIENTS {
        setup.setup(&format!("INSERT INTO {table} (k, v) VALUES ({key}, 0)"))?;
    }
    let clients = keep_sessions(&SessionsPlan {
        role: ROLE.to_owned(),
        write_place,
        read_place,
        write: cluster.statement("set", &table)?,
        read: cluster.statement("get", &table)?,
        clients: CLIENTS,
        timeout_ms: 5000,
        read_your_writes: own,
        monotonic_reads: monotonic,
    })?;
    cx.sleep_ms(seconds * 1000);
    let judged = clients.stop(&[])?;
    if judged.is_undecided() {
        return inconclusive(say("会话历史无法判定", format!("the sessions cannot be judged: {}", judged.said())));
    }
    let figure = |name: &str| judged.figure(name).unwrap_or_default();
    let seen = |anomaly: &str| {
        format!(
            "{} of {} reads after {} writes; behind by {:.1} ms at most",
            judged.count(anomaly),
            figure("reads"),
            figure("writes"),
            figure("staleness_max_ms")
        )
    };
    for (id, declared) in [("read-your-writes", own), ("monotonic-reads", monotonic)] {
        if declared {
            cx.expect(id).same_look().that(judged.count(id) == 0, "0 reads", seen(id))?;
        } else {
            cx.expect(id).unevaluated(say("投标人未声明", "the bidder does not declare it"), seen(id))?;
        }
    }
    decided()
}
