//! Faults that are injected into a node, whatever its product is: as commands, so that whoever finds one left behind can take it
//! back by hand. What takes a fault back may be done twice, and where nothing was injected.

mod process;
mod traffic;

pub use traffic::{Direction, Traffic};

use crate::ProbeError;

/// What is done to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing gets through.
    Partition(Traffic),
    /// So many of a hundred packets are lost, at random.
    Loss(Traffic, u32),
    /// Everything that leaves by this device is held back for so many milliseconds.
    Delay(String, u32),
    /// The file system of this folder is filled.
    DiskFull(String),
    /// Processes stop where they are.
    Stopped(Vec<u32>),
    /// Processes end without a goodbye.
    Killed(Vec<u32>),
    /// The clock jumps by so many seconds.
    ClockJump(i32),
}

/// Program and arguments; run with administrator rights.
pub type Argv = Vec<String>;

/// How a fault comes and goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// Succeeds where the fault can be injected; says why, where it can't. What it prints goes into the others for `{known}`.
    pub can: Argv,
    /// Injects it, and fails where it is not there afterwards.
    pub inject: Argv,
    /// Takes it back, and fails where it is still there; absent: nothing to take back.
    pub revert: Option<Argv>,
}

fn script(text: &str, words: &[&str]) -> Argv {
    ["sh", "-c", text, "sh"].iter().chain(words).map(|word| (*word).to_owned()).collect()
}

impl Fault {
    /// In a few words.
    pub fn words(&self) -> String {
        match self {
            Fault::Partition(traffic) => format!("partition from {}", traffic.words()),
            Fault::Loss(traffic, per_cent) => format!("lose {per_cent} % of the packets with {}", traffic.words()),
            Fault::Delay(device, milliseconds) => format!("delay what leaves by {device} for {milliseconds} ms"),
            Fault::DiskFull(folder) => format!("fill the file system of {folder}"),
            Fault::Stopped(processes) => format!("stop the processes {processes:?}"),
            Fault::Killed(processes) => format!("kill the processes {processes:?}"),
            Fault::ClockJump(seconds) => format!("set the clock forward by {seconds} s"),
        }
    }

    /// The commands. `name` is unique to this injection: letters, digits, hyphens.
    ///
    /// # Errors
    /// It makes no sense.
    pub fn commands(&self, name: &str) -> Result<Commands, ProbeError> {
        let invalid = |what: String| Err(ProbeError::Invalid(what));
        match self {
            Fault::Partition(traffic) => traffic.commands(name, ""),
            Fault::Loss(_, per_cent) if !(1..=99).contains(per_cent) => {
                invalid(format!("a loss of {per_cent} %; 1 to 99 make sense"))
            }
            Fault::Loss(traffic, per_cent) => traffic.commands(name, &format!("numgen random mod 100 < {per_cent} ")),
            Fault::Delay(device, milliseconds) => delay(device, *milliseconds),
            Fault::DiskFull(folder) => disk_full(folder, name),
            Fault::Stopped(processes) => process::stopped(processes),
            Fault::Killed(processes) => process::killed(processes),
            Fault::ClockJump(seconds) => clock_jump(*seconds),
        }
    }
}

fn delay(device: &str, milliseconds: u32) -> Result<Commands, ProbeError> {
    let known =
        !device.is_empty() && device.len() < 16 && device.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b));
    if !known || !(1..=10_000).contains(&milliseconds) {
        return Err(ProbeError::Invalid(format!("a delay of {milliseconds} ms at the device {device:?}")));
    }
    const CAN: &str = r#"tc qdisc show dev "$1" >/dev/null || exit 1
! tc qdisc show dev "$1" | grep -q netem || { echo "$1 delays already" >&2; exit 1; }
n=t$$; ip link add $n type dummy || exit 1
tc qdisc add dev $n root netem delay 1ms; r=$?; ip link del $n; exit $r"#;
    const REVERT: &str = r#"tc qdisc del dev "$1" root netem 2>/dev/null; ! tc qdisc show dev "$1" | grep -q netem"#;
    let wait = format!("{milliseconds}ms");
    let inject = ["tc", "qdisc", "add", "dev", device, "root", "netem", "delay", &wait].map(str::to_owned).to_vec();
    Ok(Commands { can: script(CAN, &[device]), inject, revert: Some(script(REVERT, &[device])) })
}

