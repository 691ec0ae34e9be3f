//! Load: requests at a planned rate, and how they fared.
//!
//! Arrivals are open-loop: they come when the plan says, whether or not the target keeps up, and latency counts from the
//! moment a request was *due*. A target that stalls is charged for everybody who had to wait, not only for the few that were
//! being served (coordinated omission: Tene, "How NOT to Measure Latency"). A closed loop is there for comparison with other tools.
//!
//! One thread keeps the time; few threads carry many connections. Only the target's own endpoints, only where the inventory
//! permits load, bounded in rate, connections and time.

mod arrivals;
mod caller;
mod engine;
mod http;
mod order_entry;
mod pacer;
mod plan;
mod record;
mod search;
mod session;
mod sql;

pub use engine::{Counts, Load, Onlooker};
pub use order_entry::{Filled, STATEMENTS, Stock, Workload, fill};
pub use plan::{Arrivals, Plan, Request, Version};
pub use record::{LoadResult, Part, Percentiles, Second};
pub use search::{Found, Objective, Step, search};

use crate::{ProbeError, Target};

/// Puts load on a target and tells how it fared. Ends early, and leaves no connection, when dropped.
///
/// # Errors
/// The inventory permits no load, or not so much; the plan makes no sense; the endpoint is none of the target's. How the target
/// failed is in the result.
pub async fn run(target: &Target, plan: &Plan) -> Result<LoadResult, ProbeError> {
    begin(target, plan)?.finish().await
}

/// As [`run`], without waiting.
///
/// # Errors
/// As for [`run`].
pub fn begin(target: &Target, plan: &Plan) -> Result<Load, ProbeError> {
    let permit = target.spec().load.as_ref();
    plan.check(permit, &target.spec().name)?;
    let caller = caller::prepare(target, plan)?;
    let most = permit.map_or(0, |permit| permit.max_rate);
    Load::begin(caller, plan.clone(), most)
}
