//! How the target's product writes its SQL. What is used and was never run on the product is noted in the report.

use crate::bindings::dialect::{Host, Script, Way};
use crate::bindings::types::Error;
use crate::state::State;
use touchstone_model::dialect::{self, fill};

impl Host for State {
    fn find(&mut self, case: String, names: Vec<(String, String)>) -> wasmtime::Result<Result<Option<Script>, Error>> {
        let asked = names.iter().fold(case.len(), |sum, (name, value)| sum.saturating_add(name.len() + value.len()));
        if let Err(error) = self.hand.check_size("a case and its names", asked) {
            return Ok(Err(error));
        }
        let run = &self.hand.run;
        // A case with a section of its own is shared by checks.
        let full = if case.contains('/') { case } else { format!("{}/{case}", run.check) };
        let Some(script) = run.dialect.script(&full) else { return Ok(Ok(None)) };
        if script.not_yet_run {
            let product = run.dialect.product().map(|file| file.title.clone()).unwrap_or_default();
            self.notes.once(
                "warn",
                &format!(
                    "{}：所用语句取自其公开手册，尚未在该产品上运行验证 / {}: the statements used are from its public manual and not \
                     yet run on the product",
                    product.zh, product.en
                ),
            );
        }
        Ok(filled(script, &names).map(Some).map_err(|why| Error::Invalid(format!("{full}: {why}"))))
    }
}

fn filled(script: dialect::Script, names: &[(String, String)]) -> Result<Script, String> {
    let all = |texts: Vec<String>| texts.iter().map(|text| fill(text, names)).collect::<Result<Vec<_>, _>>();
    let way = |way: dialect::Way| Ok(Way { statements: all(way.statements)?, undo: all(way.undo)? });
    Ok(Script {
        ways: script.ways.into_iter().map(way).collect::<Result<_, String>>()?,
        source: script.source,
        refusal_decides: script.refusal_decides,
        form_errors: script.form_errors,
    })
}
