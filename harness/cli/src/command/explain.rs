//! `touchstone explain`

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup::{self, Setup};
use crate::statements;
use touchstone_model::catalogue::Clause;
use touchstone_model::description::CheckDescription;
use touchstone_model::text::Lang;
use touchstone_runner::input::nearest;

/// Tells a person what is asked, how it is decided, what it does to the target.
pub async fn run(args: &ExplainArgs, lang: Lang) -> Result<Exit, Failure> {
    let setup = setup::setup(&args.suite).await?;
    let dialect = args.product.as_deref().map(|product| statements::dialect(&setup, product)).transpose()?;
    let wanted = args.what.to_uppercase();
    if let Some(clause) = setup.suite.catalogue.clause(&wanted) {
        print!("{}", explain_clause(&setup, clause, lang));
        let deciding = setup.suite.suite.checks.iter().filter(|c| c.decides.iter().any(|a| a.clause == clause.id));
        let sections: Vec<&str> = deciding.map(|check| check.id.as_str()).collect();
        print!("{}", statements::words(dialect.as_ref(), &sections, lang));
    } else if let Some(check) = setup.components.describe(&args.what) {
        print!("{}{}", explain_check(check, lang), statements::words(dialect.as_ref(), &[&check.id], lang));
    } else {
        let known = setup.suite.catalogue.clauses.iter().map(|c| c.id.as_str());
        let known = known.chain(setup.suite.suite.checks.iter().map(|c| c.id.as_str()));
        let near = nearest(&args.what, known)
            .map(|n| Lang::pick(lang, "，是否想写 ", "; did you mean ").to_owned() + n)
            .unwrap_or_default();
        return Err(Failure::usage(
            format!("没有名为 {} 的条款或检查{near}（见 touchstone list）", args.what),
            format!("no clause or check is called {}{near} (see touchstone list)", args.what),
        ));
    }
    Ok(Exit::Accepted)
}

fn explain_clause(setup: &Setup, clause: &Clause, lang: Lang) -> String {
    let methods: Vec<String> = clause.method.iter().map(|m| m.words().get(lang).to_owned()).collect();
    let binding = if clause.mandatory { lang.pick("必须满足", "mandatory") } else { lang.pick("优先考虑", "preferred") };
    let mut out = format!("{}  {}\n", clause.id, clause.title.get(lang));
    out += &format!("{}: {}  |  {binding}  |  {}\n\n", lang.pick("出处", "source"), clause.source, methods.join(", "));
    out += &format!("{}\n  {}\n\n", lang.pick("要求", "What is asked"), clause.text.get(lang));
    out += &format!("{}\n  {}\n\n", lang.pick("判定依据", "How it is decided"), clause.decided_by.get(lang));
    out += &format!("{}\n", lang.pick("各方面", "Aspects"));
    for aspect in &clause.aspects {
        let decides =
            |c: &&touchstone_model::suite::SuiteCheck| c.decides.iter().any(|a| a.clause == clause.id && a.aspect == aspect.id);
        let checks: Vec<&str> = setup.suite.suite.checks.iter().filter(decides).map(|c| c.id.as_str()).collect();
        let by = if checks.is_empty() {
            lang.pick("未测：没有检查", "not assessed: no check").to_owned()
        } else {
            checks.join(", ")
        };
        out += &format!("  {:<24} {}  [{by}]\n", aspect.id, aspect.title.get(lang));
    }
    for check in setup.suite.suite.checks.iter().filter(|c| c.decides.iter().any(|a| a.clause == clause.id)) {
        if let Some(description) = setup.components.describe(&check.id) {
            out += "\n";
            out += &explain_check(description, lang);
        }
    }
    out
}

fn explain_check(check: &CheckDescription, lang: Lang) -> String {
    let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
    let mut out = format!("{}  {}\n", check.id, check.title.get(lang));
    out += &format!(
        "  {}: {}  |  {}: {}  |  {}: {}  |  <= {} s\n",
        lang.pick("目标", "target"),
        check.target_kind,
        lang.pick("需要", "needs"),
        needs.join(", "),
        lang.pick("影响", "impact"),
        check.impact.name(),
        check.time_limit_ms.div_ceil(1000),
    );
    out += &format!("  {}\n    {}\n", lang.pick("怎样检查", "How it asks"), check.question.get(lang));
    out += &format!("  {}\n    {}\n", lang.pick("对目标的影响", "What it does to the target"), check.effect.get(lang));
    out += &format!("  {}\n", lang.pick("期望", "Expectations"));
    for expectation in &check.expectations {
        out += &format!("    {:<28} {}\n", expectation.id, expectation.title.get(lang));
    }
    if !check.params.is_empty() {
        out += &format!("  {}\n", lang.pick("参数", "Parameters"));
        for param in &check.params {
            let default = param.default.as_deref().map(|d| format!(" = {d}")).unwrap_or_default();
            out += &format!("    {}{default}  {}\n", param.name, param.meaning.get(lang));
        }
    }
    out
}
