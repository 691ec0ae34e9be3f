//! Scratch folders and the files in them. The same few lines of POSIX shell serve every transport.

use super::command::{Command, Output, Status};
use super::node::Node;
use super::wrapper::CHECK_MARKER;
use crate::ProbeError;

const MAKE: &str = r#"umask 077; mkdir -m 700 "$1""#;
const REMOVE: &str = r#"rm -rf "$1"; [ ! -e "$1" ] && [ ! -L "$1" ]"#;

/// Walks to the folder of file `$2` below folder `$1`, through no symbolic link; `$1` may make folders on its way.
const WALK: &str = r#"umask 077; s=$1 f=$2 m=$3
[ -d "$s" ] && [ ! -L "$s" ] && cd "$s" || exit 91
while :; do case $f in */*) ;; *) break;; esac
c=${f%%/*}; f=${f#*/}
[ -L "./$c" ] && exit 92
if [ ! -d "./$c" ]; then [ "$m" = make ] || exit 94; mkdir "./$c" || exit 93; fi
cd "./$c" || exit 93
done
[ -L "./$f" ] && exit 92
"#;
const WRITE: &str = r#"[ -e "./$f" ] && [ ! -f "./$f" ] && exit 92
cat > "./$f" || exit 93"#;
const READ: &str = r#"[ -f "./$f" ] || exit 94
head -c "$3" "./$f" || exit 93"#;

const PREFIX: &str = "touchstone-";

impl Node {
    /// Where [`Self::make_scratch`] will make the folder of that name: known beforehand, so that its removal can be
    /// registered before it is made.
    ///
    /// # Errors
    /// `name` is not made of letters, digits and hyphens.
    pub fn scratch_path(&self, name: &str) -> Result<String, ProbeError> {
        if !is_name(name) {
            return Err(ProbeError::Invalid(format!("{name:?} is no name for a scratch folder")));
        }
        Ok(format!("{}/{PREFIX}{name}", self.inner.temp))
    }

    /// Makes a new folder that only its owner may enter, and returns its absolute path.
    ///
    /// # Errors
    /// Something of that name is there already (whatever it is), or it cannot be made.
    pub async fn make_scratch(&self, name: &str) -> Result<String, ProbeError> {
        let path = self.scratch_path(name)?;
        let mut command = Command::new(["/bin/sh", "-c", MAKE, "touchstone", &path]);
        // Found like the check's own commands, should the harness be killed while it is on its way.
        command.env.push((CHECK_MARKER.to_owned(), name.to_owned()));
        let output = self.run(command).await?;
        match output.status {
            Status::Exited(0) => Ok(path),
            _ => Err(failed("making", &path, &output)),
        }
    }

    /// Removes a scratch folder and all in it; nothing there is fine.
    ///
    /// # Errors
    /// `path` is no scratch folder of this node, or something of it is still there.
    pub async fn remove_scratch(&self, path: &str) -> Result<(), ProbeError> {
        self.check_scratch(path)?;
        let mut command = Command::new(["/bin/sh", "-c", REMOVE, "touchstone", path]);
        let mut output = self.run(command.clone()).await?;
        if output.status != Status::Exited(0) && self.can_elevate() {
            // Elevated commands may have left files there that are not ours.
            command.elevated = true;
            output = self.run(command).await?;
        }
        match output.status {
            Status::Exited(0) => Ok(()),
            _ => Err(failed("removing", path, &output)),
        }
    }

    /// Writes a file of a scratch folder; `name` is relative, and folders in it are made.
    ///
    /// # Errors
    /// `name` leads out of the folder, through a symbolic link or to something that is no file; or writing failed.
    pub async fn write_file(&self, scratch: &str, name: &str, content: &[u8]) -> Result<(), ProbeError> {
        self.check_scratch(scratch)?;
        check_file(name)?;
        let script = format!("{WALK}{WRITE}");
        let mut command = Command::new(["/bin/sh", "-c", &script, "touchstone", scratch, name, "make"]);
        command.stdin = content.to_vec();
        let output = self.run(command).await?;
        match output.status {
            Status::Exited(0) => Ok(()),
            _ => Err(failed("writing", name, &output)),
        }
    }

    /// Reads a whole file of a scratch folder.
    ///
    /// # Errors
    /// As for writing; `no-such-file` when there is none; [`ProbeError::Limit`] when it is longer than `limit` bytes.
    pub async fn read_file(&self, scratch: &str, name: &str, limit: usize) -> Result<Vec<u8>, ProbeError> {
        self.check_scratch(scratch)?;
        check_file(name)?;
        let script = format!("{WALK}{READ}");
        let one_more = limit.saturating_add(1);
        let mut command = Command::new(["/bin/sh", "-c", &script, "touchstone", scratch, name, &one_more.to_string()]);
        command.output_limit = one_more;
        let output = self.run(command).await?;
        match output.status {
            Status::Exited(0) if output.stdout.len() > limit => {
                Err(ProbeError::Limit(format!("the file {name} is longer than {limit} bytes")))
            }
            Status::Exited(0) => Ok(output.stdout),
            _ => Err(failed("reading", name, &output)),
        }
    }

    fn check_scratch(&self, path: &str) -> Result<(), ProbeError> {
        let name = path.strip_prefix(self.inner.temp.as_str()).and_then(|rest| rest.strip_prefix('/')?.strip_prefix(PREFIX));
        match name {
            Some(name) if is_name(name) => Ok(()),
            _ => Err(ProbeError::Denied(format!("{path:?} is no scratch folder of node {}", self.name()))),
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn check_file(name: &str) -> Result<(), ProbeError> {
    if name.contains('\0') || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(ProbeError::Denied(format!("{name:?} is no name of a file within the scratch folder")));
    }
    Ok(())
}

fn failed(doing: &str, what: &str, output: &Output) -> ProbeError {
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status {
        Status::Exited(91) => ProbeError::Unavailable("the scratch folder is not there".to_owned()),
        Status::Exited(92) => ProbeError::Denied(format!("{what:?} leads through a symbolic link or to no file")),
        Status::Exited(94) => ProbeError::other("no-such-file", format!("no file {what:?} in the scratch folder")),
        Status::TimedOut => ProbeError::TimedOut(format!("{doing} {what}")),
        status => ProbeError::other("scratch", format!("{doing} {what}: {words} ({status:?})")),
    }
}
