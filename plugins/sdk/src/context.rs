//! What a check can ask the host for.

use crate::bindings::touchstone::contract::types::{Error, Said, Text};
use crate::bindings::touchstone::contract::{
    backup, client, clock, console, deployment, dialect, domain, embedding, endpoints, expect, faults, install, lifecycle, log,
    logical, logs, monitoring, observe, params, snapshot, target, topology, upgrade,
};
use crate::browser::{self, Browser};
use crate::http::Http;
use crate::shell::Shell;
use crate::sql::{Script, Sql};
use crate::stop::{Stop, inconclusive, say};
use std::fmt::Display;
use std::str::FromStr;

pub use crate::backups::{PhysicalPart, Running, TakenOffline, TakenPart};
pub use crate::bindings::touchstone::contract::types::{Location, Place};
pub use backup::{Kind, Restored, Taken, Until};
pub use client::{Call, Login};
pub use console::{View, WayIn};
pub use deployment::Folder;
pub use domain::Member as DomainMember;
pub use embedding::Recipe;
pub use endpoints::Endpoint;
pub use install::{Plan, Step, Way};
pub use lifecycle::{Instance, Wanted};
pub use logical::{Chosen, Dumped, Granularity, Restored as RestoredDump, Scope};
pub use logs::{Download, Source as LogSource};
pub use monitoring::{Alarm, Figures, Watched};
pub use observe::{Monitor, Question, Trace};
pub use snapshot::{Page as SnapshotPage, Part as SnapshotPart};
pub use target::Info as Target;
pub use topology::{Entrances, Member};

/// What can be done to a member of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its database, and what would start it again, ends without a goodbye.
    Kill,
    /// It is started again.
    Revive,
    /// Its processes stop where they are.
    Freeze,
    /// They go on.
    Thaw,
    /// What it writes reaches no other member.
    Cut,
    /// It does again.
    Mend,
}

/// A running check's door to the host.
pub struct Context {
    _private: (),
}

impl Context {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// The target's only or first node.
    pub fn shell(&self) -> Result<Shell, Stop> {
        Shell::open(None)
    }

    /// A node by its name.
    pub fn shell_on(&self, node: &str) -> Result<Shell, Stop> {
        Shell::open(Some(node))
    }

    /// A new database session of that role.
    pub fn sql(&self, role: &str) -> Result<Sql, Stop> {
        Sql::open(role)
    }

    /// As [`Self::sql`], at another place of the target: a restored instance, another database.
    pub fn sql_at(&self, role: &str, place: &Place) -> Result<Sql, Stop> {
        Sql::open_at(role, place)
    }

