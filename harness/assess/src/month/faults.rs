//! E1 to E4: faults, their recovery and their reports.

use crate::context::Context;
use crate::fault::GradedIncident;
use crate::ledger::{Channel, Finding, Incident};
use crate::score::Scoring;
use crate::time::{self, Month};
use crate::words::{both, counts, join, undecided};
use jiff::SignedDuration;
use touchstone_model::text::Text;

/// Incidents of the month that count against the operator, with their grades; what is undecided becomes open.
fn counted<'c>(context: &'c Context<'_>, month: Month, scoring: &mut Scoring<'_>) -> Vec<(&'c Incident, &'c GradedIncident)> {
    let mut counted = Vec::new();
    for (incident, graded) in context.incidents() {
        if graded.month != month {
            continue;
        }
        match counts(incident.confirmed, incident.responsible) {
            Some(true) => counted.push((incident, graded)),
            Some(false) => {}
            None => scoring.open(undecided(), vec![incident.place.clone()]),
        }
    }
    counted
}

pub(super) fn faults(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let counted = counted(context, month, scoring);
    scoring.measured(format!("确认故障{}起", counted.len()), format!("{} confirmed faults", counted.len()));
    for (incident, graded) in counted {
        let Some(grade) = graded.grade else { continue };
        let why = join(&both!("{grade}级故障：", "fault of grade {grade}: "), "", "", &graded.because);
        scoring.deduct(scoring.rule.deduct.event(grade), why, vec![incident.place.clone()]);
        if incident.recovered.is_none() {
            let why = Text::new("尚未恢复，等级可能更高", "not recovered yet: the grade may still rise");
            scoring.open(why, vec![incident.place.clone()]);
        }
    }
}

pub(super) fn recovered_in_time(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let counted = counted(context, month, scoring);
    let mut late = 0;
    let all = counted.len();
    for (incident, graded) in counted {
        match late_recovery(context, incident, graded) {
            Some(why) => {
                late += 1;
                scoring.event(why, &incident.place);
            }
            None if incident.recovered.is_none() => {
                scoring.open(Text::new("尚未恢复", "not recovered yet"), vec![incident.place.clone()]);
            }
            None => {}
        }
    }
    scoring.measured(format!("故障{all}起，超时恢复{late}起"), format!("{all} faults, {late} recovered too late"));
}

/// The sentence about a recovery that came too late, also of one that is still awaited.
pub(crate) fn late_recovery(context: &Context<'_>, incident: &Incident, graded: &GradedIncident) -> Option<Text> {
    let grade = graded.grade?;
    let limit = *context.rules.limits.recovery_minutes.get(usize::from(grade) - 1)?;
    let until = incident.recovered.unwrap_or(context.as_of.max(incident.began));
    let took = until.duration_since(incident.began);
    let shown = &graded.duration;
    (took > SignedDuration::from_mins(i64::from(limit))).then(|| {
        both!(
            "{grade}级故障应在{limit}分钟内恢复，历时{shown}",
            "a fault of grade {grade} has {limit} min to recover, this one took {shown}"
        )
    })
}

pub(super) fn reported_in_time(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let limits = &context.rules.limits;
    for (incident, graded) in counted(context, month, scoring) {
        let Some(grade) = graded.grade else { continue };
        let at = usize::from(grade) - 1;
        let (Some(&limit), Some(channels)) = (limits.report_minutes.get(at), limits.report_channels.get(at)) else { continue };
        let why = match (incident.reported, incident.channel) {
            (None, _) => Some(Text::new("未上报", "never reported")),
            (Some(reported), channel) => {
                let took = reported.duration_since(incident.began);
                let shown = time::show_duration(took);
                if took > SignedDuration::from_mins(i64::from(limit)) {
                    Some(both!(
                        "{grade}级故障应在{limit}分钟内上报，历时{shown}",
                        "a fault of grade {grade} is to be reported in {limit} min, this one took {shown}"
                    ))
                } else if !channel.is_some_and(|channel| channels.contains(&channel)) {
                    let how = channel_words(channel);
                    let (zh, en) = (how.zh, how.en);
                    Some(both!("{grade}级故障的上报方式不符：{zh}", "not the way to report a fault of grade {grade}: {en}"))
                } else {
                    None
                }
            }
        };
        if let Some(why) = why {
            scoring.event(why, &incident.place);
        }
    }
}

fn channel_words(channel: Option<Channel>) -> Text {
    match channel {
        Some(Channel::Phone) => Text::new("电话", "telephone"),
        Some(Channel::Wechat) => Text::new("微信", "WeChat"),
        Some(Channel::Other) => Text::new("其他方式", "another way"),
        None => Text::new("未记录", "not recorded"),
    }
}

pub(super) fn reported_truly(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    for (incident, _) in counted(context, month, scoring) {
        match incident.truthful {
            Finding::Yes => {}
            Finding::No => scoring.event(Text::new("错报或瞒报", "reported wrongly, or concealed"), &incident.place),
            Finding::Pending => scoring.open(undecided(), vec![incident.place.clone()]),
        }
    }
}
