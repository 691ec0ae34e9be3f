//! A host that lies: a stand-in whose programs, or whose shell, say what is wanted.

use crate::error::Doing;
use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What each liar's programs do instead of what they should.
const LIES: &str = include_str!("lies.txt");

/// A stand-in for a host: this machine, seen through a namespace in which some programs are replaced, or through a shell that
/// runs nothing.
#[derive(Debug)]
pub struct LyingHost {
    /// Prefix for commands that shall run in it.
    pub enter: Vec<String>,
    _daemon: Option<Daemon>,
}

/// Scripts in `$SCRATCH/fakes` lie over the programs that `$SCRATCH/names` says, wherever these are; the true ones are kept
/// beside, and what is not there at all is put where administrators put theirs. All is looked up before anything is replaced.
const SCRIPT: &str = r#"
mkdir -p "$SCRATCH/true" "$SCRATCH/drawer"
mount -t tmpfs tmpfs /usr/local/sbin
cp "$(command -v mount)" "$SCRATCH/mount"
cp "$(command -v sleep)" "$SCRATCH/sleep"
: > "$SCRATCH/plan"
everywhere() { # the programs of that name, by their own paths, wherever the caller would find them
    echo "$CALLER:/usr/local/sbin:/usr/local/bin:$PATH" | tr : '\n' | while read -r folder; do
        [ ! -f "$folder/$1" ] || [ ! -x "$folder/$1" ] || readlink -f "$folder/$1"
    done | sort -u
}
while IFS=: read -r fake name; do
    where=$(command -v "$name" || true)
    if [ "$name" = '(sbin)' ]; then
        mkdir "$SCRATCH/all"
        for program in /usr/sbin/*; do cp "$SCRATCH/fakes/$fake" "$SCRATCH/all/${program##*/}"; done
        echo "all /usr/sbin" >> "$SCRATCH/plan"
    elif [ "$name" = '(before)' ]; then
        "$SCRATCH/fakes/$fake"
    elif [ -n "$where" ]; then
        [ -e "$SCRATCH/true/$name" ] || cp "$where" "$SCRATCH/true/$name"
        everywhere "$name" | sed "s|^|fakes/$fake |" >> "$SCRATCH/plan"
    else
        cp "$SCRATCH/fakes/$fake" "/usr/local/sbin/$name"
    fi
done < "$SCRATCH/names"
while read -r fake where; do "$SCRATCH/mount" --bind "$SCRATCH/$fake" "$where"; done < "$SCRATCH/plan"
: > "$READY"
exec "$SCRATCH/sleep" infinity
"#;

/// The names of all hosts that lie by their programs.
pub fn lying_hosts() -> impl Iterator<Item = &'static str> {
    let mut before = "";
    sections().filter_map(move |section| (section.host != std::mem::replace(&mut before, section.host)).then_some(section.host))
}

/// A script, and the programs over which it lies.
#[derive(Debug)]
struct Section {
    host: &'static str,
    programs: &'static str,
    script: &'static str,
}

fn sections() -> impl Iterator<Item = Section> {
    LIES.split("\n== ").skip(1).filter_map(|section| {
        let (head, script) = section.split_once('\n')?;
        let (host, programs) = head.split_once(": ")?;
        Some(Section { host, programs, script })
    })
}

