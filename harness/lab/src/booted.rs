//! This machine's own installation, booted by its own init system in namespaces.

use crate::process::Daemon;
use crate::{Lab, LabError, system};
use rustix::process::Signal;
use std::process::Command;

/// Namespaces that the system lives in.
const KINDS: [&str; 6] = ["-m", "-p", "-u", "-i", "-n", "-C"];

/// A control group of its own in every hierarchy, so that the system's own groups lie below it and go with it.
const OUTER: &str = r#"
name=touchstone-$(basename "$(dirname "$SCRATCH")")
groups=$(awk '$3=="cgroup" && $4 ~ /name=systemd|pids|memory|,cpu$|,cpu,/ || $3=="cgroup2" {print $2}' /proc/mounts)
for g in $groups; do mkdir "$g/$name" && echo $$ > "$g/$name/cgroup.procs"; done
child=''
leave() {
    [ -z "$child" ] || kill -9 "$child"
    wait
    for g in $groups; do
        echo $$ > "$g/cgroup.procs"
        # The dead leave their groups a moment later.
        for again in 1 2 3 4 5 6 7 8 9 10; do
            find "$g/$name" -depth -type d -exec rmdir {} +
            [ -d "$g/$name" ] || break
            sleep 0.1
        done
    done
    exit 0
} 2>/dev/null
trap leave TERM INT
unshare -m -p -u -i -n -C --fork --kill-child=KILL --propagation private /bin/sh -euc "$INNER" &
child=$!
wait "$child"
echo "the system ended"
child=''
leave
"#;

/// All that is written goes to memory: the root folder is an overlay over this machine's.
const INNER: &str = r#"
groups=$(awk '$3=="cgroup" && $4 ~ /name=systemd|pids|memory|,cpu$|,cpu,/ || $3=="cgroup2" {print $2 " " $3 " " $4}' /proc/mounts)
mount -t tmpfs -o mode=755 tmpfs "$SCRATCH/system"
cd "$SCRATCH/system"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
cd root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty fuse; do [ -e /dev/$node ] && { : > dev/$node; mount --bind /dev/$node dev/$node; }; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
case $groups in *' cgroup '*) mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup ;; esac
echo "$groups" | while read -r at kind options; do
    mkdir -p ".$at"
    case $kind in
    cgroup2) mount -t cgroup2 cgroup2 ".$at" ;;
    *) mount -t cgroup -o "${options#rw,relatime,}" cgroup ".$at" || mount -t cgroup -o none,name=systemd cgroup ".$at" ;;
    esac
done
rm -f etc/machine-id
: > etc/machine-id
mkdir -p etc/systemd/system
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-networkd.service systemd-timesyncd.service; do
    ln -sf /dev/null etc/systemd/system/$unit
done
mkdir outside
pivot_root . outside
umount -l /outside
exec env -i container=touchstone PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=basic.target --log-target=null
"#;

/// A running system with a service manager, a journal and a message bus. The kernel is this machine's; nothing that it
/// writes is seen outside or outlives it.
#[derive(Debug)]
pub struct Booted {
    /// Prefix for commands that shall run in it.
    pub enter: Vec<String>,
    _daemon: Daemon,
}

impl Booted {
    /// Boots it.
    ///
    /// # Errors
    /// Not root, no systemd, or it does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("booted")?;
        system::program("systemctl")?;
        let folder = lab.folder("booted")?;
        system::make_folder(&folder.join("system"), 0o755)?;
        let mut command = Command::new("/bin/sh");
        command.args(["-uc", OUTER]).env_clear().env("PATH", system::SERVICE_PATH).env("LANG", "C.UTF-8");
        command.env("SCRATCH", &folder).env("INNER", INNER);
        let mut daemon = Daemon::spawn(lab, "booted", &mut command, &folder.join("log"))?.stop_with(Signal::TERM);
        let outer = daemon.pid();
        let mut enter = Vec::new();
        daemon.wait_ready(|| {
            let Some(init) = child_of(outer).and_then(child_of) else { return false };
            enter = prefix(init);
            let state = Command::new(&enter[0]).args(&enter[1..]).args(["systemctl", "is-system-running"]).output();
            state.is_ok_and(|told| matches!(String::from_utf8_lossy(&told.stdout).trim(), "running" | "degraded"))
        })?;
        Ok(Self { enter, _daemon: daemon })
    }
}

/// The only child of a process that has one.
pub(crate) fn child_of(process: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

fn prefix(init: u32) -> Vec<String> {
    let mut words = vec!["nsenter".to_owned(), "-t".to_owned(), init.to_string()];
    words.extend(KINDS.map(str::to_owned));
    words.push("--".to_owned());
    words
}
