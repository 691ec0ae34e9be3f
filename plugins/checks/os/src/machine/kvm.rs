//! OS: a guest runs a program under KVM.

use crate::common::short;
use touchstone_sdk::prelude::*;
use touchstone_sdk::shell::ExitStatus;

pub const CHECK: Check = check("kvm-guest")
    .title("KVM 虚拟化", "KVM virtualisation")
    .question(
        "系统能否在 KVM 下真正运行一个客户机程序？从一块临时磁盘引导一个自带的小程序，它进入 64 位模式，算出与随机数相关的结果，\
         并经串口报告处理器所称的虚拟化环境，该环境必须是 KVM；其间内核须有模拟器所持的虚拟机。",
        "Does the system really run a guest's program under KVM? A small program of this check boots from a scratch disk, enters 64-bit \
         mode, works out a result from a random number and reports over the serial line which hypervisor the processor names: it must be KVM. Meanwhile the emulator must hold a virtual machine of the \
         kernel's.",
    )
    .effect("运行一个无显示的模拟器进程，随即结束。", "Runs a headless emulator for a moment.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(200)
    .expect("guest-runs", "客户机程序在 KVM 下运行并交回结果", "the guest's program runs under KVM and hands back its result")
    .run(run);

/// The program: `guest.s` assembled.
const GUEST: &[u8] = include_bytes!("guest.bin");
/// What is said of it.
const HELD: &str = "a virtual machine of the kernel";
/// Starts an emulator whose guest does not run yet (the arguments after the folder), looks whether it, or what it started, holds
/// a virtual machine of the kernel's, and has the guest go on. An emulator may say of itself what it likes.
const WATCHED: &str = r#"d=$1; shift; rm -f "$d/monitor" "$d/serial"; mkfifo "$d/monitor" || exit 9
"$@" < "$d/monitor" > "$d/said" 2>&1 & p=$!
trap 'kill -9 $p 2>/dev/null' EXIT
exec 3> "$d/monitor"
holds() { for q in $p $(cat /proc/$p/task/*/children 2>/dev/null); do for f in /proc/$q/fd/*; do
case $(readlink "$f") in *kvm-vm) return 0;; esac; done; done; return 1; }
i=0; while [ $i -lt 60 ] && kill -0 $p 2>/dev/null; do holds && { echo 'a virtual machine of the kernel'; break; }; i=$((i+1)); sleep 0.2 2>/dev/null || sleep 1; done
echo cont >&3; wait $p; cat "$d/serial"; tail -n 3 "$d/said" >&2"#;
/// Where the program expects its number, little-endian.
const SEED_AT: usize = 4;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let machine = sh.run(["uname", "-m"])?.success()?.text();
    let device = sh.root(["sh", "-c", "modprobe -q kvm_intel; modprobe -q kvm_amd; modprobe -q kvm; ls -l /dev/kvm"])?;
    if !device.text().contains("/dev/kvm") {
        let flags = sh.run(["cat", "/proc/cpuinfo"])?.text();
        let able = flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm");
        if !able && machine == "x86_64" {
            return inconclusive(say(
                "此机器的处理器没有（或没有向系统提供）硬件虚拟化，系统对 KVM 的支持无从试起",
                "this machine's processor has no virtualisation, or does not show it: whether the system supports KVM cannot be tried",
            ));
        }
        cx.expect("guest-runs").unmet("/dev/kvm", "no such device, though the processor could")?;
        return decided();
    }
    if machine != "x86_64" {
        return inconclusive(say(
            format!("本检查没有 {machine} 的客户机程序"),
            format!("this check has no guest program for {machine}"),
        ));
    }
    let emulator = sh.helper(&["qemu-system-x86_64", "qemu-kvm", "/usr/libexec/qemu-kvm"])?;
    let seed = crate::common::pair::sum(cx);
    let mut image = GUEST.to_vec();
    image[SEED_AT..SEED_AT + 4].copy_from_slice(&seed.to_le_bytes());
    image.resize(64 * 1024, 0);
    let scratch = sh.scratch()?;
    sh.write("guest.img", &image)?;
    let drive = format!("file={scratch}/guest.img,format=raw,if=ide");
    let expected = format!("KVMKVMKVM {:016x}", result(seed));
    let serial = format!("file:{scratch}/serial");
    let mut tried = Vec::new();
    // Some emulators cannot show a guest all of their host's processor.
    for processor in [&["-cpu", "host"][..], &[]] {
        let argv = [
            emulator.as_str(),
            "-machine",
            "pc",
            "-accel",
            "kvm",
            "-m",
            "64",
            "-nodefaults",
            "-display",
            "none",
            "-S",
            "-monitor",
            "stdio",
            "-serial",
            &serial,
            "-no-reboot",
            "-device",
            "isa-debug-exit,iobase=0xf4,iosize=4",
            "-drive",
            &drive,
        ];
        let watched = ["sh", "-c", WATCHED, "sh", &scratch];
        let output = sh.command(watched.iter().chain(&argv).chain(processor)).elevated().timeout_s(75).may_be_cut_off().run()?;
        let said = output.lines();
        let (held, told) = (said.iter().any(|line| line == HELD), said.iter().any(|line| line.trim() == expected));
        if held && told {
            cx.expect("guest-runs").met(&expected, &expected)?;
            return decided();
        }
        if told {
            cx.expect("guest-runs").unmet(HELD, "the emulator holds none, whatever its guest is told")?;
            return decided();
        }
        if matches!(output.status, ExitStatus::TimedOut) {
            return inconclusive(say(
                "客户机未在限时内结束",
                format!("the guest did not end in time: {}", short(&output.text())),
            ));
        }
        tried.push(format!("{}; {}", short(&output.text()), output.said()));
    }
    cx.expect("guest-runs").unmet(expected, tried.join("; "))?;
    decided()
}

/// What the guest works out, in 64-bit arithmetic.
fn result(seed: u32) -> u64 {
    (u64::from(seed) | 0x1_0000_0000).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0123_4567_89ab_cdef
}
