//! OS: GRUB 2 boots from MBR and GPT disks.

use crate::common::{disk, raw_table};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("grub2-scratch-disk")
    .title("GRUB2 引导", "GRUB 2 boots")
    .question(
        "系统的引导程序是否为 GRUB 2，装到 MBR 与 GPT 磁盘上能否真正引导？分别安装到两块临时磁盘镜像，在模拟器中从加电开始引导，\
         由 GRUB 自身在串口打印随机标记、其所在分区，以及它对一个随机文件算出的校验和。",
        "Is the system's boot loader GRUB 2, and does it really boot from MBR and GPT disks? It is installed to two scratch \
         disk images, each booted from power-on in an emulator; GRUB itself prints a random marker, the partition it came \
         from and the checksum that it computes of a random file to the serial line.",
    )
    .effect(
        "使用临时镜像、回环设备和一个无显示的模拟器进程，结束后清除；不改动目标自身的引导。",
        "Uses scratch images, loop devices and a headless emulator, all removed; the target's own boot chain is untouched.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(240)
    .expect("version-2", "安装程序是 GRUB 第 2 版", "the installer is GRUB version 2")
    .expect("boots-from-mbr", "从 MBR 磁盘引导到 GRUB 并打印标记", "boots from an MBR disk to GRUB, which prints the marker")
    .expect("boots-from-gpt", "从 GPT 磁盘引导到 GRUB 并打印标记", "boots from a GPT disk to GRUB, which prints the marker")
    .run(run);

struct Table {
    expectation: &'static str,
    name: &'static str,
    /// For sfdisk; the last partition holds the boot folder.
    script: &'static str,
    /// The same for parted.
    commands: &'static str,
    partition: u32,
    /// What GRUB calls the partition it came from.
    root: &'static str,
}

const TABLES: [Table; 2] = [
    Table {
        expectation: "boots-from-mbr",
        name: "mbr",
        script: "label: dos\nunit: sectors\nstart=2048, type=83, bootable\n",
        commands: "mklabel msdos mkpart primary 2048s 100% set 1 boot on",
        partition: 1,
        root: "hd0,msdos1",
    },
    Table {
        expectation: "boots-from-gpt",
        name: "gpt",
        script: "label: gpt\nunit: sectors\nstart=2048, size=4096, type=21686148-6449-6E6F-744E-656564454649\nstart=6144\n",
        commands: "mklabel gpt mkpart core 2048s 6143s set 1 bios_grub on mkpart boot 6144s 100%",
        partition: 2,
        root: "hd0,gpt2",
    },
];

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(installer) = sh.finds(&["grub2-install", "grub-install"])? else {
        cx.expect("version-2").unmet("2.x", "neither grub-install nor grub2-install")?;
        return decided();
    };
    // GRUB 0.97 calls itself 0.97; release candidates of 2 were 1.97 to 1.99.
    let words = sh.run([installer.as_str(), "--version"])?.text();
    let version = words.split_whitespace().next_back().unwrap_or_default().to_owned();
    let second = version.split(['.', '-', '~']).next() == Some("2");
    if !cx.expect("version-2").that(second, "2.x", words)? {
        return decided();
    }
    let ready = Ready::find(&sh);
    for table in &TABLES {
        let attempt = match &ready {
            Ok(emulator) => install(&sh, &installer, table, [&marker(cx, table), &nonce(cx, table)])
                .and_then(|image| boot(&sh, emulator, &image)),
            Err(why) => Err(Stop::Inconclusive(why.clone())),
        };
        let expected = format!("{} pc {} {:08x}", marker(cx, table), table.root, raw_table::crc32(nonce(cx, table).as_bytes()));
        match attempt {
            Ok(console) => {
                let seen = console.contains(&expected);
                let last = console.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing printed");
                let printable = || last.chars().filter(|c| !c.is_control()).collect();
                let actual = if seen { expected.clone() } else { printable() };
                cx.expect(table.expectation).that(seen, expected, actual)?;
            }
            Err(Stop::Inconclusive(why)) => cx.expect(table.expectation).unevaluated(why, expected)?,
            Err(other) => return Err(other),
        }
    }
    decided()
}

fn marker(cx: &Context, table: &Table) -> String {
    format!("touchstone-{}-{}", table.name, cx.scratch_name())
}

