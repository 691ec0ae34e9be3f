//! OS: the kernel is new enough, compared number by number.

use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("kernel-version")
    .title("内核版本", "Kernel version")
    .question(
        "正在运行的内核版本是否不低于要求？由内核自身报告版本号，逐段按数值比较，厂商后缀不参与比较；uname 与内核文件系统所报不一致时不予采信。",
        "Is the running kernel at least as new as required? The kernel itself reports its release; its numbers are compared \
         one by one, vendor suffixes left aside. Where uname and the kernel's own file system do not agree, neither is believed.",
    )
    .effect("只读取，不改变目标。", "Reads only; nothing changes on the target.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Observe)
    .limit_s(20)
    .param("minimum", "4.9", "最低内核版本", "lowest kernel version")
    .expect("release-at-least", "运行中的内核版本不低于要求", "the running kernel's release is at least the one required")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let minimum = cx.param("minimum")?;
    let Some(wanted) = numbers(&minimum) else {
        return inconclusive(say(format!("参数 minimum 无法解析：{minimum}"), format!("minimum cannot be read: {minimum}")));
    };
    let sh = cx.shell()?;
    let release = sh.run(["uname", "-r"])?.success()?.text();
    // By another hand: a program that names a release of its own is found out.
    let shown = sh.run(["cat", "/proc/sys/kernel/osrelease", "/proc/version"])?.success()?.text();
    let mut lines = shown.lines();
    let (own, version) = (lines.next().unwrap_or_default().trim(), lines.next().unwrap_or_default());
    if own != release || !version.split(' ').any(|word| word == release) {
        return inconclusive(say(
            format!("uname 报告 {release}，内核文件系统报告 {own}（{version}），二者不一致"),
            format!("uname says {release} and the kernel's own file system {own} ({version}): they do not agree"),
        ));
    }
    let Some(found) = numbers(&release) else {
        return inconclusive(say(format!("内核版本无法解析：{release}"), format!("the release cannot be read: {release}")));
    };
    cx.expect("release-at-least").that(found >= wanted, format!(">= {minimum}"), release)?;
    decided()
}

/// The leading numbers of a release, three at least: `4.19.90-52.ky10` is 4, 19, 90.
fn numbers(release: &str) -> Option<Vec<u64>> {
    let head = release.trim();
    let end = head.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(head.len());
    let parts: Option<Vec<u64>> = head[..end].trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect();
    let mut parts = parts.filter(|parts| parts.len() >= 2)?;
    parts.resize(parts.len().max(3), 0);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn fuzz_releases() {
        touchstone_fuzz::fuzz(&[b"4.19.90-52.ky10", b"6.18.3+deb13"], &[".", "-", "18446744073709551616", " "], |input| {
            numbers(&String::from_utf8_lossy(input)).map(|numbers| numbers.len().min(9))
        });
    }

    #[test]
    fn releases_compare_by_number() {
        let of = |text| numbers(text).expect("a release");
        assert!(of("4.19.90-52.22.v2207.ky10.aarch64") >= of("4.9"));
        assert!(of("4.10.0") > of("4.9"));
        assert!(of("4.9") >= of("4.9.0"));
        assert!(of("4.8.17-generic") < of("4.9"));
        assert!(of("6.18.3+deb13") > of("4.9"));
        assert!(of("3.10.0-1160.el7.x86_64") < of("4.9"));
        assert!(of("5.10.") > of("4.9"));
    }

    #[test]
    fn what_is_no_release_is_not_guessed() {
        for text in ["", "linux", "4", "4..9", ".4.9", "v4.9"] {
            assert_eq!(numbers(text), None, "{text}");
        }
    }
}
