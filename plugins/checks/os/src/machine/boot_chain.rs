//! OS: the running system was booted by GRUB 2.

use crate::common::short;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("boot-chain")
    .title("当前系统的引导链", "Boot chain of this system")
    .question(
        "当前系统是否由 GRUB 2 引导？BIOS 引导时在根文件系统所在磁盘的引导扇区查找其代码，UEFI 引导时查找本次使用的引导程序本身；\
         并核对内核命令行与其配置相符。",
        "Was this system booted by GRUB 2? Booted by BIOS its code is looked for in the boot sector of the disk that holds the root file \
         system, by UEFI in the very program that was started; and the kernel's command line must agree with its settings.",
    )
    .effect("只读取磁盘的首扇区与引导文件，不改变目标。", "Reads the disk's first sectors and the boot files; nothing changes.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Observe)
    .limit_s(30)
    .expect("loader", "引导程序是 GRUB 2", "the boot loader is GRUB 2")
    .expect("settings", "内核命令行出自其配置", "the kernel's command line comes from its settings")
    .run(run);

/// The disk below the root file system, and its first sectors.
const DISK: &str = r#"d=$(readlink -f "$(awk '$2=="/" && $1 ~ /^\/dev\// {print $1}' /proc/mounts | tail -n 1)")
case $d in /dev/root|'') n=$(mountpoint -d /); d=$(readlink -f "/sys/dev/block/$n"); d=/dev/${d##*/};; esac
for i in 1 2 3 4; do s=/sys/class/block/${d##*/}
[ -e "$s/partition" ] && { d=/dev/$(basename "$(readlink -f "$s/..")"); continue; }
n=$(ls "$s/slaves" 2>/dev/null | head -n 1); [ -n "$n" ] && { d=/dev/$n; continue; }; break; done
echo "$d"; [ "$(dd if="$d" bs=512 count=1 2>/dev/null | wc -c)" = 512 ] || { echo unreadable; exit; }; dd if="$d" bs=1M count=1 2>/dev/null | tr -c '[:print:]' '\n' | grep -E 'GRUB|Geom|LILO|SYSLINUX|ISOLINUX' | tr '\n' ' '"#;

/// The program that the firmware started: its file on the system partition.
const LOADER: &str = r#"v=/sys/firmware/efi/efivars; n=$(tail -c 2 $v/BootCurrent-* 2>/dev/null | od -An -tx2 | tr -d ' \n' | tr a-f A-F)
p=$(tail -c +5 "$v/Boot$n"-* 2>/dev/null | tr -d '\000' | tr -c '[:print:]' '\n' | grep -o '\\EFI\\[^ ]*' | head -n 1 | tr '\\' '/')
[ -n "$p" ] || p=/EFI/BOOT/BOOTX64.EFI
m=$(awk '$3=="vfat" {print $2}' /proc/mounts | head -n 1); t=
if [ -z "$m" ]; then t=$(mktemp -d); e=$(blkid -t TYPE=vfat -o device | head -n 1); mount -t vfat -o ro "$e" "$t" && m=$t; fi
f=$m$p; echo "$p"; tr -c '[:print:]' '\n' < "$f" | grep -E 'GRUB|systemd-boot|rEFInd|grub.cfg' | sort -u | head -n 5 | tr '\n' ' '
[ -z "$t" ] || { umount "$t"; rmdir "$t"; }"#;

const SETTINGS: &str = r#"c=$(tr ' ' '\n' < /proc/cmdline | sed -n 's/^BOOT_IMAGE=//p' | sed 's/^([^)]*)//'); echo "${c:-none}"
for f in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/efi/EFI/*/grub.cfg; do [ -r "$f" ] || continue
n=${c##*/}; [ -n "$n" ] && grep -q -F "$n" "$f" && { echo "in $f"; break; }
[ -n "$n" ] && ls /boot/loader/entries/*.conf >/dev/null 2>&1 && grep -q -F "$n" /boot/loader/entries/*.conf && { echo "in /boot/loader/entries"; break; }; done"#;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let firmware = sh.run(["test", "-d", "/sys/firmware/efi"])?.ok();
    let seen = sh.root(["sh", "-c", if firmware { LOADER } else { DISK }])?.text();
    let marks = seen.lines().skip(1).collect::<Vec<_>>().join(" ");
    if marks.contains("unreadable") {
        return inconclusive(say(
            "无法读取根文件系统所在的磁盘",
            format!("the disk of the root file system cannot be read: {}", short(&seen)),
        ));
    }
    // Both BIOS boot sectors say GRUB; only the second release's core says this beside its name.
    let loader = if firmware {
        marks.contains("GRUB") || marks.contains("grub.cfg")
    } else {
        marks.contains("GRUB") && !marks.contains("LILO") && !marks.contains("LINUX")
    };
    let version = sh.finds(&["grub2-install", "grub-install"])?;
    let words = match &version {
        Some(program) => sh.run([program.as_str(), "--version"])?.text(),
        None => String::new(),
    };
    let legacy = words.contains(" 0.9");
    let way = if firmware { "UEFI" } else { "BIOS" };
    cx.expect("loader").that(
        loader && !legacy,
        format!("{way}: GRUB 2"),
        format!("{way}: {}; {}", short(&seen), short(&words)),
    )?;
    let told = sh.root(["sh", "-c", SETTINGS])?.text();
    let agrees = told.lines().count() == 2 && !told.starts_with("none");
    cx.expect("settings").that(agrees, "the booted kernel is in GRUB's settings", short(&told))?;
    decided()
}
