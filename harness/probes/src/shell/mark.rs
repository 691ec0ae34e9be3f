//! A mark that a process cannot lose by clearing its environment, by leaving its session or by forking twice, as daemons do:
//! the limit of file locks (RLIMIT_LOCKS). Every descendant inherits it, through every `exec`; Linux has enforced it in no
//! version since 2.4.25 (getrlimit(2)); and /proc/PID/limits shows it to everybody. A program that is to outlive the check
//! which starts it on purpose says so by `prlimit --locks=unlimited`.

use super::wrapper::CHECK_MARKER;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::{Mutex, PoisonError};

/// Letters of a run's marker behind the first two, of an item's place, of an attempt; and the digits that hold each.
const PARTS: [(usize, usize); 3] = [(7, 11), (3, 5), (2, 2)];

/// The digits of a check's marker. As the marker of a run is the beginning of its checks' markers, so are its digits the
/// beginning of theirs. Absent for what has not the form of a marker.
pub(super) fn digits(marker: &str) -> Option<String> {
    let mut rest = marker.strip_prefix("ts")?;
    // All numbers have the same length, so that none is the beginning of another.
    let mut digits = "1".to_owned();
    for (letters, width) in PARTS {
        if rest.is_empty() && digits.len() > 1 {
            break;
        }
        let (part, behind) = rest.split_at_checked(letters)?;
        let lower = part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let number = u64::from_str_radix(part, 36).ok().filter(|_| lower)?;
        digits += &format!("{:0width$}", number % 10_u64.pow(u32::try_from(width).ok()?));
        rest = behind;
    }
    rest.is_empty().then_some(digits)
}

/// The limit that the commands of a check are given; absent where no check asks.
pub(super) fn of(env: &[(String, String)]) -> Option<u64> {
    let (_, marker) = env.iter().find(|(name, _)| name == CHECK_MARKER)?;
    digits(marker).filter(|digits| digits.len() == 19)?.parse().ok()
}

/// Whether the content of a /proc/PID/limits shows a limit that begins with these digits.
pub(super) fn is_in(limits: &[u8], digits: &str) -> bool {
    let limits = String::from_utf8_lossy(limits);
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file locks"));
    line.and_then(|line| line.split_whitespace().next()).is_some_and(|limit| limit.len() == 19 && limit.starts_with(digits))
}

/// Starts a process that has the limit from its first moment on: this process has it meanwhile, and nobody else starts one.
pub(crate) fn inherited<T>(limit: Option<u64>, start: impl FnOnce() -> T) -> T {
    static STARTING: Mutex<()> = Mutex::new(());
    let _alone = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = getrlimit(Resource::Locks);
    let marked = limit.is_some_and(|limit| setrlimit(Resource::Locks, Rlimit { current: Some(limit), ..before }).is_ok());
    let started = start();
    if marked {
        // What was allowed a moment ago is allowed again; the upper limit was not touched.
        let _ = setrlimit(Resource::Locks, before);
    }
    started
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_digits_begin_its_checks_digits() {
        let (run, other) = (digits("tsabcdefg").expect("digits"), digits("tsabcdefh").expect("digits"));
        let (first, last) = (digits("tsabcdefg00001").expect("digits"), digits("tsabcdefgzzz01").expect("digits"));
        assert_eq!((run.len(), first.len(), last.len()), (12, 19, 19));
        assert!(first.starts_with(&run) && last.starts_with(&run) && !first.starts_with(&other));
        assert_ne!(first, last);
        let greatest = digits("tszzzzzzzzzzzz").and_then(|digits| digits.parse::<u64>().ok());
        assert!(greatest.is_some_and(|limit| limit < u64::MAX / 2), "{greatest:?}");
        for no in ["", "ts", "tsabcdef", "tsabcdefg0", "tsabcdefg000011", "tsABCDEFG", "xxabcdefg", "ts+bcdefg", "tsäbcdef"] {
            assert_eq!(digits(no), None, "{no}");
        }
    }

    #[test]
    fn only_the_limit_of_locks_counts() {
        let limits = |value: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max locked memory         1234567890123456789  8388608              bytes     \n\
                 Max file locks            {value:<20} unlimited            locks     \n"
            )
        };
        assert!(is_in(limits("1234567890123456789").as_bytes(), "123456789012"));
        assert!(!is_in(limits("123456789012").as_bytes(), "123456789012"));
        assert!(!is_in(limits("unlimited").as_bytes(), "123456789012") && !is_in(b"", "1"));
    }
}
