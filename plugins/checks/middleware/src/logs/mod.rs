//! What applications log, looked for in the files themselves.

pub mod collection;
pub mod rolling;
pub mod viewing;

use touchstone_sdk::context::LogSource;
use touchstone_sdk::prelude::*;

/// Loggers may write a little later.
pub(crate) const LATER_MS: u64 = 5000;

/// A shell script over the files of a source, with them as its arguments after the first.
pub(crate) fn over(cx: &Context, source: &LogSource, script: &str, word: &str) -> Result<Output, Stop> {
    let shell = match &source.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    // The pattern is expanded here, so that a source without any file is seen as such.
    let whole = format!("word=$1; set -- $2; [ -e \"$1\" ] || exit 0; {script}");
    shell.root(["sh", "-c", &whole, "sh", word, &source.files])?.success()
}

/// Waits until some file of some source holds the line; where it was found.
fn find(cx: &Context, sources: &[LogSource], line: &str) -> Result<Option<String>, Stop> {
    let until = cx.elapsed_ms() + LATER_MS;
    loop {
        for source in sources {
            let found = over(cx, source, "grep -l -F -- \"$word\" \"$@\" || true", line)?.text();
            if !found.is_empty() {
                return Ok(Some(found));
            }
        }
        if cx.elapsed_ms() >= until {
            return Ok(None);
        }
        cx.sleep_ms(250);
    }
}
