//! OS: a disk is partitioned, formatted, mounted, filled and enlarged.

use crate::common::{cksum, disk, nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("disk-management")
    .title("磁盘管理", "Disk management")
    .question(
        "能否在一块磁盘上分区、格式化、挂载，空间用尽时是否如实拒绝，扩容后空间是否增加？每一步都以内核所见和实际写入为准。",
        "Can a disk be partitioned, formatted and mounted, is writing refused truthfully when it is full, and is there more room \
         after it was enlarged? What the kernel sees and what can be written decides each step.",
    )
    .effect(
        "使用临时镜像与回环设备，结束后清除；不接触任何真实磁盘。",
        "Works on a scratch image and a loop device, both removed; no real disk is touched.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(120)
    .expect("partitioned", "分区后内核看到该分区", "once partitioned the kernel sees the partition")
    .expect("mounted", "格式化并挂载后容量与分区相符", "formatted and mounted its capacity fits the partition")
    .expect("full", "写满时被拒绝，已写内容不多于容量", "writing is refused once it is full")
    .expect("on-disk", "卸载后所写内容就在磁盘上", "after unmounting, what was written is on the disk itself")
    .expect(
        "enlarged",
        "磁盘扩容后文件系统空间增加，原内容仍在",
        "after the disk was enlarged there is more room, and the content is still there",
    )
    .run(run);

const SECTORS: u64 = 65_536;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let scratch = sh.scratch()?;
    let (image, folder) = (format!("{scratch}/disk.img"), format!("{scratch}/mounted"));
    let expected = format!("a partition of {SECTORS} sectors");
    let Some(program) = sh.finds(&["sfdisk", "parted", "sgdisk"])? else {
        cx.expect("partitioned").unmet(expected, "none of sfdisk, parted, sgdisk")?;
        return decided();
    };
    if !disk::image(&sh, &image, 40 << 20)? {
        return inconclusive(say("临时目录容纳不下镜像", "the scratch folder cannot hold the image"));
    }
    let command = match program.rsplit('/').next() {
        Some("sfdisk") => sh.command(["sfdisk", "--quiet", &image]).stdin(format!("label: gpt\nstart=2048, size={SECTORS}\n")),
        Some("parted") => {
            sh.command(["parted", "-s", &image, "mklabel", "gpt", "mkpart", "p", "2048s", &format!("{}s", 2047 + SECTORS)])
        }
        _ => sh.command(["sgdisk", &format!("--new=1:2048:{}", 2047 + SECTORS), &image]),
    };
    let ordered = command.elevated().run()?;
    let device = disk::attach(&sh, &image)?;
    let seen = disk::kernel_partition(&sh, &device, 1)?;
    let right = seen.is_some_and(|seen| seen.sectors == SECTORS);
    let actual = seen.map_or_else(|| ordered.said(), |seen| format!("{} sectors", seen.sectors));
    if !cx.expect("partitioned").that(right, expected, actual)? {
        return decided();
    }
    let Some(maker) = sh.finds(&["mkfs.ext4", "mkfs.ext3", "mkfs.ext2"])? else {
        cx.expect("mounted").unmet("mkfs.ext4", "none of mkfs.ext4, mkfs.ext3, mkfs.ext2")?;
        return decided();
    };
    let kind = maker.rsplit('.').next().unwrap_or("ext4").to_owned();
    let partition = format!("{device}p1");
    sh.root([maker.as_str(), "-q", "-F", &partition])?;
    let mounted = disk::mount(&sh, &kind, &partition, &folder)?;
    let size = capacity(&sh, &folder)?;
    let fits = size.is_some_and(|(from, bytes)| from == partition && bytes > SECTORS * 512 / 2 && bytes <= SECTORS * 512);
    let actual = capacity(&sh, &folder)?.map_or_else(|| mounted.said(), |(from, bytes)| format!("{from}: {bytes} bytes"));
    if !cx.expect("mounted").that(fits, format!("{partition}: up to {} bytes", SECTORS * 512), actual)? {
        return decided();
    }
    let word = nonce(cx);
    sh.command(["tee", &format!("{folder}/word")]).stdin(format!("{word}\n").repeat(2000)).elevated().run()?;
    let fill = sh.root(["dd", "if=/dev/zero", &format!("of={folder}/fill"), "bs=1M", "count=64"])?;
    let written: u64 = sh.root(["sh", "-c", "wc -c < \"$1\"", "sh", &format!("{folder}/fill")])?.text().parse().unwrap_or(0);
    let refused = !fill.ok() && written > 0 && written <= SECTORS * 512;
    cx.expect("full").that(refused, "64 MiB do not fit", format!("{written} bytes written; {}", short(&fill.said())))?;
    sh.root(["umount", &folder])?.success()?;
    // The disk itself: what only a folder shows may be anywhere.
    let raw = sh.command(["grep", "-a", "-c", &word, &image]).elevated().timeout_s(60).run()?;
    let kept = raw.text().parse::<u32>().is_ok_and(|lines| lines >= 2000);
    let actual = format!("the word is in {} lines", short(&raw.text()));
    if !cx.expect("on-disk").that(kept, "the word written is in 2000 lines of the disk", actual)? {
        return decided();
    }
    enlarge(cx, &sh, &image, &folder, &kind, (&word, written))
}

/// The file system without its partition table: a disk that grows as it does on any storage array.
fn enlarge(cx: &Context, sh: &Shell, image: &str, folder: &str, kind: &str, (word, kept): (&str, u64)) -> CheckResult {
    let expected = "64 MiB more, content kept";
    let Some(grower) = sh.finds(&["resize2fs"])? else {
        cx.expect("enlarged").unmet(expected, "no resize2fs")?;
        return decided();
    };
    let alone = format!("{image}.alone");
    sh.undo(["rm", "-f", &alone])?;
    let skip = "skip=1";
    sh.root(["dd", &format!("if={image}"), &format!("of={alone}"), "bs=1M", skip, "count=32", "conv=sparse"])?.success()?;
    sh.root(["truncate", "-s", &(96u64 << 20).to_string(), &alone])?.success()?;
    let device = disk::attach(sh, &alone)?;
    disk::mount(sh, kind, &device, folder)?.success()?;
    let before = capacity(sh, folder)?.map_or(0, |(_, bytes)| bytes);
    // Not while it is mounted: that takes more rights than some administrators have, and proves no more.
    sh.root(["umount", folder])?.success()?;
    sh.command(["e2fsck", "-fp", &device]).elevated().timeout_s(60).run()?;
    let grown = sh.command([grower.as_str(), &device]).elevated().timeout_s(60).run()?;
    disk::mount(sh, kind, &device, folder)?;
    let after = capacity(sh, folder)?.map_or(0, |(_, bytes)| bytes);
    let still: u64 = sh.root(["sh", "-c", "wc -c < \"$1\"", "sh", &format!("{folder}/fill")])?.text().parse().unwrap_or(0);
    let sum = sh.root(["sh", "-c", "cksum < \"$1\"", "sh", &format!("{folder}/word")])?.text();
    let whole = sum == cksum(format!("{word}\n").repeat(2000).as_bytes());
    let more = sh.root(["dd", "if=/dev/zero", &format!("of={folder}/more"), "bs=1M", "count=40"])?;
    let met = after > before + (40 << 20) && still == kept && whole && more.ok();
    let actual = format!("{before} -> {after} bytes, {still} of {kept} bytes kept, word the same: {whole}");
    cx.expect("enlarged").that(
        met,
        expected,
        if met { actual } else { format!("{actual}; {}; {}", grown.said(), more.said()) },
    )?;
    sh.root(["umount", folder])?;
    decided()
}

/// What is mounted at a folder, and its size in bytes.
fn capacity(sh: &Shell, folder: &str) -> Result<Option<(String, u64)>, Stop> {
    let told = sh.root(["df", "-P", "-k", folder])?.lines();
    let Some(line) = told.last() else { return Ok(None) };
    let words: Vec<&str> = line.split_whitespace().collect();
    Ok(match words.as_slice() {
        [from, blocks, .., at] if *at == folder => blocks.parse::<u64>().ok().map(|blocks| ((*from).to_owned(), blocks * 1024)),
        _ => None,
    })
}
