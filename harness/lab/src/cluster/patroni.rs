//! Three PostgreSQL servers under Patroni, with etcd, and HAProxy before them: one entrance for writers, one for readers.

use super::{Enclosed, status};
use crate::inventory::Target;
use crate::{Lab, LabError, system};

const SCRIPT: &str = r#"
chown postgres "$R"
as etcd --name e0 --data-dir "$R/etcd" --listen-client-urls "http://127.0.0.1:$ETCD" --advertise-client-urls "http://127.0.0.1:$ETCD" \
    --listen-peer-urls "http://127.0.0.1:$PEER" --initial-advertise-peer-urls "http://127.0.0.1:$PEER" \
    --initial-cluster "e0=http://127.0.0.1:$PEER" --heartbeat-interval 100 --election-timeout 1000 --unsafe-no-fsync >"$R/etcd.log" 2>&1 &
for member in a b c; do keep $member patroni "$R/$member.yml" & done
setpriv --reuid=haproxy --regid=haproxy --clear-groups haproxy -db -f "$R/haproxy.cfg" >"$R/haproxy.log" 2>&1 &
while :; do wait; sleep 1; done
"#;

const NAMES: [&str; 3] = ["a", "b", "c"];

/// The cluster. A commit is acknowledged when both standbys show it.
#[derive(Debug)]
pub struct PatroniCluster {
    /// Port of each member's server.
    pub members: [u16; 3],
    /// Port of the entrance that leads to the primary.
    pub writers: u16,
    /// Port of the entrance that leads to the standbys.
    pub readers: u16,
    inside: Enclosed,
}

impl PatroniCluster {
    /// Starts it, and waits until both standbys are synchronous.
    ///
    /// # Errors
    /// Not root, a package is absent, or it does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        Self::start_with(lab, true)
    }

    /// As [`Self::start`]; where it is not synchronous, a commit is acknowledged when the primary alone has it.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_with(lab: &Lab, synchronous: bool) -> Result<Self, LabError> {
        for program in ["patroni", "etcd", "haproxy"] {
            system::program(program)?;
        }
        let folder = lab.folder("patroni")?;
        let port = || lab.free_port();
        let (members, rest) = ([port()?, port()?, port()?], [port()?, port()?, port()?]);
        let (etcd, peer, writers, readers) = (port()?, port()?, port()?, port()?);
        for (number, name) in NAMES.iter().enumerate() {
            let folder = folder.display();
            let (own, api) = (members[number], rest[number]);
            let text = format!(
                "scope: lab\nnamespace: /svc/\nname: {name}\n\
                 restapi: {{listen: '127.0.0.1:{api}', connect_address: '127.0.0.1:{api}'}}\n\
                 etcd3: {{hosts: '127.0.0.1:{etcd}'}}\n\
                 bootstrap:\n  dcs:\n    ttl: 8\n    loop_wait: 1\n    retry_timeout: 3\n    maximum_lag_on_failover: 1048576\n    \
                 synchronous_mode: {synchronous}\n    synchronous_node_count: 2\n    postgresql:\n      use_pg_rewind: true\n      \
                 use_slots: true\n      parameters: {{wal_level: replica, hot_standby: 'on', max_wal_senders: 10, \
                 max_replication_slots: 10, wal_log_hints: 'on', wal_keep_size: 128MB, max_connections: 60, shared_buffers: 16MB, \
                 synchronous_commit: {commit}, dynamic_shared_memory_type: mmap}}\n  \
                 initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, data-checksums]\n  \
                 pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']\n\
                 postgresql:\n  listen: '127.0.0.1:{own}'\n  connect_address: '127.0.0.1:{own}'\n  data_dir: '{folder}/{name}'\n  \
                 bin_dir: '{bin}'\n  pgpass: '{folder}/{name}.pgpass'\n  \
                 authentication: {{superuser: {{username: postgres}}, replication: {{username: postgres}}, rewind: {{username: postgres}}}}\n  \
                 parameters: {{unix_socket_directories: '{folder}'}}\nwatchdog: {{mode: 'off'}}\n",
                commit = if synchronous { "remote_apply" } else { "local" },
                bin = crate::postgres::programs()?.display(),
            );
            system::write_file(&std::path::Path::new(&folder.to_string()).join(format!("{name}.yml")), &text)?;
        }
        let servers: String = (0..3)
            .map(|number| format!("  server {} 127.0.0.1:{} check port {}\n", NAMES[number], members[number], rest[number]))
            .collect();
        let section = |name: &str, port: u16, path: &str| {
            format!(
                "listen {name}\n  bind 127.0.0.1:{port}\n  balance roundrobin\n  option httpchk GET {path}\n  \
                 http-check expect status 200\n  default-server inter 300ms fastinter 300ms fall 2 rise 1 on-marked-down shutdown-sessions\n{servers}"
            )
        };
        let text = format!(
            "global\n  maxconn 500\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout check 1s\n  timeout client 60s\n  \
             timeout server 60s\n{}{}",
            section("writers", writers, "/primary"),
            section("readers", readers, "/replica")
        );
        system::write_file(&folder.join("haproxy.cfg"), &text)?;
        let variables = [("ETCD", etcd.to_string()), ("PEER", peer.to_string())];
        let inside = Enclosed::start(lab, "patroni", &folder, SCRIPT, &variables, || {
            let count = |path: &str| rest.iter().filter(|port| status(**port, path) == Some(200)).count();
            count("/primary") == 1 && count(if synchronous { "/synchronous" } else { "/replica" }) == 2
        })?;
        Ok(Self { members, writers, readers, inside })
    }

    /// What the inventory says of it: readers go to the standbys.
    ///
    /// # Errors
    /// A secret can't be written.
    pub fn target(&self, lab: &Lab, name: &str) -> Result<Target, LabError> {
        self.target_with(lab, name, self.readers)
    }

    /// The same, with the primary as what answers readers too.
    ///
    /// # Errors
    /// As for [`Self::target`].
    pub fn unsplit(&self, lab: &Lab, name: &str) -> Result<Target, LabError> {
        self.target_with(lab, name, self.writers)
    }

    fn target_with(&self, lab: &Lab, name: &str, readers: u16) -> Result<Target, LabError> {
        let members: Vec<(&str, u16)> = NAMES.into_iter().zip(self.members).collect();
        let more = [
            ("config", format!("{}/{{member}}.yml", self.inside.folder.display())),
            ("write", format!("127.0.0.1:{}", self.writers)),
            ("read", format!("127.0.0.1:{readers}")),
        ];
        self.inside.target(lab, name, self.writers, &members, &more)
    }
}
