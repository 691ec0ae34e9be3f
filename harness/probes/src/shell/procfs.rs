//! Finding and ending what a command on this machine started.

use super::mark;
use super::wrapper::{CHECK_MARKER, MARKER};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

struct Process {
    id: u32,
    parent: u32,
    group: u32,
    session: u32,
}

/// Ends everything until nothing is left alive or the time is over; returns what is left.
pub(crate) fn end_all(root: Option<u32>, marker: &str, within: Duration) -> Vec<u32> {
    repeat(within, || end_once(root, marker))
}

/// As [`end_all`], for whatever has a check's marker that begins like this in its environment, or the mark that goes with it.
pub(crate) fn end_marked(marker: &str, within: Duration) -> Vec<u32> {
    let variable = format!("{CHECK_MARKER}={marker}");
    let digits = mark::digits(marker);
    repeat(within, || {
        let marked = |id| digits.as_ref().is_some_and(|digits| proc_file(id, "limits").is_some_and(|l| mark::is_in(&l, digits)));
        let found = family(None, |id| carries(id, |own| own.starts_with(variable.as_bytes())) || marked(id));
        kill(&found);
        found
    })
}

fn repeat(within: Duration, once: impl Fn() -> Vec<u32>) -> Vec<u32> {
    let until = Instant::now() + within;
    loop {
        let left = once();
        if left.is_empty() || Instant::now() >= until {
            return left;
        }
        std::thread::sleep(PAUSE);
    }
}

/// One look at all processes and one signal to each that belongs to the command; returns those that were alive.
pub(crate) fn end_once(root: Option<u32>, marker: &str) -> Vec<u32> {
    let found = alive(root, marker);
    if let Some(root) = root.filter(|root| found.iter().any(|id| id == root)).and_then(pid) {
        let _ = kill_process_group(root, Signal::KILL);
    }
    kill(&found);
    found
}

fn kill(processes: &[u32]) {
    for process in processes.iter().filter_map(|id| pid(*id)) {
        let _ = kill_process(process, Signal::KILL);
    }
}

/// Processes that carry the marker, are in the group or session of `root`, or descend from any of these. Those that are dead
/// and merely not yet reaped do not count.
pub(crate) fn alive(root: Option<u32>, marker: &str) -> Vec<u32> {
    let wanted = format!("{MARKER}={marker}");
    family(root, |id| carries(id, |variable| variable == wanted.as_bytes()))
}

fn family(root: Option<u32>, is_ours: impl Fn(u32) -> bool) -> Vec<u32> {
    // Never we: while one of ours is started, we have its mark.
    let numbers = numbers().filter(|id| *id != std::process::id());
    let processes: Vec<Process> = numbers.filter_map(look).collect();
    let mut ours: HashSet<u32> = processes
        .iter()
        .filter(|p| {
            let of_root = root.is_some_and(|root| p.id == root || p.group == root || p.session == root);
            of_root || is_ours(p.id)
        })
        .map(|p| p.id)
        .collect();
    let parents: HashMap<u32, u32> = processes.iter().map(|p| (p.id, p.parent)).collect();
    loop {
        let before = ours.len();
        ours.extend(parents.iter().filter(|(_, parent)| ours.contains(parent)).map(|(id, _)| *id).collect::<Vec<_>>());
        if ours.len() == before {
            break;
        }
    }
    ours.remove(&1);
    ours.into_iter().collect()
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

fn numbers() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn look(id: u32) -> Option<Process> {
    parse(id, &fs::read(format!("/proc/{id}/stat")).ok()?)
}

/// A line of /proc/PID/stat; nothing for a dead process.
fn parse(id: u32, stat: &[u8]) -> Option<Process> {
    // The name, in parentheses, may hold anything.
    let end = stat.iter().rposition(|b| *b == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 2..)?).ok()?;
    let mut fields = rest.split(' ');
    if matches!(fields.next()?, "Z" | "X" | "x") {
        return None;
    }
    let mut number = || fields.next()?.parse::<u32>().ok();
    Some(Process { id, parent: number()?, group: number()?, session: number()? })
}

fn carries(id: u32, it: impl Fn(&[u8]) -> bool) -> bool {
    proc_file(id, "environ").is_some_and(|environ| environ.split(|b| *b == 0).any(it))
}

fn proc_file(id: u32, name: &str) -> Option<Vec<u8>> {
    fs::read(format!("/proc/{id}/{name}")).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn fuzz_lines_of_processes() {
        let seeds: [&[u8]; 3] = [b"77 (sh) S 1 77 77 0 -1", b"78 (a) (b) R 4) Z 5 6 7", b"79 (x) Z 1 2 3"];
        touchstone_fuzz::fuzz(&seeds, &[") ", "(", " Z ", " S ", "4294967296", "-1"], |input| {
            parse(7, input).map(|process| (process.parent == 1, process.group.min(9), process.session.min(9)))
        });
    }

    #[test]
    fn a_name_may_hold_anything() {
        let process = parse(78, b"78 (a) (b) R 4) S 5 6 7 0").expect("alive");
        assert_eq!((process.id, process.parent, process.group, process.session), (78, 5, 6, 7));
        assert!(parse(79, b"79 (x) Z 1 2 3").is_none() && parse(80, b"80 (x").is_none());
    }
}
