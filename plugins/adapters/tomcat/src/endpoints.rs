//! Where its services are.

use crate::Tomcat;
use crate::console::{PATH, beside_the_application};
use touchstone_sdk::adapter::{Endpoint, Endpoints, Error, target};

impl Endpoints for Tomcat {
    fn list() -> Result<Vec<Endpoint>, Error> {
        let mut endpoints = target().endpoints;
        if !endpoints.iter().any(|endpoint| endpoint.purpose == "application") {
            return Err(Error::Unavailable("the target's inventory entry names no endpoint \"application\"".into()));
        }
        if !endpoints.iter().any(|endpoint| endpoint.purpose == "console")
            && let Some(url) = beside_the_application(&endpoints)
        {
            let url = format!("{url}{PATH}");
            endpoints.push(Endpoint { purpose: "console".into(), url, credential: Some("console".into()) });
        }
        Ok(endpoints)
    }
}
