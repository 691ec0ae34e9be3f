//! What is particular to Apache Tomcat.
//!
//! Settings of the inventory: `base` (CATALINA_BASE on the node), `owner` (user that the server runs as, default tomcat),
//! `home` (CATALINA_HOME, default /usr/share/tomcat10), `java_options` (put last on the command line of instances made).
//! `logs` (pattern of the log files below the base, default logs/server.*.log). With several nodes, `base.NODE`, and one endpoint `console.NODE` for each.
#![forbid(unsafe_code)]

mod console;
mod deployment;
mod endpoints;
mod lifecycle;
mod logs;
mod place;

struct Tomcat;

touchstone_sdk::adapter!(
    Tomcat,
    "tomcat",
    "Apache Tomcat 应用服务器",
    "Apache Tomcat application server",
    [touchstone_sdk::check::Need::Http, touchstone_sdk::check::Need::Shell],
    [endpoints, deployment, lifecycle, logs]
);
