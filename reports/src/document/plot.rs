//! A series as SVG. Colours are attributes, so that it shows in any reader; a page's style goes before them.

use crate::units;
use std::fmt::Write as _;

/// Moments in milliseconds from the beginning; times in microseconds.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub(super) answered: Vec<(u32, u64)>,
    pub(super) failed: Vec<u32>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 62.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 8.0;
/// A column of the drawing shows the longest time that falls into it.
const COLUMNS: usize = 320;

/// The longest response time of each moment as a line, failed visits as upright lines.
pub(super) fn draw(series: &Series) -> String {
    let end = series.answered.iter().map(|(at, _)| *at).chain(series.failed.iter().copied()).max().unwrap_or(0).max(1);
    let most = series.answered.iter().map(|(_, took)| *took).max().unwrap_or(0).max(1);
    let (wide, high) = (WIDTH - LEFT - 8.0, HEIGHT - TOP - BOTTOM);
    let x = |at: f64| LEFT + at / f64::from(end) * wide;
    let y = |took: u64| TOP + high - took as f64 / most as f64 * high;
    let mut columns: Vec<Option<u64>> = vec![None; COLUMNS];
    let column = |at: u32| (f64::from(at) / f64::from(end) * (COLUMNS - 1) as f64) as usize;
    for (at, took) in &series.answered {
        let longest = &mut columns[column(*at).min(COLUMNS - 1)];
        *longest = Some(longest.map_or(*took, |known| known.max(*took)));
    }
    let mut svg = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {WIDTH} {HEIGHT}">"#);
    let mut put = |text: String| svg.push_str(&text);
    for part in 0..=2u64 {
        let took = most * part / 2;
        let at = y(took);
        put(format!(r##"<line class="grid" x1="{LEFT}" x2="{:.1}" y1="{at:.1}" y2="{at:.1}" stroke="#d9dde2"/>"##, WIDTH - 8.0));
        put(label(LEFT - 6.0, at + 4.0, "end", &units::microseconds(took)));
    }
    for part in 0..=4u32 {
        let at = u64::from(end) * u64::from(part) / 4;
        let anchor = if part == 0 {
            "start"
        } else if part == 4 {
            "end"
        } else {
            "middle"
        };
        put(label(x(at as f64), HEIGHT - 6.0, anchor, &units::milliseconds(at)));
    }
    let mut failed: Vec<usize> = series.failed.iter().map(|at| column(*at)).collect();
    failed.sort_unstable();
    failed.dedup();
    for n in failed {
        let at = LEFT + n as f64 / (COLUMNS - 1) as f64 * wide;
        put(format!(
            r##"<line class="failed" x1="{at:.1}" x2="{at:.1}" y1="{TOP}" y2="{:.1}" stroke="#b3141c" stroke-width="1.5" stroke-opacity="0.55"/>"##,
            TOP + high
        ));
    }
    let mut path = String::new();
    for (n, longest) in columns.iter().enumerate() {
        let Some(took) = longest else { continue };
        let command = if path.is_empty() { 'M' } else { 'L' };
        // Writing into a String can't fail.
        let _ = write!(path, "{command}{:.1} {:.1}", LEFT + n as f64 / (COLUMNS - 1) as f64 * wide, y(*took));
    }
    put(format!(r##"<path class="line" d="{path}" fill="none" stroke="#0b57a4" stroke-width="1.4"/></svg>"##));
    svg
}

/// Two lines over whole seconds: what was due, dashed, and what was answered.
pub(super) fn draw_rates(seconds: &[(u64, u64)]) -> String {
    let most = seconds.iter().map(|(due, answered)| *due.max(answered)).max().unwrap_or(0).max(1);
    let (wide, high) = (WIDTH - LEFT - 8.0, HEIGHT - TOP - BOTTOM);
    let x = |number: usize| LEFT + number as f64 / seconds.len().saturating_sub(1).max(1) as f64 * wide;
    let y = |count: u64| TOP + high - count as f64 / most as f64 * high;
    let mut svg = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {WIDTH} {HEIGHT}">"#);
    for part in 0..=2u64 {
        let at = y(most * part / 2);
        svg +=
            &format!(r##"<line class="grid" x1="{LEFT}" x2="{:.1}" y1="{at:.1}" y2="{at:.1}" stroke="#d9dde2"/>"##, WIDTH - 8.0);
        svg += &label(LEFT - 6.0, at + 4.0, "end", &(most * part / 2).to_string());
    }
    svg += &label(LEFT, HEIGHT - 6.0, "start", "0 s");
    svg += &label(WIDTH - 8.0, HEIGHT - 6.0, "end", &format!("{} s", seconds.len().saturating_sub(1)));
    let mut line = |of: fn(&(u64, u64)) -> u64, more: &str| {
        let points: Vec<String> =
            seconds.iter().enumerate().map(|(number, second)| format!("{:.1},{:.1}", x(number), y(of(second)))).collect();
        svg += &format!(
            r##"<polyline class="line" points="{}" fill="none" stroke="#0b57a4" stroke-width="1.4" {more}/>"##,
            points.join(" ")
        );
    };
    line(|second| second.0, r#"stroke-dasharray="4 3" stroke-opacity="0.6""#);
    line(|second| second.1, "");
    svg + "</svg>"
}

fn label(x: f64, y: f64, anchor: &str, words: &str) -> String {
    format!(
        r##"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" font-size="11" font-family="sans-serif" fill="#59636e">{words}</text>"##
    )
}
