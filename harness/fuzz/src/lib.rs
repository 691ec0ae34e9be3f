//! Fuzzing on the stable toolchain, inside ordinary tests: seeds are cut, joined, repeated and sprinkled with words that the
//! format knows; an input that leads to an outcome never seen before joins the seeds.
//!
//! Each target runs for about a second, or for as long as `TOUCHSTONE_FUZZ_SECONDS` says; `ci/fuzz` runs all of them for long.
//! An input that makes a target panic, or keeps it busy for long, is shown with the test's failure; given back by
//! `TOUCHSTONE_FUZZ_INPUT` (hexadecimal) it is tried alone.
#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Longest input.
const LONGEST: usize = 16 * 1024;
/// No parser may need so long for one of them, on however busy a machine.
const SLOW: Duration = Duration::from_secs(20);
/// Inputs kept.
const POOL: usize = 4096;

/// Feeds `target` with changed seeds. What it returns tells one kind of outcome from another; it guides the search.
///
/// # Panics
/// With the input that made the target panic or took it too long.
pub fn fuzz<T: Hash>(seeds: &[&[u8]], words: &[&str], target: impl Fn(&[u8]) -> T) {
    if let Ok(input) = std::env::var("TOUCHSTONE_FUZZ_INPUT") {
        let digits: Vec<char> = input.chars().filter(char::is_ascii_hexdigit).collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap_or_default();
        target(&digits.chunks(2).map(byte).collect::<Vec<u8>>());
        return;
    }
    let seconds = std::env::var("TOUCHSTONE_FUZZ_SECONDS").ok().and_then(|text| text.parse::<f64>().ok());
    let until = Instant::now() + Duration::from_secs_f64(seconds.unwrap_or(1.0));
    let mut random = fastrand::Rng::new();
    let mut pool: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_vec()).collect();
    pool.push(Vec::new());
    let mut outcomes = HashSet::new();
    let mut tried = 0_u64;
    for seed in pool.clone() {
        outcomes.insert(try_one(&seed, &target));
    }
    while Instant::now() < until {
        let input = changed(&pool, words, &mut random);
        let outcome = try_one(&input, &target);
        tried += 1;
        if outcomes.insert(outcome) && pool.len() < POOL {
            pool.push(input);
        }
    }
    println!("{tried} inputs, {} kinds of outcome", outcomes.len());
}

fn try_one<T: Hash>(input: &[u8], target: &impl Fn(&[u8]) -> T) -> u64 {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    let shown = || {
        let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("TOUCHSTONE_FUZZ_INPUT={hex}\n{}", String::from_utf8_lossy(input))
    };
    assert!(begun.elapsed() < SLOW, "too slow ({:?}): {}", begun.elapsed(), shown());
    let Ok(outcome) = outcome else { panic!("the target panicked on {}", shown()) };
    let mut hasher = DefaultHasher::new();
    outcome.hash(&mut hasher);
    hasher.finish()
}

fn changed(pool: &[Vec<u8>], words: &[&str], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut input = pool[random.usize(..pool.len())].clone();
    for _ in 0..=random.usize(..4) {
        change(&mut input, pool, words, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str], random: &mut fastrand::Rng) {
    let at = random.usize(..=input.len());
    let end = (at + random.usize(..=16)).min(input.len());
    match random.u8(..10) {
        // A bit, a byte, a number that is often at an edge.
        0 if at < input.len() => input[at] ^= 1 << random.u8(..8),
        1 if at < input.len() => input[at] = random.u8(..),
        2 => {
            let edge = [0_i64, 1, -1, i64::MAX, i64::MIN, i32::MAX.into(), i32::MIN.into(), 65_535, 10_000][random.usize(..9)];
            let bytes = edge.to_be_bytes();
            let width = [1, 2, 4, 8][random.usize(..4)].min(input.len() - at);
            input[at..at + width].copy_from_slice(&bytes[8 - width..]);
        }
        3 => drop(input.drain(at..end)),
        4 => input.truncate(at),
        // Something of itself, something of another, a word of the format, a number in digits.
        5 => {
            let piece = input[at..end].repeat(1 + random.usize(..8));
            input.splice(at..at, piece);
        }
        6 => {
            let other = &pool[random.usize(..pool.len())];
            let from = random.usize(..=other.len());
            let to = (from + random.usize(..=64)).min(other.len());
            input.splice(at..end, other[from..to].iter().copied());
        }
        7 | 8 if !words.is_empty() => {
            let word = words[random.usize(..words.len())];
            input.splice(at..end, word.bytes());
        }
        _ => {
            let number = [0, 1, 9, 255, 65_536, 4_294_967_295, 18_446_744_073_709_551_615_u128][random.usize(..7)];
            input.splice(at..end, number.to_string().bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fuzz;

    #[test]
    fn it_finds_what_is_hidden_behind_two_steps() {
        let begun = std::time::Instant::now();
        let found = std::panic::catch_unwind(|| {
            while begun.elapsed().as_secs() < 60 {
                fuzz(&[b"start"], &["open", "sesame"], |input| {
                    let text = String::from_utf8_lossy(input);
                    let steps = usize::from(text.contains("open"));
                    assert!(!(text.contains("open") && text.contains("sesame")), "found");
                    steps
                });
            }
        });
        assert!(found.is_err());
    }
}
