//! The package manager of the system, tried below a scratch root: its own packages stay as they are.

use touchstone_sdk::prelude::*;

/// What to say to a package manager. Every script has the scratch folder, the package's name and a word as `$1`, `$2`, `$3`, and a number as
/// `$4`.
pub struct Manager {
    pub name: &'static str,
    /// Whose is a file of the running system.
    pub owner: &'static str,
    /// Makes the package `$2` with the word `$3` below folder `$1`; prints its path.
    make: &'static str,
    install: &'static str,
    pub whose: &'static str,
    pub verify: &'static str,
    pub remove: &'static str,
}

/// All with the scratch root `$1/root`.
const DPKG: Manager = Manager {
    name: "dpkg",
    owner: "f=$(command -v dpkg); dpkg -S \"$f\" 2>/dev/null || dpkg -S \"/usr$f\"",
    make: r#"cd "$1" && mkdir -p p/DEBIAN p/opt root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers && : > root/var/lib/dpkg/status && echo "$3-$(($4 * 7))" > p/opt/$2 &&
printf 'Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: scratch package\n' "$2" > p/DEBIAN/control &&
(cd p && md5sum opt/$2 > DEBIAN/md5sums) && chmod -R go-w p && chmod 755 p p/DEBIAN && dpkg-deb -b p "$2.deb" >/dev/null && echo "$1/$2.deb""#,
    install: "dpkg --root=\"$1/root\" --force-not-root --log=/dev/null -i \"$1/$2.deb\"",
    whose: "dpkg-query --admindir=\"$1/root/var/lib/dpkg\" -S \"/opt/$2\"; dpkg-query --admindir=\"$1/root/var/lib/dpkg\" -W -f '${Package} ${Version} ${db:Status-Status}\\n' \"$2\"",
    verify: "dpkg --root=\"$1/root\" --verify \"$2\"",
    remove: "dpkg --root=\"$1/root\" --force-not-root --log=/dev/null --purge \"$2\"",
};

const RPM: Manager = Manager {
    name: "rpm",
    owner: "rpm -qf \"$(command -v rpm)\"",
    make: r#"cd "$1" && mkdir -p root && printf 'Name: %s\nVersion: 1.0\nRelease: 1\nSummary: scratch\nLicense: none\nBuildArch: noarch\n%%description\nscratch package\n%%install\nmkdir -p %%{buildroot}/opt && echo %s > %%{buildroot}/opt/%s\n%%files\n/opt/%s\n' "$2" "$3-$(($4 * 7))" "$2" "$2" > p.spec &&
rpmbuild --quiet -bb --define "_topdir $1/top" --define "_rpmdir $1" --define "_build_name_fmt $2.rpm" --define "debug_package %{nil}" p.spec >/dev/null 2>&1; [ -f "$2.rpm" ] && echo "$1/$2.rpm""#,
    install: "rpm --root \"$1/root\" --nodeps --nosignature --force-debian -i \"$1/$2.rpm\" 2>/dev/null || rpm --root \"$1/root\" --nodeps --nosignature -i \"$1/$2.rpm\"",
    whose: "rpm --root \"$1/root\" -qf \"/opt/$2\"; rpm --root \"$1/root\" -q --qf '%{name} %{version} installed\\n' \"$2\"",
    verify: "rpm --root \"$1/root\" -V --nodeps \"$2\"",
    remove: "rpm --root \"$1/root\" --nodeps -e \"$2\"",
};

/// The system's own manager, and what it says of its own program; the names of others decide nothing.
pub fn of_system(sh: &Shell) -> Result<Option<(Manager, String)>, Stop> {
    for (manager, own) in [(DPKG, "dpkg:"), (RPM, "rpm-")] {
        if sh.finds(&[manager.name])?.is_some() {
            let told = sh.root(["sh", "-c", manager.owner])?.text();
            // A Debian-like system may have rpm as a guest: its records do not hold itself.
            if told.lines().any(|line| line.starts_with(own)) {
                return Ok(Some((manager, told)));
            }
        }
    }
    Ok(None)
}

/// A package made on the spot with one file.
pub struct Scratch<'a> {
    pub sh: &'a Shell,
    /// Scratch folder.
    pub folder: String,
    /// Lower-case letters and digits.
    pub name: String,
    /// What the content of its file begins with.
    pub word: String,
    /// A number from which the target works out the rest.
    pub number: u32,
}

impl Scratch<'_> {
    /// Runs one of the manager's scripts.
    pub fn step(&self, script: &str) -> Result<Output, Stop> {
        let argv = ["sh", "-c", script, "sh", &self.folder, &self.name, &self.word, &self.number.to_string()];
        self.sh.command(argv).elevated().timeout_s(40).run()
    }

    /// Content of its file.
    pub fn content(&self) -> String {
        format!("{}-{}", self.word, u64::from(self.number) * 7)
    }

    /// Its one file, below the scratch root.
    pub fn file(&self) -> String {
        format!("{}/root/opt/{}", self.folder, self.name)
    }

    /// Makes and installs it; what the installer said.
    pub fn install(&self, manager: &Manager) -> Result<Output, Stop> {
        self.sh.helper(&[if manager.name == "dpkg" { "dpkg-deb" } else { "rpmbuild" }])?;
        let made = self.step(manager.make)?;
        if !made.text().contains(&self.name) {
            return inconclusive(say("测试软件包未能制作", format!("the test package could not be made: {}", made.said())));
        }
        self.step(manager.install)
    }
}
