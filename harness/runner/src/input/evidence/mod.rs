//! Slots for documents, from the suite; and the register that fills them, from whoever prepares an acceptance.

mod register;
mod slots;

pub use register::{LoadedRegister, load_register, with_document};
pub use slots::load_slots;
