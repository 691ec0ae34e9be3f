//! From arguments to a loaded suite, inventory, sandbox and components.

use crate::args::{SelectArgs, SuiteArgs};
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use touchstone_host::{Host, HostConfig};
use touchstone_model::description::CheckDescription;
use touchstone_model::evidence::{self, Inspection};
use touchstone_model::inventory::{Inventory, ShellSpec, TargetSpec, Transport};
use touchstone_model::particulars::Particulars;
use touchstone_model::plan::Plan;
use touchstone_model::suite::SuiteCheck;
use touchstone_model::text::Text;
use touchstone_runner::filter::Filter;
use touchstone_runner::input::{
    BadInput, Code, LOCK, LoadedSuite, LoadedWaivers, Lock, Problem, WAIVERS, load_inventory, load_lock, load_register,
    load_slots, load_suite, load_waivers, nearest,
};
use touchstone_runner::planner::{self, Components, Sources};
use touchstone_runner::trust::Policy;

/// Suite and components.
pub struct Setup {
    /// Suite and catalogue.
    pub suite: LoadedSuite,
    /// Whose components may run, where the suite says so.
    pub lock: Option<Lock>,
    /// The suite's waivers, where there are any.
    pub waivers: Option<LoadedWaivers>,
    /// The sandbox.
    pub host: Arc<Host>,
    /// Loaded components.
    pub components: Arc<Components>,
}

/// Suite and components, as the arguments say. Checks that a loaded component does not have are errors of the suite.
pub async fn setup(args: &SuiteArgs) -> Result<Setup, Failure> {
    let suite = load_suite(&suite_file(args.suite.as_deref())?)?;
    let lock = lock_file(args.lock.as_deref(), &suite.dir).map(|path| load_lock(&path)).transpose()?;
    assemble(args, suite, Policy::lock(lock, args.allow_unsigned)).await
}

/// As [`setup`], with only the components that a run began with.
pub async fn setup_again(args: &SuiteArgs, plan: &Plan) -> Result<Setup, Failure> {
    let suite = load_suite(&suite_file(args.suite.as_deref())?)?;
    assemble(args, suite, Policy::plan(&plan.plugins)).await
}

async fn assemble(args: &SuiteArgs, suite: LoadedSuite, policy: Policy) -> Result<Setup, Failure> {
    let folder = plugins(args.plugins.as_deref())?;
    let host = Host::new(HostConfig { cache_dir: cache_folder(), limits: Default::default() }).map_err(Failure::broken)?;
    let components = Components::load(&host, &folder, &suite.suite, &policy).await;
    verify_checks(&suite, &components)?;
    let waivers = suite.dir.join(WAIVERS);
    let waivers = waivers.exists().then(|| load_waivers(&waivers, &suite.catalogue)).transpose()?;
    let lock = policy.locked().cloned();
    Ok(Setup { suite, lock, waivers, host: Arc::new(host), components: Arc::new(components) })
}

impl Setup {
    /// The plan that the arguments ask for.
    pub fn plan(&self, args: &SelectArgs, inventory: &Inventory) -> Result<Plan, Failure> {
        let filter = Filter::new(&args.clause, &args.check, &args.tag, &args.target)
            .map_err(|e| Failure::usage(format!("筛选条件无法解析：{e}"), e.to_string()))?;
        let sources = Sources {
            suite: &self.suite,
            inventory,
            components: &self.components,
            filter: &filter,
            allowed: args.allow.into(),
            retries: args.retries,
        };
        let mut plan = planner::plan(&self.host, &sources);
        plan.particulars = plan.particulars.with(particulars(&args.report)?);
        if let Some(register) = &args.evidence {
            plan.inspections = inspections(&self.suite, register, &today())?;
        }
        Ok(plan)
    }
}

/// What `--report NAME=VALUE` says.
fn particulars(given: &[String]) -> Result<Particulars, Failure> {
    let mut said = Particulars::default();
    for pair in given {
        let (name, value) = pair.split_once('=').map_or((pair.as_str(), ""), |(name, value)| (name.trim(), value.trim()));
        match said.field_mut(name) {
            Some(field) if !value.is_empty() => *field = Some(value.to_owned()),
            _ => {
                let known = Particulars::FIELDS.join(", ");
                return Err(Failure::usage(
                    format!("--report {pair}：应写成 名称=内容，名称可为 {known}"),
                    format!("--report {pair}: write NAME=VALUE, where NAME is one of {known}"),
                ));
            }
        }
    }
    Ok(said)
}

/// What the register of documents says of every slot on a day.
pub fn inspections(suite: &LoadedSuite, register: &Path, on: &str) -> Result<Vec<Inspection>, Failure> {
    let slots = load_slots(suite)?;
    let loaded = load_register(register, &slots)?;
    Ok(evidence::inspections(&slots, &loaded.register, on))
}

/// The day in China.
pub fn today() -> String {
    touchstone_assess::time::day_of(jiff::Timestamp::now()).to_string()
}

/// The inventory, or this machine as its only host.
pub fn inventory(path: Option<&Path>) -> Result<Inventory, Failure> {
    match path {
        Some(path) => Ok(load_inventory(path)?.inventory),
        None => Ok(Inventory { targets: vec![this_machine()] }),
    }
}

