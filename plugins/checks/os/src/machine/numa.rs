//! OS: several memory nodes are known, and memory bound to one comes from it.

use crate::common::short;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("numa")
    .title("NUMA 支持", "NUMA")
    .question(
        "在有多个内存节点的机器上，内核是否认出全部节点及其距离，设定的内存策略是否生效，绑定到某节点的内存是否确实来自该节点？\
         节点数与固件表所述比较，内存落点由内核逐页给出。",
        "On a machine with several memory nodes, does the kernel know all of them and their distances, does a memory policy take effect, and \
         does memory bound to a node really come from it? The nodes are compared with the firmware's table; the kernel tells where each page lies.",
    )
    .effect("运行几个短时占用内存的测试进程。", "Runs a few test processes that take some memory for a moment.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(300)
    .expect("topology", "内核认出固件所述的全部节点与距离", "the kernel knows all nodes that the firmware names, and their distances")
    .expect("policy", "交错策略使内存分布于各节点", "memory under the interleaving policy lies on every node")
    .expect("placement", "绑定到某节点的内存来自该节点", "memory bound to a node comes from it")
    .run(run);

/// `tail` keeps all it is given; its own pages (those of programs may lie anywhere) and where they are: `bind:0 heap anon=.. N0=.. N1=..`.
const WHERE: &str = r#"(head -c 16777216 /dev/zero; sleep 8) | numactl $1 tail -c 16777216 >/dev/null & p=$!
trap 'kill -9 $p 2>/dev/null' EXIT
i=0; while [ $i -lt 25 ]; do
m=$(grep -E '^[0-9a-f]+ (bind|interleave)' "/proc/$p/numa_maps" 2>/dev/null | grep anon= | grep -v file= | tr ' ' '\n' | awk -F= '/^N[0-9]+=/ {s[$1]+=$2} END {for (k in s) print k "=" s[k]}')
[ -n "$m" ] && last=$m; t=$(echo "$last" | awk -F= '{s+=$2} END {print s+0}'); [ "$t" -ge 3500 ] && break
i=$((i+1)); sleep 0.2; done; echo "$last""#;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let nodes = sh.run(["sh", "-c", "cat /sys/devices/system/node/online; cat /sys/devices/system/node/node*/distance"])?;
    let online = nodes.lines().first().map_or(0, |list| count(list));
    let table = sh.root(["cat", "/sys/firmware/acpi/tables/SRAT"])?;
    let firmware = domains(&table.stdout);
    if firmware < 2 && online < 2 {
        return inconclusive(say(
            "这台机器只有一个内存节点，无从判定",
            format!("this machine has one memory node (firmware names {firmware}, the kernel {online}): nothing to be decided"),
        ));
    }
    let rows: Vec<usize> = nodes.lines().iter().skip(1).map(|line| line.split_whitespace().count()).collect();
    let known = online >= firmware.max(2) && rows.len() == online && rows.iter().all(|columns| *columns == online);
    let actual = format!("{online} nodes; {}", short(&nodes.text()));
    if !cx.expect("topology").that(known, format!("{} nodes with all distances", firmware.max(2)), actual)? {
        return decided();
    }
    for program in ["numactl", "awk"] {
        sh.helper(&[program])?;
    }
    let place = |policy: &str| -> Result<Vec<(u32, u64)>, Stop> {
        let told = sh.command(["sh", "-c", WHERE, "sh", policy]).elevated().timeout_s(80).run()?.text();
        let parse = |line: &str| {
            let (node, pages) = line.trim_start_matches('N').split_once('=')?;
            Some((node.parse().ok()?, pages.parse().ok()?))
        };
        let mut found: Vec<(u32, u64)> = told.lines().filter_map(parse).collect();
        found.sort_unstable();
        Ok(found)
    };
    let spread = place("--interleave=all")?;
    let total: u64 = spread.iter().map(|(_, pages)| pages).sum();
    let even = spread.len() == online
        && total >= 2048
        && spread.iter().all(|(_, pages)| pages.saturating_mul(online as u64 * 2) >= total);
    cx.expect("policy").that(even, format!("pages on {online} nodes, evenly"), format!("pages by node: {spread:?}"))?;
    let (first, second) = (place("--membind=0")?, place("--membind=1")?);
    let on = |found: &[(u32, u64)], node: u32| {
        let all: u64 = found.iter().map(|(_, pages)| pages).sum();
        all >= 2048 && found.iter().any(|(at, pages)| *at == node && *pages == all)
    };
    let met = on(&first, 0) && on(&second, 1);
    cx.expect("placement").that(
        met,
        "all on node 0, then all on node 1",
        format!("pages by node: {first:?}, then {second:?}"),
    )?;
    decided()
}

/// Members of a list like `0-1,4`.
fn count(list: &str) -> usize {
    let one = |part: &str| match part.split_once('-') {
        Some((first, last)) => last.trim().parse::<usize>().ok()?.checked_sub(first.trim().parse().ok()?)?.checked_add(1),
        None => part.trim().parse::<usize>().ok().map(|_| 1),
    };
    list.split(',').filter_map(one).fold(0, usize::saturating_add)
}

/// Proximity domains with memory in the firmware's System Resource Affinity Table (ACPI 6, 5.2.16).
fn domains(table: &[u8]) -> usize {
    let mut found = std::collections::BTreeSet::new();
    let mut at = 48;
    while let (Some(kind), Some(length)) = (table.get(at), table.get(at + 1)) {
        let length = usize::from(*length);
        if length < 2 {
            break;
        }
        if let (1, Some(entry)) = (kind, table.get(at..at + length).filter(|entry| entry.len() >= 40)) {
            let word =
                |offset: usize| u32::from_le_bytes([entry[offset], entry[offset + 1], entry[offset + 2], entry[offset + 3]]);
            let size = u64::from(word(16)) | u64::from(word(20)) << 32;
            if word(28) & 1 == 1 && size > 0 {
                found.insert(word(2));
            }
        }
        at += length;
    }
    found.len()
}

#[cfg(test)]
mod tests {
    use super::{count, domains};

    #[test]
    fn fuzz_lists_and_tables() {
        let mut table = vec![0; 48];
        table.extend([1, 40, 1, 0, 0, 0]);
        table.extend([0; 34]);
        table[82] = 1;
        touchstone_fuzz::fuzz(
            &[b"0-1,4", b"7", &table],
            &["-", ",", "18446744073709551615", "0-18446744073709551615"],
            |input| (count(&String::from_utf8_lossy(input)).min(99), domains(input).min(9)),
        );
    }

    #[test]
    fn lists_and_tables() {
        assert_eq!(count("0"), 1);
        assert_eq!(count("0-1,4"), 3);
        assert_eq!(count(""), 0);
        let mut table = vec![0; 48];
        for domain in [0u8, 1, 1] {
            let mut entry = vec![0; 40];
            (entry[0], entry[1], entry[2], entry[17], entry[28]) = (1, 40, domain, 16, 1);
            table.extend(entry);
        }
        assert_eq!(domains(&table), 2);
        assert_eq!(domains(&table[..60]), 0);
    }
}