impl LyingHost {
    /// Builds the one of that name, of [`lying_hosts`]; or `shell-runs-nothing`, whose shell runs nothing, ends everything with
    /// success and answers what is asked of a kernel or a file with a word that pleases; or `shell-runs-little`, whose shell
    /// really runs what says who one is and what looks for programs; or `shell-repeats`, which does the same but answers every
    /// command with what the harness expected of another one; or `rehearsed`, which does what it is told by the first run, and
    /// from the next one on says what was said then, with the new names in the place of the old ones, and does nothing.
    ///
    /// # Errors
    /// There is no such liar, not root, or the namespace can't be made.
    pub fn start(lab: &Lab, name: &str) -> Result<Self, LabError> {
        system::need_root("lying-host")?;
        let folder = lab.folder("lying-host")?;
        if name == "rehearsed" {
            let script = folder.join("rehearsed.py");
            system::write_file(&script, include_str!("../../engines/rehearsed.py"))?;
            let words = [system::program("python3")?, script, folder];
            return Ok(Self { enter: words.map(|word| word.to_string_lossy().into_owned()).to_vec(), _daemon: None });
        }
        if let Some(shell) = shell(name) {
            let path = folder.join("shell");
            program(&path, &shell)?;
            return Ok(Self { enter: vec![path.to_string_lossy().into_owned()], _daemon: None });
        }
        let fakes = folder.join("fakes");
        system::make_folder(&fakes, 0o755)?;
        let mut names = String::new();
        for (number, section) in sections().filter(|section| section.host == name).enumerate() {
            program(&fakes.join(number.to_string()), &section.script.replace("$SCRATCH", &folder.to_string_lossy()))?;
            for replaced in section.programs.split(' ') {
                names += &format!("{number}:{replaced}\n");
            }
        }
        if names.is_empty() {
            return Err(LabError::Unable { service: name.to_owned(), reason: "lies.txt has no such liar".to_owned() });
        }
        system::write_file(&folder.join("names"), &names)?;
        let caller = std::env::var_os("PATH").unwrap_or_default();
        let variables = [("SCRATCH", folder.as_path()), ("CALLER", Path::new(&caller))];
        let daemon = namespace::hold(lab, name, &["-m"], SCRIPT, &variables, &folder)?;
        Ok(Self { enter: namespace::enter(&daemon, &["-m"]), _daemon: Some(daemon) })
    }
}

fn program(path: &Path, script: &str) -> Result<(), LabError> {
    system::write_file(path, &format!("#!/bin/sh\n{script}"))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).doing(|| format!("opening {}", path.display()))
}

/// It stands before every command; the harness's own wrapper is among its arguments, with the word by which the program
/// behind it is announced.
const ANNOUNCE: &str = r#"
said() {
    case "$*" in
        *"uname -r"*) echo 99.0.0-liar;;
        *"stat -f"*) echo 4096 99999999999;;
        *stat*) echo 99999999999999;;
        *losetup*) echo /dev/loop9;;
        *"firewall-cmd --state"*) echo running;;
        *osrelease*) echo 99.0.0-liar;;
        *"/proc/version"*) echo "Linux version 99.0.0-liar";;
        *"command -v"*) echo /usr/bin/true;;
    esac
}
all=$*
while [ $# -gt 0 ] && [ "$1" != touchstone ]; do shift; done
cat >/dev/null 2>&1
echo "$2x$(PRODUCT) $$ run" >&2
set -- "$all"
said "$*"
exit 0
"#;

fn shell(name: &str) -> Option<String> {
    const LITTLE: &str = r#"case "$*" in *"id -u"*|*"command -v"*) exec "$@";; esac
cat >/dev/null 2>&1 </dev/null
"#;
    match name {
        "shell-runs-nothing" => Some(
            ANNOUNCE
                .replacen("    case", "    case \"$*\" in *\"id -u\"*) echo 0; echo /tmp;; esac\n    case", 1)
                .replace("PRODUCT", "echo $(($3 * $4))"),
        ),
        "shell-runs-little" => Some(format!("{LITTLE}{}", ANNOUNCE.replace("PRODUCT", "echo $(($3 * $4))"))),
        "shell-repeats" => Some(format!("{LITTLE}{}", ANNOUNCE.replace("PRODUCT", "echo 300155072"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{lying_hosts, sections};

    #[test]
    fn every_section_is_a_script_over_programs() {
        assert!(sections().count() > 40);
        for section in sections() {
            let programs = section.programs.split(' ').all(|name| !name.is_empty() && !name.contains('/'));
            assert!(programs && !section.script.trim().is_empty(), "{section:?}");
        }
        let names: Vec<_> = lying_hosts().collect();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), unique.len(), "sections of one host stand together: {names:?}");
    }
}
