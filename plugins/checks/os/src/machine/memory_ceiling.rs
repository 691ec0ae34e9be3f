//! OS: how much memory kernel and processor can address.

use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("memory-ceiling")
    .title("内存寻址上限", "Ceiling of memory")
    .question(
        "内核与处理器各自最多能寻址多少物理内存？处理器的地址位数由其自身给出；内核的上限由其体系结构与编译选项决定，取两者分别与要求比较。",
        "How much physical memory can the kernel and the processor each address? The processor tells its address bits; the \
         kernel's ceiling follows from its architecture and build options. Each is compared with the requirement.",
    )
    .effect("只读取，不改变目标。", "Reads only; nothing changes on the target.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Observe)
    .limit_s(20)
    .param("minimum", "2TiB", "物理内存上限的最低要求", "lowest ceiling allowed")
    .expect("kernel-ceiling", "内核的物理寻址上限不低于要求", "the kernel can address as much as required")
    .expect("cpu-address", "处理器的物理寻址上限不低于要求", "the processor can address as much as required")
    .run(run);

const CONFIG: &str = "r=$(uname -r); for f in /proc/config.gz \"/boot/config-$r\" \"/lib/modules/$r/config\" \"/lib/modules/$r/build/.config\"; do \
                      [ -r \"$f\" ] || continue; case $f in *.gz) zcat \"$f\";; *) cat \"$f\";; esac | \
                      grep -E '^CONFIG_(X86_64|X86_5LEVEL|X86_PAE|HIGHMEM64G|64BIT|ARM64_PA_BITS|LOONGARCH|SPARSEMEM|MIPS_VA_BITS_48)=' && exit 0; done; true";

fn run(cx: &Context) -> CheckResult {
    let minimum = cx.size("minimum")?;
    let sh = cx.shell()?;
    let machine = sh.run(["uname", "-m"])?.success()?.text();
    let info = sh.run(["cat", "/proc/cpuinfo"])?.success()?.text();
    let options = sh.root(["sh", "-c", CONFIG])?.text();
    let expected = format!(">= {minimum} bytes");
    match kernel_bits(&machine, &options, &info) {
        Some(bits) => {
            let actual = format!("2^{bits} bytes ({machine})");
            cx.expect("kernel-ceiling").that(reaches(bits, minimum), &expected, actual)?;
        }
        None => cx.expect("kernel-ceiling").unevaluated(
            say(format!("不了解 {machine} 内核的寻址上限"), format!("no rule for the ceiling of a {machine} kernel")),
            &expected,
        )?,
    }
    match processor_bits(&info) {
        Some(bits) => {
            cx.expect("cpu-address").same_look().that(reaches(bits, minimum), &expected, format!("2^{bits} bytes"))?;
        }
        None => cx
            .expect("cpu-address")
            .unevaluated(say("处理器没有给出物理地址位数", "the processor does not tell its physical address bits"), &expected)?,
    }
    decided()
}

fn reaches(bits: u32, bytes: u64) -> bool {
    bits >= 64 || 1u64 << bits >= bytes
}

/// `MAX_PHYSMEM_BITS` of the kernel: Linux, arch/*/include/asm/sparsemem.h. An x86-64 kernel that knows five levels uses them
/// where the processor has them (flag la57).
fn kernel_bits(machine: &str, options: &str, info: &str) -> Option<u32> {
    let set = |name: &str| options.lines().any(|line| line == format!("CONFIG_{name}=y"));
    let value = |name: &str| crate::common::field(options, &format!("CONFIG_{name}"))?.parse().ok();
    match machine {
        "x86_64" if options.contains("CONFIG_") && !set("X86_64") => None,
        "x86_64" if set("X86_5LEVEL") && flags(info).any(|flag| flag == "la57") => Some(52),
        "x86_64" => Some(46),
        "i386" | "i486" | "i586" | "i686" if set("X86_PAE") || set("HIGHMEM64G") => Some(36),
        "i386" | "i486" | "i586" | "i686" => Some(if options.is_empty() || set("X86_64") { 36 } else { 32 }),
        "aarch64" => value("ARM64_PA_BITS").or(Some(48)),
        "loongarch64" => Some(48),
        "armv7l" | "armv6l" => Some(40),
        _ => None,
    }
}

fn flags(info: &str) -> impl Iterator<Item = &str> {
    info.lines().filter(|line| line.starts_with("flags")).take(1).flat_map(str::split_whitespace)
}

/// `address sizes : 46 bits physical, 48 bits virtual`, or LoongArch's `Address Sizes`.
fn processor_bits(info: &str) -> Option<u32> {
    let line = info.lines().find(|line| line.to_ascii_lowercase().starts_with("address sizes"))?;
    line.split(':').nth(1)?.trim().split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{kernel_bits, processor_bits, reaches};

    #[test]
    fn fuzz_what_proc_says() {
        let seeds: [&[u8]; 2] = [
            b"CONFIG_X86_64=y\nCONFIG_X86_5LEVEL=y\nflags : fpu la57\naddress sizes\t: 46 bits physical",
            b"CONFIG_ARM64_PA_BITS=48",
        ];
        let words = ["address sizes", "CONFIG_ARM64_PA_BITS=", "flags", "la57", ":", "\n", " ", "4294967296", "99"];
        touchstone_fuzz::fuzz(&seeds, &words, |input| {
            let text = String::from_utf8_lossy(input);
            let machines = ["x86_64", "i686", "aarch64", "other"].map(|machine| kernel_bits(machine, &text, &text));
            let bits = processor_bits(&text);
            let reached = bits.into_iter().chain(machines.into_iter().flatten()).map(|bits| reaches(bits, u64::MAX));
            (machines, bits.map(|bits| bits.min(99)), reached.filter(|it| *it).count())
        });
    }

    #[test]
    fn ceilings() {
        assert_eq!(kernel_bits("x86_64", "CONFIG_X86_64=y\nCONFIG_X86_5LEVEL=y", "flags : fpu la57"), Some(52));
        assert_eq!(kernel_bits("x86_64", "CONFIG_X86_64=y\nCONFIG_X86_5LEVEL=y", "flags : fpu"), Some(46));
        assert_eq!(kernel_bits("i686", "", ""), Some(36));
        assert_eq!(kernel_bits("aarch64", "CONFIG_ARM64_PA_BITS=48", ""), Some(48));
        assert_eq!(kernel_bits("sw_64", "", ""), None);
        assert_eq!(processor_bits("address sizes\t: 48 bits physical, 48 bits virtual"), Some(48));
        assert!(reaches(41, 2 << 40) && !reaches(36, 2 << 40));
    }
}
