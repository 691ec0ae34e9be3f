//! The system's package sources: reachable, signed, installable, recent.

use crate::common::{cksum, short};
use touchstone_sdk::prelude::*;

/// The system's own sources, read into the scratch folder: its lists and caches stay as they are. The last line begins with
/// `settings`.
const REFRESH: &str = r#"s=$1; mkdir -p "$s/state/lists/partial" "$s/cache/archives/partial" || exit 9
cat > "$s/apt.conf" <<END
Dir::State "$s/state"; Dir::State::status "/var/lib/dpkg/status"; Dir::Cache "$s/cache"; Acquire::Languages "none"; Acquire::Retries "1";
Acquire::http::Timeout "15"; Acquire::https::Timeout "15"; APT::Sandbox::User "root"; Acquire::GzipIndexes "false"; Dir::Etc::netrc "/etc/apt/auth.conf";
END
# From where there is nothing, nothing may come.
mkdir -p "$s/none/lists/partial" "$s/none/cache/archives/partial"
echo "deb http://127.0.0.1:9/$2 stable main" > "$s/none/sources.list"
{ cat "$s/apt.conf"; echo "Dir::State \"$s/none\"; Dir::Cache \"$s/none/cache\"; Dir::Etc::sourcelist \"$s/none/sources.list\"; Dir::Etc::sourceparts \"-\";"; } > "$s/none.conf"
APT_CONFIG=$s/none.conf apt-get -q update >/dev/null 2>&1
for f in "$s"/none/lists/*Release; do [ ! -e "$f" ] || echo "from nowhere: ${f##*/}"; done
APT_CONFIG=$s/apt.conf apt-get -q update 2>&1 | tail -n 6
echo "sources $(APT_CONFIG=$s/apt.conf apt-get indextargets --format '$(METAKEY)' 2>/dev/null | wc -l)""#;

/// What was fetched.
pub struct Fetched<'a> {
    sh: &'a Shell,
    scratch: String,
    /// What the package manager said.
    pub said: String,
    /// Release files that arrived, by their names in the lists' folder.
    pub releases: Vec<String>,
}

/// Fetches; nothing where the target has no package manager of a kind known, in which case the expectation is unmet.
pub fn fetch<'a>(cx: &Context, sh: &'a Shell, expectation: &str) -> Result<Option<Fetched<'a>>, Stop> {
    if sh.finds(&["apt-get"])?.is_none() {
        if let Some(other) = sh.finds(&["dnf", "yum", "zypper", "apk", "pacman"])? {
            return inconclusive(say(format!("本检查尚不会使用 {other}"), format!("this check cannot yet use {other}")));
        }
        cx.expect(expectation).unmet("a package source", "no program that would install from one")?;
        return Ok(None);
    }
    let scratch = sh.scratch()?;
    let word = crate::common::nonce(cx);
    let said = sh.command(["sh", "-c", REFRESH, "sh", &scratch, &word]).elevated().timeout_s(150).run()?.text();
    if let Some(made_up) = said.lines().find(|line| line.starts_with("from nowhere: ")) {
        return inconclusive(say(
            "软件包管理器从不存在的软件源也取得了索引，其结果不可信",
            format!("the package manager brings lists from a source that there is not: {made_up}"),
        ));
    }
    let found = sh
        .root(["sh", "-c", "cd \"$1\" && ls -d *_InRelease *_Release 2>/dev/null", "sh", &format!("{scratch}/state/lists")])?
        .lines();
    let fetched = Fetched { sh, scratch, said: short(&said), releases: found };
    fetched.is_there(&word)?;
    Ok(Some(fetched))
}

/// Bytes of a list that are looked at.
const HEAD: usize = 64 * 1024;

impl Fetched<'_> {
    /// What arrived is really there: the target sums it up together with a word that is new, which no repeated answer fits.
    fn is_there(&self, word: &str) -> Result<(), Stop> {
        let Some(release) = self.releases.first() else { return Ok(()) };
        let mut content = self.run(&format!("head -c {HEAD} \"$2\""), &[release])?.success()?.stdout;
        let told = self.run(&format!("{{ head -c {HEAD} \"$2\"; printf %s \"$3\"; }} | cksum"), &[release, word])?.text();
        content.extend(word.as_bytes());
        if told == cksum(&content) {
            return Ok(());
        }
        inconclusive(say(
            format!("目标所称的索引 {release} 与其校验和不符"),
            format!("the list {release} is not what the target's checksum says: {told}"),
        ))
    }

    /// Runs a script with the scratch folder as `$1`, the lists' folder being where it starts.
    pub fn run(&self, script: &str, more: &[&str]) -> Result<Output, Stop> {
        let script = format!("cd \"$1/state/lists\" && {{ {script}\n}}");
        let argv = ["sh", "-c", &script, "sh", &self.scratch];
        self.sh.command(argv.iter().chain(more)).elevated().timeout_s(100).run()
    }
}

