//! What a file is and what it names, found without compiling it.

use crate::contract::{self, Interface};
use crate::refusal::Reason;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

const MAGIC: &[u8] = b"\0asm";

/// Checks that `bytes` are a component whose imports and exports are the contract's, at this host's version.
pub(crate) fn inspect(bytes: &[u8]) -> Result<(), Reason> {
    if bytes.len() < 8 {
        return Err(if MAGIC.starts_with(&bytes[..bytes.len().min(4)]) { Reason::Truncated } else { Reason::NotWasm });
    }
    if !bytes.starts_with(MAGIC) {
        return Err(Reason::NotWasm);
    }
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| broken(&error))? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => return Err(Reason::CoreModule),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let import = import.map_err(|error| broken(&error))?;
                    if let Some(found) = other_version(import.name.name) {
                        return Err(version(found));
                    }
                    if contract::parse(import.name.name).is_none() {
                        return Err(Reason::ForbiddenImport { import: import.name.name.to_owned() });
                    }
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    let export = export.map_err(|error| broken(&error))?;
                    if let Some(found) = other_version(export.name.name) {
                        return Err(version(found));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn other_version(name: &str) -> Option<&str> {
    match contract::parse(name)? {
        Interface { version, .. } if version != contract::VERSION => Some(version),
        _ => None,
    }
}

fn version(found: &str) -> Reason {
    let found = if found.is_empty() { "?" } else { found };
    Reason::ContractVersion { found: found.to_owned(), wanted: contract::VERSION.to_owned() }
}

fn broken(error: &BinaryReaderError) -> Reason {
    let words = error.message();
    if words.starts_with("unexpected end") { Reason::Truncated } else { Reason::Malformed(words.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::inspect;

    #[test]
    fn fuzz_components() {
        let component = wat::parse_str(
            "(component (import \"touchstone:contract/log@0.1.0\" (instance)) (core module (func (export \"f\"))) \
             (component $inner (import \"x\" (func))))",
        );
        let module = wat::parse_str("(module (memory 1) (func (export \"f\")))").expect("a module");
        let component = component.expect("a component");
        let words = ["\0asm", "\r\0\u{1}\0", "touchstone:contract/log@9.9.9", "wasi:cli/run@0.2.0", "\u{1}\0\0\0"];
        touchstone_fuzz::fuzz(&[&component, &module, b"\0asm\r\0\x01\0"], &words, |input| {
            inspect(input)
                .err()
                .map(|reason| format!("{reason:?}").chars().take_while(|c| c.is_ascii_alphabetic()).collect::<String>())
        });
    }
}
