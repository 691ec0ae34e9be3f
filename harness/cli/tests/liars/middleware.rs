//! Web and application servers that lie.

use crate::{Area, Liar, Stage, contradicted, distrusted};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{LyingHost, LyingServer, LyingWeb, ServerLie, ToolLie, WebLie};
use touchstone_lab::{LOG_PAGE, Lab, outside_stand_in, versions_in_name_only};

pub const AREA: Area = Area { liars: LIARS, general: &["answers-anything", "one-page-for-all"], stage };

const LIARS: &[Liar] = &[
    distrusted("middleware/ipv6-service", "answers-anything", "the same answer"),
    distrusted("middleware/ipv6-service", "one-page-for-all", "the same answer"),
    contradicted("middleware/ipv6-service", "other-site-on-v6", "by-name"),
    contradicted("middleware/ipv6-service", "sorry-page-on-v6", "by-name"),
    contradicted("middleware/ipv6-service", "error-on-v6", "by-name"),
    distrusted("middleware/ipv6-service", "error-on-both", "500"),
    distrusted("middleware/ipv6-only-client", "client-with-ipv4", "no client with IPv6 only"),
    distrusted("middleware/ipv6-cluster-traffic", "one-as-many", "does not confirm"),
    distrusted("middleware/slow-headers", "answers-anything", "the same answer"),
    distrusted("middleware/slow-headers", "one-page-for-all", "the same answer"),
    contradicted("middleware/slow-headers", "keeps-the-slow", "slow-ended"),
    contradicted("middleware/slow-headers", "busy-page-meanwhile", "others-served"),
    distrusted("middleware/slow-headers", "error-on-both", "500"),
    contradicted("middleware/connection-flood", "busy-page-meanwhile", "others-served"),
    distrusted("middleware/connection-flood", "one-page-for-all", "the same answer"),
    contradicted("middleware/slow-body", "copy-under-siege", "others-served"),
    contradicted("middleware/slow-read", "copy-under-siege", "others-served"),
    contradicted("middleware/http2-rapid-reset", "copy-under-siege", "others-served"),
    contradicted("middleware/http2-continuation", "copy-under-siege", "others-served"),
    contradicted("middleware/colliding-parameters", "weak", "others-served"),
    distrusted("middleware/range-abuse", "copy-under-siege", "the file itself cannot be had"),
    contradicted("middleware/instance-upgrade", "less-heap", "parameters"),
    contradicted("middleware/embedded-deployment", "outside-stand-in", "in-process"),
    contradicted("middleware/oversized-requests", "takes-everything", "oversized-header"),
    distrusted("middleware/one-action-deployment", "answers-anything", "before, the path answers"),
    contradicted("middleware/one-action-deployment", "says-ok-only", "serves"),
    contradicted("middleware/one-action-deployment", "keeps-serving", "gone-after"),
    contradicted("middleware/directory-deployment", "keeps-folders", "removed"),
    contradicted("middleware/hot-deployment", "keeps-old", "new-version"),
    contradicted("middleware/hot-deployment", "starts-anew", "no-restart"),
    contradicted("middleware/broken-archive", "takes-broken", "truncated"),
    distrusted("middleware/recovers-from-kill", "another-dies", "listens nowhere"),
    distrusted("middleware/recovers-from-hang", "another-dies", "listens nowhere"),
    distrusted("middleware/node-failure", "one-as-many", "listens nowhere"),
    contradicted("middleware/cluster-spread", "one-as-many", "every-node"),
    distrusted("middleware/recovers-from-exhaustion", "pretends-exhaustion", "not seen to be used up"),
    contradicted("middleware/log-collection", "logs-requests", "every-node"),
    contradicted("middleware/log-rolling", "logs-last-line", "rolls"),
    contradicted("middleware/monitoring-figures", "fixed-figures", "heap"),
    contradicted("middleware/threshold-alarms", "always-alarmed", "heap-raised"),
    contradicted("middleware/run-time-snapshot", "old-snapshot", "threads"),
    contradicted("middleware/pooled-data-source", "commits-anyway", "rollback"),
    contradicted("middleware/cluster-configuration", "one-as-many", "application-everywhere"),
    contradicted("middleware/domain-nodes", "one-as-many", "join"),
    contradicted("middleware/browser-console", "says-ok-only", "deployed"),
    contradicted("middleware/browser-console", "fixed-figures", "heap"),
    contradicted("middleware/browser-console", "keeps-serving", "undeployed"),
    contradicted("middleware/log-viewing", "logs-requests", "viewed"),
    contradicted("middleware/stand-alone", "pages-without-a-machine", "serves"),
    contradicted("middleware/instance-life", "less-heap", "as-asked"),
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

const SERVERS: &[(&str, ServerLie)] = &[
    ("says-ok-only", ServerLie::SaysOkOnly),
    ("client-with-ipv4", ServerLie::KeepsServing),
    ("keeps-old", ServerLie::KeepsOld),
    ("starts-anew", ServerLie::StartsAnew),
    ("takes-broken", ServerLie::TakesBroken),
    ("keeps-serving", ServerLie::KeepsServing),
    ("keeps-folders", ServerLie::KeepsFolders),
    ("copy-under-siege", ServerLie::CopyUnderSiege),
    ("another-dies", ServerLie::AnotherDies),
    ("one-as-many", ServerLie::OneAsMany),
    ("pretends-exhaustion", ServerLie::PretendsExhaustion),
    ("takes-everything", ServerLie::TakesEverything),
    ("logs-requests", ServerLie::LogsRequests),
    ("logs-last-line", ServerLie::LogsLastLine),
    ("commits-anyway", ServerLie::CommitsAnyway),
    ("weak", ServerLie::Weak),
    ("fixed-figures", ServerLie::FixedFigures),
    ("always-alarmed", ServerLie::AlwaysAlarmed),
    ("old-snapshot", ServerLie::OldSnapshot),
];

fn stage(lab: &Lab) -> Result<Stage, String> {
    let mut stage = Stage::default();
    for (name, lie) in STAND_INS {
        let liar = LyingWeb::start(lab, *lie).map_err(|e| format!("{name}: {e}"))?;
        let base = format!("http://localhost:{}", liar.port);
        let mut target = target(name, vec![("application", format!("{base}/")), ("console", format!("{base}/console"))]);
        target.params.push(("middleware/slow-headers.header_limit_seconds", "5".to_owned()));
        stage.targets.push(target);
        stage.services.push(Box::new(liar));
    }
    let password = lab.secret_file("lying-server", "anything will do").map_err(|e| e.to_string())?;
    for (name, lie) in SERVERS {
        let liar = LyingServer::start(lab, *lie).map_err(|e| format!("{name}: {e}"))?;
        let url = |port: u16, path: &str| format!("http://localhost:{port}/{path}");
        let mut endpoints = vec![("application", url(liar.ports[0], "")), ("console", url(liar.ports[0], "manager/html"))];
        if *lie == ServerLie::OneAsMany {
            endpoints.extend([("application.n1", url(liar.ports[1], "")), ("application.n2", url(liar.ports[2], ""))]);
        }
        let mut target = target(name, endpoints);
        if let Access::Http { credentials, settings, .. } = &mut target.access {
            credentials.push(("console", "anybody".to_owned(), password.clone()));
            settings.push(("base", liar.base.display().to_string()));
            settings.push(("owner", "root".to_owned()));
            settings.push(("log_page", LOG_PAGE.to_owned()));
            if *lie == ServerLie::OneAsMany {
                let domain = ToolLie::ListsNodesOnly.install(lab).map_err(|e| e.to_string())?;
                settings.push(("domain_command", domain.display().to_string()));
            }
        }
        for (name, value) in [
            ("middleware/pooled-data-source.data_source", "jdbc/any"),
            ("middleware/pooled-data-source.restart", "true"),
            ("middleware/pooled-data-source.pool_size", "4"),
        ] {
            target.params.push((name, value.to_owned()));
        }
        for (param, value) in [
            ("middleware/ipv6-only-client.client_node", "visitor".to_owned()),
            ("middleware/ipv6-only-client.literal", format!("http://[::1]:{}/", liar.ports[0])),
            ("middleware/ipv6-only-client.name", format!("http://localhost:{}/", liar.ports[0])),
            ("middleware/ipv6-only-client.console", format!("http://[::1]:{}/console", liar.ports[0])),
        ] {
            target.params.push((param, value));
        }
        if *name == "client-with-ipv4" {
            // This machine, which the inventory says has IPv6 only.
            let nodes = vec![("server", Vec::new()), ("visitor", Vec::new())];
            target.access = Access::Nodes { nodes, http: Box::new(target.access) };
        }
        let port = lab.free_port().map_err(|e| e.to_string())?;
        target.params.push(("middleware/domain-nodes.port", port.to_string()));
        target.params.push(("middleware/domain-nodes.within_seconds", "10".to_owned()));
        target.params.push(("middleware/slow-read.connections", "70".to_owned()));
        target.params.push(("middleware/log-rolling.rolls_at", "20000".to_owned()));
        target.params.push(("middleware/log-rolling.keeps", "3".to_owned()));
        stage.targets.push(target);
        stage.services.push(Box::new(liar));
    }
    instances(lab, &mut stage).map_err(|e| e.to_string())?;
    Ok(stage)
}

/// Machines on which servers can be made, by a Java that lies.
fn instances(lab: &Lab, stage: &mut Stage) -> Result<(), touchstone_lab::LabError> {
    for name in ["pages-without-a-machine", "less-heap"] {
        let port = lab.free_port()?;
        let host = LyingHost::start(lab, name)?;
        let mut target = target(name, vec![("application", format!("http://127.0.0.1:{port}/"))]);
        if let Access::Http { enter, settings, .. } = &mut target.access {
            enter.clone_from(&host.enter);
            settings.push(("instances", lab.root().display().to_string()));
        }
        if let Access::Http { settings, .. } = &mut target.access {
            settings.push(("versions", versions_in_name_only()));
        }
        ports(&mut target, port);
        stage.targets.push(target);
        stage.services.push(Box::new(host));
    }
    let port = lab.free_port()?;
    let mut target = target("outside-stand-in", vec![("application", format!("http://127.0.0.1:{port}/"))]);
    if let Access::Http { settings, .. } = &mut target.access {
        settings.push(("class_path", outside_stand_in(lab)?));
    }
    ports(&mut target, port);
    stage.targets.push(target);
    Ok(())
}

fn ports(target: &mut Target, port: u16) {
    for check in [
        "middleware/stand-alone.port",
        "middleware/instance-life.port",
        "middleware/instance-upgrade.port",
        "middleware/embedded-deployment.port",
    ] {
        target.params.push((check, port.to_string()));
    }
}

/// The adapter only does what its product's words are: whoever answers them as the product would is served by it.
fn target(name: &str, endpoints: Vec<(&'static str, String)>) -> Target {
    let access = Access::Http {
        enter: Vec::new(),
        endpoints,
        credentials: Vec::new(),
        addresses: Vec::new(),
        settings: Vec::new(),
        attackable: true,
    };
    Target { name: name.to_owned(), kind: "middleware", adapter: Some("tomcat"), params: Vec::new(), access }
}