macro_rules! source {
    ($module:ident, $id:literal, $zh:literal, $en:literal, $question_zh:literal, $question_en:literal, $expectation_zh:literal, $expectation_en:literal;
     $(($param:literal, $default:literal, $param_zh:literal, $param_en:literal))?; $run:expr) => {
        pub mod $module {
            use touchstone_sdk::prelude::*;
            pub const CHECK: Check = check($id)
                .title($zh, $en)
                .question($question_zh, $question_en)
                .effect("软件源的索引与软件包只取到临时目录，结束后删除；系统自身的软件包不变。", "Fetches lists and packages to a scratch folder, removed afterwards; the system's own packages stay as they are.")
                .on("host")
                .needs(&[Need::Shell])
                .impact(Impact::Scratch)
                .limit_s(280)
                $(.param($param, $default, $param_zh, $param_en))?
                .expect("source", $expectation_zh, $expectation_en)
                .run($run);
        }
    };
}

source!(reachable, "package-source-reachable", "软件源可达", "Package source is reachable",
    "系统配置的软件源是否都能取得索引？", "Can the lists of every package source that the system names be fetched?",
    "每个软件源的索引都取得", "the lists of every source arrive";
    ; super::run_reachable);
source!(signed, "package-source-signed", "软件源签名", "Package source is signed",
    "软件源的索引是否带有系统信任的签名，被改动后签名是否失效？用系统信任的密钥独立验证。",
    "Do the sources' lists carry a signature that the system trusts, and is it void once they are altered? Verified independently with the keys that the system trusts.",
    "每个软件源的签名有效，改动后失效", "every source's signature is good, and void once altered";
    ; super::run_signed);
source!(installs, "package-source-installs", "从软件源安装", "Package installs from the source",
    "能否从软件源取得一个软件包并安装？装入临时根目录，查看其文件与记录。",
    "Is a package fetched from the source and installed? It goes below a scratch root, where its files and its record are looked at.",
    "取自软件源的软件包装好，文件就位", "a package from the source is installed, its files in place";
    ; super::run_installs);
source!(fresh, "package-source-fresh", "补丁及时更新", "Package source is kept up to date",
    "软件源最近一次更新距今多久？取各软件源索引自带日期中最新的一个，与目标时钟比较。",
    "How long ago was the newest update of the sources? The latest of the dates in their lists is compared with the target's clock.",
    "最近的更新不早于允许的天数", "the newest update is not older than allowed";
    ("most-days", "45", "允许的最大天数", "days allowed"); super::run_fresh);

fn run_reachable(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(fetched) = fetch(cx, &sh, "source")? else { return decided() };
    let named = fetched.run("grep -h -v '^ *#' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep -c '^deb'; grep -h -i '^Types:' /etc/apt/sources.list.d/*.sources 2>/dev/null | wc -l", &[])?;
    let named: usize = named.lines().iter().filter_map(|line| line.parse::<usize>().ok()).sum();
    if named == 0 {
        cx.expect("source").unmet("a package source", "the system names none")?;
        return decided();
    }
    // Every failure is told; what arrived is in the folder.
    let complaint =
        fetched.said.split(' ').any(|word| word == "Err:1" || word.starts_with("E:") || word.starts_with("Err:") || word == "W:");
    let met = !fetched.releases.is_empty() && !complaint;
    cx.expect("source").that(
        met,
        "lists from every source",
        format!("{} sources named, {} arrived; {}", named, fetched.releases.len(), fetched.said),
    )?;
    decided()
}

/// Every release by every key that the system trusts; as it is and altered, in an order that nobody expects.
const VERIFY: &str = r#"for r in *_InRelease *_Release; do [ -e "$r" ] || continue
try() { for k in /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*.gpg /usr/share/keyrings/*.gpg /etc/apt/keyrings/*.gpg $(sed -n 's/.*[Ss]igned-[Bb]y[:=] *\(\/[^] ]*\).*/\1/p' /etc/apt/sources.list.d/* /etc/apt/sources.list 2>/dev/null); do
 [ -r "$k" ] && gpgv -q --keyring "$k" "$@" >/dev/null 2>&1 && return 0; done; return 1; }
