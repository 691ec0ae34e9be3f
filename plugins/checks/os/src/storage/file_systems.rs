//! OS: file systems are made, mounted, written, kept over another mount, and checked clean.

use crate::common::{disk, nonce, short};
use touchstone_sdk::prelude::*;

/// What tells one file system from another.
struct Kind {
    name: &'static str,
    /// Programs that make it; the first there is.
    makers: &'static [&'static str],
    /// What makes the maker quick and quiet.
    options: &'static [&'static str],
    /// Types to mount it by, the kernel's own first; what the kernel then calls it, comma-separated.
    mounts: &'static [(&'static str, &'static str)],
    /// Programs that check it without changing it, with their options.
    checkers: &'static [&'static [&'static str]],
    /// Whether the first 2 KiB of the device are this file system's.
    is_on: fn(&[u8]) -> bool,
}

macro_rules! file_system {
    ($module:ident, $id:literal, $name:literal, $kind:expr) => {
        pub mod $module {
            use super::Kind;
            use touchstone_sdk::prelude::*;

            const KIND: Kind = $kind;
            pub const CHECK: Check = check($id)
                .title(concat!($name, " 文件系统"), concat!($name, " file system"))
                .question(
                    concat!(
                        "系统能否使用 ", $name, " 文件系统？在回环设备上创建并挂载，写入数据，卸载后在设备上直接找到所写内容，\
                         重新挂载后逐字节比对，最后用检查程序确认一致。"
                    ),
                    concat!(
                        "Can the system use ", $name, "? It is made on a loop device, mounted and written; after unmounting, the \
                         content is found on the device itself; mounted again it reads the same, and its checker finds it clean."
                    ),
                )
                .effect(
                    "使用临时镜像与回环设备，结束后清除。",
                    "Uses a scratch image and a loop device, both removed.",
                )
                .on("host")
                .needs(&[Need::Shell])
                .impact(Impact::Scratch)
                .limit_s(120)
                .expect("made-and-mounted", "创建并挂载，确为该类文件系统", "made and mounted, and really of this kind")
                .expect("kept", "卸载后内容在设备上，重新挂载后读回一致", "content is on the device after unmounting, and the same after another mount")
                .expect("clean", "检查程序确认一致", "its checker finds it clean")
                .run(|cx| super::run(cx, &KIND));
        }
    };
}

file_system!(
    xfs,
    "filesystem-xfs",
    "XFS",
    Kind {
        name: "xfs",
        makers: &["mkfs.xfs"],
        options: &["-q", "-f", "-K"],
        mounts: &[("xfs", "xfs")],
        checkers: &[&["xfs_repair", "-n"]],
        is_on: |head| head.starts_with(b"XFSB"),
    }
);
file_system!(
    ext3,
    "filesystem-ext3",
    "EXT3",
    Kind {
        name: "ext3",
        makers: &["mkfs.ext3"],
        options: &["-q", "-F"],
        mounts: &[("ext3", "ext3")],
        checkers: &[&["e2fsck", "-fn"], &["fsck.ext3", "-fn"]],
        is_on: |head| super::ext_features(head).is_some_and(|(journal, extents)| journal && !extents),
    }
);
file_system!(
    ext4,
    "filesystem-ext4",
    "EXT4",
    Kind {
        name: "ext4",
        makers: &["mkfs.ext4"],
        options: &["-q", "-F"],
        mounts: &[("ext4", "ext4")],
        checkers: &[&["e2fsck", "-fn"], &["fsck.ext4", "-fn"]],
        is_on: |head| super::ext_features(head).is_some_and(|(_, extents)| extents),
    }
);
file_system!(
    ntfs,
    "filesystem-ntfs",
    "NTFS",
    Kind {
        name: "ntfs",
        makers: &["mkfs.ntfs", "mkntfs"],
        options: &["-Q", "-q", "-F"],
        mounts: &[("ntfs3", "ntfs3"), ("ntfs-3g", "fuseblk,fuse,fuse.ntfs-3g"), ("ntfs", "ntfs,ntfs3,fuseblk")],
        checkers: &[&["ntfsfix", "-n"], &["fsck.ntfs"]],
        is_on: |head| head.get(3..11) == Some(b"NTFS    "),
    }
);

/// Journal and extents of an ext file system (superblock at 1024: magic at 56, compatible features at 92, incompatible at 96).
fn ext_features(head: &[u8]) -> Option<(bool, bool)> {
    let at = |offset: usize| head.get(1024 + offset..1028 + offset)?.try_into().ok().map(u32::from_le_bytes);
    (head.get(1080..1082)? == [0x53, 0xef]).then_some((at(92)? & 4 != 0, at(96)? & 0x40 != 0))
}

/// Bytes of the scratch disk: XFS wants 300 MB at least.
const BYTES: u64 = 400 << 20;

/// Files of many sizes, each beginning with the word, and a folder; their sums go to standard output.
const FILL: &str = "cd \"$1\" && mkdir -p a/b && i=0; while [ $i -lt 20 ]; do { printf '%s %s\\n' \"$2\" $i; head -c $((i*i*997)) /dev/urandom; } \
                    > a/b/f$i || exit 1; i=$((i+1)); done; sync -f . 2>/dev/null || sync; cd a/b && cksum f*";

