//! The assessment in short: every indicator on a line, below it why points were lost or why there is no score.

use crate::clean::clean_line;
use crate::screen::Screen;
use crate::terminal::Options;
use crate::verdict_map;
use touchstone_assess::annual::show;
use touchstone_assess::ledger::Place;
use touchstone_assess::score::{IndicatorScore, Total};
use touchstone_assess::{Assessment, Exact};
use touchstone_model::text::Text;
use unicode_width::UnicodeWidthStr as _;

/// Decimals of a score, cut off.
const PLACES: u32 = 2;
/// Columns of an indicator's name.
const NAME: usize = 32;
/// Rows named in a sentence before they are counted.
const NAMED: usize = 3;

/// The assessment for a terminal, ending with a line feed.
pub fn assessment_terminal(assessment: &Assessment, options: &Options) -> String {
    let mut out = Screen::new(options);
    heading(&mut out, assessment);
    for month in &assessment.months {
        scores(
            &mut out,
            &Text::new(format!("{} 月度考核", month.month), format!("Month {}", month.month)),
            &month.indicators,
            &month.total,
        );
    }
    if let Some(year) = &assessment.year {
        let title = Text::new(format!("{} 年度考核", year.year), format!("Year {}", year.year));
        scores(&mut out, &title, &year.indicators, &year.annual);
        out.line(&format!("  {}", year.formula.get(options.lang)));
    }
    incidents(&mut out, assessment);
    availability(&mut out, assessment);
    breaches(&mut out, assessment);
    notes(&mut out, assessment);
    out.text
}

fn heading(out: &mut Screen<'_>, assessment: &Assessment) {
    let title = out.paint("1", &out.get(&assessment.title));
    out.line(&title);
    let (operator, period, as_of) = (clean_line(&assessment.operator), assessment.period, &assessment.as_of);
    out.line(&format!(
        "{operator}  |  {}: {period}  |  {}: {as_of}",
        out.pick("考核期", "period"),
        out.pick("考核时刻", "as of")
    ));
}

fn scores(out: &mut Screen<'_>, title: &Text, indicators: &[IndicatorScore], total: &Total) {
    out.title(&title.zh, &title.en);
    for indicator in indicators {
        one(out, indicator);
    }
    let sum = show(total);
    let line = format!("    {} {sum} / 100", pad(out.pick("合计", "Total"), NAME + 3));
    let line = out.paint("1", &line);
    out.line(&line);
}

fn one(out: &mut Screen<'_>, indicator: &IndicatorScore) {
    let look = verdict_map::score(indicator.score, indicator.weight);
    let score = match indicator.score {
        Some(score) => score.floored(PLACES),
        None => format!("{} (<= {})", out.pick("未评", "not assessed"), indicator.at_most.floored(PLACES)),
    };
    let symbol = out.paint(look.ansi, look.symbol);
    let name = pad(&out.get(&indicator.title), NAME);
    let measured = out.get(&indicator.measured);
    out.line(&format!("  {symbol} {} {name} {score} / {}  {measured}", indicator.id, indicator.weight));
    for deduction in &indicator.deductions {
        let why = out.get(&deduction.why);
        let rows = places(&deduction.rows);
        out.line(&format!("       -{}  {why}{rows}", deduction.points));
    }
    for open in &indicator.open {
        let why = out.get(&open.why);
        let rows = places(&open.rows);
        out.line(&format!("       ?   {why}{rows}"));
    }
}

fn incidents(out: &mut Screen<'_>, assessment: &Assessment) {
    if assessment.incidents.is_empty() {
        return;
    }
    out.title("故障定级", "Grades of faults");
    for incident in &assessment.incidents {
        let grade = incident.grade.map_or("-".to_owned(), |grade| grade.to_string());
        let because = out.get(&incident.because);
        let (hit, of) = (incident.affected, incident.systems);
        out.line(&format!(
            "  {} {grade}  {}  {}  {hit}/{of}  {because}",
            out.pick("级别", "grade"),
            clean_line(&incident.row.to_string()),
            incident.duration
        ));
    }
}

fn availability(out: &mut Screen<'_>, assessment: &Assessment) {
    let Some(overall) = assessment.overall_availability else { return };
    out.title("可用性", "Availability");
    for figure in &assessment.availability {
        // A whole year of services that never failed is said by the overall figure.
        if assessment.months.len() > 1 && figure.failed == Exact::ZERO && figure.measured.is_none() {
            continue;
        }
        let title = pad(&out.get(&figure.title), NAME);
        let measured = figure.measured.map(|seconds| {
            format!("  ({} {} s)", out.pick("验收实测中断，不计入", "measured in tests, not counted"), seconds.floored(3))
        });
        out.line(&format!("  {}  {title} {} %  {} s{}", figure.month, figure.shown, figure.failed, measured.unwrap_or_default()));
    }
    let all = pad(out.pick("整体", "All services together"), NAME + 9);
    out.line(&format!("  {all} {} %", overall.floored(6)));
}

fn breaches(out: &mut Screen<'_>, assessment: &Assessment) {
    out.title("违约金", "Penalties for breach");
    for breach in &assessment.breaches {
        let look = verdict_map::breach(breach.events.len(), breach.open.len());
        let symbol = out.paint(look.ansi, look.symbol);
        let due = breach.total.map_or_else(|| out.pick("待定", "open").to_owned(), |total| total.floored(PLACES));
        let name = out.get(&breach.title);
        out.line(&format!("  {symbol} {:>2}  {}  {due}", breach.row, pad(&name, NAME + 14)));
        for event in &breach.events {
            let (why, rows) = (out.get(&event.why), places(&event.rows));
            out.line(&format!("          {why}{rows}"));
        }
        for open in &breach.open {
            let (why, rows) = (out.get(&open.why), places(&open.rows));
            out.line(&format!("       ?  {why}{rows}"));
        }
    }
    let certain = if assessment.penalties_final { "" } else { out.pick("（尚有未定项）", " (some of it is still open)") };
    let sum = format!("  {} {}{certain}", out.pick("合计（元）：", "Total (yuan):"), assessment.penalties.floored(PLACES));
    let sum = out.paint("1", &sum);
    out.line(&sum);
}

fn notes(out: &mut Screen<'_>, assessment: &Assessment) {
    if !assessment.notes.is_empty() {
        out.title("说明", "Notes");
    }
    for note in &assessment.notes {
        let note = out.get(note);
        out.line(&format!("  {note}"));
    }
    for source in &assessment.calendar {
        let source = clean_line(source);
        out.line(&format!("  {}: {source}", out.pick("工作日历", "working days")));
    }
}

fn places(rows: &[Place]) -> String {
    let named: Vec<String> = rows.iter().take(NAMED).map(|row| clean_line(&row.to_string())).collect();
    match (named.is_empty(), rows.len().saturating_sub(NAMED)) {
        (true, _) => String::new(),
        (false, 0) => format!("  [{}]", named.join(", ")),
        (false, more) => format!("  [{}, +{more}]", named.join(", ")),
    }
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}
