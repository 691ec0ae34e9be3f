//! Controls of the middleware checks.

use crate::{Area, Control, Special, has, lacks, undecided};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::liars::{LyingServer, ServerLie};
use touchstone_lab::roster::Name;
use touchstone_lab::{
    CPU_ALARM_STAND_IN, DataSource, DomainStandIn, LOG_FILES, LOG_LIMIT, LOG_PAGE, MariaDb, OnRequest, POOL_SIZE, Postgres,
    SecureFront,
};
use touchstone_lab::{Haproxy, Jetty, Lab, LabError, Nginx, Tomcat, TomcatCluster, TomcatOptions, web};
use touchstone_lab::{IPV6_ONLY_NAME, Ipv6OnlyClient, outside_stand_in, tomcat_versions, versions_in_name_only};

pub const AREA: Area = Area { controls: CONTROLS, names: &[Name::Tomcat, Name::Haproxy], special };

const CONTROLS: &[Control] = &[
    has("middleware/ipv6-service", "tomcat"),
    lacks("middleware/ipv6-service", "tomcat-v4-only"),
    has("middleware/ipv6-only-client", "tomcat-for-ipv6-client"),
    // It does not listen where the client can reach it.
    lacks("middleware/ipv6-only-client", "tomcat-not-for-ipv6-client").by(&["by-literal", "by-name"]),
    has("middleware/ipv6-cluster-traffic", "tomcat-cluster-ipv6").long(),
    lacks("middleware/ipv6-cluster-traffic", "tomcat-cluster").alone("cluster").by(&["over-ipv6"]),
    has("middleware/slow-headers", "haproxy").alone("tomcat"),
    lacks("middleware/slow-headers", "tomcat-open").alone("open"),
    has("middleware/stand-alone", "tomcat-instances").alone("instances"),
    // A Java machine that does not come up.
    lacks("middleware/stand-alone", "tomcat-no-jvm"),
    has("middleware/instance-life", "tomcat-instances").alone("instances"),
    // The installation's own options have the last word, and it is not the one asked for.
    lacks("middleware/instance-life", "tomcat-own-heap"),
    has("middleware/one-action-deployment", "tomcat"),
    has("middleware/one-action-deployment", "jetty").alone("jetty"),
    lacks("middleware/one-action-deployment", "tomcat-static"),
    undecided("middleware/one-action-deployment", "tomcat-wrong-password"),
    undecided("middleware/one-action-deployment", "tomcat-console-elsewhere"),
    undecided("middleware/one-action-deployment", "stream-without-end"),
    undecided("middleware/slow-headers", "tomcat-spared"),
    undecided("middleware/stand-alone", "tomcat-port-in-use"),
    has("middleware/directory-deployment", "tomcat"),
    has("middleware/directory-deployment", "jetty").alone("jetty"),
    lacks("middleware/directory-deployment", "tomcat-static"),
    has("middleware/hot-deployment", "tomcat").alone("tomcat"),
    // It stops the old version before it starts the new one.
    lacks("middleware/hot-deployment", "jetty").alone("jetty"),
    has("middleware/broken-archive", "tomcat").alone("tomcat"),
    lacks("middleware/broken-archive", "tomcat-in-place"),
    has("middleware/recovers-from-kill", "tomcat-supervised").alone("supervised"),
    lacks("middleware/recovers-from-kill", "tomcat-v4-only-mortal"),
    has("middleware/recovers-from-exhaustion", "tomcat-supervised").alone("supervised"),
    lacks("middleware/recovers-from-exhaustion", "tomcat-mortal"),
    has("middleware/recovers-from-hang", "tomcat-watched").long(),
    // It is started again when it ends, and a server that hangs does not end.
    lacks("middleware/recovers-from-hang", "tomcat-supervised").alone("supervised").long(),
    lacks("middleware/recovers-from-kill", "tomcat-crash-loops").by(&["sigkill"]).long(),
    has("middleware/cluster-spread", "tomcat-cluster").alone("cluster"),
    lacks("middleware/cluster-spread", "tomcat-cluster-unbalanced").alone("cluster"),
    has("middleware/node-failure", "tomcat-cluster").alone("cluster"),
    lacks("middleware/node-failure", "tomcat-cluster-unbalanced").alone("cluster"),
    has("middleware/log-collection", "tomcat-supervised").alone("supervised"),
    has("middleware/log-collection", "tomcat-cluster").alone("cluster"),
    // Nothing that applications log goes to the files named.
    lacks("middleware/log-collection", "tomcat-open").alone("open"),
    has("middleware/log-rolling", "tomcat-supervised").alone("supervised"),
    // Its only log grows and grows.
    lacks("middleware/log-rolling", "tomcat-one-log").alone("open"),
    has("middleware/pooled-data-source", "tomcat-postgres").alone("pool-postgres"),
    has("middleware/pooled-data-source", "tomcat-mariadb").alone("pool-mariadb"),
    // A pool that takes nothing back from whoever keeps it.
    lacks("middleware/pooled-data-source", "tomcat-postgres-careless").alone("pool-postgres"),
    // The database is not started anew.
    undecided("middleware/pooled-data-source", "tomcat-postgres-never-restarted").alone("pool-postgres"),
    has("middleware/cluster-configuration", "domain-stand-in").alone("domain"),
    lacks("middleware/cluster-configuration", "tomcat-cluster").alone("cluster"),
    has("middleware/domain-nodes", "domain-stand-in").alone("domain"),
    // Its nodes know each other, but nothing manages them.
    lacks("middleware/domain-nodes", "tomcat-cluster").alone("cluster"),
    has("middleware/monitoring-figures", "tomcat").alone("tomcat"),
    // Without the manager application nobody is told any figure, nor shown a snapshot.
    lacks("middleware/monitoring-figures", "tomcat-no-manager").alone("no-manager"),
    undecided("middleware/monitoring-figures", "tomcat-wrong-password"),
    has("middleware/threshold-alarms", "tomcat-cpu-alarm-stand-in"),
    // It has an alarm of the heap and none of the CPU.
    lacks("middleware/threshold-alarms", "tomcat-supervised").alone("supervised"),
    lacks("middleware/threshold-alarms", "tomcat-no-manager").alone("no-manager"),
    has("middleware/run-time-snapshot", "tomcat").alone("tomcat"),
    lacks("middleware/run-time-snapshot", "tomcat-no-manager").alone("no-manager"),
    has("middleware/browser-console", "tomcat").alone("tomcat"),
    lacks("middleware/browser-console", "tomcat-no-manager").alone("no-manager").by(&["signed-in"]),
    undecided("middleware/browser-console", "tomcat-wrong-password"),
    has("middleware/browser-console", "tomcat-form-console").alone("form").long(),
    undecided("middleware/browser-console", "tomcat-form-console-wrong-password").alone("form").long(),
    // By self-signed TLS, where the inventory trusts it; sent there from a plain port.
    has("middleware/browser-console", "tomcat-secure-console").long(),
    has("middleware/browser-console", "tomcat-console-redirected").long(),
    undecided("middleware/browser-console", "tomcat-secure-console-untrusted").long(),
    undecided("middleware/browser-console", "tomcat-console-elsewhere").long(),
    undecided("middleware/browser-console", "console-without-end").long(),
    has("middleware/log-viewing", "tomcat-supervised").alone("supervised"),
    lacks("middleware/log-viewing", "tomcat").alone("tomcat"),
    has("middleware/slow-body", "nginx").alone("nginx"),
    lacks("middleware/slow-body", "tomcat-open").alone("open"),
    has("middleware/slow-read", "nginx").alone("nginx"),
    lacks("middleware/slow-read", "tomcat-open").alone("open"),
    has("middleware/connection-flood", "nginx").alone("nginx"),
    lacks("middleware/connection-flood", "tomcat-open").alone("open"),
    has("middleware/http2-rapid-reset", "tomcat").alone("tomcat"),
    has("middleware/colliding-parameters", "tomcat").alone("tomcat").long(),
    lacks("middleware/colliding-parameters", "weak-stand-in").alone("weak").long(),
    has("middleware/range-abuse", "tomcat").alone("tomcat").long(),
    has("middleware/range-abuse", "jetty").alone("jetty").long(),
    lacks("middleware/range-abuse", "weak-stand-in").alone("weak").by(&["bounded-answer"]).long(),
    has("middleware/http2-continuation", "tomcat").alone("tomcat").long(),
    has("middleware/instance-upgrade", "tomcat-two-versions").alone("two-versions"),
    // The other version is the same one under another name.
    lacks("middleware/instance-upgrade", "tomcat-version-in-name-only").alone("two-versions").by(&["version"]),
    // There is nothing to upgrade to.
    undecided("middleware/instance-upgrade", "tomcat-instances").alone("instances"),
    has("middleware/embedded-deployment", "tomcat-two-versions").alone("two-versions"),
    lacks("middleware/embedded-deployment", "tomcat-outside-stand-in"),
    has("middleware/oversized-requests", "nginx").alone("nginx"),
    lacks("middleware/oversized-requests", "tomcat-open").alone("open"),
    has("middleware/performance", "nginx").alone("nginx").long(),
    // Ten a second, and everybody else waits.
    lacks("middleware/performance", "nginx-throttled").by(&["rate", "latency"]).long(),
    // Last: an unbounded server is busy with it for long.
    lacks("middleware/http2-continuation", "weak-stand-in").alone("weak").long(),
    lacks("middleware/http2-rapid-reset", "tomcat-open").alone("open"),
];

