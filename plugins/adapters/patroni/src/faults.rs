//! What is done to a member, by signals to its processes.

use crate::Patroni;
use crate::members::Member;
use touchstone_sdk::adapter::cluster::hit;
use touchstone_sdk::adapter::{Error, Faults, Said};

/// `$1` is the signal, `$2` what it goes to (all, senders), `$3` the folder of data, `$4` Patroni's file or nothing. Succeeds where
/// nobody is there any more. Whoever supervises goes first, and a server before its children: none is replaced meanwhile.
const SIGNAL: &str = r#"
words() { tr '\0' '\n' < "/proc/$1/cmdline" 2>/dev/null; }
supervisors=
[ -z "$4" ] || for p in /proc/[0-9]*; do
    p=${p#/proc/}
    words "$p" | grep -qxF -- "$4" && words "$p" | grep -q 'patroni$' && supervisors="$supervisors $p"
done
server=$(head -n 1 "$3/postmaster.pid" 2>/dev/null)
words "$server" | grep -qF -- "$3" || server=
children=
[ -z "$server" ] || children=$(cat "/proc/$server/task/$server/children")
case $2 in
senders) all=; for p in $children; do words "$p" | grep -q walsender && all="$all $p"; done ;;
*) all="$supervisors $server $children" ;;
esac
[ -z "${all# }" ] && { echo "nobody is there"; exit 0; }
kill -s "$1" $all 2>/dev/null
echo "$1 to$all"
"#;

fn signal(signal: &str, to: &str, member: &Member) -> Vec<String> {
    ["sh", "-c", SIGNAL, "sh", signal, to, &member.data, &member.config].map(str::to_owned).to_vec()
}

/// Sends a signal, with the one that takes it back registered before.
fn with_undo(name: &str, what: &str, to: &str, back: &str) -> Result<Said, Error> {
    let member = Member::find(name)?;
    member.shell.undo(signal(back, to, &member))?;
    Ok(hit(&member.shell.root(signal(what, to, &member))?))
}

fn send(name: &str, what: &str, to: &str) -> Result<Said, Error> {
    let member = Member::find(name)?;
    Ok(hit(&member.shell.root(signal(what, to, &member))?))
}

impl Faults for Patroni {
    fn switchover(from: String, to: String) -> Result<Said, Error> {
        let (old, new) = (Member::find(&from)?, Member::find(&to)?);
        let output = if old.config.is_empty() {
            let words = new.as_owner(&["pg_ctl", "-D", &new.data, "-w", "promote"]);
            new.shell.root(words)?
        } else {
            let words = ["patronictl", "-c", &old.config, "switchover", "--leader", &from, "--candidate", &to, "--force"];
            old.shell.command(words).elevated().env("LC_ALL", "C.UTF-8").env("LANG", "C.UTF-8").timeout_s(60).run()?
        };
        Ok(Said { accepted: output.ok(), words: output.said() })
    }

    fn kill(member: String) -> Result<Said, Error> {
        let member = Member::find(&member)?;
        member.shell.undo(member.start())?;
        member.shell.root(member.hold())?.success()?;
        Ok(hit(&member.shell.root(signal("KILL", "all", &member))?))
    }

    fn revive(member: String) -> Result<Said, Error> {
        let member = Member::find(&member)?;
        let output = member.shell.root(member.start())?;
        Ok(Said { accepted: output.ok(), words: output.said() })
    }

    fn freeze(member: String) -> Result<Said, Error> {
        with_undo(&member, "STOP", "all", "CONT")
    }

    fn thaw(member: String) -> Result<Said, Error> {
        send(&member, "CONT", "all")
    }

    /// Whoever sends the log of changes stops where it is; its link stands, and those who follow get nothing.
    fn cut(member: String) -> Result<Said, Error> {
        with_undo(&member, "STOP", "senders", "CONT")
    }

    fn mend(member: String) -> Result<Said, Error> {
        send(&member, "CONT", "senders")
    }
}
