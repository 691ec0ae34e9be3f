//! What a run rests on besides its checks: the rounds before it, ledgers, a bill of materials.

use crate::args::{BasisArgs, SelectArgs};
use crate::command::diff::{verified, verified_with_signers};
use crate::failure::Failure;
use crate::setup::Setup;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use touchstone_assess::{Assessment, assess};
use touchstone_bundle::{ASSESSMENT, DOCUMENTS, LEDGERS, REGISTER, is_bundle, statement_digest};
use touchstone_model::materials::MaterialKind;
use touchstone_model::matrix::{Matrix, MatrixRun};
use touchstone_model::plan::Plan;
use touchstone_model::rounds::RoundKind;
use touchstone_model::text::Text;
use touchstone_runner::input::{LoadedSuite, MATERIALS, load_acceptance, load_ledgers, load_materials, load_rules};
use touchstone_runner::rounds::{Handed, against, follow, initial, rectification};

/// Files that were read and belong to the run's copies, by name.
pub type Copies = Vec<(String, Vec<u8>)>;

/// Lays everything into the plan; returns what must be kept with the run.
pub fn lay(plan: &mut Plan, setup: &Setup, select: &SelectArgs, args: &BasisArgs) -> Result<Copies, Failure> {
    // Whole seconds: the assessment names its moment by them, and is computed again from that.
    let now = Timestamp::from_second(Timestamp::now().as_second()).map_err(Failure::broken)?;
    let mut copies = documents(plan, select.evidence.as_deref())?;
    if let Some(assessment) = ledgers(setup, args, now, &mut copies)? {
        let acceptance = load_acceptance(&setup.suite)?;
        plan.analyses = acceptance.map(|acceptance| acceptance.analyses(&assessment)).unwrap_or_default();
    }
    if let Some(path) = &args.materials {
        let decides = load_acceptance(&setup.suite)?.map(|acceptance| acceptance.materials).unwrap_or_default();
        let loaded = load_materials(path, decides)?;
        if !loaded.materials.decides.contains_key(&MaterialKind::Product) && loaded.materials.decides.is_empty() {
            return Err(Failure::usage(
                "套件没有说明物料清单判定哪些条款（acceptance.toml 的 [materials]）",
                "the suite does not say which clauses a bill of materials decides ([materials] in acceptance.toml)",
            ));
        }
        copies.push((MATERIALS.to_owned(), loaded.bytes));
        plan.materials = Some(loaded.materials);
    }
    if !args.matrix.is_empty() {
        plan.matrix = Some(matrix(&setup.suite, &args.matrix)?);
    }
    plan.rectification = rectification(&setup.suite, touchstone_assess::time::day_of(now))?;
    round(plan, args, select.narrows())?;
    Ok(copies)
}

/// The suite's cells, and what the bundles say about them. A run that nobody signed fills no cell.
pub fn matrix(suite: &LoadedSuite, bundles: &[PathBuf]) -> Result<Matrix, Failure> {
    let cells = load_acceptance(suite)?.map(|acceptance| acceptance.matrix).unwrap_or_default();
    if cells.is_empty() {
        return Err(Failure::usage(
            "套件没有兼容矩阵（acceptance.toml 的 [[matrix]]）",
            "the suite has no matrix ([[matrix]] in acceptance.toml)",
        ));
    }
    let mut runs: Vec<MatrixRun> = Vec::new();
    for path in bundles {
        let shown = path.display();
        let (run, signers) = verified_with_signers(path)?;
        let refuse = |zh: String, en: String| Err(Failure::usage(zh, en));
        let Some(bundle) = bundle_digest(path).filter(|_| !signers.is_empty()) else {
            return refuse(
                format!("{shown} 没有签名；矩阵只由签名的交付包填写（touchstone bundle）"),
                format!("{shown} is not signed: only signed bundles fill a matrix (touchstone bundle)"),
            );
        };
        if run.plan.suite != suite.suite.id {
            let other = &run.plan.suite;
            return refuse(format!("{shown} 用的是套件 {other}"), format!("{shown} was made by the suite {other}"));
        }
        let Some(finished) = run.finished.clone().filter(|_| !run.interrupted) else {
            return refuse(format!("{shown} 的运行没有完成"), format!("the run of {shown} is not finished"));
        };
        if runs.iter().any(|known| known.bundle == bundle) {
            return refuse(format!("{shown} 给了两次"), format!("{shown} was given twice"));
        }
        runs.push(MatrixRun::of(&run, finished, bundle, signers, &cells));
    }
    Ok(Matrix { cells, runs })
}

