//! Scratch disks: sparse images on loop devices, and their partitions.

use touchstone_sdk::prelude::*;

/// Detaches every loop device of an image, its partitions first. The kernel may take a moment; the options that would say it
/// more shortly are not in every losetup.
const DETACH: &str = "of() { for f in /sys/block/loop*/loop/backing_file; do [ \"$(cat \"$f\" 2>/dev/null)\" = \"$1\" ] && \
                      echo \"/dev/$(echo \"$f\" | cut -d/ -f4)\"; done; }; \
                      for d in $(of \"$1\"); do partx -d \"$d\" 2>/dev/null; losetup -d \"$d\"; done; \
                      for i in 1 2 3 4 5 6 7 8 9 10; do [ -z \"$(of \"$1\")\" ] && exit 0; sleep 0.1; done; exit 1";

/// Attaches, and prints the device.
const ATTACH: &str = "losetup -f --show \"$1\" 2>/dev/null && exit 0; d=$(losetup -f) && losetup \"$d\" \"$1\" && echo \"$d\"";

/// A sparse image of so many bytes, removed in the end. False when the file system can't hold it.
pub fn image(sh: &Shell, path: &str, bytes: u64) -> Result<bool, Stop> {
    sh.undo(["rm", "-f", path])?;
    let made = sh.root(["truncate", "-s", &bytes.to_string(), path])?;
    if made.not_found() {
        made.success()?;
        return Ok(false);
    }
    Ok(made.ok())
}

/// The loop device of an image, detached in the end.
pub fn attach(sh: &Shell, image: &str) -> Result<String, Stop> {
    match try_attach(sh, image)? {
        Ok(device) => Ok(device),
        Err(said) => inconclusive(say("无法使用回环设备", format!("no loop device to be had: {said}"))),
    }
}

/// The same for a check that asks whether it can be; else what was said.
pub fn try_attach(sh: &Shell, image: &str) -> Result<Result<String, String>, Stop> {
    sh.undo(["sh", "-c", DETACH, "sh", image])?;
    sh.helper(&["losetup"])?;
    let attached = sh.root(["sh", "-c", ATTACH, "sh", image])?;
    Ok(match attached.text() {
        device if attached.ok() && device.starts_with("/dev/") => Ok(device),
        _ => Err(attached.said()),
    })
}

/// Bytes of a file or a device, read by two programs: what only one of them says is not believed. Absent, the second has no
/// say.
pub fn bytes_at(sh: &Shell, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, Stop> {
    // A multiple of a sector, so that devices are read as fast as files.
    let unit = if offset.is_multiple_of(512) && length.is_multiple_of(512) { 512 } else { 1 };
    let (from, size) = (format!("if={path}"), format!("bs={unit}"));
    let (skip, count) = (format!("skip={}", offset / unit), format!("count={}", length / unit));
    let bytes = sh.root(["dd", &from, &size, &skip, &count])?.success()?.stdout;
    if sh.finds(&["od"])?.is_none() {
        return Ok(bytes);
    }
    let (skip, count) = (offset.to_string(), length.to_string());
    let other = sh.root(["od", "-A", "n", "-v", "-t", "x1", "-j", &skip, "-N", &count, path])?;
    let words: String = other.text().split_whitespace().collect();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if words == hex {
        return Ok(bytes);
    }
    inconclusive(say(
        format!("目标上的 dd 与 od 对 {path} 偏移 {offset} 处的内容说法不一"),
        format!("the target's dd and od do not agree on what {path} holds at {offset}: {}", other.said()),
    ))
}

/// Mounts, and unmounts in the end.
pub fn mount(sh: &Shell, kind: &str, device: &str, folder: &str) -> Result<Output, Stop> {
    sh.root(["mkdir", "-p", folder])?.success()?;
    sh.undo(["sh", "-c", "mountpoint -q \"$1\" || exit 0; umount \"$1\" || umount -l \"$1\"", "sh", folder])?;
    sh.root(["mount", "-t", kind, device, folder])
}

/// A partition as the kernel has it: first sector and number of sectors, of 512 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub start: u64,
    pub sectors: u64,
}

/// Makes the kernel look at the partition table, and says what it has of this partition.
pub fn kernel_partition(sh: &Shell, device: &str, number: u32) -> Result<Option<Seen>, Stop> {
    if let Some(seen) = partition_now(sh, device, number)? {
        return Ok(Some(seen));
    }
    // A kernel without parsers of its own is told by one of these; together they would get in each other's way.
    let teller = sh.helper(&["partx", "partprobe"])?;
    // Whether it could is seen in what the kernel has.
    if teller.ends_with("partx") {
        sh.root(["partx", "-u", device])?
    } else {
        sh.root(["partprobe", device])?
    };
    partition_now(sh, device, number)
}

fn partition_now(sh: &Shell, device: &str, number: u32) -> Result<Option<Seen>, Stop> {
    let name = device.trim_start_matches("/dev/");
    let folder = format!("/sys/class/block/{name}p{number}");
    let output = sh.run(["cat", &format!("{folder}/start"), &format!("{folder}/size")])?;
    let mut numbers = output.lines().into_iter().filter_map(|line| line.parse::<u64>().ok());
    Ok(match (numbers.next(), numbers.next()) {
        (Some(start), Some(sectors)) => Some(Seen { start, sectors }),
        _ => None,
    })
}
