//! `touchstone plan`

use crate::args::PlanArgs;
use crate::basis;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup;
use touchstone_model::plan::{LeftOut, Plan};
use touchstone_model::text::Lang;

/// Prints what would run; touches no target.
pub async fn run(args: &PlanArgs, lang: Lang) -> Result<Exit, Failure> {
    let setup = setup::setup(&args.select.suite).await?;
    let inventory = setup::inventory(args.select.inventory.as_deref())?;
    let mut plan = setup.plan(&args.select, &inventory)?;
    basis::lay(&mut plan, &setup, &args.select, &args.basis)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&plan).map_err(Failure::broken)?);
    } else {
        print!("{}", words(&plan, lang));
    }
    Ok(if plan.items.is_empty() { Exit::NothingSelected } else { Exit::Accepted })
}

fn words(plan: &Plan, lang: Lang) -> String {
    let mut out = format!("{} ({})\n", plan.suite_title.get(lang), plan.suite);
    out += &format!("\n{} ({})\n", lang.pick("将运行", "Would run"), plan.items.len());
    for item in &plan.items {
        let decides = item.decides.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        out += &format!(
            "  {}  [{}, <= {} s]  {}\n      {} {decides}\n",
            item.key,
            item.check.impact.name(),
            item.time_limit_ms.div_ceil(1000),
            item.check.title.get(lang),
            lang.pick("判定", "decides"),
        );
        out += &why(plan, &item.key, lang);
    }
    out += &format!("\n{} ({})\n", lang.pick("不运行", "Left out"), plan.left_out.len());
    for left in &plan.left_out {
        out += &left_out(left, lang);
    }
    let undecided = plan.selected.iter().filter(|id| !plan.items.iter().any(|i| i.decides.iter().any(|a| &a.clause == *id)));
    let undecided: Vec<&str> = undecided.map(String::as_str).collect();
    out += &format!(
        "\n{} ({})\n",
        lang.pick("没有检查判定的条款，将记为未测", "Clauses that nothing would decide: not assessed"),
        undecided.len()
    );
    for row in undecided.chunks(12) {
        out += &format!("  {}\n", row.join(" "));
    }
    out
}

/// Why a re-acceptance runs it.
fn why(plan: &Plan, item: &str, lang: Lang) -> String {
    let chosen = plan.round.iter().flat_map(|round| &round.chosen).find(|chosen| chosen.item == item);
    let reasons = chosen.map(|chosen| chosen.why.iter().map(|why| why.words().get(lang).to_owned()).collect::<Vec<_>>());
    let reasons = reasons.filter(|reasons| !reasons.is_empty());
    reasons.map(|reasons| format!("      {} {}\n", lang.pick("原因", "because"), reasons.join("; "))).unwrap_or_default()
}

fn left_out(left: &LeftOut, lang: Lang) -> String {
    let target = left.target.as_ref().map(|t| format!("@{t}")).unwrap_or_default();
    format!("  {}{target}: {}\n", left.check, left.reason.words().get(lang))
}
