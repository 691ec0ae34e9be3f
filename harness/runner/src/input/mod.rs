//! What people write -- suite, catalogue, inventory, ledgers -- into the model's types, or a list of everything that is wrong.
//!
//! A reader never stops at the first mistake: each one becomes a [`Problem`] with its place and a remedy, and a document
//! with problems yields [`BadInput`] and nothing else. No secret of an inventory is ever shown back (`mask`).

mod acceptance;
mod catalogue;
mod conclusion;
mod days;
mod dialects;
mod document;
mod duration;
mod evidence;
mod inventory;
mod ledger;
mod lock;
mod mask;
mod materials;
mod moment;
mod problem;
mod render;
mod rules;
mod source;
mod suite;
mod syntax;
mod table;
mod waivers;
mod words;

pub use acceptance::load_acceptance;
pub use catalogue::load_catalogue;
pub use dialects::load_dialects;
pub use evidence::{LoadedRegister, load_register, load_slots, with_document};
pub use inventory::{LoadedInventory, load_inventory};
pub use ledger::{INDEX as LEDGER_INDEX, LoadedLedgers, load_ledgers};
pub use lock::{LOCK, Lock, Pin, Root, SIGNATURE, load_lock, load_signature, render_lock, render_signature};
pub use materials::{LoadedMaterials, MATERIALS, load_materials, render_materials};
pub use problem::{BadInput, Code, Problem};
pub use rules::{LoadedRules, load_calendar, load_rules};
pub use source::Source;
pub use suite::{LoadedSuite, MAX_RETRIES, load_kept_suite, load_suite};
pub use waivers::{LoadedWaivers, WAIVERS, load_waivers};
pub use words::nearest;
