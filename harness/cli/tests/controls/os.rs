//! Controls of the operating-system checks.

use crate::{Area, Control, Special, has, lacks};
use touchstone_lab::Lab;
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::roster::{self, Name};

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
    lacks("os/kernel-version", "old-kernel-stand-in"),
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
    lacks("os/filesystem-xfs", "minimal-root"),
    has("os/filesystem-ext3", "this-machine"),
    lacks("os/filesystem-ext3", "minimal-root"),
    has("os/filesystem-ext4", "this-machine"),
    lacks("os/filesystem-ext4", "minimal-root"),
    has("os/filesystem-ntfs", "this-machine"),
    lacks("os/filesystem-ntfs", "minimal-root"),
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
    has("os/firewalld-zones", "firewalld"),
    lacks("os/firewalld-zones", "minimal-root"),
];

fn special(_lab: &Lab) -> Result<Special, String> {
    Ok(Special { targets: vec![demanding(), one_processor()], services: Vec::new() })
}

/// This machine, confined to its first processor.
fn one_processor() -> Target {
    let mut target = roster::this_machine();
    target.name = "one-processor".to_owned();
    target.access = Access::Local { enter: ["taskset", "-c", "0"].map(str::to_owned).to_vec() };
    target
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
