//! The five transactions (clause 2.4 to 2.8), in their mix (clause 5.2.3).

use super::fill::now_ms;
use super::random::text;
use super::{Stock, Workload};
use crate::load::caller::Failed;
use crate::load::session::failure;
use crate::sql::{Done, Outcome, Session, Transaction, Value};
use fastrand::Rng;
use std::fmt::Display;
use std::sync::Arc;

/// Beyond the load's own patience, which gives a request up before.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

type Values<'a> = &'a [(&'a str, &'a dyn Display)];

/// A session that takes orders.
pub(in crate::load) struct Connection {
    session: Session,
    workload: Arc<Workload>,
    part: usize,
    /// Orders so far: one in a hundred asks for something that is not sold.
    orders: u32,
}

/// Which of a hundred: among the first, so that a short load has one too.
const NOT_SOLD: u32 = 4;

/// Why a transaction does not commit.
enum Stop {
    Failed(Failed),
    /// It is to be rolled back, and that is as it should be.
    RollBack,
}

impl Connection {
    pub(super) fn new(session: Session, workload: Arc<Workload>) -> Self {
        Self { session, workload, part: 0, orders: 0 }
    }

    pub(in crate::load) fn part(&self) -> usize {
        self.part
    }

    pub(in crate::load) async fn call(&mut self, random: &mut Rng) -> Result<(), Failed> {
        let drawn = random.u32(0..100);
        self.part = match drawn {
            0..45 => 0,
            45..88 => 2,
            88..92 => 3,
            92..96 => 4,
            _ => 5,
        };
        self.transaction(Transaction::Begin).await?;
        let done = match self.part {
            0 => self.new_order(random).await,
            2 => self.payment(random).await,
            3 => self.order_status(random).await,
            4 => self.delivery(random).await,
            _ => self.stock_level(random).await,
        };
        match done {
            Ok(()) => self.transaction(Transaction::Commit).await,
            Err(Stop::RollBack) => {
                self.part = 1;
                self.transaction(Transaction::Rollback).await
            }
            Err(Stop::Failed(failed)) => {
                if failed.usable && self.transaction(Transaction::Rollback).await.is_err() {
                    return Err(Failed { usable: false, ..failed });
                }
                Err(failed)
            }
        }
    }

    async fn transaction(&self, what: Transaction) -> Result<(), Failed> {
        let answer = self.session.transaction(what, Some(PATIENCE)).await;
        failure(&answer, &self.session).map_or(Ok(()), Err)
    }

    async fn say(&self, name: &str, values: Values<'_>) -> Result<Done, Stop> {
        let answer = self.session.execute(&self.workload.filled(name, values), &[], Some(PATIENCE)).await;
        match failure(&answer, &self.session) {
            Some(failed) => Err(Stop::Failed(failed)),
            None => match answer {
                Ok(Outcome::Done(done)) => Ok(done),
                _ => Err(unexpected("invalid")),
            },
        }
    }

    /// The whole numbers of the first row.
    async fn numbers<const N: usize>(&self, name: &str, values: Values<'_>) -> Result<[i64; N], Stop> {
        let done = self.say(name, values).await?;
        let row = done.rows.first().ok_or_else(|| unexpected("no-row"))?;
        let mut numbers = [0; N];
        for (place, value) in numbers.iter_mut().zip(row) {
            *place = number_of(value).ok_or_else(|| unexpected("no-number"))?;
        }
        if row.len() < N { Err(unexpected("no-number")) } else { Ok(numbers) }
    }

    /// A statement that must change exactly one row, where the server says how many it changed.
    async fn change(&self, name: &str, values: Values<'_>) -> Result<(), Stop> {
        match self.say(name, values).await?.affected {
            Some(1) | None => Ok(()),
            Some(_) => Err(unexpected("not-one-row")),
        }
    }

