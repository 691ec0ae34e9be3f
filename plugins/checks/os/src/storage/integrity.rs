//! OS: changed files are reported, unchanged ones are not.

use crate::common::{nonce, package_manager, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("file-integrity")
    .title("文件完整性检查", "File integrity checking")
    .question(
        "系统的完整性检查能否报出被改动一个字节、改变属主、改变权限的文件，而对未改动的保持沉默？使用专用的检查程序，没有时使用软件包管理器的校验。",
        "Does the system's integrity checker report a file with one byte changed, one with another owner and one with another mode, \
         and stay silent about an unchanged tree? The dedicated checker is used, else the package manager's verification.",
    )
    .effect("只检查临时目录中的文件，结束后删除。", "Checks files in a scratch folder only, removed afterwards.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(120)
    .expect("unchanged", "未改动时不报", "nothing is reported while nothing was changed")
    .expect("content", "改动一个字节被报出", "one changed byte is reported")
    .expect("owner", "改变属主被报出", "another owner is reported")
    .expect("mode", "改变权限被报出", "another mode is reported")
    .run(run);

/// One change at a time, undone before the next; size and time of the content stay what they were.
const CHANGES: [(&str, &str, &str); 3] = [
    (
        "content",
        "touch -r \"$1\" \"${1%/*/*}/time\"; printf X | dd of=\"$1\" conv=notrunc bs=1 seek=2 2>/dev/null; touch -r \"${1%/*/*}/time\" \"$1\"",
        "printf \"$2\" | cut -c 3 | tr -d '\\n' | dd of=\"$1\" conv=notrunc bs=1 seek=2 2>/dev/null; touch -r \"${1%/*/*}/time\" \"$1\"",
    ),
    ("owner", "chown 65534 \"$1\"", "chown 0 \"$1\""),
    ("mode", "chmod 600 \"$1\"", "chmod 644 \"$1\""),
];

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let word = nonce(cx).to_ascii_lowercase();
    let scratch = sh.scratch()?;
    if sh.finds(&["aide"])?.is_some() {
        let file = format!("{scratch}/tree/file");
        sh.write("tree/file", format!("{word}\n").as_bytes())?;
        sh.write("tree/other", b"unchanged\n")?;
        sh.root(["sh", "-c", "chown 0:0 \"$1\"/tree/*; chmod 644 \"$1\"/tree/*", "sh", &scratch])?.success()?;
        let rules =
            |name: &str| format!("{name}=file:{scratch}/db\ndatabase_out=file:{scratch}/db\n{scratch}/tree/ sha256+p+u+g\n");
        // Releases before 0.17 know the database by another name.
        for name in ["database_in", "database"] {
            sh.write("rules", rules(name).as_bytes())?;
            let made = sh.root(["aide", "-c", &format!("{scratch}/rules"), "--init"])?;
            if sh.root(["test", "-s", &format!("{scratch}/db")])?.ok() {
                let look = || Ok(sh.root(["aide", "-c", &format!("{scratch}/rules"), "--check"])?.text());
                return judge(cx, &sh, "aide", &file, &word, &look);
            }
            if name == "database" {
                return inconclusive(say("完整性数据库未能建立", format!("the database was not made: {}", made.said())));
            }
        }
    }
    let Some((manager, _)) = package_manager::of_system(&sh)? else {
        cx.expect("unchanged").unmet("an integrity checker", "neither aide nor a package manager that verifies")?;
        return decided();
    };
    let name = format!("ts{word}");
    let package = package_manager::Scratch {
        sh: &sh,
        folder: scratch,
        name,
        word: word.clone(),
        number: crate::common::pair::sum(cx) % 1_000_000,
    };
    let installed = package.install(&manager)?;
    if sh.root(["cat", &package.file()])?.text() != package.content() {
        return inconclusive(say("测试软件包未能安装", format!("the test package was not installed: {}", installed.said())));
    }
    let look = || Ok(package.step(manager.verify)?.text());
    judge(cx, &sh, manager.name, &package.file(), &word, &look)
}

fn judge(cx: &Context, sh: &Shell, by: &str, file: &str, word: &str, look: &dyn Fn() -> Result<String, Stop>) -> CheckResult {
    // The part of the path that every checker prints.
    let tail: String = file.rsplit('/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/");
    let named = |said: &str| said.lines().any(|line| line.trim_end().ends_with(&tail));
    let before = look()?;
    cx.expect("unchanged").that(!named(&before), format!("{by}: nothing about {tail}"), short(&before))?;
    for (expectation, change, restore) in CHANGES {
        sh.root(["sh", "-c", change, "sh", file])?.success()?;
        let seen = look()?;
        sh.root(["sh", "-c", restore, "sh", file, word])?.success()?;
        // A checker that complains whatever there is says nothing.
        let restored = look()?;
        cx.expect(expectation).that(
            named(&seen) && !named(&restored),
            format!("{by}: {tail}; restored: nothing about it"),
            format!("{}; restored: {}", short(&seen), short(&restored)),
        )?;
    }
    decided()
}
