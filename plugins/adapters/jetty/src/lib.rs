//! What is particular to Eclipse Jetty: it watches a folder, and has no console.
//!
//! Settings of the inventory: `base` (jetty.base on the node), `owner` (user that the server runs as, default jetty).
#![forbid(unsafe_code)]

use touchstone_sdk::adapter::{Deployment, Endpoint, Endpoints, Error, Folder, Said, setting, shell, target};
use touchstone_sdk::check::Need;

struct Jetty;

touchstone_sdk::adapter!(
    Jetty,
    "jetty",
    "Eclipse Jetty 应用服务器",
    "Eclipse Jetty application server",
    [Need::Shell],
    [endpoints, deployment]
);

impl Endpoints for Jetty {
    fn list() -> Result<Vec<Endpoint>, Error> {
        Ok(target().endpoints)
    }
}

impl Deployment for Jetty {
    fn deploy(path: String, archive: Vec<u8>) -> Result<Said, Error> {
        shell(None)?.undo(remove(&path)?)?;
        drop_archive(&path, &archive)
    }

    fn replace(path: String, _version: String, archive: Vec<u8>) -> Result<Said, Error> {
        drop_archive(&path, &archive)
    }

    fn undeploy(path: String) -> Result<Said, Error> {
        let output = shell(None)?.root(remove(&path)?)?;
        Ok(Said { accepted: output.ok(), words: output.said() })
    }

    fn drop_folder() -> Result<Folder, Error> {
        Ok(Folder { node: None, path: webapps()?, owner: Some(owner()) })
    }
}

fn drop_archive(path: &str, archive: &[u8]) -> Result<Said, Error> {
    let (shell, webapps, name) = (shell(None)?, webapps()?, file_name(path));
    let folder = shell.scratch()?;
    shell.write("application.war", archive)?;
    // The scanner must never see half an archive: it is moved within one folder at the end.
    let half = format!("{webapps}/.{name}.part");
    for argv in [
        vec!["cp".to_owned(), format!("{folder}/application.war"), half.clone()],
        vec!["chown".to_owned(), owner(), half.clone()],
        vec!["mv".to_owned(), "-f".to_owned(), half.clone(), format!("{webapps}/{name}.war")],
    ] {
        shell.root(argv)?.success()?;
    }
    Ok(Said { accepted: true, words: "dropped".into() })
}

fn remove(path: &str) -> Result<Vec<String>, Error> {
    let (webapps, name) = (webapps()?, file_name(path));
    Ok(["rm", "-rf", "--", &format!("{webapps}/{name}.war"), &format!("{webapps}/{name}")].map(str::to_owned).to_vec())
}

fn webapps() -> Result<String, Error> {
    let missing = "the inventory does not say where the server's folder is: settings = { base = \"...\" }";
    Ok(format!("{}/webapps", setting("base").ok_or_else(|| Error::Unavailable(missing.into()))?))
}

fn owner() -> String {
    setting("owner").unwrap_or_else(|| "jetty".into())
}

fn file_name(path: &str) -> &str {
    match path.trim_matches('/') {
        "" => "root",
        name => name,
    }
}