    async fn new_order(&mut self, random: &mut Rng) -> Result<(), Stop> {
        let Stock { warehouses, districts, customers, items } = self.workload.stock;
        let constants = self.workload.constants;
        let (w, d) = (random.u32(1..=warehouses), random.u32(1..=districts));
        let (c, count) = (constants.customer(random, customers), random.u32(5..=15));
        let fails = self.orders % 100 == NOT_SOLD;
        self.orders += 1;
        let mut lines: Vec<(u32, u32, u32)> = (0..count)
            .map(|_| {
                let elsewhere = warehouses > 1 && random.u32(0..100) == 0;
                let supplier = if elsewhere { another(random, w, warehouses) } else { w };
                (supplier, constants.item(random, items), random.u32(1..=10))
            })
            .collect();
        // In order, so that two orders don't wait for each other.
        lines.sort_unstable();
        // It is the last that is asked for.
        if fails && let Some(last) = lines.last_mut() {
            last.1 = items + 1;
        }
        let local = u32::from(lines.iter().all(|(supplier, ..)| *supplier == w));
        self.change("take-number", &[("w", &w), ("d", &d)]).await?;
        let [next] = self.numbers("read-number", &[("w", &w), ("d", &d)]).await?;
        let o = next - 1;
        self.say("read-buyer", &[("w", &w), ("d", &d), ("c", &c)]).await?;
        let own: [(&str, &dyn Display); 7] =
            [("w", &w), ("d", &d), ("o", &o), ("c", &c), ("now", &now_ms()), ("count", &count), ("local", &local)];
        self.change("add-order", &own).await?;
        self.change("add-new-order", &own).await?;
        for (number, (supplier, item, quantity)) in (1..).zip(lines) {
            let found = self.say("read-item", &[("i", &item)]).await?;
            let Some(price) = found.rows.first().and_then(|row| row.first()).and_then(number_of) else {
                return Err(if item > items { Stop::RollBack } else { unexpected("no-row") });
            };
            let place = format!("{d:02}");
            let remote = u32::from(supplier != w);
            let of: [(&str, &dyn Display); 5] =
                [("w", &supplier), ("i", &item), ("quantity", &quantity), ("remote", &remote), ("place", &place)];
            self.change("take-stock", &of).await?;
            let stock = self.say("read-stock", &of).await?;
            let info = stock.rows.first().and_then(|row| row.get(1)).and_then(Value::text).unwrap_or_default();
            let info: String = info.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
            let amount = price * i64::from(quantity);
            let line: [(&str, &dyn Display); 9] = [
                ("w", &w),
                ("d", &d),
                ("o", &o),
                ("number", &number),
                ("i", &item),
                ("supplier", &supplier),
                ("quantity", &quantity),
                ("amount", &amount),
                ("info", &info),
            ];
            self.change("add-line", &line).await?;
        }
        Ok(())
    }

    async fn payment(&self, random: &mut Rng) -> Result<(), Stop> {
        let Stock { warehouses, districts, .. } = self.workload.stock;
        let (w, d) = (random.u32(1..=warehouses), random.u32(1..=districts));
        let amount = random.u32(100..=500_000);
        let elsewhere = warehouses > 1 && random.u32(0..100) < 15;
        let (cw, cd) = if elsewhere { (another(random, w, warehouses), random.u32(1..=districts)) } else { (w, d) };
        let of: [(&str, &dyn Display); 3] = [("w", &w), ("d", &d), ("amount", &amount)];
        self.change("pay-warehouse", &of).await?;
        self.say("read-warehouse", &of).await?;
        self.change("pay-district", &of).await?;
        self.say("read-district", &of).await?;
        let c = self.customer(cw, cd, random).await?;
        let of: [(&str, &dyn Display); 4] = [("w", &cw), ("d", &cd), ("c", &c), ("amount", &amount)];
        let customer = self.say("read-customer", &of).await?;
        self.change("pay-customer", &of).await?;
        let credit = customer.rows.first().and_then(|row| row.get(1)).and_then(Value::text).unwrap_or_default();
        if credit.trim() == "BC" {
            let data = format!("{c} {cd} {cw} {d} {w} {amount} {}", text(random, 200, 400));
            self.change("mark-customer", &[("w", &cw), ("d", &cd), ("c", &c), ("data", &data)]).await?;
        }
        let data = text(random, 12, 24);
        let history: [(&str, &dyn Display); 8] =
            [("w", &w), ("d", &d), ("cw", &cw), ("cd", &cd), ("c", &c), ("amount", &amount), ("now", &now_ms()), ("data", &data)];
        self.change("add-history", &history).await
    }

