//! Sizes as people write them.

const UNITS: [(&str, u32, u64); 11] = [
    ("kib", 1, 1024),
    ("mib", 2, 1024),
    ("gib", 3, 1024),
    ("tib", 4, 1024),
    ("pib", 5, 1024),
    ("kb", 1, 1000),
    ("mb", 2, 1000),
    ("gb", 3, 1000),
    ("tb", 4, 1000),
    ("pb", 5, 1000),
    ("b", 0, 1),
];

/// Bytes of `2TiB`, `2 TB`, `512`; nothing when it makes no sense or is too large.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim();
    let factor = match unit {
        "" => 1,
        _ => UNITS.iter().find(|(name, ..)| *name == unit).and_then(|(_, power, base)| base.checked_pow(*power))?,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn fuzz_sizes() {
        touchstone_fuzz::fuzz(&[b"2TiB", b"16 TB", b"512"], &["kib", "PB", " ", "18446744073709551615", "-"], |input| {
            parse(&String::from_utf8_lossy(input)).map(u64::leading_zeros)
        });
    }

    #[test]
    fn sizes_are_read_as_written() {
        assert_eq!(parse("2TiB"), Some(2 << 40));
        assert_eq!(parse("16 TB"), Some(16_000_000_000_000));
        assert_eq!(parse("512"), Some(512));
        assert_eq!(parse("1 b"), Some(1));
    }

    #[test]
    fn nonsense_and_overflow_are_refused() {
        for text in ["", "TiB", "-1", "2 TX", "1.5TiB", "99999999999 PiB"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
