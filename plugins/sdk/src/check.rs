//! A check as a constant: what it asks, what it needs, what it must observe, and the function that finds out.

use crate::bindings::exports::touchstone::contract::checks as contract;
use crate::bindings::touchstone::contract::types::{Error, Text};
use crate::context::Context;
use crate::stop::{CheckResult, Stop};

pub use contract::Impact;

/// Most expectations, and most parameters, that one check may declare.
pub const MOST: usize = 32;

type Words = (&'static str, &'static str);

/// Something a check must be granted.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// Commands and scratch files.
    Shell,
    /// Statements to a database.
    Sql,
    /// HTTP exchanges.
    Http,
    /// Names and sockets.
    Net,
    /// An interface that the target's adapter must offer, by its bare name.
    Adapter(&'static str),
    /// Load, within what the inventory permits.
    Load,
}

#[derive(Clone, Copy)]
struct Param {
    name: &'static str,
    default: Option<&'static str>,
    meaning: Words,
}

/// A check; made by [`check`], finished by [`Check::run`].
#[derive(Clone, Copy)]
pub struct Check {
    pub(crate) id: &'static str,
    title: Words,
    question: Words,
    effect: Words,
    target_kind: &'static str,
    needs: &'static [Need],
    impact: Impact,
    limit_s: u32,
    expectations: [(&'static str, Words); MOST],
    expectation_count: usize,
    params: [Param; MOST],
    param_count: usize,
    run: fn(&Context) -> CheckResult,
}

/// Begins a check. Its id is kebab-case and unique in its plugin.
pub const fn check(id: &'static str) -> Check {
    Check {
        id,
        title: ("", ""),
        question: ("", ""),
        effect: ("", ""),
        target_kind: "host",
        needs: &[],
        impact: Impact::Observe,
        limit_s: 30,
        expectations: [("", ("", "")); MOST],
        expectation_count: 0,
        params: [Param { name: "", default: None, meaning: ("", "") }; MOST],
        param_count: 0,
        run: nothing,
    }
}

fn nothing(_: &Context) -> CheckResult {
    Err(Stop::Inconclusive(crate::stop::say("该检查没有实现", "this check has no body")))
}

impl Check {
    /// Short name.
    pub const fn title(mut self, zh: &'static str, en: &'static str) -> Self {
        self.title = (zh, en);
        self
    }

    /// The question it puts to the target and how the answer is found.
    pub const fn question(mut self, zh: &'static str, en: &'static str) -> Self {
        self.question = (zh, en);
        self
    }

    /// What happens to the target meanwhile.
    pub const fn effect(mut self, zh: &'static str, en: &'static str) -> Self {
        self.effect = (zh, en);
        self
    }

    /// Kind of target: host, database, middleware, platform.
    pub const fn on(mut self, target_kind: &'static str) -> Self {
        self.target_kind = target_kind;
        self
    }

    /// What it must be granted.
    pub const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }

    /// What it does to the target, at most.
    pub const fn impact(mut self, impact: Impact) -> Self {
        self.impact = impact;
        self
    }

    /// Seconds after which the host ends it.
    pub const fn limit_s(mut self, seconds: u32) -> Self {
        self.limit_s = seconds;
        self
    }

    /// One thing it must observe; every one must be reported.
    pub const fn expect(mut self, id: &'static str, zh: &'static str, en: &'static str) -> Self {
        self.expectations[self.expectation_count] = (id, (zh, en));
        self.expectation_count += 1;
        self
    }

    /// Something the suite may set.
    pub const fn param(self, name: &'static str, default: &'static str, zh: &'static str, en: &'static str) -> Self {
        self.any_param(name, Some(default), (zh, en))
    }

    /// Something the suite must set.
    pub const fn required_param(self, name: &'static str, zh: &'static str, en: &'static str) -> Self {
        self.any_param(name, None, (zh, en))
    }

    const fn any_param(mut self, name: &'static str, default: Option<&'static str>, meaning: Words) -> Self {
        self.params[self.param_count] = Param { name, default, meaning };
        self.param_count += 1;
        self
    }

    /// How it finds out.
    pub const fn run(mut self, run: fn(&Context) -> CheckResult) -> Self {
        self.run = run;
        self
    }

    fn description(&self) -> contract::Description {
        contract::Description {
            id: self.id.into(),
            title: text(self.title),
            question: text(self.question),
            effect: text(self.effect),
            target_kind: self.target_kind.into(),
            needs: self.needs.iter().map(|need| need.into_contract()).collect(),
            impact: self.impact,
            expectations: self.expectations[..self.expectation_count]
                .iter()
                .map(|(id, title)| contract::Expectation { id: (*id).into(), title: text(*title) })
                .collect(),
            params: self.params[..self.param_count]
                .iter()
                .map(|param| contract::Param {
                    name: param.name.into(),
                    default: param.default.map(Into::into),
                    meaning: text(param.meaning),
                })
                .collect(),
            time_limit_ms: self.limit_s.saturating_mul(1000),
        }
    }
}

impl Need {
    pub(crate) fn into_contract(self) -> contract::Need {
        match self {
            Need::Shell => contract::Need::Shell,
            Need::Sql => contract::Need::Sql,
            Need::Http => contract::Need::Http,
            Need::Net => contract::Need::Net,
            Need::Load => contract::Need::Load,
            Need::Adapter(interface) => contract::Need::Adapter(interface.into()),
        }
    }
}

pub(crate) fn text((zh, en): Words) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

/// What `plugin!` answers to the host's first question.
#[doc(hidden)]
pub fn describe(name: &str, version: &str, checks: &[&Check]) -> contract::Plugin {
    crate::panic::report_to_log();
    contract::Plugin {
        name: name.into(),
        version: version.into(),
        checks: checks.iter().map(|check| check.description()).collect(),
    }
}

/// Runs the check that the host names.
#[doc(hidden)]
pub fn run(checks: &[&Check], id: &str) -> Result<contract::Outcome, Error> {
    crate::panic::report_to_log();
    let Some(check) = checks.iter().find(|check| check.id == id) else {
        return Err(Error::Invalid(format!("no check named {id}")));
    };
    match (check.run)(&Context::new()) {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Inconclusive(reason)) => Ok(contract::Outcome::Inconclusive(reason)),
        Err(Stop::NotApplicable(reason)) => Ok(contract::Outcome::NotApplicable(reason)),
    }
}
