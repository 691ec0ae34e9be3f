//! Suite, inventory and components in, plan out: what must answer, and what is left out and why.

use crate::filter::Filter;
use crate::input::LoadedSuite;
use crate::trust::Policy;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use touchstone_host::{Host, Plugin, PluginKind, Reason, Refusal};
use touchstone_model::description::{CheckDescription, Impact, Need};
use touchstone_model::digest::Digest;
use touchstone_model::inventory::{Inventory, TargetSpec, Transport};
use touchstone_model::plan::{LeftOut, LeftOutReason, Plan, PlanItem, PlannedPlugin, PlannedTarget, Vouched, item_key};
use touchstone_model::suite::{Suite, SuiteCheck};
use touchstone_model::text::Text;
use touchstone_seal::plugin::Role;

/// Components by name, as far as they could be loaded.
pub struct Components {
    loaded: HashMap<String, Result<Arc<Plugin>, Refusal>>,
    vouched: HashMap<String, Vouched>,
    unsigned_allowed: bool,
}

impl Components {
    /// Loads every component that the suite names from `folder`, as far as `policy` lets it in; what is refused is remembered
    /// with its reason.
    pub async fn load(host: &Host, folder: &Path, suite: &Suite, policy: &Policy) -> Components {
        let mut components =
            Components { loaded: HashMap::new(), vouched: HashMap::new(), unsigned_allowed: policy.unsigned_allowed() };
        let checks = suite.plugins.iter().map(|name| (name, Role::Check));
        for (name, role) in checks.chain(suite.adapters.iter().map(|name| (name, Role::Adapter))) {
            let loaded = components.load_one(host, folder, name, role, policy).await;
            // A name in both lists must be let in for both.
            if !components.loaded.get(name).is_some_and(Result::is_err) {
                components.loaded.insert(name.clone(), loaded);
            }
        }
        components
    }

    async fn load_one(
        &mut self,
        host: &Host,
        folder: &Path,
        name: &str,
        role: Role,
        policy: &Policy,
    ) -> Result<Arc<Plugin>, Refusal> {
        let file = format!("{name}.wasm");
        let admit = |sha256: &Digest| policy.admit(name, role, sha256).map(|_| ());
        let plugin = host.load_if(&folder.join(&file), &admit).await?;
        let refused = |why| Refusal { file: file.clone(), reason: Reason::NotAdmitted(why) };
        self.vouched.insert(name.to_owned(), policy.admit(name, role, plugin.sha256()).map_err(refused)?);
        Ok(plugin)
    }

    /// Who vouches for the component of that name.
    fn vouched(&self, name: &str) -> Vouched {
        self.vouched.get(name).cloned().unwrap_or_default()
    }

    /// The component of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Plugin>> {
        self.loaded.get(name)?.as_ref().ok()
    }

    /// The refusals, by name.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &Refusal)> {
        self.loaded.iter().filter_map(|(name, result)| Some((name.as_str(), result.as_ref().err()?)))
    }

    /// Description of `plugin/check`.
    pub fn describe(&self, check: &str) -> Option<&CheckDescription> {
        let plugin = self.get(check.split_once('/')?.0)?;
        match plugin.kind() {
            PluginKind::Checks(checks) => checks.iter().find(|c| c.id == check),
            PluginKind::Adapter(_) => None,
        }
    }

    /// Ids of the checks of a loaded component; none when it was refused or is an adapter.
    pub fn checks_of(&self, plugin: &str) -> Vec<String> {
        match self.get(plugin).map(|p| p.kind()) {
            Some(PluginKind::Checks(checks)) => checks.iter().map(|c| c.id.clone()).collect(),
            _ => Vec::new(),
        }
    }

    fn refusal(&self, name: &str) -> Option<Text> {
        Some(self.loaded.get(name)?.as_ref().err()?.words())
    }
}

/// What a plan is made from.
pub struct Sources<'a> {
    /// Suite and catalogue.
    pub suite: &'a LoadedSuite,
    /// Targets.
    pub inventory: &'a Inventory,
    /// Components.
    pub components: &'a Components,
    /// What is wanted.
    pub filter: &'a Filter,
    /// Highest impact allowed.
    pub allowed: Impact,
    /// How often a check is tried again, whatever the suite says.
    pub retries: Option<u32>,
}

/// Makes the plan.
pub fn plan(host: &Host, sources: &Sources<'_>) -> Plan {
    let Sources { suite, inventory, components, filter, allowed, .. } = sources;
    let mut items = Vec::new();
    let mut left_out = Vec::new();
    for check in &suite.suite.checks {
        plan_check(host, sources, check, &mut items, &mut left_out);
    }
    let plugin = |name: &String| {
        let plugin = components.get(name)?;
        Some(PlannedPlugin {
            name: name.clone(),
            version: plugin.version().to_owned(),
            sha256: plugin.sha256().clone(),
            granted: plugin.imports(),
            vouched: components.vouched(name),
        })
    };
    Plan {
        suite: suite.suite.id.clone(),
        suite_title: suite.suite.title.clone(),
        catalogue: suite.catalogue.clone(),
        selected: filter.selected(&suite.catalogue, &suite.suite.checks),
        allowed: *allowed,
        unsigned_allowed: components.unsigned_allowed,
        targets: inventory.targets.iter().filter(|t| filter.wants_target(t)).map(planned_target).collect(),
        plugins: suite.suite.plugins.iter().chain(&suite.suite.adapters).filter_map(plugin).collect(),
        items,
        left_out,
        inspections: Vec::new(),
        analyses: Vec::new(),
        materials: None,
        matrix: None,
        rectification: None,
        round: None,
        acceptance: suite.suite.acceptance.clone(),
        particulars: suite.suite.particulars.clone(),
    }
}

