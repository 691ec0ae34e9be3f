//! What the reads show by themselves: anomalies that need no cycle, and the order of the writes to each list.

use super::anomaly::Anomaly;
use crate::bank::Found;
use crate::format::{AppendAct, History, Isolation, Outcome, Step, line};
use crate::verdict::Report;
use std::collections::{BTreeMap, HashMap, HashSet};
use touchstone_model::text::Text;

/// Who appended a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appender {
    pub(super) txn: u32,
    /// Its transaction's last append to that list.
    last: bool,
}

/// Where in the order of a list a transaction stood when it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) txn: u32,
    pub(super) key: u64,
    /// How many values it saw, its own not counted.
    pub(super) length: u32,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    /// Values of each list in the order of their writes, with who appended them. Lists whose order is in doubt are not here.
    pub(super) orders: BTreeMap<u64, Vec<(u64, u32)>>,
    /// What committed transactions read of those lists.
    pub(super) positions: Vec<Position>,
    /// Answered reads of committed transactions.
    pub(super) reads: u64,
}

/// Anomalies found on the way, by kind.
#[derive(Default)]
struct Findings(BTreeMap<Anomaly, Found>);

impl Findings {
    fn add(&mut self, anomaly: Anomaly, zh: impl FnOnce() -> String, en: impl FnOnce() -> String) {
        self.0.entry(anomaly).or_default().add(|| Text::new(zh(), en()));
    }
}

/// Reads everything once. None when the history cannot be judged at all; the report says why.
pub(super) fn observe(isolation: Isolation, history: &History<AppendAct>, report: &mut Report) -> Option<Seen> {
    let appenders = appenders(history, report)?;
    let mut findings = Findings::default();
    let longest = longest(history);
    let mut orders = BTreeMap::new();
    let mut broken: HashSet<u64> = HashSet::new();
    for (key, (values, at)) in &longest {
        match order(*key, values, *at, &appenders, history, &mut findings) {
            Some(order) => drop(orders.insert(*key, order)),
            None => drop(broken.insert(*key)),
        }
    }
    let mut seen = Seen { orders, positions: Vec::new(), reads: 0 };
    for (txn, operation) in history.operations.iter().enumerate() {
        if operation.outcome == Outcome::Ok {
            let AppendAct::Txn(steps) = &operation.act;
            walk(txn, steps, &longest, &appenders, &mut broken, &mut seen, &mut findings);
        }
    }
    seen.orders.retain(|key, _| !broken.contains(key));
    seen.positions.retain(|position| !broken.contains(&position.key));
    report.figure("lists", longest.len());
    report.figure("reads", seen.reads);
    for (anomaly, found) in findings.0 {
        let meaning = anomaly.meaning();
        report.find(found.finding_if(anomaly.forbidden(isolation), anomaly.name(), &meaning.zh, &meaning.en));
    }
    unread_appends(history, &mut seen, &longest, &broken);
    Some(seen)
}

type Appenders = HashMap<(u64, u64), Appender>;
/// Of each list the longest that a committed transaction saw, and in which operation.
type Longest<'a> = HashMap<u64, (&'a [u64], usize)>;

fn appenders(history: &History<AppendAct>, report: &mut Report) -> Option<Appenders> {
    let mut appenders = Appenders::new();
    for (txn, operation) in history.operations.iter().enumerate() {
        let AppendAct::Txn(steps) = &operation.act;
        for (at, step) in steps.iter().enumerate() {
            let Step::Append(key, value) = *step else { continue };
            let last = !steps[at + 1..].iter().any(|later| matches!(later, Step::Append(k, _) if *k == key));
            let txn = u32::try_from(txn).ok()?;
            if appenders.insert((key, value), Appender { txn, last }).is_some() {
                report.doubt(
                    format!("第 {} 行：值 {value} 被多次追加到键 {key}，无法判定", line(txn as usize)),
                    format!(
                        "line {}: value {value} was appended to key {key} more than once, which cannot be judged",
                        line(txn as usize)
                    ),
                );
                return None;
            }
        }
    }
    Some(appenders)
}

