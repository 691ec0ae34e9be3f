//! OS: processor time, memory and processes are limited for a group.

use crate::common::{field, nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("resource-management")
    .title("资源管理", "Resource management")
    .question(
        "能否为一组进程限定处理器时间、内存与进程数，并真正起作用？建立临时控制组：超出内存上限的进程被终止而未超出的完成，\
         超出进程数的创建被拒绝，处理器时间不超过配额且内核记录了节流。",
        "Can processor time, memory and number of processes be limited for a group, with effect? In scratch control groups a \
         process above its memory limit is ended while one below finishes, a process too many is refused, and processor time \
         stays within its quota while the kernel counts throttling.",
    )
    .effect(
        "新建临时控制组并在其中运行测试进程，结束后删除。",
        "Makes scratch control groups and runs test processes in them; all removed.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(90)
    .expect("memory", "内存上限生效", "the memory limit works")
    .expect("processes", "进程数上限生效", "the limit on processes works")
    .expect("processor", "处理器配额生效", "the processor quota works")
    .run(run);

/// Where a controller is: an existing hierarchy (version 1 or 2), else one mounted for the purpose at $3. Prints version and folder.
const FIND: &str = r#"c=$1 n=$2 m=$3
v1=$(awk -v c="$c" '$3=="cgroup" && ("," $4 ",") ~ ("," c ",") {print $2; exit}' /proc/mounts)
if [ -n "$v1" ] && mkdir "$v1/$n"; then echo "1 $v1/$n"; exit; fi
v2=$(awk '$3=="cgroup2" {print $2; exit}' /proc/mounts)
if [ -z "$v2" ]; then mkdir -p "$m" && mount -t cgroup2 cgroup2 "$m" && v2=$m; fi
if [ -n "$v2" ] && grep -qw "$c" "$v2/cgroup.controllers"; then
 grep -qw "$c" "$v2/cgroup.subtree_control" || echo "+$c" > "$v2/cgroup.subtree_control"
 mkdir "$v2/$n" && { echo "2 $v2/$n"; exit; }
fi
mkdir -p "$m-$c" && mount -t cgroup -o "$c" cgroup "$m-$c" && mkdir "$m-$c/$n" && echo "1 $m-$c/$n""#;

/// Removes the groups wherever they are, and what was mounted for them.
const REMOVE: &str = r#"for g in $(awk '$3=="cgroup" || $3=="cgroup2" {print $2}' /proc/mounts); do
i=0; while [ -d "$g/$1" ] && [ $i -lt 20 ]; do for p in $(cat "$g/$1/cgroup.procs"); do kill -9 "$p"; done; rmdir "$g/$1" && break; i=$((i+1)); sleep 0.1 2>/dev/null || sleep 1; done
done 2>/dev/null
for m in "$2" "$2-memory" "$2-pids" "$2-cpu"; do umount "$m"; rmdir "$m"; done 2>/dev/null
for g in $(awk '$3=="cgroup" || $3=="cgroup2" {print $2}' /proc/mounts); do [ -d "$g/$1" ] && exit 1; done; exit 0"#;

const MEMORY: &str = r#"cd "$2" || exit 9
if [ "$1" = 2 ]; then echo 33554432 > memory.max; echo 0 > memory.swap.max 2>/dev/null; else echo 33554432 > memory.limit_in_bytes; echo 33554432 > memory.memsw.limit_in_bytes 2>/dev/null; fi
eat() { (echo $(exec sh -c 'echo $PPID') > cgroup.procs; head -c "$1" /dev/zero | tail -c "$1" | wc -c); }
echo "within=$(eat $((4194304 + $3)) 2>/dev/null)"
echo "beyond=$(eat 134217728 2>/dev/null)"
for f in memory.events memory.oom_control; do [ -r $f ] && echo "killed=$(awk '$1=="oom_kill" {print $2}' $f)"; done; true"#;

const PROCESSES: &str = r#"cd "$2" || exit 9
echo 6 > pids.max
(echo $(exec sh -c 'echo $PPID') > cgroup.procs
i=0; while [ $i -lt 20 ]; do sleep 5 & i=$((i+1)); done 2>/dev/null; wait) >/dev/null 2>&1 </dev/null &
i=0; while [ $i -lt 30 ]; do n=$(cat pids.current); [ "$n" -ge 6 ] && break; i=$((i+1)); sleep 0.1 2>/dev/null || sleep 1; done
sleep 0.3 2>/dev/null || sleep 1
echo "current=$(cat pids.current)"; echo "refused=$(awk '$1=="max" {print $2}' pids.events)"
for p in $(cat cgroup.procs); do kill -9 "$p"; done 2>/dev/null; true"#;

/// A fifth of one processor for two seconds, of two busy loops. Microseconds used, of the wall's, and how often throttled.
const PROCESSOR: &str = r#"cd "$2" || exit 9
if [ "$1" = 2 ]; then echo "20000 100000" > cpu.max; else echo 100000 > cpu.cfs_period_us; echo 20000 > cpu.cfs_quota_us; fi
ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
(echo $(exec sh -c 'echo $PPID') > cgroup.procs; while :; do :; done) >/dev/null 2>&1 </dev/null & p=$!
(echo $(exec sh -c 'echo $PPID') > cgroup.procs; while :; do :; done) >/dev/null 2>&1 </dev/null & q=$!
trap 'kill -9 $p $q 2>/dev/null' EXIT
used() { t=0; for x in $p $q; do s=$(cat /proc/$x/stat); set -- ${s##*) }; t=$((t+${12}+${13})); done; echo $((t*1000/ticks)); }
wall() { awk '{printf "%d\n", $1*1000}' /proc/uptime; }
sleep 1; a=$(used) b=$(wall); sleep 2; c=$(used) d=$(wall)
echo "used=$((c-a))"; echo "wall=$((d-b))"; echo "throttled=$(awk '$1=="nr_throttled" {print $2}' cpu.stat)""#;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    sh.helper(&["awk"])?;
    let (name, mount) = (format!("touchstone-{}", nonce(cx)), format!("{}/cgroup", sh.scratch()?));
    sh.undo(["sh", "-c", REMOVE, "sh", &name, &mount])?;
    // So much more than 4 MiB finishes, which the target itself works out.
    let more = u64::from(crate::common::pair::sum(cx) % 100_000);
    let within = |controller: &str, script: &str| -> Result<Result<String, String>, Stop> {
        let found = sh.root(["sh", "-c", FIND, "sh", controller, &name, &mount])?;
        let words = found.text();
        let Some((version, folder)) = words.lines().last().and_then(|line| line.split_once(' ')) else {
            return Ok(Err(format!("no control group for {controller}: {}", short(&found.error_text()))));
        };
        let seen = sh.command(["sh", "-c", script, "sh", version, folder, &more.to_string()]).elevated().timeout_s(40).run()?;
        Ok(Ok(format!("{}\n{}", seen.text(), seen.error_text())))
    };
    let number = |words: &str, name: &str| field(words, name).and_then(|number| number.parse::<u64>().ok());

    let expected = "4 MiB finishes, 128 MiB is ended by the limit of 32 MiB";
    match within("memory", MEMORY)? {
        Ok(words) => {
            let (small, large, killed) = (number(&words, "within"), number(&words, "beyond"), number(&words, "killed"));
            let works = small == Some(4_194_304 + more) && large != Some(134_217_728) && killed.is_some_and(|times| times > 0);
            cx.expect("memory").that(works, expected, format!("within {small:?}, beyond {large:?}, ended {killed:?} times"))?;
        }
        Err(why) => {
            cx.expect("memory").unmet(expected, why)?;
        }
    }
    let expected = "6 processes, more refused";
    match within("pids", PROCESSES)? {
        Ok(words) => {
            let (current, refused) = (number(&words, "current"), number(&words, "refused"));
            let works = current.is_some_and(|now| (1..=6).contains(&now)) && refused.is_some_and(|times| times > 0);
            cx.expect("processes").that(works, expected, format!("{current:?} processes, refused {refused:?} times"))?;
        }
        Err(why) => {
            cx.expect("processes").unmet(expected, why)?;
        }
    }
    let expected = "at most a fifth of one processor (a third with rounding), throttled";
    match within("cpu", PROCESSOR)? {
        Ok(words) => {
            let (used, wall, throttled) = (number(&words, "used"), number(&words, "wall"), number(&words, "throttled"));
            let within_quota = matches!((used, wall), (Some(used), Some(wall)) if used > 0 && used * 3 <= wall);
            let works = within_quota && throttled.is_some_and(|times| times > 0);
            cx.expect("processor").that(works, expected, format!("{used:?} of {wall:?} ms, throttled {throttled:?} times"))?;
        }
        Err(why) => {
            cx.expect("processor").unmet(expected, why)?;
        }
    }
    decided()
}
