//! Controls of the operating-system checks.

use crate::{Area, Control, Special, has, lacks};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::roster::{self, Name};
use touchstone_lab::{Lab, LabError, OldJavaStandIn, PackageSource, PoorKernelStandIn, SourceKind, Without};

pub const AREA: Area = Area {
    controls: CONTROLS,
    names: &[
        Name::Firewalld,
        Name::MinimalRoot,
        Name::OldKernelStandIn,
        Name::SmallFs,
        Name::LargeFs,
        Name::NoRightsFs,
        Name::Booted,
        Name::Confined,
    ],
    special,
};

/// The failing control of the kernel's version is this machine's true kernel against a demand that it does not meet; beside
/// it a stand-in, the kernel's own way of calling itself an old one: no truly older kernel can be had here.
const CONTROLS: &[Control] = &[
    has("os/kernel-version", "this-machine"),
    lacks("os/kernel-version", "demanding"),
    has("os/large-file", "large-fs"),
    lacks("os/large-file", "small-fs"),
    has("os/large-filesystem", "this-machine"),
    lacks("os/large-filesystem", "demanding"),
    has("os/grub2-scratch-disk", "this-machine"),
    lacks("os/grub2-scratch-disk", "minimal-root"),
    has("os/partition-tables", "this-machine"),
    lacks("os/partition-tables", "minimal-root"),
    has("os/multi-core", "this-machine"),
    lacks("os/multi-core", "one-processor"),
    has("os/processor-ceiling", "this-machine"),
    lacks("os/processor-ceiling", "demanding"),
    has("os/memory-ceiling", "this-machine"),
    lacks("os/memory-ceiling", "demanding"),
    has("os/filesystem-xfs", "this-machine"),
    lacks("os/filesystem-xfs", "no-file-systems-stand-in"),
    has("os/filesystem-ext3", "this-machine"),
    lacks("os/filesystem-ext3", "no-file-systems-stand-in"),
    has("os/filesystem-ext4", "this-machine"),
    lacks("os/filesystem-ext4", "no-file-systems-stand-in"),
    has("os/filesystem-ntfs", "this-machine"),
    lacks("os/filesystem-ntfs", "no-file-systems-stand-in"),
    has("os/file-management", "this-machine"),
    lacks("os/file-management", "no-rights-fs"),
    has("os/device-management", "this-machine"),
    lacks("os/device-management", "confined"),
    has("os/log-management", "booted"),
    lacks("os/log-management", "minimal-root"),
    has("os/service-management", "booted"),
    lacks("os/service-management", "minimal-root"),
    has("os/process-management", "this-machine"),
    lacks("os/process-management", "confined"),
    has("os/network-management", "this-machine"),
    lacks("os/network-management", "confined"),
    has("os/resource-management", "this-machine"),
    lacks("os/resource-management", "confined"),
    has("os/package-management", "this-machine"),
    lacks("os/package-management", "minimal-root"),
    has("os/disk-management", "this-machine"),
    lacks("os/disk-management", "minimal-root"),
    has("os/protocol-ip", "this-machine"),
    lacks("os/protocol-ip", "no-inet-stand-in"),
    has("os/protocol-tcp", "this-machine"),
    lacks("os/protocol-tcp", "no-inet-stand-in"),
    has("os/protocol-udp", "this-machine"),
    lacks("os/protocol-udp", "no-inet-stand-in"),
    has("os/protocol-http", "this-machine"),
    lacks("os/protocol-http", "minimal-root"),
    has("os/protocol-ftp", "this-machine"),
    lacks("os/protocol-ftp", "minimal-root"),
    has("os/protocol-ssh", "this-machine"),
    lacks("os/protocol-ssh", "minimal-root"),
    has("os/protocol-vnc", "this-machine"),
    lacks("os/protocol-vnc", "minimal-root"),
    has("os/protocol-dns", "this-machine"),
    lacks("os/protocol-dns", "minimal-root"),
    has("os/protocol-ntp", "this-machine"),
    lacks("os/protocol-ntp", "minimal-root"),
    has("os/protocol-dhcp", "this-machine"),
    lacks("os/protocol-dhcp", "without-programs"),
    has("os/language-c", "this-machine"),
    lacks("os/language-c", "minimal-root"),
    has("os/language-cpp", "this-machine"),
    lacks("os/language-cpp", "minimal-root"),
    has("os/language-qt", "this-machine"),
    lacks("os/language-qt", "minimal-root"),
    has("os/language-python", "this-machine"),
    lacks("os/language-python", "minimal-root"),
    has("os/language-shell", "this-machine"),
    lacks("os/language-shell", "minimal-root"),
    has("os/language-ruby", "this-machine"),
    lacks("os/language-ruby", "minimal-root"),
    has("os/language-php", "this-machine"),
    lacks("os/language-php", "minimal-root"),
    has("os/language-support", "this-machine"),
    lacks("os/language-support", "minimal-root"),
    has("os/development-environment", "this-machine"),
    lacks("os/development-environment", "minimal-root"),
    has("os/language-java-1-7", "old-java-stand-in"),
    lacks("os/language-java-1-7", "this-machine"),
    has("os/language-java-1-8", "old-java-stand-in"),
    lacks("os/language-java-1-8", "this-machine"),
    has("os/language-gcc-java", "old-java-stand-in"),
    lacks("os/language-gcc-java", "this-machine"),
    has("os/filesystem-encryption", "this-machine"),
    lacks("os/filesystem-encryption", "minimal-root"),
    has("os/file-integrity", "this-machine"),
    lacks("os/file-integrity", "without-programs"),
    has("os/load-balancing", "this-machine"),
    lacks("os/load-balancing", "minimal-root"),
    has("os/package-source-reachable", "package-source"),
    lacks("os/package-source-reachable", "package-source-gone"),
    has("os/package-source-signed", "package-source"),
    lacks("os/package-source-signed", "package-source-poor"),
    has("os/package-source-installs", "package-source"),
    lacks("os/package-source-installs", "package-source-poor"),
    has("os/package-source-fresh", "package-source"),
    lacks("os/package-source-fresh", "package-source-poor"),
    lacks("os/protocol-nfs", "this-machine"),
    lacks("os/storage-multipath", "this-machine"),
    lacks("os/nic-bonding", "this-machine"),
    lacks("os/audit-log", "this-machine"),
    lacks("os/selinux", "this-machine"),
    has("os/firewalld-zones", "firewalld"),
    lacks("os/firewalld-zones", "minimal-root"),
    has("os/firewalld-dynamic", "firewalld"),
    lacks("os/firewalld-dynamic", "minimal-root"),
    has("os/firewalld-ipv4-ipv6", "firewalld"),
    lacks("os/firewalld-ipv4-ipv6", "minimal-root"),
    has("os/firewalld-bridge", "firewalld"),
    lacks("os/firewalld-bridge", "minimal-root"),
    has("os/firewalld-permanent", "firewalld"),
    lacks("os/firewalld-permanent", "minimal-root"),
    has("os/firewalld-direct", "firewalld"),
    lacks("os/firewalld-direct", "minimal-root"),
    has("os/firewalld-program-interface", "firewalld"),
    lacks("os/firewalld-program-interface", "minimal-root"),
];

