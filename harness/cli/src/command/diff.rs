//! `touchstone diff`

use crate::args::DiffArgs;
use crate::bundle::write;
use crate::exit::Exit;
use crate::failure::Failure;
use std::path::Path;
use touchstone_bundle::verify::{Weight, verify};
use touchstone_model::compare::{Comparison, Pair, Snapshot, compare};
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::{Lang, Text};
use touchstone_reports::{comparison_html, comparison_json, comparison_terminal};

/// Compares two runs or bundles. Exit 0: not worse; 9: worse; 4: nothing that both asked about.
pub fn run(args: &DiffArgs, lang: Lang) -> Result<Exit, Failure> {
    let named = args.pair.iter().map(|pair| pair_of(pair)).collect::<Result<Vec<_>, _>>()?;
    let (before, after) = (verified(&args.before)?, verified(&args.after)?);
    for pair in &named {
        known(&before, &pair.before)?;
        known(&after, &pair.after)?;
    }
    let comparison = compare(&Snapshot::of(&before), &Snapshot::of(&after), &named);
    if args.json {
        print!("{}", comparison_json(&comparison));
    } else {
        print!("{}", comparison_terminal(&comparison, &crate::terminal::options(lang)));
    }
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|e| Failure::broken(format!("{}: {e}", folder.display())))?;
        write(&folder.join("comparison.json"), comparison_json(&comparison).as_bytes())?;
        let html = folder.join("comparison.html");
        write(&html, comparison_html(&comparison, lang).as_bytes())?;
        eprintln!("{}: {}", lang.pick("比较页", "page"), html.display());
    }
    Ok(exit(&comparison))
}

/// What a comparison means to whoever started the program.
pub fn exit(comparison: &Comparison) -> Exit {
    match comparison {
        comparison if comparison.is_empty() => Exit::NothingSelected,
        comparison if comparison.worse => Exit::Worse,
        _ => Exit::Accepted,
    }
}

/// The run of a folder or bundle that is as it was written. Nothing may be concluded from any other.
pub fn verified(folder: &Path) -> Result<Run, Failure> {
    verified_with_signers(folder).map(|(run, _)| run)
}

/// The same, with the fingerprint of each key whose signature holds.
pub fn verified_with_signers(folder: &Path) -> Result<(Run, Vec<Digest>), Failure> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{shown} 不是运行目录或交付包"), format!("{shown} is no folder of a run or bundle")));
    }
    let verification = verify(folder, None);
    if let Some(finding) = verification.findings.0.iter().find(|finding| finding.weight == Weight::Altered) {
        let (place, Text { zh, en }) = (finding.place(), &finding.what);
        return Err(Failure::Said(
            Exit::Altered,
            Text::new(
                format!("{shown}：{place}：{zh}；见 touchstone verify"),
                format!("{shown}: {place}: {en}; see touchstone verify"),
            ),
        ));
    }
    let signers = verification.signers.into_iter().map(|(_, key)| key).collect();
    verification
        .run
        .map(|run| (run, signers))
        .ok_or_else(|| Failure::usage(format!("{shown} 中没有运行"), format!("there is no run in {shown}")))
}

fn pair_of(text: &str) -> Result<Pair, Failure> {
    match text.split_once('=').filter(|(before, after)| !before.is_empty() && !after.is_empty()) {
        Some((before, after)) => Ok(Pair { before: before.to_owned(), after: after.to_owned() }),
        None => Err(Failure::usage(
            format!("{text} 应写成 前一次的目标=后一次的目标"),
            format!("{text}: write the earlier target, =, the later target"),
        )),
    }
}

fn known(run: &Run, target: &str) -> Result<(), Failure> {
    if run.plan.targets.iter().any(|known| known.name == target) {
        return Ok(());
    }
    let (run_id, names) = (&run.run, run.plan.targets.iter().map(|t| t.name.as_str()).collect::<Vec<_>>().join(", "));
    Err(Failure::usage(
        format!("运行 {run_id} 没有目标 {target}；有：{names}"),
        format!("the run {run_id} has no target {target}; there are: {names}"),
    ))
}
