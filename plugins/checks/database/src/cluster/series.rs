//! Database: a series of failures of the primary while clients write, and the figures over all of them.

use super::{Cluster, LedgerLoad, bring_about, kept, ledger_words, silence};
use touchstone_sdk::context::Fault;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("failover-series")
    .title("主备故障切换系列试验", "A series of failovers")
    .question(
        "在客户端持续写入时反复切断主节点的复制并强杀主节点，每次接管后恢复完整：每次恢复时间是否不超过声明，已确认的写入是否保留，\
         由已确认写入的数量得出的可靠性置信下限是否达到声明？",
        "While clients keep writing, the primary's link to the standbys is cut and the primary killed, again and again, each time until \
         the cluster is whole: is every recovery within the declared time, is every acknowledged write there, and is the reliability \
         declared that so many acknowledged writes speak for?",
    )
    .effect("主节点反复失效；写入多次中断数十秒。", "The primary fails again and again; writes stop for some tens of seconds each time.")
    .on("database")
    .needs(&[Need::Sql, Need::Adapter("topology"), Need::Adapter("faults")])
    .impact(Impact::Disrupt)
    .limit_s(3600)
    .param("rounds", "10", "次数", "failures")
    .param("limit_ms", "30000", "声明的恢复期限（毫秒）", "declared recovery time, in milliseconds")
    .param("rpo_ms", "0", "声明可丢失的已确认写入的时长（毫秒）；0 表示同步复制", "age of acknowledged writes that are declared to be lost at most, in milliseconds; 0: synchronous")
    .param("cut_ms", "1000", "强杀之前复制中断的时长（毫秒）", "milliseconds for which the link is cut before the kill")
    .param("settle_s", "90", "恢复完整的期限（秒）", "seconds within which the cluster is whole again")
    .param("steady_s", "5", "每次故障之前的写入时长（秒）", "seconds of writing before each failure")
    .param("clients", "16", "写入的客户端数（另有1个每次新建连接）", "clients that write, and one more on new connections")
    .param("interval_ms", "2", "每个客户端两次写入的间隔（毫秒）", "milliseconds between two writes of a client")
    .param("reliability_per_cent", "99.999", "声明的数据可靠性（%）", "declared reliability of data, in per cent")
    .expect("taken-over", "每次都有备节点接受写入", "each time a standby takes writes")
    .expect("in-time", "每次中断不超过声明的期限", "each time nobody waits longer than declared")
    .expect("no-loss", "每次已确认的写入按声明保留", "each time acknowledged writes are there as declared")
    .expect("rejoined", "每次集群恢复完整", "each time the cluster is whole again")
    .expect("reliability", "95%置信度下达到声明的可靠性", "the declared reliability, with a confidence of 95 %")
    .run(run);

/// What one failure showed.
struct Round {
    silence_ms: Option<f64>,
    lost: u64,
    rpo_ms: f64,
    acknowledged: u64,
    kept: bool,
    watched_ms: u64,
    /// Writes a second: before the fault, and with one member less.
    rates: [f64; 2],
    /// From the old primary's start until the cluster was whole.
    whole_ms: u64,
    words: String,
}

