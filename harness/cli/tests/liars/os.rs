//! Hosts that lie: this machine, with some programs, or its shell, replaced.

use crate::{Area, Liar, Stage, contradicted, distrusted};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{HostLie, LyingHost};
use touchstone_lab::{Lab, OldKernelStandIn};

pub const AREA: Area = Area { liars: LIARS, general: &["shell-runs-nothing", "shell-runs-little"], stage };

const LIARS: &[Liar] = &[
    distrusted("os/kernel-version", "uname", "do not agree"),
    distrusted("os/kernel-version", "old-kernel-stand-in", "do not agree"),
    distrusted("os/kernel-version", "shell-runs-nothing", "does not answer like a POSIX shell"),
    distrusted("os/large-file", "paper-file", "do not agree"),
    contradicted("os/large-filesystem", "paper-file-system", "mounted"),
    distrusted("os/large-filesystem", "sbin-does-nothing", "loop device"),
    contradicted("os/partition-tables", "paper-tables", "gpt-on-disk"),
    contradicted("os/partition-tables", "sbin-does-nothing", "gpt-on-disk"),
    contradicted("os/grub2-scratch-disk", "sbin-does-nothing", "version-2"),
    distrusted("os/grub2-scratch-disk", "grub", "could not be decided"),
    contradicted("os/grub2-scratch-disk", "emulator", "boots-from-mbr"),
    contradicted("os/firewalld-zones", "firewall-agrees", "interface-decides"),
];

const STAND_INS: &[(&str, HostLie)] = &[
    ("shell-runs-nothing", HostLie::ShellRunsNothing),
    ("shell-runs-little", HostLie::ShellRunsLittle),
    ("sbin-does-nothing", HostLie::AdministratorsProgramsDoNothing),
    ("uname", HostLie::Uname),
    ("paper-file", HostLie::PaperFile),
    ("paper-file-system", HostLie::PaperFileSystem),
    ("paper-tables", HostLie::PaperTables),
    ("grub", HostLie::Grub),
    ("emulator", HostLie::Emulator),
    ("firewall-agrees", HostLie::FirewallAgrees),
];

fn stage(lab: &Lab) -> Result<Stage, String> {
    let mut stage = Stage::default();
    for (name, lie) in STAND_INS {
        let liar = LyingHost::start(lab, *lie).map_err(|e| format!("{name}: {e}"))?;
        let access = Access::Local { enter: liar.enter.clone() };
        stage.targets.push(Target { name: (*name).to_owned(), kind: "host", adapter: None, params: Vec::new(), access });
        stage.services.push(Box::new(liar));
    }
    // The kernel's own way of calling itself an old one; its file system still says the truth.
    let kernel = OldKernelStandIn::start(lab).map_err(|e| format!("old-kernel-stand-in: {e}"))?;
    let access = Access::Local { enter: kernel.enter.clone() };
    let name = "old-kernel-stand-in".to_owned();
    stage.targets.push(Target { name, kind: "host", adapter: None, params: Vec::new(), access });
    Ok(stage)
}
