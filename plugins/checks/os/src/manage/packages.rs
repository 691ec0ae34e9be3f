//! OS: a package is made known, queried, verified, and removed.

use crate::common::{nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("package-management")
    .title("软件包管理", "Package management")
    .question(
        "软件包管理器能否从本地软件包安装、查询其文件归属、发现被改动的文件并卸载干净？在临时根目录中安装一个现场制作的软件包，\
         逐步查看文件与查询结果；并查询系统自身某个文件所属的软件包。",
        "Does the package manager install from a local package, tell whose a file is, notice a changed file, and remove cleanly? \
         A package made on the spot is installed below a scratch root; files and answers are looked at after each step, and the \
         owner of one of the system's own files is asked for.",
    )
    .effect(
        "软件包安装在临时根目录下并删除，系统自身的软件包不变。",
        "The package goes to a scratch root and is removed; the system's own packages stay as they are.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(90)
    .expect("queried", "系统文件归属可查", "the owner of a system file is told")
    .expect("installed", "安装后文件就位，且查得到归属", "once installed the file is there and its owner is known")
    .expect("verified", "未改动时不报，改动后报出", "an unchanged package verifies, a changed file is reported")
    .expect("removed", "卸载后文件与记录都不在", "once removed neither file nor record is left")
    .run(run);

struct Manager {
    /// Whose is a file of the running system.
    owner: &'static str,
    /// Makes the package `$2` with the word `$3` below folder `$1`; prints its path.
    make: &'static str,
    install: &'static str,
    whose: &'static str,
    verify: &'static str,
    remove: &'static str,
}

/// All with the scratch root `$1/root`.
const DPKG: Manager = Manager {
    owner: "f=$(command -v dpkg); dpkg -S \"$f\" 2>/dev/null || dpkg -S \"/usr$f\"",
    make: r#"cd "$1" && mkdir -p p/DEBIAN p/opt root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers && : > root/var/lib/dpkg/status && echo "$3" > p/opt/$2 &&
printf 'Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: scratch package\n' "$2" > p/DEBIAN/control &&
(cd p && md5sum opt/$2 > DEBIAN/md5sums) && chmod -R go-w p && chmod 755 p p/DEBIAN && dpkg-deb -b p "$2.deb" >/dev/null && echo "$1/$2.deb""#,
    install: "dpkg --root=\"$1/root\" --force-not-root --log=/dev/null -i \"$1/$2.deb\"",
    whose: "dpkg-query --admindir=\"$1/root/var/lib/dpkg\" -S \"/opt/$2\"; dpkg-query --admindir=\"$1/root/var/lib/dpkg\" -W -f '${Package} ${Version} ${db:Status-Status}\\n' \"$2\"",
    verify: "dpkg --root=\"$1/root\" --verify \"$2\"",
    remove: "dpkg --root=\"$1/root\" --force-not-root --log=/dev/null --purge \"$2\"",
};

const RPM: Manager = Manager {
    owner: "rpm -qf \"$(command -v rpm)\"",
    make: r#"cd "$1" && mkdir -p root && printf 'Name: %s\nVersion: 1.0\nRelease: 1\nSummary: scratch\nLicense: none\nBuildArch: noarch\n%%description\nscratch package\n%%install\nmkdir -p %%{buildroot}/opt && echo %s > %%{buildroot}/opt/%s\n%%files\n/opt/%s\n' "$2" "$3" "$2" "$2" > p.spec &&
rpmbuild --quiet -bb --define "_topdir $1/top" --define "_rpmdir $1" --define "_build_name_fmt $2.rpm" --define "debug_package %{nil}" p.spec >/dev/null 2>&1; [ -f "$2.rpm" ] && echo "$1/$2.rpm""#,
    install: "rpm --root \"$1/root\" --nodeps --nosignature --force-debian -i \"$1/$2.rpm\" 2>/dev/null || rpm --root \"$1/root\" --nodeps --nosignature -i \"$1/$2.rpm\"",
    whose: "rpm --root \"$1/root\" -qf \"/opt/$2\"; rpm --root \"$1/root\" -q --qf '%{name} %{version} installed\\n' \"$2\"",
    verify: "rpm --root \"$1/root\" -V --nodeps \"$2\"",
    remove: "rpm --root \"$1/root\" --nodeps -e \"$2\"",
};

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let expected = "a package manager that knows its own program";
    let (manager, maker) = match sh.finds(&["rpm", "dpkg-query", "dpkg"])? {
        // A Debian-like system may have rpm as a guest: its own records decide.
        Some(_) if sh.root(["sh", "-c", DPKG.owner])?.text().contains("dpkg:") => (DPKG, "dpkg-deb"),
        Some(_) if sh.root(["sh", "-c", RPM.owner])?.text().starts_with("rpm-") => (RPM, "rpmbuild"),
        Some(found) => {
            cx.expect("queried").unmet(expected, format!("{found} does not know whose it is"))?;
            return decided();
        }
        None => {
            if let Some(other) = sh.finds(&["apk", "pacman", "opkg", "xbps-query", "equery"])? {
                return inconclusive(say(format!("本检查尚不会使用 {other}"), format!("this check cannot yet use {other}")));
            }
            cx.expect("queried").unmet(expected, "neither dpkg nor rpm nor another one known")?;
            return decided();
        }
    };
    let owner = sh.root(["sh", "-c", manager.owner])?.text();
    cx.expect("queried").met(expected, short(&owner))?;
    sh.helper(&[maker])?;
    let (folder, word) = (sh.scratch()?, nonce(cx).to_ascii_lowercase());
    let name = format!("ts{word}");
    let step = |script: &str| sh.command(["sh", "-c", script, "sh", &folder, &name, &word]).elevated().timeout_s(40).run();
    let file = format!("{folder}/root/opt/{name}");
    let content = || -> Result<String, Stop> { Ok(sh.root(["cat", &file])?.text()) };
    let made = step(manager.make)?;
    if !made.text().contains(&name) {
        return inconclusive(say("测试软件包未能制作", format!("the test package could not be made: {}", made.said())));
    }
    let installed = step(manager.install)?;
    let whose = step(manager.whose)?.text();
    let there = content()? == word && whose.contains(&format!("{name} 1.0 installed"));
    let actual = if there { short(&whose) } else { format!("{}; {}", short(&whose), installed.said()) };
    if !cx.expect("installed").that(there, format!("{name} 1.0 installed, its file in place"), actual)? {
        return decided();
    }
    let before = step(manager.verify)?.text();
    sh.command(["tee", &file]).stdin(format!("{word} changed")).elevated().run()?.success()?;
    let after = step(manager.verify)?.text();
    let noticed = !before.contains("/opt/") && after.contains(&format!("/opt/{name}"));
    cx.expect("verified").that(
        noticed,
        format!("nothing, then /opt/{name}"),
        format!("{}, then {}", short(&before), short(&after)),
    )?;
    let removed = step(manager.remove)?;
    let (left, record) = (content()?, step(manager.whose)?.text());
    let gone = left.is_empty() && !record.contains("installed");
    cx.expect("removed").that(
        gone,
        "no file, no record",
        if gone { "none".into() } else { format!("{left}; {record}; {}", removed.said()) },
    )?;
    decided()
}
