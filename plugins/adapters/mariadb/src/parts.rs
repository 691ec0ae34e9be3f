//! A table's tablespace from a full backup: mariadb-backup --prepare --export, ALTER TABLE .. DISCARD and IMPORT TABLESPACE. Tables that lie
//! in the system tablespace (innodb_file_per_table = 0) have none of their own.

use crate::Mariadb;
use crate::server::Server;
use touchstone_sdk::adapter::{Backup, Error, Kind, Parts, PhysicalPart, Said, Taken, TakenPart, failed, sql};

impl Parts for Mariadb {
    fn offered() -> Result<Vec<PhysicalPart>, Error> {
        let own = sql("admin")?.scalar("SELECT @@innodb_file_per_table")? == "1";
        Ok(if own { vec![PhysicalPart::Tablespace, PhysicalPart::Table] } else { Vec::new() })
    }

    fn take(_: PhysicalPart, _: String) -> Result<TakenPart, Error> {
        let Taken { said, name, files } = <Self as Backup>::take(Kind::Full)?;
        Ok(TakenPart { said, name, files })
    }

    fn bring_back(set: String, part: PhysicalPart, name: String) -> Result<Said, Error> {
        let server = Server::find()?;
        let (database, table) = match part {
            // A tablespace is named after the table that it holds.
            PhysicalPart::Tablespace => {
                name.split_once('/').ok_or_else(|| failed(format!("{name} is no tablespace of a table")))?
            }
            PhysicalPart::Table => name.split_once('.').unwrap_or((server.database.as_str(), name.as_str())),
        };
        let export = format!("{}/export", server.shell.scratch()?);
        server.shell.undo(["rm", "-rf", "--", &export])?;
        let from = format!("{}/{set}", crate::backup::folder(&server)?);
        let script = "set -e; rm -rf \"$2\"; cp -a \"$1\" \"$2\"; mariadb-backup --no-defaults --prepare --export --target-dir=\"$2\"; \
                      ls \"$2/$3.ibd\" \"$2/$3.cfg\"";
        let output = server.shell.command(["sh", "-c", script, "sh", &from, &export, &format!("{database}/{table}")]);
        let output = output.elevated().timeout_s(600).run()?;
        if !output.ok() {
            return Ok(server.said(&output));
        }
        let files = format!("{}/{database}/{table}", server.data.trim_end_matches('/'));
        // The description is there only between the two statements; then the files belong to no table yet.
        let back = "if [ -e \"$1.cfg\" ]; then rm -f -- \"$1.cfg\" \"$1.ibd\"; fi";
        server.shell.undo(["sh", "-c", back, "sh", &files])?;
        let db = sql("admin")?;
        db.setup(&format!("ALTER TABLE `{database}`.`{table}` DISCARD TABLESPACE"))?;
        let lay = "set -e; for kind in cfg ibd; do cp -p \"$1.$kind\" \"$2.$kind\"; chown \"$3:$3\" \"$2.$kind\"; done";
        let exported = format!("{export}/{database}/{table}");
        server.shell.root(["sh", "-c", lay, "sh", &exported, &files, &server.owner])?.success()?;
        db.setup(&format!("ALTER TABLE `{database}`.`{table}` IMPORT TABLESPACE"))?;
        server.shell.root(["rm", "-f", "--", &format!("{files}.cfg")])?;
        Ok(Said { accepted: true, words: format!("{database}/{table} is imported") })
    }
}
