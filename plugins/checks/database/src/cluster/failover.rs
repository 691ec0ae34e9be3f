//! Database: the primary fails while clients write: once frozen, with its link to the standbys cut before, once killed.

use super::{Cluster, ROLE, bring_about, kept, ledger_words, silence, silence_words};
use touchstone_sdk::context::{Fault, Member};
use touchstone_sdk::prelude::*;
use touchstone_sdk::workload::{Judged, NodesPlan, probe_nodes};

pub const CHECK: Check = check("failover")
    .title("主备故障切换", "Failover")
    .question(
        "在客户端持续写入时，先切断主节点到备节点的复制并冻结主节点，再解冻；然后强杀主节点，再启动：备节点是否在声明的期限内接管，\
         已确认的写入是否保留，是否从未有两个主节点，原主是否归队？",
        "While clients keep writing, the primary's link to the standbys is cut, it is frozen, and later thawed; then the primary is \
         killed, and started again: does a standby take over within the declared time, is every acknowledged write there, are there \
         never two primaries, and does the old one join again?",
    )
    .effect("主节点两次失效；写入中断数十秒。", "The primary fails twice; writes stop for some tens of seconds.")
    .on("database")
    .needs(&[Need::Sql, Need::Adapter("topology"), Need::Adapter("faults")])
    .impact(Impact::Disrupt)
    .limit_s(420)
    .param("limit_ms", "30000", "声明的恢复期限（毫秒）", "declared recovery time, in milliseconds")
    .param("rpo_ms", "0", "声明可丢失的已确认写入的时长（毫秒）；0 表示同步复制", "age of acknowledged writes that are declared to be lost at most, in milliseconds; 0: synchronous")
    .param("cut_ms", "1000", "冻结之前复制中断的时长（毫秒）", "milliseconds for which the link is cut before the freeze")
    .param("settle_s", "60", "原主归队的期限（秒）", "seconds within which the old primary has joined again")
    .param("rest_s", "15", "开始之前的静置时间（秒）：刚受过干扰的集群需要时间恢复冗余", "seconds of rest before: a cluster that was disturbed just now needs them to be redundant again")
    .expect("taken-over", "备节点接受写入", "a standby takes writes")
    .expect("in-time", "中断不超过声明的期限", "nobody waits longer than declared")
    .expect("no-loss", "已确认的写入按声明保留", "acknowledged writes are there as declared")
    .expect("one-primary", "从未有两个主节点各自接受写入", "never do two primaries take writes of which the other knows nothing")
    .expect("rejoined", "原主归队，拒绝写入，内容一致", "the old primary joins again: it refuses writes and holds the same")
    .run(run);

/// How long all members are written to after an old primary is back.
const WATCH_MS: u32 = 5000;

struct Demand {
    limit_ms: u64,
    rpo_ms: f64,
    cut_ms: u32,
    settle_s: u64,
}

/// How a round ended.
enum Round<'a> {
    /// Nobody took over.
    Left,
    Done {
        judged: Judged,
        new: &'a Member,
        settled: Result<&'a Member, String>,
    },
}

fn run(cx: &Context) -> CheckResult {
    let demand = Demand {
        limit_ms: cx.param_as("limit_ms")?,
        rpo_ms: cx.param_as("rpo_ms")?,
        cut_ms: cx.param_as("cut_ms")?,
        settle_s: cx.param_as("settle_s")?,
    };
    let cluster = Cluster::find(cx)?;
    for table in ["w", "n"] {
        cluster.create(table, "entries")?;
    }
    cx.sleep_ms(cx.param_as::<u32>("rest_s")? * 1000);
    let first = cluster.whole_at_first(&cluster.table("w"))?;
    let Round::Done { judged: frozen, new, settled } = freeze(cx, &cluster, first, &demand)? else {
        return nobody(cx, &demand, first);
    };
    let Ok(second) = settled else {
        // Two histories, or one member less: a second fault would show nothing new.
        told(cx, &demand, &[(&frozen, demand.cut_ms)])?;
        let words = settled.err().unwrap_or_default();
        let wanted = format!("{} takes writes, {} refuses them and holds the same", new.name, first.name);
        cx.expect("rejoined").same_look().that(false, wanted, words)?;
        return decided();
    };
    let Round::Done { judged: killed, settled, .. } = kill(cx, &cluster, second, &demand)? else {
        return nobody(cx, &demand, second);
    };
    told(cx, &demand, &[(&frozen, demand.cut_ms), (&killed, 0)])?;
    let rejoined = matches!(&settled, Ok(primary) if primary.name != second.name);
    let words = match settled {
        Ok(primary) => format!("{} takes writes, all members hold the same", primary.name),
        Err(words) => words,
    };
    cx.expect("rejoined").same_look().that(
        rejoined,
        format!("{} refuses writes and holds the same within {} s", second.name, demand.settle_s),
        words,
    )?;
    decided()
}

