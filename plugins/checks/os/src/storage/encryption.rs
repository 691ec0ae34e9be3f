//! OS: a file system is encrypted: what lies on the device is not the plain text, and a wrong key opens nothing.

use crate::common::{cksum, disk, nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("filesystem-encryption")
    .title("文件系统加密", "File-system encryption")
    .question(
        "系统能否对文件系统加密？以整盘加密、内核文件加密或加密挂载中系统所具备的第一种：写入随机词后直接读取底层设备，\
         不得出现明文（同时写入的未加密对照词必须能找到）；错误密钥读不到内容，正确密钥读回原文。",
        "Can the system encrypt a file system? The first it has of disk encryption, the kernel's file encryption and an encrypted \
         mount is used: after a random word was written, the device read directly must not show it (a word written in the clear \
         beside it must be found); a wrong key reads nothing, the right one reads it back.",
    )
    .effect("使用临时镜像与回环设备，结束后清除。", "Uses a scratch image and a loop device, both removed.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(180)
    .expect("ciphertext", "设备上没有明文", "no plain text on the device")
    .expect("wrong-key", "错误的密钥读不到内容", "a wrong key reads nothing")
    .expect("right-key", "正确的密钥读回原文", "the right key reads it back")
    .run(run);

/// 64 bytes each, which every means takes.
const KEYS: [&str; 2] = [
    "the-right-key-of-this-check-0123456789-0123456789-0123456789-abc",
    "a-wrong-key-of-this-check-00-0123456789-0123456789-0123456789-ab",
];

/// One way to encrypt. Every script has the image, the folder to work in, and a name as `$1`, `$2`, `$3`, and the key on its
/// standard input. The secret is the file `secret`; where `open` leaves it readable it prints the path of its folder.
struct Means {
    name: &'static str,
    /// Whether the system has it.
    there: &'static str,
    make: &'static str,
    open: &'static str,
    close: &'static str,
}

const MEANS: [Means; 3] = [
    Means {
        name: "LUKS",
        there: "command -v cryptsetup >/dev/null || exit 1; modprobe -q dm_crypt; grep -qw device-mapper /proc/devices",
        make: "mkdir -p \"$2/open\" && cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - \"$1\"",
        open: "cryptsetup open --key-file - \"$1\" \"$3\" || exit 1; blkid \"/dev/mapper/$3\" >/dev/null 2>&1 || mkfs.ext4 -q \"/dev/mapper/$3\"; \
               mount \"/dev/mapper/$3\" \"$2/open\" && echo \"$2/open\"",
        close: "mountpoint -q \"$2/open\" && umount \"$2/open\"; [ ! -e \"/dev/mapper/$3\" ] || cryptsetup close \"$3\"; [ ! -e \"/dev/mapper/$3\" ]",
    },
    Means {
        name: "ext4 encryption",
        there: "command -v xfs_io >/dev/null && command -v mkfs.ext4 >/dev/null && [ -e /sys/fs/ext4/features/encryption ]",
        make: "mkdir -p \"$2/open\" && mkfs.ext4 -q -F -O encrypt,stable_inodes \"$1\" && mount -o loop \"$1\" \"$2/open\" && mkdir \"$2/open/safe\" && \
               k=$(xfs_io -c add_enckey \"$2/open\" | sed -n 's/.*identifier //p') && xfs_io -c \"set_encpolicy -v 2 $k\" \"$2/open/safe\" && umount \"$2/open\"",
        open: "mountpoint -q \"$2/open\" || mount -o loop \"$1\" \"$2/open\" || exit 1; \
               xfs_io -c add_enckey \"$2/open\" | sed -n 's/.*identifier //p' > \"$2/key\"; echo \"$2/open/safe\"",
        close: "mountpoint -q \"$2/open\" || exit 0; sync; [ ! -s \"$2/key\" ] || xfs_io -c \"rm_enckey $(cat \"$2/key\")\" \"$2/open\" >/dev/null; umount \"$2/open\"",
    },
    Means {
        name: "gocryptfs",
        there: "command -v gocryptfs >/dev/null && [ -e /dev/fuse ]",
        make: "mkdir -p \"$2/open\" \"$2/plain\" && mkfs.ext4 -q -F \"$1\" && mount -o loop \"$1\" \"$2/plain\" && mkdir \"$2/plain/cipher\" && cat > \"$2/pass\" && \
               gocryptfs -q -init -scryptn 10 -passfile \"$2/pass\" \"$2/plain/cipher\"; umount \"$2/plain\"",
        open: "cat > \"$2/pass\"; mountpoint -q \"$2/plain\" || mount -o loop \"$1\" \"$2/plain\" || exit 1; \
               gocryptfs -q -passfile \"$2/pass\" \"$2/plain/cipher\" \"$2/open\" && echo \"$2/open\"",
        close: "mountpoint -q \"$2/open\" && umount \"$2/open\"; mountpoint -q \"$2/plain\" && { sync; umount \"$2/plain\"; }; ! mountpoint -q \"$2/plain\"",
    },
];

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let mut found = None;
    for means in &MEANS {
        if found.is_none() && sh.root(["sh", "-c", means.there])?.ok() {
            found = Some(means);
        }
    }
    let names = MEANS.iter().map(|means| means.name).collect::<Vec<_>>().join(", ");
    let Some(means) = found else {
        cx.expect("ciphertext").unmet(format!("one of {names}"), "none of them on this system")?;
        return decided();
    };
    let (scratch, word) = (sh.scratch()?, nonce(cx));
    let (image, folder) = (format!("{scratch}/encrypted.img"), format!("{scratch}/encrypted"));
    let (secret, clear) = (format!("secret-{word}"), format!("clear-{word}"));
    if !disk::image(&sh, &image, 96 << 20)? {
        return inconclusive(say("临时目录容纳不下镜像", "the scratch folder cannot hold the image"));
    }
    sh.root(["mkdir", "-p", &folder])?.success()?;
    let step = |script: &str, key: &str| {
        sh.command(["sh", "-c", script, "sh", &image, &folder, &word]).stdin(key).elevated().timeout_s(60).run()
    };
    sh.undo(["sh", "-c", means.close, "sh", &image, &folder, &word])?;
    let made = step(means.make, KEYS[0])?;
    let opened = step(means.open, KEYS[0])?;
    let Some(place) = opened.text().lines().last().filter(|line| line.starts_with('/')).map(str::to_owned) else {
        let why = format!("{}; {}", made.said(), opened.said());
        return inconclusive(say(format!("{} 未能启用", means.name), format!("{} could not be set up: {why}", means.name)));
    };
    // Larger than what a file system keeps in its own tables.
    let text = format!("{secret}\n").repeat(4000);
    sh.command(["tee", &format!("{place}/secret")]).stdin(text).elevated().run()?;
    let written = sh.root(["head", "-n", "1", &format!("{place}/secret")])?.text();
    if written != secret {
        let why = made.said();
        return inconclusive(say(
            format!("{} 中未能写入", means.name),
            format!("nothing could be written by {}: {why}", means.name),
        ));
    }
    step(means.close, "")?.success()?;
    // Beyond all file systems, at the image's end: what a direct look would find if it were there.
    sh.command(["sh", "-c", "printf '%s\\n' \"$2\" >> \"$1\"", "sh", &image, &clear]).elevated().run()?.success()?;
    let count = |what: &str| -> Result<u64, Stop> {
        Ok(sh.command(["grep", "-a", "-c", what, &image]).elevated().timeout_s(60).run()?.text().parse().unwrap_or(0))
    };
    let (hidden, seen) = (count(&secret)?, count(&clear)?);
    let met = hidden == 0 && seen == 1;
    let actual = format!("{}: secret found {hidden} times, clear word {seen} times", means.name);
    cx.expect("ciphertext").that(met, "secret found 0 times, clear word once", actual)?;
    sh.root(["truncate", "-s", &(96u64 << 20).to_string(), &image])?.success()?;

    let read = |key: &str| -> Result<String, Stop> {
        let opened = step(means.open, key)?.text();
        let place = opened.lines().last().filter(|line| line.starts_with('/')).unwrap_or("/nowhere").to_owned();
        let text = sh
            .root([
                "sh",
                "-c",
                "head -n 1 \"$1/secret\" 2>/dev/null; cksum < \"$1/secret\" 2>/dev/null; cat \"$1\"/* 2>/dev/null | grep -a -m 1 -o \"$2\"",
                "sh",
                &place,
                &secret,
            ])?
            .text();
        step(means.close, key)?;
        Ok(text)
    };
    let wrong = read(KEYS[1])?;
    cx.expect("wrong-key").that(!wrong.contains(&secret), "nothing", short(&wrong))?;
    let right = read(KEYS[0])?;
    let whole = cksum(format!("{secret}\n").repeat(4000).as_bytes());
    let read = right.lines().take(2).collect::<Vec<_>>().join("; ");
    cx.expect("right-key").that(read == format!("{secret}; {whole}"), format!("{secret}; {whole}"), short(&read))?;
    decided()
}
