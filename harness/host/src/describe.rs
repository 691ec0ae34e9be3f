//! Lets a component say what it is, in a store that grants nothing.

use crate::Host;
use crate::bindings::adapter::{Adapter, exports::touchstone::contract::adapter_info};
use crate::bindings::exports::touchstone::contract::checks as wit;
use crate::bindings::{Check, touchstone::contract::types};
use crate::bindings::touchstone::contract::log;
use crate::guest::Guest;
use crate::load::{PluginKind, bare, full, root, union};
use crate::refusal::Refusal;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use touchstone_model::description::{AdapterDescription, CheckDescription, Expectation, Impact, Need, Param};
use touchstone_model::text::Text;
use wasmtime::component::{Component, HasSelf, Linker};

/// Describing oneself takes microseconds; this is for what never ends.
const LIMIT: Duration = Duration::from_secs(5);

/// What a component says it is.
pub struct Described {
    pub name: String,
    pub version: String,
    pub kind: PluginKind,
}

impl Described {
    /// Needs of all its checks together, or of the adapter.
    pub fn needs(&self) -> BTreeSet<Need> {
        match &self.kind {
            PluginKind::Checks(checks) => union(checks.iter().map(|c| &c.needs)),
            PluginKind::Adapter(adapter) => adapter.needs.clone(),
        }
    }
}

/// Asks it.
pub async fn describe(host: &Host, path: &Path, component: &Component) -> Result<Described, Refusal> {
    let exports: Vec<String> =
        component.component_type().exports(&host.engine).map(|(name, _)| name.to_owned()).collect();
    let checks = exports.contains(&full("checks"));
    if !checks && !exports.contains(&full("adapter-info")) {
        return Err(Refusal::NoExport { path: path.to_owned() });
    }
    let offers = exports.iter().map(|name| bare(name).to_owned()).filter(|name| name != "adapter-info").collect();
    let asking = async {
        if checks { ask_checks(host, component).await } else { ask_adapter(host, component, offers).await }
    };
    let refused = |message: String| Refusal::Description { path: path.to_owned(), message };
    match tokio::time::timeout(LIMIT, asking).await {
        Ok(Ok(Ok(described))) => Ok(described),
        Ok(Ok(Err(message))) => Err(refused(message)),
        Ok(Err(error)) => Err(refused(root(&error))),
        Err(_) => Err(refused(format!("no answer within {} s", LIMIT.as_secs()))),
    }
}

type Asked = wasmtime::Result<Result<Described, String>>;

fn linker(host: &Host, component: &Component) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(&host.engine);
    log::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)?;
    linker.define_unknown_imports_as_traps(component)?;
    Ok(linker)
}

async fn ask_checks(host: &Host, component: &Component) -> Asked {
    let mut store = host.store(Guest::new(&host.limits, None));
    let check = Check::instantiate_async(&mut store, component, &linker(host, component)?).await?;
    let plugin = check.touchstone_contract_checks().call_describe(&mut store).await?;
    Ok(plugin_of(plugin))
}

async fn ask_adapter(host: &Host, component: &Component, offers: BTreeSet<String>) -> Asked {
    let mut store = host.store(Guest::new(&host.limits, None));
    let adapter = Adapter::instantiate_async(&mut store, component, &linker(host, component)?).await?;
    let said: adapter_info::Description = adapter.touchstone_contract_adapter_info().call_describe(&mut store).await?;
    if !is_name(&said.name) {
        return Ok(Err(format!("{:?} is no name (lower-case letters, digits, hyphens)", said.name)));
    }
    let needs = said.needs.into_iter().map(need).collect();
    let kind = AdapterDescription { name: said.name.clone(), version: said.version.clone(), title: text(said.title), needs, offers };
    Ok(Ok(Described { name: said.name, version: said.version, kind: PluginKind::Adapter(kind) }))
}

fn plugin_of(plugin: wit::Plugin) -> Result<Described, String> {
    if !is_name(&plugin.name) {
        return Err(format!("{:?} is no name (lower-case letters, digits, hyphens)", plugin.name));
    }
    let mut seen = BTreeSet::new();
    let mut checks = Vec::new();
    for check in plugin.checks {
        if !is_name(&check.id) || !seen.insert(check.id.clone()) {
            return Err(format!("{:?} is no name for a check, or is used twice", check.id));
        }
        if check.expectations.is_empty() {
            return Err(format!("check {} declares no expectation", check.id));
        }
        let ids: BTreeSet<&String> = check.expectations.iter().map(|e| &e.id).collect();
        if ids.len() != check.expectations.len() {
            return Err(format!("check {} declares an expectation twice", check.id));
        }
        if check.needs.is_empty() {
            return Err(format!("check {} needs nothing, so it could observe nothing", check.id));
        }
        checks.push(check_of(&plugin.name, check));
    }
    if checks.is_empty() {
        return Err("it has no checks".to_owned());
    }
    Ok(Described { name: plugin.name, version: plugin.version, kind: PluginKind::Checks(checks) })
}

fn check_of(plugin: &str, check: wit::Description) -> CheckDescription {
    CheckDescription {
        id: format!("{plugin}/{}", check.id),
        title: text(check.title),
        question: text(check.question),
        effect: text(check.effect),
        target_kind: check.target_kind,
        needs: check.needs.into_iter().map(need).collect(),
        impact: match check.impact {
            wit::Impact::Observe => Impact::Observe,
            wit::Impact::Scratch => Impact::Scratch,
            wit::Impact::Disrupt => Impact::Disrupt,
            wit::Impact::Destroy => Impact::Destroy,
        },
        expectations: check.expectations.into_iter().map(|e| Expectation { id: e.id, title: text(e.title) }).collect(),
        params: check
            .params
            .into_iter()
            .map(|p| Param { name: p.name, default: p.default, meaning: text(p.meaning) })
            .collect(),
        time_limit_ms: check.time_limit_ms,
    }
}

trait IntoNeed {
    fn into_need(self) -> Need;
}

fn need(said: impl IntoNeed) -> Need {
    said.into_need()
}

impl IntoNeed for wit::Need {
    fn into_need(self) -> Need {
        match self {
            wit::Need::Shell => Need::Shell,
            wit::Need::Sql => Need::Sql,
            wit::Need::Http => Need::Http,
            wit::Need::Net => Need::Net,
            wit::Need::Adapter(interface) => Need::Adapter(interface),
        }
    }
}

impl IntoNeed for adapter_info::Need {
    fn into_need(self) -> Need {
        match self {
            adapter_info::Need::Shell => Need::Shell,
            adapter_info::Need::Sql => Need::Sql,
            adapter_info::Need::Http => Need::Http,
            adapter_info::Need::Net => Need::Net,
            adapter_info::Need::Adapter(interface) => Need::Adapter(interface),
        }
    }
}

fn text(text: types::Text) -> Text {
    Text { zh: text.zh, en: text.en }
}

/// Lower-case letters, digits and hyphens, beginning with a letter.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && name.len() <= 64
}
