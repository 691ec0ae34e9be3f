//! OS: how many logical processors the kernel was built for.

use crate::common::read_twice;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("processor-ceiling")
    .title("逻辑处理器上限", "Ceiling of logical processors")
    .question(
        "运行中的内核最多能管理多少个逻辑处理器？由内核自身给出其编译时的上限，与要求比较。",
        "How many logical processors can the running kernel manage? It tells its own built-in ceiling, which is compared with \
         the one required.",
    )
    .effect("只读取，不改变目标。", "Reads only; nothing changes on the target.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Observe)
    .limit_s(20)
    .param("minimum", "128", "逻辑处理器上限的最低要求", "lowest ceiling allowed")
    .expect("kernel-ceiling", "内核的处理器上限不低于要求", "the kernel's ceiling is at least the one required")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let minimum: u64 = cx.param_as("minimum")?;
    let sh = cx.shell()?;
    // The highest index that the kernel was built for (Documentation/admin-guide/cputopology.rst).
    let mut told = read_twice(&sh, "/sys/devices/system/cpu/kernel_max", |_| true)?;
    told.extend(read_twice(&sh, "/sys/devices/system/cpu/online", |_| true)?);
    let (Some(highest), Some(online)) = (told.first().and_then(|line| line.parse::<u64>().ok()), told.get(1)) else {
        return inconclusive(say(format!("内核没有给出上限：{told:?}"), format!("the kernel tells no ceiling: {told:?}")));
    };
    // A ceiling below what is running would be no ceiling.
    let running = online.rsplit([',', '-']).next().and_then(|last| last.parse::<u64>().ok()).unwrap_or_default();
    if running > highest {
        return inconclusive(say("内核给出的数字自相矛盾", format!("processor {running} is online above the ceiling {highest}")));
    }
    let ceiling = highest + 1;
    cx.expect("kernel-ceiling").that(ceiling >= minimum, format!(">= {minimum}"), format!("{ceiling}; online {online}"))?;
    decided()
}