    /// As [`Self::sql_at`]; none where nobody answers there.
    pub fn sql_if_answers(&self, role: &str, place: &Place) -> Result<Option<Sql>, Stop> {
        match Sql::open_at(role, place) {
            Ok(session) => Ok(Some(session)),
            Err(Stop::Error(Error::Lost(_))) => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    /// How the target's product writes a case of this check, with `{{name}}` replaced. A case that nobody has written down
    /// makes the check inconclusive.
    pub fn script(&self, case: &str, names: &[(&str, &str)]) -> Result<Script, Stop> {
        let names: Vec<_> = names.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        match dialect::find(case, &names)? {
            Some(script) => Ok(script),
            None => inconclusive(say(
                format!("套件的SQL方言数据里没有用例 {case}"),
                format!("the suite's dialects have no case {case}"),
            )),
        }
    }

    /// HTTP exchanges.
    pub fn http(&self) -> Http {
        Http::new()
    }

    /// What the inventory says of the target; not evidence.
    pub fn target(&self) -> Target {
        target::describe()
    }

    /// The endpoints that the target's adapter names; a place to look, not evidence.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, Stop> {
        Ok(endpoints::list()?)
    }

    /// Has the target's adapter deploy an archive. What the product says of it is no evidence.
    pub fn deploy(&self, path: &str, archive: &[u8]) -> Result<Said, Stop> {
        Ok(deployment::deploy(path, archive)?)
    }

    /// Has the target's adapter put another version in the place of a running one.
    pub fn replace(&self, path: &str, version: &str, archive: &[u8]) -> Result<Said, Stop> {
        Ok(deployment::replace(path, version, archive)?)
    }

    /// Has the target's adapter take all versions away.
    pub fn undeploy(&self, path: &str) -> Result<Said, Stop> {
        Ok(deployment::undeploy(path)?)
    }

    /// Where unpacked applications are dropped.
    pub fn drop_folder(&self) -> Result<Folder, Stop> {
        Ok(deployment::drop_folder()?)
    }

    /// Has the target's adapter make and start a server.
    pub fn create_instance(&self, wanted: &Wanted) -> Result<Instance, Stop> {
        Ok(lifecycle::create(wanted)?)
    }

    /// Has the target's adapter remove a server.
    pub fn destroy_instance(&self, name: &str) -> Result<Said, Stop> {
        Ok(lifecycle::destroy(name)?)
    }

    /// Where the target's adapter says that applications' log lines go; a place to look, not evidence.
    pub fn application_logs(&self) -> Result<Vec<LogSource>, Stop> {
        Ok(logs::application_logs()?)
    }

    /// Where the target's adapter says that requests are logged; a place to look.
    pub fn access_logs(&self) -> Result<Vec<LogSource>, Stop> {
        Ok(logs::access_logs()?)
    }

    /// Where the target's adapter says that logs can be downloaded; the check downloads.
    pub fn log_downloads(&self) -> Result<Vec<Download>, Stop> {
        Ok(logs::downloads()?)
    }

    /// Versions that instances can be made of, oldest first, as the target's adapter names them.
    pub fn versions(&self) -> Result<Vec<String>, Stop> {
        Ok(upgrade::versions()?)
    }

    /// Has the target's adapter make and start a server of that version.
    pub fn create_instance_of(&self, wanted: &Wanted, version: &str) -> Result<Instance, Stop> {
        Ok(upgrade::create(wanted, version)?)
    }

    /// Has the target's adapter bring a server to that version. What it says is no evidence.
    pub fn upgrade_instance(&self, name: &str, version: &str) -> Result<Said, Stop> {
        Ok(upgrade::upgrade(name, version)?)
    }

    /// How the target's adapter says that its server is started inside a program; the check writes the program.
    pub fn embedding(&self) -> Result<Option<Recipe>, Stop> {
        Ok(embedding::how()?)
    }

    /// A browser for the target's endpoints.
    pub fn browser(&self) -> Result<Browser, Stop> {
        Browser::open()
    }

    /// What the target's adapter says a person does in the console; the check does it in a browser.
    pub fn console(&self) -> Console {
        Console { _private: () }
    }

    /// Figures of the product's own monitor; to be compared, no evidence.
    pub fn figures(&self) -> Result<Figures, Stop> {
        Ok(monitoring::read()?)
    }

    /// Has the target's adapter set the threshold of an alarm, in per cent, or take it away.
    pub fn set_threshold(&self, what: Watched, per_cent: Option<u32>) -> Result<Said, Stop> {
        Ok(monitoring::set_threshold(what, per_cent)?)
    }

    /// Alarms that the product has raised at this moment.
    pub fn alarms(&self) -> Result<Vec<Alarm>, Stop> {
        Ok(monitoring::raised()?)
    }

    /// Has the target's adapter take a snapshot. Read its parts.
    pub fn take_snapshot(&self) -> Result<Vec<SnapshotPart>, Stop> {
        Ok(snapshot::take()?)
    }

    /// Nodes of the domain, as the product lists them.
    pub fn domain_members(&self) -> Result<Vec<DomainMember>, Stop> {
        Ok(domain::members()?)
    }

    /// Has the product make a node that joins the domain and runs.
    pub fn domain_join(&self, name: &str, port: u16) -> Result<Said, Stop> {
        Ok(domain::join(name, port)?)
    }

    /// Has the product start a node of the domain.
    pub fn domain_start(&self, name: &str) -> Result<Said, Stop> {
        Ok(domain::start(name)?)
    }

    /// Has the product stop a node of the domain.
    pub fn domain_stop(&self, name: &str) -> Result<Said, Stop> {
        Ok(domain::stop(name)?)
    }

    /// Has the product take a node out of the domain.
    pub fn domain_leave(&self, name: &str) -> Result<Said, Stop> {
        Ok(domain::leave(name)?)
    }

    /// Has the product bring an archive to every node of the domain, by one action.
    pub fn domain_deploy(&self, path: &str, archive: &[u8]) -> Result<Said, Stop> {
        Ok(domain::deploy(path, archive)?)
    }

    /// Has the product take an application away from every node of the domain.
    pub fn domain_undeploy(&self, path: &str) -> Result<Said, Stop> {
        Ok(domain::undeploy(path)?)
    }

    /// Has the product set a property of the Java machine on every node of the domain, by one action, or take it away.
    pub fn set_domain_property(&self, name: &str, value: Option<&str>) -> Result<Said, Stop> {
        Ok(domain::set_property(name, value)?)
    }

    /// What the target's adapter says its monitors are asked; the check asks.
    pub fn monitors(&self) -> Result<Monitor, Stop> {
        Ok(observe::monitors()?)
    }

    /// What the target's adapter says its trace of events is asked; the check asks.
    pub fn traces(&self) -> Result<Trace, Stop> {
        Ok(observe::traces()?)
    }

    /// Kinds of physical backup that the target's adapter says the product has here.
    pub fn backup_kinds(&self) -> Result<Vec<Kind>, Stop> {
        Ok(backup::kinds()?)
    }

    /// Where physical backups are kept.
    pub fn backup_repository(&self) -> Result<Location, Stop> {
        Ok(backup::repository()?)
    }

    /// Has the target's adapter take a physical backup. What the product says of it is no evidence.
    pub fn take_backup(&self, kind: Kind) -> Result<Taken, Stop> {
        Ok(backup::take(kind)?)
    }

    /// The present, as [`Self::restore_backup`] understands it.
    pub fn backup_moment(&self) -> Result<String, Stop> {
        Ok(backup::moment()?)
    }

    /// Has the product look whether a set is whole.
    pub fn verify_backup(&self, set: &str) -> Result<Said, Stop> {
        Ok(backup::verify(set)?)
    }

    /// Has the target's adapter restore an instance of its own. Look at what answers there.
    pub fn restore_backup(&self, set: &str, until: &Until, name: &str) -> Result<Restored, Stop> {
        Ok(backup::restore(set, until, name)?)
    }

    /// Has the target's adapter end a restored instance.
    pub fn discard_restored(&self, name: &str) -> Result<Said, Stop> {
        Ok(backup::discard(name)?)
    }

    /// What logical backups of the target's product can choose, as its adapter says.
    pub fn dump_granularities(&self) -> Result<Vec<Granularity>, Stop> {
        Ok(logical::granularities()?)
    }

    /// Has the target's adapter write a logical backup.
    pub fn dump(&self, scope: &Scope) -> Result<Dumped, Stop> {
        Ok(logical::dump(scope)?)
    }

    /// Has the target's adapter restore one into a new database.
    pub fn restore_dump(&self, file: &Location, scope: &Scope, name: &str) -> Result<RestoredDump, Stop> {
        Ok(logical::restore(file, scope, name)?)
    }

    /// How the target's adapter says that its own command line is called; the check calls it.
    pub fn client_call(&self, login: &Login, statements: &[String]) -> Result<Call, Stop> {
        Ok(client::how(login, statements)?)
    }

    /// Ways of installation for which the target has what is needed, as its adapter says.
    pub fn install_ways(&self) -> Result<Vec<Way>, Stop> {
        Ok(install::ways()?)
    }

    /// Has the target's adapter make a place without the product; the check takes the steps that it names.
    pub fn prepare_install(&self, way: Way, name: &str) -> Result<Plan, Stop> {
        Ok(install::prepare(way, name)?)
    }

    /// Members of a cluster, as the target's adapter names them. Who takes writes is found out by writing.
    pub fn members(&self) -> Result<Vec<Member>, Stop> {
        Ok(topology::members()?)
    }

    /// Where a cluster's clients go.
    pub fn entrances(&self) -> Result<Entrances, Stop> {
        Ok(topology::ways_in()?)
    }

    /// A query that each member answers differently, and always the same.
    pub fn which_member(&self) -> Result<String, Stop> {
        Ok(topology::which()?)
    }

    /// Has the target's adapter hand the part of the primary from one member to another. What it says is no evidence.
    pub fn switchover(&self, from: &str, to: &str) -> Result<Said, Stop> {
        Ok(faults::switchover(from, to)?)
    }

    /// Has the target's adapter do something to a member, or undo it; look at the effect.
    pub fn fault(&self, fault: Fault, member: &str) -> Result<Said, Stop> {
        let act = match fault {
            Fault::Kill => faults::kill,
            Fault::Revive => faults::revive,
            Fault::Freeze => faults::freeze,
            Fault::Thaw => faults::thaw,
            Fault::Cut => faults::cut,
            Fault::Mend => faults::mend,
        };
        Ok(act(member)?)
    }

    /// A parameter as text.
    pub fn param(&self, name: &str) -> Result<String, Stop> {
        params::get(name).ok_or_else(|| Stop::Error(Error::Invalid(format!("parameter {name} is not set"))))
    }

    /// A parameter as a number or anything else that parses.
    pub fn param_as<T: FromStr>(&self, name: &str) -> Result<T, Stop> {
        let value = self.param(name)?;
        value.trim().parse().map_err(|_| bad_param(name, &value))
    }

    /// A parameter as a size in bytes: `2TiB`, `512 MiB`, `1000`.
    pub fn size(&self, name: &str) -> Result<u64, Stop> {
        let value = self.param(name)?;
        crate::size::parse(&value).ok_or_else(|| bad_param(name, &value))
    }

    /// An identifier unique to this run of the check.
    pub fn scratch_name(&self) -> String {
        params::scratch_name()
    }

    /// Milliseconds since the check began.
    pub fn elapsed_ms(&self) -> u64 {
        clock::monotonic_ns() / 1_000_000
    }

    /// Nanoseconds since the check began: a number that nobody could know before.
    pub fn elapsed_ns(&self) -> u64 {
        clock::monotonic_ns()
    }

    /// Waits.
    pub fn sleep_ms(&self, milliseconds: u32) {
        clock::sleep_ms(milliseconds);
    }

    /// A note for whoever reads the run.
    pub fn note(&self, message: impl Display) {
        log::write(log::Level::Info, &message.to_string());
    }

    /// Decides one declared expectation.
    pub fn expect<'a>(&self, id: &'a str) -> Expect<'a> {
        Expect { id, same_look: false }
    }
}

