//! Which language to speak before the command line is understood.

use touchstone_model::text::Lang;

/// `--lang` wherever it stands, else the locale.
pub fn early(args: impl Iterator<Item = String>) -> Lang {
    let args: Vec<String> = args.collect();
    let value = args.iter().enumerate().find_map(|(at, arg)| match arg.as_str() {
        "--lang" => args.get(at + 1).map(String::as_str),
        other => other.strip_prefix("--lang="),
    });
    match value {
        Some("zh") => Lang::Zh,
        Some(_) => Lang::En,
        None => sys_locale::get_locale().filter(|l| l.starts_with("zh")).map_or(Lang::En, |_| Lang::Zh),
    }
}
