//! Stand-ins for what cannot be had here: their names say so.

use crate::{Lab, LabError, system};
use std::path::PathBuf;
use std::process::Command;

/// This machine with a kernel that seems to lack something: the calls that would use it are refused.
#[derive(Debug)]
pub struct PoorKernelStandIn {
    /// Prefix for commands.
    pub enter: Vec<String>,
}

impl PoorKernelStandIn {
    /// Writes the launcher. `without` is `inet` (neither IPv4 nor IPv6) or `mount` (no file systems).
    ///
    /// # Errors
    /// Python is absent or the file can't be written.
    pub fn start(lab: &Lab, without: &str) -> Result<Self, LabError> {
        let script = lab.folder("poor-kernel-stand-in")?.join("refuse.py");
        system::write_file(&script, include_str!("../engines/refuse.py"))?;
        let python = PathBuf::from("/usr/bin/python3");
        let python = if python.exists() { python } else { system::program("python3")? };
        Ok(Self { enter: vec![python.to_string_lossy().into_owned(), script.to_string_lossy().into_owned(), without.to_owned()] })
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
[ "$1" = -cp ] || exit 64
classes=$2
shift 2
NEWEST
exec JAVA_PATH -cp "$classes:LAUNCHER" Launcher 1.RELEASE "$@"
"#;
/// Class files of later releases are refused, as every release does (The Java Virtual Machine Specification, 4.1).
const REFUSE_LATER: &str = r#"[ "$(od -An -tu1 -j7 -N1 "$classes/$1.class" | tr -d ' ')" -le $((44 + RELEASE)) ] ||
    { echo "java.lang.UnsupportedClassVersionError: $1" >&2; exit 1; }"#;
/// The run-time sets what it calls itself after all options: it is changed before the program begins.
const LAUNCHER: &str = r#"public class Launcher {
    public static void main(String[] words) throws Throwable {
        System.setProperty("java.specification.version", words[0]);
        String[] rest = java.util.Arrays.copyOfRange(words, 2, words.length);
        Class.forName(words[1]).getMethod("main", String[].class).invoke(null, (Object) rest);
    }
}
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
        Self::make(lab, REFUSE_LATER)
    }

    /// One that is old in name only: it runs what no old one would. A liar, not a stand-in.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn in_name_only(lab: &Lab) -> Result<Self, LabError> {
        Self::make(lab, "")
    }

    fn make(lab: &Lab, refuse: &str) -> Result<Self, LabError> {
        let folder = lab.folder("old-java-stand-in")?;
        let resolve = |name: &str| system::program(name).map(|path| path.to_string_lossy().into_owned());
        let (java, javac) = (resolve("java")?, resolve("javac")?);
        let launcher = folder.join("Launcher.java");
        system::write_file(&launcher, LAUNCHER)?;
        system::run(Command::new(&javac).arg("-d").arg(&folder).arg(&launcher))?;
        let place = folder.to_string_lossy().into_owned();
        let write = |folder: PathBuf, name: &str, text: &str, release: &str| {
            system::make_folder(&folder, 0o755)?;
            let text = text
                .replace("NEWEST", refuse)
                .replace("RELEASE", release)
                .replace("LAUNCHER", &place)
                .replace("JAVAC_PATH", &javac)
                .replace("JAVA_PATH", &java);
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