    /// Six in ten are known by name: of several, the one in the middle.
    async fn customer(&self, w: u32, d: u32, random: &mut Rng) -> Result<i64, Stop> {
        let (constants, customers) = (self.workload.constants, self.workload.stock.customers);
        if random.u32(0..100) >= 60 {
            return Ok(constants.customer(random, customers).into());
        }
        let name = constants.last_name(random, customers);
        let found = self.say("customers-by-name", &[("w", &w), ("d", &d), ("name", &name)]).await?;
        let middle = found.rows.get(found.rows.len().saturating_sub(1) / 2).and_then(|row| row.first());
        middle.and_then(number_of).ok_or_else(|| unexpected("no-row"))
    }

    async fn order_status(&self, random: &mut Rng) -> Result<(), Stop> {
        let Stock { warehouses, districts, .. } = self.workload.stock;
        let (w, d) = (random.u32(1..=warehouses), random.u32(1..=districts));
        let c = self.customer(w, d, random).await?;
        self.say("read-customer", &[("w", &w), ("d", &d), ("c", &c)]).await?;
        let [o] = self.numbers("last-order", &[("w", &w), ("d", &d), ("c", &c)]).await?;
        let of: [(&str, &dyn Display); 3] = [("w", &w), ("d", &d), ("o", &o)];
        let [count] = self.numbers("read-order", &of).await?;
        let lines = self.say("read-lines", &of).await?;
        if usize::try_from(count).is_ok_and(|count| count == lines.rows.len()) {
            Ok(())
        } else {
            Err(unexpected("lines-missing"))
        }
    }

    async fn delivery(&self, random: &mut Rng) -> Result<(), Stop> {
        let Stock { warehouses, districts, .. } = self.workload.stock;
        let (w, carrier, now) = (random.u32(1..=warehouses), random.u32(1..=10), now_ms());
        for d in 1..=districts {
            let oldest = self.say("oldest-order", &[("w", &w), ("d", &d)]).await?;
            let Some(o) = oldest.rows.first().and_then(|row| row.first()).and_then(number_of) else { continue };
            let of: [(&str, &dyn Display); 5] = [("w", &w), ("d", &d), ("o", &o), ("carrier", &carrier), ("now", &now)];
            // Somebody else may have delivered it meanwhile: then there is nothing to do here.
            match self.say("deliver-new-order", &of).await?.affected {
                Some(1) => {}
                Some(0) => continue,
                _ => return Err(unexpected("count-unknown")),
            }
            self.change("deliver-order", &of).await?;
            self.say("deliver-lines", &of).await?;
            self.change("deliver-customer", &of).await?;
        }
        Ok(())
    }

    async fn stock_level(&self, random: &mut Rng) -> Result<(), Stop> {
        let Stock { warehouses, districts, .. } = self.workload.stock;
        let (w, d) = (random.u32(1..=warehouses), random.u32(1..=districts));
        let [next] = self.numbers("read-number", &[("w", &w), ("d", &d)]).await?;
        let (from, threshold) = (next - 20, random.u32(10..=20));
        let of: [(&str, &dyn Display); 5] = [("w", &w), ("d", &d), ("from", &from), ("next", &next), ("threshold", &threshold)];
        self.numbers::<1>("low-stock", &of).await.map(drop)
    }
}

/// The server answered, and not as it should: nothing of it is believed.
fn unexpected(kind: &str) -> Stop {
    Stop::Failed(Failed { kind: kind.to_owned(), usable: true })
}

fn another(random: &mut Rng, w: u32, warehouses: u32) -> u32 {
    let other = random.u32(1..warehouses);
    if other >= w { other + 1 } else { other }
}

/// A whole number, as drivers give it.
fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) => text.trim().trim_end_matches('0').strip_suffix('.').unwrap_or(text.trim()).parse().ok(),
        _ => None,
    }
}
