//! Values, as TPC Benchmark C distributes them (clauses 2.1.6, 4.3.2).

use fastrand::Rng;

/// Of the non-uniform distribution; drawn once for a run, and for loading and running the same number of last names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Constants {
    last_name: u32,
    customer: u32,
    item: u32,
}

impl Default for Constants {
    fn default() -> Self {
        Self { last_name: 173, customer: 511, item: 4095 }
    }
}

/// NURand: some values come much more often than others. `x` to `y`, both included.
fn uneven(random: &mut Rng, a: u32, c: u32, x: u32, y: u32) -> u32 {
    ((random.u32(0..=a) | random.u32(x..=y)) + c) % (y - x + 1) + x
}

impl Constants {
    /// 1 to `count`.
    pub(super) fn customer(self, random: &mut Rng, count: u32) -> u32 {
        uneven(random, 1023, self.customer, 1, count)
    }

    /// 1 to `count`.
    pub(super) fn item(self, random: &mut Rng, count: u32) -> u32 {
        uneven(random, 8191, self.item, 1, count)
    }

    /// Of a customer that is there: names are given to the first customers in turn.
    pub(super) fn last_name(self, random: &mut Rng, customers: u32) -> String {
        last_name(uneven(random, 255, self.last_name, 0, 999.min(customers - 1)))
    }
}

/// Three syllables for three digits.
pub(super) fn last_name(number: u32) -> String {
    const SYLLABLES: [&str; 10] = ["BAR", "OUGHT", "ABLE", "PRI", "PRES", "ESE", "ANTI", "CALLY", "ATION", "EING"];
    [number / 100 % 10, number / 10 % 10, number % 10].map(|digit| SYLLABLES[digit as usize]).concat()
}

/// Letters and digits; nothing that would have to be quoted.
pub(super) fn text(random: &mut Rng, least: usize, most: usize) -> String {
    let length = random.usize(least..=most);
    (0..length).map(|_| random.alphanumeric()).collect()
}

/// As [`text`], with the word that one row in ten has.
pub(super) fn marked_text(random: &mut Rng, least: usize, most: usize) -> String {
    let mut text = text(random, least, most);
    if random.u32(0..10) == 0 {
        let at = random.usize(0..=text.len() - 8);
        text.replace_range(at..at + 8, "ORIGINAL");
    }
    text
}

/// A postal code.
pub(super) fn zip(random: &mut Rng) -> String {
    format!("{:04}11111", random.u32(0..10_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_within_their_bounds_and_are_not_even() {
        let mut random = Rng::with_seed(7);
        let constants = Constants::default();
        let mut seen = vec![0_u32; 301];
        for _ in 0..30_000 {
            seen[constants.customer(&mut random, 300) as usize] += 1;
            let item = constants.item(&mut random, 100);
            assert!((1..=100).contains(&item));
        }
        assert_eq!(seen[0], 0);
        let most = seen.iter().max().copied().unwrap_or_default();
        assert!(most > 150, "an even share would be 100: {most}");
    }

    #[test]
    fn names_are_those_of_the_first_customers() {
        assert_eq!(last_name(371), "PRICALLYOUGHT");
        let mut random = Rng::with_seed(1);
        let names: Vec<String> = (0..30).map(last_name).collect();
        for _ in 0..500 {
            assert!(names.contains(&Constants::default().last_name(&mut random, 30)));
        }
        assert!((0..200).map(|_| marked_text(&mut random, 26, 50)).any(|text| text.contains("ORIGINAL")));
    }
}