fn plan_check(host: &Host, sources: &Sources<'_>, check: &SuiteCheck, items: &mut Vec<PlanItem>, left_out: &mut Vec<LeftOut>) {
    let description = sources.components.describe(&check.id);
    let mut leave = |target: Option<&TargetSpec>, reason: LeftOutReason| {
        left_out.push(LeftOut {
            check: check.id.clone(),
            title: description.map(|d| d.title.clone()),
            target: target.map(|t| t.name.clone()),
            decides: check.decides.clone(),
            reason,
        });
    };
    if !sources.filter.wants_check(check) {
        return leave(None, LeftOutReason::Filtered);
    }
    let plugin = check.id.split('/').next().unwrap_or_default();
    if let Some(message) = sources.components.refusal(plugin) {
        return leave(None, LeftOutReason::PluginRefused { message });
    }
    let Some(description) = description else {
        return leave(None, LeftOutReason::UnknownCheck { plugin: plugin.to_owned() });
    };
    let mut of_kind = sources.inventory.targets.iter().filter(|t| t.kind == description.target_kind).peekable();
    if of_kind.peek().is_none() {
        return leave(None, LeftOutReason::NoTarget { target_kind: description.target_kind.clone() });
    }
    for target in of_kind {
        if !sources.filter.wants_target(target) {
            leave(Some(target), LeftOutReason::Filtered);
            continue;
        }
        match obstacle(host, sources, description, target).map_or_else(|| params(description, check, target), Err) {
            Err(reason) => leave(Some(target), reason),
            Ok(params) => items.push(PlanItem {
                key: item_key(&check.id, &target.name),
                target: target.name.clone(),
                check: description.clone(),
                decides: check.decides.clone(),
                by: check.by.clone(),
                params,
                tags: check.tags.clone(),
                time_limit_ms: check.time_limit_ms.unwrap_or(description.time_limit_ms),
                retries: sources.retries.or(check.retries).unwrap_or(sources.suite.suite.retries),
            }),
        }
    }
}

fn obstacle(host: &Host, sources: &Sources<'_>, check: &CheckDescription, target: &TargetSpec) -> Option<LeftOutReason> {
    if check.impact > sources.allowed {
        return Some(LeftOutReason::Impact { needed: check.impact, allowed: sources.allowed });
    }
    for need in &check.needs {
        if let Need::Adapter(interface) = need {
            if let Err(message) = adapter(host, sources, check, target, interface) {
                return Some(LeftOutReason::Adapter { interface: interface.clone(), message });
            }
        } else if !offers(target, need) {
            return Some(LeftOutReason::TargetLacks { need: need.clone() });
        }
    }
    None
}

fn adapter(
    host: &Host,
    sources: &Sources<'_>,
    check: &CheckDescription,
    target: &TargetSpec,
    interface: &str,
) -> Result<(), String> {
    let name = target.adapter.as_ref().ok_or_else(|| format!("target {} names no adapter", target.name))?;
    if let Some(refusal) = sources.components.refusal(name) {
        return Err(refusal.en);
    }
    let adapter = sources.components.get(name).ok_or_else(|| format!("the suite lists no adapter {name}"))?;
    let plugin = check.id.split('/').next().unwrap_or_default();
    let plugin = sources.components.get(plugin).ok_or_else(|| format!("no component {plugin}"))?;
    host.bridge(plugin, adapter, interface).map_err(|e| e.to_string())
}

fn offers(target: &TargetSpec, need: &Need) -> bool {
    match need {
        Need::Shell => !target.shells.is_empty(),
        Need::Sql => target.sql.is_some(),
        Need::Http => target.http.is_some(),
        Need::Net => target.http.is_some() || target.sql.is_some() || !target.addresses.is_empty(),
        Need::Adapter(_) => target.adapter.is_some(),
        Need::Load => target.load.is_some(),
    }
}

/// Target over suite over default.
fn params(
    description: &CheckDescription,
    check: &SuiteCheck,
    target: &TargetSpec,
) -> Result<BTreeMap<String, String>, LeftOutReason> {
    let mut params = BTreeMap::new();
    for param in &description.params {
        let value = target
            .params
            .get(&format!("{}.{}", check.id, param.name))
            .or_else(|| check.params.get(&param.name))
            .or(param.default.as_ref())
            .ok_or_else(|| LeftOutReason::ParamMissing { name: param.name.clone() })?;
        params.insert(param.name.clone(), value.clone());
    }
    Ok(params)
}

fn planned_target(target: &TargetSpec) -> PlannedTarget {
    let mut access: Vec<String> = Vec::new();
    for (_, shell) in &target.shells {
        access.push(match &shell.transport {
            Transport::Local if shell.enter.is_empty() => "shell: local".to_owned(),
            Transport::Local => format!("shell: local, through {}", shell.enter.join(" ")),
            Transport::Ssh(ssh) => format!("shell: ssh {}@{}:{}", ssh.user, ssh.address, ssh.port),
        });
    }
    access.extend(target.sql.iter().map(|s| match &s.odbc {
        Some(odbc) => format!("sql: odbc {}", odbc.name()),
        None => format!("sql: {} {}:{}/{}", s.protocol, s.host, s.port, s.database),
    }));
    access.extend(target.http.iter().flat_map(|h| h.endpoints.values()).map(|url| format!("http: {url}")));
    PlannedTarget {
        name: target.name.clone(),
        kind: target.kind.clone(),
        access: access.join("; "),
        adapter: target.adapter.clone(),
        product: target.sql.as_ref().and_then(|s| s.product.clone()),
    }
}
