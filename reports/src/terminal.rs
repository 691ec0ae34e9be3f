//! A summary for a terminal: tallies, what contradicts, what stayed open, the conclusion.

use crate::clean::clean_line;
use crate::screen::Screen;
use crate::units;
use crate::verdict_map::{self, Look};
use crate::view::{Pair, View};
use touchstone_model::run::Run;
use touchstone_model::text::{Lang, Text};
use touchstone_model::verdict::{ClauseVerdict, Verdict};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How the summary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Language.
    pub lang: Lang,
    /// With SGR colours.
    pub color: bool,
    /// Columns of the terminal; fewer than 40 are taken as 40.
    pub width: u16,
}

/// Lines that one value may take before it is cut.
const VALUE_LINES: usize = 3;

/// The run in short, ending with a line feed.
pub fn terminal(run: &Run, options: &Options) -> String {
    let view = View::new(run);
    let mut out = Screen::new(options);
    out.heading(run);
    out.tallies(&view);
    out.contradictions(&view);
    out.open_checks(&view);
    out.waivers(run);
    crate::rounds::rounds(&mut out, run);
    out.unvouched(&view);
    out.left_behind(&view);
    out.closing(&view);
    out.text
}

impl Screen<'_> {
    /// `label` painted already and `label_width` columns wide; what follows hangs under its own beginning.
    pub(crate) fn hanging(&mut self, label: &str, label_width: usize, text: &str, most: usize) {
        let room = self.width.saturating_sub(label_width).max(20);
        let mut lines = wrap(text, room);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = format!("{}…", fit(last, room - 1));
            }
        }
        for (n, part) in lines.iter().enumerate() {
            let lead = if n == 0 { label.to_owned() } else { " ".repeat(label_width) };
            self.line(&format!("{lead}{part}"));
        }
    }

    fn field(&mut self, indent: usize, zh: &str, en: &str, text: &str, most: usize) {
        let label = format!("{}{}  ", " ".repeat(indent), self.pick(zh, en));
        let width = label.width();
        let painted = self.paint("2", &label);
        self.hanging(&painted, width, text, most);
    }

    fn heading(&mut self, run: &Run) {
        let name = self.pick("试金石", "Touchstone");
        let title = format!("{name} {} · {}", clean_line(&run.tool), self.get(&run.plan.suite_title));
        let title = self.paint("1", &title);
        self.line(&title);
        let mut facts = format!("{} · {}", clean_line(&run.run), units::moment(&run.started));
        if let Some(ms) = run.finished.as_ref().and_then(|f| units::between(&run.started, f)) {
            facts.push_str(&format!(" · {}", units::milliseconds(ms)));
        }
        self.line(&facts);
        let targets: Vec<String> =
            run.plan.targets.iter().map(|t| format!("{} ({})", clean_line(&t.name), clean_line(&t.kind))).collect();
        self.field(0, "目标", "Targets", &targets.join(", "), 4);
    }

    fn tallies(&mut self, view: &View) {
        let columns: Vec<String> = ClauseVerdict::ALL
            .map(|v| format!("{} {}", verdict_map::clause(v).symbol, self.pick(&v.words().zh, short(v))))
            .to_vec();
        let used: Vec<_> = view
            .run
            .plan
            .catalogue
            .areas
            .iter()
            .map(|area| (area, ClauseVerdict::ALL.map(|v| count(view, Some(&area.id), v))))
            .filter(|(_, counts)| counts.iter().sum::<usize>() > 0)
            .collect();
        let names: Vec<String> = used.iter().map(|(a, _)| format!("{}  {}", clean_line(&a.id), self.get(&a.title))).collect();
        let total = self.pick("合计", "Total").to_owned();
        let room = self.width.saturating_sub(columns.iter().map(|c| c.width() + 2).sum());
        let lead = names.iter().chain([&total]).map(|n| n.width()).max().unwrap_or(0).min(room.max(12));
        self.text.push('\n');
        let heads: String = columns.iter().map(|c| format!("  {c}")).collect();
        let heads = self.paint("2", &heads);
        self.line(&format!("{}{heads}", " ".repeat(lead)));
        for (name, (_, counts)) in names.iter().zip(&used) {
            self.counts(&pad(name, lead), counts, &columns);
        }
        let all = ClauseVerdict::ALL.map(|v| count(view, None, v));
        let label = self.paint("1", &pad(&total, lead));
        self.counts(&label, &all, &columns);
    }

    fn counts(&mut self, label: &str, counts: &[usize; 5], columns: &[String]) {
        let mut row = label.to_owned();
        for ((n, verdict), column) in counts.iter().zip(ClauseVerdict::ALL).zip(columns) {
            let figure = if *n == 0 { "·".to_owned() } else { n.to_string() };
            let ansi = if *n == 0 { "2" } else { verdict_map::clause(verdict).ansi };
            row.push_str(&" ".repeat((column.width() + 2).saturating_sub(figure.width())));
            row.push_str(&self.paint(ansi, &figure));
        }
        self.line(&row);
    }

    fn contradictions(&mut self, view: &View) {
        let mut first = true;
        for (clause, result) in view.selected() {
            if !matches!(result.verdict, ClauseVerdict::Partly | ClauseVerdict::Nonconforming) {
                continue;
            }
            if std::mem::take(&mut first) {
                self.title("不符合与部分符合的条款", "Clauses not met, or met in part");
            }
            let look = verdict_map::clause(result.verdict);
            let prefers = if clause.mandatory { "" } else { self.pick("（非强制）", " (preferred only)") };
            let head = format!("{}  {}{prefers}", clean_line(&clause.id), self.get(&clause.title));
            let symbol = self.symbol(look);
            self.hanging(&format!("{symbol} "), 2, &head, usize::MAX);
            for waived in view.waivers_of(&clause.id) {
                let mark = self.paint(verdict_map::waiver(waived.state).ansi, verdict_map::waiver(waived.state).symbol);
                let words = self.get(&waived.waiver.words());
                self.hanging(&format!("    {mark} "), 6, &words, VALUE_LINES);
            }
            // An unmet expectation of a check that came to no verdict contradicts nothing.
            let contradicted =
                |pair: &Pair| matches!(pair.check.verdict, Verdict::Nonconforming) && pair.contradictions().next().is_some();
            let mut checks = view.of_clause(&clause.id).filter(contradicted);
            if let Some(pair) = checks.next() {
                self.contradiction(&pair);
            }
            let more = checks.count();
            if more > 0 {
                let zh = format!("另有 {more} 项检查也发现不符");
                let en = format!("{more} more contradicted by what was seen");
                let line = format!("    {}", self.pick(&zh, &en));
                self.line(&line);
            }
        }
    }

    fn contradiction(&mut self, pair: &Pair) {
        let Some(report) = pair.contradictions().next() else { return };
        let title = self.get(&pair.expectation(&report.expectation));
        self.hanging("    ", 4, &format!("{} · {title}", clean_line(&pair.item.key)), usize::MAX);
        self.field(4, "期望", "expected", &clean_line(&report.expected), VALUE_LINES);
        self.field(4, "实际", "actual  ", &clean_line(&report.actual), VALUE_LINES);
    }

    fn open_checks(&mut self, view: &View) {
        let mut first = true;
        for pair in &view.pairs {
            let Verdict::Inconclusive { reason } = &pair.check.verdict else { continue };
            if std::mem::take(&mut first) {
                self.title("无结论的检查", "Inconclusive checks");
            }
            let symbol = self.symbol(verdict_map::check(&pair.check.verdict).0);
            let head = format!("{} · {}", clean_line(&pair.item.key), self.get(&pair.item.check.title));
            self.hanging(&format!("{symbol} "), 2, &head, usize::MAX);
            let reason = self.get(reason);
            self.hanging("    ", 4, &reason, VALUE_LINES);
        }
    }

    fn waivers(&mut self, run: &Run) {
        if run.waivers.is_empty() {
            return;
        }
        self.title("豁免（不改变结论）", "Waivers (no verdict is changed by them)");
        for waived in &run.waivers {
            let look = verdict_map::waiver(waived.state);
            let symbol = self.symbol(look);
            let verdict = waived.verdict.map(|v| format!(" · {}", self.get(&v.words()))).unwrap_or_default();
            let head = format!("{}{verdict} · {}", self.get(&waived.waiver.words()), self.get(&waived.state.words()));
            self.hanging(&format!("{symbol} "), 2, &head, usize::MAX);
            let reason = self.get(&waived.waiver.reason);
            self.hanging("    ", 4, &reason, VALUE_LINES);
        }
    }

    fn unvouched(&mut self, view: &View) {
        let mut first = true;
        for (name, why) in view.unvouched() {
            if std::mem::take(&mut first) {
                self.title("无人担保的插件（--allow-unsigned）", "Plugins that nobody vouches for (--allow-unsigned)");
            }
            let mark = self.paint("33", "!");
            let text = format!("{}: {}", clean_line(name), self.get(why));
            self.hanging(&format!("{mark} "), 2, &text, VALUE_LINES);
        }
    }

    fn left_behind(&mut self, view: &View) {
        let mut first = true;
        for pair in &view.pairs {
            for left in &pair.check.left_behind {
                if std::mem::take(&mut first) {
                    self.title("遗留在目标上的内容", "Left behind on targets");
                }
                let what = units::undo(&left.cleanup.act);
                let mark = self.paint("1;31", "!");
                let text = format!("{}: {} · {}", clean_line(&pair.item.key), clean_line(&what), clean_line(&left.failure));
                self.hanging(&format!("{mark} "), 2, &text, VALUE_LINES);
            }
        }
    }

    /// A label, a figure and painted parts, on as many lines as they need.
    fn parts(&mut self, label: &str, figure: usize, parts: &[(Look, String)]) {
        let figure = figure.to_string();
        let mut line = format!("{}  {figure}", self.paint("2", label));
        let hang = label.width() + 2;
        let mut used = hang + figure.width();
        for (look, part) in parts {
            if used + 2 + part.width() > self.width {
                self.line(&line);
                line = " ".repeat(hang - 2);
                used = hang - 2;
            }
            line.push_str("  ");
            line.push_str(&self.paint(look.ansi, part));
            used += 2 + part.width();
        }
        self.line(&line);
    }

    fn closing(&mut self, view: &View) {
        let run = view.run;
        self.text.push('\n');
        let mut parts = Vec::new();
        let samples = [
            Verdict::Conforming,
            Verdict::Nonconforming,
            Verdict::NotApplicable { reason: Text::default() },
            Verdict::Inconclusive { reason: Text::default() },
        ];
        for sample in &samples {
            let n = run.checks.iter().filter(|c| c.verdict.name() == sample.name()).count();
            if n > 0 {
                let (look, _) = verdict_map::check(sample);
                parts.push((look, format!("{} {n} {}", look.symbol, self.get(&sample.words()))));
            }
        }
        if !run.plan.left_out.is_empty() {
            let (look, _) = verdict_map::LEFT_OUT;
            let words = self.pick("未执行", "left out");
            parts.push((look, format!("{} {} {words}", look.symbol, run.plan.left_out.len())));
        }
        let label = self.pick("检查", "Checks").to_owned();
        self.parts(&label, run.checks.len(), &parts);
        let selected = view.selected().count();
        let all = run.clauses.len();
        if selected < all {
            let zh = format!("本次只选取了 {all} 条条款中的 {selected} 条");
            let en = format!("only {selected} of {all} clauses were selected");
            let note = self.pick(&zh, &en).to_owned();
            self.line(&note);
        }
        if run.interrupted {
            let note = self
                .paint("35", self.pick("运行未完成，可用 resume 继续", "the run is not complete; `resume` takes it up again"));
            self.line(&note);
        }
        let look = verdict_map::conclusion(run.conclusion);
        let words = self.get(&run.conclusion.words());
        let bold = format!("1;{}", look.ansi);
        let verdict = self.paint(&bold, &format!("{} {words}", look.symbol));
        let label = self.paint("1", self.pick("结论", "Conclusion"));
        self.line(&format!("{label}  {verdict}"));
        if run.conclusion != run.without_waivers {
            let bare = self.get(&run.without_waivers.words());
            let zh = format!("该结论建立在豁免之上；不计豁免：{bare}");
            let en = format!("it rests on waivers; without them: {bare}");
            let note = self.paint("33", self.pick(&zh, &en));
            self.line(&note);
        }
        let head = run.journal_head.clone();
        self.field(0, "日志末项", "Journal head", &head.0, usize::MAX);
    }
}

