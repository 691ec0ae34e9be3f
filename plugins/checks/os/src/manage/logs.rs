//! OS: what is said to the system log is kept, with its time, and survives rotation.

use crate::common::{nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("log-management")
    .title("日志管理", "Log management")
    .question(
        "写入系统日志的消息是否被记录，并带有正确的时间与来源，日志轮转后是否仍可查到？向系统日志发送含随机词的消息，\
         再到日志本身中查找。",
        "Is a message sent to the system log recorded with its true time and sender, and still found after the logs are \
         rotated? A message with a random word is sent, and looked for in the log itself.",
    )
    .effect(
        "向系统日志写入一条测试消息；在临时目录中轮转一个测试日志。",
        "Leaves one test message in the system log; rotates a test log in a scratch folder.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("files", "/var/log/messages /var/log/syslog /var/log/user.log", "文本日志文件", "log files in text")
    .expect("recorded", "消息被记录，来源正确", "the message is recorded with its sender")
    .expect("time", "记录的时间在发送前后之间", "its recorded time lies between before and after")
    .expect("rotated", "日志按大小轮转，旧内容保留", "a log is rotated by size and what was in it is kept")
    .run(run);

/// Seconds since 1970 of the record, and the record.
const JOURNAL: &str = "journalctl --no-pager -q -o short-unix -t touchstone 2>/dev/null | grep -F \"$1\" | head -n 1";

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let word = nonce(cx);
    sh.helper(&["logger"])?;
    let before: i64 = now(&sh)?;
    sh.run(["logger", "-t", "touchstone", "-p", "user.warning", &word])?.success()?;
    let files = cx.param("files")?;
    let mut found = None;
    for _ in 0..20 {
        found = look(&sh, &word, &files)?;
        if found.is_some() {
            break;
        }
        cx.sleep_ms(150);
    }
    let after = now(&sh)?;
    // What nobody ever said must not be found: a search that repeats its question finds everything.
    if let Some((place, record, _)) = look(&sh, &format!("{word}unsaid"), &files)? {
        return inconclusive(say(
            "日志中竟能找到从未发送过的词，查找结果不可信",
            format!("a word that was never sent is found in {place}: {}", short(&record)),
        ));
    }
    let Some((place, record, time)) = found else {
        cx.expect("recorded").unmet(format!("{word} in the log"), format!("neither in the journal nor in {files}"))?;
        return decided();
    };
    cx.expect("recorded").that(
        record.contains("touchstone"),
        format!("touchstone: {word}"),
        format!("{place}: {}", short(&record)),
    )?;
    let expected = format!("between {before} and {after}");
    match time {
        Some(time) => {
            cx.expect("time").same_look().that((before..=after).contains(&time), expected, time)?;
        }
        None => cx.expect("time").unevaluated(say("无法解析记录的时间", "the record's time cannot be read"), expected)?,
    }
    rotate(cx, &sh, &word)
}

fn now(sh: &Shell) -> Result<i64, Stop> {
    let told = sh.run(["date", "+%s"])?.success()?.text();
    told.parse().or_else(|_| inconclusive(say("目标时钟无法读取", format!("the target's clock cannot be read: {told}"))))
}

type Record = (String, String, Option<i64>);

fn look(sh: &Shell, word: &str, files: &str) -> Result<Option<Record>, Stop> {
    if sh.finds(&["journalctl"])?.is_some() {
        let line = sh.root(["sh", "-c", JOURNAL, "sh", word])?.text();
        if line.contains(word) {
            let time = line.split('.').next().and_then(|seconds| seconds.parse().ok());
            return Ok(Some(("journal".to_owned(), line, time)));
        }
    }
    for file in files.split_whitespace() {
        let line = sh.root(["grep", "-F", "-m", "1", word, file])?.text();
        if line.contains(word) {
            // Either RFC 5424 or the old `Nov 24 10:04:06`, both read by date in the target's own time zone.
            let stamp = if line.starts_with(|c: char| c.is_ascii_digit()) {
                line.split(' ').next().unwrap_or_default().to_owned()
            } else {
                line.chars().take(15).collect()
            };
            let time = sh.run(["date", "-d", &stamp, "+%s"])?.text().parse().ok();
            return Ok(Some((file.to_owned(), line, time)));
        }
    }
    Ok(None)
}

/// A log of the check's own by the system's rotator.
fn rotate(cx: &Context, sh: &Shell, word: &str) -> CheckResult {
    let expected = "a new log, the old content kept";
    let scratch = sh.scratch()?;
    if sh.finds(&["logrotate"])?.is_some() {
        let log = format!("{scratch}/test.log");
        sh.write("test.log", format!("{word}\n{}", "x".repeat(5000)).as_bytes())?;
        sh.write("rotate.conf", format!("{log} {{\n  size 1k\n  rotate 2\n  create\n}}\n").as_bytes())?;
        // It refuses settings that others could have written.
        sh.root(["chown", "0:0", &scratch, &log, &format!("{scratch}/rotate.conf")])?;
        let rotated = sh.root(["logrotate", "-s", &format!("{scratch}/state"), &format!("{scratch}/rotate.conf")])?;
        let kept = sh.root(["grep", "-c", word, &format!("{log}.1")])?.text();
        let fresh = sh.root(["sh", "-c", "wc -c < \"$1\"", "sh", &log])?.text();
        let actual = format!("old log with the word: {kept}, new log: {fresh} bytes; {}", rotated.said());
        cx.expect("rotated").that(kept == "1" && fresh == "0", expected, actual)?;
        return decided();
    }
    if sh.finds(&["journalctl"])?.is_some() {
        sh.root(["journalctl", "--rotate"])?;
        let line = sh.root(["sh", "-c", JOURNAL, "sh", word])?.text();
        cx.expect("rotated").that(line.contains(word), "found after the journal was rotated", short(&line))?;
        return decided();
    }
    cx.expect("rotated").unmet(expected, "neither logrotate nor journalctl")?;
    decided()
}
