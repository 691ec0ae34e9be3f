//! Where log lines of applications go, as the installation's logging.properties has it.

use crate::Tomcat;
use crate::place::bases;
use touchstone_sdk::adapter::{Error, Logs, Source, setting};

impl Logs for Tomcat {
    fn application_logs() -> Result<Vec<Source>, Error> {
        let pattern = setting("logs").unwrap_or_else(|| "logs/server.*.log".into());
        Ok(bases()?.into_iter().map(|base| Source { node: base.node, files: format!("{}/{pattern}", base.path) }).collect())
    }
}
