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
