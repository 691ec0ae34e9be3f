//! Makes a history of a given size as a file, judges it, and tells what that took: one line of figures.
//! `growth ledger 1000000` or `growth list-append 200000`; `ci/bench.d/history.sh` calls it with growing sizes.

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Write as _};
use std::time::Instant;
use touchstone_history::check::check;
use touchstone_history::format::{AppendAct, Header, Isolation, LedgerAct, Operation, Outcome, Step, VERSION, Workload, Writer};
use touchstone_history::verdict::Validity;

const USAGE: &str = "growth ledger|list-append OPERATIONS";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (kind, count) = (arguments.next().expect(USAGE), arguments.next().and_then(|n| n.parse().ok()).expect(USAGE));
    let path = std::env::temp_dir().join(format!("touchstone-growth-{}.jsonl", std::process::id()));
    write(&kind, count, &path).expect("the history can be written");
    let size = std::fs::metadata(&path).map_or(0, |m| m.len());
    let begun = Instant::now();
    let file = std::fs::File::open(&path).expect("the history is there");
    let judged = check(&mut BufReader::with_capacity(1 << 20, file), None);
    let took = begun.elapsed();
    let _ = std::fs::remove_file(&path);
    let (_, report) = judged.expect("it is a history");
    assert_eq!(report.valid, Validity::True, "{report:#?}");
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find_map(|l| l.strip_prefix("VmHWM:")).map_or("?", |l| l.trim().trim_end_matches(" kB"));
    let _ = writeln!(std::io::stdout(), "{kind} {count} {} {peak} {}", took.as_millis(), size / 1024);
}

/// Four clients at once, one answer in a hundred never came, one in a hundred was a refusal.
fn write(kind: &str, count: u64, path: &std::path::Path) -> std::io::Result<()> {
    let to = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let workload = match kind {
        "ledger" => Workload::Ledger {},
        "list-append" => Workload::ListAppend { isolation: Isolation::StrictSerializable },
        _ => panic!("{USAGE}"),
    };
    let mut writer =
        Writer::new(to, &Header { version: VERSION, workload, started: "2026-11-24T00:00:00.000Z".into(), note: None })?;
    let outcome = |id: u64| match id % 100 {
        17 => Outcome::Info,
        71 => Outcome::Fail,
        _ => Outcome::Ok,
    };
    let mut lists: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for id in 0..count {
        let (process, start) = (u32::try_from(id % 4).unwrap_or(0), id * 1000);
        let (end, outcome) = (start + 3500, outcome(id));
        if kind == "ledger" {
            writer.add(&Operation { process, start, end, outcome, act: LedgerAct::Write(id) })?;
            continue;
        }
        // Reads two lists and appends to one; a list gets 100 values, then the next takes its place.
        let key = id % 8 + id / 800 * 8;
        let list = lists.entry(key).or_default();
        let answered = outcome == Outcome::Ok;
        let mut steps = vec![Step::Read(key, answered.then(|| list.clone())), Step::Append(key, id)];
        if answered {
            list.push(id);
        }
        let other = (id + 3) % 8 + id / 800 * 8;
        steps.push(Step::Read(other, answered.then(|| lists.get(&other).cloned().unwrap_or_default())));
        writer.add(&Operation { process, start, end, outcome, act: AppendAct::Txn(steps) })?;
        lists = if id % 800 == 799 { BTreeMap::new() } else { lists };
    }
    if kind == "ledger" {
        let mut present: Vec<(u64, u64)> = Vec::new();
        for id in (0..count).filter(|id| outcome(*id) == Outcome::Ok) {
            match present.last_mut() {
                Some((_, last)) if *last + 1 == id => *last = id,
                _ => present.push((id, id)),
            }
        }
        let start = count * 1000 + 10_000;
        writer.add(&Operation { process: 9, start, end: start + 1, outcome: Outcome::Ok, act: LedgerAct::Read(present) })?;
    }
    writer.close()?;
    Ok(())
}
