//! A panic's words reach the report before the guest traps.

use crate::bindings::touchstone::contract::log::{Level, write};
use std::sync::Once;

static ONCE: Once = Once::new();

pub(crate) fn report_to_log() {
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let message = info.payload_as_str().unwrap_or("(no message)");
            let place = info.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
            write(Level::Warn, &format!("panic: {message}{place}"));
        }));
    });
}
