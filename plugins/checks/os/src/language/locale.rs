//! OS: the language of the system can be switched.

use crate::common::short;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("language-support")
    .title("语言支持", "Language support")
    .question(
        "切换语言环境后，系统程序的输出是否随之改变，多字节文字是否按字符计数？使用已安装的语言环境，没有时用系统自带的工具在临时目录中生成。",
        "When the locale is switched, does what the system's programs write change with it, and are multi-byte characters \
         counted as characters? An installed locale is used, else one is made in a scratch folder by the system's own tool.",
    )
    .effect("只在临时目录中生成语言环境，结束后删除；不改变系统设置。", "Makes a locale in a scratch folder at most; the system's settings stay as they are.")
    .on("host")
    .needs(&[Need::Shell])
    .impact(Impact::Scratch)
    .limit_s(60)
    .param("locale", "zh_CN", "语言环境（UTF-8）", "locale, in UTF-8")
    .param("monday", "星期一", "该语言中的星期一", "Monday in that language")
    .expect("switched", "输出的语言随之切换", "the language of the output is switched")
    .expect("characters", "多字节文字按字符计数", "multi-byte characters count as characters")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let (name, monday) = (cx.param("locale")?, cx.param("monday")?);
    let installed = sh.run(["locale", "-a"])?.lines();
    let listed = |line: &String| line.to_ascii_lowercase().replace('-', "") == format!("{}.utf8", name.to_ascii_lowercase());
    let (locale, path) = match installed.iter().find(|line| listed(line)) {
        Some(locale) => (locale.clone(), None),
        None => {
            let expected = format!("{name} in UTF-8");
            let Some(maker) = sh.finds(&["localedef"])? else {
                cx.expect("switched").unmet(expected, format!("installed: {}; no localedef", short(&installed.join(" "))))?;
                return decided();
            };
            let folder = format!("{}/locale", sh.scratch()?);
            sh.run(["mkdir", "-p", &folder])?.success()?;
            let made = sh
                .command([maker.as_str(), "-i", &name, "-f", "UTF-8", &format!("{folder}/{name}.UTF-8")])
                .timeout_s(40)
                .run()?;
            if sh.run(["test", "-e", &format!("{folder}/{name}.UTF-8/LC_TIME")])?.ok() {
                (format!("{name}.UTF-8"), Some(folder))
            } else {
                cx.expect("switched").unmet(expected, format!("installed: {}; {}", short(&installed.join(" ")), made.said()))?;
                return decided();
            }
        }
    };
    let under = |locale: &str, argv: &[&str], input: &str| {
        let mut command = sh.command(argv).env("LC_ALL", locale).env("LANG", locale).stdin(input);
        if let Some(path) = &path {
            command = command.env("LOCPATH", path);
        }
        command.run().map(|output| output.text())
    };
    // A Monday and another day, in any time zone: who only knows the word takes every day for a Monday.
    let sum = crate::common::pair::sum(cx);
    let other = 1 + sum as usize % 6;
    let week = sum / 6 % 51;
    let day = |later: u32| {
        let date = date_of_2024(week * 7 + later);
        Ok::<_, Stop>((under("C", &["date", "-d", &date, "+%A"], "")?, under(&locale, &["date", "-d", &date, "+%A"], "")?))
    };
    let (first, second) = (day(0)?, day(other as u32)?);
    let right = first.0 == WEEK[0] && first.1 == monday && second.0 == WEEK[other] && ![&monday, &second.0].contains(&&second.1);
    let expected = format!("C: {}, {}; {locale}: {monday}, another day", WEEK[0], WEEK[other]);
    cx.expect("switched").that(right, expected, format!("C: {}, {}; {locale}: {}, {}", first.0, second.0, first.1, second.1))?;
    let count = ["wc", "-m"];
    let times = 3 + sum as usize % 50;
    let monday = monday.repeat(times);
    let (bytes, characters) = (under("C", &count, &monday)?, under(&locale, &count, &monday)?);
    let expected = format!("C: {}, {locale}: {}", monday.len(), monday.chars().count());
    let actual = format!("C: {bytes}, {locale}: {characters}");
    cx.expect("characters").that(actual == expected, &expected, &actual)?;
    decided()
}

const WEEK: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Noon so many days after the first of January 2024, which was a Monday.
fn date_of_2024(mut days: u32) -> String {
    let mut month = 1;
    for length in [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("2024-{month:02}-{:02} 12:00", days + 1)
}

#[cfg(test)]
mod tests {
    use super::date_of_2024;

    #[test]
    fn mondays_of_2024() {
        assert_eq!(date_of_2024(0), "2024-01-01 12:00");
        assert_eq!(date_of_2024(7 * 8), "2024-02-26 12:00");
        assert_eq!(date_of_2024(7 * 9), "2024-03-04 12:00");
        assert_eq!(date_of_2024(50 * 7 + 6), "2024-12-22 12:00");
    }
}
