//! Processes stopped and killed. A number alone may be another process's by the time it is used: its start is known, too.

use super::{Commands, script};
use crate::ProbeError;

/// `start P` is the moment at which a process began, in ticks since the node did; `state P` its state.
const OF: &str = r#"start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
state() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1; }
"#;
const CAN: &str =
    r#"for p; do s=$(start "$p"); [ -n "$s" ] || { echo "no process $p" >&2; exit 1; }; printf '%s:%s ' "$p" "$s"; done"#;
const STOP: &str = r#"r=0; for x in $1; do p=${x%:*}
[ "$(start "$p")" = "${x#*:}" ] && kill -STOP "$p" || r=1; done
for x in $1; do p=${x%:*}; n=0; while [ "$(state "$p")" != T ]; do n=$((n+1)); [ $n -lt 50 ] || { r=1; break; }; sleep 0.02; done; done; exit $r"#;
const CONTINUE: &str = r#"r=0; for x in $1; do p=${x%:*}
[ "$(start "$p")" != "${x#*:}" ] || kill -CONT "$p" || r=1; done
for x in $1; do p=${x%:*}; [ "$(start "$p")" != "${x#*:}" ] || [ "$(state "$p")" != T ] || { sleep 0.1; [ "$(state "$p")" != T ] || r=1; }; done; exit $r"#;
const KILL: &str = r#"for x in $1; do p=${x%:*}; [ "$(start "$p")" != "${x#*:}" ] || kill -KILL "$p"; done"#;

fn commands(processes: &[u32], inject: &str, revert: Option<&str>) -> Result<Commands, ProbeError> {
    if processes.is_empty() || processes.len() > 1000 {
        return Err(ProbeError::Invalid(format!("{} processes; 1 to 1000 make sense", processes.len())));
    }
    if let Some(init) = processes.iter().find(|process| **process < 2) {
        return Err(ProbeError::Invalid(format!("process {init} is the system itself")));
    }
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let known = |text: &str| script(&format!("{OF}{text}"), &["{known}"]);
    Ok(Commands { can: script(&format!("{OF}{CAN}"), &numbers), inject: known(inject), revert: revert.map(known) })
}

pub(super) fn stopped(processes: &[u32]) -> Result<Commands, ProbeError> {
    commands(processes, STOP, Some(CONTINUE))
}

pub(super) fn killed(processes: &[u32]) -> Result<Commands, ProbeError> {
    commands(processes, KILL, None)
}
