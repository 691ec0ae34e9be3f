//! What is particular to one product.
#![forbid(unsafe_code)]

use touchstone_sdk::adapter::{Endpoint, Endpoints, Error, target};

struct Product;

// Name, title, what it must be granted, and the interfaces of the contract that it offers.
touchstone_sdk::adapter!(Product, "{name}", "产品名称", "Name of the product", [], [endpoints]);

impl Endpoints for Product {
    /// Those of the inventory; add what the product serves elsewhere.
    fn list() -> Result<Vec<Endpoint>, Error> {
        Ok(target().endpoints)
    }
}
