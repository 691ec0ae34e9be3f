//! One small world for each interface that an adapter may offer.
#![allow(missing_docs, clippy::all)]

pub mod deployment {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-deployment { export touchstone:contract/deployment@0.2.0; }",
        world: "touchstone:sdk/offers-deployment",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_deployment",
    });
}

pub mod endpoints {
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

pub mod lifecycle {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-lifecycle { export touchstone:contract/lifecycle@0.2.0; }",
        world: "touchstone:sdk/offers-lifecycle",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_lifecycle",
    });
}

pub mod upgrade {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-upgrade { export touchstone:contract/upgrade@0.2.0; }",
        world: "touchstone:sdk/offers-upgrade",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
            "touchstone:contract/lifecycle@0.2.0": crate::bindings::touchstone::contract::lifecycle,
        },
        pub_export_macro: true,
        export_macro_name: "export_upgrade",
    });
}

pub mod embedding {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-embedding { export touchstone:contract/embedding@0.2.0; }",
        world: "touchstone:sdk/offers-embedding",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_embedding",
    });
}

pub mod console {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-console { export touchstone:contract/console@0.2.0; }",
        world: "touchstone:sdk/offers-console",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
            "touchstone:contract/browser@0.2.0": crate::bindings::touchstone::contract::browser,
        },
        pub_export_macro: true,
        export_macro_name: "export_console",
    });
}

pub mod logs {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-logs { export touchstone:contract/logs@0.2.0; }",
        world: "touchstone:sdk/offers-logs",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_logs",
    });
}

pub mod observe {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-observe { export touchstone:contract/observe@0.2.0; }",
        world: "touchstone:sdk/offers-observe",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_observe",
    });
}

pub mod backup {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-backup { export touchstone:contract/backup@0.2.0; }",
        world: "touchstone:sdk/offers-backup",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_backup",
    });
}

pub mod logical {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-logical { export touchstone:contract/logical@0.2.0; }",
        world: "touchstone:sdk/offers-logical",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_logical",
    });
}

pub mod offline {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-offline { export touchstone:contract/offline@0.2.0; }",
        world: "touchstone:sdk/offers-offline",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_offline",
    });
}

pub mod parts {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-parts { export touchstone:contract/parts@0.2.0; }",
        world: "touchstone:sdk/offers-parts",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_parts",
    });
}

pub mod client {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-client { export touchstone:contract/client@0.2.0; }",
        world: "touchstone:sdk/offers-client",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_client",
    });
}

pub mod install {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-install { export touchstone:contract/install@0.2.0; }",
        world: "touchstone:sdk/offers-install",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_install",
    });
}

pub mod monitoring {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-monitoring { export touchstone:contract/monitoring@0.2.0; }",
        world: "touchstone:sdk/offers-monitoring",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_monitoring",
    });
}

pub mod snapshot {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-snapshot { export touchstone:contract/snapshot@0.2.0; }",
        world: "touchstone:sdk/offers-snapshot",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_snapshot",
    });
}

pub mod domain {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-domain { export touchstone:contract/domain@0.2.0; }",
        world: "touchstone:sdk/offers-domain",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_domain",
    });
}

pub mod topology {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-topology { export touchstone:contract/topology@0.2.0; }",
        world: "touchstone:sdk/offers-topology",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_topology",
    });
}

pub mod faults {
    wit_bindgen::generate!({
        path: "../wit",
        inline: "package touchstone:sdk; world offers-faults { export touchstone:contract/faults@0.2.0; }",
        world: "touchstone:sdk/offers-faults",
        with: {
            "touchstone:contract/types@0.2.0": crate::bindings::touchstone::contract::types,
        },
        pub_export_macro: true,
        export_macro_name: "export_faults",
    });
}
