//! Servers made from the installed product: a folder of its own (CATALINA_BASE) and a process on it.

use crate::Tomcat;
use crate::place::{home, owner};
use touchstone_sdk::adapter::{Error, Instance, Lifecycle, Said, Upgrade, Wanted, failed, setting, shell, target};
use touchstone_sdk::context as upgrade;
use touchstone_sdk::shell::Shell;

/// Where the package keeps the configuration that instances share.
const CONFIGURATION: &str = "/etc/tomcat10";

impl Lifecycle for Tomcat {
    fn create(wanted: Wanted) -> Result<Instance, Error> {
        let base = make(&wanted.name, wanted.port, wanted.heap_mib, &home())?;
        Ok(Instance { node: None, applications: format!("{base}/webapps"), home: base })
    }

    fn destroy(name: String) -> Result<Said, Error> {
        let base = base(&name)?;
        let output = shell(None)?.root(end(&base))?;
        Ok(Said { accepted: output.ok(), words: output.said() })
    }
}

impl Upgrade for Tomcat {
    fn versions() -> Result<Vec<String>, Error> {
        Ok(homes().into_iter().map(|(version, _)| version).collect())
    }

    fn create(wanted: upgrade::Wanted, version: String) -> Result<upgrade::Instance, Error> {
        let base = make(&wanted.name, wanted.port, wanted.heap_mib, &home_of(&version)?)?;
        Ok(upgrade::Instance { node: None, applications: format!("{base}/webapps"), home: base })
    }

    fn upgrade(name: String, version: String) -> Result<Said, Error> {
        let (shell, base, home) = (shell(None)?, base(&name)?, home_of(&version)?);
        // What was compiled of pages belongs to the old version.
        let script = "rm -rf -- \"$1/work/\"*";
        let words = [stop(&base), ["sh", "-c", script, "sh", &base].map(str::to_owned).to_vec()];
        for argv in words {
            let output = shell.root(argv)?;
            if !output.ok() {
                return Ok(Said { accepted: false, words: output.said() });
            }
        }
        launch(&shell, &base, &home)?;
        Ok(Said { accepted: true, words: format!("started with {home}") })
    }
}

/// Versions that the installation has beside each other: setting `versions`, `NAME=HOME` with spaces between, oldest first.
fn homes() -> Vec<(String, String)> {
    let pair = |word: &str| word.split_once('=').map(|(version, home)| (version.to_owned(), home.to_owned()));
    setting("versions").unwrap_or_default().split_whitespace().filter_map(pair).collect()
}

fn home_of(version: &str) -> Result<String, Error> {
    let found = homes().into_iter().find(|(known, _)| known == version);
    found.map(|(_, home)| home).ok_or_else(|| Error::Invalid(format!("no version {version}")))
}

/// Makes and starts one; its folder.
fn make(name: &str, port: u16, heap_mib: u32, home: &str) -> Result<String, Error> {
    let shell = shell(None)?;
    let base = base(name)?;
    shell.undo(end(&base))?;
    let script = "set -e; umask 022; mkdir -p \"$1/conf\" \"$1/logs\" \"$1/temp\" \"$1/work\" \"$1/webapps\"; \
                      cp \"$2/web.xml\" \"$2/catalina.properties\" \"$1/conf/\"; \
                      echo 'tomcat.util.scan.StandardJarScanFilter.jarsToSkip=*' >> \"$1/conf/catalina.properties\"; \
                      cat > \"$1/conf/server.xml\"";
    let made = shell.command(["sh", "-c", script, "sh", &base, CONFIGURATION]).stdin(server(port)).elevated().run()?;
    made.success()?;
    let options = format!("-Xmx{heap_mib}m");
    let script = "printf '%s\\n' \"$2\" > \"$1/options\" && chown -R \"$3\" \"$1\"";
    shell.root(["sh", "-c", script, "sh", &base, &options, &owner()])?.success()?;
    launch(&shell, &base, home)?;
    Ok(base)
}

/// Beside the server that the inventory names, so that whoever may write there may write here.
fn base(name: &str) -> Result<String, Error> {
    if name.is_empty() || !name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-') {
        return Err(Error::Invalid(format!("{name:?} is no name of an instance")));
    }
    let folder = setting("instances")
        .ok_or_else(|| Error::Unavailable(format!("{}: settings = {{ instances = \"folder\" }} is missing", target().name)))?;
    Ok(format!("{folder}/{name}"))
}

fn launch(shell: &Shell, base: &str, home: &str) -> Result<(), Error> {
    let user = owner();
    // What the installation prescribes comes last: the last word counts.
    let more = setting("java_options").unwrap_or_default();
    let script = "cd \"$1\" && read -r options < options && \
        setsid setpriv --reuid=\"$3\" --regid=\"$3\" --clear-groups java -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
        $options $4 -Dcatalina.home=\"$2\" -Dcatalina.base=\"$1\" -Djava.io.tmpdir=\"$1/temp\" \
        -classpath \"$2/bin/bootstrap.jar:$2/bin/tomcat-juli.jar\" org.apache.catalina.startup.Bootstrap start \
        >> logs/out.log 2>&1 < /dev/null & echo $! > \"$1/pid\"";
    let started = shell.root(["sh", "-c", script, "sh", base, home, &user, &more])?;
    if started.ok() { Ok(()) } else { Err(failed(started.said())) }
}

/// Ends the process of an instance, and only that.
const STOP: &str = "pid=$(cat \"$1/pid\" 2>/dev/null); \
    mine() { tr '\\0' '\\n' < \"/proc/$pid/cmdline\" 2>/dev/null | grep -qx -- \"-Dcatalina.base=$1\"; }; \
    if [ -n \"$pid\" ] && mine \"$1\"; then kill \"$pid\"; n=0; \
    while mine \"$1\" && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; if mine \"$1\"; then kill -9 \"$pid\"; fi; fi";

fn stop(base: &str) -> Vec<String> {
    ["sh", "-c", STOP, "sh", base].map(str::to_owned).to_vec()
}

/// Ends the process of an instance and removes the instance.
fn end(base: &str) -> Vec<String> {
    let script = format!("{STOP}; rm -rf -- \"$1\"");
    ["sh", "-c", &script, "sh", base].map(str::to_owned).to_vec()
}

fn server(port: u16) -> String {
    format!(
        "<Server port=\"-1\"><Service name=\"Catalina\">\n\
         <Connector port=\"{port}\" address=\"127.0.0.1\" protocol=\"HTTP/1.1\" maxThreads=\"25\" minSpareThreads=\"2\"/>\n\
         <Engine name=\"Catalina\" defaultHost=\"localhost\"><Host name=\"localhost\" appBase=\"webapps\" autoDeploy=\"true\" \
         unpackWARs=\"true\"/></Engine></Service></Server>\n"
    )
}
