//! OS: work really runs on several processors at once.

use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("multi-core")
    .title("多核并行", "Several processors at once")
    .question(
        "系统是否真正在多个处理器上同时执行任务？启动若干只占用处理器的进程，从内核读取它们在同一段时间内各自消耗的处理器时间\
         和所在的处理器：至少要有规定数目的处理器在执行。",
        "Does the system really execute on several processors at once? Some busy processes are started; the kernel says how much \
         processor time each used over the same interval and on which processor: at least as many as required must have worked.",
    )
    .effect("短时运行几个占用处理器的进程，随即结束。", "A few busy processes for a moment, ended at once.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(90)
    .param("minimum", "2", "至少同时工作的处理器数", "processors that must work at once")
    .expect("parallel", "同一时段内多个处理器在执行", "several processors execute in the same interval")
    .run(run);

/// Busy loops, and what the kernel says of each, twice: process, state, user ticks, processor.
const WORK: &str = r#"n=$1; p=
while [ "$n" -gt 0 ]; do (while :; do :; done) & p="$p $!"; n=$((n-1)); done
trap 'kill -9 $p 2>/dev/null' EXIT
look() { for q in $p; do s=$(cat /proc/$q/stat) || exit 3; set -- ${s##*) }; echo "$q ${12} ${37}"; done; }
sleep 0.3; i=0
while [ $i -lt "$W" ]; do echo round; look; sleep 0.4 2>/dev/null || sleep 1; i=$((i+1)); done"#;

fn run(cx: &Context) -> CheckResult {
    let minimum: usize = cx.param_as("minimum")?;
    let sh = cx.shell()?;
    let workers = (minimum * 2).to_string();
    let mut best = (0, String::new());
    // On a busy machine the kernel may leave two workers on one processor for a while.
    let allowed = sh.run(["grep", "Cpus_allowed_list", "/proc/self/status"])?.text();
    let alone = !allowed.contains([',', '-']);
    for rounds in if alone { &[6][..] } else { &[4, 10, 30] } {
        let words = sh.command(["sh", "-c", WORK, "sh", &workers]).env("W", &format!("{rounds}")).run()?.success()?.text();
        let found = most_at_once(&words);
        if found.len() > best.0 || best.1.is_empty() {
            best = (found.len(), format!("processors {found:?} worked at once"));
        }
        if best.0 >= minimum {
            break;
        }
    }
    cx.expect("parallel").that(best.0 >= minimum, format!(">= {minimum} processors at once"), best.1)?;
    decided()
}

/// Of all intervals between two looks, the one in which most processors had a worker that stayed on it and used time there.
fn most_at_once(words: &str) -> Vec<u32> {
    let rounds: Vec<Vec<(u32, u64, u32)>> = words
        .split("round")
        .map(|round| {
            let row = |line: &str| {
                let mut fields = line.split_whitespace();
                Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
            };
            round.lines().filter_map(row).collect()
        })
        .filter(|round: &Vec<_>| !round.is_empty())
        .collect();
    let mut best = Vec::new();
    for pair in rounds.windows(2) {
        let mut worked: Vec<u32> = pair[0]
            .iter()
            .filter_map(|(process, before, on)| {
                let (_, after, still) = pair[1].iter().find(|(other, ..)| other == process)?;
                (after > before && still == on).then_some(*on)
            })
            .collect();
        worked.sort_unstable();
        worked.dedup();
        if worked.len() > best.len() {
            best = worked;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::most_at_once;

    #[test]
    fn fuzz_looks_at_workers() {
        touchstone_fuzz::fuzz(
            &[b"round\n1 5 0\n2 5 1\nround\n1 9 0\n2 9 1\n"],
            &["round\n", "round", "1 ", "\n", "-1"],
            |input| most_at_once(&String::from_utf8_lossy(input)).len(),
        );
    }

    #[test]
    fn only_progress_counts() {
        assert_eq!(most_at_once("round\n1 5 0\n2 5 1\nround\n1 9 0\n2 9 1\n"), [0, 1]);
        assert_eq!(most_at_once("round\n1 5 0\n2 5 1\nround\n1 9 0\n2 5 1\n"), [0], "the second did nothing");
        assert_eq!(most_at_once("round\n1 5 0\n2 5 0\nround\n1 9 0\n2 9 0\n"), [0], "both on one");
        assert_eq!(most_at_once("round\n1 5 0\n2 5 0\nround\n1 9 0\n2 9 1\n"), [0], "moved meanwhile");
        assert!(most_at_once("").is_empty());
    }
}
