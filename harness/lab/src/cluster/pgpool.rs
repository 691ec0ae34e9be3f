//! A PostgreSQL primary with a synchronous standby, and Pgpool-II before them: one entrance, which sends reads to the standby; and a second
//! one, which sends everything to the primary.

use super::{Enclosed, pair};
use crate::inventory::Target;
use crate::{Lab, LabError, system};
use std::path::Path;

/// A commit is acknowledged when the standby shows it.
const SCRIPT: &str = r#"
as psql -XAtq -h 127.0.0.1 -p "$A" -U postgres -c "ALTER SYSTEM SET synchronous_standby_names = '*'" -c "ALTER SYSTEM SET synchronous_commit = remote_apply" \
    -c 'SELECT pg_reload_conf()' >/dev/null
until [ "$(as psql -XAtq -h 127.0.0.1 -p "$A" -U postgres -c 'SELECT count(*) FROM pg_stat_replication WHERE sync_state = '"'sync'")" = 1 ]; do sleep 0.1; done
for front in split unsplit; do
    as mkdir -p "$R/$front"
    as touch "$R/$front/pcp.conf"
    keep $front pgpool -n -f "$R/$front.conf" -F "$R/$front/pcp.conf" &
done
for port in $SPLIT $UNSPLIT; do
    until as psql -XAtq -h 127.0.0.1 -p $port -U postgres -d postgres -c 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
done
: > "$R/ready"
while :; do wait; sleep 1; done
"#;

/// Two servers and two entrances.
#[derive(Debug)]
pub struct Pgpool {
    /// Port of each server.
    pub members: [u16; 2],
    /// Port of the entrance that splits.
    pub split: u16,
    /// Port of the one that does not.
    pub unsplit: u16,
    inside: Enclosed,
}

impl Pgpool {
    /// Starts all.
    ///
    /// # Errors
    /// Not root, a package is absent, or they do not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        system::program("pgpool")?;
        let folder = lab.folder("pgpool")?;
        let members = [lab.free_port()?, lab.free_port()?];
        let (split, unsplit) = (lab.free_port()?, lab.free_port()?);
        for (name, port, splits) in [("split", split, "on"), ("unsplit", unsplit, "off")] {
            let text = configuration(&folder.join(name), members, port, lab.free_port()?, splits);
            system::write_file(&folder.join(format!("{name}.conf")), &text)?;
        }
        let variables = [
            ("A", members[0].to_string()),
            ("B", members[1].to_string()),
            ("KIND", "synchronous".to_owned()),
            ("SPLIT", split.to_string()),
            ("UNSPLIT", unsplit.to_string()),
        ];
        let ready = folder.join("ready");
        let script = format!("{}{SCRIPT}", pair::BOTH);
        let inside = Enclosed::start(lab, "pgpool", &folder, &script, &variables, || ready.exists())?;
        Ok(Self { members, split, unsplit, inside })
    }

    /// What the inventory says of it: one entrance for all.
    ///
    /// # Errors
    /// A secret can't be written.
    pub fn targets(&self, lab: &Lab) -> Result<Vec<Target>, LabError> {
        let [a, b] = self.members;
        let one = |name: &str, port: u16| {
            self.inside.target(lab, name, port, &[("a", a), ("b", b)], &[("write", format!("127.0.0.1:{port}"))])
        };
        Ok(vec![one("pgpool", self.split)?, one("pgpool-unsplit", self.unsplit)?])
    }
}

fn configuration(folder: &Path, [a, b]: [u16; 2], port: u16, control: u16, splits: &str) -> String {
    let folder = folder.display();
    format!(
        "backend_clustering_mode = 'streaming_replication'\nlisten_addresses = '127.0.0.1'\nport = {port}\nsocket_dir = '{folder}'\n\
         pcp_listen_addresses = '127.0.0.1'\npcp_port = {control}\npcp_socket_dir = '{folder}'\npid_file_name = '{folder}/pid'\n\
         logdir = '{folder}'\nwork_dir = '{folder}'\nbackend_hostname0 = '127.0.0.1'\nbackend_port0 = {a}\nbackend_weight0 = 0\n\
         backend_hostname1 = '127.0.0.1'\nbackend_port1 = {b}\nbackend_weight1 = 1\nload_balance_mode = {splits}\n\
         disable_load_balance_on_write = 'transaction'\nnum_init_children = 32\nenable_pool_hba = off\nsr_check_user = 'postgres'\n\
         sr_check_database = 'postgres'\nsr_check_period = 1\nhealth_check_period = 0\n"
    )
}
