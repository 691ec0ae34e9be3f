//! OS: a file system of 16 TB and more.

use crate::common::disk;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("large-filesystem")
    .title("大容量文件系统", "Large file system")
    .question(
        "能否建立、挂载并使用超过要求大小的文件系统？在稀疏设备上格式化并挂载，分散写入文件直到有内容落在设备的该位置之后，\
         卸载后直接从设备的该位置读出，检查一致性，再次挂载后读回。",
        "Can a file system larger than required be made, mounted and used? One is made on a sparse device and mounted; files \
         are spread over it until one lies beyond that place of the device. Unmounted, the block is read from the device \
         itself; the file system is checked, mounted again, and the file read back.",
    )
    .effect(
        "使用稀疏镜像与回环设备，实际占用约几十至几百 MB，结束后删除。",
        "Uses a sparse image on a loop device that really occupies tens to hundreds of MB; it is deleted.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(240)
    .param("size", "16TiB", "文件系统至少要达到的大小", "size the file system must exceed")
    .param("types", "xfs,ext4", "依次尝试的类型，一种达到即可", "types to try in turn; one that does is enough")
    .param("directory", "", "存放镜像的目录；缺省自动选择", "folder of the image; chosen by itself by default")
    .expect(
        "mounted",
        "已挂载，内核报告的容量不小于要求",
        "mounted, and its size as the kernel reports it is at least the one required",
    )
    .expect("used-beyond", "内容确实落在设备的该位置之后", "content really lies beyond that place of the device")
    .expect("kept", "检查无误，重新挂载后内容仍在", "checked clean, and the content is there after another mount")
    .run(run);

/// XFS spreads new folders over its whole size. ext4 does so only when nearly empty groups differ; it is told by the kernel's
/// own knob to begin at its end.
const SPREAD: &str = "cd \"$1\" || exit 1; [ -w \"$3\" ] && echo $(( $(stat -f -c %c .) - 1000 )) > \"$3\"; i=0; \
                      while [ $i -lt 400 ]; do mkdir d$i && printf %s \"$2\" > d$i/f || exit 1; i=$((i+1)); done; \
                      sync -f . 2>/dev/null || sync";

fn run(cx: &Context) -> CheckResult {
    let size = cx.size("size")?;
    let types = cx.param("types")?;
    let sh = cx.shell()?;
    let kinds: Vec<&str> = types.split(',').map(str::trim).collect();
    let mut makers = Vec::new();
    for kind in &kinds {
        makers.extend(sh.finds(&[&format!("mkfs.{kind}")])?.map(|mkfs| (*kind, mkfs)));
    }
    if makers.is_empty() {
        let names = kinds.join(", mkfs.");
        return inconclusive(say(format!("目标上缺少 mkfs.{names}"), format!("missing on the target: mkfs.{names}")));
    }
    // A sixteenth more, so that there is room beyond.
    let bytes = size.saturating_add(size / 16);
    let image = room_for(cx, &sh, bytes)?;
    let device = disk::attach(&sh, &image)?;
    let folder = format!("{}/large", sh.scratch()?);
    let mut failures = Vec::new();
    for (kind, mkfs) in makers {
        let made = make(&sh, &mkfs, kind, &device)?;
        if !made.ok() {
            failures.push(made.said());
            continue;
        }
        let mounted = disk::mount(&sh, kind, &device, &folder)?;
        match capacity(&sh, kind, &folder, &device)? {
            Some(found) if found >= size => {
                cx.expect("mounted").met(format!(">= {size} bytes"), format!("{kind}: {found} bytes"))?;
                return used(cx, &sh, kind, &device, &folder, size);
            }
            Some(found) => failures.push(format!("{kind}: {found} bytes")),
            None => failures.push(mounted.said()),
        }
        sh.root(["umount", &folder])?;
    }
    cx.expect("mounted").unmet(format!(">= {size} bytes"), failures.join("; "))?;
    decided()
}

/// A place that can hold a sparse file of so many bytes: few file systems can.
fn room_for(cx: &Context, sh: &Shell, bytes: u64) -> Result<String, Stop> {
    let name = format!("touchstone-{}.img", cx.scratch_name());
    let directory = cx.param("directory")?;
    let scratch = sh.scratch()?;
    let folders = if directory.is_empty() { vec!["/dev/shm", &scratch] } else { vec![directory.as_str()] };
    for folder in folders {
        let image = format!("{folder}/{name}");
        if disk::image(sh, &image, bytes)? {
            return Ok(image);
        }
    }
    if directory.is_empty() {
        // A file system that can, inside the scratch folder.
        let (outer, folder) = (format!("{scratch}/outer.img"), format!("{scratch}/outer"));
        if sh.finds(&["mkfs.xfs"])?.is_some() && disk::image(sh, &outer, 1 << 40)? {
            let device = disk::attach(sh, &outer)?;
            sh.root(["mkfs.xfs", "-q", "-f", "-K", &device])?.success()?;
            disk::mount(sh, "xfs", &device, &folder)?.success()?;
            let image = format!("{folder}/{name}");
            if disk::image(sh, &image, bytes)? {
                return Ok(image);
            }
        }
    }
    inconclusive(say(
        format!("没有目录能容纳 {bytes} 字节的稀疏镜像，可用参数 directory 指定"),
        format!("no folder can hold a sparse image of {bytes} bytes; name one by the parameter directory"),
    ))
}

fn make(sh: &Shell, mkfs: &str, kind: &str, device: &str) -> Result<Output, Stop> {
    // A small log, no discarding, tables written later: each would really occupy gigabytes of the image's host.
    let argv = match kind {
        "xfs" => vec![mkfs, "-q", "-f", "-K", "-l", "size=64m", device],
        _ if kind.starts_with("ext") => {
            vec![mkfs, "-q", "-F", "-T", "largefile4", "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1", device]
        }
        _ => vec![mkfs, device],
    };
    sh.command(argv).elevated().timeout_s(120).run()
}

/// Bytes of what is mounted there, when it is this device with a file system of this type.
fn capacity(sh: &Shell, kind: &str, folder: &str, device: &str) -> Result<Option<u64>, Stop> {
    let mounts = sh.run(["cat", "/proc/self/mounts"])?.success()?.text();
    let here = mounts.lines().any(|line| line.split(' ').take(3).eq([device, folder, kind]));
    if !here {
        return Ok(None);
    }
    let words = sh.root(["stat", "-f", "-c", "%S %b", folder])?.success()?.text();
    let mut numbers = words.split(' ').map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(block)), Some(Ok(blocks))) => Ok(block.checked_mul(blocks)),
        _ => inconclusive(say(format!("无法读懂 stat 的输出：{words}"), format!("stat cannot be understood: {words}"))),
    }
}

