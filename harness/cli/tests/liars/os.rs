//! Hosts that lie: this machine, with some programs, or its shell, replaced.

use crate::{Area, Liar, Stage, contradicted, distrusted};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{LyingHost, lying_hosts};
use touchstone_lab::{Lab, OldJavaStandIn, OldKernelStandIn};

pub const AREA: Area = Area { liars: LIARS, general: &GENERAL, stage };

/// Shells to which every check is put. One that repeats makes every command wait for its time limit: a row of its own is enough.
const GENERAL: [&str; 2] = ["shell-runs-nothing", "shell-runs-little"];

/// Liars by their shell, not by their programs.
const SHELLS: [&str; 3] = ["shell-runs-nothing", "shell-runs-little", "shell-repeats"];

/// A shell that was shown a true run, and repeats it with the new names in the place of the old ones.
pub const REHEARSED: &str = "rehearsed";

/// What it deceives. A check that only reads what a kernel says has nothing to read it by but the shell, and a shell that is
/// consistent in all it says cannot be told from a true one. Each reads by two ways (programs, the shell's own words, a file
/// system) and says so where they do not agree: that finds out liars who lie in one place. What acts looks for an effect
/// that the target must work out, and is not here.
pub const UNDECIDABLE: [&str; 4] = ["os/kernel-version", "os/memory-ceiling", "os/processor-ceiling", "os/boot-chain"];

const LIARS: &[Liar] = &[
    distrusted("os/kernel-version", "uname", "do not agree"),
    distrusted("os/kernel-version", "old-kernel-stand-in", "do not agree"),
    distrusted("os/kernel-version", "shell-runs-nothing", "does not answer like a POSIX shell"),
    distrusted("os/kernel-version", "shell-repeats", "did not start the command"),
    distrusted("os/processor-ceiling", "cat-exaggerates", "do not agree"),
    distrusted("os/memory-ceiling", "cat-exaggerates", "do not agree"),
    contradicted("os/multi-core", "one-processor-cat-exaggerates", "parallel"),
    contradicted("os/numa", "two-nodes-on-paper", "policy"),
    contradicted("os/boot-chain", "boot-words", "settings"),
    contradicted("os/kvm-guest", "emulator-in-software", "guest-runs"),
    distrusted("os/large-file", "paper-file", "do not agree"),
    contradicted("os/large-filesystem", "paper-file-system", "mounted"),
    distrusted("os/large-filesystem", "sbin-does-nothing", "loop device"),
    contradicted("os/partition-tables", "paper-tables", "gpt-on-disk"),
    contradicted("os/partition-tables", "sbin-does-nothing", "gpt-on-disk"),
    contradicted("os/grub2-scratch-disk", "sbin-does-nothing", "version-2"),
    distrusted("os/grub2-scratch-disk", "grub", "could not be decided"),
    contradicted("os/grub2-scratch-disk", "emulator", "boots-from-mbr"),
    contradicted("os/filesystem-xfs", "another-file-system", "made-and-mounted"),
    contradicted("os/filesystem-xfs", "checkers-content", "clean"),
    contradicted("os/filesystem-ext3", "another-file-system", "made-and-mounted"),
    contradicted("os/filesystem-ext3", "checkers-content", "clean"),
    contradicted("os/filesystem-ext4", "another-file-system", "made-and-mounted"),
    contradicted("os/filesystem-ext4", "checkers-content", "clean"),
    contradicted("os/filesystem-ntfs", "another-file-system", "made-and-mounted"),
    contradicted("os/filesystem-ntfs", "checkers-content", "clean"),
    contradicted("os/filesystem-encryption", "keys-open-nothing", "ciphertext"),
    contradicted("os/file-integrity", "checker-complains", "content"),
    contradicted("os/file-integrity", "checker-silent", "content"),
    distrusted("os/storage-multipath", "multipath-on-paper", "no multipath device"),
    contradicted("os/file-management", "chmod-agrees", "rights"),
    contradicted("os/device-management", "devices-on-paper", "appears"),
    contradicted("os/device-management", "node-copies", "gone"),
    contradicted("os/disk-management", "paper-disk", "on-disk"),
    distrusted("os/log-management", "log-repeats", "never sent"),
    contradicted("os/service-management", "manager-looks-away", "restarted"),
    contradicted("os/process-management", "renice-agrees", "priority"),
    contradicted("os/network-management", "ping-always-answers", "link"),
    contradicted("os/network-management", "ping-knows", "link"),
    contradicted("os/network-management", "ip-agrees", "link"),
    contradicted("os/resource-management", "limits-on-paper", "memory"),
    contradicted("os/package-management", "package-manager-agrees", "installed"),
    distrusted("os/package-source-reachable", "source-on-paper", "a source that there is not"),
    distrusted("os/package-source-signed", "source-on-paper", "a source that there is not"),
    distrusted("os/package-source-installs", "source-on-paper", "a source that there is not"),
    distrusted("os/package-source-fresh", "source-on-paper", "a source that there is not"),
    contradicted("os/package-source-signed", "signatures-by-turns", "source"),
    distrusted("os/audit-log", "audit-invents", "a write that there was not"),
    contradicted("os/selinux", "selinux-theatre", "denied"),
    contradicted("os/nic-bonding", "bridge-for-a-bond", "modes"),
    contradicted("os/nic-bonding", "ip-agrees", "modes"),
    contradicted("os/load-balancing", "packet-filter-agrees", "spread"),
    contradicted("os/firewalld-zones", "firewall-agrees", "interface-decides"),
    contradicted("os/firewalld-dynamic", "firewall-agrees", "at-once"),
    contradicted("os/firewalld-ipv4-ipv6", "firewall-agrees", "together"),
    contradicted("os/firewalld-bridge", "firewall-agrees", "filtered"),
    contradicted("os/firewalld-permanent", "firewall-agrees", "run-time"),
    contradicted("os/firewalld-direct", "firewall-agrees", "v4"),
    contradicted("os/firewalld-program-interface", "firewall-agrees", "changed"),
    contradicted("os/language-support", "date-knows-one-word", "switched"),
    distrusted("os/development-environment", "window-always-there", "is not believed"),
    contradicted("os/language-c", "compilers-know", "runs"),
    contradicted("os/language-cpp", "compilers-know", "runs"),
    contradicted("os/language-qt", "compilers-know", "runs"),
    contradicted("os/language-gcc-java", "compilers-know", "runs"),
    contradicted("os/language-java-1-7", "java-in-name-only", "runs"),
    contradicted("os/language-java-1-8", "java-in-name-only", "runs"),
    contradicted("os/language-python", "interpreters-know", "runs"),
    contradicted("os/language-shell", "interpreters-know", "bash"),
    contradicted("os/language-ruby", "interpreters-know", "runs"),
    contradicted("os/language-php", "interpreters-know", "runs"),
    contradicted("os/protocol-ip", "ping-knows", "v4"),
    contradicted("os/protocol-tcp", "python-plays-both", "exchange-v4"),
    contradicted("os/protocol-udp", "python-plays-both", "exchange-v4"),
    distrusted("os/protocol-http", "clients-look-aside", "counted nothing"),
    distrusted("os/protocol-ftp", "clients-look-aside", "counted nothing"),
    distrusted("os/protocol-ssh", "clients-look-aside", "counted nothing"),
    distrusted("os/protocol-vnc", "python-plays-both", "counted nothing"),
    distrusted("os/protocol-dns", "clients-look-aside", "counted nothing"),
    distrusted("os/protocol-dhcp", "clients-look-aside", "counted nothing"),
    distrusted("os/protocol-ntp", "clients-look-aside", "counted nothing"),
    contradicted("os/protocol-nfs", "nfs-on-paper", "mounted"),
];

