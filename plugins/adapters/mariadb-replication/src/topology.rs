//! Who belongs together: as the inventory has it.

use crate::Replication;
use touchstone_sdk::adapter::{Entrances, Error, Member, Topology, cluster};

impl Topology for Replication {
    fn members() -> Result<Vec<Member>, Error> {
        cluster::members()
    }

    fn ways_in() -> Result<Entrances, Error> {
        cluster::entrances()
    }

    fn which() -> Result<String, Error> {
        Ok("SELECT CONCAT(@@port, ' ', @@datadir)".into())
    }
}