/// The register and the documents that it names. A confidential one has no file here.
pub fn documents(plan: &Plan, register: Option<&Path>) -> Result<Copies, Failure> {
    let Some(register) = register else { return Ok(Copies::new()) };
    let read = |path: &Path| std::fs::read(path).map_err(|e| Failure::broken(format!("{}: {e}", path.display())));
    let mut copies = vec![(format!("{DOCUMENTS}/{REGISTER}"), read(register)?)];
    let folder = register.parent().unwrap_or(Path::new(""));
    let named = plan.inspections.iter().flat_map(|inspection| &inspection.documents);
    for file in named.filter_map(|inspected| inspected.document.file.as_ref()) {
        let (name, path) = (format!("{DOCUMENTS}/{file}"), folder.join(file));
        if path.is_file() && !copies.iter().any(|(known, _)| *known == name) {
            copies.push((name, read(&path)?));
        }
    }
    Ok(copies)
}

fn ledgers(setup: &Setup, args: &BasisArgs, now: Timestamp, copies: &mut Copies) -> Result<Option<Assessment>, Failure> {
    let Some(folder) = &args.ledgers else { return Ok(None) };
    let period = crate::command::assess::period_of(args.period.as_deref(), args.year)?;
    let (rules, loaded) = match (load_rules(&setup.suite), load_ledgers(folder, &setup.suite.catalogue, now)) {
        (Ok(rules), Ok(loaded)) => (rules, loaded),
        (Err(rules), Err(ledgers)) => return Err(rules.and(ledgers).into()),
        (Err(bad), _) | (_, Err(bad)) => return Err(bad.into()),
    };
    let assessment = assess(&rules.rules, (&rules.calendar, &rules.days), &loaded.ledgers, period, now, loaded.notes)
        .map_err(|refusal| Failure::Said(crate::exit::Exit::BadUsage, refusal.words()))?;
    for (name, bytes) in loaded.files {
        if Path::new(&name).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Err(Failure::usage(
                format!("台账 {name} 不在台账目录之内，无法随运行保存"),
                format!("the ledger {name} lies outside of its folder and cannot be kept with the run"),
            ));
        }
        copies.push((format!("{LEDGERS}/{name}"), bytes));
    }
    copies.push((ASSESSMENT.to_owned(), touchstone_reports::assessment_json(&assessment).into_bytes()));
    Ok(Some(assessment))
}

fn round(plan: &mut Plan, args: &BasisArgs, narrowed: bool) -> Result<(), Failure> {
    let kind = args.round.map(RoundKind::from);
    let refuse = |zh: &str, en: &str| Err(Failure::usage(zh, en));
    match (&args.recheck, kind) {
        (None, None) => Ok(()),
        (None, Some(RoundKind::Initial)) => {
            plan.round = Some(Box::new(initial()));
            Ok(())
        }
        (None, Some(_)) => refuse("这一轮须用 --recheck 指明上一轮", "that round needs --recheck with the round before"),
        (Some(_), Some(RoundKind::Initial)) => refuse("初验没有上一轮", "the initial acceptance has no round before it"),
        (Some(_), _) if narrowed => refuse(
            "复验的范围由上一轮得出，不能再用 --clause、--check、--tag、--target 筛选",
            "what a re-acceptance runs follows from the round before: --clause, --check, --tag and --target cannot narrow it",
        ),
        (Some(path), kind) => {
            let run = verified(path)?;
            let handed = Handed { run: &run, bundle: bundle_digest(path) };
            follow(plan, &handed, kind.unwrap_or(RoundKind::ReAcceptance), args.agreed_by.clone())
                .map_err(|Text { zh, en }| Failure::usage(zh, en))
        }
    }
}

/// Binds the plan to an accepted state.
pub fn compare_with(plan: &mut Plan, path: &Path) -> Result<(), Failure> {
    let run = verified(path)?;
    against(plan, &Handed { run: &run, bundle: bundle_digest(path) });
    Ok(())
}

fn bundle_digest(path: &Path) -> Option<touchstone_model::digest::Digest> {
    is_bundle(path).then(|| statement_digest(path)).flatten()
}
