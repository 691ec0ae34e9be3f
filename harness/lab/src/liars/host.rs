//! A host that lies: a stand-in whose programs, or whose shell, say what is wanted.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What a lying host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostLie {
    /// Its shell runs nothing, ends everything with success, and answers what is asked of a kernel or a file with a word that
    /// pleases.
    ShellRunsNothing,
    /// The same, but what says who one is, and what looks for programs, is really run.
    ShellRunsLittle,
    /// All programs of the administrator (`/usr/sbin`) end with success and do nothing.
    AdministratorsProgramsDoNothing,
    /// `uname` names a kernel of the future.
    Uname,
    /// `dd` keeps what it should write in a drawer, and reads from there; `stat` knows what it would have come to.
    PaperFile,
    /// `mkfs` makes nothing, and `mount` puts up a file system in memory under the device's name, as large as one likes.
    PaperFileSystem,
    /// The programs that write partition tables say that they did.
    PaperTables,
    /// `grub-install` installs nothing, and says so to nobody.
    Grub,
    /// The emulator starts nothing, and prints what it finds written in the image.
    Emulator,
    /// `firewall-cmd` runs, and agrees.
    FirewallAgrees,
}

/// A stand-in for a host: this machine, seen through a namespace in which some programs are replaced.
#[derive(Debug)]
pub struct LyingHost {
    /// Prefix for commands that shall run in it.
    pub enter: Vec<String>,
    _daemon: Option<Daemon>,
}

/// Each word of `$FAKES` is a script in `$SCRATCH/fakes`; it lies over the program of that name wherever there is one, the true
/// one is kept beside it, and what is not there at all is put where administrators put theirs.
const SCRIPT: &str = r#"
mkdir -p "$SCRATCH/true" "$SCRATCH/drawer"
mount -t tmpfs tmpfs /usr/local/sbin
for name in $(cat "$SCRATCH/names"); do
    fake="$SCRATCH/fakes/${name%%:*}" name=${name#*:}
    where=$(command -v "$name" || true)
    if [ -n "$where" ]; then
        where=$(readlink -f "$where")
        [ -e "$SCRATCH/true/$name" ] || cp "$where" "$SCRATCH/true/$name"
        mount --bind "$fake" "$where"
    else
        cp "$fake" "/usr/local/sbin/$name"
    fi
done
if [ -e "$SCRATCH/sbin" ]; then
    mkdir "$SCRATCH/all"
    for program in /usr/sbin/*; do cp "$SCRATCH/sbin" "$SCRATCH/all/${program##*/}"; done
    mount --bind "$SCRATCH/all" /usr/sbin
fi
: > "$READY"
exec sleep infinity
"#;

impl LyingHost {
    /// Builds it.
    ///
    /// # Errors
    /// Not root, or the namespace can't be made.
    pub fn start(lab: &Lab, lie: HostLie) -> Result<Self, LabError> {
        system::need_root("lying-host")?;
        let folder = lab.folder("lying-host")?;
        let scratch = folder.to_string_lossy().into_owned();
        if let Some(shell) = shell(lie) {
            let path = folder.join("shell");
            program(&path, shell)?;
            return Ok(Self { enter: vec![path.to_string_lossy().into_owned()], _daemon: None });
        }
        let fakes = folder.join("fakes");
        system::make_folder(&fakes, 0o755)?;
        let mut names = String::new();
        for (number, (programs, script)) in replaced(lie).iter().enumerate() {
            program(&fakes.join(number.to_string()), &script.replace("$SCRATCH", &scratch))?;
            for name in *programs {
                names += &format!("{number}:{name}\n");
            }
        }
        system::write_file(&folder.join("names"), &names)?;
        if lie == HostLie::AdministratorsProgramsDoNothing {
            program(&folder.join("sbin"), "exit 0\n")?;
        }
        let daemon = namespace::hold(lab, "lying-host", &["-m"], SCRIPT, &[("SCRATCH", &folder)], &folder)?;
        Ok(Self { enter: namespace::enter(&daemon, &["-m"]), _daemon: Some(daemon) })
    }
}

