//! `touchstone history`

use crate::args::{HistoryAction, HistoryCheckArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use touchstone_history::check::check;
use touchstone_history::format::{BadHistory, Header};
use touchstone_history::verdict::{Report, Validity};
use touchstone_model::text::{Lang, Text};

/// Does what is asked with a stored history.
pub fn run(action: &HistoryAction, lang: Lang) -> Result<Exit, Failure> {
    match action {
        HistoryAction::Check(args) => judge(args, lang),
    }
}

fn judge(args: &HistoryCheckArgs, lang: Lang) -> Result<Exit, Failure> {
    let path = &args.history;
    let unreadable = |error: std::io::Error| {
        let shown = path.display();
        Failure::Said(
            Exit::BadInput,
            Text::new(format!("{shown}: 无法读取：{error}"), format!("{shown}: cannot be read: {error}")),
        )
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut from = BufReader::with_capacity(1 << 20, file);
    let (header, report) = check(&mut from, args.isolation.map(Into::into)).map_err(|bad| no_history(path, &bad))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(Failure::broken)?);
    } else {
        print!("{}", told(&header, &report, lang));
    }
    Ok(match report.valid {
        Validity::True => Exit::Accepted,
        Validity::Unknown => Exit::Inconclusive,
        Validity::False => Exit::NotAccepted,
    })
}

fn no_history(path: &Path, bad: &BadHistory) -> Failure {
    let at = format!("{}:{}", path.display(), bad.line);
    Failure::Said(Exit::BadInput, Text::new(format!("{at}: {}", bad.what.zh), format!("{at}: {}", bad.what.en)))
}

fn told(header: &Header, report: &Report, lang: Lang) -> String {
    let verdict = match report.valid {
        Validity::True => lang.pick("✓ true  未发现与承诺矛盾之处", "✓ true  nothing contradicts what was promised"),
        Validity::Unknown => lang.pick("? unknown  无法判定", "? unknown  cannot be decided"),
        Validity::False => lang.pick("✗ false  与承诺矛盾", "✗ false  contradicts what was promised"),
    };
    let mut out = format!("{verdict}\n");
    if let Some(note) = &header.note {
        out += &format!("  {note}\n");
    }
    for finding in &report.findings {
        let mark = if finding.forbidden { "✗" } else { "·" };
        out += &format!("\n{mark} {} × {}  {}\n", finding.anomaly, finding.count, finding.meaning.get(lang));
        if !finding.forbidden {
            out += &format!("  {}\n", lang.pick("（承诺并未排除）", "(the promise does not rule it out)"));
        }
        for witness in &finding.witnesses {
            for (at, line) in witness.iter().enumerate() {
                out += &format!("  {} {}\n", if at == 0 { "-" } else { " " }, line.get(lang));
            }
        }
    }
    if !report.undecided.is_empty() {
        out += &format!("\n{}\n", lang.pick("未能判定的原因", "What keeps it from being decided"));
        for reason in &report.undecided {
            out += &format!("  - {}\n", reason.get(lang));
        }
    }
    out += "\n";
    for (name, value) in &report.figures {
        out += &format!("  {name:<24} {value}\n");
    }
    out
}
