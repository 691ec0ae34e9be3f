//! OS: files and their rights are managed.

use crate::common::{as_nobody, cksum, nonce, short};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("file-management")
    .title("文件管理", "File management")
    .question(
        "文件的创建、复制、移动、链接、改名和删除是否逐一生效，属主与权限是否真正约束其他用户？逐步操作后直接查看目录与内容，\
         并以无权限用户实际读取。",
        "Do making, copying, moving, linking and removing files each take effect, and do owner and mode really bind other \
         users? After each step folder and content are looked at, and a user without rights really tries to read.",
    )
    .effect("只在一个临时目录中操作，结束后删除。", "Works in a scratch folder only, removed afterwards.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("directory", "", "测试所在目录（缺省为临时目录）", "folder to work in (default: a scratch folder)")
    .expect("tree", "各项操作逐一生效", "each operation takes effect")
    .expect("rights", "属主与权限约束其他用户", "owner and mode bind other users")
    .run(run);

const TREE: &str = "cd \"$1\" && mkdir -p a/b && echo \"$2\" > a/one && cp a/one a/b/two && mv a/b/two a/b/three && ln a/one a/hard && \
                    ln -s b/three a/soft && echo \"$2 more\" >> a/hard && echo x > a/gone && rm a/gone && mkdir a/empty && rmdir a/empty";
const SEEN: &str = "cd \"$1\" && find a | sort | tr '\\n' ' '; echo; cat a/one; echo --; cat a/soft; echo --; readlink a/soft; \
                    [ a/one -ef a/hard ] && echo one file; cksum < a/hard";

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let word = nonce(cx);
    let directory = cx.param("directory")?;
    let folder = if directory.is_empty() {
        let scratch = sh.scratch()?;
        // Others must be able to come as far as the files whose rights are tried.
        sh.run(["chmod", "711", &scratch])?.success()?;
        format!("{scratch}/files")
    } else {
        format!("{directory}/touchstone-{word}")
    };
    sh.undo(["rm", "-rf", &folder])?;
    sh.root(["mkdir", &folder])?.success()?;
    let made = sh.root(["sh", "-c", TREE, "sh", &folder, &word])?;
    let seen = sh.root(["sh", "-c", SEEN, "sh", &folder])?.text();
    let expected = format!(
        "a a/b a/b/three a/hard a/one a/soft \n{word}\n{word} more\n--\n{word}\n--\nb/three\none file\n{}",
        cksum(format!("{word}\n{word} more\n").as_bytes())
    );
    let actual = if made.ok() { short(&seen) } else { made.said() };
    cx.expect("tree").that(seen == expected, short(&expected), actual)?;

    let (prefix, user) = as_nobody(&sh)?;
    let reader = format!("{user}:{user}");
    let file = format!("{folder}/a/one");
    let reads = |mode: &str, owner: &str| -> Result<String, Stop> {
        let changed = sh.root(["sh", "-c", "chown \"$2\" \"$1\"; chmod \"$3\" \"$1\"", "sh", &file, owner, mode])?;
        changed.not_found().then(|| changed.success()).transpose()?;
        let mut argv = prefix.clone();
        argv.push(format!("cat '{file}'"));
        let tried = sh.root(argv)?;
        Ok(if tried.text().contains(&word) { "read".into() } else { "refused".into() })
    };
    sh.root(["chmod", "755", &folder, &format!("{folder}/a")])?;
    let seen = [reads("644", "0:0")?, reads("600", "0:0")?, reads("600", &reader)?, reads("000", &reader)?];
    let actual = format!(
        "644 of root: {}, 600 of root: {}, 600 of the reader: {}, 000 of the reader: {}",
        seen[0], seen[1], seen[2], seen[3]
    );
    let expected = "644 of root: read, 600 of root: refused, 600 of the reader: read, 000 of the reader: refused";
    cx.expect("rights").that(actual == expected, expected, &actual)?;
    decided()
}
