//! This machine without some of its programs.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};
use std::path::{Path, PathBuf};

/// An empty file that nobody can run is laid over each program.
const SCRIPT: &str = r#"
: > "$SCRATCH/nothing"
chmod 000 "$SCRATCH/nothing"
for program in $PROGRAMS; do
    for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /usr/lib/postgresql/*/bin; do
        [ ! -e "$folder/$program" ] || mount --bind "$SCRATCH/nothing" "$(readlink -f "$folder/$program")"
    done
done
: > "$READY"
exec sleep infinity
"#;

/// This machine, in a namespace where some programs are not there.
#[derive(Debug)]
pub struct Without {
    /// Prefix for commands that shall run in it.
    pub enter: Vec<String>,
    _daemon: Daemon,
}

impl Without {
    /// Hides the programs named.
    ///
    /// # Errors
    /// Not root, or namespaces cannot be made.
    pub fn start(lab: &Lab, programs: &[&str]) -> Result<Self, LabError> {
        system::need_root("without")?;
        let folder = lab.folder("without")?;
        let programs = PathBuf::from(programs.join(" "));
        let variables: [(&str, &Path); 2] = [("SCRATCH", &folder), ("PROGRAMS", &programs)];
        let daemon = namespace::hold(lab, "without", &["-m"], SCRIPT, &variables, &folder)?;
        Ok(Self { enter: namespace::enter(&daemon, &["-m"]), _daemon: daemon })
    }
}
