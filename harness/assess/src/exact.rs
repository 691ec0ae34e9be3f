//! Exact numbers: fractions of integers. No figure of an assessment ever passes through a float.

use num_rational::Ratio;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Div, Mul, Sub};
use std::str::FromStr;

/// Digits a number of a document may have, so that sums of a year's rows stay far inside 128 bits.
const MAX_DIGITS: usize = 15;

/// A fraction; written as a decimal where it has a finite one, else as `p/q`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Exact(Ratio<i128>);

/// Why a text is no exact number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotExact {
    /// A comma stands where a point belongs.
    Comma,
    /// More than 15 digits.
    TooLong,
    /// Not a plain decimal.
    Malformed,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Exact = Exact(Ratio::new_raw(0, 1));

    /// A whole number.
    pub fn whole(n: i128) -> Exact {
        Exact(Ratio::from_integer(n))
    }

    /// `part` of `whole`; nothing where `whole` is zero.
    pub fn ratio(part: i128, whole: i128) -> Option<Exact> {
        (whole != 0).then(|| Exact(Ratio::new(part, whole)))
    }

    /// Itself times 100.
    pub fn percent(self) -> Exact {
        self * Exact::whole(100)
    }

    /// Itself over 100.
    pub fn of_percent(self) -> Exact {
        Exact(self.0 / 100)
    }

    /// `self / by`; nothing for zero.
    pub fn over(self, by: Exact) -> Option<Exact> {
        (by != Exact::ZERO).then(|| Exact(self.0 / by.0))
    }

    /// The next whole number that is not below it.
    pub fn ceil(self) -> Exact {
        Exact(self.0.ceil())
    }

    /// The next whole number that is not above it.
    pub fn floor(self) -> Exact {
        Exact(self.0.floor())
    }

    /// Below zero?
    pub fn is_negative(self) -> bool {
        self < Exact::ZERO
    }

    /// With at most `places` decimals, cut off towards minus infinity: a figure just below a limit is never shown as the
    /// limit itself.
    pub fn floored(self, places: u32) -> String {
        let scale = 10i128.pow(places);
        let scaled = (self.0 * scale).floor().to_integer();
        decimal(scaled, places)
    }

    /// How many decimals it has, if it has a finite decimal form.
    fn places(self) -> Option<u32> {
        let mut rest = *self.0.denom();
        let (mut twos, mut fives) = (0, 0);
        while rest % 2 == 0 {
            (rest, twos) = (rest / 2, twos + 1);
        }
        while rest % 5 == 0 {
            (rest, fives) = (rest / 5, fives + 1);
        }
        (rest == 1).then_some(twos.max(fives))
    }
}

fn decimal(scaled: i128, places: u32) -> String {
    let scale = 10i128.pow(places);
    let (sign, size) = (if scaled < 0 { "-" } else { "" }, scaled.abs());
    let text = format!("{sign}{}.{:0width$}", size / scale, size % scale, width = places as usize);
    let text = if places == 0 { format!("{sign}{size}") } else { text };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl Add for Exact {
    type Output = Exact;
    fn add(self, other: Exact) -> Exact {
        Exact(self.0 + other.0)
    }
}

impl Sub for Exact {
    type Output = Exact;
    fn sub(self, other: Exact) -> Exact {
        Exact(self.0 - other.0)
    }
}

impl Mul for Exact {
    type Output = Exact;
    fn mul(self, other: Exact) -> Exact {
        Exact(self.0 * other.0)
    }
}

impl Div<i128> for Exact {
    type Output = Exact;
    /// By a whole number that is not zero.
    fn div(self, by: i128) -> Exact {
        Exact(self.0 / by)
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Exact>>(iter: I) -> Exact {
        iter.fold(Exact::ZERO, Add::add)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.places() {
            Some(places) if places <= 20 => f.write_str(&decimal((self.0 * 10i128.pow(places)).to_integer(), places)),
            _ => write!(f, "{}/{}", self.0.numer(), self.0.denom()),
        }
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Exact {
    type Err = NotExact;

    /// `12`, `-3.50`; also `p/q` of two whole numbers, as [`Exact`] writes it.
    fn from_str(text: &str) -> Result<Exact, NotExact> {
        if text.contains([',', '，']) {
            return Err(NotExact::Comma);
        }
        if let Some((part, whole)) = text.split_once('/') {
            let read = |n: &str| n.parse::<i128>().map_err(|_| NotExact::Malformed);
            return Exact::ratio(read(part)?, read(whole)?).ok_or(NotExact::Malformed);
        }
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) {
            return Err(NotExact::Malformed);
        }
        if whole.len() + part.len() > MAX_DIGITS {
            return Err(NotExact::TooLong);
        }
        let scale = 10i128.pow(part.len() as u32);
        let value: i128 = format!("{whole}{part}").parse().map_err(|_| NotExact::TooLong)?;
        Ok(Exact(Ratio::new(sign * value, scale)))
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Exact, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no exact decimal; write it as a string like \"0.5\"")))
    }
}

impl JsonSchema for Exact {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Exact".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An exact number: a decimal, or p/q where it has no finite one.",
            "pattern": "^-?[0-9]+(\\.[0-9]+|/[0-9]+)?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_trip_and_fractions_say_so() {
        for text in ["0", "0.5", "-3.05", "99.99", "267.84", "100"] {
            assert_eq!(text.parse::<Exact>().unwrap().to_string(), text);
        }
        assert_eq!("2.50".parse::<Exact>().unwrap().to_string(), "2.5");
        assert_eq!("268/3".parse::<Exact>().unwrap().to_string(), "268/3");
        assert_eq!("3,5".parse::<Exact>(), Err(NotExact::Comma));
        assert_eq!("1234567890123456".parse::<Exact>(), Err(NotExact::TooLong));
        for text in ["", ".5", "5.", "1e3", "+1", "１", "1.2.3", "1/0", " 1"] {
            assert!(text.parse::<Exact>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_never_reaches_a_limit_it_is_below() {
        assert_eq!("99.9899999".parse::<Exact>().unwrap().floored(4), "99.9899");
        assert_eq!("268/3".parse::<Exact>().unwrap().floored(2), "89.33");
        assert_eq!("-0.001".parse::<Exact>().unwrap().floored(2), "-0.01");
        assert_eq!("90".parse::<Exact>().unwrap().floored(2), "90");
    }
}
