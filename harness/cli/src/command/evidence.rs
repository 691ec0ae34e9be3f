//! `touchstone evidence`

use crate::args::{EvidenceAction, EvidenceAddArgs, EvidenceArgs};
use crate::bundle::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup;
use std::path::{Path, PathBuf};
use touchstone_model::digest::Digest;
use touchstone_model::evidence::{Document, FileState, Inspected, Inspection};
use touchstone_model::text::Lang;
use touchstone_model::verdict::{self, ClauseVerdict};
use touchstone_reports::verdict_map;
use touchstone_runner::input::{load_register, load_slots, load_suite, nearest, with_document};

/// Adds, lists or checks.
pub fn run(action: &EvidenceAction, lang: Lang) -> Result<Exit, Failure> {
    match action {
        EvidenceAction::Add(args) => add(args, lang),
        EvidenceAction::List(args) => {
            for inspection in inspections(args)? {
                print!("{}", slot(&inspection, lang));
            }
            Ok(Exit::Accepted)
        }
        EvidenceAction::Check(args) => check(args, lang),
    }
}

fn inspections(args: &EvidenceArgs) -> Result<Vec<Inspection>, Failure> {
    let suite = load_suite(&setup::suite_file(args.suite.as_deref())?)?;
    setup::inspections(&suite, &args.register, &day(args.on.as_deref())?)
}

fn day(given: Option<&str>) -> Result<String, Failure> {
    let Some(text) = given else { return Ok(setup::today()) };
    text.parse::<jiff::civil::Date>().map(|day| day.to_string()).map_err(|_| {
        Failure::usage(format!("{text} 不是日期，写成 2026-11-24"), format!("{text} is no day: write it like 2026-11-24"))
    })
}

/// Every finding; 0 if every slot is filled as it should be, 1 if a document contradicts, 3 if something is not decided.
fn check(args: &EvidenceArgs, lang: Lang) -> Result<Exit, Failure> {
    let inspections = inspections(args)?;
    let mut exit = Exit::Accepted;
    let mut conforming = 0;
    for inspection in &inspections {
        let verdict = verdict::inspect(inspection);
        match verdict {
            ClauseVerdict::Conforming => conforming += 1,
            ClauseVerdict::Nonconforming => exit = Exit::NotAccepted,
            _ if exit == Exit::Accepted => exit = Exit::Inconclusive,
            _ => {}
        }
        let look = verdict_map::clause(verdict);
        for reason in inspection.reasons() {
            println!("{} {:<24} {}", look.symbol, inspection.slot.aspect.to_string(), reason.get(lang));
        }
    }
    let all = inspections.len();
    println!("{}: {conforming} / {all}", lang.pick("符合的证据位", "slots filled as they should be"));
    Ok(exit)
}

fn slot(inspection: &Inspection, lang: Lang) -> String {
    let verdict = verdict::inspect(inspection);
    let (look, words) = (verdict_map::clause(verdict), verdict.words());
    let mut out = format!(
        "{} {:<24} {}  [{}]  ({}: {}; {}: {})\n",
        look.symbol,
        inspection.slot.aspect.to_string(),
        inspection.slot.document.get(lang),
        words.get(lang),
        lang.pick("出具", "issued by"),
        inspection.slot.issuer.get(lang),
        lang.pick("持有", "held by"),
        inspection.slot.holder
    );
    for inspected in &inspection.documents {
        out += &document(inspected, lang);
    }
    out
}

fn document(inspected: &Inspected, lang: Lang) -> String {
    let Document { issuer, holder, scope, from, until, attested_by, attested_on, .. } = &inspected.document;
    let until = until.as_deref().unwrap_or(lang.pick("长期", "without end"));
    let mut out = format!("    {}  {issuer} -> {holder}  {scope}  {from} – {until}", inspected.document.name());
    if let (Some(by), Some(on)) = (attested_by, attested_on) {
        out += &format!("  {} {by}, {on}", lang.pick("作证：", "attested by"));
    }
    out.push('\n');
    for finding in &inspected.findings {
        out += &format!("      ! {}\n", finding.words().get(lang));
    }
    out
}

/// Puts the document beside the register (or its digest alone into it) and writes the entry. Nothing is written if anything is wrong.
fn add(args: &EvidenceAddArgs, lang: Lang) -> Result<Exit, Failure> {
    let common = &args.common;
    let suite = load_suite(&setup::suite_file(common.suite.as_deref())?)?;
    let slots = load_slots(&suite)?;
    let Some(slot) = slots.iter().find(|slot| slot.aspect.to_string() == args.slot) else {
        let names: Vec<String> = slots.iter().map(|slot| slot.aspect.to_string()).collect();
        let wanted = &args.slot;
        return Err(match nearest(wanted, names.iter().map(String::as_str)) {
            Some(near) => Failure::usage(
                format!("没有证据位 {wanted}；是否想写 {near}？"),
                format!("there is no slot {wanted}; did you mean {near}?"),
            ),
            None => Failure::usage(
                format!("没有证据位 {wanted}；证据位见 touchstone evidence list"),
                format!("there is no slot {wanted}; touchstone evidence list shows them"),
            ),
        });
    };
    let register = &common.register;
    let text = if register.exists() {
        load_register(register, &slots)?;
        std::fs::read_to_string(register).map_err(|e| unreadable(register, &e))?
    } else {
        String::new()
    };
    let on = day(common.on.as_deref())?;
    let bytes = std::fs::read(&args.file).map_err(|e| {
        let file = args.file.display();
        Failure::usage(format!("无法读取 {file}：{e}"), format!("{file} cannot be read: {e}"))
    })?;
    let sha256 = Digest::of(&bytes);
    let dir = register.parent().filter(|dir| !dir.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let document = Document {
        slot: slot.aspect.clone(),
        file: (!args.confidential).then(|| kept_as(&args.file, &sha256)),
        sha256,
        issuer: args.issuer.clone(),
        holder: args.holder.clone(),
        scope: args.scope.clone(),
        from: day(Some(&args.from))?,
        until: args.until.as_deref().map(|until| day(Some(until))).transpose()?,
        attested_on: args.attested_by.as_ref().map(|_| on),
        attested_by: args.attested_by.clone(),
        state: FileState::Kept,
    };
    if document.until.as_ref().is_some_and(|until| *until < document.from) {
        return Err(Failure::usage("--until 早于 --from", "--until comes before --from"));
    }
    if let Some(name) = &document.file {
        let kept = dir.join(name);
        if let Some(folder) = kept.parent() {
            std::fs::create_dir_all(folder).map_err(|e| unreadable(folder, &e))?;
        }
        write(&kept, &bytes)?;
    }
    // Written beside and moved over: a register is never half there.
    let fresh = register.with_extension("toml.new");
    write(&fresh, with_document(&text, &document).as_bytes())?;
    std::fs::rename(&fresh, register).map_err(|e| unreadable(register, &e))?;
    println!("{} {}: {}", lang.pick("已登记", "registered"), args.slot, document.name());
    Ok(Exit::Accepted)
}

/// Relative to the register; the digest keeps two files of one name apart.
fn kept_as(file: &Path, sha256: &Digest) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("files/{}-{name}", sha256.0.get(..12).unwrap_or(&sha256.0))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::broken(format!("{}: {error}", path.display()))
}
