//! OS: a package is made known, queried, verified, and removed.

use crate::common::{nonce, package_manager, short};
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

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let expected = "a package manager that knows its own program";
    let Some((manager, owner)) = package_manager::of_system(&sh)? else {
        if let Some(other) = sh.finds(&["apk", "pacman", "opkg", "xbps-query", "equery"])? {
            return inconclusive(say(format!("本检查尚不会使用 {other}"), format!("this check cannot yet use {other}")));
        }
        let there = sh.finds(&["dpkg", "rpm"])?;
        let actual = there
            .map_or("neither dpkg nor rpm nor another one known".into(), |found| format!("{found} does not know whose it is"));
        cx.expect("queried").unmet(expected, actual)?;
        return decided();
    };
    cx.expect("queried").met(expected, short(&owner))?;
    let word = nonce(cx).to_ascii_lowercase();
    let name = format!("ts{word}");
    let package = package_manager::Scratch {
        sh: &sh,
        folder: sh.scratch()?,
        name: name.clone(),
        word: word.clone(),
        number: crate::common::pair::sum(cx) % 1_000_000,
    };
    let file = package.file();
    let content = || -> Result<String, Stop> { Ok(sh.root(["cat", &file])?.text()) };
    let installed = package.install(&manager)?;
    let whose = package.step(manager.whose)?.text();
    let there = content()? == package.content() && whose.contains(&format!("{name} 1.0 installed"));
    let actual = if there { short(&whose) } else { format!("{}; {}", short(&whose), installed.said()) };
    if !cx.expect("installed").that(there, format!("{name} 1.0 installed, its file in place"), actual)? {
        return decided();
    }
    let before = package.step(manager.verify)?.text();
    sh.command(["tee", &file]).stdin(format!("{word} changed")).elevated().run()?.success()?;
    let after = package.step(manager.verify)?.text();
    let noticed = !before.contains("/opt/") && after.contains(&format!("/opt/{name}"));
    let actual = format!("{}, then {}", short(&before), short(&after));
    cx.expect("verified").that(noticed, format!("nothing, then /opt/{name}"), actual)?;
    let removed = package.step(manager.remove)?;
    let (left, record) = (content()?, package.step(manager.whose)?.text());
    let gone = left.is_empty() && !record.contains("installed");
    let actual = if gone { "none".into() } else { format!("{left}; {record}; {}", removed.said()) };
    cx.expect("removed").that(gone, "no file, no record", actual)?;
    decided()
}
