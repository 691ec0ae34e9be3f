//! What makes an adapter: it knows one product and decides nothing.
//!
//! One small world for each interface that an adapter may offer; a component's worlds are joined when it is encoded, so
//! an adapter exports exactly what it lists.

use crate::bindings::touchstone::contract::types::{ErrorDetail, Text};
use crate::check::Need;
use crate::http::Http;
use crate::shell::Shell;
use crate::sql::Sql;
use crate::stop::Stop;

pub use crate::bindings::touchstone::contract::types::{Error, Said};
pub use crate::bindings::touchstone::contract::types::{Location, Place};
pub use crate::context::Endpoint;
pub use offers::backup::exports::touchstone::contract::backup::{Guest as Backup, Kind, Restored, Taken, Until};
pub use offers::client::exports::touchstone::contract::client::{Call, Guest as Client, Login};
pub use offers::console::exports::touchstone::contract::console::{Guest as Console, View, WayIn};
pub use offers::deployment::exports::touchstone::contract::deployment::{Folder, Guest as Deployment};
pub use offers::domain::exports::touchstone::contract::domain::{Guest as Domain, Member as DomainMember};
pub use offers::embedding::exports::touchstone::contract::embedding::{Guest as Embedding, Recipe};
pub use offers::endpoints::exports::touchstone::contract::endpoints::Guest as Endpoints;
pub use offers::faults::exports::touchstone::contract::faults::Guest as Faults;
pub use offers::install::exports::touchstone::contract::install::{Guest as Install, Plan, Step, Way};
pub use offers::lifecycle::exports::touchstone::contract::lifecycle::{Guest as Lifecycle, Instance, Wanted};
pub use offers::logical::exports::touchstone::contract::logical::{
    Chosen, Dumped, Granularity, Guest as Logical, Restored as RestoredDump, Scope,
};
pub use offers::logs::exports::touchstone::contract::logs::{Download, Guest as Logs, Source};
pub use offers::monitoring::exports::touchstone::contract::monitoring::{Alarm, Figures, Guest as Monitoring, Watched};
pub use offers::observe::exports::touchstone::contract::observe::{Guest as Observe, Monitor, Question, Trace};
pub use offers::offline::exports::touchstone::contract::offline::{Guest as Offline, Running, Taken as TakenOffline};
pub use offers::parts::exports::touchstone::contract::parts::{Guest as Parts, Part as PhysicalPart, Taken as TakenPart};
pub use offers::snapshot::exports::touchstone::contract::snapshot::{Guest as Snapshot, Page, Part};
pub use offers::topology::exports::touchstone::contract::topology::{Entrances, Guest as Topology, Member};
pub use offers::upgrade::exports::touchstone::contract::upgrade::Guest as Upgrade;

pub mod aside;
pub mod cluster;
#[doc(hidden)]
pub mod offers;

/// The world of every adapter.
#[allow(missing_docs, clippy::all)]
#[doc(hidden)]
pub mod info {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world info { export touchstone:contract/adapter-info@0.2.0; }",
        world: "touchstone:sdk/info",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
            "touchstone:contract/checks@0.2.0": generate,
        },
        pub_export_macro: true,
        export_macro_name: "export_adapter_info",
    });
}

/// What the inventory says for this adapter under that name.
pub fn setting(name: &str) -> Option<String> {
    target().settings.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A node of the target; absent: its only or first one.
pub fn shell(node: Option<&str>) -> Result<Shell, Error> {
    Ok(Shell::open(node)?)
}

/// A session of a role, as the inventory names it.
pub fn sql(role: &str) -> Result<Sql, Error> {
    Ok(Sql::open(role)?)
}

/// A TCP port that nobody listens on, below those that the system gives out by itself.
pub fn free_port(shell: &Shell) -> Result<u16, Error> {
    let script = "n=$(od -An -N2 -tu2 /dev/urandom); p=$((20000 + n % 8000)); \
                  while grep -qi \":$(printf '%04X' $p) \" /proc/net/tcp /proc/net/tcp6 2>/dev/null; do p=$((p + 1)); done; echo $p";
    let said = shell.run(["sh", "-c", script])?.success()?.text();
    said.parse().map_err(|_| failed(format!("no free port: {said}")))
}

/// A name that only this run of the check has.
pub fn scratch_name() -> String {
    crate::bindings::touchstone::contract::params::scratch_name()
}

/// HTTP exchanges.
pub fn http() -> Http {
    Http::new()
}

/// What stopped an adapter's act. An adapter gives no verdict: a reason to end is one more error.
impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Error(error) => error,
            Stop::Inconclusive(why) | Stop::NotApplicable(why) => failed(why.en),
        }
    }
}

/// The adapter could not act, and why.
pub fn failed(message: impl Into<String>) -> Error {
    Error::Other(ErrorDetail { code: "adapter".into(), message: message.into() })
}