/// A load that a busy machine bears too.
fn loaded(mut target: Target) -> Target {
    for (name, value) in [
        ("middleware/performance.rate", "40"),
        ("middleware/performance.p99_ms", "4000"),
        ("middleware/performance.seconds", "8"),
        ("middleware/performance.connections", "8"),
    ] {
        target.params.push((name, value.to_owned()));
    }
    target
}

fn special(lab: &Lab) -> Result<Special, String> {
    start(lab).map_err(|e| e.to_string())
}

fn start(lab: &Lab) -> Result<Special, LabError> {
    let usual = TomcatOptions::default();
    let mut special = Special::default();
    let servers = [
        ("tomcat-v4-only", TomcatOptions { ipv6: false, ..usual }),
        ("tomcat-v4-only-mortal", TomcatOptions { ipv6: false, ..usual }),
        ("tomcat-mortal", usual),
        ("tomcat-static", TomcatOptions { auto_deploy: false, manager: false, ..usual }),
        ("tomcat-no-manager", TomcatOptions { manager: false, ..usual }),
        ("tomcat-supervised", TomcatOptions { supervised: true, log_page: true, ..usual }),
        ("tomcat-cpu-alarm-stand-in", TomcatOptions { cpu_alarm: true, ..usual }),
        ("tomcat-open", TomcatOptions { max_connections: 100, bounded: false, rolling_logs: false, ..usual }),
    ];
    for (name, options) in servers {
        let server = Tomcat::start_with(lab, options)?;
        let mut target = low_threshold(rolling(few_readers(web::tomcat(lab, name, &server, None)?)));
        if options.cpu_alarm {
            target = setting(target, "cpu_alarm", CPU_ALARM_STAND_IN);
        }
        if options.log_page {
            target = setting(target, "log_page", LOG_PAGE);
            // It never comes back from this by itself: there is no need to wait for long.
            target.params.push(("middleware/recovers-from-hang.limit_seconds", "15".to_owned()));
        }
        special.targets.push(target);
        if name == "tomcat-open" {
            let target = web::tomcat(lab, "tomcat-one-log", &server, None)?;
            special.targets.push(rolling(setting(target, "logs", "logs/out.log")));
        }
        special.services.push(Box::new(server));
    }
    let server = Tomcat::start_with(lab, usual)?;
    let nginx = Nginx::start(lab, server.port)?;
    special.targets.push(loaded(few_readers(web::tomcat(lab, "nginx", &server, Some(nginx.port))?)));
    let throttled = Nginx::throttled(lab, server.port)?;
    special.targets.push(loaded(web::tomcat(lab, "nginx-throttled", &server, Some(throttled.port))?));
    special.services.push(Box::new(throttled));
    // The same server, where its adapter is told to replace applications in place.
    special.targets.push(setting(web::tomcat(lab, "tomcat-in-place", &server, None)?, "replace", "in-place"));
    bad_inputs(lab, &server, &mut special)?;
    if crate::long() {
        consoles(lab, &server, &mut special)?;
    }
    special.services.push(Box::new((nginx, server)));
    let jetty = Jetty::start(lab)?;
    special.targets.push(web::jetty("jetty", &jetty));
    special.services.push(Box::new(jetty));
    let cluster = TomcatCluster::start(lab)?;
    let ports = [cluster.nodes[0].port, cluster.nodes[1].port];
    let (good, bad) = (Haproxy::balance(lab, ports)?, Haproxy::unbalanced(lab, ports)?);
    let mut balanced = web::cluster(lab, "tomcat-cluster", &cluster, good.port)?;
    balanced.params.push(("middleware/domain-nodes.port", lab.free_port()?.to_string()));
    special.targets.push(balanced);
    let mut unbalanced = web::cluster(lab, "tomcat-cluster-unbalanced", &cluster, bad.port)?;
    // The node comes back within a few seconds by itself: only who looks away from a dead node at once loses nothing.
    unbalanced.params.push(("middleware/node-failure.avoid_seconds", "0".to_owned()));
    special.targets.push(unbalanced);
    special.services.push(Box::new((good, bad, cluster)));
    pools(lab, &mut special)?;
    ipv6_client(lab, &mut special)?;
    let domain = DomainStandIn::start(lab)?;
    special.targets.push(web::domain("domain-stand-in", &domain, lab.free_port()?));
    special.services.push(Box::new(domain));
    let home = lab.root().join("instances");
    std::fs::create_dir_all(&home).map_err(|source| LabError::Io { doing: "making a folder".to_owned(), source })?;
    for (name, options) in [("tomcat-instances", ""), ("tomcat-no-jvm", "-XX:+NoSuchOption"), ("tomcat-own-heap", "-Xmx64m")] {
        special.targets.push(instances(name, &home, options, lab.free_port()?));
    }
    for (name, versions) in
        [("tomcat-two-versions", tomcat_versions(lab)?), ("tomcat-version-in-name-only", versions_in_name_only())]
    {
        special.targets.push(setting(instances(name, &home, "", lab.free_port()?), "versions", &versions));
    }
    let outside = instances("tomcat-outside-stand-in", &home, "", lab.free_port()?);
    special.targets.push(setting(outside, "class_path", &outside_stand_in(lab)?));
    Ok(special)
}