case $r in *_InRelease) good='try "$r"'; bad='sed "s/^Date:/Date:  /;s/^Suite:/Suite:x/" "$r" > "$1/altered"; try "$1/altered"' ;;
*) good='[ -e "$r.gpg" ] && try "$r.gpg" "$r"'; bad='sed "s/^Date:/Date:  /" "$r" > "$1/altered"; [ -e "$r.gpg" ] && try "$r.gpg" "$1/altered"' ;; esac
set -- "$1"
g=good b=refused
for turn in bad good good bad bad; do case $turn in good) eval "$good" || g=none;; *) ! eval "$bad" || b=accepted;; esac; done
echo "$r $g $b"; done"#;

fn run_signed(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(fetched) = fetch(cx, &sh, "source")? else { return decided() };
    if fetched.releases.is_empty() {
        return inconclusive(say("软件源的索引未能取得", format!("no list could be fetched: {}", fetched.said)));
    }
    sh.helper(&["gpgv"])?;
    let told = fetched.run(VERIFY, &[])?.lines();
    let met = told.len() == fetched.releases.len() && told.iter().all(|line| line.ends_with("good refused"));
    cx.expect("source").that(met, "each good, and refused once altered", short(&told.join("; ")))?;
    decided()
}

/// The smallest packages of the lists, without scripts of their own, until one is installed below the scratch root.
const INSTALL: &str = r#"r=$1/root; mkdir -p "$r/var/lib/dpkg/info" "$r/var/lib/dpkg/updates" "$r/var/lib/dpkg/triggers"; : > "$r/var/lib/dpkg/status"
APT_CONFIG=$1/apt.conf apt-cache dumpavail | awk '/^Package:/ {p=$2} /^Size:/ {print $2, p}' | sort -n | head -n 12 | while read -r size p; do
(cd "$1/cache/archives" && rm -f *.deb && APT_CONFIG=$1/apt.conf apt-get -q download "$p" >"$1/download" 2>&1) || continue
d=$(ls "$1"/cache/archives/*.deb 2>/dev/null | head -n 1); [ -n "$d" ] || continue
dpkg-deb -I "$d" | grep -qE '(pre|post)inst' && continue
dpkg --root="$r" --force-not-root --force-depends --log=/dev/null -i "$d" >/dev/null 2>&1
s=$(dpkg-query --admindir="$r/var/lib/dpkg" -W -f '${db:Status-Status}' "$p" 2>/dev/null)
f=$(dpkg-deb -c "$d" | awk '$1 ~ /^-/ {print $6; exit}'); [ "$s" = installed ] && [ -e "$r/$f" ] && { echo "installed $p $f"; break; }; done
tail -n 1 "$1/download" 2>/dev/null | sed 's/^/last: /'"#;

fn run_installs(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(fetched) = fetch(cx, &sh, "source")? else { return decided() };
    if fetched.releases.is_empty() {
        return inconclusive(say("软件源的索引未能取得", format!("no list could be fetched: {}", fetched.said)));
    }
    let told = fetched.run(INSTALL, &[])?;
    let text = told.text();
    let met = text.lines().any(|line| line.starts_with("installed "));
    cx.expect("source").that(met, "a package installed, its file in place", if met { short(&text) } else { told.said() })?;
    decided()
}

fn run_fresh(cx: &Context) -> CheckResult {
    let most: i64 = cx.param_as("most-days")?;
    let sh = cx.shell()?;
    let Some(fetched) = fetch(cx, &sh, "source")? else { return decided() };
    if fetched.releases.is_empty() {
        return inconclusive(say("软件源的索引未能取得", format!("no list could be fetched: {}", fetched.said)));
    }
    let told = fetched.run("date +%s; for r in *_InRelease *_Release; do [ -e \"$r\" ] && date -d \"$(sed -n 's/^Date: *//p' \"$r\" | head -n 1)\" +%s; done; true", &[])?;
    let times: Vec<i64> = told.lines().iter().filter_map(|line| line.parse().ok()).collect();
    let (Some(now), Some(newest)) = (times.first(), times.iter().skip(1).max()) else {
        return inconclusive(say("索引没有日期", format!("the lists have no date: {}", told.said())));
    };
    let days = (now - newest).div_euclid(86_400);
    if days < -1 {
        return inconclusive(say(
            "目标时钟早于软件源的日期",
            format!("the target's clock is {} days before the source's date", -days),
        ));
    }
    cx.expect("source").that(days <= most, format!("at most {most} days"), format!("{days} days"))?;
    decided()
}
