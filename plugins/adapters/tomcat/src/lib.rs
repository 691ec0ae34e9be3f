//! What is particular to Apache Tomcat: where its console lies.
#![forbid(unsafe_code)]

use touchstone_sdk::adapter::{Endpoint, Endpoints, Error, target};
use touchstone_sdk::net::Place;

struct Tomcat;

touchstone_sdk::adapter!(Tomcat, "tomcat", "Apache Tomcat 应用服务器", "Apache Tomcat application server", [], [endpoints]);

/// Path of the manager application, the product's browser console.
const CONSOLE: &str = "/manager/html";

impl Endpoints for Tomcat {
    fn list() -> Result<Vec<Endpoint>, Error> {
        let mut endpoints = target().endpoints;
        if !endpoints.iter().any(|endpoint| endpoint.purpose == "application") {
            return Err(Error::Unavailable("the target's inventory entry names no endpoint \"application\"".into()));
        }
        if !endpoints.iter().any(|endpoint| endpoint.purpose == "console") {
            let console = endpoints.iter().find(|e| e.purpose == "application").and_then(|e| Place::of(&e.url));
            if let Some(place) = console {
                let url = Place { path: CONSOLE.into(), ..place.clone() }.at(&place.host);
                endpoints.push(Endpoint { purpose: "console".into(), url, credential: Some("console".into()) });
            }
        }
        Ok(endpoints)
    }
}