fn this_machine() -> TargetSpec {
    let name = "this-machine".to_owned();
    let shell = ShellSpec { transport: Transport::Local, enter: Vec::new(), sudo: None };
    TargetSpec {
        kind: "host".to_owned(),
        tags: Vec::new(),
        adapter: None,
        params: Default::default(),
        settings: Default::default(),
        permits: Vec::new(),
        shells: vec![(name.clone(), shell)],
        sql: None,
        http: None,
        addresses: Vec::new(),
        load: None,
        name,
    }
}

fn verify_checks(suite: &LoadedSuite, components: &Components) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for check in &suite.suite.checks {
        let Some((name, _)) = check.id.split_once('/') else { continue };
        let known = components.checks_of(name);
        if known.is_empty() {
            continue; // Refused: told by the plan, not an error of the suite.
        }
        let Some(description) = components.describe(&check.id) else {
            let help = did_you_mean(&check.id, known.iter().map(String::as_str));
            let message =
                Text::new(format!("插件 {name} 中没有检查 {}", check.id), format!("plugin {name} has no check {}", check.id));
            problems.push(suite.problem_at_check(&check.id, Code::UnknownCheck, message, help));
            continue;
        };
        problems.extend(verify_expectations(suite, check, description));
        for param in check.params.keys().filter(|p| !description.params.iter().any(|d| &d.name == *p)) {
            let help = did_you_mean(param, description.params.iter().map(|p| p.name.as_str()));
            let message = Text::new(format!("{} 没有参数 {param}", check.id), format!("{} has no parameter {param}", check.id));
            problems.push(suite.problem_at_param(&check.id, param, Code::UnknownParam, message, help));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::Input(BadInput { problems })) }
}

/// Aspects rest on expectations that the check has, and no expectation is left out: a contradiction must count somewhere.
fn verify_expectations(suite: &LoadedSuite, check: &SuiteCheck, description: &CheckDescription) -> Vec<Problem> {
    let mut problems = Vec::new();
    let has = |id: &str| description.expectations.iter().any(|e| e.id == id);
    for (aspect, named) in check.by.iter().flat_map(|(aspect, by)| by.iter().map(move |id| (aspect, id))) {
        if !has(named) {
            let help = did_you_mean(named, description.expectations.iter().map(|e| e.id.as_str()));
            let id = &check.id;
            let message =
                Text::new(format!("{aspect}：{id} 没有期望 {named}"), format!("{aspect}: {id} has no expectation {named}"));
            problems.push(suite.problem_at_check(id, Code::UnknownExpectation, message, help));
        }
    }
    let whole = check.decides.iter().any(|aspect| !check.by.contains_key(&aspect.to_string()));
    let used = |id: &String| check.by.values().any(|by| by.contains(id));
    for idle in description.expectations.iter().map(|e| &e.id).filter(|id| !whole && !used(id)) {
        let message = Text::new(
            format!("{} 的期望 {idle} 不判定任何方面", check.id),
            format!("the expectation {idle} of {} decides no aspect", check.id),
        );
        let help = Text::new("把它列在某个方面之下", "list it under an aspect");
        problems.push(suite.problem_at_check(&check.id, Code::UnknownExpectation, message, help));
    }
    problems
}

fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Text {
    match nearest(word, known.clone()) {
        Some(near) => Text::new(format!("是否想写 {near}？"), format!("did you mean {near}?")),
        None => {
            let all = known.collect::<Vec<_>>().join(", ");
            Text::new(format!("可用：{all}"), format!("there are: {all}"))
        }
    }
}

/// The file meant: given, or the only suite under `suites/` of this folder or one above.
pub fn suite_file(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        return Ok(if path.is_dir() { path.join("suite.toml") } else { path.to_owned() });
    }
    let here = std::env::current_dir().map_err(Failure::broken)?;
    for folder in here.ancestors().map(|f| f.join("suites")) {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let found: Vec<PathBuf> = entries.flatten().map(|e| e.path().join("suite.toml")).filter(|p| p.is_file()).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one.clone()),
            _ => {
                let folder = folder.display();
                return Err(Failure::usage(
                    format!("{folder} 下有多个套件，请用 --suite 指明"),
                    format!("there are several suites under {folder}: name one with --suite"),
                ));
            }
        }
    }
    Err(Failure::usage("未找到套件，请用 --suite 指明", "no suite found: name one with --suite"))
}

/// The lock meant: given, else the one beside the suite if there is one.
pub fn lock_file(given: Option<&Path>, suite: &Path) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| Some(suite.join(LOCK)).filter(|path| path.exists()))
}

/// Folder of the plugins: given, else beside the program.
pub fn plugins(given: Option<&Path>) -> Result<PathBuf, Failure> {
    given.map_or_else(plugin_folder, |folder| Ok(folder.to_owned()))
}

fn plugin_folder() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(Failure::broken)?;
    let near = program.ancestors().skip(1).take(2).map(|f| f.join("plugins")).find(|f| f.is_dir());
    near.ok_or_else(|| {
        Failure::usage(
            "程序旁没有 plugins 目录，请用 --plugins 指明，或先执行 touchstone plugin build",
            "no plugins folder beside the program: name one with --plugins, or run touchstone plugin build first",
        )
    })
}

/// Where compiled components are kept.
pub fn cache_folder() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home).unwrap_or_else(std::env::temp_dir);
    base.join("touchstone/compiled")
}