fn bad_param(name: &str, value: &str) -> Stop {
    Stop::Error(Error::Invalid(format!("parameter {name} = {value:?} makes no sense")))
}

/// What is done in a product's console.
pub struct Console {
    _private: (),
}

impl Console {
    /// From an empty browser to the first page behind the sign-in; none where the product has no console.
    pub fn sign_in(&self, credential: Option<&str>) -> Result<Option<WayIn>, Stop> {
        Ok(console::sign_in(credential)?)
    }

    /// Deploys an attached file.
    pub fn deploy(&self, path: &str, file: &str) -> Result<Vec<browser::Step>, Stop> {
        Ok(console::deploy(path, file)?)
    }

    /// Stops an application.
    pub fn stop(&self, path: &str) -> Result<Vec<browser::Step>, Stop> {
        Ok(console::stop(path)?)
    }

    /// Starts an application.
    pub fn start(&self, path: &str) -> Result<Vec<browser::Step>, Stop> {
        Ok(console::start(path)?)
    }

    /// Takes an application away.
    pub fn undeploy(&self, path: &str) -> Result<Vec<browser::Step>, Stop> {
        Ok(console::undeploy(path)?)
    }

    /// Where an application's state is told.
    pub fn state(&self, path: &str) -> Result<View, Stop> {
        Ok(console::state(path)?)
    }

