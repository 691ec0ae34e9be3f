use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// With a letter for every kind of escape.
const HARD: &str = "p@ss w\"ö'rd/+?&<\\>%k";

fn redactor(secret: &str) -> Arc<Redactor> {
    let redactor = Redactor::new();
    redactor.add(&Secret::new(secret));
    Arc::new(redactor)
}

/// Replaced, and nothing around it.
fn is_hidden(redactor: &Redactor, form: &str) {
    for (before, after) in [("", ""), ("<", ">"), ("\"x\": \"", "\", \"y\""), ("?a=", "&b=c")] {
        let clean = redactor.text(&format!("{before}{form}{after}"));
        assert_eq!(clean, format!("{before}***{after}"), "{form}");
    }
}

#[test]
fn every_single_encoding_is_replaced() {
    let redactor = redactor(HARD);
    let percent = percent_encode(HARD.as_bytes(), NON_ALPHANUMERIC).to_string();
    let all_percent: String = HARD.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let json = serde_json::to_string(HARD).unwrap();
    let json_ascii: String = HARD.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let html = HARD.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;");
    let html_hex: String = HARD.chars().map(|letter| format!("&#x{:x};", letter as u32)).collect();
    let html_names = HARD.replace('&', "&amp;").replace('@', "&commat;").replace('/', "&sol;").replace('?', "&quest;");
    for form in [
        HARD,
        &percent,
        &lower_percent(&percent),
        &percent.replace("%20", "+"),
        &all_percent,
        &json[1..json.len() - 1],
        &json_ascii,
        &json[1..json.len() - 1].replace('/', "\\/"),
        &html,
        &html_hex,
        &html_names,
        &hex::encode(HARD),
        &hex::encode_upper(HARD),
        &HARD.replace('\'', "'\\''"),
        &HARD.replace('\'', "''"),
        &percent_encode(percent.as_bytes(), NON_ALPHANUMERIC).to_string(),
        &percent_encode(&json.as_bytes()[1..json.len() - 1], NON_ALPHANUMERIC).to_string(),
        &html.replace('&', "&amp;"),
        &serde_json::to_string(&html).unwrap()[1..html.len() + 2],
    ] {
        is_hidden(&redactor, form);
    }
}

fn lower_percent(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "%" + &part[..2].to_lowercase() + &part[2..])
}

/// Any choice of letters may be escaped, and each in upper or lower case.
#[test]
fn partly_escaped_forms_are_replaced() {
    let secret = "Aa0-z_9~Q";
    let redactor = redactor(secret);
    for choice in 0..1_u32 << secret.len() {
        let written = |how: fn(u8) -> String| -> String {
            secret.bytes().enumerate().map(|(at, b)| if choice >> at & 1 == 1 { how(b) } else { char::from(b).into() }).collect()
        };
        is_hidden(&redactor, &written(|b| format!("%{b:02X}")));
        is_hidden(&redactor, &written(|b| format!("%{b:02x}")));
        is_hidden(&redactor, &written(|b| format!("&#{b};")));
        is_hidden(&redactor, &written(|b| format!("\\u{b:04x}")));
        is_hidden(&redactor, &written(|b| format!("\\x{b:02x}")));
        is_hidden(&redactor, &written(|b| format!("\\{b:03o}")));
    }
}

#[test]
fn base64_is_found_at_any_place() {
    let secret = "correct-horse-battery";
    let redactor = redactor(secret);
    let core = &STANDARD_NO_PAD.encode(secret)[4..20];
    for before in ["", "u:", "us:", "user:", "some-user:"] {
        for after in ["", "x", "xy", "\n", "more than that"] {
            for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
                let encoded = engine.encode(format!("{before}{secret}{after}"));
                for line in [8, 20, 76] {
                    let wrapped = encoded.as_bytes().chunks(line).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n");
                    let clean = redactor.text(&format!("Authorization: Basic {wrapped}\n"));
                    assert!(clean.contains("***"), "{encoded}");
                    let unwrapped = clean.replace("\r\n", "");
                    assert!(!unwrapped.contains(core) && unwrapped.starts_with("Authorization: Basic "), "{clean}");
                }
            }
        }
    }
}

#[test]
fn a_secret_cut_off_by_a_limit_goes_too() {
    let secret = "correct-horse-battery";
    let redactor = redactor(secret);
    let encoded = STANDARD.encode(secret);
    for whole in [format!("it is {secret} ."), format!("it is {encoded} ."), format!("it is {} .", hex::encode(secret))] {
        for limit in 0..whole.len() {
            let clean = String::from_utf8(redactor.cut_bytes(&whole.as_bytes()[..limit])).unwrap();
            assert!(longest_common(&clean, &whole[6..]) < 6, "{clean}");
        }
    }
    assert_eq!(redactor.cut_bytes(b"abcdef correct me"), b"abcdef correct me");
}

fn longest_common(text: &str, secret: &str) -> usize {
    (1..=secret.len()).rev().find(|n| (0..=secret.len() - n).any(|at| text.contains(&secret[at..at + n]))).unwrap_or(0)
}

