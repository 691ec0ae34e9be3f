//! What makes an adapter: it knows one product and decides nothing.
//!
//! One small world for each interface that an adapter may offer; a component's worlds are joined when it is encoded, so
//! an adapter exports exactly what it lists.

use crate::bindings::touchstone::contract::types::Text;
use crate::check::Need;

pub use crate::bindings::touchstone::contract::types::Error;
pub use crate::context::Endpoint;
pub use offers_endpoints::exports::touchstone::contract::endpoints::Guest as Endpoints;

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

/// The world of adapters that know their product's endpoints.
#[allow(missing_docs, clippy::all)]
#[doc(hidden)]
pub mod offers_endpoints {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-endpoints { export touchstone:contract/endpoints@0.2.0; }",
        world: "touchstone:sdk/offers-endpoints",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
            "touchstone:contract/target@0.2.0": crate::bindings::touchstone::contract::target,
        },
        pub_export_macro: true,
        export_macro_name: "export_endpoints",
    });
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
        $crate::adapter::offers_endpoints::export_endpoints!($type with_types_in $crate::adapter::offers_endpoints);
    };
}
