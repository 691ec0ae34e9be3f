//! The server inside a program (`org.apache.catalina.startup.Tomcat`).

use crate::Tomcat;
use crate::place::home;
use touchstone_sdk::adapter::{Embedding, Error, Recipe, setting};

const SOURCE: &str = "class Embedded {
    static void start(String folder, int port, String path, String application) throws Exception {
        org.apache.catalina.startup.Tomcat tomcat = new org.apache.catalina.startup.Tomcat();
        tomcat.setBaseDir(folder);
        org.apache.catalina.connector.Connector connector = new org.apache.catalina.connector.Connector();
        connector.setPort(port);
        connector.setProperty(\"address\", \"127.0.0.1\");
        tomcat.setConnector(connector);
        tomcat.addWebapp(path, application);
        tomcat.start();
    }
}
";

/// What pages are compiled with, which the package keeps elsewhere.
const COMPILER: &str = "/usr/share/java/eclipse-jdt-core.jar";

impl Embedding for Tomcat {
    fn how() -> Result<Option<Recipe>, Error> {
        let home = home();
        let standard = format!("{home}/lib/*:{home}/bin/tomcat-juli.jar:{COMPILER}");
        let class_path = setting("class_path").unwrap_or(standard);
        Ok(Some(Recipe { class_path, source: SOURCE.into() }))
    }
}
