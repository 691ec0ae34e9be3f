//! OS: devices come, are usable by their nodes, and go.

use crate::common::{cksum, disk, nonce};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("device-management")
    .title("设备管理", "Device management")
    .question(
        "接入一个块设备后内核是否列出它、大小是否正确，按其主次设备号新建的设备节点能否读到设备上的内容，移除后是否消失？",
        "When a block device is attached, does the kernel list it with its true size, does a node made by its numbers read what \
         is on it, and is it gone once detached?",
    )
    .effect("使用临时镜像与回环设备，结束后清除。", "Uses a scratch image and a loop device, both removed.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .expect("appears", "接入后内核列出设备及其大小", "once attached the kernel lists the device and its size")
    .expect("node", "按设备号新建的节点读到设备内容", "a node made by its numbers reads the device")
    .expect("gone", "移除后设备不再可读", "once detached the device is gone")
    .run(run);

const BYTES: u64 = 3 << 20;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let (scratch, word) = (sh.scratch()?, nonce(cx));
    let (image, node) = (format!("{scratch}/device.img"), format!("{scratch}/node"));
    if !disk::image(&sh, &image, BYTES)? {
        return inconclusive(say("临时目录容纳不下镜像", "the scratch folder cannot hold the image"));
    }
    sh.command(["dd", &format!("of={image}"), "conv=notrunc"]).elevated().stdin(word.clone()).run()?.success()?;
    let expected = format!("{} sectors", BYTES / 512);
    let device = match disk::try_attach(&sh, &image)? {
        Ok(device) => device,
        Err(said) => {
            cx.expect("appears").unmet(expected, said)?;
            return decided();
        }
    };
    let name = device.trim_start_matches("/dev/");
    let told = sh.run(["cat", &format!("/sys/class/block/{name}/size"), &format!("/sys/class/block/{name}/dev")])?.lines();
    let size = told.first().and_then(|size| size.parse::<u64>().ok());
    let listed = sh.run(["grep", "-w", name, "/proc/partitions"])?.text();
    let seen = size == Some(BYTES / 512) && !listed.is_empty();
    cx.expect("appears").that(seen, expected, format!("{size:?} sectors; {listed}"))?;

    let Some((major, minor)) = told.get(1).and_then(|numbers| numbers.split_once(':')) else {
        cx.expect("node").same_look().unmet("numbers of the device", format!("{told:?}"))?;
        return decided();
    };
    let made = sh.root(["mknod", "-m", "600", &node, "b", major, minor])?;
    let read = sh.root(["dd", &format!("if={node}"), "bs=512", "count=1"])?;
    let mut sector = word.clone().into_bytes();
    sector.resize(512, 0);
    let sum = sh.root(["sh", "-c", "dd if=\"$1\" bs=512 count=1 2>/dev/null | cksum", "sh", &node])?.text();
    let found = read.stdout == sector && sum == cksum(&sector);
    let actual = if made.ok() && !found {
        read.said()
    } else if found {
        word.clone()
    } else {
        made.said()
    };
    cx.expect("node").that(found, &word, actual)?;

    sh.root(["losetup", "-d", &device])?;
    // A loop device keeps its node; what is behind it goes, perhaps a moment later.
    let mut after = String::new();
    for _ in 0..20 {
        after = sh.run(["cat", &format!("/sys/class/block/{name}/size")])?.text();
        if after != (BYTES / 512).to_string() {
            break;
        }
        cx.sleep_ms(100);
    }
    let again = sh.root(["dd", &format!("if={node}"), "bs=512", "count=1"])?;
    let gone = !again.stdout.starts_with(word.as_bytes()) && after != (BYTES / 512).to_string();
    cx.expect("gone").that(gone, "no content, no size", format!("{after} sectors; {} bytes read", again.stdout.len()))?;
    decided()
}
