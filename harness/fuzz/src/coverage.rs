//! Which branches the code under test took, where it was built to count them (`ci/fuzz` does so, by `ci/fuzz.d/rustc`).
//!
//! The compiler's SanitizerCoverage gives every branch a counter of eight bits (clang's documentation, "Inline 8bit-counters"),
//! and tells where they lie before `main`. As in AFL and libFuzzer an input is new when a counter comes to stand in a range
//! where it never stood.
#![allow(unsafe_code, reason = "the counters are the compiler's: plain memory behind two addresses")]

use std::sync::{Mutex, PoisonError};

/// Beginnings and lengths of the counters.
static COUNTERS: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Called by the start of every instrumented unit, all of one program with the same addresses.
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, stop: *mut u8) {
    let (from, length) = (start as usize, (stop as usize).saturating_sub(start as usize));
    let mut known = COUNTERS.lock().unwrap_or_else(PoisonError::into_inner);
    if length > 0 && !known.contains(&(from, length)) {
        known.push((from, length));
    }
}

/// What was seen of every counter: a bit for each range of values.
#[derive(Default)]
pub(crate) struct Coverage {
    seen: Vec<u8>,
}

impl Coverage {
    /// Forgets what the counters say now.
    pub(crate) fn clear(&self) {
        each(|_, counter| *counter = 0);
    }

    /// Whether since the last [`Self::clear`] something happened that never had, or never so often.
    pub(crate) fn grew(&mut self) -> bool {
        let mut grew = false;
        let seen = &mut self.seen;
        each(|at, counter| {
            if *counter != 0 {
                if seen.len() <= at {
                    seen.resize(at + 1, 0);
                }
                let range = range(*counter);
                grew |= seen[at] & range == 0;
                seen[at] |= range;
                *counter = 0;
            }
        });
        grew
    }

    /// Branches that were ever taken, and all there are; absent where none is counted.
    pub(crate) fn figures(&self) -> Option<(usize, usize)> {
        let mut all = 0;
        each(|_, _| all += 1);
        (all > 0).then(|| (self.seen.iter().filter(|seen| **seen != 0).count(), all))
    }
}

fn range(count: u8) -> u8 {
    match count {
        0..=3 => 1 << (count.max(1) - 1),
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128.. => 128,
    }
}

fn each(mut with: impl FnMut(usize, &mut u8)) {
    let known = COUNTERS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut before = 0;
    for (from, length) in known.iter() {
        // SAFETY: the compiler gave these addresses of static memory; one test runs at a time, and what other threads count
        // meanwhile may be lost, as with every fuzzer of this kind.
        let counters = unsafe { std::slice::from_raw_parts_mut(*from as *mut u8, *length) };
        for (at, counter) in counters.iter_mut().enumerate() {
            with(before + at, counter);
        }
        before += length;
    }
}
