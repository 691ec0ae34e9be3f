//! The rounds of an acceptance for a terminal: which round this is, what is to be rectified and by when, what changed.

use crate::clean::clean_line;
use crate::comparison::changes;
use crate::screen::Screen;
use touchstone_model::rounds::{Defect, DefectState, EarlierRound, RoundKind, RoundResult};
use touchstone_model::run::Run;
use touchstone_model::text::Text;

/// Lines that one entry may take before it is cut.
const LINES: usize = 3;

/// Part of a run's summary; nothing where there are neither rounds nor anything to rectify.
pub(crate) fn rounds(out: &mut Screen<'_>, run: &Run) {
    if let Some(rounds) = &run.rounds {
        round(out, rounds);
    }
    defects(out, &run.defects);
    let Some(since) = run.rounds.as_ref().and_then(|rounds| rounds.since.as_ref()) else { return };
    out.title("与上一轮相比", "What changed since the round before");
    changes(out, since);
}

fn round(out: &mut Screen<'_>, rounds: &RoundResult) {
    let Text { zh, en } = heading(rounds);
    out.title(&zh, &en);
    for earlier in &rounds.earlier {
        let line = out.get(&earlier_words(earlier));
        out.hanging("  ", 2, &line, LINES);
    }
    if rounds.kind == RoundKind::AfterIncident {
        return;
    }
    if let Some(limit) = rounds.limit.filter(|_| rounds.failures_in_a_row > 0) {
        let failures = rounds.failures_in_a_row;
        let text =
            Text::new(format!("连续不通过 {failures} 轮（限 {limit}）"), format!("failed in a row: {failures} (limit {limit})"));
        let line = out.paint(if failures >= limit { "1;31" } else { "33" }, &out.get(&text));
        out.line(&format!("  {line}"));
    }
    if let Some(by) = &rounds.agreed_by {
        let by = clean_line(by);
        let line =
            out.get(&Text::new(format!("超出次数限制，经 {by} 同意再次验收"), format!("beyond the limit, agreed to by {by}")));
        out.hanging("  ", 2, &line, LINES);
    }
    let carried: Vec<_> = rounds.standing.iter().filter(|standing| standing.round != rounds.number).collect();
    if !carried.is_empty() {
        let count = carried.len();
        let line = out.get(&Text::new(
            format!("沿用此前各轮结论的条款 {count} 条"),
            format!("{count} clauses stand as earlier rounds left them"),
        ));
        out.line(&format!("  {line}"));
    }
    for standing in carried {
        if let Some(doubt) = &standing.doubt {
            let line = format!("{}: {}", clean_line(&standing.clause), out.get(doubt));
            out.hanging("  ! ", 4, &line, LINES);
        }
    }
}

fn defects(out: &mut Screen<'_>, defects: &[Defect]) {
    if defects.is_empty() {
        return;
    }
    out.title("整改", "Rectification");
    for defect in defects {
        let line = format!("{}  {}", clean_line(&defect.clause), out.get(&defect_words(defect)));
        let mark = match defect.state {
            DefectState::Overdue | DefectState::RectifiedLate => out.paint("1;31", "!"),
            DefectState::Open => out.paint("33", "·"),
            DefectState::Rectified => out.paint("32", "✓"),
        };
        out.hanging(&format!("  {mark} "), 4, &line, LINES);
    }
}

/// Which round it is.
pub(crate) fn heading(rounds: &RoundResult) -> Text {
    let Text { zh, en } = rounds.kind.words();
    let number = rounds.number;
    match rounds.kind {
        RoundKind::AfterIncident => {
            Text::new(format!("{zh}：与第 {number} 轮比较"), format!("{en}: compared with round {number}"))
        }
        _ => Text::new(format!("第 {number} 轮：{zh}"), format!("Round {number}: {en}")),
    }
}

/// A round before, by what it is bound to.
pub(crate) fn earlier_words(earlier: &EarlierRound) -> Text {
    let EarlierRound { number, run, conclusion, bundle, journal_head, .. } = earlier;
    let (kind, concluded) = (earlier.kind.words(), conclusion.words());
    let bound = bundle.as_ref().map_or_else(
        || Text::new(format!("日志末项 {journal_head}"), format!("journal head {journal_head}")),
        |digest| Text::new(format!("交付包 {digest}"), format!("bundle {digest}")),
    );
    let on = earlier.finished.as_deref().unwrap_or(&earlier.started);
    let when = crate::units::moment(on);
    Text::new(
        format!("第 {number} 轮 {}：{}，{when}，{run}，{}", kind.zh, concluded.zh, bound.zh),
        format!("round {number}, {}: {}, {when}, {run}, {}", kind.en, concluded.en, bound.en),
    )
}

/// What became of a defect, and until when it has time.
pub(crate) fn defect_words(defect: &Defect) -> Text {
    let Text { zh, en } = defect.state.words();
    let (round, on) = (defect.found_in, &defect.found_on);
    let due = defect.due.as_ref().map_or_else(
        || Text::new("期限未定（工作日历没有覆盖到）", "due date not known (the calendar does not reach it)"),
        |due| Text::new(format!("期限 {due}"), format!("due {due}")),
    );
    let rectified = defect.rectified_in.zip(defect.rectified_on.as_ref()).map_or_else(Text::default, |(round, on)| {
        Text::new(format!("，第 {round} 轮（{on}）判明"), format!(", shown in round {round} ({on})"))
    });
    Text::new(
        format!("{zh}，第 {round} 轮（{on}）发现，{}{}", due.zh, rectified.zh),
        format!("{en}, found in round {round} ({on}), {}{}", due.en, rectified.en),
    )
}
