//! firewalld with a network, a message bus and a configuration of its own.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};

/// The shell stays, so that it and not the system's first process collects the dead: that can take seconds.
const SCRIPT: &str = r#"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/dbus
cp -a /etc/firewalld "$SCRATCH/etc"
mount --bind "$SCRATCH/etc" /etc/firewalld
mkdir "$SCRATCH/var-log"
mount --bind "$SCRATCH/var-log" /var/log
ip link set lo up
trap 'kill -9 $bus $firewall; wait; exit 0' TERM
firewall=''
dbus-daemon --system --nofork --nopidfile --nosyslog &
bus=$!
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.01; done
firewalld --nofork --nopid &
firewall=$!
until firewall-cmd --state >/dev/null 2>&1; do kill -0 $firewall; sleep 0.05; done
: > "$READY"
wait $firewall
"#;

/// A running firewalld in private mount and network namespaces. The machine's own rules and files are not touched.
#[derive(Debug)]
pub struct Firewalld {
    /// Prefix for commands that shall see it.
    pub enter: Vec<String>,
    daemon: Daemon,
}

impl Firewalld {
    /// Starts it.
    ///
    /// # Errors
    /// Not root, a package is absent, or the daemon does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::need_root("firewalld")?;
        for program in ["firewalld", "firewall-cmd", "dbus-daemon", "nft", "ip"] {
            system::program(program)?;
        }
        let folder = lab.folder("firewalld")?;
        let daemon = namespace::hold(lab, "firewalld", &["-m", "-n"], SCRIPT, &[("SCRATCH", &folder)], &folder)?;
        Ok(Self { enter: namespace::enter(&daemon, &["-m", "-n"]), daemon })
    }

    /// Process number of the holder of the namespaces, parent of the daemon.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }
}
