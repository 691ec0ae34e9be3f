//! OS: a watched act is recorded with who, when and what.

use crate::common::{nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("audit-log")
    .title("系统审计日志", "System audit log")
    .question(
        "对一个受监视文件的写入是否被审计日志记录，并写明何人、何时、做了何事？加入一条临时监视规则，由无权限用户写入该文件，再从日志中取出记录。",
        "Is a write to a watched file recorded in the audit log with who, when and what? A scratch watch is added, a user without rights \
         writes to the file, and the record is taken from the log.",
    )
    .effect("加入一条审计规则并在结束后删除；审计日志中留下几条测试记录。", "Adds one audit rule, removed afterwards; leaves a few test records in the audit log.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .expect("who", "记录了何人", "the record says who")
    .expect("when", "记录了何时", "the record says when")
    .expect("what", "记录了何事", "the record says what")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let word = nonce(cx);
    let expected = "an audit record of the write";
    let kernel = sh.root(["sh", "-c", "grep -c . /proc/self/loginuid /proc/self/sessionid"])?;
    if !kernel.ok() {
        cx.expect("who").unmet(expected, "the kernel keeps no audit (no /proc/self/loginuid)")?;
        return decided();
    }
    let Some(control) = sh.finds(&["auditctl"])? else {
        cx.expect("who").unmet(expected, "no auditctl")?;
        return decided();
    };
    let search = sh.helper(&["ausearch"])?;
    let state = sh.root([control.as_str(), "-s"])?;
    if !state
        .text()
        .lines()
        .any(|line| line.split_whitespace().collect::<Vec<_>>() == ["enabled", "1"] || line.trim() == "enabled 2")
    {
        cx.expect("who").unmet(expected, format!("auditing is not enabled: {}", short(&state.text())))?;
        return decided();
    }
    let scratch = sh.scratch()?;
    sh.run(["chmod", "711", &scratch])?.success()?;
    sh.write("watched", b"")?;
    let file = format!("{scratch}/watched");
    sh.root(["chmod", "666", &file])?.success()?;
    // The second one nobody writes to: who tells of a write there makes its records up.
    let (untouched, other) = (format!("{scratch}/watched-too"), format!("{word}untouched"));
    sh.write("watched-too", b"")?;
    for (file, key) in [(&file, &word), (&untouched, &other)] {
        sh.undo(["sh", "-c", "auditctl -W \"$1\" -p w -k \"$2\" 2>/dev/null; true", "sh", file, key])?;
        sh.root([control.as_str(), "-w", file, "-p", "w", "-k", key])?.success()?;
    }
    let (prefix, user) = crate::common::as_nobody(&sh)?;
    let before = now(&sh)?;
    let mut argv = prefix;
    argv.push(format!("echo {word} > '{file}'"));
    sh.root(argv)?;
    let after = now(&sh)?;
    // Read back: the act itself must have happened.
    if sh.root(["cat", &file])?.text() != word {
        return inconclusive(say("测试操作本身未发生", "the watched act itself did not happen"));
    }
    let mut record = String::new();
    let recorded = |key: &str| -> Result<String, Stop> {
        let found = sh.root([search.as_str(), "--input-logs", "-k", key])?.text();
        let write =
            |event: &&str| event.contains("watched") && event.contains("SYSCALL") && event.contains(&format!("uid={user}"));
        Ok(found.split("----").find(write).unwrap_or_default().to_owned())
    };
    for _ in 0..30 {
        record = recorded(&word)?;
        if !record.is_empty() {
            break;
        }
        cx.sleep_ms(200);
    }
    let invented = recorded(&other)?;
    if !invented.is_empty() {
        return inconclusive(say(
            "审计工具报告了一次没有发生过的写入",
            format!("the audit tools tell of a write that there was not: {}", short(&invented)),
        ));
    }
    let who = record.contains(&format!(" uid={user} "));
    cx.expect("who").that(
        who,
        format!("uid={user}"),
        if who { format!("uid={user}") } else { format!("no record: {}", short(&record)) },
    )?;
    if record.is_empty() {
        return decided();
    }
    let time = record.split("msg=audit(").nth(1).and_then(|rest| rest.split(['.', ':']).next()?.parse::<i64>().ok());
    let right = time.is_some_and(|time| (before..=after).contains(&time));
    cx.expect("when").same_look().that(right, format!("between {before} and {after}"), format!("{time:?}"))?;
    let what = record.contains(&file) && record.contains("syscall=") && record.contains("success=yes");
    cx.expect("what").same_look().that(what, format!("{file}, a call that succeeded"), short(&record))?;
    decided()
}

fn now(sh: &Shell) -> Result<i64, Stop> {
    let told = sh.run(["date", "+%s"])?.success()?.text();
    told.parse().or_else(|_| inconclusive(say("目标时钟无法读取", format!("the target's clock cannot be read: {told}"))))
}
