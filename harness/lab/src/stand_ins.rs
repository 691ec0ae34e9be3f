//! Stand-ins for what cannot be had here: their names say so.

use crate::{Lab, LabError, system};
use std::path::PathBuf;

/// This machine with a kernel that seems to have neither IPv4 nor IPv6: such sockets are refused.
#[derive(Debug)]
pub struct NoInetStandIn {
    /// Prefix for commands.
    pub enter: Vec<String>,
}

impl NoInetStandIn {
    /// Writes the launcher.
    ///
    /// # Errors
    /// Python is absent or the file can't be written.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let script = lab.folder("no-inet-stand-in")?.join("no_inet.py");
        system::write_file(&script, include_str!("../engines/no_inet.py"))?;
        let python = PathBuf::from("/usr/bin/python3");
        let python = if python.exists() { python } else { system::program("python3")? };
        Ok(Self { enter: vec![python.to_string_lossy().into_owned(), script.to_string_lossy().into_owned()] })
    }
}

/// Java environments of releases that no longer can be had, and GCC's Java compiler: this machine's Java told to behave like
/// each. What they compile is of the old release; what runs it only says so.
#[derive(Debug)]
pub struct OldJavaStandIn {
    /// Prefix for commands.
    pub enter: Vec<String>,
    /// The environments' folders, separated by spaces.
    pub homes: String,
}

const JAVA: &str = r#"#!/bin/sh
[ "$*" != -version ] || { echo 'openjdk version "1.RELEASE.0_stand-in"' >&2; exit 0; }
exec JAVA_PATH -Djava.specification.version=1.RELEASE -Djava.version=1.RELEASE.0_stand-in "$@"
"#;
const JAVAC: &str = "#!/bin/sh\nexec JAVAC_PATH -Xlint:-options --release RELEASE \"$@\"\n";
const GCJ: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do case $1 in --main=*) main=${1#--main=} ;; -o) out=$2; shift ;; *) text=$1 ;; esac; shift; done
JAVAC_PATH -d "$out.classes" "$text" || exit 1
printf '#!/bin/sh\nexec JAVA_PATH -cp "%s" %s "$@"\n' "$out.classes" "$main" > "$out" && chmod 755 "$out"
"#;

impl OldJavaStandIn {
    /// Writes the wrappers.
    ///
    /// # Errors
    /// No Java compiler here, or the files can't be written.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let folder = lab.folder("old-java-stand-in")?;
        let resolve = |name: &str| system::program(name).map(|path| path.to_string_lossy().into_owned());
        let (java, javac) = (resolve("java")?, resolve("javac")?);
        let write = |folder: PathBuf, name: &str, text: &str, release: &str| {
            system::make_folder(&folder, 0o755)?;
            let text = text.replace("RELEASE", release).replace("JAVAC_PATH", &javac).replace("JAVA_PATH", &java);
            let path = folder.join(name);
            system::write_file(&path, &text)?;
            system::make_executable(&path)
        };
        let mut homes = Vec::new();
        for release in ["7", "8"] {
            let home = folder.join(format!("java-{release}-stand-in"));
            write(home.join("bin"), "java", JAVA, release)?;
            write(home.join("bin"), "javac", JAVAC, release)?;
            homes.push(home.to_string_lossy().into_owned());
        }
        write(folder.join("bin"), "gcj", GCJ, "8")?;
        let path = format!("PATH={}:{}", folder.join("bin").display(), system::SERVICE_PATH);
        Ok(Self { enter: vec!["env".to_owned(), path], homes: homes.join(" ") })
    }
}