/// Content of the file whose checksum GRUB computes: what it prints was written nowhere beforehand.
fn nonce(cx: &Context, table: &Table) -> String {
    format!("{}{}", cx.scratch_name(), table.name).chars().rev().collect()
}

/// What the two boots need beside GRUB.
struct Ready;

impl Ready {
    /// The emulator; else why it can't be tried.
    fn find(sh: &Shell) -> Result<String, Text> {
        let words = |stop| match stop {
            Stop::Inconclusive(why) | Stop::NotApplicable(why) => why,
            Stop::Error(error) => say(format!("{error:?}"), format!("{error:?}")),
        };
        let emulator = sh.helper(&["qemu-system-x86_64", "qemu-system-i386", "qemu-kvm"]).map_err(words)?;
        sh.helper(&["sfdisk", "parted"]).map_err(words)?;
        sh.helper(&["mkfs.ext4", "mkfs.ext3"]).map_err(words)?;
        Ok(emulator)
    }
}

/// GRUB on a fresh disk image, which is detached again.
fn install(sh: &Shell, installer: &str, table: &Table, [marker, nonce]: [&str; 2]) -> Result<String, Stop> {
    let scratch = sh.scratch()?;
    let (image, folder) = (format!("{scratch}/{}.img", table.name), format!("{scratch}/{}", table.name));
    if !disk::image(sh, &image, 64 << 20)? {
        return inconclusive(say("临时目录容纳不下镜像", "the scratch folder cannot hold the image"));
    }
    let partitioner = sh.helper(&["sfdisk", "parted"])?;
    let command = if partitioner.ends_with("sfdisk") {
        sh.command([partitioner.as_str(), "--quiet", &image]).stdin(table.script)
    } else {
        sh.command([partitioner.as_str(), "-s", &image].into_iter().chain(table.commands.split(' ')))
    };
    command.elevated().run()?.success()?;
    let device = disk::attach(sh, &image)?;
    if disk::kernel_partition(sh, &device, table.partition)?.is_none() {
        return inconclusive(say("内核看不到临时磁盘的分区", "the kernel does not see the scratch disk's partition"));
    }
    let partition = format!("{device}p{}", table.partition);
    let mkfs = sh.helper(&["mkfs.ext4", "mkfs.ext3"])?;
    sh.root([mkfs.as_str(), "-q", "-F", &partition])?.success()?;
    let kind = if mkfs.ends_with('4') { "ext4" } else { "ext3" };
    disk::mount(sh, kind, &partition, &folder)?.success()?;
    let boot = format!("--boot-directory={folder}/boot");
    sh.command([installer, "--target=i386-pc", &boot, "--no-floppy", &device]).elevated().timeout_s(60).run()?.success()?;
    // $root is set by GRUB's own core to where it was loaded from.
    let config = format!(
        "insmod serial\nserial --unit=0 --speed=115200\nterminal_output serial\ninsmod hashsum\n\
         echo -n \"{marker} $grub_platform $root \"\ncrc ($root)/boot/nonce\nsleep 1\nreboot\n"
    );
    let name = if installer.ends_with("grub2-install") { "grub2" } else { "grub" };
    let file = format!("{folder}/boot/{name}/grub.cfg");
    sh.command(["tee", &file]).stdin(config).elevated().run()?.success()?;
    sh.command(["tee", &format!("{folder}/boot/nonce")]).stdin(nonce).elevated().run()?.success()?;
    sh.root(["umount", &folder])?.success()?;
    Ok(image)
}

/// What the machine prints to its serial line until GRUB reboots it, which ends the emulator.
fn boot(sh: &Shell, emulator: &str, image: &str) -> Result<String, Stop> {
    let drive = format!("file={image},format=raw,if=ide");
    let argv = [
        emulator,
        "-machine",
        "pc,accel=tcg",
        "-m",
        "128",
        "-nodefaults",
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "stdio",
        "-no-reboot",
        "-drive",
        &drive,
    ];
    let run = sh.command(argv).elevated().timeout_s(60).run()?;
    if run.not_found() {
        run.success()?;
        return inconclusive(say("缺少模拟器", "no emulator"));
    }
    if run.stdout.is_empty() && !run.stderr.is_empty() && !run.ok() {
        let said = run.said();
        return inconclusive(say("模拟器未能启动", format!("the emulator did not start: {said}")));
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}