/// Whatever comes in whatever pieces, no more than a few letters of a secret are given out.
#[test]
fn a_stream_may_be_cut_anywhere() {
    let secret = "corr\"ct&horse";
    let redactor = redactor(secret);
    let json = serde_json::to_string(secret).unwrap();
    let forms = [
        secret.to_owned(),
        STANDARD.encode(format!("u:{secret}")),
        hex::encode(secret),
        percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string(),
        json[1..json.len() - 1].to_owned(),
        secret.replace('&', "&amp;").replace('"', "&quot;"),
    ];
    for form in &forms {
        let whole = format!("before {form} between {form} after\n");
        for first in 0..whole.len() {
            for second in first..whole.len() {
                let mut stream = Stream::new(redactor.clone());
                let mut given = stream.push(&whole.as_bytes()[..first]);
                given.extend(stream.push(&whole.as_bytes()[first..second]));
                given.extend(stream.push(&whole.as_bytes()[second..]));
                given.extend(stream.flush());
                let given = String::from_utf8(given).unwrap();
                let without = given.replace("***", "");
                assert!(given.starts_with("before ") && given.ends_with(" after\n"), "{given}");
                assert!(without.len() <= "before  between  after\n".len() + 8, "{form} at {first}, {second}: {given}");
                assert!(given.matches("***").count() >= 2, "{given}");
            }
        }
    }
}

/// A reader that gives up waiting sees what was held back, but never the greater part of a secret.
#[test]
fn a_stream_that_pauses_gives_out_no_secret() {
    let secret = "correct-horse-battery";
    let redactor = redactor(secret);
    let whole = format!("a {secret} b");
    for pause in 0..whole.len() {
        let mut stream = Stream::new(redactor.clone());
        let mut given = stream.push(&whole.as_bytes()[..pause]);
        given.extend(stream.flush());
        given.extend(stream.push(&whole.as_bytes()[pause..]));
        given.extend(stream.flush());
        let given = String::from_utf8(given).unwrap();
        assert!(longest_common(&given, secret) < TELLING, "{pause}: {given}");
        assert!(given.starts_with("a ") && given.ends_with(" b"), "{given}");
    }
    let mut stream = Stream::new(redactor);
    assert_eq!(stream.push(b"login: c"), b"login: ");
    assert!(stream.is_holding());
    assert_eq!(stream.flush(), b"c");
}

/// To blot them out everywhere would falsify what a check sees.
#[test]
fn weak_secrets_go_only_where_the_text_tells_them() {
    let redactor = Redactor::new();
    redactor.add_names(["PostgreSQL".to_owned(), "appdb".to_owned()]);
    for (secret, why) in [
        ("abc", Weakness::Short),
        ("123456", Weakness::Short),
        ("Password", Weakness::Common),
        ("postgres", Weakness::Name),
        ("appdb", Weakness::Short),
        ("appdb1", Weakness::Name),
    ] {
        let names = ["appdb12".to_owned()];
        redactor.add_names(names);
        assert_eq!(redactor.add(&Secret::new(secret)), Some(why), "{secret}");
    }
    assert_eq!(redactor.add(&Secret::new("k9-Qx!")), None);
    for kept in ["user postgres of postgres", "abc abcd xabc (abc)", "/var/lib/postgres/", "owner: postgres", "123456 rows"] {
        assert_eq!(redactor.text(kept), kept);
    }
    for (told, clean) in [
        ("password=postgres", "password=***"),
        ("PASSWORD 'postgres';", "PASSWORD '***';"),
        ("{\"password\": \"abc\"}", "{\"password\": \"***\"}"),
        ("postgresql://postgres:postgres@db/appdb", "postgresql://postgres:***@db/appdb"),
        ("identified by abc", "identified by ***"),
        ("password%3Dpostgres", "password%3D***"),
    ] {
        assert_eq!(redactor.text(told), clean);
    }
}

#[test]
fn several_secrets_and_the_longer_first() {
    let redactor = redactor("hidden-1");
    redactor.add(&Secret::new("hidden-1-longer"));
    assert_eq!(redactor.text("a hidden-1-longer b hidden-1 c"), "a *** b *** c");
}

#[test]
fn binary_and_long_texts_are_kept() {
    let redactor = redactor("hidden-1");
    assert_eq!(redactor.bytes(b"\x00\xffhidden-1\xfe"), b"\x00\xff***\xfe");
    let long = format!("{}%68idden-1{}", "x%20".repeat(300_000), "y".repeat(300_000));
    let clean = redactor.text(&long);
    assert_eq!(clean, long.replace("%68idden-1", "***"));
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", Secret::new("hidden")), "***");
}

#[test]
fn a_file_gives_its_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "  s3cret \nsecond\n").unwrap();
    assert_eq!(resolve(&SecretSource::File(file.clone())).unwrap().expose(), "s3cret");
    std::fs::write(&file, "\n").unwrap();
    assert!(resolve(&SecretSource::File(file)).is_err());
    assert!(resolve(&SecretSource::Env("TOUCHSTONE_NO_SUCH_VARIABLE".into())).is_err());
}