/// A server with data sources, and databases that are started anew when a command is run.
fn pools(lab: &Lab, special: &mut Special) -> Result<(), LabError> {
    let (mut postgres, mut mariadb) = (Postgres::start(lab)?, MariaDb::start(lab)?);
    let sources = [DataSource::postgres(&postgres, true), DataSource::postgres(&postgres, false), DataSource::mariadb(&mariadb)];
    let server = Tomcat::start_with_data_sources(lab, TomcatOptions::default(), &sources)?;
    // What does not come up again is seen by the check.
    let postgres = OnRequest::start(lab, "restart-postgres", move || {
        postgres.stop();
        let _ = postgres.start_again();
    })?;
    let mariadb = OnRequest::start(lab, "restart-mariadb", move || {
        mariadb.stop();
        let _ = mariadb.start_again();
    })?;
    let command = |restart: &OnRequest| restart.command.display().to_string();
    for (name, source, restart) in [
        ("tomcat-postgres", &sources[0], command(&postgres)),
        ("tomcat-postgres-careless", &sources[1], command(&postgres)),
        ("tomcat-postgres-never-restarted", &sources[0], "true".to_owned()),
        ("tomcat-mariadb", &sources[2], command(&mariadb)),
    ] {
        let mut target = web::tomcat(lab, name, &server, None)?;
        target.params.push(("middleware/pooled-data-source.data_source", format!("java:comp/env/{}", source.name)));
        target.params.push(("middleware/pooled-data-source.restart", restart));
        target.params.push(("middleware/pooled-data-source.pool_size", POOL_SIZE.to_string()));
        special.targets.push(target);
    }
    special.services.push(Box::new((server, postgres, mariadb)));
    Ok(())
}

