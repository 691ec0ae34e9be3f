//! D1: availability of every service item.

use crate::availability::{self, ServiceAvailability};
use crate::context::Context;
use crate::ledger::{Finding, Incident, Party};
use crate::rules::{Deduct, Services};
use crate::score::Scoring;
use crate::time::{Month, Span};
use touchstone_model::text::Text;

pub(super) fn available(context: &Context<'_>, month: Month, scoring: &mut Scoring<'_>) {
    let figures = availability::of_month(context.ledgers, month, context.as_of);
    if figures.is_empty() {
        return scoring.open(Text::new("没有列出服务项", "no service item is listed"), Vec::new());
    }
    let worst = figures.iter().min_by_key(|figure| figure.percent);
    if let Some(worst) = worst {
        let (zh, en, shown) = (&worst.title.zh, &worst.title.en, &worst.shown);
        scoring.measured(format!("最低：{zh} {shown}%"), format!("lowest: {en} {shown} %"));
    }
    let Deduct::Step(step) = scoring.rule.deduct.clone() else { return };
    let deducted: Vec<&ServiceAvailability> = match context.rules.limits.services {
        Services::Each => figures.iter().collect(),
        Services::Worst => worst.into_iter().collect(),
    };
    for figure in deducted {
        let steps = context.rules.steps(&step, figure.percent);
        let points = steps * step.share.of_percent() * scoring.rule.weight;
        let (zh, en, shown, failed, mark) = (&figure.title.zh, &figure.title.en, &figure.shown, figure.failed, step.full_from);
        let why = Text::new(
            format!("{zh}失效{failed}秒，可用性{shown}%低于{mark}%，计{steps}档"),
            format!("{en} failed for {failed} s: availability {shown} % is below {mark} %, {steps} steps"),
        );
        scoring.deduct(points, why, figure.rows.clone());
    }
    for outage in context.ledgers.outages.iter().filter(|outage| outage.counts == Finding::Pending) {
        let until = outage.ended.unwrap_or(context.as_of.max(outage.began));
        if (Span { from: outage.began, until }).cut(month.span()).is_some() {
            scoring.open(
                Text::new("尚未认定是否计入失效", "not yet found whether it counts as failure"),
                vec![outage.place.clone()],
            );
        }
    }
    for incident in unmatched(context, month) {
        let why = Text::new(
            "故障使服务项无法使用，但失效台账中没有相应记录",
            "the incident made the service item unusable, yet the ledger of outages has no such span",
        );
        scoring.open(why, vec![incident.place.clone()]);
    }
}

/// Incidents that took a service item down in the month and that no row about outages covers.
fn unmatched<'a>(context: &'a Context<'_>, month: Month) -> impl Iterator<Item = &'a Incident> {
    let span = |incident: &Incident| Span {
        from: incident.began,
        until: incident.recovered.unwrap_or(context.as_of.max(incident.began)),
    };
    context.ledgers.incidents.iter().filter(move |incident| {
        let covered = context.ledgers.outages.iter().any(|outage| {
            let until = outage.ended.unwrap_or(context.as_of.max(outage.began));
            outage.service == incident.service && (Span { from: outage.began, until }).cut(span(incident)).is_some()
        });
        incident.service_unusable == Finding::Yes
            && incident.responsible != Party::Other
            && span(incident).cut(month.span()).is_some()
            && !covered
    })
}
