//! A root folder that holds busybox and nothing else.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};
use std::path::PathBuf;

/// Everything is mounted inside a namespace: nothing of it can be seen, or be left, outside.
const SCRIPT: &str = r#"
mount -t tmpfs -o mode=755 tmpfs "$SCRATCH/root"
cd "$SCRATCH/root"
mkdir -p bin sbin usr/bin usr/sbin etc tmp var/tmp root dev proc sys run
chmod 1777 tmp var/tmp
cp "$BUSYBOX" bin/busybox
chroot . /bin/busybox --install -s
echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd
echo 'nobody:x:65534:65534:nobody:/:/bin/false' >> etc/passwd
echo 'root:x:0:' > etc/group
echo 'nogroup:x:65534:' >> etc/group
for folder in dev proc sys; do mount --bind "/$folder" "$folder"; done
: > "$READY"
exec sleep infinity
"#;

/// A deficient system: busybox, /dev, /proc and /sys of this machine, no boot loader, no firewall daemon, no tools for
/// partitions. The kernel is this machine's.
#[derive(Debug)]
pub struct MinimalRoot {
    /// Prefix for commands that shall run in it.
    pub enter: Vec<String>,
    /// The folder, as seen from inside the holding namespace.
    pub dir: PathBuf,
    daemon: Daemon,
}

impl MinimalRoot {
    /// Builds it.
    ///
    /// # Errors
    /// Not root, or busybox is absent or not static.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("minimal-root")?;
        let busybox = system::program("busybox")?;
        let folder = lab.folder("minimal-root")?;
        let dir = folder.join("root");
        system::make_folder(&dir, 0o755)?;
        let variables = [("SCRATCH", folder.as_path()), ("BUSYBOX", busybox.as_path())];
        let daemon = namespace::hold(lab, "minimal-root", &["-m"], SCRIPT, &variables, &folder)?;
        let mut enter = namespace::enter(&daemon, &["-m"]);
        enter.extend(["chroot".to_owned(), dir.to_string_lossy().into_owned()]);
        Ok(Self { enter, dir, daemon })
    }

    /// Process number of the holder of the namespace.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}