/// Servers beside a client that has nothing but IPv6: one that it can reach, one that it cannot.
fn ipv6_client(lab: &Lab, special: &mut Special) -> Result<(), LabError> {
    let client = Ipv6OnlyClient::start(lab)?;
    let usual = TomcatOptions::default();
    for (name, options) in
        [("tomcat-for-ipv6-client", TomcatOptions { also: Some(client.server), ..usual }), ("tomcat-not-for-ipv6-client", usual)]
    {
        let server = Tomcat::start_with(lab, options)?;
        let mut target = web::tomcat(lab, name, &server, None)?;
        let literal = format!("http://[{}]:{}", client.server, server.port);
        for (param, value) in [
            ("middleware/ipv6-only-client.client_node", "visitor".to_owned()),
            ("middleware/ipv6-only-client.literal", format!("{literal}/")),
            ("middleware/ipv6-only-client.name", format!("http://{IPV6_ONLY_NAME}:{}/", server.port)),
            ("middleware/ipv6-only-client.console", format!("{literal}{}", server.console_path)),
        ] {
            target.params.push((param, value));
        }
        let nodes = vec![("server", Vec::new()), ("visitor", client.enter.clone())];
        let access = Access::Nodes { nodes, http: Box::new(target.access) };
        special.targets.push(Target { access, ..target });
        special.services.push(Box::new(server));
    }
    special.services.push(Box::new(client));
    Ok(())
}

