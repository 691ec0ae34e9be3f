//! Backups of a server that does not run: its files are copied. The server is one made beside the target's.

use crate::Postgresql;
use crate::installation::Installation;
use crate::instance;
use touchstone_sdk::adapter::{Error, Location, Offline, Restored, Running, Said, TakenOffline, scratch_name};

impl Offline for Postgresql {
    fn offered() -> Result<bool, Error> {
        Ok(true)
    }

    fn make(name: String) -> Result<Running, Error> {
        let server = Installation::find()?;
        let folder = instance::prepare(&server, &name)?;
        let data = format!("{folder}/data");
        // Roles and databases are the target's.
        let output = server.client(&["pg_basebackup", "-w", "-D", &data, "-X", "stream", "-c", "fast"], "postgres")?;
        let said = Said { accepted: output.ok(), words: output.said() };
        started(&server, &folder, said)
    }

    fn stop(name: String) -> Result<Said, Error> {
        let server = Installation::find()?;
        let data = format!("{}/data", instance::folder(&name)?);
        let output = server.run(&["pg_ctl", "-D", &data, "-m", "fast", "-t", "60", "-w", "stop"])?;
        Ok(Said { accepted: output.ok(), words: output.said() })
    }

    fn start(name: String) -> Result<Running, Error> {
        let said = Said { accepted: true, words: format!("{name} is started again") };
        started(&Installation::find()?, &instance::folder(&name)?, said)
    }

    fn take(name: String) -> Result<TakenOffline, Error> {
        let server = Installation::find()?;
        let copy = server.folder(&format!("cold{}", scratch_name()))?;
        let output = server.run(&["cp", "-a", &format!("{}/data/.", instance::folder(&name)?), &copy])?;
        let said = Said { accepted: output.ok(), words: output.said() };
        let files = output.ok().then(|| Location { node: None, path: copy.clone() });
        Ok(TakenOffline { said, name: output.ok().then_some(copy), files })
    }

    fn restore(backup: String, name: String) -> Result<Running, Error> {
        let server = Installation::find()?;
        let folder = instance::prepare(&server, &name)?;
        let said = crate::base::lay(&server, &backup, &format!("{folder}/data"))?;
        started(&server, &folder, said)
    }

    fn discard(name: String) -> Result<Said, Error> {
        instance::discard(&Installation::find()?, &name)
    }
}

/// Starts a server on its files, where they are there.
fn started(server: &Installation, folder: &str, said: Said) -> Result<Running, Error> {
    if !said.accepted {
        return Ok(Running { said, place: None });
    }
    let Restored { said, place } = instance::start(server, folder, said)?;
    Ok(Running { said, place })
}
