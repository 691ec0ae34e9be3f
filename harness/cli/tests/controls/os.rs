//! Controls of the operating-system checks.

use crate::{Area, Control, Special, has, lacks};
use touchstone_lab::Lab;
use touchstone_lab::inventory::Target;
use touchstone_lab::roster::{self, Name};

pub const AREA: Area = Area {
    controls: CONTROLS,
    names: &[Name::Firewalld, Name::MinimalRoot, Name::OldKernelStandIn, Name::SmallFs, Name::LargeFs],
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
    has("os/firewalld-zones", "firewalld"),
    lacks("os/firewalld-zones", "minimal-root"),
];

fn special(_lab: &Lab) -> Result<Special, String> {
    Ok(Special { targets: vec![demanding()], services: Vec::new() })
}

/// This machine, asked for more than it has.
fn demanding() -> Target {
    let mut target = roster::this_machine();
    target.name = "demanding".to_owned();
    target.params.push(("os/kernel-version.minimum", "99.0".to_owned()));
    // ext3 cannot address 16 TiB and more with 4 KiB blocks.
    target.params.push(("os/large-filesystem.types", "ext3".to_owned()));
    target
}
