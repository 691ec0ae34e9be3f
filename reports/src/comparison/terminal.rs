//! The comparison for a terminal: what became of clauses and checks, the gravest first, then what differs around them.

use crate::clean::clean_line;
use crate::screen::Screen;
use crate::terminal::Options;
use crate::verdict_map;
use touchstone_model::compare::{Change, Changed, Comparison, Difference, Level, Side, Standing};
use touchstone_model::text::Text;

/// Lines that one value may take before it is cut.
const LINES: usize = 3;
/// Names listed before the rest is counted.
const NAMED: usize = 12;

/// The comparison for a terminal, ending with a line feed.
pub fn comparison_terminal(comparison: &Comparison, options: &Options) -> String {
    let mut out = Screen::new(options);
    let title = out.paint("1", out.pick("两次运行的比较", "Two runs compared"));
    out.line(&title);
    side(&mut out, "前", "before", &comparison.before);
    side(&mut out, "后", "after ", &comparison.after);
    for pair in &comparison.pairs {
        let (before, after) = (clean_line(&pair.before), clean_line(&pair.after));
        let line = match out.options.lang {
            touchstone_model::text::Lang::Zh => format!("目标 {before} 与 {after} 对照"),
            touchstone_model::text::Lang::En => format!("target {before} is compared with {after}"),
        };
        out.line(&line);
    }
    changes(&mut out, comparison);
    conclusion(&mut out, comparison);
    out.text
}

/// Everything between heading and conclusion; also part of a round's summary.
pub(crate) fn changes(out: &mut Screen<'_>, comparison: &Comparison) {
    level(out, &Text::new("条款", "Clauses"), &comparison.clauses);
    level(out, &Text::new("条款的各方面", "Aspects of clauses"), &comparison.aspects);
    level(out, &Text::new("检查", "Checks"), &comparison.checks);
    environment(out, &comparison.environment);
}

fn side(out: &mut Screen<'_>, zh: &str, en: &str, side: &Side) {
    let label = format!("{}  ", out.pick(zh, en));
    let conclusion = out.get(&side.conclusion.words());
    let unfinished = if side.interrupted { out.pick(" · 未完成", " · not finished") } else { "" };
    let when = crate::units::moment(&side.started);
    let suite = clean_line(&side.suite);
    let line =
        format!("{label}{} · {when} · {suite} {} · {conclusion}{unfinished}", clean_line(&side.run), side.suite_sha256.short());
    out.line(&line);
}

fn level(out: &mut Screen<'_>, name: &Text, level: &Level) {
    if level.changed.is_empty() && level.not_compared.is_empty() {
        return;
    }
    let same = level.same;
    out.title(&format!("{}（{same} 项没有变化）", name.zh), &format!("{} ({same} unchanged)", name.en));
    for change in Change::ALL {
        let of_class: Vec<&Changed> = level.changed.iter().filter(|changed| changed.change == change).collect();
        if of_class.is_empty() {
            continue;
        }
        let words = out.get(&change.words());
        let head = out.paint(verdict_map::change(change).ansi, &format!("{words} ({})", of_class.len()));
        out.line(&format!("  {head}"));
        of_class.iter().for_each(|changed| one(out, changed));
    }
    if !level.not_compared.is_empty() {
        let words = out.get(&Change::NotCompared.words());
        let shown: Vec<String> = level.not_compared.iter().take(NAMED).map(|id| clean_line(id)).collect();
        let more = if level.not_compared.len() > NAMED { " …" } else { "" };
        let line = format!("{words} ({}): {}{more}", level.not_compared.len(), shown.join(" "));
        out.hanging("  ", 2, &line, LINES);
    }
}

fn one(out: &mut Screen<'_>, changed: &Changed) {
    let symbol = out.symbol(verdict_map::change(changed.change));
    let (before, after) = (out.get(&changed.before.state.words()), out.get(&changed.after.state.words()));
    let head = format!("{}  {}: {before} → {after}", clean_line(&changed.id), out.get(&changed.title));
    out.hanging(&format!("    {symbol} "), 6, &head, LINES);
    let told = |standing: &Standing| standing.why.clone();
    if let Some(why) = told(&changed.after).or_else(|| told(&changed.before)) {
        let why = out.get(&why);
        out.hanging("      ", 6, &why, LINES);
    }
}

fn environment(out: &mut Screen<'_>, differences: &[Difference]) {
    if differences.is_empty() {
        return;
    }
    let count = differences.len();
    out.title(&format!("环境的差异（{count}）"), &format!("What differs around them ({count})"));
    for difference in differences {
        let place = if difference.place.is_empty() { String::new() } else { format!("{} · ", clean_line(&difference.place)) };
        let value = |value: &Option<String>| value.as_ref().map_or_else(|| "–".to_owned(), |value| clean_line(value));
        let (kind, name) = (out.get(&difference.of.words()), clean_line(&difference.name));
        let line = format!("{kind}  {place}{name}: {} → {}", value(&difference.before), value(&difference.after));
        out.hanging("  ", 2, &line, LINES);
    }
}

fn conclusion(out: &mut Screen<'_>, comparison: &Comparison) {
    let (ansi, words) = verdict_map::comparison(comparison);
    out.text.push('\n');
    let label = out.paint("1", out.pick("结论", "Conclusion"));
    let words = out.paint(ansi, out.pick(&words.zh, &words.en));
    out.line(&format!("{label}  {words}"));
}