    /// Where the use of the heap is told.
    pub fn heap(&self) -> Result<Option<View>, Stop> {
        Ok(console::heap()?)
    }

    /// Where logs are read.
    pub fn logs(&self) -> Result<Option<View>, Stop> {
        Ok(console::logs()?)
    }
}

/// A declared expectation, about to be decided. `expected` and `actual` are data, not sentences.
#[must_use]
pub struct Expect<'a> {
    id: &'a str,
    same_look: bool,
}

impl Expect<'_> {
    /// What the decision before rests on decides this one too: one look, several expectations. Without it a decision needs a
    /// look of its own, made since the last one.
    pub fn same_look(mut self) -> Self {
        self.same_look = true;
        self
    }

    /// Met or unmet; returns which.
    pub fn that(self, met: bool, expected: impl Display, actual: impl Display) -> Result<bool, Stop> {
        let judgement = if met { expect::Judgement::Met } else { expect::Judgement::Unmet };
        self.report(&judgement, expected, actual)?;
        Ok(met)
    }

    /// Seen as expected.
    pub fn met(self, expected: impl Display, actual: impl Display) -> Result<bool, Stop> {
        self.that(true, expected, actual)
    }

    /// Seen otherwise.
    pub fn unmet(self, expected: impl Display, actual: impl Display) -> Result<bool, Stop> {
        self.that(false, expected, actual)
    }

    /// Could not be decided, and why.
    pub fn unevaluated(self, why: Text, expected: impl Display) -> Result<(), Stop> {
        self.report(&expect::Judgement::Unevaluated(why), expected, "-")
    }

    fn report(self, judgement: &expect::Judgement, expected: impl Display, actual: impl Display) -> Result<(), Stop> {
        let report = if self.same_look { expect::report_same_look } else { expect::report };
        Ok(report(self.id, judgement, &expected.to_string(), &actual.to_string())?)
    }
}