fn used(cx: &Context, sh: &Shell, kind: &str, device: &str, folder: &str, size: u64) -> CheckResult {
    let marker = format!("touchstone-{}", cx.scratch_name());
    let knob = format!("/sys/fs/{kind}/{}/inode_goal", device.trim_start_matches("/dev/"));
    sh.command(["sh", "-c", SPREAD, "sh", folder, &marker, &knob]).elevated().timeout_s(60).run()?.success()?;
    let script = "cd \"$1\" && filefrag -b1 -v d*/f";
    let map = sh.command(["sh", "-c", script, "sh", folder]).elevated().run()?.success()?.text();
    let Some((file, place)) = beyond(&map, size) else {
        let why = say("没有文件被分配到该位置之后，无法判定", "no file happened to be placed beyond, so it could not be decided");
        cx.expect("used-beyond").unevaluated(why, format!("a block beyond {size}"))?;
        return decided();
    };
    sh.root(["umount", folder])?.success()?;
    // The device itself, past the cache of the file system.
    let block = disk::bytes_at(sh, device, place / 512 * 512, 512)?;
    let found = block.starts_with(marker.as_bytes());
    let actual = if found { format!("{file} at {place}") } else { format!("no marker at {place}") };
    cx.expect("used-beyond").that(found, format!("{marker} on the device beyond {size}"), actual)?;

    let clean = check_clean(sh, kind, device)?;
    let mounted = disk::mount(sh, kind, device, folder)?;
    let again = sh.root(["cat", &format!("{folder}/{file}")])?.text();
    let actual = match (clean, mounted.ok()) {
        (Some(words), _) => words,
        (None, false) => mounted.said(),
        (None, true) => again.clone(),
    };
    cx.expect("kept").that(actual == marker && again == marker, marker, actual)?;
    decided()
}

/// What the file system's own checker complains of; nothing when it is clean or there is no checker for it.
fn check_clean(sh: &Shell, kind: &str, device: &str) -> Result<Option<String>, Stop> {
    let argv = if kind == "xfs" { ["xfs_repair", "-n", device] } else { ["e2fsck", "-fn", device] };
    if sh.finds(&[argv[0]])?.is_none() {
        return Ok(None);
    }
    let checked = sh.command(argv).elevated().timeout_s(120).run()?;
    Ok((!checked.ok()).then(|| checked.said()))
}

/// The first file of `filefrag -b1 -v` with a block beyond, and where on the device in bytes.
fn beyond(map: &str, size: u64) -> Option<(String, u64)> {
    let (mut file, mut width) = (String::new(), 1);
    for line in map.lines() {
        if let Some(rest) = line.strip_prefix("File size of ") {
            file = rest.split(" is ").next()?.to_owned();
            width = rest.split("blocks of ").nth(1).and_then(|tail| tail.split(' ').next()?.parse().ok()).unwrap_or(1);
            continue;
        }
        // ` 0: 0.. 4095: 17592186052608.. 17592186056703: 4096: last,eof`
        let mut fields = line.split(':');
        let (Some(number), Some(_), Some(physical)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if number.trim().parse::<u32>().is_err() {
            continue;
        }
        let first: u64 = physical.split("..").next()?.trim().parse().ok()?;
        let place = first.checked_mul(width)?;
        if place > size {
            return Some((file, place));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::beyond;

    const MAP: &str = "Filesystem type is: 58465342\n\
        File size of d0/f is 30 (1 block of 4096 bytes)\n \
        ext:     logical_offset:        physical_offset: length:   expected: flags:\n   \
        0:        0..    4095:     135168..    139263:   4096:             last,eof\n\
        d0/f: 1 extent found\n\
        File size of d7/f is 30 (4096 blocks of 1 bytes)\n   \
        0:        0..    4095: 17592186052608.. 17592186056703:   4096:             last,eof\n";

    #[test]
    fn fuzz_maps_of_blocks() {
        let words = ["File size of ", " is ", "blocks of ", "0: ", "..", ":", "\n", "18446744073709551615"];
        touchstone_fuzz::fuzz(&[MAP.as_bytes()], &words, |input| {
            beyond(&String::from_utf8_lossy(input), 1 << 44).map(|(file, place)| (file.len().min(9), place.leading_zeros()))
        });
    }

    #[test]
    fn the_first_block_beyond_is_found() {
        assert_eq!(beyond(MAP, 16 << 40), Some(("d7/f".into(), 17_592_186_052_608)));
        assert_eq!(beyond(MAP, 17_592_186_052_608), None);
        assert_eq!(beyond("", 0), None);
    }
}
