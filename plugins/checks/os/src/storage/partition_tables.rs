//! OS: MBR and GPT partition tables.

use crate::common::disk::{self, Seen};
use crate::common::raw_table::{self, Entry};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("partition-tables")
    .title("MBR 与 GPT 分区表", "MBR and GPT partition tables")
    .question(
        "系统自带的分区程序能否写出 MBR 与 GPT 分区表，内核能否使用其中的分区？分区表逐字节读回（签名、校验和、起止扇区）；\
         GPT 磁盘大于 2 TB，分区位于 2 TB 之后，并经由该分区写入标记，再从整盘的对应位置读出。",
        "Can the system's own partitioning programs write MBR and GPT tables, and can the kernel use their partitions? The \
         tables are read back byte by byte (signatures, sums, sectors). The GPT disk is larger than 2 TB with a partition \
         beyond that; a marker is written through the partition and found at its place on the whole disk.",
    )
    .effect(
        "在稀疏镜像文件与回环设备上进行，结束后删除；不接触任何真实磁盘。",
        "Works on sparse images and loop devices, removed afterwards; no real disk is touched.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(90)
    .expect("mbr-on-disk", "MBR 分区表写入并逐字节读回", "an MBR table is written and read back byte by byte")
    .expect(
        "gpt-on-disk",
        "GPT 分区表写入并逐字节读回，含 2 TB 之后的分区",
        "a GPT table is written and read back, with a partition beyond 2 TB",
    )
    .expect("mbr-in-kernel", "内核使用 MBR 分区", "the kernel uses the MBR partition")
    .expect("gpt-in-kernel", "内核使用 2 TB 之后的 GPT 分区", "the kernel uses the GPT partition beyond 2 TB")
    .run(run);

const PROGRAMS: [&str; 4] = ["sfdisk", "sgdisk", "parted", "fdisk"];
/// Sector and length of the one partition of each disk.
const SECTORS: u64 = 20_480;

struct Kind {
    name: &'static str,
    on_disk: &'static str,
    in_kernel: &'static str,
    bytes: u64,
    start: u64,
}

impl Kind {
    fn expected(&self) -> String {
        format!("start {} sectors {SECTORS}", self.start)
    }
}

const KINDS: [Kind; 2] = [
    Kind { name: "mbr", on_disk: "mbr-on-disk", in_kernel: "mbr-in-kernel", bytes: 64 << 20, start: 2048 },
    // 4.5e9 sectors are 2.3 TB: past what 32 bits of sectors can say.
    Kind { name: "gpt", on_disk: "gpt-on-disk", in_kernel: "gpt-in-kernel", bytes: 3 << 40, start: 4_500_000_768 },
];

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let scratch = sh.scratch()?;
    let mut written = Vec::new();
    for kind in &KINDS {
        let image = format!("{scratch}/{}.img", kind.name);
        let expected = kind.expected();
        if !disk::image(&sh, &image, kind.bytes)? {
            cx.expect(kind.on_disk)
                .unevaluated(say("临时目录容纳不下稀疏镜像", "the scratch folder cannot hold the sparse image"), expected)?;
            continue;
        }
        let (found, actual) = write(&sh, kind, &image)?;
        cx.expect(kind.on_disk).that(found, expected, actual)?;
        if found {
            written.push((kind, image));
        }
    }
    for (kind, image) in written {
        let outcome = disk::attach(&sh, &image).and_then(|device| in_kernel(cx, &sh, kind, &device));
        if let Err(Stop::Inconclusive(why)) = outcome {
            cx.expect(kind.in_kernel).unevaluated(why, kind.expected())?;
        } else {
            outcome?;
        }
    }
    decided()
}

