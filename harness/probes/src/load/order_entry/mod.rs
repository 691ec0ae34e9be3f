//! The order-entry workload: whoever sells from warehouses takes orders, payments and deliveries, in the manner of TPC-C: its
//! tables, its five transactions, its mix, its distribution of values (TPC Benchmark C, revision 5.11, clauses 1, 2, 4 and 5.2.3).
//!
//! It is no TPC-C: there are neither terminals nor think times, amounts are whole hundredths, a smaller stock may be chosen, and
//! nothing was audited. So its figures are reported under its own name.
//!
//! How statements are written is the suite's data; values are put in as literals, which every product reads alike.

mod fill;
mod random;
mod transactions;

pub use fill::{Filled, fill};
pub(super) use transactions::Connection;

use super::session::Door;
use crate::ProbeError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kinds of request. An order of something that is not sold is rolled back, and a kind of its own.
pub(super) const PARTS: [&str; 6] = ["new-order", "new-order-rolled-back", "payment", "order-status", "delivery", "stock-level"];

/// Names of all statements that are sent.
pub const STATEMENTS: [&str; 37] = [
    "fill-item",
    "fill-warehouse",
    "fill-stock",
    "fill-district",
    "fill-customer",
    "fill-history",
    "fill-orders",
    "fill-order-line",
    "fill-new-order",
    "fill-rows",
    "take-number",
    "read-number",
    "read-buyer",
    "add-order",
    "add-new-order",
    "read-item",
    "take-stock",
    "read-stock",
    "add-line",
    "pay-warehouse",
    "read-warehouse",
    "pay-district",
    "read-district",
    "customers-by-name",
    "read-customer",
    "pay-customer",
    "mark-customer",
    "add-history",
    "last-order",
    "read-order",
    "read-lines",
    "oldest-order",
    "deliver-new-order",
    "deliver-order",
    "deliver-lines",
    "deliver-customer",
    "low-stock",
];

/// How much there is to sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    /// 1 to 10,000.
    pub warehouses: u32,
    /// Of each warehouse: 1 to 10.
    pub districts: u32,
    /// Of each district: 30 to 3000; as many first orders.
    pub customers: u32,
    /// 100 to 100,000.
    pub items: u32,
}

/// What is asked of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    pub(super) role: String,
    statements: BTreeMap<String, String>,
    stock: Stock,
    /// Rows of one statement while the tables are filled.
    batch: u32,
    /// Constants of the distributions, drawn once for a run (clause 2.1.6.1).
    constants: random::Constants,
}

impl Workload {
    /// # Errors
    /// A statement is missing, or the stock makes no sense.
    pub fn new(role: &str, statements: BTreeMap<String, String>, stock: Stock) -> Result<Self, ProbeError> {
        let missing: Vec<&str> = STATEMENTS.iter().copied().filter(|name| !statements.contains_key(*name)).collect();
        if !missing.is_empty() {
            return Err(ProbeError::Invalid(format!("the order-entry workload lacks the statements {}", missing.join(", "))));
        }
        let within = |what: &str, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(ProbeError::Invalid(format!("{value} {what}; {least} to {most} make sense")))
        };
        within("warehouses", stock.warehouses, 1, 10_000)?;
        within("districts", stock.districts, 1, 10)?;
        within("customers in a district", stock.customers, 30, 3000)?;
        within("items", stock.items, 100, 100_000)?;
        let rows = &statements["fill-rows"];
        let batch = rows.trim().parse().ok().filter(|rows| (1..=10_000).contains(rows));
        let batch = batch.ok_or_else(|| ProbeError::Invalid(format!("fill-rows = {rows:?}; it is a number from 1 to 10000")))?;
        Ok(Self { role: role.to_owned(), statements, stock, batch, constants: random::Constants::default() })
    }

    /// A statement with its values.
    fn filled(&self, name: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
        let template = self.statements.get(name).map_or("", String::as_str);
        let mut text = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let known = after.split_once('}').and_then(|(key, tail)| {
                let value = values.iter().find(|(name, _)| *name == key)?;
                Some((value.1, tail))
            });
            match known {
                Some((value, tail)) => {
                    use std::fmt::Write as _;
                    // Writing into a String can't fail.
                    let _ = write!(text, "{value}");
                    rest = tail;
                }
                None => {
                    text.push('{');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        text
    }
}

/// Opens sessions for the workload.
#[derive(Clone)]
pub(super) struct Caller {
    door: Door,
    workload: Arc<Workload>,
}

impl Caller {
    pub(super) fn new(door: Door, workload: Arc<Workload>) -> Self {
        Self { door, workload }
    }

    pub(super) async fn connect(&self) -> Result<Connection, String> {
        let session = self.door.open().await.map_err(|_| "lost".to_owned())?;
        Ok(Connection::new(session, self.workload.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements() -> BTreeMap<String, String> {
        STATEMENTS
            .iter()
            .map(|name| ((*name).to_owned(), if *name == "fill-rows" { "5".into() } else { "{a}-{b}{".into() }))
            .collect()
    }

    #[test]
    fn values_stand_where_their_names_stood() {
        let stock = Stock { warehouses: 1, districts: 2, customers: 30, items: 100 };
        let workload = Workload::new("app", statements(), stock).expect("a workload");
        assert_eq!(workload.filled("add-line", &[("a", &1), ("b", &"{a}")]), "1-{a}{");
        assert_eq!(workload.filled("add-line", &[]), "{a}-{b}{");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let stock = Stock { warehouses: 1, districts: 2, customers: 30, items: 100 };
        let refused = |statements, stock| Workload::new("app", statements, stock).expect_err("refused").to_string();
        let mut lacking = statements();
        lacking.remove("add-line");
        assert!(refused(lacking, stock).contains("add-line"));
        assert!(refused(statements(), Stock { warehouses: 0, ..stock }).contains("warehouses"));
        assert!(refused(statements(), Stock { customers: 3001, ..stock }).contains("customers"));
        let mut batch = statements();
        batch.insert("fill-rows".into(), "many".into());
        assert!(refused(batch, stock).contains("fill-rows"));
    }
}
