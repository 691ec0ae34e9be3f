//! `touchstone assess`

use crate::args::AssessArgs;
use crate::bundle::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::setup;
use jiff::Timestamp;
use touchstone_assess::{Assessment, Period, assess};
use touchstone_model::text::Lang;
use touchstone_reports::{assessment_html, assessment_json, assessment_terminal};
use touchstone_runner::input::{load_ledgers, load_rules, load_suite};

/// Reads rules and ledgers, assesses, prints. Exit 0: everything is assessed; 3: something is not known.
pub fn run(args: &AssessArgs, lang: Lang) -> Result<Exit, Failure> {
    let (period, as_of) = (period_of(args.period.as_deref(), args.year)?, as_of(args)?);
    let suite = load_suite(&setup::suite_file(args.suite.as_deref())?)?;
    // What is wrong with the rules and what is wrong with the ledgers is told at once.
    let (rules, loaded) = match (load_rules(&suite), load_ledgers(&args.ledgers, &suite.catalogue, as_of)) {
        (Ok(rules), Ok(loaded)) => (rules, loaded),
        (Err(rules), Err(ledgers)) => return Err(rules.and(ledgers).into()),
        (Err(bad), _) | (_, Err(bad)) => return Err(bad.into()),
    };
    let calendar = (&rules.calendar, &rules.days);
    let assessment = assess(&rules.rules, calendar, &loaded.ledgers, period, as_of, loaded.notes)
        .map_err(|refusal| Failure::Said(Exit::BadUsage, refusal.words()))?;
    if args.json {
        print!("{}", assessment_json(&assessment));
    } else {
        print!("{}", assessment_terminal(&assessment, &crate::terminal::options(lang)));
    }
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|e| Failure::broken(format!("{}: {e}", folder.display())))?;
        write(&folder.join("assessment.json"), assessment_json(&assessment).as_bytes())?;
        let html = folder.join("assessment.html");
        write(&html, assessment_html(&assessment, lang).as_bytes())?;
        eprintln!("{}: {}", lang.pick("报告", "report"), html.display());
    }
    Ok(if complete(&assessment) { Exit::Accepted } else { Exit::Inconclusive })
}

fn complete(assessment: &Assessment) -> bool {
    let months = assessment.months.iter().all(|month| month.total.score.is_some());
    months && assessment.year.as_ref().is_none_or(|year| year.total.score.is_some()) && assessment.penalties_final
}

/// A month like 2026-05, or a year.
pub fn period_of(month: Option<&str>, year: Option<i16>) -> Result<Period, Failure> {
    match (month, year) {
        (Some(month), _) => month.parse().map(Period::Month).map_err(|()| {
            Failure::usage(format!("{month} 不是月份，写成 2026-05"), format!("{month} is no month: write it like 2026-05"))
        }),
        (None, Some(year)) => Ok(Period::Year(year)),
        (None, None) => Err(Failure::usage("请给出 --period 或 --year", "give --period or --year")),
    }
}

fn as_of(args: &AssessArgs) -> Result<Timestamp, Failure> {
    let Some(text) = &args.as_of else { return Ok(Timestamp::now()) };
    text.parse().map_err(|_| {
        Failure::usage(
            format!("{text} 不是带时区的时刻，写成 2026-06-01T00:00:00+08:00"),
            format!("{text} is no time with a zone: write it like 2026-06-01T00:00:00+08:00"),
        )
    })
}
