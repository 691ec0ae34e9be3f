//! What several checks need: scratch disks, a pair of hosts, words for what is not there.

pub mod disk;
pub mod package_manager;
pub mod pair;
pub mod peer;
pub mod raw_table;

use touchstone_sdk::prelude::*;

/// A file of 16 printed lines or so, for `actual`.
pub fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "nothing".into() } else { line.chars().take(200).collect() }
}

/// The value of `name=value` among lines.
pub fn field<'a>(lines: &'a str, name: &str) -> Option<&'a str> {
    lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::trim)
}

/// A file of the kernel's, read by `cat` and by the shell itself, and of it the lines that count: what only one of them says is
/// not believed.
pub fn read_twice(sh: &Shell, file: &str, counts: impl Fn(&str) -> bool) -> Result<Vec<String>, Stop> {
    let of = |output: Output| output.lines().into_iter().filter(|line| counts(line)).collect::<Vec<_>>();
    let one = of(sh.run(["cat", file])?.success()?);
    let script = "while IFS= read -r line; do printf '%s\\n' \"$line\"; done < \"$1\"";
    let other = of(sh.run(["sh", "-c", script, "sh", file])?.success()?);
    if one == other {
        return Ok(one);
    }
    let words = format!("{}, {}", short(&one.join(" ")), short(&other.join(" ")));
    inconclusive(say(
        format!("目标上的 cat 与 sh 对 {file} 的内容说法不一：{words}"),
        format!("the target's cat and sh do not agree on what {file} holds: {words}"),
    ))
}

/// What `cksum` prints of these bytes (POSIX.1-2017): who only repeats what it once printed cannot know it.
pub fn cksum(bytes: &[u8]) -> String {
    let length = bytes.len().to_le_bytes();
    let used = length.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let sum = bytes.iter().chain(&length[..used]).fold(0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| (sum << 1) ^ (0x04c1_1db7 & 0u32.wrapping_sub(sum >> 31)))
    });
    format!("{} {}", !sum, bytes.len())
}

/// The word that a check writes and looks for: unique to this run, letters and digits only.
pub fn nonce(cx: &Context) -> String {
    cx.scratch_name().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Ways to run a script as a user without rights, once the administrator runs them.
const AS_NOBODY: [&[&str]; 4] = [
    &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c"],
    &["runuser", "-u", "nobody", "--", "sh", "-c"],
    &["su", "-s", "/bin/sh", "nobody", "-c"],
    &["busybox", "su", "-s", "/bin/sh", "nobody", "-c"],
];

/// A command prefix that runs a script as a user without rights, and who that is. Which way works is tried, for programs of
/// the same name differ.
pub fn as_nobody(sh: &Shell) -> Result<(Vec<String>, String), Stop> {
    for way in AS_NOBODY {
        let told = sh.root(way.iter().chain(&["id -u"]))?.text();
        if told.parse::<u32>().is_ok_and(|user| user != 0) {
            return Ok((way.iter().map(|word| (*word).to_owned()).collect(), told));
        }
    }
    inconclusive(say("无法以普通用户运行命令", "no way to run a command as a user without rights: setpriv, runuser, su nobody"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_as_cksum_prints_them() {
        assert_eq!(super::cksum(b"123456789"), "930766865 9");
        assert_eq!(super::cksum(b""), "4294967295 0");
    }
}
