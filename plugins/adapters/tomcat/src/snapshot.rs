//! What the manager shows of a running server, and a dump of its heap.

use crate::Tomcat;
use crate::console::{consoles, has_no_manager};
use crate::place::bases;
use touchstone_sdk::adapter::{Error, Location, Page, Part, Snapshot, scratch_name, shell};

impl Snapshot for Tomcat {
    fn take() -> Result<Vec<Part>, Error> {
        let Some(console) = consoles().into_iter().next() else { return has_no_manager().map(|()| Vec::new()) };
        let urls = [
            console.url("text/threaddump"),
            console.url("text/vminfo"),
            console.url("text/list"),
            console.query("Catalina:j2eeType=WebModule,*"),
        ];
        let mut parts: Vec<Part> =
            urls.into_iter().map(|url| Part::Page(Page { url, credential: console.credential() })).collect();
        if let Some(base) = bases().unwrap_or_default().into_iter().next() {
            let path = format!("{}/temp/{}.hprof", base.path, scratch_name());
            shell(base.node.as_deref())?.undo(["rm", "-f", "--", &path])?;
            let command = format!("jmxproxy/?invoke=com.sun.management:type=HotSpotDiagnostic&op=dumpHeap&ps={path},true");
            if console.ask("GET", &command, Vec::new())?.accepted {
                parts.push(Part::File(Location { node: base.node, path }));
            }
        }
        Ok(parts)
    }
}
