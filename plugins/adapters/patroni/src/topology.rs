//! Who belongs to the cluster: as the inventory has it, for Patroni lists no member that is down for long.

use crate::{Patroni, members};
use touchstone_sdk::adapter::{Entrances, Error, Member, Place, Topology, failed, setting};

impl Topology for Patroni {
    fn members() -> Result<Vec<Member>, Error> {
        Ok(members::all()?.into_iter().map(|(name, place)| Member { name, place }).collect())
    }

    fn ways_in() -> Result<Entrances, Error> {
        let place = |text: &str| members::place_of(text).ok_or_else(|| failed(format!("{text:?} is no host:port")));
        let write = match setting("write") {
            Some(text) => text.split_whitespace().map(place).collect::<Result<_, _>>()?,
            None => vec![Place { host: None, port: None, database: None }],
        };
        let read = setting("read").as_deref().map(place).transpose()?;
        Ok(Entrances { write, read })
    }

    fn which() -> Result<String, Error> {
        Ok("SELECT current_setting('port') || ' ' || current_setting('data_directory')".into())
    }
}
