//! Middleware: a snapshot holds what really is in the server.

use super::node;
use crate::deployment::undeployed;
use touchstone_sdk::context::SnapshotPart;
use touchstone_sdk::http::Exchange;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("run-time-snapshot")
    .title("运行快照", "Run-time snapshot")
    .question(
        "先由探针应用布置标记：一个具名线程、堆中的一个字符串、描述符中的一项设置。随后由产品抓取快照，其中是否确有这些标记和该应用？",
        "The probe application plants marks: a thread with a name, a string in the heap, a setting in its descriptor. The product then \
         takes a snapshot: are these marks, and the application itself, really in it?",
    )
    .effect(
        "部署一个探针应用；抓取快照可能使服务器短暂停顿，快照文件结束时删除。",
        "Deploys a probe application; taking the snapshot may stop the server for a moment; its files are removed at the end.",
    )
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("deployment"), Need::Adapter("snapshot")])
    .impact(Impact::Disrupt)
    .limit_s(180)
    .expect("threads", "含有布置的线程", "holds the thread")
    .expect("heap", "含有堆中布置的对象", "holds the object in the heap")
    .expect("applications", "含有探针应用", "holds the application")
    .expect("settings", "含有布置的设置", "holds the setting")
    .run(run);

/// Bytes of a page that are read.
const MOST: u32 = 8 << 20;
/// How long the marks stay.
const STAY_MS: u32 = 120_000;

fn run(cx: &Context) -> CheckResult {
    let node = node(cx)?;
    let mark = node.probe.mark();
    node.have(cx, &format!("mark&n={STAY_MS}&line={mark}"))?;
    let parts = cx.take_snapshot()?;
    let planted: String = mark.chars().rev().collect();
    let wanted = [
        ("threads", format!("{planted}t"), false),
        ("heap", format!("{planted}h"), true),
        ("applications", node.probe.path.clone(), false),
        ("settings", node.probe.setting(), false),
    ];
    for (expectation, needle, dumps) in wanted {
        // What is not there is not there while the application is.
        node.have(cx, "about")?;
        let (mut found, mut looked) = (None, Vec::new());
        for part in &parts {
            let (holds, name) = holds(cx, part, &needle, dumps)?;
            looked.push(name.clone());
            if holds {
                found = Some(name);
                break;
            }
        }
        let actual = match &found {
            Some(name) => format!("in {name}"),
            None if looked.is_empty() => "the product has no snapshot".to_owned(),
            None => format!("not in {}", looked.join(", ")),
        };
        cx.expect(expectation).that(found.is_some(), format!("{needle} in the snapshot"), actual)?;
    }
    undeployed(cx, &node.probe)?;
    decided()
}

/// Whether a part holds these bytes, and what to call it. A dump of memory holds every text there is, and so shows nothing but
/// what was in memory.
fn holds(cx: &Context, part: &SnapshotPart, needle: &str, dumps: bool) -> Result<(bool, String), Stop> {
    match part {
        SnapshotPart::Page(page) => {
            let mut request = cx.http().request("GET", &page.url);
            request.credential.clone_from(&page.credential);
            request.body_limit = Some(MOST);
            let holds = match cx.http().send(&request)? {
                Exchange::Answered(response) if response.status == 200 => {
                    response.body.windows(needle.len()).any(|window| window == needle.as_bytes())
                }
                _ => false,
            };
            Ok((holds, page.url.clone()))
        }
        SnapshotPart::File(file) => {
            let shell = match &file.node {
                Some(node) => cx.shell_on(node)?,
                None => cx.shell()?,
            };
            let kind = if dumps { "-a" } else { "-I" };
            let script = "[ -s \"$3\" ] || exit 0; grep -c -F \"$1\" -- \"$2\" \"$3\" || :";
            let found = shell.root(["sh", "-c", script, "sh", kind, needle, &file.path])?.success()?.text();
            Ok((found.parse::<u64>().is_ok_and(|count| count > 0), file.path.clone()))
        }
    }
}
