//! What is particular to Apache Tomcat.
//!
//! Settings of the inventory: `base` (CATALINA_BASE on the node), `owner` (user that the server runs as, default tomcat),
//! `home` (CATALINA_HOME, default /usr/share/tomcat10), `java_options` (put last on the command line of instances made).
//! `versions` (`NAME=HOME` of each version installed, oldest first, spaces between), `class_path` (of programs that embed the server).
//! `logs` and `access_logs` (patterns of files below the base, default logs/server.*.log and logs/*access*), `log_page` (path under
//! which the installation serves the newest log file), `console_sign_in` (`basic` or `form`). `cpu_alarm` (an MBean of the installation that raises an
//! alarm of CPU use: its name, the attribute of the threshold in per cent, that of the alarm). With several nodes, `base.NODE`, and one
//! endpoint `console.NODE` for each.
#![forbid(unsafe_code)]

mod browsing;
mod console;
mod deployment;
mod domain;
mod embedding;
mod endpoints;
mod jmx;
mod lifecycle;
mod logs;
mod monitoring;
mod place;
mod snapshot;

struct Tomcat;

touchstone_sdk::adapter!(
    Tomcat,
    "tomcat",
    "Apache Tomcat 应用服务器",
    "Apache Tomcat application server",
    [touchstone_sdk::check::Need::Http, touchstone_sdk::check::Need::Shell],
    [endpoints, deployment, lifecycle, upgrade, embedding, console, logs, monitoring, snapshot, domain]
);