/// Tries the system's programs until one leaves the table on the disk.
fn write(sh: &Shell, kind: &Kind, image: &str) -> Result<(bool, String), Stop> {
    let mut tried = Vec::new();
    for program in PROGRAMS {
        let Some(path) = sh.finds(&[program])? else { continue };
        let output = order(sh, program, &path, kind, image)?;
        let head = disk::bytes_at(sh, image, 0, (raw_table::HEAD * raw_table::SECTOR) as u64)?;
        let entries = match kind.name {
            "mbr" => raw_table::mbr(&head).filter(|entries| entries.iter().all(|entry| entry.kind != 0xee)),
            _ => raw_table::gpt(&head).filter(|(_, copy)| has_copy(sh, image, *copy)).map(|(entries, _)| entries),
        };
        let right = |entry: &Entry| entry.start == kind.start && entry.sectors == SECTORS;
        match entries {
            Some(entries) if entries.len() == 1 && right(&entries[0]) => {
                return Ok((true, format!("{program}: start {} sectors {}", entries[0].start, entries[0].sectors)));
            }
            Some(entries) => tried.push(format!("{program}: {entries:?}")),
            None => tried.push(format!("no {} table after {}", kind.name, output.said())),
        }
    }
    if tried.is_empty() {
        // A minimal installation without a partitioning program says nothing about what its kernel and firmware can use.
        sh.helper(&PROGRAMS)?;
    }
    Ok((false, tried.join("; ")))
}

/// The table's second copy stands where its header says.
fn has_copy(sh: &Shell, image: &str, sector: u64) -> bool {
    let skip = format!("skip={sector}");
    sh.root(["dd", &format!("if={image}"), "bs=512", &skip, "count=1"]).is_ok_and(|out| out.stdout.starts_with(b"EFI PART"))
}

fn order(sh: &Shell, program: &str, path: &str, kind: &Kind, image: &str) -> Result<Output, Stop> {
    let (start, end) = (kind.start, kind.start + SECTORS - 1);
    let gpt = kind.name == "gpt";
    match program {
        "sfdisk" => {
            let label = if gpt { "gpt" } else { "dos" };
            let script = format!("label: {label}\nunit: sectors\nstart={start}, size={SECTORS}, type=L\n");
            sh.command([path, "--quiet", image]).stdin(script).elevated().run()
        }
        // It knows GPT only; an MBR that it converts is not what was asked for.
        "sgdisk" if gpt => sh.root([path, "-o", "-a", "1", "-n", &format!("1:{start}:{end}"), image]),
        "parted" => {
            let (label, name) = if gpt { ("gpt", "scratch") } else { ("msdos", "primary") };
            let (from, to) = (format!("{start}s"), format!("{end}s"));
            sh.root([path, "-s", image, "mklabel", label, "mkpart", name, &from, &to])
        }
        "fdisk" => {
            let (label, kind) = if gpt { ("g", "") } else { ("o", "p\n") };
            let script = format!("{label}\nn\n{kind}1\n{start}\n{end}\nw\n");
            sh.command([path, image]).stdin(script).elevated().timeout_s(20).run()
        }
        _ => sh.root([path, "--version"]),
    }
}

fn in_kernel(cx: &Context, sh: &Shell, kind: &Kind, device: &str) -> Result<(), Stop> {
    let wanted = Seen { start: kind.start, sectors: SECTORS };
    let expected = kind.expected();
    let seen = disk::kernel_partition(sh, device, 1)?;
    if seen != Some(wanted) {
        cx.expect(kind.in_kernel).unmet(expected, seen.map_or("no partition".into(), |seen| format!("{seen:?}")))?;
        return Ok(());
    }
    let marker = format!("touchstone-{}-{}", kind.name, cx.scratch_name());
    let to = format!("of={device}p1");
    let written = sh.command(["dd", &to, "bs=512", "conv=notrunc,fsync"]).stdin(marker.clone()).elevated().run()?;
    if !written.ok() {
        let why = written.said();
        cx.expect(kind.in_kernel).unevaluated(say("分区设备无法写入", format!("cannot write: {why}")), expected)?;
        return Ok(());
    }
    sh.root(["blockdev", "--flushbufs", device])?;
    let block = disk::bytes_at(sh, device, kind.start * 512, 512)?;
    let found = block.starts_with(marker.as_bytes());
    let actual = if found { format!("{expected}, marker found") } else { format!("{expected}, marker not there") };
    cx.expect(kind.in_kernel).that(found, format!("{expected}, {marker} at sector {}", kind.start), actual)?;
    Ok(())
}
