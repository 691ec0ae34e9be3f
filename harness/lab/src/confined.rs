//! A system whose administrator may not do much.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};

/// A few devices, no control groups.
const SCRIPT: &str = r#"
mount -t tmpfs -o mode=755 tmpfs "$SCRATCH/dev"
for node in null zero full random urandom tty; do : > "$SCRATCH/dev/$node"; mount --bind /dev/$node "$SCRATCH/dev/$node"; done
mkdir "$SCRATCH/dev/shm" "$SCRATCH/dev/pts"
mount -t tmpfs tmpfs "$SCRATCH/dev/shm"
mount --move "$SCRATCH/dev" /dev
umount -R -l /sys/fs/cgroup || true
: > "$READY"
exec sleep infinity
"#;

/// This machine as a container without privileges sees it: root, but without the rights over devices, mounts, network,
/// priorities and other users' processes. What needs them really fails there.
#[derive(Debug)]
pub struct Confined {
    /// Prefix for commands that shall run in it.
    pub enter: Vec<String>,
    _daemon: Daemon,
}

impl Confined {
    /// Makes it.
    ///
    /// # Errors
    /// Not root, or namespaces cannot be made.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("confined")?;
        system::program("setpriv")?;
        let folder = lab.folder("confined")?;
        system::make_folder(&folder.join("dev"), 0o755)?;
        let daemon = namespace::hold(lab, "confined", &["-m"], SCRIPT, &[("SCRATCH", &folder)], &folder)?;
        let mut enter = namespace::enter(&daemon, &["-m"]);
        let without = "--bounding-set=-sys_admin,-mknod,-net_admin,-net_raw,-sys_resource,-sys_nice,-sys_module,-sys_rawio";
        enter.extend(["setpriv", "--no-new-privs", without].map(str::to_owned));
        Ok(Self { enter, _daemon: daemon })
    }
}
