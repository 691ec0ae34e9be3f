//! Web servers that lie.

use crate::{Area, Liar, Stage, contradicted, distrusted};
use touchstone_lab::Lab;
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{LyingWeb, WebLie};

pub const AREA: Area = Area { liars: LIARS, general: &["answers-anything", "one-page-for-all"], stage };

const LIARS: &[Liar] = &[
    distrusted("middleware/ipv6-service", "answers-anything", "the same answer"),
    distrusted("middleware/ipv6-service", "one-page-for-all", "the same answer"),
    contradicted("middleware/ipv6-service", "other-site-on-v6", "by-name"),
    contradicted("middleware/ipv6-service", "sorry-page-on-v6", "by-name"),
    contradicted("middleware/ipv6-service", "error-on-v6", "by-name"),
    distrusted("middleware/ipv6-service", "error-on-both", "500"),
    distrusted("middleware/slow-headers", "answers-anything", "the same answer"),
    distrusted("middleware/slow-headers", "one-page-for-all", "the same answer"),
    contradicted("middleware/slow-headers", "keeps-the-slow", "slow-ended"),
    contradicted("middleware/slow-headers", "busy-page-meanwhile", "others-served"),
    distrusted("middleware/slow-headers", "error-on-both", "500"),
];

const STAND_INS: &[(&str, WebLie)] = &[
    ("answers-anything", WebLie::AnswersAnything),
    ("one-page-for-all", WebLie::OnePageForAll),
    ("other-site-on-v6", WebLie::OtherSiteOnV6),
    ("sorry-page-on-v6", WebLie::SorryPageOnV6),
    ("error-on-v6", WebLie::ErrorOnV6),
    ("error-on-both", WebLie::ErrorOnBoth),
    ("keeps-the-slow", WebLie::KeepsTheSlow),
    ("busy-page-meanwhile", WebLie::BusyPageMeanwhile),
];

fn stage(lab: &Lab) -> Result<Stage, String> {
    let mut stage = Stage::default();
    for (name, lie) in STAND_INS {
        let liar = LyingWeb::start(lab, *lie).map_err(|e| format!("{name}: {e}"))?;
        let base = format!("http://localhost:{}", liar.port);
        let access = Access::Http {
            endpoints: vec![("application", format!("{base}/")), ("console", format!("{base}/console"))],
            credentials: Vec::new(),
            addresses: Vec::new(),
            settings: Vec::new(),
            attackable: true,
        };
        let params = vec![("middleware/slow-headers.header_limit_seconds", "5".to_owned())];
        // The adapter only repeats what the inventory says.
        stage.targets.push(Target { name: (*name).to_owned(), kind: "middleware", adapter: Some("tomcat"), params, access });
        stage.services.push(Box::new(liar));
    }
    Ok(stage)
}
