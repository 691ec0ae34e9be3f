//! The page in a real browser: filters hide rows, links open them, nothing in the evidence acts; and its speed.
#![forbid(unsafe_code)]

mod common;

use common::Built;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use touchstone_model::text::Lang;
use touchstone_model::verdict::ClauseVerdict;
use touchstone_reports::{Source, html};

fn page(built: &Built) -> String {
    paper(built, Lang::Zh)
}

fn paper(built: &Built, lang: Lang) -> String {
    html(Source { run: &built.run, evidence: &|digest| built.blobs.get(digest).cloned(), assessment: None }, lang)
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
        let page = paper(&built, lang);
        assert!(page.contains(lang.pick("<body data-lang=\"zh\"", "<body data-lang=\"en\"")));
        assert!(page.contains("触发器") && page.contains("Triggers") && page.contains("不通过") && page.contains("not accepted"));
        for clause in &built.run.clauses {
            assert!(page.contains(&clause.clause));
        }
    }
}

/// In the order that acceptance teams expect, each once, each on the list of contents.
#[test]
fn chapters_stand_in_their_order() {
    let page = page(&common::everything());
    let chapters = [
        "conclusion",
        "basis",
        "object",
        "method",
        "clauses",
        "trace",
        "defects",
        "open",
        "waivers",
        "performance",
        "score",
        "signatures",
        "annex",
    ];
    let ids: Vec<&str> = tags(&page, "<section class=\"chapter\"").iter().filter_map(|tag| tag.split('"').nth(3)).collect();
    assert_eq!(ids, chapters);
    let cover = &page[page.find("<header").expect("a cover")..page.find("</header>").expect("its end")];
    for id in chapters {
        assert!(cover.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    assert!(cover.contains("YS-2026-001"), "the number that was given");
    assert!(cover.contains("to be filled in"), "what nobody said is left blank");
}

/// The steps on the page are those that the model went through, with their outcomes and clauses.
#[test]
fn the_conclusion_shows_the_steps_that_it_follows_from() {
    let built = common::everything();
    let page = page(&built);
    let begin = page.find("id=\"conclusion\"").expect("the chapter");
    let chapter = &page[begin..begin + page[begin..].find("</section>").expect("its end")];
    let mut rest = chapter;
    assert!(built.run.steps.len() >= 7);
    for step in &built.run.steps {
        let (rule, outcome) = (step.rule.words(), step.outcome.words());
        let at = rest.find(&rule.en).unwrap_or_else(|| panic!("{}", rule.en));
        rest = &rest[at..];
        let row = &rest[..rest.find("</tr>").expect("its end")];
        assert!(row.contains(&outcome.zh) && row.contains(&outcome.en), "{row}");
        assert!(row.contains(&format!("<td class=\"num\">{}</td>", step.clauses.len())), "{row}");
    }
    assert!(chapter.contains(&built.run.conclusion.words().zh));
    assert_eq!(touchstone_model::verdict::conclude(&built.run.steps), built.run.without_waivers);
}

/// Every clause is among the results and in the matrix, every piece of evidence in the annex, every defect among the defects.
#[test]
fn nothing_is_left_out() {
    let built = common::everything();
    let page = page(&built);
    let chapter = |id: &str| {
        let begin = page.find(&format!("<section class=\"chapter\" id=\"{id}\"")).expect("the chapter");
        &page[begin..page[begin + 1..].find("<section class=\"chapter\"").map_or(page.len(), |n| begin + 1 + n)]
    };
    for result in built.run.clauses.iter().filter(|result| result.selected) {
        let link = format!("href=\"#{}\"", result.clause);
        assert!(chapter("clauses").contains(&link) && chapter("trace").contains(&link), "{link}");
        let defect = matches!(result.verdict, ClauseVerdict::Nonconforming | ClauseVerdict::Partly);
        assert_eq!(chapter("defects").contains(&link), defect, "{link}");
    }
    for piece in built.run.checks.iter().flat_map(|c| &c.observations).flat_map(|o| &o.evidence) {
        assert!(chapter("annex").contains(&piece.sha256.0));
    }
}

/// Whatever is said in one language is said in the other: no Chinese stands in an English sentence or beside both.
#[test]
fn no_sentence_is_left_untranslated() {
    let page = page(&common::plain());
    let body = &page[page.find("<main").expect("a body")..page.find("<script>").expect("a script")];
    let chinese = |text: &str| text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c));
    let (mut outside, mut rest) = (String::new(), body);
    let mut pairs = 0;
    while let Some(at) = rest.find("<span lang=\"zh-CN\">") {
        outside.push_str(&rest[..at]);
        let (zh, after) = rest[at + 19..].split_once("</span>").expect("it ends");
        let (en, after) = after.strip_prefix("<span lang=\"en\">").expect("its English").split_once("</span>").expect("it ends");
        // Names stand between Chinese signs.
        assert!(!zh.is_ascii() || !zh.chars().any(char::is_alphabetic), "{zh}");
        assert!(!chinese(en), "{en}");
        pairs += 1;
        rest = after;
    }
    outside.push_str(rest);
    assert!(pairs > 200, "{pairs}");
    // Words in attributes say both; what stands between tags is names and figures.
    let mut words = String::new();
    for part in outside.split('<').skip(1) {
        words.push_str(part.split_once('>').map_or("", |(_, text)| text));
        words.push('\n');
    }
    // The tender's own section is called as the tender calls it.
    const SECTION: &str = "2.3.2 第5项";
    // Options say both until the script picks one, for an option holds no elements.
    let left: Vec<&str> = words.lines().filter(|line| chinese(line) && !line.contains(" / ") && *line != SECTION).collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// A large report keeps details as data until they are opened; then they are what a small one shows.
#[test]
fn what_is_kept_aside_opens() {
    let built = common::many(1_000, 10_000);
    let page = page(&built);
    assert!(tags(&page, "<script class=\"aside\"").len() >= 100);
    assert!(!page.contains("<ol class=\"acts\">"));
    let Some(dom) = dom(&page, "#check:os/check-7@host-3") else { return };
    // Beside it those of the clause that have to be explained: 407 is the one that contradicts.
    assert_eq!(dom.matches("<ol class=\"acts\">").count(), 2, "no other check");
    let opened = &dom[dom.find("id=\"check:os/check-7@host-3\"").expect("the check")..];
    assert!(opened[..opened.find("</details>").expect("its end")].contains("$ uname -r"));
}

/// Five thousand checks with 50 MB of evidence. The bound is wide, for machines busy with other things; the figure is printed.
#[test]
fn large_runs_are_written_whole() {
    let page = page(&common::many(5_000, 10_000));
    assert_eq!(page.matches("details class=\"check ").count(), 5_000);
    assert!(page.len() < 60_000_000, "evidence beyond some megabytes is kept by its hash only: {}", page.len());
}
