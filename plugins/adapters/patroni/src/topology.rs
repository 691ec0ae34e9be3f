//! Who belongs to the cluster: as the inventory has it, for Patroni lists no member that is down for long.

use crate::Patroni;
use touchstone_sdk::adapter::{Entrances, Error, Member, Topology, cluster};

impl Topology for Patroni {
    fn members() -> Result<Vec<Member>, Error> {
        cluster::members()
    }

    fn ways_in() -> Result<Entrances, Error> {
        cluster::entrances()
    }

    fn which() -> Result<String, Error> {
        Ok("SELECT current_setting('port') || ' ' || current_setting('data_directory')".into())
    }
}
