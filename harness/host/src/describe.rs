//! Asks a component what it is, in a store that can do nothing but take the last words of a panic.

use crate::bindings::{self, DescribedPre, described};
use crate::capability::log::Notes;
use crate::ending;
use crate::engine::{Bounded, Limiter};
use crate::host::Host;
use crate::plugin::PluginKind;
use crate::refusal::Reason;
use crate::text::is_kebab;
use std::collections::BTreeSet;
use std::future::Future;
use touchstone_model::description::{AdapterDescription, CheckDescription, Expectation, Impact, Need, Param};
use touchstone_model::text::Text;
use wasmtime::Store;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

/// A component in its own words.
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) kind: PluginKind,
}

struct Asked {
    limiter: Limiter,
    notes: Notes,
}

impl Bounded for Asked {
    fn limiter(&mut self) -> &mut Limiter {
        &mut self.limiter
    }
}

/// Asks a component of checks.
pub(crate) async fn checks(host: &Host, component: &Component) -> Result<Described, Reason> {
    let (mut store, ready) = prepare(host, component)?;
    let ready = bindings::CheckPre::new(ready).map_err(mistyped)?;
    let asking = async {
        let guest = ready.instantiate_async(&mut store).await?;
        guest.touchstone_contract_checks().call_describe(&mut store).await
    };
    let answer = in_time(host, asking).await?;
    let plugin = answer.map_err(|error| failed(&error, &store))?;
    let prefix = plugin.name.clone();
    named("plugin", &plugin.name)?;
    if plugin.checks.is_empty() {
        return Err(Reason::Description("no check".to_owned()));
    }
    let checks = plugin.checks.into_iter().map(|d| check(&prefix, d)).collect::<Result<Vec<_>, _>>()?;
    unique("check", checks.iter().map(|check| check.id.as_str()))?;
    Ok(Described { name: plugin.name, version: plugin.version, kind: PluginKind::Checks(checks) })
}

/// Asks an adapter; what it offers shows in its exports.
pub(crate) async fn adapter(host: &Host, component: &Component, offers: BTreeSet<String>) -> Result<Described, Reason> {
    let (mut store, ready) = prepare(host, component)?;
    let ready = DescribedPre::new(ready).map_err(mistyped)?;
    let asking = async {
        let guest = ready.instantiate_async(&mut store).await?;
        guest.touchstone_contract_adapter_info().call_describe(&mut store).await
    };
    let answer = in_time(host, asking).await?;
    let bindings::AdapterInfo { name, version, title, needs } = answer.map_err(|error| failed(&error, &store))?;
    named("adapter", &name)?;
    let need = |need: bindings::AdapterNeed| match need {
        bindings::AdapterNeed::Shell => Ok(Need::Shell),
        bindings::AdapterNeed::Sql => Ok(Need::Sql),
        bindings::AdapterNeed::Http => Ok(Need::Http),
        bindings::AdapterNeed::Net => Ok(Need::Net),
        bindings::AdapterNeed::Load => Err(Reason::Description("an adapter cannot need load".to_owned())),
        bindings::AdapterNeed::Adapter(_) => Err(Reason::Description("an adapter cannot need an adapter".to_owned())),
    };
    let needs = needs.into_iter().map(need).collect::<Result<_, _>>()?;
    let title = Text { zh: title.zh, en: title.en };
    let description = AdapterDescription { name: name.clone(), version: version.clone(), title, needs, offers };
    Ok(Described { name, version, kind: PluginKind::Adapter(description) })
}

fn prepare(host: &Host, component: &Component) -> Result<(Store<Asked>, InstancePre<Asked>), Reason> {
    let mut linker = Linker::<Asked>::new(host.engines.engine());
    bindings::log::add_to_linker::<_, HasSelf<Notes>>(&mut linker, |asked| &mut asked.notes).map_err(mistyped)?;
    linker.define_unknown_imports_as_traps(component).map_err(mistyped)?;
    let ready = linker.instantiate_pre(component).map_err(mistyped)?;
    let asked = Asked { limiter: Limiter::new(&host.limits), notes: Notes::new("", None) };
    Ok((host.engines.store(asked, &host.limits), ready))
}

async fn in_time<T>(host: &Host, asking: impl Future<Output = wasmtime::Result<T>>) -> Result<wasmtime::Result<T>, Reason> {
    let limit = host.limits.describe_time;
    let answer = tokio::time::timeout(limit, asking).await;
    answer.map_err(|_| Reason::Describe(format!("no answer within {} ms", limit.as_millis())))
}

fn mistyped(error: wasmtime::Error) -> Reason {
    Reason::Mistyped(format!("{error:#}"))
}

