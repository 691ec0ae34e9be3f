//! A program started once more in namespaces of its own, so that what others do on the machine is not taken for its doing.
//!
//! Inside, processes, mounts, network and System V IPC are the program's own: what others have mounted in folders of temporary
//! things is not seen. `/tmp`, `/var/tmp`, `/run` and `/dev/shm` are empty file systems in memory, `/etc` and the home folder
//! copies on write. When the program ends, or is killed, all of it is gone (a loop device is the kernel's and is not: whoever
//! attaches one detaches it).

use crate::{LabError, system};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Set inside.
const INSIDE: &str = "TOUCHSTONE_LAB_SECLUDED";

/// Where it is kept what was changed in `/etc` and at home: in a folder that every system has and nothing here needs.
const CHANGED: &str = "/srv";

/// The shell stays the first process, and collects the dead.
const SCRIPT: &str = r#"
changed=$1 temporary=$2
shift 2
mount -t tmpfs -o mode=700 tmpfs "$changed"
for folder in /etc "$HOME"; do
    mkdir -p "$changed/new$folder" "$changed/work$folder"
    mount -t overlay -o "lowerdir=$folder,upperdir=$changed/new$folder,workdir=$changed/work$folder" overlay "$folder"
done
# What others have mounted in places for a while is none of ours: it would hide below our own folders, show in every list of
# mounts, and vanish from it when they remove its folder. Mountinfo writes odd letters as three octal digits, printf wants four.
others=$(cut -d' ' -f5 /proc/self/mountinfo | grep -E "^(/tmp|/var/tmp|/run|/dev/shm|/mnt|/media|$temporary)/" |
    sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g' | sort -r) || true
IFS='
'
for place in $others; do umount -l "$(printf '%b' "$place")" 2>/dev/null || true; done
unset IFS
for folder in /var/tmp /run /dev/shm /tmp; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
chmod 755 /run
ip link set lo up
"$@"
exit $?
"#;

/// Whether this process is inside.
#[must_use]
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Folder in which, inside, everything lies that was changed in `/etc` and at home, and nothing else.
#[must_use]
pub fn changed() -> PathBuf {
    Path::new(CHANGED).join("new")
}

/// Runs this program once more, with the same arguments and further environment variables, inside; its end.
///
/// # Errors
/// Not root, or the system has no such namespaces.
pub fn again(variables: &[(&str, &Path)]) -> Result<ExitStatus, LabError> {
    use crate::error::Doing;
    system::need_root("seclusion")?;
    let program = std::env::current_exe().doing(|| "looking for the program itself".to_owned())?;
    command(&program)
        .envs(variables.iter().copied())
        .args(std::env::args_os().skip(1))
        .status()
        .doing(|| "starting the program again".to_owned())
}

fn command(program: &Path) -> Command {
    // However the program outside dies, that inside dies with it.
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "unshare"])
        .args(["--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"])
        .args(["/bin/sh", "-euc", SCRIPT, "seclusion", CHANGED])
        .arg(std::env::temp_dir())
        .arg(program)
        .env(INSIDE, "1")
        .env("TMPDIR", "/tmp");
    command
}