fn disk_full(folder: &str, name: &str) -> Result<Commands, ProbeError> {
    if !folder.starts_with('/') || folder.contains('\0') {
        return Err(ProbeError::Invalid(format!("the folder {folder:?} is not an absolute path")));
    }
    // Without room on the root file system a node may not even let anybody in to take it back.
    const CAN: &str = r#"[ -d "$1" ] || { echo "$1 is no folder" >&2; exit 1; }
[ "$(stat -f -c %i "$1") $(stat -c %d "$1")" != "$(stat -f -c %i /) $(stat -c %d /)" ] || {
    echo "$1 is on the root file system, which is never filled: give the data a file system of its own" >&2; exit 1; }"#;
    const INJECT: &str = r#"f=$1/.$2
fallocate -l "$(df --output=avail -B1 "$1" | tail -n 1 | tr -d ' ')" "$f" 2>/dev/null
for size in 1048576 4096 1; do dd if=/dev/zero bs=$size >>"$f" 2>/dev/null; done
! dd if=/dev/zero of="$1/.$2.probe" bs=4096 count=16 conv=fsync 2>/dev/null"#;
    const REVERT: &str = r#"rm -f "$1/.$2" "$1/.$2.probe""#;
    let of = |text| script(text, &[folder, name]);
    Ok(Commands { can: of(CAN), inject: of(INJECT), revert: Some(of(REVERT)) })
}

/// By the time since the node was started, which does not jump, the old time can be told at any moment, as often as it is asked.
fn clock_jump(seconds: i32) -> Result<Commands, ProbeError> {
    if seconds == 0 {
        return Err(ProbeError::Invalid("a clock that jumps by 0 s".to_owned()));
    }
    const CAN: &str = r#"[ "$(cat /proc/sys/kernel/random/boot_id)" != "$1" ] || {
    echo "this clock is that of the host itself" >&2; exit 1; }
awk -v now="$(date +%s.%N)" '{ printf "%.3f", now - $1 }' /proc/uptime"#;
    const SET: &str =
        r#"date -s "@$(awk -v start="$1" -v more="$2" '{ printf "%.3f", start + $1 + more }' /proc/uptime)" >/dev/null"#;
    let own = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let jump = seconds.to_string();
    Ok(Commands {
        can: script(CAN, &[own.trim()]),
        inject: script(SET, &["{known}", &jump]),
        revert: Some(script(SET, &["{known}", "0"])),
    })
}

impl Commands {
    /// With what `can` said.
    #[must_use]
    pub fn knowing(self, said: &str) -> Self {
        let put = |argv: Argv| argv.into_iter().map(|word| word.replace("{known}", said.trim())).collect::<Argv>();
        Self { can: self.can, inject: put(self.inject), revert: self.revert.map(put) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_before_anything_is_done() {
        let traffic = |peer: &str| Traffic { peers: vec![peer.to_owned()], direction: Direction::Both };
        for fault in [
            Fault::Partition(traffic("nobody; flush ruleset")),
            Fault::Partition(traffic("10.0.0.1:0")),
            Fault::Partition(Traffic { peers: vec![], direction: Direction::Both }),
            Fault::Loss(traffic("10.0.0.1"), 0),
            Fault::Loss(traffic("10.0.0.1"), 100),
            Fault::Delay("eth0; reboot".into(), 10),
            Fault::Delay("eth0".into(), 0),
            Fault::DiskFull("relative".into()),
            Fault::Stopped(vec![]),
            Fault::Stopped(vec![1]),
            Fault::Killed(vec![0]),
            Fault::ClockJump(0),
        ] {
            assert!(matches!(fault.commands("n"), Err(ProbeError::Invalid(_))), "{fault:?}");
        }
    }

    #[test]
    fn what_is_known_before_goes_into_the_commands() {
        let commands = Fault::ClockJump(-60).commands("n").expect("commands").knowing(" 1700000000.123\n");
        assert!(commands.inject.ends_with(&["1700000000.123".to_owned(), "-60".to_owned()]));
        assert!(commands.revert.is_some_and(|argv| argv.ends_with(&["1700000000.123".to_owned(), "0".to_owned()])));
    }
}
