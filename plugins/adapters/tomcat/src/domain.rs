//! Nodes managed from one place. The product has nothing of the kind; an installation may have a program for it (setting
//! `domain_command`): `members` (a line a node: its name, `up` or `down`), `join NAME PORT`, `start|stop|leave NAME`, `deploy PATH FILE`,
//! `undeploy PATH`, `property NAME [VALUE]`.

use crate::Tomcat;
use touchstone_sdk::adapter::{Domain, DomainMember, Error, Said, setting, shell};
use touchstone_sdk::shell::Output;

/// Nodes may be started anew one after the other.
const PATIENCE_S: u32 = 120;

impl Domain for Tomcat {
    fn members() -> Result<Vec<DomainMember>, Error> {
        let Some(listed) = order(&["members"])? else { return Ok(Vec::new()) };
        let member = |line: String| {
            let (name, state) = line.split_once(' ')?;
            Some(DomainMember { name: name.to_owned(), running: state.trim() == "up" })
        };
        Ok(listed.success()?.lines().into_iter().filter_map(member).collect())
    }

    fn join(name: String, port: u16) -> Result<Said, Error> {
        undo(&["leave", &name])?;
        said(&["join", &name, &port.to_string()])
    }

    fn start(name: String) -> Result<Said, Error> {
        said(&["start", &name])
    }

    fn stop(name: String) -> Result<Said, Error> {
        said(&["stop", &name])
    }

    fn leave(name: String) -> Result<Said, Error> {
        said(&["leave", &name])
    }

    fn deploy(path: String, archive: Vec<u8>) -> Result<Said, Error> {
        undo(&["undeploy", &path])?;
        let shell = shell(None)?;
        let file = format!("{}/application.war", shell.scratch()?);
        shell.write("application.war", &archive)?;
        said(&["deploy", &path, &file])
    }

    fn undeploy(path: String) -> Result<Said, Error> {
        said(&["undeploy", &path])
    }

    fn set_property(name: String, value: Option<String>) -> Result<Said, Error> {
        match value {
            Some(value) => {
                undo(&["property", &name])?;
                said(&["property", &name, &value])
            }
            None => said(&["property", &name]),
        }
    }
}

/// None where the installation has no such program.
fn order(words: &[&str]) -> Result<Option<Output>, Error> {
    let Some(command) = setting("domain_command") else { return Ok(None) };
    let argv = std::iter::once(command.as_str()).chain(words.iter().copied());
    Ok(Some(shell(None)?.command(argv).elevated().timeout_s(PATIENCE_S).run()?))
}

fn said(words: &[&str]) -> Result<Said, Error> {
    Ok(match order(words)? {
        Some(output) => Said { accepted: output.ok(), words: output.said() },
        None => Said { accepted: false, words: "the product has no domain management".into() },
    })
}

fn undo(words: &[&str]) -> Result<(), Error> {
    match setting("domain_command") {
        Some(command) => Ok(shell(None)?.undo(std::iter::once(command.as_str()).chain(words.iter().copied()))?),
        None => Ok(()),
    }
}
