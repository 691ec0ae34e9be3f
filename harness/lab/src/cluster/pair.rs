//! A PostgreSQL primary and one server beside it, without anybody who knows what a cluster is.

use super::Enclosed;
use crate::inventory::Target;
use crate::{Lab, LabError, system};

/// A primary in `$R/a` at port `$A`, and a second server beside it in `$R/b` at port `$B`.
pub(super) const BOTH: &str = r#"
chown postgres "$R"
OPTIONS="-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=16MB -c max_connections=60 -c dynamic_shared_memory_type=mmap -c wal_receiver_timeout=60s"
as initdb -D "$R/a" -U postgres -A trust -N --no-instructions --locale=C.UTF-8 >/dev/null
keep a postgres -D "$R/a" -p "$A" $OPTIONS &
until as psql -XAtq -h 127.0.0.1 -p "$A" -U postgres -c 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
as pg_basebackup -h 127.0.0.1 -p "$A" -U postgres -D "$R/b" -X stream -c fast -N -R
[ "$KIND" != unfollowing ] || : > "$R/b/postgresql.auto.conf"
keep b postgres -D "$R/b" -p "$B" $OPTIONS &
until as psql -XAtq -h 127.0.0.1 -p "$B" -U postgres -c 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
"#;

const SCRIPT: &str = r#"
: > "$R/ready"
failed=0
while [ "$KIND" = careless ]; do
    sleep 0.3
    if as timeout 1 psql -XAtq -h 127.0.0.1 -p "$A" -U postgres -c 'SELECT 1' >/dev/null 2>&1; then failed=0; else failed=$((failed+1)); fi
    [ $failed -lt 3 ] || { as pg_ctl -D "$R/b" promote; break; }
done
while :; do wait; sleep 1; done
"#;

/// What becomes of the second server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairKind {
    /// It follows, asynchronously; a script promotes it when the first does not answer, and does not care what became of that.
    Careless,
    /// It follows, asynchronously, and stays what it is until somebody promotes it.
    Attended,
    /// It refuses writes as a standby does, and follows nothing.
    Unfollowing,
}

/// Two servers.
#[derive(Debug)]
pub struct Pair {
    /// Port of each.
    pub members: [u16; 2],
    inside: Enclosed,
}

impl Pair {
    /// Starts both.
    ///
    /// # Errors
    /// Not root, a package is absent, or they do not come up.
    pub fn start(lab: &Lab, kind: PairKind) -> Result<Self, LabError> {
        let folder = lab.folder("pair")?;
        let members = [lab.free_port()?, lab.free_port()?];
        let kind = match kind {
            PairKind::Careless => "careless",
            PairKind::Attended => "attended",
            PairKind::Unfollowing => "unfollowing",
        };
        let variables = [("A", members[0].to_string()), ("B", members[1].to_string()), ("KIND", kind.to_owned())];
        system::program("setpriv")?;
        let ready = folder.join("ready");
        let inside = Enclosed::start(lab, "pair", &folder, &format!("{BOTH}{SCRIPT}"), &variables, || ready.exists())?;
        Ok(Self { members, inside })
    }

    /// What the inventory says of it: writers try both.
    ///
    /// # Errors
    /// A secret can't be written.
    pub fn target(&self, lab: &Lab, name: &str) -> Result<Target, LabError> {
        let [a, b] = self.members;
        let more = [("write", format!("127.0.0.1:{a} 127.0.0.1:{b}")), ("read", format!("127.0.0.1:{b}"))];
        let mut target = self.inside.target(lab, name, a, &[("a", a), ("b", b)], &more)?;
        // It never becomes whole: there is no use in waiting long.
        target.params =
            ["database/failover.settle_s", "database/switchover.settle_s"].map(|name| (name, "10".to_owned())).to_vec();
        Ok(target)
    }
}