fn run(cx: &Context) -> CheckResult {
    let (limit_ms, cut_ms): (u64, u32) = (cx.param_as("limit_ms")?, cx.param_as("cut_ms")?);
    let (rpo_ms, rounds): (f64, u32) = (cx.param_as("rpo_ms")?, cx.param_as("rounds")?);
    let (settle_s, reliability): (u64, f64) = (cx.param_as("settle_s")?, cx.param_as("reliability_per_cent")?);
    if rounds == 0 || !(0.0..100.0).contains(&reliability) {
        return inconclusive(say("参数没有意义", format!("rounds = {rounds}, reliability_per_cent = {reliability}")));
    }
    let cluster = Cluster::find(cx)?;
    cluster.create("w", "entries")?;
    let probe = cluster.table("w");
    let load = LedgerLoad { pooled: cx.param_as("clients")?, interval_ms: cx.param_as("interval_ms")? };
    let (mut told, mut broken): (Vec<Round>, Option<(&str, String)>) = (Vec::new(), None);
    for number in 1..=rounds {
        let old = cluster.whole_at_first(&probe)?;
        let began = cx.elapsed_ms();
        let clients = cluster.ledger_of(&format!("l{number}"), load)?;
        let [first, at] = [clients.acknowledged()?.into(), cx.elapsed_ms()];
        cx.sleep_ms(cx.param_as::<u32>("steady_s")? * 1000);
        let before = rate(first, at, clients.acknowledged()?.into(), cx.elapsed_ms());
        bring_about(&cx.fault(Fault::Cut, &old.name)?, "cut")?;
        cx.sleep_ms(cut_ms);
        clients.fault()?;
        bring_about(&cx.fault(Fault::Kill, &old.name)?, "kill")?;
        let Some(new) = cluster.successor(&old.name, &probe, limit_ms + 5000)? else {
            broken = Some(("taken-over", format!("round {number}: nobody takes writes")));
            break;
        };
        let [first, at] = [clients.acknowledged()?.into(), cx.elapsed_ms()];
        cx.sleep_ms(3000);
        let after = rate(first, at, clients.acknowledged()?.into(), cx.elapsed_ms());
        let judged = clients.stop(std::slice::from_ref(&new.place))?;
        let watched_ms = cx.elapsed_ms() - began;
        let revived = cx.elapsed_ms();
        bring_about(&cx.fault(Fault::Revive, &old.name)?, "revive")?;
        let settled = cluster.whole(&probe, settle_s * 1000)?;
        told.push(Round {
            silence_ms: silence(&judged),
            lost: judged.count("lost"),
            rpo_ms: judged.figure("rpo_ms").unwrap_or_default(),
            acknowledged: judged.figure("acknowledged").unwrap_or_default() as u64,
            kept: kept(&judged, rpo_ms)?,
            watched_ms,
            rates: [before, after],
            whole_ms: cx.elapsed_ms() - revived,
            words: ledger_words(&judged),
        });
        if let Err(words) = settled {
            broken = Some(("rejoined", format!("round {number}: {words}")));
            break;
        }
    }
    decide(cx, &told, broken, limit_ms as f64 + f64::from(cut_ms), rpo_ms, 1.0 - reliability / 100.0)
}

fn rate(first: u64, from_ms: u64, last: u64, until_ms: u64) -> f64 {
    (last - first) as f64 * 1000.0 / (until_ms - from_ms).max(1) as f64
}