fn failed(error: &wasmtime::Error, store: &Store<Asked>) -> Reason {
    Reason::Describe(ending::of(error, &store.data().limiter, &store.data().notes).words())
}

fn check(plugin: &str, d: described::Description) -> Result<CheckDescription, Reason> {
    named("check", &d.id)?;
    named("kind of target of the check", &d.target_kind)?;
    unique("expectation", d.expectations.iter().map(|e| e.id.as_str()))?;
    unique("parameter", d.params.iter().map(|p| p.name.as_str()))?;
    for id in d.expectations.iter().map(|e| &e.id) {
        named("expectation", id)?;
    }
    if d.expectations.is_empty() || d.time_limit_ms == 0 {
        return Err(Reason::Description(format!("the check {} has no expectation or no time", d.id)));
    }
    let text = |text: described::Text| Text { zh: text.zh, en: text.en };
    let param = |p: described::Param| Param { name: p.name, default: p.default, meaning: text(p.meaning) };
    let needs = d.needs.into_iter().map(need).collect::<Result<_, _>>()?;
    Ok(CheckDescription {
        id: format!("{plugin}/{}", d.id),
        title: text(d.title),
        question: text(d.question),
        effect: text(d.effect),
        target_kind: d.target_kind,
        needs,
        impact: impact(d.impact),
        expectations: d.expectations.into_iter().map(|e| Expectation { id: e.id, title: text(e.title) }).collect(),
        params: d.params.into_iter().map(param).collect(),
        time_limit_ms: d.time_limit_ms,
    })
}

fn need(need: described::Need) -> Result<Need, Reason> {
    Ok(match need {
        described::Need::Shell => Need::Shell,
        described::Need::Sql => Need::Sql,
        described::Need::Http => Need::Http,
        described::Need::Net => Need::Net,
        described::Need::Load => Need::Load,
        described::Need::Adapter(interface) => {
            named("adapter interface", &interface)?;
            Need::Adapter(interface)
        }
    })
}

fn impact(impact: described::Impact) -> Impact {
    match impact {
        described::Impact::Observe => Impact::Observe,
        described::Impact::Scratch => Impact::Scratch,
        described::Impact::Disrupt => Impact::Disrupt,
        described::Impact::Destroy => Impact::Destroy,
    }
}

fn named(what: &str, name: &str) -> Result<(), Reason> {
    if is_kebab(name) {
        return Ok(());
    }
    Err(Reason::Description(format!("{what} {name:?}: not lower-case letters and digits joined by hyphens")))
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Reason> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Reason::Description(format!("{what} {name} is there twice")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check, described, unique};
    use touchstone_fuzz::fuzz;

    /// A line a text: whatever a component says of itself is refused, or has good names, a time and something to expect.
    #[test]
    fn fuzz_descriptions() {
        let seeds: [&[u8]; 2] = [b"\x03kernel-version\nhost\nparallel\nparallel\nminimum\nfile-management", b"\x00a\nb"];
        fuzz(&seeds, &["-", "--", "A", "\n", "a", "9", "\u{e9}", "/", "..", "parallel"], |input| {
            let (first, rest) = input.split_first().unwrap_or((&0, &[]));
            let text = String::from_utf8_lossy(rest).into_owned();
            let mut lines = text.split('\n').map(str::to_owned);
            let mut next = || lines.next().unwrap_or_default();
            let both = |text: String| described::Text { zh: text.clone(), en: text };
            let (id, target_kind) = (next(), next());
            let expectation = |id: String| described::Expectation { title: both(id.clone()), id };
            let expectations = (0..first % 3).map(|_| expectation(next())).collect();
            let param = |name: String| described::Param { meaning: both(name.clone()), default: None, name };
            let params = (0..first / 4 % 3).map(|_| param(next())).collect();
            let needs = (0..first / 16 % 2).map(|_| described::Need::Adapter(next())).collect();
            let description = described::Description {
                id,
                title: both(next()),
                question: both(String::new()),
                effect: both(String::new()),
                target_kind,
                needs,
                impact: described::Impact::Observe,
                expectations,
                params,
                time_limit_ms: u32::from(first & 64),
            };
            match check("p", description) {
                Ok(check) => {
                    assert!(!check.expectations.is_empty() && check.time_limit_ms > 0);
                    assert!(check.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-/".contains(&b)));
                    assert!(unique("expectation", check.expectations.iter().map(|e| e.id.as_str())).is_ok());
                    String::new()
                }
                Err(reason) => format!("{reason:?}").chars().filter(char::is_ascii_alphabetic).take(30).collect(),
            }
        });
    }
}