/// What the inventory says of the target.
pub fn target() -> crate::context::Target {
    crate::panic::report_to_log();
    crate::bindings::touchstone::contract::target::describe()
}

#[doc(hidden)]
pub fn title(zh: &str, en: &str) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

#[doc(hidden)]
pub fn needs(needs: &[Need]) -> Vec<info::touchstone::contract::checks::Need> {
    use info::touchstone::contract::checks::Need as Contract;
    needs
        .iter()
        .map(|need| match need {
            Need::Shell => Contract::Shell,
            Need::Sql => Contract::Sql,
            Need::Http => Contract::Http,
            Need::Net => Contract::Net,
            Need::Load => Contract::Load,
            Need::Adapter(interface) => Contract::Adapter((*interface).into()),
        })
        .collect()
}

/// Makes an adapter's component: `adapter!(Tomcat, "tomcat", "中文名", "English name", [Need::Http], [endpoints]);`, where
/// `Tomcat` implements the trait of every interface listed last.
#[macro_export]
macro_rules! adapter {
    ($type:ident, $name:literal, $zh:literal, $en:literal, [$($need:expr),* $(,)?], [$($offer:ident),* $(,)?]) => {
        impl $crate::adapter::info::exports::touchstone::contract::adapter_info::Guest for $type {
            fn describe() -> $crate::adapter::info::exports::touchstone::contract::adapter_info::Description {
                $crate::adapter::info::exports::touchstone::contract::adapter_info::Description {
                    name: $name.into(),
                    version: env!("CARGO_PKG_VERSION").into(),
                    title: $crate::adapter::title($zh, $en),
                    needs: $crate::adapter::needs(&[$($need),*]),
                }
            }
        }
        $crate::adapter::info::export_adapter_info!($type with_types_in $crate::adapter::info);
        $($crate::adapter!(@offer $type $offer);)*
    };
    (@offer $type:ident endpoints) => {
        $crate::adapter::offers::endpoints::export_endpoints!($type with_types_in $crate::adapter::offers::endpoints);
    };
    (@offer $type:ident deployment) => {
        $crate::adapter::offers::deployment::export_deployment!($type with_types_in $crate::adapter::offers::deployment);
    };
    (@offer $type:ident lifecycle) => {
        $crate::adapter::offers::lifecycle::export_lifecycle!($type with_types_in $crate::adapter::offers::lifecycle);
    };
    (@offer $type:ident upgrade) => {
        $crate::adapter::offers::upgrade::export_upgrade!($type with_types_in $crate::adapter::offers::upgrade);
    };
    (@offer $type:ident embedding) => {
        $crate::adapter::offers::embedding::export_embedding!($type with_types_in $crate::adapter::offers::embedding);
    };
    (@offer $type:ident console) => {
        $crate::adapter::offers::console::export_console!($type with_types_in $crate::adapter::offers::console);
    };
    (@offer $type:ident logs) => {
        $crate::adapter::offers::logs::export_logs!($type with_types_in $crate::adapter::offers::logs);
    };
    (@offer $type:ident monitoring) => {
        $crate::adapter::offers::monitoring::export_monitoring!($type with_types_in $crate::adapter::offers::monitoring);
    };
    (@offer $type:ident snapshot) => {
        $crate::adapter::offers::snapshot::export_snapshot!($type with_types_in $crate::adapter::offers::snapshot);
    };
    (@offer $type:ident domain) => {
        $crate::adapter::offers::domain::export_domain!($type with_types_in $crate::adapter::offers::domain);
    };
    (@offer $type:ident observe) => {
        $crate::adapter::offers::observe::export_observe!($type with_types_in $crate::adapter::offers::observe);
    };
    (@offer $type:ident topology) => {
        $crate::adapter::offers::topology::export_topology!($type with_types_in $crate::adapter::offers::topology);
    };
    (@offer $type:ident faults) => {
        $crate::adapter::offers::faults::export_faults!($type with_types_in $crate::adapter::offers::faults);
    };
    (@offer $type:ident backup) => {
        $crate::adapter::offers::backup::export_backup!($type with_types_in $crate::adapter::offers::backup);
    };
    (@offer $type:ident logical) => {
        $crate::adapter::offers::logical::export_logical!($type with_types_in $crate::adapter::offers::logical);
    };
    (@offer $type:ident offline) => {
        $crate::adapter::offers::offline::export_offline!($type with_types_in $crate::adapter::offers::offline);
    };
    (@offer $type:ident parts) => {
        $crate::adapter::offers::parts::export_parts!($type with_types_in $crate::adapter::offers::parts);
    };
    (@offer $type:ident client) => {
        $crate::adapter::offers::client::export_client!($type with_types_in $crate::adapter::offers::client);
    };
    (@offer $type:ident install) => {
        $crate::adapter::offers::install::export_install!($type with_types_in $crate::adapter::offers::install);
    };
}