fn decide(
    cx: &Context,
    told: &[Round],
    broken: Option<(&str, String)>,
    limit_ms: f64,
    rpo_ms: f64,
    may_be_lost: f64,
) -> CheckResult {
    cx.note(figures(told));
    let broke = |id: &str| broken.as_ref().filter(|(known, _)| *known == id).map(|(_, words)| words.clone());
    let nobody = broke("taken-over");
    cx.expect("taken-over").that(
        nobody.is_none(),
        "a standby takes writes, each time",
        nobody.unwrap_or(format!("{} times", told.len())),
    )?;
    if told.is_empty() {
        for id in ["in-time", "no-loss", "rejoined", "reliability"] {
            cx.expect(id).unevaluated(say("没有节点接管", "nobody took over"), "a failover")?;
        }
        return decided();
    }
    let silences: Vec<String> =
        told.iter().map(|round| round.silence_ms.map_or("did not come back".into(), |ms| format!("{ms:.0}"))).collect();
    cx.expect("in-time").same_look().that(
        told.iter().all(|round| round.silence_ms.is_some_and(|ms| ms <= limit_ms)),
        format!("at most {limit_ms} ms each time"),
        format!("{} ms", silences.join(", ")),
    )?;
    let words: Vec<&str> = told.iter().map(|round| round.words.as_str()).collect();
    cx.expect("no-loss").same_look().that(
        told.iter().all(|round| round.kept),
        if rpo_ms > 0.0 { format!("none lost older than {rpo_ms} ms") } else { "0 lost".to_owned() },
        words.join(" | "),
    )?;
    let lags = broke("rejoined");
    cx.expect("rejoined").same_look().that(lags.is_none(), "whole again each time", lags.unwrap_or("each time".into()))?;
    let (lost, acknowledged) = sums(told);
    // With none lost of n, the share lost is below 1 - 0.05^(1/n) with a confidence of 95 %.
    let needed = (0.05_f64.ln() / (-may_be_lost).ln_1p()).ceil();
    let expected =
        format!("0 lost of at least {needed:.0} acknowledged writes, or a smaller share than {:.6} %", may_be_lost * 100.0);
    let share = lost as f64 / acknowledged.max(1) as f64;
    let actual = format!("{lost} lost of {acknowledged} ({:.6} %)", share * 100.0);
    if lost == 0 && (acknowledged as f64) < needed || lost > 0 && share <= may_be_lost {
        let zh = format!("已确认写入太少，不足以得出结论：{actual}");
        cx.expect("reliability")
            .same_look()
            .unevaluated(say(zh, format!("too few acknowledged writes to say so: {actual}")), expected)?;
    } else {
        cx.expect("reliability").same_look().that(lost == 0, expected, actual)?;
    }
    decided()
}

fn sums(told: &[Round]) -> (u64, u64) {
    told.iter().fold((0, 0), |(lost, all), round| (lost + round.lost, all + round.acknowledged))
}

/// All that was measured, in both languages.
fn figures(told: &[Round]) -> String {
    let mut silences: Vec<f64> = told.iter().filter_map(|round| round.silence_ms).collect();
    silences.sort_by(f64::total_cmp);
    let at = |share: f64| {
        silences.get(((silences.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied().unwrap_or_default()
    };
    let (lost, acknowledged) = sums(told);
    let (down, all) = told.iter().fold((0.0, 0.0), |(down, all), round| {
        (down + round.silence_ms.unwrap_or(round.watched_ms as f64), all + round.watched_ms as f64)
    });
    let available = if all > 0.0 { 100.0 * (1.0 - down / all) } else { 0.0 };
    let age = told.iter().map(|round| round.rpo_ms).fold(0.0, f64::max);
    let mean = |of: fn(&Round) -> f64| told.iter().map(of).sum::<f64>() / told.len().max(1) as f64;
    let bound = 100.0 * (1.0 - 0.05_f64.powf(1.0 / acknowledged.max(1) as f64));
    let bound = if lost == 0 { format!("{bound:.6} %") } else { "-".to_owned() };
    let (before, after, whole) = (mean(|r| r.rates[0]), mean(|r| r.rates[1]), mean(|r| r.whole_ms as f64));
    format!(
        "{n} 次：RTO 中位 {p50:.0}、p95 {p95:.0}、最长 {max:.0} 毫秒；丢失 {lost}/{acknowledged}，最早的丢失在故障前 {age:.0} 毫秒，丢失率95%置信上限 {bound}；\
         系列期间可用性 {available:.3} %；写入速率 {before:.0} → {after:.0} 次/秒；恢复完整平均 {whole:.0} 毫秒 / \
         {n} failures: RTO median {p50:.0}, p95 {p95:.0}, longest {max:.0} ms; lost {lost} of {acknowledged}, the oldest {age:.0} ms before the \
         fault, upper bound of the share lost (95 %) {bound}; availability over the series {available:.3} %; {before:.0} writes/s, degraded \
         {after:.0}; whole again after {whole:.0} ms on average",
        n = told.len(),
        p50 = at(0.5),
        p95 = at(0.95),
        max = at(1.0),
    )
}
