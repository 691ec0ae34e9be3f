//! OS: SELinux has a policy, denies what it forbids, and says so in the audit log.

use crate::common::{nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("selinux")
    .title("SELinux 强制访问控制", "SELinux")
    .question(
        "SELinux 策略是否已加载，能否再装入一个策略模块，被其禁止的访问是否真被拒绝并留有审计记录？一个临时文件带上无人有权读取的类型，再由管理员读取它。",
        "Is a SELinux policy loaded, can one more module be loaded, and is an access that it forbids really refused and recorded in the \
         audit log? A scratch file gets a type that nobody has a right to, and the administrator reads it.",
    )
    .effect(
        "装入一个临时策略模块，短时将 SELinux 设为强制，结束后恢复原状。强制期间其他程序也受现有策略约束。",
        "Loads one scratch module and sets SELinux enforcing for a moment; both are undone. Meanwhile other programs are bound by the existing policy too.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Disrupt)
    .limit_s(480)
    .expect("policy-loads", "策略模块装入并被内核采用", "a policy module loads and the kernel uses it")
    .expect("denied", "被禁止的访问遭拒绝", "a forbidden access is refused")
    .expect("audited", "拒绝留有审计记录", "the refusal is recorded")
    .run(run);

/// A type that no rule of any domain names: nobody may read what carries it.
const MODULE: &str = "(type NAME_secret_t)\n(roletype object_r NAME_secret_t)\n";

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let expected = "a loaded policy";
    if !sh.run(["grep", "-qw", "selinuxfs", "/proc/filesystems"])?.ok() {
        cx.expect("policy-loads").unmet(expected, "the kernel has no SELinux (no selinuxfs)")?;
        return decided();
    }
    let Some(_) = sh.finds(&["semodule"])? else {
        cx.expect("policy-loads").unmet(expected, "no semodule")?;
        return decided();
    };
    for program in ["getenforce", "setenforce", "chcon", "ausearch"] {
        sh.helper(&[program])?;
    }
    let mode = sh.root(["getenforce"])?.text();
    if mode == "Disabled" {
        return inconclusive(say("SELinux 已停用；启用需要重新启动", "SELinux is disabled; to enable it takes a reboot"));
    }
    let word = nonce(cx).to_ascii_lowercase();
    let name = format!("touchstone_{word}");
    sh.scratch()?;
    // To compile a policy may take longer than a clean-up is given: the check itself removes its module, this is for when it cannot.
    let remove = "semodule -l | grep -qw \"$1\" || exit 0; semodule -r \"$1\"";
    sh.undo(["sh", "-c", remove, "sh", &name])?;
    sh.write(&format!("{name}.cil"), MODULE.replace("NAME", &name).as_bytes())?;
    let decision = decide(cx, &sh, &name, &word, &mode);
    sh.command(["semodule", "-r", &name]).elevated().timeout_s(200).run()?;
    decision
}

fn decide(cx: &Context, sh: &Shell, name: &str, word: &str, mode: &str) -> CheckResult {
    let scratch = sh.scratch()?;
    let loaded = sh.command(["semodule", "-i", &format!("{scratch}/{name}.cil")]).elevated().timeout_s(120).run()?;
    let back = if mode == "Enforcing" { "1" } else { "0" };
    let file = format!("{scratch}/secret");
    sh.write("secret", word.as_bytes())?;
    // While it is enforced, not even the administrator could take the label away again.
    sh.undo(["sh", "-c", "setenforce 0; rm -f \"$1\"; setenforce \"$2\"", "sh", &file, back])?;
    // The kernel takes a label only of a type that its policy knows.
    let script = "setenforce 0; chcon -t \"$2\" \"$1\"; ls -Z \"$1\"; setenforce \"$3\"";
    let kind = format!("{name}_secret_t");
    let labelled = sh.root(["sh", "-c", script, "sh", &file, &kind, back])?;
    let used = labelled.text().contains(&kind);
    let actual = if used { short(&labelled.text()) } else { format!("{}; {}", loaded.said(), labelled.said()) };
    if !cx.expect("policy-loads").that(used, format!("a label of type {kind}"), actual)? {
        return decided();
    }
    let read = |enforcing: &str| -> Result<String, Stop> {
        // By a program, and by the shell itself, between which and the kernel there is nothing.
        let script = "setenforce \"$1\"; cat \"$2\" 2>&1; r=$?; w=; { IFS= read -r w || :; } 2>/dev/null < \"$2\"; \
                      printf '\\nitself %s\\n' \"$w\"; setenforce \"$3\"; exit $r";
        Ok(sh.root(["sh", "-c", script, "sh", enforcing, &file, back])?.text())
    };
    let (free, bound) = (read("0")?, read("1")?);
    let itself = format!("itself {word}");
    let reads = |said: &str| [word, &itself].map(|line| said.lines().any(|own| own.trim() == line));
    let denied = reads(&free) == [true; 2] && reads(&bound) == [false; 2] && bound.contains("ermission denied");
    let actual = format!("permissive: {}; enforcing: {}", short(&free), short(&bound));
    if !cx.expect("denied").that(denied, "permissive: read; enforcing: permission denied", actual)? {
        return decided();
    }
    let mut record = String::new();
    for _ in 0..30 {
        let script = "ausearch --input-logs -m AVC,USER_AVC -ts recent 2>/dev/null | grep denied | grep \"$1\" | tail -n 1; dmesg 2>/dev/null | grep 'avc: *denied' | grep \"$1\" | tail -n 1";
        record = sh.root(["sh", "-c", script, "sh", &kind])?.text();
        if !record.is_empty() {
            break;
        }
        cx.sleep_ms(200);
    }
    cx.expect("audited").that(!record.is_empty(), format!("a denial that names {kind}"), short(&record))?;
    decided()
}