fn run(cx: &Context, kind: &Kind) -> CheckResult {
    let sh = cx.shell()?;
    let expected = format!("{} made by {}", kind.name, kind.makers.join(" or "));
    // A minimal installation without the maker says nothing about what its kernel can use.
    let maker = sh.helper(kind.makers)?;
    let scratch = sh.scratch()?;
    let (image, folder) = (format!("{scratch}/{}.img", kind.name), format!("{scratch}/{}", kind.name));
    if !disk::image(&sh, &image, BYTES)? {
        return inconclusive(say("临时目录容纳不下镜像", "the scratch folder cannot hold the image"));
    }
    let device = disk::attach(&sh, &image)?;
    let made =
        sh.command([maker.as_str()].iter().chain(kind.options).chain(&[device.as_str()])).elevated().timeout_s(60).run()?;
    let head = sh.root(["dd", &format!("if={device}"), "bs=2048", "count=1"])?.success()?.stdout;
    if !(kind.is_on)(&head) {
        cx.expect("made-and-mounted").unmet(expected, format!("not on the device; {}", made.said()))?;
        return decided();
    }
    let Some(by) = mount(cx, &sh, kind, &device, &folder)? else { return decided() };
    let word = nonce(cx);
    let before = sh.root(["sh", "-c", FILL, "sh", &folder, &word])?;
    sh.root(["umount", &folder])?.success()?;
    // The device itself, not what a cache or another folder shows.
    let raw = sh.command(["grep", "-a", "-c", &word, &device]).elevated().timeout_s(60).run()?;
    let remounted = disk::mount(&sh, by, &device, &folder)?;
    let after = sh.root(["sh", "-c", "cd \"$1/a/b\" && cksum f*", "sh", &folder])?;
    let first = sh.root(["head", "-n", "1", &format!("{folder}/a/b/f7")])?.text();
    let same = before.ok() && before.lines().len() == 20 && before.text() == after.text() && first == format!("{word} 7");
    let on_device = raw.text().parse::<u32>().is_ok_and(|lines| lines > 0);
    let actual = match (same, on_device) {
        (true, true) => "20 files the same, word on the device".to_owned(),
        (true, false) => format!("20 files the same, word not on the device ({})", raw.said()),
        _ if !remounted.ok() => remounted.said(),
        _ => format!("first line {first:?}; {} -> {}", short(&before.said()), short(&after.said())),
    };
    cx.expect("kept").that(same && on_device, "20 files the same, word on the device", actual)?;
    sh.root(["umount", &folder])?.success()?;
    clean(cx, &sh, kind, &device)
}

/// Mounts it, and reports what the kernel has there.
fn mount(cx: &Context, sh: &Shell, kind: &Kind, device: &str, folder: &str) -> Result<Option<&'static str>, Stop> {
    let mut refusals = Vec::new();
    for (by, called) in kind.mounts {
        let tried = disk::mount(sh, by, device, folder)?;
        let table = sh.run(["cat", "/proc/mounts"])?.success()?.text();
        let seen = table.lines().rev().find_map(|line| {
            let mut words = line.split(' ');
            let (from, at, kind) = (words.next()?, words.next()?, words.next()?);
            (at == folder && from == device).then(|| kind.to_owned())
        });
        match seen {
            Some(seen) if called.split(',').any(|name| name == seen) => {
                cx.expect("made-and-mounted").met(format!("mounted as {called}"), format!("mounted as {seen}"))?;
                return Ok(Some(by));
            }
            Some(seen) => refusals.push(format!("mounted as {seen}")),
            None => refusals.push(tried.said()),
        }
    }
    cx.expect("made-and-mounted").unmet("mounted", refusals.join("; "))?;
    Ok(None)
}

fn clean(cx: &Context, sh: &Shell, kind: &Kind, device: &str) -> CheckResult {
    for checker in kind.checkers {
        if sh.finds(&[checker[0]])?.is_some() {
            let look = || sh.command(checker.iter().chain(&[device])).elevated().timeout_s(60).run();
            let checked = look()?;
            // A checker that also calls a damaged one clean says nothing.
            sh.root(["dd", "if=/dev/zero", &format!("of={device}"), "bs=4096", "count=4"])?.success()?;
            let damaged = look()?;
            cx.expect("clean").that(
                checked.ok() && !damaged.ok(),
                format!("{}: exit 0, and otherwise once damaged", checker[0]),
                format!("{}; damaged: {}", checked.said(), damaged.said()),
            )?;
            return decided();
        }
    }
    let names = kind.checkers.iter().map(|checker| checker[0]).collect::<Vec<_>>().join("|");
    cx.expect("clean")
        .unevaluated(say(format!("目标上缺少检查程序 {names}"), format!("no checker on the target: {names}")), "clean")?;
    decided()
}

#[cfg(test)]
mod tests {
    use super::ext_features;

    #[test]
    fn fuzz_heads_of_file_systems() {
        let mut ext = vec![0; 2048];
        ext[1080..1082].copy_from_slice(&[0x53, 0xef]);
        ext[1116] = 4;
        assert_eq!(ext_features(&ext), Some((true, false)));
        touchstone_fuzz::fuzz(&[&ext, &ext[..1100], b"NTFS    "], &[], ext_features);
    }
}