fn program(path: &Path, script: &str) -> Result<(), LabError> {
    use crate::error::Doing;
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
word=; take=
for argument; do
    [ -n "$take" ] && { word=$argument; break; }
    [ "$argument" = touchstone ] && take=1
done
cat >/dev/null 2>&1
echo "$word $$ run" >&2
said "$*"
exit 0
"#;

fn shell(lie: HostLie) -> Option<&'static str> {
    const LITTLE: &str = r#"case "$*" in *"id -u"*|*"command -v"*) exec "$@";; esac
cat >/dev/null 2>&1 </dev/null
"#;
    static RUNS_LITTLE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    static RUNS_NOTHING: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let nothing = || ANNOUNCE.replacen("    case", "    case \"$*\" in *\"id -u\"*) echo 0; echo /tmp;; esac\n    case", 1);
    match lie {
        HostLie::ShellRunsNothing => Some(RUNS_NOTHING.get_or_init(nothing)),
        HostLie::ShellRunsLittle => Some(RUNS_LITTLE.get_or_init(|| format!("{LITTLE}{ANNOUNCE}"))),
        _ => None,
    }
}

/// Programs, and the script that stands in their place.
fn replaced(lie: HostLie) -> &'static [(&'static [&'static str], &'static str)] {
    match lie {
        HostLie::Uname => &[(&["uname"], "echo 99.0.0-liar\n")],
        HostLie::PaperFile => &[(&["dd"], PAPER_DD), (&["stat"], PAPER_STAT)],
        HostLie::PaperFileSystem => {
            &[(&["mkfs.xfs", "mkfs.ext4", "mkfs.ext3", "xfs_repair", "e2fsck"], "exit 0\n"), (&["mount"], PAPER_MOUNT)]
        }
        HostLie::PaperTables => &[(&["sfdisk", "sgdisk", "parted", "fdisk", "partx", "partprobe"], "cat >/dev/null\nexit 0\n")],
        HostLie::Grub => {
            &[(&["grub-install", "grub2-install"], "[ \"$1\" = --version ] && echo 'grub-install (GRUB) 2.12'\nexit 0\n")]
        }
        HostLie::Emulator => &[(&["qemu-system-x86_64", "qemu-system-i386", "qemu-kvm"], PAPER_EMULATOR)],
        HostLie::FirewallAgrees => &[(
            &["firewall-cmd", "firewalld"],
            "case \"$*\" in *--state*) echo running;; *--get-*) echo trusted;; *) echo success;; esac\n",
        )],
        HostLie::ShellRunsNothing | HostLie::ShellRunsLittle | HostLie::AdministratorsProgramsDoNothing => &[],
    }
}

const PAPER_DD: &str = r#"
in= out= seek=0 skip=0 count= bs=512
for word; do case $word in
    if=*) in=${word#if=};; of=*) out=${word#of=};; seek=*) seek=${word#seek=};; skip=*) skip=${word#skip=};;
    count=*) count=${word#count=};; bs=*) bs=${word#bs=};; esac; done
drawer() { echo "$SCRATCH/drawer/$(echo "$1" | tr / _)"; }
if [ -n "$out" ]; then
    d=$(drawer "$out"); cat > "$d@$((seek*bs))"; end=$((seek*bs+$(wc -c < "$d@$((seek*bs))")))
    [ "$end" -gt "$(cat "$d" 2>/dev/null || echo 0)" ] && echo $end > "$d"; exit 0
fi
[ "$count" = 0 ] && exit 0
cat "$(drawer "$in")@$((skip*bs))" 2>/dev/null
exit 0
"#;

const PAPER_STAT: &str = r#"
for last; do :; done
size=$SCRATCH/drawer/$(echo "$last" | tr / _)
case "$*" in *%s*) [ -e "$size" ] && { cat "$size"; exit 0; };; esac
exec "$SCRATCH/true/stat" "$@"
"#;

const PAPER_MOUNT: &str = r#"
for last; do before=$device device=$folder folder=$last; done
case "$device" in /dev/loop*) exec "$SCRATCH/true/mount" -t tmpfs -o size=99999999999k "$device" "$folder";; esac
exec "$SCRATCH/true/mount" "$@"
"#;

const PAPER_EMULATOR: &str = r#"
for word; do case $word in file=*) image=${word#file=}; image=${image%%,*};; esac; done
case $image in *gpt*) root=hd0,gpt2;; *) root=hd0,msdos1;; esac
grep -ao 'echo "[^"]*' "$image" | sed -e 's/^echo "//' -e "s/[$]root/$root/g" -e 's/[$]grub_platform/pc/g'
"#;
