//! The page in a real browser: filters hide rows, links open them, nothing in the evidence acts; and its speed.
#![forbid(unsafe_code)]

mod common;

use common::Built;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use touchstone_model::text::Lang;
use touchstone_reports::html;

fn page(built: &Built) -> String {
    html(&built.run, Lang::Zh, &|digest| built.blobs.get(digest).cloned())
}

/// The document after its script ran, with that fragment; none where there is no browser.
fn dom(page: &str, fragment: &str) -> Option<String> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let browser = std::env::split_paths(&path).flat_map(|dir| names.map(|n| dir.join(n))).find(|file| file.is_file());
    let Some(browser) = browser else {
        eprintln!("\n*** NOT TRIED IN A BROWSER: none of {names:?} was found. ***\n");
        return None;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.html");
    std::fs::write(&file, page).expect("written");
    Some(run(&browser, folder.path(), &format!("file://{}{fragment}", file.display())))
}

fn run(browser: &Path, folder: &Path, url: &str) -> String {
    let (out, err) = (folder.join("dom"), folder.join("err"));
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(url)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&out).expect("a file"))
        .stderr(std::fs::File::create(&err).expect("a file"))
        .spawn()
        .expect("the browser starts");
    let begin = Instant::now();
    while child.try_wait().expect("it can be asked").is_none() {
        if begin.elapsed() > Duration::from_secs(90) {
            let _ = Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status();
            let _ = child.wait();
            panic!("the browser did not end: {}", std::fs::read_to_string(&err).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::read_to_string(&out).expect("a document")
}

/// Opening tags of that beginning.
fn tags<'a>(dom: &'a str, begin: &str) -> Vec<&'a str> {
    dom.match_indices(begin).map(|(at, _)| &dom[at..at + dom[at..].find('>').expect("a tag ends")]).collect()
}

/// Ids of the clause rows, and whether each is hidden and open.
fn rows(dom: &str) -> Vec<(String, bool, bool)> {
    tags(dom, "<details class=\"clause")
        .into_iter()
        .map(|tag| {
            let id = tag.split(" id=\"").nth(1).and_then(|t| t.split('"').next()).expect("a row has an id");
            (id.to_owned(), tag.contains(" hidden=\"\""), tag.contains(" open=\"\""))
        })
        .collect()
}

fn shown(dom: &str) -> Vec<String> {
    rows(dom).into_iter().filter(|(_, hidden, _)| !hidden).map(|(id, _, _)| id).collect()
}

fn nothing_acted(dom: &str) {
    assert!(!dom.contains("data-owned"), "a script out of the evidence ran");
    assert_eq!(tags(dom, "<script").len(), 1, "one script, ours");
    assert!(tags(dom, "<img").is_empty(), "an element out of the evidence");
    assert!(dom.contains("&lt;img src=x onerror="), "the hostile text is shown as text");
    assert!(dom.trim_end().ends_with("</html>"));
}

#[test]
fn filters_are_links_that_hide_rows() {
    let page = page(&common::everything());
    let cases: [(&str, &[&str]); 9] = [
        ("", &["OS-01", "OS-02", "DB-05", "DB-08", "DB-09", "DB-10", "GEN-01", "GEN-02"]),
        ("#verdict=nonconforming", &["DB-08"]),
        ("#verdict=nonconforming,partly&area=DB", &["DB-05", "DB-08"]),
        ("#target=db%20main&verdict=not-assessed", &["DB-09"]),
        ("#method=inspection", &["OS-02", "GEN-01"]),
        ("#mandatory=no", &["OS-02"]),
        ("#check=inconclusive", &["OS-02", "DB-08", "DB-09", "GEN-02"]),
        ("#q=%E8%A7%A6%E5%8F%91%E5%99%A8", &["DB-05"]),
        ("#q=%3Cimg%20src=x%20onerror=document.body.dataset.owned=1%3E%25&area=%3Cscript%3E", &[]),
    ];
    for (fragment, expected) in cases {
        let Some(dom) = dom(&page, fragment) else { return };
        assert_eq!(shown(&dom), expected, "{fragment}");
        nothing_acted(&dom);
    }
}

#[test]
fn a_link_to_a_clause_or_check_opens_it() {
    let page = page(&common::everything());
    for (fragment, open) in [("#DB-05", "DB-05"), ("#check:db/insert-all@db_main", "DB-08")] {
        let Some(dom) = dom(&page, fragment) else { return };
        let opened: Vec<String> = rows(&dom).into_iter().filter(|(_, _, open)| *open).map(|(id, _, _)| id).collect();
        assert_eq!(opened, [open]);
        assert_eq!(shown(&dom).len(), 8);
    }
}

#[test]
fn evidence_is_shown_with_its_hash_or_not_at_all() {
    let page = page(&common::everything());
    assert!(page.contains("6.1.0-27-amd64"), "inline");
    assert!(page.contains("触发器已执行\n触发器已执行"), "from its file");
    assert!(page.contains("Only the first 64 KiB"), "and cut");
    assert!(page.matches("触发器已执行").count() < 9_000);
    assert!(page.contains("binary content"));
    assert!(page.contains("content not found"));
    assert!(page.contains("content does not have this hash") && !page.contains("FORGED"));
    assert!(!page.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}'));
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let page = page(&common::everything());
    let head = &page[..page.find("<style").expect("a style")];
    assert!(head.contains("default-src 'none'; style-src 'sha256-"));
    for outside in ["<link", "@import", "url(", " src=\"http", " src='"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let handlers = ["onclick=\"", "onload=\"", "style=\""];
    assert!(handlers.iter().all(|h| !page.contains(h)), "the policy would refuse it");
}

#[test]
fn both_languages_and_every_clause_are_inside() {
    let built = common::everything();
    for lang in [Lang::Zh, Lang::En] {
        let page = html(&built.run, lang, &|_| None);
        assert!(page.contains(lang.pick("<body data-lang=\"zh\"", "<body data-lang=\"en\"")));
        assert!(page.contains("触发器") && page.contains("Triggers") && page.contains("不通过") && page.contains("not accepted"));
        for clause in &built.run.clauses {
            assert!(page.contains(&clause.clause));
        }
    }
}

/// Five thousand checks with 50 MB of evidence. The bound is wide, for machines busy with other things; the figure is printed.
#[test]
fn large_runs_are_written_quickly() {
    let built = common::many(5_000, 10_000);
    let begin = Instant::now();
    let page = page(&built);
    let took = begin.elapsed();
    println!("5,000 checks: {} bytes in {took:?}", page.len());
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(tags(&page, "<details class=\"check").len(), 5_000);
}