fn longest(history: &History<AppendAct>) -> Longest<'_> {
    let mut longest = Longest::new();
    for (at, operation) in history.operations.iter().enumerate().filter(|(_, o)| o.outcome == Outcome::Ok) {
        let AppendAct::Txn(steps) = &operation.act;
        for step in steps {
            if let Step::Read(key, Some(values)) = step {
                let known = longest.entry(*key).or_insert((values.as_slice(), at));
                if values.len() > known.0.len() {
                    *known = (values, at);
                }
            }
        }
    }
    longest
}

/// The order of the writes to a list, unless the longest read of it makes no sense.
fn order(
    key: u64,
    values: &[u64],
    at: usize,
    appenders: &Appenders,
    history: &History<AppendAct>,
    findings: &mut Findings,
) -> Option<Vec<(u64, u32)>> {
    let mut met = HashSet::with_capacity(values.len());
    let mut order = Vec::with_capacity(values.len());
    let mut sound = true;
    for value in values {
        if !met.insert(*value) {
            sound = false;
            findings.add(
                Anomaly::Duplicate,
                || format!("第 {} 行读取键 {key}：值 {value} 出现多次", line(at)),
                || format!("the read of key {key} in line {} shows {value} more than once", line(at)),
            );
        }
        let Some(appender) = appenders.get(&(key, *value)) else {
            sound = false;
            findings.add(
                Anomaly::Unexpected,
                || format!("第 {} 行读取键 {key}：值 {value} 从未被追加", line(at)),
                || format!("the read of key {key} in line {} shows {value}, which nobody appended", line(at)),
            );
            continue;
        };
        let writer = appender.txn as usize;
        if history.operations[writer].outcome == Outcome::Fail {
            findings.add(
                Anomaly::G1a,
                || format!("第 {} 行读取键 {key} 见到 {value}，其事务（第 {} 行）已中止", line(at), line(writer)),
                || {
                    format!(
                        "the read of key {key} in line {} shows {value} of the transaction in line {}, which aborted",
                        line(at),
                        line(writer)
                    )
                },
            );
        }
        order.push((*value, appender.txn));
    }
    if let (true, Some(writer)) = (sound, out_of_step(key, &order, history)) {
        sound = false;
        findings.add(
            Anomaly::IncompatibleOrder,
            || format!("第 {} 行读取键 {key}：第 {} 行事务的追加缺失或次序颠倒", line(at), line(writer)),
            || {
                format!(
                    "the read of key {key} in line {} shows the appends of line {} in another order, or not all",
                    line(at),
                    line(writer)
                )
            },
        );
    }
    sound.then_some(order)
}

/// A transaction whose appends do not stand in the list one after the other as it made them.
fn out_of_step(key: u64, order: &[(u64, u32)], history: &History<AppendAct>) -> Option<usize> {
    let mut met: HashMap<u32, usize> = HashMap::new();
    for (value, txn) in order {
        let AppendAct::Txn(steps) = &history.operations[*txn as usize].act;
        let nth = met.entry(*txn).or_default();
        let mut own = steps.iter().filter_map(|step| match step {
            Step::Append(k, v) if *k == key => Some(v),
            _ => None,
        });
        if own.nth(*nth) != Some(value) {
            return Some(*txn as usize);
        }
        *nth += 1;
    }
    None
}

