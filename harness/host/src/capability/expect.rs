//! `expect`

use crate::bindings::touchstone::contract::expect::{Host, Judgement};
use crate::bindings::touchstone::contract::types::Error;
use crate::guest::Guest;
use touchstone_model::verdict;

impl Host for Guest {
    async fn report(
        &mut self,
        expectation: String,
        judgement: Judgement,
        expected: String,
        actual: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let judgement = match judgement {
            Judgement::Met => verdict::Judgement::Met,
            Judgement::Unmet => verdict::Judgement::Unmet,
            Judgement::Unevaluated(why) => verdict::Judgement::Unevaluated(why),
        };
        Ok(self.errand()?.observer.report(expectation, judgement, expected, actual).map_err(Error::Limit))
    }
}
