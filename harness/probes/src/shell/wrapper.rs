//! The small POSIX shell scripts around commands that do not start directly: over SSH, through an `enter` prefix, by sudo.
//!
//! The wrapper says on standard error, in a line that starts with a word only we know, that it got as far as the program
//! and which process it is; and on standard output, in a line of that word alone, that all before it was somebody else's. So a transport that failed, a program that is not there and a program that ends with code 127
//! are three different things.

use super::mark;

/// Environment variable by which everything that a command started is found again.
pub(crate) const MARKER: &str = "TOUCHSTONE_RUN";

/// Environment variable that the commands of one check share.
pub const CHECK_MARKER: &str = "TOUCHSTONE_CHECK";

/// Folders where administrators' programs lie, which the path of an ordinary user may lack.
pub(crate) const ADMIN_PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// Arguments: the word, the check's mark (or nothing), the number of `NAME=value` pairs, the pairs, the program and its
/// arguments. Shells call the limit of file locks by two letters.
const RUN: &str = r#"w=$1 m=$2 c=$3; shift 3; set -f
[ -n "$m" ] && { ulimit -S -w "$m" || ulimit -S -x "$m"; } 2>/dev/null
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin; export PATH
while [ "$c" -gt 0 ]; do export "$1"; shift; c=$((c-1)); done
there() { case $1 in */*) [ -e "$1" ]; return;; esac
IFS=:; for d in $PATH; do [ -f "${d:-.}/$1" ] && [ -x "${d:-.}/$1" ] && return; done; return 1; }
if there "$1"; then echo "$w"; echo "$w $$ run" >&2; unset IFS; exec "$@"; fi
echo "$w $$ none" >&2; exit 127"#;

/// Arguments: the marker's value, the process of the command (0: not known), the beginning of the mark (or nothing). Ends
/// everything that carries the marker or the mark, is in the process's group or session, or descends from any of these, until
/// nothing is left; says which are left otherwise.
const KILL: &str = r#"m=$1 r=$2 d=$3 n=0
while :; do
k=$({ grep -ls "TOUCHSTONE_[A-Z]*=$m" /proc/[0-9]*/environ; [ -n "$d" ] && grep -ls "^Max file locks  *$d" /proc/[0-9]*/limits; } 2>/dev/null | tr -dc '0-9\n' | tr '\n' ' ')
l=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v r="$r" -v k="$k" '
{ p=$1; sub(/^.*\) /,""); s[p]=$1; u[p]=$2; if (r>1 && (p==r || $3==r || $4==r)) h[p]=1 }
END { m=split(k,a," "); for(i=1;i<=m;i++) h[a[i]]=1
do { g=0; for (p in u) if (!(p in h) && (u[p] in h)) { h[p]=1; g=1 } } while (g)
for (p in h) if ((p in s) && s[p]!="Z" && s[p]!="X" && p>1) printf "%s ",p }')
[ -z "$l" ] && exit 0
kill -9 $l 2>/dev/null
n=$((n+1)); [ $n -ge 80 ] && { echo "$l"; exit 1; }
sleep 0.03 2>/dev/null || sleep 1
done"#;

pub(crate) fn run(word: &str, mark: Option<u64>, env: &[(String, String)], argv: &[String]) -> Vec<String> {
    let mut wrapped = vec!["/bin/sh".to_owned(), "-c".to_owned(), RUN.to_owned(), "touchstone".to_owned()];
    wrapped.push(word.to_owned());
    wrapped.push(mark.map(|mark| mark.to_string()).unwrap_or_default());
    wrapped.push(env.len().to_string());
    wrapped.extend(env.iter().map(|(name, value)| format!("{name}={value}")));
    wrapped.extend(argv.iter().cloned());
    wrapped
}

pub(crate) fn kill(marker: &str, process: Option<u32>) -> Vec<String> {
    let process = process.unwrap_or(0).to_string();
    let digits = mark::digits(marker).unwrap_or_default();
    ["/bin/sh", "-c", KILL, "touchstone", marker, &process, &digits].map(str::to_owned).to_vec()
}

/// One line that any POSIX shell reads as exactly these words.
pub(crate) fn line(argv: &[String]) -> String {
    let mut line = String::from("exec");
    for word in argv {
        line.push_str(" '");
        line.push_str(&word.replace('\'', r"'\''"));
        line.push('\'');
    }
    line
}
