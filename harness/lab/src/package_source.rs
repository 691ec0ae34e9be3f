//! Package sources of the system: this machine with another source than its own.

use crate::process::Daemon;
use crate::{Lab, LabError, namespace, system};
use std::path::Path;

/// What the source is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Signed by a key that the system trusts, made today, with a package.
    Good,
    /// Not signed though the system trusts it, more than a year old, its package's file is gone.
    Poor,
    /// Named by the system, and not there.
    Gone,
}

/// All in a mount namespace: the machine's own settings and keys are covered, not changed.
const SCRIPT: &str = r#"
mount -t tmpfs tmpfs /etc/apt/sources.list.d
mount -t tmpfs tmpfs /etc/apt/trusted.gpg.d
[ ! -e /etc/apt/sources.list ] || mount --bind /dev/null /etc/apt/sources.list
mkdir -p "$SCRATCH/repo" "$SCRATCH/p/DEBIAN" "$SCRATCH/p/opt"
cd "$SCRATCH/repo"
echo touchstone > "$SCRATCH/p/opt/touchstone-tool"
printf 'Package: touchstone-tool\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: a package of the lab\n' \
    > "$SCRATCH/p/DEBIAN/control"
dpkg-deb -b "$SCRATCH/p" touchstone-tool_1.0_all.deb
apt-ftparchive packages . > Packages
apt-ftparchive release . > "$SCRATCH/Release"
case $KIND in
good)
    mv "$SCRATCH/Release" Release
    mkdir -m 700 "$SCRATCH/gpg"
    sign="gpg --batch --quiet --homedir $SCRATCH/gpg --pinentry-mode loopback --passphrase="
    $sign --quick-generate-key lab@example.org rsa2048 sign never
    $sign --clearsign --output InRelease Release
    $sign --export > /etc/apt/trusted.gpg.d/lab.gpg
    gpgconf --homedir "$SCRATCH/gpg" --kill all
    echo "deb file:$SCRATCH/repo ./" > /etc/apt/sources.list.d/lab.list
    ;;
poor)
    sed "s/^Date:.*/Date: $(LC_ALL=C date -u -d '400 days ago' '+%a, %d %b %Y %H:%M:%S UTC')/" "$SCRATCH/Release" > Release
    rm touchstone-tool_1.0_all.deb
    echo "deb [trusted=yes] file:$SCRATCH/repo ./" > /etc/apt/sources.list.d/lab.list
    ;;
gone) echo "deb [trusted=yes] file:$SCRATCH/nowhere ./" > /etc/apt/sources.list.d/lab.list ;;
esac
: > "$READY"
exec sleep infinity
"#;

/// This machine, with one package source.
#[derive(Debug)]
pub struct PackageSource {
    /// Prefix for commands that shall see it.
    pub enter: Vec<String>,
    _daemon: Daemon,
}

impl PackageSource {
    /// Makes it.
    ///
    /// # Errors
    /// Not root, or a package is absent.
    pub fn start(lab: &Lab, kind: SourceKind) -> Result<Self, LabError> {
        system::need_root("package-source")?;
        for program in ["apt-ftparchive", "dpkg-deb", "gpg"] {
            system::program(program)?;
        }
        let name = match kind {
            SourceKind::Good => "good",
            SourceKind::Poor => "poor",
            SourceKind::Gone => "gone",
        };
        let folder = lab.folder("package-source")?;
        let variables = [("SCRATCH", folder.as_path()), ("KIND", Path::new(name))];
        let daemon = namespace::hold(lab, "package-source", &["-m"], SCRIPT, &variables, &folder)?;
        Ok(Self { enter: namespace::enter(&daemon, &["-m"]), _daemon: daemon })
    }
}
