//! A single table from a physical backup: the backup becomes an instance beside, and the table's rows come from there. The product has no
//! command for it, so this is offered only where whoever operates the server declares it. Tablespaces cannot be restored by themselves.

use crate::Postgresql;
use crate::installation::Installation;
use crate::instance;
use touchstone_sdk::adapter::{
    Backup, Error, Kind, Parts, PhysicalPart, Said, Taken, TakenPart, Until, failed, scratch_name, setting,
};

impl Parts for Postgresql {
    fn offered() -> Result<Vec<PhysicalPart>, Error> {
        match setting("table_restore").as_deref() {
            None => Ok(Vec::new()),
            Some("side-instance") => Ok(vec![PhysicalPart::Table]),
            Some(other) => Err(failed(format!("table_restore = {other:?}: it must be side-instance, or absent"))),
        }
    }

    fn take(_: PhysicalPart, _: String) -> Result<TakenPart, Error> {
        let Taken { said, name, files } = <Self as Backup>::take(Kind::Full)?;
        Ok(TakenPart { said, name, files })
    }

    fn bring_back(set: String, _: PhysicalPart, name: String) -> Result<Said, Error> {
        let server = Installation::find()?;
        let side = format!("{}s1", scratch_name());
        let restored = <Self as Backup>::restore(set, Until::Backup, side.clone())?;
        let Some(port) = restored.place.and_then(|place| place.port) else { return Ok(restored.said) };
        let home = instance::folder(&side)?;
        // Everything is there before the first row is taken away, and rows go and come in one transaction.
        let script = "set -e; cd \"$1\"; pg_dump -w -Fc -a -h \"$1\" -p \"$2\" -d \"$3\" --table=\"$4\" --file=part; : > rows; \
                      pg_restore -a --table=\"${4##*.}\" --file=rows part; { echo \"TRUNCATE $4;\"; cat rows; } > part.sql; \
                      psql -X -q -w -1 -v ON_ERROR_STOP=1 -d \"$3\" -f part.sql";
        let words = ["sh", "-c", script, "sh", &home, &port.to_string(), &server.database, &name];
        let output = server.client(&words, &server.database)?;
        instance::discard(&server, &side)?;
        Ok(Said { accepted: output.ok(), words: output.said() })
    }
}
