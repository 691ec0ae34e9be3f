//! A place beside the machine's own installation, where packages come and go: the machine's files under a layer of their own, in
//! namespaces. What is done there changes nothing of the machine, whose own package database, services and data it cannot reach.
//!
//! For systems with apt (Debian and its kin) on Linux with overlayfs.

use super::{Error, Step, Way, failed};
use crate::shell::Shell;

/// Such a place.
pub struct Aside {
    /// Words before a command that is to be run there.
    pub enter: Vec<String>,
}

/// In namespaces of its own: lays the layer over the machine's files, forgets the packages, and stays. What they keep (data,
/// settings) is hidden before, so that it need not be walked through.
const INNER: &str = r#"set -e
home=$1 packages=$2 root=$1/root
shift 2
mount -t overlay overlay -o "lowerdir=/,upperdir=$home/upper,workdir=$home/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
cd "$root/var/lib/dpkg"
forgotten=$(awk -v p="$packages" '$1 == "Package:" && $2 ~ p { print $2 }' status)
awk -v RS= -v ORS='\n\n' -v p="$packages" '{ split($0, w, "[ \n]"); if (w[2] !~ p) print }' status > status.new
for name in $forgotten; do
    for list in info/"$name".list info/"$name":*.list; do
        [ -e "$list" ] || continue
        while read -r path; do [ -d "$root$path" ] || rm -f "$root$path"; done < "$list"
    done
    rm -f info/"$name".* info/"$name":*