fn count(view: &View, area: Option<&str>, verdict: ClauseVerdict) -> usize {
    view.selected().filter(|(c, r)| r.verdict == verdict && area.is_none_or(|a| c.area == a)).count()
}

fn short(verdict: ClauseVerdict) -> &'static str {
    match verdict {
        ClauseVerdict::Conforming => "met",
        ClauseVerdict::Partly => "partly",
        ClauseVerdict::Nonconforming => "not met",
        ClauseVerdict::NotApplicable => "n/a",
        ClauseVerdict::NotAssessed => "not assessed",
    }
}

/// Cut to so many columns.
fn fit(text: &str, columns: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// Cut or filled with spaces to exactly so many columns.
fn pad(text: &str, columns: usize) -> String {
    let text = if text.width() > columns { format!("{}…", fit(text, columns.saturating_sub(1))) } else { text.to_owned() };
    let missing = columns.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

/// Breaks at spaces, and between characters where a word is longer than a line or has two columns a character.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    // Byte length of `line` after the last place where it may be broken.
    let mut break_at = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns {
            let rest = if break_at > 0 && c != ' ' { line.split_off(break_at) } else { String::new() };
            lines.push(line.trim_end().to_owned());
            line = rest;
            used = line.width();
            break_at = 0;
            if c == ' ' && line.is_empty() {
                continue;
            }
        }
        line.push(c);
        used += wide;
        if c == ' ' || wide == 2 {
            break_at = line.len();
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_never_exceed_their_columns() {
        let text = "内核版本必须不低于 4.9，实际为 3.10.0-1160.el7.x86_64 averyveryverylongwordwithoutanyspace end";
        for columns in 8..60 {
            let lines = wrap(text, columns);
            assert!(lines.iter().all(|l| l.width() <= columns), "{columns}: {lines:?}");
            let squeeze = |s: &str| s.replace(' ', "");
            assert_eq!(squeeze(&lines.concat()), squeeze(text));
        }
    }

    #[test]
    fn padding_counts_columns_not_characters() {
        assert_eq!(pad("数据库", 8), "数据库  ");
        assert_eq!(pad("数据库服务", 7).width(), 7);
    }
}
