//! What is done to a member: signals to its server, and orders to those that follow it.

use crate::Replication;
use crate::server::{Server, said};
use crate::switchover::hand_over;
use touchstone_sdk::adapter::cluster::{Machine, hit, places};
use touchstone_sdk::adapter::{Error, Faults, Said};

/// `$1` is the signal, `$2` the folder of data: a server works in it. Succeeds where nobody is there any more.
const SIGNAL: &str = r#"
data=$(readlink -f "$2")
servers=
for p in /proc/[0-9]*; do
    [ "$(readlink "$p/cwd")" = "$data" ] || continue
    case $(cat "$p/comm" 2>/dev/null) in mariadbd | mysqld) servers="$servers ${p#/proc/}" ;; esac
done
[ -z "$servers" ] && { echo "nobody is there"; exit 0; }
kill -s "$1" $servers 2>/dev/null
echo "$1 to$servers"
"#;

fn signal(signal: &str, machine: &Machine) -> [String; 6] {
    ["sh", "-c", SIGNAL, "sh", signal, &machine.data].map(str::to_owned)
}

fn send(name: &str, what: &str) -> Result<Said, Error> {
    let machine = Machine::find(name)?;
    Ok(hit(&machine.shell.root(signal(what, &machine))?))
}

/// Those that may follow a member.
fn others(name: &str) -> Result<Vec<Server>, Error> {
    places()?.into_iter().filter(|(other, _)| other != name).map(|(other, _)| Server::find(&other)).collect()
}

/// Has all others stop or begin to fetch.
fn tell_others(name: &str, statement: &str) -> Result<Said, Error> {
    let mut last = Said { accepted: false, words: format!("nobody follows {name}") };
    for server in others(name)? {
        last = said(&server.tell(statement)?);
        if !last.accepted {
            break;
        }
    }
    Ok(last)
}

impl Faults for Replication {
    fn switchover(from: String, to: String) -> Result<Said, Error> {
        hand_over(&from, &to)
    }

    fn kill(member: String) -> Result<Said, Error> {
        let machine = Machine::find(&member)?;
        machine.shell.undo(machine.start(START))?;
        machine.shell.root(machine.hold())?.success()?;
        Ok(hit(&machine.shell.root(signal("KILL", &machine))?))
    }

    fn revive(member: String) -> Result<Said, Error> {
        let machine = Machine::find(&member)?;
        Ok(said(&machine.shell.root(machine.start(START))?))
    }

    fn freeze(member: String) -> Result<Said, Error> {
        let machine = Machine::find(&member)?;
        machine.shell.undo(signal("CONT", &machine))?;
        send(&member, "STOP")
    }

    fn thaw(member: String) -> Result<Said, Error> {
        send(&member, "CONT")
    }

    /// Whoever follows fetches nothing any more; the primary's clients notice nothing, for it waits for nobody.
    fn cut(member: String) -> Result<Said, Error> {
        for server in others(&member)? {
            server.machine.shell.undo(server.told("START SLAVE IO_THREAD;"))?;
        }
        tell_others(&member, "STOP SLAVE IO_THREAD;")
    }

    fn mend(member: String) -> Result<Said, Error> {
        tell_others(&member, "START SLAVE IO_THREAD;")
    }
}

const START: &str = "systemctl start mariadb";