fn stage(lab: &Lab) -> Result<Stage, String> {
    let mut stage = Stage::default();
    // Two are machines of application servers.
    let own = lying_hosts().filter(|name| LIARS.iter().any(|liar| liar.target.ends_with(name)));
    for name in own.chain(SHELLS).chain([REHEARSED]) {
        let liar = LyingHost::start(lab, name).map_err(|e| format!("{name}: {e}"))?;
        stage.targets.push(host(name, &liar.enter));
        if name == "cat-exaggerates" {
            let words = liar.enter.iter().map(String::as_str).chain(["taskset", "-c", "0"]);
            stage.targets.push(host("one-processor-cat-exaggerates", &words.map(str::to_owned).collect::<Vec<_>>()));
        }
        stage.services.push(Box::new(liar));
    }
    // The kernel's own way of calling itself an old one; its file system still says the truth.
    let kernel = OldKernelStandIn::start(lab).map_err(|e| format!("old-kernel-stand-in: {e}"))?;
    stage.targets.push(host("old-kernel-stand-in", &kernel.enter));
    let java = OldJavaStandIn::in_name_only(lab).map_err(|e| format!("java-in-name-only: {e}"))?;
    let mut target = host("java-in-name-only", &java.enter);
    for check in ["os/language-java-1-7.homes", "os/language-java-1-8.homes"] {
        target.params.push((check, java.homes.clone()));
    }
    stage.targets.push(target);
    Ok(stage)
}

fn host(name: &str, enter: &[String]) -> Target {
    let access = Access::Local { enter: enter.to_vec() };
    Target { name: name.to_owned(), kind: "host", adapter: None, params: Vec::new(), access }
}