/// Consoles behind TLS, behind a redirect, with a page to sign in; and what keeps a browser from getting in.
fn consoles(lab: &Lab, server: &Tomcat, special: &mut Special) -> Result<(), LabError> {
    let front = SecureFront::start(lab, server.port)?;
    let at = |mut target: Target, url: String, there: Option<String>| {
        if let Access::Http { endpoints, .. } = &mut target.access {
            endpoints.retain(|(purpose, _)| *purpose != "console");
            endpoints.push(("console", url));
            endpoints.extend(there.map(|url| ("redirected", url)));
        }
        target
    };
    let trusting = |target: Target| {
        let access = Access::Secure { ca_file: front.ca_file.clone(), http: Box::new(target.access) };
        Target { access, ..target }
    };
    let secure = format!("https://localhost:{}{}", front.port, server.console_path);
    let plain = format!("http://localhost:{}{}", front.plain_port, server.console_path);
    special.targets.push(trusting(at(web::tomcat(lab, "tomcat-secure-console", server, None)?, secure.clone(), None)));
    special.targets.push(at(web::tomcat(lab, "tomcat-secure-console-untrusted", server, None)?, secure.clone(), None));
    special.targets.push(trusting(at(web::tomcat(lab, "tomcat-console-redirected", server, None)?, plain, Some(secure))));
    let endless = Chatter::start(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", true)
        .map_err(|source| LabError::Io { doing: "starting console-without-end".to_owned(), source })?;
    let url = format!("http://localhost:{}/", endless.port);
    special.targets.push(at(web::tomcat(lab, "console-without-end", server, None)?, url, None));
    for (name, options) in [
        ("tomcat-watched", TomcatOptions { watched: true, ..TomcatOptions::default() }),
        ("tomcat-crash-loops", TomcatOptions { crash_loops: true, ..TomcatOptions::default() }),
    ] {
        let server = Tomcat::start_with(lab, options)?;
        let mut target = web::tomcat(lab, name, &server, None)?;
        target.params.push(("middleware/recovers-from-kill.limit_seconds", "25".to_owned()));
        special.targets.push(target);
        special.services.push(Box::new(server));
    }
    let cluster = TomcatCluster::start_ipv6(lab)?;
    let balancer = Haproxy::balance(lab, [cluster.nodes[0].port, cluster.nodes[1].port])?;
    special.targets.push(web::cluster(lab, "tomcat-cluster-ipv6", &cluster, balancer.port)?);
    special.services.push(Box::new((balancer, cluster)));
    let form = Tomcat::start_with(lab, TomcatOptions { form_console: true, ..TomcatOptions::default() })?;
    special.targets.push(setting(web::tomcat(lab, "tomcat-form-console", &form, None)?, "console_sign_in", "form"));
    let wrong = wrong_password(lab, web::tomcat(lab, "tomcat-form-console-wrong-password", &form, None)?)?;
    special.targets.push(setting(wrong, "console_sign_in", "form"));
    special.services.push(Box::new((front, endless, form)));
    let weak = LyingServer::start(lab, ServerLie::Weak)?;
    let endpoints = vec![("application", format!("http://localhost:{}/", weak.ports[0]))];
    let endpoints = [endpoints, vec![("console", format!("http://localhost:{}/console", weak.ports[0]))]].concat();
    let access = Access::Http {
        enter: Vec::new(),
        endpoints,
        credentials: vec![("console", "anybody".to_owned(), lab.secret_file("weak", "anything will do")?)],
        addresses: Vec::new(),
        settings: Vec::new(),
        attackable: true,
    };
    let name = "weak-stand-in".to_owned();
    special.targets.push(Target { name, kind: "middleware", adapter: Some("tomcat"), params: Vec::new(), access });
    special.services.push(Box::new(weak));
    Ok(())
}

fn wrong_password(lab: &Lab, mut target: Target) -> Result<Target, LabError> {
    let wrong = lab.secret_file("wrong", "not the password")?;
    if let Access::Http { credentials, .. } = &mut target.access {
        credentials.iter_mut().for_each(|(_, _, password)| password.clone_from(&wrong));
    }
    Ok(target)
}

/// Inventories and servers that keep a question from being answered.
fn bad_inputs(lab: &Lab, server: &Tomcat, special: &mut Special) -> Result<(), LabError> {
    special.targets.push(wrong_password(lab, web::tomcat(lab, "tomcat-wrong-password", server, None)?)?);
    let mut target = web::tomcat(lab, "tomcat-spared", server, None)?;
    if let Access::Http { attackable, .. } = &mut target.access {
        *attackable = false;
    }
    special.targets.push(target);
    special.targets.push(instances("tomcat-port-in-use", lab.root(), "", server.port));
    // The console answers with another address; behind it a server that never stops talking.
    let elsewhere =
        Chatter::start(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n", false);
    let endless = Chatter::start(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", true);
    for (name, chatter, purpose) in
        [("tomcat-console-elsewhere", elsewhere, "console"), ("stream-without-end", endless, "application")]
    {
        let chatter = chatter.map_err(|source| LabError::Io { doing: format!("starting {name}"), source })?;
        let mut target = web::tomcat(lab, name, server, None)?;
        if let Access::Http { endpoints, .. } = &mut target.access {
            endpoints.retain(|(known, _)| *known != purpose);
            endpoints.push((purpose, format!("http://localhost:{}/", chatter.port)));
        }
        special.targets.push(target);
        special.services.push(Box::new(chatter));
    }
    Ok(())
}

/// Says the same to everybody; with `endless`, and goes on until the client leaves.
struct Chatter {
    port: u16,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Chatter {
    fn start(head: &'static [u8], endless: bool) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, over) = (listener.local_addr()?.port(), Arc::new(AtomicBool::new(false)));
        let stop = over.clone();
        let thread = std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok).take_while(|_| !stop.load(Ordering::Relaxed)) {
                let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
                let _ = stream.read(&mut [0; 4096]);
                let mut going = stream.write_all(head).is_ok() && endless;
                while going {
                    going = stream.write_all(&[b'x'; 4096]).is_ok() && !stop.load(Ordering::Relaxed);
                }
            }
        });
        Ok(Self { port, over, thread: Some(thread) })
    }
}

impl Drop for Chatter {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the thread from waiting for the next client.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Parameters that name the port of a server to be made.
const INSTANCE_PORTS: [&str; 4] = [
    "middleware/stand-alone.port",
    "middleware/instance-life.port",
    "middleware/instance-upgrade.port",
    "middleware/embedded-deployment.port",
];

/// A machine on which servers can be made; none runs yet.
fn instances(name: &str, home: &std::path::Path, options: &str, port: u16) -> Target {
    let settings = vec![("instances", home.display().to_string()), ("java_options", options.to_owned())];
    let access = Access::Http {
        enter: Vec::new(),
        endpoints: vec![("application", format!("http://127.0.0.1:{port}/"))],
        credentials: Vec::new(),
        addresses: Vec::new(),
        settings,
        attackable: false,
    };
    let params = INSTANCE_PORTS.map(|name| (name, port.to_string())).to_vec();
    Target { name: name.to_owned(), kind: "middleware", adapter: Some("tomcat"), params, access }
}

fn setting(mut target: Target, name: &'static str, value: &str) -> Target {
    if let Access::Http { settings, .. } = &mut target.access {
        settings.push((name, value.to_owned()));
    }
    target
}

/// The lab's servers have 50 threads: more than that many slow readers are enough.
fn few_readers(mut target: Target) -> Target {
    target.params.push(("middleware/slow-read.connections", "70".to_owned()));
    target
}

/// While other tests run, no process is given much of the processors.
fn low_threshold(mut target: Target) -> Target {
    target.params.push(("middleware/threshold-alarms.cpu_threshold", "10".to_owned()));
    target
}

/// Logs roll as the lab sets them.
fn rolling(mut target: Target) -> Target {
    target.params.push(("middleware/log-rolling.rolls_at", LOG_LIMIT.to_string()));
    target.params.push(("middleware/log-rolling.keeps", LOG_FILES.to_string()));
    target
}
