//! OS: processes are listed, signalled and given other priorities.

use crate::common::nonce;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("process-management")
    .title("进程管理", "Process management")
    .question(
        "进程能否被列出、暂停、继续、调整优先级和终止？对一个测试进程逐项操作，从内核读取其状态与优先级。",
        "Can processes be listed, stopped, continued, given other priorities and ended? Each is done to a test process, whose \
         state and priority are read from the kernel.",
    )
    .effect("运行一个测试进程并将其终止。", "Runs one test process and ends it.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .expect("listed", "进程列表中有测试进程", "the list of processes holds the test process")
    .expect("stopped", "暂停与继续改变其状态", "stopping and continuing change its state")
    .expect("priority", "优先级可降低也可提高", "its priority is lowered and raised")
    .expect("ended", "终止后进程消失", "once ended it is gone")
    .run(run);

/// Some take the number as the new value, others as a step: both ways it is first the highest, then the lowest. Each step, then what the kernel says: state and nice value (fields 3 and 19 of its stat).
const STEPS: &str = r#"n=$(($1 + $2)); sleep $n >/dev/null 2>&1 </dev/null & p=$!
trap 'kill -9 $p 2>/dev/null' EXIT
look() { s=$(cat /proc/$p/stat 2>/dev/null) || { echo "$1=gone"; return; }; set -- "$1" ${s##*) }; echo "$1=$2 ${18}"; }
await() { i=0; while [ $i -lt 30 ]; do s=$(cat /proc/$p/stat 2>/dev/null); s=${s##*) }; [ "${s%% *}" = "$1" ] && return; i=$((i+1)); sleep 0.1 2>/dev/null || sleep 1; done; }
await S; look begun
kill -STOP $p; await T; look stopped
kill -CONT $p; await S; look continued
renice -n 19 -p $p >/dev/null; look lowered
renice -n -39 -p $p >/dev/null; look raised
echo "process=$p"
{ ps -ef 2>/dev/null || ps; } | grep "[s]leep $n" | head -n 1 | sed 's/^/listed=/'
kill $p; wait $p 2>/dev/null; look ended"#;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    for program in ["renice", "ps"] {
        sh.helper(&[program])?;
    }
    // A number of seconds that no other process sleeps, and that the target itself works out.
    let digits = nonce(cx).bytes().fold(0u32, |sum, byte| (sum * 31 + u32::from(byte)) % 800_000);
    let (one, two) = (100_000 + digits / 3, digits - digits / 3);
    let seconds = (one + two).to_string();
    let steps = sh.root(["sh", "-c", STEPS, "sh", &one.to_string(), &two.to_string()])?;
    let words = steps.text();
    if !words.contains("begun=") {
        return inconclusive(say("测试进程未能启动", format!("the test process could not be started: {}", steps.said())));
    }
    let of = |name: &str| crate::common::field(&words, name).unwrap_or("nothing").to_owned();
    let process = of("process");
    let listed = of("listed");
    let held = listed.split_whitespace().any(|word| word == process) && listed.contains(&seconds);
    cx.expect("listed").that(
        held,
        format!("{process} sleep {seconds}"),
        if held { listed } else { format!("{listed}; {}", steps.said()) },
    )?;
    let state = |name: &str| of(name).split(' ').next().unwrap_or_default().to_owned();
    let nice = |name: &str| of(name).split(' ').nth(1).and_then(|nice| nice.parse::<i32>().ok());
    let actual = format!("{} -> {} -> {}", state("begun"), state("stopped"), state("continued"));
    cx.expect("stopped").same_look().that(actual == "S -> T -> S", "S -> T -> S", &actual)?;
    let (first, second, third) = (nice("begun"), nice("lowered"), nice("raised"));
    let moved = matches!((first, second, third), (Some(a), Some(b), Some(c)) if b >= a && c <= a && c < b);
    cx.expect("priority").same_look().that(
        moved,
        "nice value up, then down again, below the first",
        format!("{first:?} -> {second:?} -> {third:?}"),
    )?;
    cx.expect("ended").same_look().that(of("ended") == "gone", "gone", of("ended"))?;
    decided()
}
