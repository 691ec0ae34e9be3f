//! What a round found, until when it must be rectified, and what became of it.

use super::Rectification;
use crate::run::ClauseResult;
use crate::verdict::ClauseVerdict;
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A clause that was found not to be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Defect {
    /// Clause id.
    pub clause: String,
    /// Number of the round that found it.
    pub found_in: u32,
    /// Day in China on which that round was concluded.
    pub found_on: String,
    /// Last day for rectification; absent where the calendar does not reach so far.
    pub due: Option<String>,
    /// What became of it.
    pub state: DefectState,
    /// Number of the round that showed it to be rectified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rectified_in: Option<u32>,
    /// Day in China on which that round began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rectified_on: Option<String>,
}

/// What became of a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DefectState {
    /// Not shown to be rectified; there is time left, or the due date is not known.
    Open,
    /// Not shown to be rectified, and the due date is past.
    Overdue,
    /// Shown to be rectified in time.
    Rectified,
    /// Shown to be rectified by a round that began after the due date.
    RectifiedLate,
}

impl DefectState {
    /// For people.
    pub fn words(self) -> crate::text::Text {
        use crate::text::Text;
        match self {
            DefectState::Open => Text::new("待整改", "to be rectified"),
            DefectState::Overdue => Text::new("逾期未整改", "overdue"),
            DefectState::Rectified => Text::new("已按期整改", "rectified in time"),
            DefectState::RectifiedLate => Text::new("逾期后整改", "rectified late"),
        }
    }

    /// Whether nothing is to be done about it any more.
    pub fn is_rectified(self) -> bool {
        matches!(self, DefectState::Rectified | DefectState::RectifiedLate)
    }
}

/// The day in China that a moment belongs to: UTC+8 all year since 1991.
pub fn day_of(moment: &str) -> Option<String> {
    let at: Timestamp = moment.parse().ok()?;
    Some(at.to_zoned_datetime(TimeZone::fixed(offset(8))).date().to_string())
}

impl Rectification {
    /// Last day for what was found on a day; none where the working days known do not reach so far.
    pub fn due(&self, found: &str) -> Option<String> {
        let nth = usize::try_from(self.rules.working_days).ok()?.checked_sub(1)?;
        self.working_days.iter().filter(|day| day.as_str() > found).nth(nth).cloned()
    }
}

/// A round as far as its defects go.
pub(super) struct Looked<'a> {
    pub(super) number: u32,
    /// Day on which it began: by then the vendor had rectified what it shows to be rectified.
    pub(super) began: &'a str,
    /// Day on which it was concluded.
    pub(super) concluded: &'a str,
    pub(super) clauses: &'a [ClauseResult],
}

/// The defects after a round: those of before with what became of them, then those that it found itself.
pub(super) fn after(
    earlier: &[Defect],
    looked: &Looked<'_>,
    rectification: Option<&Rectification>,
    counts: &dyn Fn(&str) -> bool,
) -> Vec<Defect> {
    let result = |clause: &str| looked.clauses.iter().find(|result| result.selected && result.clause == clause);
    let mut defects: Vec<Defect> = earlier.iter().map(|defect| followed(defect, looked, result(&defect.clause))).collect();
    for result in looked.clauses.iter().filter(|result| result.selected && counts(&result.clause)) {
        let fails = matches!(result.verdict, ClauseVerdict::Nonconforming | ClauseVerdict::Partly);
        let known = defects.iter().any(|defect| defect.clause == result.clause && !defect.state.is_rectified());
        if fails && !known {
            defects.push(Defect {
                clause: result.clause.clone(),
                found_in: looked.number,
                found_on: looked.concluded.to_owned(),
                due: rectification.and_then(|rectification| rectification.due(looked.concluded)),
                state: DefectState::Open,
                rectified_in: None,
                rectified_on: None,
            });
        }
    }
    defects
}

fn followed(defect: &Defect, looked: &Looked<'_>, result: Option<&ClauseResult>) -> Defect {
    let mut defect = defect.clone();
    if defect.state.is_rectified() {
        return defect;
    }
    let shown = result.is_some_and(|r| matches!(r.verdict, ClauseVerdict::Conforming | ClauseVerdict::NotApplicable));
    let past = |day: &str| defect.due.as_deref().is_some_and(|due| day > due);
    if shown {
        defect.state = if past(looked.began) { DefectState::RectifiedLate } else { DefectState::Rectified };
        (defect.rectified_in, defect.rectified_on) = (Some(looked.number), Some(looked.began.to_owned()));
    } else {
        defect.state = if past(looked.concluded) { DefectState::Overdue } else { DefectState::Open };
    }
    defect
}
