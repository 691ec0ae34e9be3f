//! That no secret leaves this process by its own words, its memory or its panics.

use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::{Arc, LazyLock};
use touchstone_model::inventory::Inventory;
use touchstone_model::text::Lang;
use touchstone_probes::secret::{self, Redactor};

/// Knows every secret of this process.
static REDACTOR: LazyLock<Arc<Redactor>> = LazyLock::new(Arc::default);

/// What replaces secrets in everything that is kept and shown.
pub fn redactor() -> Arc<Redactor> {
    REDACTOR.clone()
}

/// Before anything else: no core dump, no other process of the user that reads this one's memory or environment, no panic
/// that quotes a secret.
///
/// The limit on the size of core dumps is left as it is: commands on this machine inherit it, and a check may ask for it.
pub fn shut() {
    // Every Linux can; a test looks whether it was done.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    std::panic::set_hook(Box::new(|panic| {
        // With no standard error there is nobody to tell.
        let _ = writeln!(Stderr::default(), "{}", told(panic));
    }));
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let words = panic.payload_as_str().unwrap_or("no words");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    format!("Touchstone met an error of its own / Touchstone 内部错误: {words} ({place})")
}

/// Makes the inventory's secrets known, and tells the user which of them cannot be kept by blotting them out.
pub fn learn(inventory: &Inventory, lang: Lang) {
    for told in secret::learn(&REDACTOR, inventory) {
        let why = told.weakness.words();
        let advice = lang.pick(
            "仅在文本表明其为口令处（如 password=…）遮盖，其他出现处与普通文字无法区分；请更换为更强的口令",
            "it is blotted out only where a text says that it is one (password=...), elsewhere nothing tells it from other words: \
             use a stronger one",
        );
        eprintln!("{}: {}: {}; {advice}", lang.pick("弱口令", "weak secret"), told.place, why.get(lang));
    }
}

/// Standard error, without secrets. Whoever writes hands over whole lines.
#[derive(Default)]
pub struct Stderr(());

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(&REDACTOR.bytes(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