done
mv status.new status
# Another installation may be under way outside.
rm -f updates/*
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
: > "$home/ready"
sleep infinity & wait
"#;

/// A character device 0/0 in the layer above means: nothing is here.
const OUTER: &str = r#"set -e
home=$1 scratch=$2
inner=$3
shift 3
chmod 711 "$scratch"
mkdir -p "$home/upper" "$home/work" "$home/root"
packages=$1
shift
for folder; do
    [ -e "$folder" ] || continue
    part=
    for name in $(dirname "$folder" | tr / ' '); do
        part=$part/$name
        [ -d "$home/upper$part" ] || { mkdir "$home/upper$part"; chown --reference="$part" "$home/upper$part"; chmod --reference="$part" "$home/upper$part"; }
    done
    mknod "$home/upper$folder" c 0 0
done
setsid unshare -m -p -f --kill-child --propagation private sh -c "$inner" "$home" "$home" "$packages" > "$home/log" 2>&1 < /dev/null &
n=0
while [ ! -e "$home/ready" ]; do
    kill -0 $! 2> /dev/null && [ $n -lt 600 ] || { tail -n 3 "$home/log" >&2; exit 1; }
    n=$((n + 1))
    sleep 0.1
done
cat "/proc/$!/task/$!/children"
"#;

/// Ends what is held there, known by its folder, and removes the folder.
const END: &str = r#"for each in /proc/[0-9]*; do
    tr '\0' '\n' < "$each/cmdline" 2> /dev/null | grep -qxF -- "$1" || continue
    [ "$(cat "$each/comm" 2> /dev/null)" = unshare ] && kill "${each#/proc/}" && while [ -e "$each" ]; do sleep 0.1; done
done
rm -rf --one-file-system -- "$1" || { sleep 1; rm -rf --one-file-system -- "$1"; }
"#;

impl Aside {
    /// Makes one of that name without the packages whose names fit an extended regular expression, and without those folders.
    pub fn make(shell: &Shell, name: &str, packages: &str, without: &[&str]) -> Result<Self, Error> {
        let scratch = shell.scratch()?;
        let home = format!("{scratch}/{name}");
        shell.undo(["sh", "-c", END, "sh", &home])?;
        let mut words = vec!["sh", "-c", OUTER, "sh", &home, &scratch, INNER, packages];
        words.extend(without);
        let made = shell.command(words).elevated().timeout_s(120).run()?;
        let holder = made.text();
        let holder = holder.trim();
        if !made.ok() || holder.parse::<u32>().is_err() {
            return Err(failed(format!("there is no place for a second installation: {}", made.said())));
        }
        let words = ["nsenter", "-t", holder, "-m", "-p", "chroot", &format!("{home}/root")];
        Ok(Self { enter: words.map(str::to_owned).to_vec() })
    }

    /// A command that is to be run there and asks nothing.
    pub fn step(&self, argv: &[&str]) -> Step {
        silent(self.enter.iter().cloned().chain(argv.iter().map(|word| (*word).to_owned())))
    }
}

/// A step that is answered nothing.
pub fn silent(argv: impl IntoIterator<Item = String>) -> Step {
    Step { argv: argv.into_iter().collect(), stdin: String::new() }
}

/// apt with a list of packages of this run: the machine's own is not touched.
pub struct Packages {
    program: String,
    lists: String,
}

impl Packages {
    /// Reads what the machine's sources offer at present. `program` is apt-get or what stands for it.
    pub fn read(shell: &Shell, program: &str) -> Result<Self, Error> {
        if shell.finds(&["apt-cache"])?.is_none() {
            return Err(failed("this adapter installs by apt, which is not here"));
        }
        let lists = format!("{}/lists", shell.scratch()?);
        shell.undo(["rm", "-rf", "--", &lists])?;
        let copy = "mkdir -p \"$1/partial\" && cp -a /var/lib/apt/lists/. \"$1\"";
        shell.root(["sh", "-c", copy, "sh", &lists])?.success()?;
        let packages = Self { program: program.to_owned(), lists };
        let mut words = packages.words(&[]);
        // Without it, a source that cannot be reached is not an error.
        words.extend(["-o".to_owned(), "APT::Update::Error-Mode=any".to_owned(), "update".to_owned()]);
        let output = shell.command(words).elevated().timeout_s(120).run()?;
        if !output.ok() {
            return Err(failed(format!("the package sources cannot be read: {}", output.said())));
        }
        Ok(packages)
    }

    fn has(&self, shell: &Shell, package: &str) -> Result<bool, Error> {
        let lists = format!("Dir::State::Lists={}", self.lists);
        // One line for each version of each source; what is merely installed is not in it.
        let output = shell.root(["apt-cache", "-o", &lists, "madison", package])?;
        if !output.ok() {
            return Err(failed(format!("the package sources cannot be searched: {}", output.said())));
        }
        Ok(output.lines().iter().any(|line| line.split('|').next().is_some_and(|name| name.trim() == package)))
    }

    /// Ways in which that package can be installed from the sources.
    pub fn ways(&self, shell: &Shell, package: &str) -> Result<Vec<Way>, Error> {
        Ok(if self.has(shell, package)? { vec![Way::CommandLine, Way::Silent] } else { Vec::new() })
    }

    /// Its installation in that way; by command line, apt asks whether to go on.
    pub fn install(&self, aside: &Aside, way: Way, package: &str) -> Step {
        let order = ["--no-install-recommends", "install", package];
        match way {
            Way::Silent => self.step(aside, "noninteractive", &[&["-y"][..], &order].concat()),
            Way::CommandLine => Step { stdin: "y\n".into(), ..self.step(aside, "teletype", &order) },
        }
    }

    /// Removal with all settings, and of what came along.
    pub fn purge(&self, aside: &Aside, packages: &[&str]) -> Step {
        self.step(aside, "noninteractive", &[&["-y", "purge", "--autoremove"][..], packages].concat())
    }

    fn step(&self, aside: &Aside, frontend: &str, order: &[&str]) -> Step {
        let frontend = format!("DEBIAN_FRONTEND={frontend}");
        let words = self.words(order);
        aside.step(&["env", &frontend].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>())
    }

    /// Program and options of an order to it.
    fn words(&self, order: &[&str]) -> Vec<String> {
        let options = [
            format!("Dir::State::Lists={}", self.lists),
            "APT::Sandbox::User=root".to_owned(),
            "Dpkg::Use-Pty=0".to_owned(),
            // The place is thrown away: nothing in it need survive a power failure.
            "Dpkg::Options::=--force-unsafe-io".to_owned(),
        ];
        let mut words = vec![self.program.clone(), "-q".to_owned()];
        words.extend(options.into_iter().flat_map(|option| ["-o".to_owned(), option]));
        words.extend(order.iter().map(|word| (*word).to_owned()));
        words
    }
}
