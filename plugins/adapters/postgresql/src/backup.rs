//! Physical backups: pgBackRest where the inventory names its configuration, else pg_basebackup.

use crate::installation::Installation;
use crate::repository::Repository;
use crate::{Postgresql, base, instance};
use touchstone_sdk::adapter::{Backup, Error, Kind, Location, Restored, Said, Taken, Until, failed, scratch_name, sql};

impl Backup for Postgresql {
    fn kinds() -> Result<Vec<Kind>, Error> {
        let server = Installation::find()?;
        Ok(match Repository::of(&server) {
            Some(_) => vec![Kind::Full, Kind::SincePrevious, Kind::SinceFull, Kind::Archive],
            None => vec![Kind::Full],
        })
    }

    fn repository() -> Result<Location, Error> {
        let server = Installation::find()?;
        let path = match Repository::of(&server) {
            Some(repository) => repository.folder()?,
            None => server.shell.scratch()?,
        };
        Ok(Location { node: None, path })
    }

    fn take(kind: Kind) -> Result<Taken, Error> {
        let server = Installation::find()?;
        if kind == Kind::Archive {
            return archive(&server);
        }
        let Some(repository) = Repository::of(&server) else {
            return base::take(&server, &format!("base{}", scratch_name()));
        };
        repository.undo()?;
        // pgBackRest calls since-previous "incr" and since-full "diff".
        let kind = match kind {
            Kind::SincePrevious => "--type=incr",
            Kind::SinceFull => "--type=diff",
            Kind::Full | Kind::Archive => "--type=full",
        };
        let note = format!("--annotation=touchstone={}", scratch_name());
        let output = repository.run(&[kind, &note, "--start-fast", "--log-level-console=info", "backup"])?;
        let said = Said { accepted: output.ok(), words: output.said() };
        let label = output.lines().iter().find_map(|line| Some(line.split_once("new backup label = ")?.1.trim().to_owned()));
        let files = match &label {
            Some(label) => Some(Location { node: None, path: format!("{}/{label}", repository.folder()?) }),
            None => None,
        };
        Ok(Taken { said, name: label, files })
    }

    fn moment() -> Result<String, Error> {
        let query = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'";
        Ok(sql("admin")?.scalar(query)?)
    }

    fn verify(set: String) -> Result<Said, Error> {
        let server = Installation::find()?;
        let Some(repository) = Repository::of(&server) else { return base::verify(&server, &set) };
        // It exits with 0 whatever it finds.
        let output = repository.run(&["--output=text", "--verbose", "verify"])?;
        let lines = output.lines();
        let about = format!("backup: {set},");
        let line = lines.iter().find(|line| line.contains(&about));
        let words = line.map_or_else(|| output.said(), |line| line.trim().to_owned());
        Ok(Said { accepted: words.contains("status: valid"), words })
    }

    fn restore(set: String, until: Until, name: String) -> Result<Restored, Error> {
        let server = Installation::find()?;
        let folder = instance::prepare(&server, &name)?;
        let data = format!("{folder}/data");
        let said = match Repository::of(&server) {
            None if matches!(until, Until::Backup) => base::lay(&server, &set, &data)?,
            None => Said { accepted: false, words: "without an archive only the backup itself can be restored".into() },
            Some(repository) => {
                let (path, set) = (format!("--pg1-path={data}"), format!("--set={set}"));
                let until = match until {
                    Until::Backup => vec!["--type=immediate".to_owned(), "--target-action=promote".to_owned()],
                    Until::Archive => vec!["--type=default".to_owned()],
                    Until::Moment(moment) => {
                        vec!["--type=time".to_owned(), format!("--target={moment}"), "--target-action=promote".to_owned()]
                    }
                };
                let mut words = vec![path.as_str(), &set, "--archive-mode=off", "--job-retry=0", "--log-level-console=warn"];
                words.extend(until.iter().map(String::as_str));
                words.push("restore");
                let output = repository.run(&words)?;
                Said { accepted: output.ok(), words: output.said() }
            }
        };
        if !said.accepted {
            return Ok(Restored { said, place: None });
        }
        instance::start(&server, &folder, said)
    }

    fn discard(name: String) -> Result<Said, Error> {
        instance::discard(&Installation::find()?, &name)
    }
}

/// Has the log of changes up to now put away.
fn archive(server: &Installation) -> Result<Taken, Error> {
    let db = sql("admin")?;
    let refused = |words: &str| Taken { said: Said { accepted: false, words: words.to_owned() }, name: None, files: None };
    if db.scalar("SELECT current_setting('archive_mode')")? == "off" {
        return Ok(refused("archive_mode is off"));
    }
    let segment = db.scalar("SELECT pg_walfile_name(pg_switch_wal())")?;
    let put_away = format!("SELECT coalesce(last_archived_wal, '') >= '{segment}' FROM pg_stat_archiver");
    for _ in 0..150 {
        if db.scalar(&put_away)? == "true" {
            return Ok(Taken { said: Said { accepted: true, words: format!("{segment} is put away") }, name: None, files: None });
        }
        server.shell.run(["sleep", "0.2"])?;
    }
    Err(failed(format!("{segment} was not put away within 30 s")))
}
