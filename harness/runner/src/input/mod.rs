//! What people write -- suite, catalogue, inventory -- into the model's types, or a list of everything that is wrong.
//!
//! A reader never stops at the first mistake: each one becomes a [`Problem`] with its place and a remedy, and a document
//! with problems yields [`BadInput`] and nothing else. No secret of an inventory is ever shown back (`mask`).

mod catalogue;
mod document;
mod duration;
mod inventory;
mod mask;
mod problem;
mod render;
mod source;
mod suite;
mod syntax;
mod table;
mod words;

pub use catalogue::load_catalogue;
pub use inventory::{LoadedInventory, load_inventory};
pub use problem::{BadInput, Code, Problem};
pub use source::Source;
pub use suite::{LoadedSuite, load_suite};
pub use words::nearest;
