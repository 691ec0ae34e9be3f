//! Decisions of a check.

use crate::bindings::expect::{Host, Judgement};
use crate::bindings::types::Error;
use crate::state::State;
use touchstone_model::text::Text;
use touchstone_model::verdict;

impl Host for State {
    fn report(
        &mut self,
        expectation: String,
        judgement: Judgement,
        expected: String,
        actual: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.hand.run.notebook.report(&expectation, of(judgement), [&expected, &actual], false))
    }

    fn report_same_look(
        &mut self,
        expectation: String,
        judgement: Judgement,
        expected: String,
        actual: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.hand.run.notebook.report(&expectation, of(judgement), [&expected, &actual], true))
    }
}

fn of(judgement: Judgement) -> verdict::Judgement {
    match judgement {
        Judgement::Met => verdict::Judgement::Met,
        Judgement::Unmet => verdict::Judgement::Unmet,
        Judgement::Unevaluated(why) => verdict::Judgement::Unevaluated(Text { zh: why.zh, en: why.en }),
    }
}
