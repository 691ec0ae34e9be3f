//! `500ms`, `90s`, `2m`: durations as suites write them.

use super::words::both;
use touchstone_model::text::Text;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Milliseconds, or what is wrong and what to write instead.
pub(super) fn parse(word: &str) -> Result<u32, (Text, Text)> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = word.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err((not_a_duration(), remedy(number, unit.trim()))),
    };
    let Ok(count) = number.parse::<u64>() else { return Err((not_a_duration(), remedy(number, unit))) };
    match count.checked_mul(factor) {
        Some(0) => Err((Text::new("时限为零", "the duration is zero"), example())),
        Some(ms) if ms <= DAY_MS => u32::try_from(ms).map_err(|_| (not_a_duration(), example())),
        _ => Err((
            Text::new("时限超过24小时", "the duration is longer than 24 hours"),
            Text::new("最大为\"1440m\"", "at most \"1440m\""),
        )),
    }
}

/// What to say of a value that is not even a string.
pub(super) fn not_a_duration() -> Text {
    Text::new("不是时限", "not a duration")
}

/// What to write instead of `number` with a wrong, missing or spelled-out unit.
pub(super) fn remedy(number: &str, unit: &str) -> Text {
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" | "秒" => "s",
        "ms" | "msec" | "millis" | "milliseconds" | "毫秒" => "ms",
        "m" | "min" | "mins" | "minute" | "minutes" | "分" | "分钟" => "m",
        _ => return example(),
    };
    if number.is_empty() {
        return example();
    }
    both!("写成\"{number}{unit}\"（单位：ms、s、m）", "write \"{number}{unit}\" (units: ms, s, m)")
}

fn example() -> Text {
    Text::new("写成整数加单位ms、s或m，例如\"90s\"", "write a whole number and a unit, ms, s or m: for example \"90s\"")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_and_limits() {
        for (word, ms) in [("500ms", 500), ("90s", 90_000), ("2m", 120_000), ("1440m", 86_400_000), ("001s", 1000)] {
            assert_eq!(parse(word), Ok(ms), "{word}");
        }
        for word in ["", "s", "90", "0s", "-1s", "1.5s", "1 s", "1h", "1441m", "99999999999999999999s", "1s2", "９s", "m1"] {
            assert!(parse(word).is_err(), "{word}");
        }
    }

    #[test]
    fn remedies_say_what_to_write() {
        for (word, remedy) in [("90", "\"90s\""), ("2 min", "\"2m\""), ("5 seconds", "\"5s\""), ("soon", "\"90s\"")] {
            let (_, help) = parse(word).unwrap_err();
            assert!(help.en.contains(remedy) && help.zh.contains(remedy), "{word}: {help:?}");
        }
    }
}
