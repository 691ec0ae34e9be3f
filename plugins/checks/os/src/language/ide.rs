//! OS: an integrated development environment is there and starts.

use crate::common::peer::background;
use crate::common::short;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("development-environment")
    .title("集成开发环境", "Integrated development environment")
    .question(
        "系统是否带有集成开发环境，并能真正启动？在无屏幕的 X 服务器上启动它，直到其主窗口出现在屏幕上。",
        "Does the system come with an integrated development environment that really starts? It is started on an X server \
         without a screen until its main window is there.",
    )
    .effect(
        "运行一个无屏幕的 X 服务器和该程序，结束后终止。",
        "Runs an X server without a screen and the program; both are ended.",
    )
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(120)
    .required_param("programs", "集成开发环境的程序名，空格分隔", "programs of development environments, separated by spaces")
    .expect("window", "主窗口出现", "its main window appears")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let programs = cx.param("programs")?;
    let names: Vec<&str> = programs.split_whitespace().collect();
    let Some(program) = sh.finds(&names)? else {
        cx.expect("window").unmet("a development environment", format!("none of {programs}"))?;
        return decided();
    };
    let server = sh.helper(&["Xvfb", "Xvnc", "Xtigervnc"])?;
    let viewer = sh.helper(&["xwininfo"])?;
    let scratch = sh.scratch()?;
    let display = format!(":{}", 1000 + crate::common::pair::sum(cx) % 50_000);
    let words = if server.ends_with("Xvfb") {
        vec![
            server.clone(),
            display.clone(),
            "-screen".into(),
            "0".into(),
            "1024x768x24".into(),
            "-nolisten".into(),
            "tcp".into(),
        ]
    } else {
        vec![server.clone(), display.clone(), "-SecurityTypes".into(), "None".into(), "-rfbport".into(), "-1".into()]
    };
    background(&sh, &words, &format!("{scratch}/x.log"))?;
    let look = || sh.root([viewer.as_str(), "-display", &display, "-root", "-tree"]);
    let mut ready = false;
    for _ in 0..50 {
        ready = look()?.text().contains("Root window id");
        if ready {
            break;
        }
        cx.sleep_ms(200);
    }
    if !ready {
        let said = short(&sh.root(["tail", "-n", "3", &format!("{scratch}/x.log")])?.text());
        return inconclusive(say("X 服务器未能启动", format!("the X server did not start: {said}")));
    }
    let argv: Vec<String> = ["env", &format!("DISPLAY={display}"), &format!("HOME={scratch}"), "LC_ALL=C.UTF-8", &program]
        .map(str::to_owned)
        .to_vec();
    background(&sh, &argv, &format!("{scratch}/ide.log"))?;
    let name = program.rsplit('/').next().unwrap_or(&program).to_ascii_lowercase();
    let mut last = String::new();
    for _ in 0..120 {
        last = look()?.text();
        if let Some(window) = last.lines().find(|line| is_window(line, &name)) {
            cx.expect("window").met(format!("a window of {name}"), short(window))?;
            return decided();
        }
        cx.sleep_ms(400);
    }
    let said = short(&sh.root(["tail", "-n", "3", &format!("{scratch}/ide.log")])?.text());
    cx.expect("window").unmet(format!("a window of {name}"), format!("{}; {said}", short(&last)))?;
    decided()
}

/// A line of the window tree: `0x600003 "untitled - Geany": ("geany" "Geany")  800x600+0+0  +0+0`. Helper windows are tiny.
fn is_window(line: &str, name: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let size = lower.rsplit(')').next().unwrap_or_default().trim().split('+').next().unwrap_or_default().to_owned();
    let Some((width, height)) = size.split_once('x') else { return false };
    let large = |pixels: &str| pixels.parse::<u32>().is_ok_and(|pixels| pixels >= 200);
    lower.contains(name) && large(width) && large(height)
}

#[cfg(test)]
mod tests {
    use super::is_window;

    #[test]
    fn fuzz_lines_of_windows() {
        let seed = b"0x200003 \"untitled - Geany\": (\"geany\" \"Geany\")  800x600+0+0  +0+0";
        touchstone_fuzz::fuzz(&[seed], &["geany", "x", "+", ")", "800", "4294967296"], |input| {
            is_window(&String::from_utf8_lossy(input), "geany")
        });
    }

    #[test]
    fn only_a_real_window_counts() {
        assert!(is_window("0x200003 \"untitled - Geany\": (\"geany\" \"Geany\")  800x600+0+0  +0+0", "geany"));
        assert!(!is_window("0x200001 \"Geany\": (\"geany\" \"Geany\")  10x10+10+10  +10+10", "geany"));
        assert!(!is_window("0x200003 \"xterm\": (\"xterm\" \"XTerm\")  800x600+0+0  +0+0", "geany"));
    }
}
