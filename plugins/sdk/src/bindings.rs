//! The contract as Rust, generated from its WIT; checks use the friendlier modules beside this one.
#![allow(missing_docs, clippy::all)]

wit_bindgen::generate!({
    path: "../wit",
    world: "check",
    pub_export_macro: true,
    export_macro_name: "export_checks",
    default_bindings_module: "touchstone_sdk::bindings",
});
