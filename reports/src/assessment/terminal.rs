//! The assessment in short: every indicator on a line, below it why points were lost or why there is no score.

use crate::clean::clean_line;
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
    let mut out = Screen { text: String::new(), options };
    out.heading(assessment);
    for month in &assessment.months {
        out.scores(
            &Text::new(format!("{} 月度考核", month.month), format!("Month {}", month.month)),
            &month.indicators,
            &month.total,
        );
    }
    if let Some(year) = &assessment.year {
        let title = Text::new(format!("{} 年度考核", year.year), format!("Year {}", year.year));
        out.scores(&title, &year.indicators, &year.annual);
        out.line(&format!("  {}", year.formula.get(options.lang)));
    }
    out.incidents(assessment);
    out.availability(assessment);
    out.breaches(assessment);
    out.notes(assessment);
    out.text
}

struct Screen<'a> {
    text: String,
    options: &'a Options,
}

impl Screen<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.options.lang.pick(zh, en)
    }

    fn get(&self, text: &Text) -> String {
        clean_line(text.get(self.options.lang))
    }

    fn paint(&self, ansi: &str, text: &str) -> String {
        if self.options.color { format!("\u{1b}[{ansi}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn title(&mut self, title: &str) {
        let title = self.paint("1", title);
        self.text.push('\n');
        self.line(&title);
    }

    fn heading(&mut self, assessment: &Assessment) {
        let title = self.paint("1", &self.get(&assessment.title));
        self.line(&title);
        let (operator, period, as_of) = (clean_line(&assessment.operator), assessment.period, &assessment.as_of);
        self.line(&format!(
            "{operator}  |  {}: {period}  |  {}: {as_of}",
            self.pick("考核期", "period"),
            self.pick("考核时刻", "as of")
        ));
    }

    fn scores(&mut self, title: &Text, indicators: &[IndicatorScore], total: &Total) {
        let title = self.get(title);
        self.title(&title);
        for indicator in indicators {
            self.indicator(indicator);
        }
        let sum = show(total);
        let line = format!("    {} {sum} / 100", pad(self.pick("合计", "Total"), NAME + 3));
        let line = self.paint("1", &line);
        self.line(&line);
    }

    fn indicator(&mut self, indicator: &IndicatorScore) {
        let look = verdict_map::score(indicator.score, indicator.weight);
        let score = match indicator.score {
            Some(score) => score.floored(PLACES),
            None => format!("{} (<= {})", self.pick("未评", "not assessed"), indicator.at_most.floored(PLACES)),
        };
        let symbol = self.paint(look.ansi, look.symbol);
        let name = pad(&self.get(&indicator.title), NAME);
        let measured = self.get(&indicator.measured);
        self.line(&format!("  {symbol} {} {name} {score} / {}  {measured}", indicator.id, indicator.weight));
        for deduction in &indicator.deductions {
            let why = self.get(&deduction.why);
            let rows = places(&deduction.rows);
            self.line(&format!("       -{}  {why}{rows}", deduction.points));
        }
        for open in &indicator.open {
            let why = self.get(&open.why);
            let rows = places(&open.rows);
            self.line(&format!("       ?   {why}{rows}"));
        }
    }

    fn incidents(&mut self, assessment: &Assessment) {
        if assessment.incidents.is_empty() {
            return;
        }
        let title = self.pick("故障定级", "Grades of faults").to_owned();
        self.title(&title);
        for incident in &assessment.incidents {
            let grade = incident.grade.map_or("-".to_owned(), |grade| grade.to_string());
            let because = self.get(&incident.because);
            let (hit, of) = (incident.affected, incident.systems);
            self.line(&format!(
                "  {} {grade}  {}  {}  {hit}/{of}  {because}",
                self.pick("级别", "grade"),
                incident.row,
                incident.duration
            ));
        }
    }

    fn availability(&mut self, assessment: &Assessment) {
        let Some(overall) = assessment.overall_availability else { return };
        let title = self.pick("可用性", "Availability").to_owned();
        self.title(&title);
        for figure in &assessment.availability {
            // A whole year of services that never failed is said by the overall figure.
            if assessment.months.len() > 1 && figure.failed == Exact::ZERO && figure.measured.is_none() {
                continue;
            }
            let title = pad(&self.get(&figure.title), NAME);
            let measured = figure.measured.map(|seconds| {
                format!("  ({} {} s)", self.pick("验收实测中断，不计入", "measured in tests, not counted"), seconds.floored(3))
            });
            self.line(&format!(
                "  {}  {title} {} %  {} s{}",
                figure.month,
                figure.shown,
                figure.failed,
                measured.unwrap_or_default()
            ));
        }
        let all = pad(self.pick("整体", "All services together"), NAME + 9);
        self.line(&format!("  {all} {} %", overall.floored(6)));
    }

    fn breaches(&mut self, assessment: &Assessment) {
        let title = self.pick("违约金", "Penalties for breach").to_owned();
        self.title(&title);
        for breach in &assessment.breaches {
            let look = verdict_map::breach(breach.events.len(), breach.open.len());
            let symbol = self.paint(look.ansi, look.symbol);
            let due = breach.total.map_or_else(|| self.pick("待定", "open").to_owned(), |total| total.floored(PLACES));
            let name = self.get(&breach.title);
            self.line(&format!("  {symbol} {:>2}  {}  {due}", breach.row, pad(&name, NAME + 14)));
            for event in &breach.events {
                let (why, rows) = (self.get(&event.why), places(&event.rows));
                self.line(&format!("          {why}{rows}"));
            }
            for open in &breach.open {
                let (why, rows) = (self.get(&open.why), places(&open.rows));
                self.line(&format!("       ?  {why}{rows}"));
            }
        }
        let certain =
            if assessment.penalties_final { "" } else { self.pick("（尚有未定项）", " (some of it is still open)") };
        let sum = format!("  {} {}{certain}", self.pick("合计（元）：", "Total (yuan):"), assessment.penalties.floored(PLACES));
        let sum = self.paint("1", &sum);
        self.line(&sum);
    }

    fn notes(&mut self, assessment: &Assessment) {
        if !assessment.notes.is_empty() {
            let title = self.pick("说明", "Notes").to_owned();
            self.title(&title);
        }
        for note in &assessment.notes {
            let note = self.get(note);
            self.line(&format!("  {note}"));
        }
        for source in &assessment.calendar {
            let source = clean_line(source);
            self.line(&format!("  {}: {source}", self.pick("工作日历", "working days")));
        }
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