fn special(lab: &Lab) -> Result<Special, String> {
    let said = |error: LabError| error.to_string();
    let inet = PoorKernelStandIn::start(lab, "inet").map_err(said)?;
    let no_mounts = PoorKernelStandIn::start(lab, "mount").map_err(said)?;
    let java = OldJavaStandIn::start(lab).map_err(said)?;
    let without = Without::start(lab, &HIDDEN).map_err(said)?;
    let source = |kind| PackageSource::start(lab, kind).map_err(said);
    let sources = [source(SourceKind::Good)?, source(SourceKind::Poor)?, source(SourceKind::Gone)?];
    let mut old_java = entered("old-java-stand-in", &java.enter);
    for check in ["os/language-java-1-7.homes", "os/language-java-1-8.homes"] {
        old_java.params.push((check, java.homes.clone()));
    }
    Ok(Special {
        targets: vec![
            demanding(),
            one_processor(),
            entered("no-inet-stand-in", &inet.enter),
            entered("no-file-systems-stand-in", &no_mounts.enter),
            old_java,
            entered("without-programs", &without.enter),
            entered("package-source", &sources[0].enter),
            entered("package-source-poor", &sources[1].enter),
            entered("package-source-gone", &sources[2].enter),
        ],
        services: vec![Box::new(without), Box::new(sources)],
    })
}

/// What the system without programs has not.
const HIDDEN: [&str; 4] = ["dnsmasq", "udhcpd", "dhcpd", "aide"];

/// This machine through a prefix.
fn entered(name: &str, enter: &[String]) -> Target {
    let mut target = roster::this_machine();
    target.name = name.to_owned();
    target.access = Access::Local { enter: enter.to_vec() };
    target
}

/// This machine, confined to its first processor.
fn one_processor() -> Target {
    entered("one-processor", &["taskset", "-c", "0"].map(str::to_owned))
}

/// This machine, asked for more than it has.
fn demanding() -> Target {
    let mut target = roster::this_machine();
    target.name = "demanding".to_owned();
    target.params.push(("os/kernel-version.minimum", "99.0".to_owned()));
    target.params.push(("os/processor-ceiling.minimum", "100000".to_owned()));
    target.params.push(("os/memory-ceiling.minimum", "4096PiB".to_owned()));
    // ext3 cannot address 16 TiB and more with 4 KiB blocks.
    target.params.push(("os/large-filesystem.types", "ext3".to_owned()));
    target
}
