//! Room for many open sockets.

use crate::ProbeError;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that the harness may have open besides.
const SPARE: u64 = 512;

/// Raises the limit of open files of this process, if it must.
pub(super) fn allow_sockets(sockets: u32) -> Result<(), ProbeError> {
    let open = std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64);
    let wanted = open + u64::from(sockets) + SPARE;
    let now = getrlimit(Resource::Nofile);
    if now.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    let within = Rlimit { current: Some(wanted), maximum: now.maximum };
    let above = Rlimit { current: Some(wanted), maximum: Some(wanted) };
    let raised = match now.maximum {
        // Only root may raise the upper limit.
        Some(maximum) if maximum < wanted => setrlimit(Resource::Nofile, above),
        _ => setrlimit(Resource::Nofile, within),
    };
    raised.map_err(|error| ProbeError::Limit(format!("{sockets} connections need {wanted} open files: {error}")))
}
