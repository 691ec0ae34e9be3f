//! Controls of the middleware checks.

use crate::{Area, Control, Special, has, lacks};
use touchstone_lab::inventory::{Access, Target};
use touchstone_lab::roster::Name;
use touchstone_lab::{Lab, Tomcat, TomcatOptions};

pub const AREA: Area = Area { controls: CONTROLS, names: &[Name::Tomcat, Name::Haproxy], special };

const CONTROLS: &[Control] = &[
    has("middleware/ipv6-service", "tomcat"),
    lacks("middleware/ipv6-service", "tomcat-v4-only"),
    has("middleware/slow-headers", "haproxy"),
    lacks("middleware/slow-headers", "tomcat-small"),
];

fn special(lab: &Lab) -> Result<Special, String> {
    let mut special = Special::default();
    let servers = [
        ("tomcat-v4-only", TomcatOptions { ipv6: false, ..TomcatOptions::default() }),
        ("tomcat-small", TomcatOptions { max_connections: 100, ..TomcatOptions::default() }),
    ];
    for (name, options) in servers {
        let server = Tomcat::start_with(lab, options).map_err(|e| format!("{name}: {e}"))?;
        special.targets.push(web(lab, name, &server)?);
        special.services.push(Box::new(server));
    }
    Ok(special)
}

fn web(lab: &Lab, name: &str, server: &Tomcat) -> Result<Target, String> {
    let base = format!("http://localhost:{}", server.port);
    let password = lab.secret_file(&format!("{name}-console"), &server.password).map_err(|e| e.to_string())?;
    let access = Access::Http {
        endpoints: vec![("application", format!("{base}/")), ("console", format!("{base}{}", server.console_path))],
        credentials: vec![("console", server.user.clone(), password)],
    };
    Ok(Target { name: name.to_owned(), kind: "middleware", adapter: Some("tomcat"), params: Vec::new(), access })
}
