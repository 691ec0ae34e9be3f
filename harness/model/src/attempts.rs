//! Several tries at one check: how many there are, and what follows from all of them together.
//!
//! A second try never turns red to green. Tries that do not agree make the check *unstable*: inconclusive, with the
//! history of every try beside it. A contradiction stays one, however many further tries came to no decision.

use crate::description::Impact;
use crate::text::Text;
use crate::verdict::Verdict;

/// Whether these answers, in order, are enough. What leaves its target changed is never tried twice.
pub fn settled(retries: u32, impact: Impact, answers: &[Verdict]) -> bool {
    let Some(last) = answers.last() else { return false };
    answers.len() > usize::try_from(retries).unwrap_or(usize::MAX)
        || impact == Impact::Destroy
        || matches!(last, Verdict::Conforming | Verdict::NotApplicable { .. })
}

/// Whether the answers contradict each other so that none of them can be believed.
pub fn is_unstable(answers: &[Verdict]) -> bool {
    let good = |v: &Verdict| matches!(v, Verdict::Conforming | Verdict::NotApplicable { .. });
    answers.iter().any(good) && answers.iter().any(|v| v.name() != answers[0].name())
}

/// What follows from all answers; absent when there is none.
pub fn over(answers: &[Verdict]) -> Option<Verdict> {
    if !is_unstable(answers) {
        let contradicted = answers.iter().rev().find(|v| **v == Verdict::Nonconforming);
        return contradicted.or(answers.last()).cloned();
    }
    let list = |of: fn(&Verdict) -> String| answers.iter().map(of).collect::<Vec<_>>().join(", ");
    Some(Verdict::Inconclusive {
        reason: Text::new(
            format!("不稳定：{} 次执行的结论不一致（{}）", answers.len(), list(|v| v.words().zh)),
            format!("unstable: {} tries do not agree ({})", answers.len(), list(|v| v.words().en)),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Verdict {
        Verdict::Inconclusive { reason: Text::new("断线", "link lost") }
    }

    fn absent() -> Verdict {
        Verdict::NotApplicable { reason: Text::new("无", "none") }
    }

    #[test]
    fn no_series_with_anything_but_green_in_it_is_green() {
        let all = [Verdict::Conforming, Verdict::Nonconforming, open(), absent()];
        for a in &all {
            for b in &all {
                for c in &all {
                    let series = [a.clone(), b.clone(), c.clone()];
                    let verdict = over(&series).expect("a verdict");
                    let green = series.iter().all(|v| *v == Verdict::Conforming);
                    assert_eq!(verdict == Verdict::Conforming, green, "{series:?}");
                    let agree = series.iter().all(|v| v.name() == a.name());
                    if agree {
                        assert_eq!(verdict.name(), a.name());
                    }
                    // Without a try that was content, a contradiction that was seen counts.
                    if series.iter().all(|v| matches!(v, Verdict::Nonconforming | Verdict::Inconclusive { .. }))
                        && series.contains(&Verdict::Nonconforming)
                    {
                        assert_eq!(verdict, Verdict::Nonconforming, "{series:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn tries_end_with_the_first_content_one_or_the_last_allowed() {
        assert!(!settled(2, Impact::Observe, &[]));
        assert!(settled(0, Impact::Observe, &[Verdict::Nonconforming]));
        assert!(!settled(1, Impact::Observe, &[Verdict::Nonconforming]));
        assert!(!settled(1, Impact::Disrupt, &[open()]));
        assert!(settled(1, Impact::Destroy, &[open()]));
        assert!(settled(1, Impact::Observe, &[open(), Verdict::Nonconforming]));
        assert!(settled(5, Impact::Observe, &[Verdict::Nonconforming, Verdict::Conforming]));
        assert!(settled(5, Impact::Observe, &[absent()]));
    }

    #[test]
    fn an_unstable_check_names_every_try() {
        let Some(Verdict::Inconclusive { reason }) = over(&[Verdict::Nonconforming, Verdict::Conforming]) else {
            panic!("not inconclusive");
        };
        assert!(reason.en.contains("unstable: 2 tries") && reason.en.contains("nonconforming, conforming"), "{}", reason.en);
        assert!(reason.zh.contains("不稳定"), "{}", reason.zh);
    }
}
