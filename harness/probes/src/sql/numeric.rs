//! PostgreSQL's binary form of exact decimals, written out without loss.

/// `None`: not in that form.
pub(super) fn text(raw: &[u8]) -> Option<String> {
    let words: Vec<u16> = raw.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    let (&[count, weight, sign, scale], digits) = words.split_first_chunk::<4>()?;
    if !raw.len().is_multiple_of(2) || digits.len() != usize::from(count) {
        return None;
    }
    let minus = match sign {
        0x0000 => "",
        0x4000 => "-",
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let weight = i32::from(i16::from_be_bytes(weight.to_be_bytes()));
    let scale = usize::from(scale);
    // Each digit is one of base 10,000; the first has the value 10,000^weight.
    let digit = |place: i32| usize::try_from(weight - place).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    let mut whole = String::new();
    for place in (0..=weight.max(0)).rev() {
        whole.push_str(&format!("{:04}", digit(place)));
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if scale == 0 {
        return Some(format!("{minus}{whole}"));
    }
    let mut fraction = String::new();
    let mut place = -1;
    while fraction.len() < scale {
        fraction.push_str(&format!("{:04}", digit(place)));
        place -= 1;
    }
    fraction.truncate(scale);
    Some(format!("{minus}{whole}.{fraction}"))
}