/// One committed transaction, step by step.
fn walk(
    txn: usize,
    steps: &[Step],
    longest: &Longest<'_>,
    appenders: &Appenders,
    broken: &mut HashSet<u64>,
    seen: &mut Seen,
    findings: &mut Findings,
) {
    // Of each list: what the transaction must see now, as a read (or nothing known) and its own appends since.
    let mut views: HashMap<u64, (Option<&[u64]>, Vec<u64>)> = HashMap::new();
    let own = |key: u64, value: u64| appenders.get(&(key, value)).is_some_and(|appender| appender.txn as usize == txn);
    for step in steps {
        match step {
            Step::Append(key, value) => views.entry(*key).or_default().1.push(*value),
            Step::Read(_, None) => {}
            Step::Read(key, Some(values)) => {
                seen.reads += 1;
                let view = views.entry(*key).or_default();
                let (before, appended) = (view.0, &view.1);
                let base = values.len().saturating_sub(appended.len());
                let consistent = values[base..] == appended[..]
                    && !values[..base].iter().any(|v| own(*key, *v) && !before.is_some_and(|b| b.contains(v)));
                if !consistent || before.is_some_and(|before| values[..base] != *before) {
                    findings.add(
                        Anomaly::Internal,
                        || format!("第 {} 行读取键 {key} 与同一事务先前的步骤矛盾", line(txn)),
                        || {
                            format!(
                                "the read of key {key} in line {} contradicts earlier steps of the same transaction",
                                line(txn)
                            )
                        },
                    );
                }
                let prefix = longest.get(key).is_some_and(|(most, _)| most.starts_with(values));
                if !prefix {
                    let at = longest.get(key).map_or(txn, |(_, at)| *at);
                    findings.add(
                        Anomaly::IncompatibleOrder,
                        || format!("键 {key}：第 {} 行与第 {} 行的读取次序矛盾", line(txn), line(at)),
                        || format!("the reads of key {key} in lines {} and {} contradict each other", line(txn), line(at)),
                    );
                    broken.insert(*key);
                } else if broken.contains(key) {
                    // Reported already; what follows from such a list proves nothing.
                } else if consistent && before.is_none() {
                    note(txn, *key, &values[..base], seen, appenders, findings);
                } else if consistent && appended.is_empty() && before != Some(&values[..]) {
                    // Weaker levels may show a newer list the second time.
                    note(txn, *key, values, seen, appenders, findings);
                }
                *view = (Some(values), Vec::new());
            }
        }
    }
}

/// Takes down what a transaction read of others.
fn note(txn: usize, key: u64, values: &[u64], seen: &mut Seen, appenders: &Appenders, findings: &mut Findings) {
    let appender = values.last().and_then(|value| appenders.get(&(key, *value)).map(|appender| (value, appender)));
    if let Some((value, appender)) = appender
        && !appender.last
        && appender.txn as usize != txn
    {
        let writer = appender.txn as usize;
        findings.add(
            Anomaly::G1b,
            || format!("第 {} 行读取键 {key} 止于 {value}，其事务（第 {} 行）其后又追加", line(txn), line(writer)),
            || {
                format!(
                    "the read of key {key} in line {} ends with {value}, after which the transaction in line {} appended more",
                    line(txn),
                    line(writer)
                )
            },
        );
    }
    if let (Ok(txn), Ok(length)) = (u32::try_from(txn), u32::try_from(values.len())) {
        seen.positions.push(Position { txn, key, length });
    }
}

/// A committed append that no read shows came after everything that was read. Where one transaction alone did so, it takes
/// the place after the last; among several no order is known.
fn unread_appends(history: &History<AppendAct>, seen: &mut Seen, longest: &Longest<'_>, broken: &HashSet<u64>) {
    let shown: HashSet<(u64, u64)> =
        seen.orders.iter().flat_map(|(key, order)| order.iter().map(|(value, _)| (*key, *value))).collect();
    // First unread value and its transaction; none where there are several transactions.
    let mut unread: BTreeMap<u64, Option<(u64, u32)>> = BTreeMap::new();
    for (txn, operation) in history.operations.iter().enumerate().filter(|(_, o)| o.outcome == Outcome::Ok) {
        let (AppendAct::Txn(steps), Ok(txn)) = (&operation.act, u32::try_from(txn)) else { continue };
        for step in steps {
            let Step::Append(key, value) = *step else { continue };
            if broken.contains(&key) || shown.contains(&(key, value)) || !longest.contains_key(&key) {
                continue;
            }
            let alone = unread.entry(key).or_insert(Some((value, txn)));
            if alone.is_some_and(|(_, other)| other != txn) {
                *alone = None;
            }
        }
    }
    for (key, alone) in unread {
        if let Some(last) = alone {
            seen.orders.entry(key).or_default().push(last);
        }
    }
}
