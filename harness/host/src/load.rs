//! From a file to a component that is ready to be started.

use crate::bindings::CheckPre;
use crate::bridge;
use crate::capability;
use crate::contract;
use crate::describe::{self, Described};
use crate::host::Host;
use crate::inspect;
use crate::plugin::{Plugin, PluginKind, Prepared};
use crate::refusal::Reason;
use crate::state::State;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use touchstone_model::description::Need;
use touchstone_model::digest::Digest;
use touchstone_model::text::Text;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};

/// Says whether a component of that content may be looked at any further; the error tells why not and what to do.
pub type Admit<'a> = &'a (dyn Fn(&Digest) -> Result<(), Text> + Sync);

pub(crate) async fn load(host: &Host, path: &Path, admit: Admit<'_>) -> Result<Plugin, Reason> {
    let bytes = read(path, host.limits.component_bytes)?;
    let sha256 = Digest::of(&bytes);
    admit(&sha256).map_err(Reason::NotAdmitted)?;
    inspect::inspect(&bytes)?;
    let component = compiled(host, bytes, &sha256).await?;
    let (imports, offers) = interfaces(&component)?;
    let is = |name: &str| offers.contains(name);
    let described = match (is(contract::CHECKS), is(contract::ADAPTER)) {
        (true, true) => return Err(Reason::TwoKinds),
        (false, false) => return Err(Reason::NoExport),
        (true, false) => describe::checks(host, &component).await?,
        (false, true) => {
            let offers = offers.iter().filter(|name| *name != contract::ADAPTER).cloned().collect();
            describe::adapter(host, &component, offers).await?
        }
    };
    let needs = granted(&described.kind, &imports)?;
    let prepared = prepare(&component, &described.kind, &imports, &needs)?;
    let Described { name, version, kind } = described;
    let imports = imports.iter().map(|name| contract::full(name)).collect();
    Ok(Plugin { name, version, sha256, kind, imports, component, prepared })
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Reason> {
    let told = |error: std::io::Error| Reason::Io(error.to_string());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(told)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > limit { Err(Reason::TooLarge { limit }) } else { Ok(bytes) }
}

async fn compiled(host: &Host, bytes: Vec<u8>, sha256: &Digest) -> Result<Component, Reason> {
    let engine = host.engines.engine();
    if let Some(component) = host.cache.as_ref().and_then(|cache| cache.get(engine, sha256)) {
        return Ok(component);
    }
    let engine = engine.clone();
    let compiling = tokio::task::spawn_blocking(move || Component::from_binary(&engine, &bytes));
    let component = compiling.await.map_err(|error| Reason::Malformed(error.to_string()))?;
    let component = component.map_err(|error| Reason::Malformed(error.root_cause().to_string()))?;
    if let Some(cache) = &host.cache {
        cache.put(sha256, &component);
    }
    Ok(component)
}

/// Bare names of what it can call and of what it offers.
fn interfaces(component: &Component) -> Result<(Vec<String>, BTreeSet<String>), Reason> {
    let engine = component.engine();
    let ty = component.component_type();
    let mut imports = Vec::new();
    for (import, item) in ty.imports(engine) {
        let forbidden = || Reason::ForbiddenImport { import: import.to_owned() };
        let interface = contract::parse(import).ok_or_else(forbidden)?;
        let ComponentItem::ComponentInstance(instance) = item.ty else { return Err(forbidden()) };
        // An interface that only lends its types to others can do nothing.
        let acts = |item: &ComponentItem| matches!(item, ComponentItem::ComponentFunc(_) | ComponentItem::Resource(_));
        if instance.exports(engine).any(|(_, item)| acts(&item.ty)) {
            imports.push(interface.name.to_owned());
        }
    }
    let offer = |(name, item): (&str, wasmtime::component::types::ComponentExtern<'_>)| {
        let instance = matches!(item.ty, ComponentItem::ComponentInstance(_));
        contract::parse(name).filter(|_| instance).map(|interface| interface.name.to_owned())
    };
    let offers = ty.exports(engine).filter_map(offer).collect();
    Ok((imports, offers))
}

/// All that any part of the component declared; refuses imports beyond that.
fn granted(kind: &PluginKind, imports: &[String]) -> Result<BTreeSet<Need>, Reason> {
    let needs: BTreeSet<Need> = match kind {
        PluginKind::Checks(checks) => checks.iter().flat_map(|check| check.needs.iter().cloned()).collect(),
        PluginKind::Adapter(adapter) => adapter.needs.clone(),
    };
    for name in imports {
        let import = contract::full(name);
        let need = contract::need_of(name);
        let adapter_goes_too_far =
            matches!(kind, PluginKind::Adapter(_)) && (name == contract::DECIDING || matches!(need, Some(Need::Adapter(_))));
        if adapter_goes_too_far {
            return Err(Reason::ForbiddenImport { import });
        }
        match need {
            Some(need) if !needs.contains(&need) => return Err(Reason::UndeclaredImport { import }),
            _ => {}
        }
    }
    Ok(needs)
}

fn prepare(component: &Component, kind: &PluginKind, imports: &[String], needs: &BTreeSet<Need>) -> Result<Prepared, Reason> {
    let mistyped = |error: wasmtime::Error| Reason::Mistyped(format!("{error:#}"));
    let mut linker = Linker::<State>::new(component.engine());
    for name in imports {
        // Nothing is linked that was not granted, even if the examination above should have missed it.
        if contract::need_of(name).is_some_and(|need| !needs.contains(&need)) {
            continue;
        }
        if !capability::link(&mut linker, name).map_err(mistyped)? {
            bridge::link(&mut linker, component, name).map_err(mistyped)?;
        }
    }
    let ready = linker.instantiate_pre(component).map_err(mistyped)?;
    Ok(match kind {
        PluginKind::Checks(_) => Prepared::Checks(CheckPre::new(ready).map_err(mistyped)?),
        PluginKind::Adapter(_) => Prepared::Adapter(ready),
    })
}
