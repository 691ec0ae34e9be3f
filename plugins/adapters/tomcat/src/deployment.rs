//! Applications come and go: by the manager where the inventory has its credential, else by the folder that the server
//! watches.

use crate::Tomcat;
use crate::console::consoles;
use crate::place::{bases, file_name, owner};
use touchstone_sdk::adapter::{Deployment, Error, Folder, Said, failed, http, setting, shell};
use touchstone_sdk::http::Exchange;

impl Deployment for Tomcat {
    fn deploy(path: String, archive: Vec<u8>) -> Result<Said, Error> {
        clean_up_later(&path)?;
        on_all(&format!("text/deploy?path={path}"), "PUT", &archive, || drop_archive(&file_name(&path), &archive))
    }

    fn replace(path: String, version: String, archive: Vec<u8>) -> Result<Said, Error> {
        // Parallel deployment: requests go on to the old version until the new one has started.
        let parallel = setting("replace").is_none_or(|how| how != "in-place");
        let command = if parallel {
            format!("text/deploy?path={path}&version={version}")
        } else {
            format!("text/deploy?path={path}&update=true")
        };
        let name = if parallel { format!("{}##{version}", file_name(&path)) } else { file_name(&path) };
        on_all(&command, "PUT", &archive, || drop_archive(&name, &archive))
    }

    fn undeploy(path: String) -> Result<Said, Error> {
        let consoles = consoles();
        if consoles.is_empty() {
            for base in bases()? {
                let shell = shell(base.node.as_deref())?;
                shell.root(remove(&base.path, &file_name(&path)))?.success()?;
            }
            return Ok(Said { accepted: true, words: "removed".into() });
        }
        let mut last = Said { accepted: true, words: "not deployed".into() };
        for console in consoles {
            let list = console.url("text/list");
            let request = http().get(&list).credential(console.credential().as_deref());
            let Exchange::Answered(listed) = request.send()? else {
                return Err(failed(format!("{list} does not answer")));
            };
            // `/app:running:0:app##2`
            for line in String::from_utf8_lossy(&listed.body).lines().filter(|line| line.starts_with(&format!("{path}:"))) {
                let version = line.rsplit(':').next().and_then(|name| name.split_once("##")).map(|(_, version)| version);
                let version = version.map(|version| format!("&version={version}")).unwrap_or_default();
                last = console.ask("GET", &format!("text/undeploy?path={path}{version}"), Vec::new())?;
            }
        }
        Ok(last)
    }

    fn drop_folder() -> Result<Folder, Error> {
        let base = bases()?.into_iter().next();
        let base = base.ok_or_else(|| Error::Unavailable("no node".into()))?;
        Ok(Folder { node: base.node, path: format!("{}/webapps", base.path), owner: Some(owner()) })
    }
}

/// One command to every node's manager; the first refusal counts.
fn on_all(command: &str, method: &str, body: &[u8], without: impl Fn() -> Result<Said, Error>) -> Result<Said, Error> {
    let mut said = None;
    for console in consoles() {
        let answer = console.ask(method, command, body.to_vec())?;
        if !answer.accepted {
            return Ok(answer);
        }
        said = Some(answer);
    }
    match said {
        Some(said) => Ok(said),
        None => without(),
    }
}

fn drop_archive(name: &str, archive: &[u8]) -> Result<Said, Error> {
    for base in bases()? {
        let shell = shell(base.node.as_deref())?;
        let folder = shell.scratch()?;
        shell.write("application.war", archive)?;
        let to = format!("{}/webapps/{name}.war", base.path);
        // Moved within one folder at the end: the server must never see half an archive.
        let (half, owner) = (format!("{}/{name}.part", base.path), owner());
        for argv in
            [vec!["cp", &format!("{folder}/application.war"), &half], vec!["chown", &owner, &half], vec!["mv", "-f", &half, &to]]
        {
            shell.root(argv)?.success()?;
        }
    }
    Ok(Said { accepted: true, words: "dropped".into() })
}

/// Whatever becomes of the check, its application goes; where there is no shell the check's own undeploying must do.
pub(crate) fn clean_up_later(path: &str) -> Result<(), Error> {
    let Ok(bases) = bases() else { return Ok(()) };
    for base in bases {
        let shell = match shell(base.node.as_deref()) {
            Ok(shell) => shell,
            Err(Error::Unavailable(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        shell.undo(remove(&base.path, &file_name(path)))?;
    }
    Ok(())
}

fn remove(base: &str, name: &str) -> Vec<String> {
    let script = "cd \"$1\" && rm -rf -- \"$2.war\" \"$2\" \"$2\"'##'*";
    ["sh", "-c", script, "sh", &format!("{base}/webapps"), name].map(str::to_owned).to_vec()
}
