//! Application servers of the lab as targets of an inventory.

use crate::inventory::{Access, Target};
use crate::{DomainStandIn, Jetty, Lab, LabError, Tomcat, TomcatCluster};

/// A Tomcat server; through `front`, the port of a proxy before it, where there is one.
///
/// # Errors
/// The password of its console can't be written down.
pub fn tomcat(lab: &Lab, name: &str, server: &Tomcat, front: Option<u16>) -> Result<Target, LabError> {
    let console = format!("http://localhost:{}{}", server.port, server.console_path);
    let application = format!("http://localhost:{}/", front.unwrap_or(server.port));
    let password = lab.secret_file(&format!("{name}-console"), &server.password)?;
    let (mut endpoints, mut credentials) = (vec![("application", application)], Vec::new());
    if server.manager {
        endpoints.push(("console", console));
        credentials.push(("console", server.user.clone(), password));
    }
    Ok(target(name, "tomcat", endpoints, credentials, vec![("base", server.base.display().to_string())]))
}

/// A Jetty server.
#[must_use]
pub fn jetty(name: &str, server: &Jetty) -> Target {
    let endpoints = vec![("application", format!("http://localhost:{}/", server.port))];
    target(name, "jetty", endpoints, Vec::new(), vec![("base", server.base.display().to_string())])
}

/// Two Tomcat servers behind a balancer.
///
/// # Errors
/// The passwords of the consoles can't be written down.
pub fn cluster(lab: &Lab, name: &str, cluster: &TomcatCluster, front: u16) -> Result<Target, LabError> {
    let [one, two] = &cluster.nodes;
    let password = |server: &Tomcat| lab.secret_file(&format!("{name}-console"), &server.password);
    let node = |server: &Tomcat| format!("http://localhost:{}/", server.port);
    let console = |server: &Tomcat| format!("http://localhost:{}{}", server.port, server.console_path);
    let endpoints = vec![
        ("application", format!("http://localhost:{front}/")),
        ("application.n1", node(one)),
        ("application.n2", node(two)),
        ("console.n1", console(one)),
        ("console.n2", console(two)),
    ];
    let credentials = vec![("console.n1", one.user.clone(), password(one)?), ("console.n2", two.user.clone(), password(two)?)];
    let settings = vec![("base.n1", one.base.display().to_string()), ("base.n2", two.base.display().to_string())];
    Ok(target(name, "tomcat", endpoints, credentials, settings))
}

/// Two nodes under a domain manager; `port` is for a third.
#[must_use]
pub fn domain(name: &str, domain: &DomainStandIn, port: u16) -> Target {
    let node = |port: u16| format!("http://localhost:{port}/");
    let [one, two] = domain.ports;
    let endpoints = vec![("application", node(one)), ("application.n1", node(one)), ("application.n2", node(two))];
    let settings = vec![("domain_command", domain.command.display().to_string())];
    let mut target = target(name, "tomcat", endpoints, Vec::new(), settings);
    target.params.push(("middleware/domain-nodes.port", port.to_string()));
    target
}

fn target(
    name: &str,
    adapter: &'static str,
    endpoints: Vec<(&'static str, String)>,
    credentials: Vec<(&'static str, String, std::path::PathBuf)>,
    settings: Vec<(&'static str, String)>,
) -> Target {
    let access = Access::Http { enter: Vec::new(), endpoints, credentials, addresses: Vec::new(), settings, attackable: true };
    Target { name: name.to_owned(), kind: "middleware", adapter: Some(adapter), params: Vec::new(), access }
}
