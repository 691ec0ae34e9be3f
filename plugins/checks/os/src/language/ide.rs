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
    // As wide as the target itself works out, which is looked at below.
    let (one, two) = (800, 1 + crate::common::pair::sum(cx) % 400);
    let script = if server.ends_with("Xvfb") {
        "exec \"$1\" \"$2\" -screen 0 $(($3 + $4))x768x24 -nolisten tcp"
    } else {
        "exec \"$1\" \"$2\" -SecurityTypes None -rfbport -1 -geometry $(($3 + $4))x768"
    };
    let words = ["sh", "-c", script, "sh", &server, &display, &one.to_string(), &two.to_string()].map(str::to_owned);
    background(&sh, &words, &format!("{scratch}/x.log"))?;
    let look = || sh.root([viewer.as_str(), "-display", &display, "-root", "-tree"]);
    let name = program.rsplit('/').next().unwrap_or(&program).to_ascii_lowercase();
    let (mut ready, mut before) = (false, String::new());
    for _ in 0..50 {
        before = look()?.text();
        ready = before.contains("Root window id");
        if ready {
            break;
        }
        cx.sleep_ms(200);
    }
    if !ready {
        let said = short(&sh.root(["tail", "-n", "3", &format!("{scratch}/x.log")])?.text());
        return inconclusive(say("X 服务器未能启动", format!("the X server did not start: {said}")));
    }
    let mut screen = String::new();
    for _ in 0..20 {
        // A server whose last client has left begins anew, and takes no other one meanwhile.
        screen = sh.root([viewer.as_str(), "-display", &display, "-root"])?.text();
        if screen.contains("Width:") {
            break;
        }
        cx.sleep_ms(100);
    }
    if !screen.lines().any(|line| line.trim() == format!("Width: {}", one + two)) {
        return inconclusive(say(
            "屏幕不是所要求的大小，窗口列表不可信",
            format!("the screen is not {} wide, as asked for: what is told of it is not believed: {}", one + two, short(&screen)),
        ));
    }
    if before.lines().any(|line| is_window(line, &name)) {
        return inconclusive(say(
            "程序启动之前就列出了它的窗口，窗口列表不可信",
            "the list of windows shows the program's before it was started: it is not believed",
        ));
    }
    let argv: Vec<String> = ["env", &format!("DISPLAY={display}"), &format!("HOME={scratch}"), "LC_ALL=C.UTF-8", &program]
        .map(str::to_owned)
        .to_vec();
    background(&sh, &argv, &format!("{scratch}/ide.log"))?;
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
    fn only_a_real_window_counts() {
        assert!(is_window("0x200003 \"untitled - Geany\": (\"geany\" \"Geany\")  800x600+0+0  +0+0", "geany"));
        assert!(!is_window("0x200001 \"Geany\": (\"geany\" \"Geany\")  10x10+10+10  +10+10", "geany"));
        assert!(!is_window("0x200003 \"xterm\": (\"xterm\" \"XTerm\")  800x600+0+0  +0+0", "geany"));
    }
}
