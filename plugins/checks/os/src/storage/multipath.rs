//! OS: several paths to one disk are one disk, and a lost path costs nothing.

use crate::common::peer::background;
use crate::common::short;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("storage-multipath")
    .title("存储多路径", "Storage multipath")
    .question(
        "到同一 LUN 的多条路径是否归并为一块盘，读写过程中断开一条路径是否不出错，恢复后该路径是否重新启用？\
         在已有的多路径设备上持续直接读取，期间令一条路径离线再恢复。",
        "Are several paths to one LUN one disk, does I/O go on without an error while one of them is taken away, and is it used again once \
         it is back? An existing multipath device is read directly all the time while one path is set offline and running again.",
    )
    .effect(
        "令多路径设备的一条路径短时离线后恢复，只读取、不写入该设备。",
        "Sets one path of a multipath device offline for a moment; the device is only read, never written.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Disrupt)
    .limit_s(150)
    .expect("driver", "内核有多路径驱动，守护进程管理着设备", "the kernel has the driver, the daemon manages devices")
    .expect("two-paths", "两条以上路径归并为一块盘", "two or more paths are one disk")
    .expect("path-lost", "断开一条路径时读取不出错", "reading goes on without an error while a path is away")
    .expect("path-back", "恢复后该路径重新启用", "the path is used again once it is back")
    .run(run);

/// Paths of the first map that has two or more: its device, then `sda active`, one a line.
const MAPS: &str = r#"for m in $(dmsetup ls --target multipath 2>/dev/null | awk '{print $1}'); do
d=$(readlink -f "/dev/mapper/$m"); s=$(ls "/sys/class/block/${d##*/}/slaves" 2>/dev/null)
[ "$(echo $s | wc -w)" -ge 2 ] || continue
echo "/dev/mapper/$m"; t=$(dmsetup status "$m")
for p in $s; do n=$(cat "/sys/class/block/$p/dev"); echo "$p $(echo "$t" | tr ' ' '\n' | grep -A1 -x "$n" | tail -n 1) $(cat "/sys/class/block/$p/device/state" 2>/dev/null)"; done; break; done"#;

const READ: &str = r#"i=0; while :; do if dd if="$1" of=/dev/null bs=64k count=8 skip=$((i % 64)) iflag=direct 2>"$2.err"; then echo ok; else echo "error $(head -n 1 "$2.err")"; fi >> "$2"; i=$((i+1)); sleep 0.05; done"#;

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let kernel = sh
        .root([
            "sh",
            "-c",
            "modprobe -q dm_multipath; grep -w device-mapper /proc/devices; dmsetup targets 2>/dev/null | grep -w multipath",
        ])?
        .text();
    let driver = kernel.contains("device-mapper") && kernel.contains("multipath");
    if !driver {
        let tool = sh.finds(&["dmsetup"])?.is_some();
        if kernel.contains("device-mapper") && !tool {
            return inconclusive(say("目标上缺少辅助程序 dmsetup", "helper program dmsetup is missing on the target"));
        }
        cx.expect("driver").unmet(
            "device-mapper with multipath",
            if kernel.is_empty() { "no device-mapper in the kernel".to_owned() } else { short(&kernel) },
        )?;
        return decided();
    }
    let Some(manager) = sh.finds(&["multipathd"])? else {
        cx.expect("driver").unmet("multipathd", "no multipathd")?;
        return decided();
    };
    let daemon = sh.root([manager.as_str(), "show", "daemon"])?;
    cx.expect("driver").that(daemon.text().contains("pid"), "multipathd running", daemon.said())?;
    let maps = || -> Result<(String, Vec<(String, String)>), Stop> {
        let lines = sh.root(["sh", "-c", MAPS])?.lines();
        let path = |line: &String| line.split_once(' ').map(|(disk, state)| (disk.to_owned(), state.to_owned()));
        Ok((lines.first().cloned().unwrap_or_default(), lines.iter().skip(1).filter_map(path).collect()))
    };
    let (device, paths) = maps()?;
    if device.is_empty() {
        return inconclusive(say(
            "目标没有两条以上路径的多路径设备，无从试起",
            "the target has no multipath device with two paths: nothing to try",
        ));
    }
    let active = |paths: &[(String, String)]| paths.iter().filter(|(_, state)| state.starts_with('A')).count();
    let all = paths.len();
    cx.expect("two-paths").that(active(&paths) >= 2, "two or more active paths", format!("{device}: {paths:?}"))?;
    let Some((victim, _)) = paths.iter().find(|(_, state)| state.contains("running")).cloned() else {
        return inconclusive(say(
            "路径不是 SCSI 设备，本检查不会使其离线",
            "the paths are no SCSI devices: this check cannot set them offline",
        ));
    };
    let log = format!("{}/reading", sh.scratch()?);
    let state = format!("/sys/class/block/{victim}/device/state");
    sh.undo(["sh", "-c", "echo running > \"$1\"", "sh", &state])?;
    background(&sh, &["sh", "-c", READ, "sh", &device, &log].map(str::to_owned), &format!("{log}.log"))?;
    let count = |what: &str| -> Result<usize, Stop> { Ok(sh.root(["grep", "-c", what, &log])?.text().parse().unwrap_or(0)) };
    let wait = |until: &dyn Fn() -> Result<bool, Stop>| -> Result<bool, Stop> {
        for _ in 0..80 {
            if until()? {
                return Ok(true);
            }
            cx.sleep_ms(250);
        }
        Ok(false)
    };
    if !wait(&|| Ok(count("^ok")? >= 5))? {
        return inconclusive(say(
            "多路径设备无法直接读取",
            format!("the device cannot be read directly: {}", short(&sh.root(["tail", "-n", "1", &log])?.text())),
        ));
    }
    sh.root(["sh", "-c", "echo offline > \"$1\"", "sh", &state])?.success()?;
    let noticed = wait(&|| Ok(active(&maps()?.1) < all))?;
    let from = count("^ok")?;
    let on = wait(&|| Ok(count("^ok")? >= from + 20))?;
    let errors = count("^error")?;
    let met = noticed && on && errors == 0;
    cx.expect("path-lost").that(
        met,
        "the path is noticed as lost, 20 more reads, no error",
        format!("noticed: {noticed}, {} more reads, {errors} errors", count("^ok")?.saturating_sub(from)),
    )?;
    sh.root(["sh", "-c", "echo running > \"$1\"", "sh", &state])?.success()?;
    let back = wait(&|| Ok(active(&maps()?.1) == all))?;
    let now = maps()?.1;
    cx.expect("path-back").that(back, format!("{all} active paths"), format!("{now:?}"))?;
    decided()
}
