//! The assessment in every form: the schemas are those published, the page and the terminal say why each point was lost.
#![forbid(unsafe_code)]

use std::path::Path;
use touchstone_assess::assessment::{Period, assess};
use touchstone_assess::ledger::*;
use touchstone_assess::rules::Rules;
use touchstone_assess::{Assessment, calendar::Calendar};
use touchstone_model::text::{Lang, Text};
use touchstone_reports::{Options, assessment_html, assessment_json, assessment_schema, assessment_terminal};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn published(path: &str, schema: &str) {
    let path = Path::new(ROOT).join(path);
    if std::env::var_os("TOUCHSTONE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).expect("its folder can be made");
        std::fs::write(&path, schema).expect("the schema can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == schema,
        "{} is not that of the types. If the format was meant to change, renew it: TOUCHSTONE_BLESS=1 cargo test -p \
         touchstone-reports --test assessment",
        path.display()
    );
}

#[test]
fn published_schemas_are_those_of_the_types() {
    published("schema/assessment-1.schema.json", &assessment_schema());
    published("../suites/schema/ledger-1.schema.json", &format!("{:#}\n", ledger_schema().as_value()));
}

fn suite<T: serde::de::DeserializeOwned>(name: &str) -> T {
    toml::from_str(&std::fs::read_to_string(Path::new(ROOT).join("../suites/gov-paas").join(name)).unwrap()).unwrap()
}

/// May 2026: a complaint, a fault, an outage, and no ledger of tasks.
fn sample(period: Period) -> Assessment {
    let (rules, calendar): (Rules, Calendar) = (suite("assessment.toml"), suite("calendar.toml"));
    let known = Coverage { from: "2026-01-01".parse().unwrap(), until: "2026-12-31".parse().unwrap() };
    let place = |file: &str, id: &str| Place { file: file.to_owned(), line: 7, id: id.to_owned() };
    let began = "2026-05-12T02:00:00Z".parse().unwrap();
    let system = |n: usize| System {
        place: place("systems.csv", "s"),
        id: format!("s{n}"),
        name: format!("s{n}"),
        class: Class::C,
        from: None,
        until: None,
    };
    let mut ledgers = Ledgers {
        operator: "<某云服务商>\u{202e}".to_owned(),
        services: vec![Service { id: "database".to_owned(), title: Text::new("数据库服务", "database service") }],
        coverage: Kind::ALL.map(|kind| (kind, known)).into(),
        systems: (1..=100).map(system).collect(),
        complaints: vec![Complaint {
            place: place("complaints.csv", "C-1"),
            id: "C-1".to_owned(),
            received: "2026-05-08".parse().unwrap(),
            by: ComplaintBy::Letter,
            responsible: Party::Operator,
        }],
        incidents: vec![Incident {
            place: place("incidents.csv", "I-1"),
            id: "I-1".to_owned(),
            service: "database".to_owned(),
            began,
            recovered: Some("2026-05-12T05:00:00Z".parse().unwrap()),
            reported: None,
            channel: None,
            unusable: Systems::These(vec!["s1".to_owned()]),
            affected: Systems::These(vec![]),
            confirmed: Finding::Yes,
            responsible: Party::Operator,
            truthful: Finding::Yes,
            service_unusable: Finding::No,
            capacity_lost: None,
            data_lost: Finding::No,
        }],
        outages: vec![Outage {
            place: place("outages.csv", "O-1"),
            id: "O-1".to_owned(),
            service: "database".to_owned(),
            began,
            ended: Some("2026-05-12T02:10:00Z".parse().unwrap()),
            counts: Finding::Yes,
            reason: None,
        }],
        ..Ledgers::default()
    };
    ledgers.coverage.remove(&Kind::Tasks);
    let as_of = "2027-01-10T00:00:00Z".parse().unwrap();
    let days = calendar.days().unwrap();
    assess(&rules, (&calendar, &days), &ledgers, period, as_of, vec![Text::new("按GBK读取", "read as GBK")]).unwrap()
}

fn may() -> Assessment {
    sample(Period::Month("2026-05".parse().unwrap()))
}

#[test]
fn json_fits_its_schema_and_reads_back() {
    let schema: serde_json::Value = serde_json::from_str(&assessment_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    for assessment in [may(), sample(Period::Year(2026))] {
        let text = assessment_json(&assessment);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(serde_json::from_value::<Assessment>(value).unwrap(), assessment);
    }
    let mut value: serde_json::Value = serde_json::from_str(&assessment_json(&may())).unwrap();
    value["months"][0]["indicators"][0]["weight"] = 10.into();
    assert!(!validator.is_valid(&value));
}

#[test]
fn the_terminal_names_rule_amount_and_row() {
    let text = |lang| assessment_terminal(&may(), &Options { lang, color: false, width: 100 });
    let en = text(Lang::En);
    for part in [
        "-5  justified complaint  [C-1 (complaints.csv:7)]",
        "row 15 of the table",
        "there is no ledger of tasks",
        "not assessed (<= 5)",
        "100000",
        "read as GBK",
    ] {
        assert!(en.contains(part), "{part}\n{en}");
    }
    let zh = text(Lang::Zh);
    for part in ["有责投诉", "定级表第15行", "缺少服务任务台账", "未评", "合计（元）：", "国办发明电"]
    {
        assert!(zh.contains(part), "{part}\n{zh}");
    }
    assert!(!zh.contains('\u{202e}'));
}

#[test]
fn the_page_says_both_languages_and_escapes_what_people_wrote() {
    let page = assessment_html(&sample(Period::Year(2026)), Lang::Zh);
    assert!(page.contains("&lt;某云服务商&gt;") && !page.contains('\u{202e}'));
    for part in [
        "id=\"m2026-05-C1\"",
        "href=\"#m2026-05-C1\"",
        "justified complaint",
        "有责投诉",
        "complaints.csv",
        "id=\"readings\"",
        "fault-gap",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<span lang=\"zh-CN\">").count(), page.matches("<span lang=\"en\">").count());
    assert!(!page.contains("http://") && !page.contains("https://"));
}
