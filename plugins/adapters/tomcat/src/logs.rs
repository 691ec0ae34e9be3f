//! Where log lines go: those of applications as the installation's logging.properties has it, those of requests where the
//! AccessLogValve writes. The product has no page for them; an installation may serve them (setting `log_page`: path of the newest file).

use crate::Tomcat;
use crate::console::consoles;
use crate::place::bases;
use touchstone_sdk::adapter::{Download, Error, Logs, Source, setting};

impl Logs for Tomcat {
    fn application_logs() -> Result<Vec<Source>, Error> {
        below_bases(&setting("logs").unwrap_or_else(|| "logs/server.*.log".into()))
    }

    fn access_logs() -> Result<Vec<Source>, Error> {
        below_bases(&setting("access_logs").unwrap_or_else(|| "logs/*access*".into()))
    }

    fn downloads() -> Result<Vec<Download>, Error> {
        let Some(page) = setting("log_page") else { return Ok(Vec::new()) };
        let of = |console: crate::console::Console| Download { url: console.at(&page), credential: console.credential() };
        Ok(consoles().into_iter().map(of).collect())
    }
}

fn below_bases(pattern: &str) -> Result<Vec<Source>, Error> {
    Ok(bases()?.into_iter().map(|base| Source { node: base.node, files: format!("{}/{pattern}", base.path) }).collect())
}