fn nobody(cx: &Context, demand: &Demand, old: &Member) -> CheckResult {
    let wanted = format!("another member than {} within {} ms", old.name, demand.limit_ms + 5000);
    cx.expect("taken-over").that(false, &wanted, "nobody takes writes")?;
    cx.expect("in-time").same_look().that(false, format!("at most {} ms", demand.limit_ms), "did not come back")?;
    for id in ["no-loss", "one-primary", "rejoined"] {
        cx.expect(id).unevaluated(say("没有节点接管", "nobody took over"), &wanted)?;
    }
    decided()
}

/// What both ledgers show.
fn told(cx: &Context, demand: &Demand, rounds: &[(&Judged, u32)]) -> Result<(), Stop> {
    let words = |one: fn(&Judged) -> String| rounds.iter().map(|(judged, _)| one(judged)).collect::<Vec<_>>().join(" | ");
    cx.expect("taken-over").that(true, "a standby takes writes", format!("{} times", rounds.len()))?;
    // While the link was cut the primary was there: that time is not the failover's.
    let in_time =
        rounds.iter().all(|(judged, cut)| silence(judged).is_some_and(|ms| ms <= demand.limit_ms as f64 + f64::from(*cut)));
    cx.expect("in-time").same_look().that(
        in_time,
        format!("at most {} ms (after a cut of {} ms, so much more)", demand.limit_ms, demand.cut_ms),
        words(silence_words),
    )?;
    let mut all = true;
    for (judged, _) in rounds {
        all &= kept(judged, demand.rpo_ms)?;
    }
    let wanted = if demand.rpo_ms > 0.0 { format!("none lost older than {} ms", demand.rpo_ms) } else { "0 lost".to_owned() };
    cx.expect("no-loss").same_look().that(all, wanted, words(ledger_words))?;
    Ok(())
}

/// The link is cut, the primary frozen and, when another one has taken over, thawed: it believes that it is the primary.
fn freeze<'a>(cx: &Context, cluster: &'a Cluster<'_>, old: &Member, demand: &Demand) -> Result<Round<'a>, Stop> {
    let probe = cluster.table("w");
    let clients = cluster.ledger("f")?;
    bring_about(&cx.fault(Fault::Cut, &old.name)?, "cut")?;
    cx.sleep_ms(demand.cut_ms);
    clients.fault()?;
    bring_about(&cx.fault(Fault::Freeze, &old.name)?, "freeze")?;
    let Some(new) = cluster.successor(&old.name, &probe, demand.limit_ms + 5000)? else { return Ok(Round::Left) };
    cx.sleep_ms(3000);
    let judged = clients.stop(std::slice::from_ref(&new.place))?;
    let table = cluster.table("n");
    let nodes = probe_nodes(&NodesPlan {
        role: ROLE.to_owned(),
        nodes: cluster.members.iter().map(|member| member.place.clone()).collect(),
        write: cluster.statement("add", &table)?,
        greatest: cluster.statement("greatest", &table)?,
        interval_ms: 50,
        timeout_ms: 2000,
    })?;
    let until = cx.elapsed_ms() + 10_000;
    while nodes.acknowledged()? < 5 && cx.elapsed_ms() < until {
        cx.sleep_ms(50);
    }
    bring_about(&cx.fault(Fault::Thaw, &old.name)?, "thaw")?;
    cx.sleep_ms(WATCH_MS);
    let seen = nodes.stop(&[])?;
    if seen.is_undecided() {
        return inconclusive(say("双主探测无法判定", format!("the probe of all members cannot be judged: {}", seen.said())));
    }
    cx.expect("one-primary").that(
        seen.is_kept(),
        "0 writes that do not know of another member's",
        format!(
            "{} acknowledged by {} members; {}",
            count(&seen, "acknowledged"),
            count(&seen, "nodes_that_took_writes"),
            seen.said()
        ),
    )?;
    let settled = cluster.whole(&probe, demand.settle_s * 1000)?;
    Ok(Round::Done { judged, new, settled })
}

fn count(judged: &Judged, figure: &str) -> f64 {
    judged.figure(figure).unwrap_or_default()
}

/// The primary is killed and, when another one has taken over, started again.
fn kill<'a>(cx: &Context, cluster: &'a Cluster<'_>, old: &Member, demand: &Demand) -> Result<Round<'a>, Stop> {
    let probe = cluster.table("w");
    let clients = cluster.ledger("k")?;
    clients.fault()?;
    bring_about(&cx.fault(Fault::Kill, &old.name)?, "kill")?;
    let Some(new) = cluster.successor(&old.name, &probe, demand.limit_ms + 5000)? else { return Ok(Round::Left) };
    cx.sleep_ms(3000);
    let judged = clients.stop(std::slice::from_ref(&new.place))?;
    bring_about(&cx.fault(Fault::Revive, &old.name)?, "revive")?;
    let settled = cluster.whole(&probe, demand.settle_s * 1000)?;
    Ok(Round::Done { judged, new, settled })
}
