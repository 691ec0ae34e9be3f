//! A run with everything in it that a report can meet, and large ones.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use touchstone_model::catalogue::{Area, Aspect, Catalogue, Clause, Method};
use touchstone_model::description::{CheckDescription, Expectation, Impact, Need};
use touchstone_model::digest::Digest;
use touchstone_model::event::{Cleanup, CleanupAct, Entry, Event, Survey};
use touchstone_model::observation::{ActResult, Evidence, Observation, keep};
use touchstone_model::particulars::Particulars;
use touchstone_model::plan::{LeftOut, LeftOutReason, Plan, PlanItem, PlannedPlugin, PlannedTarget, Vouched, item_key};
use touchstone_model::rounds::{Rectification, RoundRules};
use touchstone_model::run::Run;
use touchstone_model::suite::AspectRef;
use touchstone_model::text::Text;
use touchstone_model::verdict::{ExpectationReport, Judgement, Termination, judge};
use touchstone_model::waiver::{Scope, Waiver};

/// Would run, end the script, leave CDATA, steer a terminal, reorder text or break XML, where it is let through.
pub const HOSTILE: &str = "</script><img src=x onerror=\"document.body.dataset.owned=1\"><script>document.body.dataset.owned=1</script>]]> & \u{1b}[31mred\u{7}\0 \u{202e}txt\u{fffe} </details></style>";

/// Content that is not kept inline, by its hash.
pub type Blobs = BTreeMap<Digest, Vec<u8>>;

pub struct Built {
    pub run: Run,
    pub entries: Vec<Entry>,
    pub blobs: Blobs,
}

#[derive(Default)]
pub struct Builder {
    catalogue: Catalogue,
    selected: Vec<String>,
    targets: Vec<PlannedTarget>,
    items: Vec<PlanItem>,
    left_out: Vec<LeftOut>,
    events: Vec<Event>,
    blobs: Blobs,
    vouched: Vouched,
}

pub fn text(zh: &str, en: &str) -> Text {
    Text::new(zh, en)
}

impl Builder {
    pub fn area(&mut self, id: &str, zh: &str, en: &str) {
        self.catalogue.areas.push(Area { id: id.into(), title: text(zh, en) });
    }

    pub fn target(&mut self, name: &str, kind: &str, access: &str) {
        self.targets.push(PlannedTarget {
            name: name.into(),
            kind: kind.into(),
            access: access.into(),
            adapter: (kind == "middleware").then(|| "webserver".into()),
            product: (kind == "database").then(|| "postgresql".into()),
        });
    }

    pub fn clause(&mut self, id: &str, zh: &str, en: &str, mandatory: bool, aspects: &[(&str, Method)]) {
        let mut method: Vec<Method> = Vec::new();
        for (_, m) in aspects {
            if !method.contains(m) {
                method.push(*m);
            }
        }
        self.selected.push(id.into());
        self.catalogue.clauses.push(Clause {
            id: id.into(),
            area: id.split('-').next().unwrap_or_default().into(),
            title: text(zh, en),
            text: text(
                &format!("{zh}：目标必须具备该项能力，并能由实际效果证明。"),
                &format!("{en}: the target must be able to do it, shown by its effect."),
            ),
            decided_by: text("在目标上实际执行并观察效果。", "It is done on the target and the effect is looked at."),
            source: "2.3.2 第5项".into(),
            mandatory,
            method,
            target: "host".into(),
            aspects: aspects
                .iter()
                .map(|(id, method)| Aspect { id: (*id).into(), title: text(&format!("方面 {id}"), id), method: *method })
                .collect(),
        });
    }

    /// Plans a check with two expectations.
    pub fn item(&mut self, id: &str, target: &str, zh: &str, en: &str, decides: &[&str]) -> String {
        let key = item_key(id, target);
        let check = CheckDescription {
            id: id.into(),
            title: text(zh, en),
            question: text(
                "目标是否具备该能力？执行命令并比较输出。",
                "Can the target do this? A command is run and its output compared.",
            ),
            effect: text("只读取，不改动。", "Reads only."),
            target_kind: "host".into(),
            needs: BTreeSet::from([Need::Shell]),
            impact: Impact::Observe,
            expectations: ["first", "second"]
                .map(|e| Expectation { id: e.into(), title: text(&format!("期望 {e} 成立"), &format!("{e} holds")) })
                .to_vec(),
            params: Vec::new(),
            time_limit_ms: 30_000,
        };
        self.items.push(PlanItem {
            by: Default::default(),
            key: key.clone(),
            target: target.into(),
            check,
            decides: decides.iter().map(|d| aspect(d)).collect(),
            params: BTreeMap::from([("minimum".into(), "4.9".into())]),
            tags: Vec::new(),
            time_limit_ms: 30_000,
            retries: 0,
        });
        self.events.push(Event::CheckStarted { item: key.clone(), attempt: 1 });
        key
    }

    pub fn leave_out(&mut self, check: &str, target: Option<&str>, decides: &[&str], reason: LeftOutReason) {
        self.left_out.push(LeftOut {
            check: check.into(),
            title: Some(text("未执行的检查", "a check left out")),
            target: target.map(Into::into),
            decides: decides.iter().map(|d| aspect(d)).collect(),
            reason,
        });
    }

    pub fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    pub fn observe(&mut self, item: &str, id: u32, act: &str, result: ActResult, content: &[(&str, &[u8])]) {
        let mut evidence = Vec::new();
        for (name, content) in content {
            let (kept, blob) = keep(name, content.to_vec(), false);
            evidence.push(kept);
            if let Some(blob) = blob {
                self.blobs.insert(blob.sha256, blob.content);
            }
        }
        self.observed(item, id, act, result, evidence);
    }

    pub fn observed(&mut self, item: &str, id: u32, act: &str, result: ActResult, evidence: Vec<Evidence>) {
        let at = format!("2026-11-24T01:02:{:02}.{:03}Z", 3 + id / 20, (id * 37) % 1000);
        let observation =
            Observation { id, at, elapsed_us: 1_234, capability: "shell".into(), act: act.into(), result, evidence };
        self.events.push(Event::Observed { item: item.into(), observation });
    }

    pub fn report(&mut self, item: &str, expectation: &str, judgement: Judgement, expected: &str, actual: &str) {
        let report = ExpectationReport {
            expectation: expectation.into(),
            judgement,
            expected: expected.into(),
            actual: actual.into(),
            observations: vec![1],
        };
        self.events.push(Event::Reported { item: item.into(), report });
    }

    /// Ends a check; the model's own rules make its verdict.
    pub fn finish(&mut self, item: &str, termination: Termination, elapsed_ms: u64) {
        let (mut seen, mut reports) = (Vec::new(), Vec::new());
        for event in &self.events {
            match event {
                Event::Observed { item: i, observation } if i == item => seen.push(observation.clone()),
                Event::Reported { item: i, report } if i == item => reports.push(report.clone()),
                _ => {}
            }
        }
        let check = &self.items.iter().find(|i| i.key == item).expect("planned").check;
        let verdict = judge(check, &seen, &reports, &termination);
        self.events.push(Event::CheckFinished { item: item.into(), termination, verdict, elapsed_ms });
    }

    /// A check that meets, contradicts or does neither.
    pub fn simple(&mut self, id: &str, target: &str, decides: &[&str], met: bool, content: &[u8]) -> String {
        let key = self.item(id, target, "内核版本", "Kernel version", decides);
        self.observe(&key, 1, "$ uname -r", ActResult::Exited { code: 0 }, &[("stdout", content), ("stderr", b"")]);
        self.report(&key, "first", Judgement::Met, "≥ 4.9", "6.1.0");
        let judgement = if met { Judgement::Met } else { Judgement::Unmet };
        self.report(
            &key,
            "second",
            judgement,
            "两行\nrow 1\nrow 2",
            if met { "两行\nrow 1\nrow 2" } else { "ERROR 42601: syntax error at or near \"ALL\"" },
        );
        self.finish(&key, Termination::Decided, 12);
        key
    }

    pub fn build(mut self, interrupted: bool) -> Built {
        self.catalogue.id = "sample".into();
        self.catalogue.title = text("示例目录", "Sample catalogue");
        let plan = Plan {
            suite: "sample".into(),
            suite_title: text("政务云平台服务验收（示例）", "Acceptance of cloud platform services (sample)"),
            catalogue: self.catalogue,
            selected: self.selected,
            allowed: Impact::Scratch,
            unsigned_allowed: false,
            targets: self.targets,
            plugins: vec![PlannedPlugin {
                name: "os".into(),
                version: "0.1.0".into(),
                sha256: Digest::of("os"),
                granted: vec!["shell".into(), "net".into()],
                vouched: self.vouched,
            }],
            items: self.items,
            left_out: self.left_out,
            inspections: Vec::new(),
            analyses: Vec::new(),
            materials: None,
            matrix: None,
            rectification: Some(Rectification {
                rules: RoundRules { working_days: 15, failures: 3, recheck: Vec::new(), deadline: None, failed: None },
                working_days: (1..=28).map(|day| format!("2099-02-{day:02}")).collect(),
                calendar: vec!["2099: a decree".into()],
            }),
            round: None,
            acceptance: Default::default(),
            particulars: Particulars { number: Some("YS-2026-001".into()), ..Default::default() },
        };
        let started = Event::RunStarted {
            run: "20261124-010203-7f3a".into(),
            tool: "0.1.0".into(),
            suite_sha256: Digest::of("suite"),
            inputs: Vec::new(),
            plan: Box::new(plan),
        };
        let events = std::iter::once(started).chain(self.events).chain([Event::RunFinished { interrupted }]);
        let entries: Vec<Entry> = events
            .enumerate()
            .map(|(n, event)| {
                let at = if matches!(event, Event::RunFinished { .. }) {
                    "2026-11-24T01:03:09.250Z"
                } else {
                    "2026-11-24T01:02:03.100Z"
                };
                Entry { seq: n as u64, at: at.into(), event }
            })
            .collect();
        let run = Run::from_entries(&entries, Digest::of("head")).expect("the entries are a run");
        Built { run, entries, blobs: self.blobs }
    }
}

fn aspect(id: &str) -> AspectRef {
    let (clause, aspect) = id.split_once('/').expect("clause/aspect");
    AspectRef { clause: clause.into(), aspect: aspect.into() }
}

/// Every verdict, every way to end, hostile strings wherever a target or plugin can put them.
pub fn everything() -> Built {
    use Method::{Analysis, Inspection, Test};
    let mut b = Builder::default();
    b.area("OS", "操作系统服务", "Operating system");
    b.area("DB", "数据库服务", "Database");
    b.area("GEN", "总体要求", "General");
    b.target("host-1", "host", "this machine");
    b.target("db main", "database", "postgresql://127.0.0.1:15432/accept (plain)");
    b.clause("OS-01", "内核版本不低于4.9", "Kernel 4.9 or later", true, &[("release", Test)]);
    b.clause("OS-02", "处理器适配", "Processors supported", false, &[("model", Test), ("letter", Inspection)]);
    b.clause("DB-05", "触发器", "Triggers", true, &[("row", Test), ("statement", Test)]);
    b.clause("DB-08", "INSERT ALL 多表插入", "INSERT ALL into several tables", true, &[("unconditional", Test)]);
    b.clause("DB-09", "多行插入", "Multi-row insert", true, &[("two-rows", Test)]);
    b.clause("DB-10", "不适用的条款", "A clause that does not apply", true, &[("only", Test)]);
    b.clause("GEN-01", "整体可用性99.99%", "Availability of 99.99 %", true, &[("overall", Analysis), ("figures", Inspection)]);
    b.clause("GEN-02", HOSTILE, HOSTILE, true, &[("hostile", Test)]);
    b.clause("GEN-03", "未被选取", "Not selected", true, &[("only", Test)]);
    b.selected.pop();

    b.simple("os/kernel-version", "host-1", &["OS-01/release"], true, b"6.1.0-27-amd64\n");
    b.simple("db/row-triggers", "db main", &["DB-05/row"], true, "触发器已执行\n".repeat(9_000).as_bytes());
    b.simple("db/statement-triggers", "db main", &["DB-05/statement"], false, &[0, 159, 146, 150].repeat(2_000));
    b.simple("db/insert-all", "db main", &["DB-08/unconditional"], false, "语法错误".as_bytes());

    let key = b.item("db/not-applicable", "db main", "不适用的检查", "Does not apply", &["DB-10/only"]);
    b.observe(&key, 1, "app> SHOW cluster", ActResult::SqlDone { rows: 0, affected: None }, &[]);
    b.finish(&key, Termination::NotApplicable { reason: Text::new("单机部署", "single node") }, 5);

    let key = b.item("db/multi-row", "db main", "多行插入", "Multi-row insert", &["DB-09/two-rows", "DB-08/unconditional"]);
    b.observe(&key, 1, "app> INSERT INTO t VALUES (1), (2)", ActResult::Lost { message: "connection reset by peer".into() }, &[]);
    b.finish(&key, Termination::Failed { code: "lost".into(), message: "connection reset by peer".into() }, 1_118);

    let key = b.item(HOSTILE, "host-1", HOSTILE, HOSTILE, &["GEN-02/hostile"]);
    b.observe(
        &key,
        1,
        HOSTILE,
        ActResult::Refused { code: HOSTILE.into(), message: HOSTILE.into() },
        &[(HOSTILE, HOSTILE.as_bytes())],
    );
    let altered = Evidence {
        name: "altered".into(),
        sha256: Digest::of("other"),
        size: 5,
        truncated: false,
        inline: Some("FORGED".into()),
    };
    let missing = Evidence { name: "missing".into(), sha256: Digest::of("gone"), size: 5, truncated: true, inline: None };
    b.observed(&key, 2, "$ cat /etc/os-release", ActResult::Exited { code: 1 }, vec![altered, missing]);
    b.report(&key, "first", Judgement::Unevaluated(Text::new(HOSTILE, HOSTILE)), HOSTILE, HOSTILE);
    b.event(Event::Logged { item: key.clone(), level: "warn".into(), message: HOSTILE.into() });
    let act = CleanupAct::Command { node: "host-1".into(), argv: vec!["rm".into(), HOSTILE.into()], elevated: true };
    b.event(Event::CleanupRegistered { item: key.clone(), cleanup: Cleanup { id: 1, act } });
    b.event(Event::CleanupDone { item: key.clone(), id: 1, failure: Some(HOSTILE.into()) });
    b.finish(&key, Termination::Trapped { message: HOSTILE.into() }, 2_000);

    // Planned, never begun.
    b.item("os/never-began", "host-1", "未及运行", "Never began", &["OS-02/model"]);
    b.events.pop();
    let waiver = |id: &str, clause: &str, until: &str| Waiver {
        id: id.into(),
        scope: Scope { clause: clause.into(), aspect: None, target: None },
        approver: HOSTILE.into(),
        reason: text(HOSTILE, HOSTILE),
        from: "2026-01-01T00:00:00+08:00".into(),
        until: until.into(),
    };
    let waivers = vec![
        waiver("W-1", "DB-08", "2036-01-01T00:00:00+08:00"),
        waiver("W-2", "DB-05", "2026-02-01T00:00:00+08:00"),
        waiver("W-3", "OS-01", "2036-01-01T00:00:00+08:00"),
    ];
    b.event(Event::WaiversLaid { sha256: Digest::of("waivers"), waivers, copy: None });
    let facts = BTreeMap::from([("kernel".into(), HOSTILE.into())]);
    b.event(Event::Surveyed(Survey { target: "host-1".into(), part: "node".into(), facts }));
    let decides = ["GEN-01/overall"];
    b.leave_out("gen/failover", None, &decides, LeftOutReason::NoTarget { target_kind: "platform".into() });
    b.leave_out(
        "os/disk",
        Some("host-1"),
        &["OS-02/model"],
        LeftOutReason::Impact { needed: Impact::Destroy, allowed: Impact::Scratch },
    );
    b.leave_out(
        "os/disk",
        Some("host-1"),
        &["OS-02/model"],
        LeftOutReason::PluginRefused { message: Text::new(HOSTILE, HOSTILE) },
    );
    b.build(true)
}

/// A run that holds every kind of chapter, whose data have no Chinese of their own.
pub fn plain() -> Built {
    let mut b = Builder::default();
    b.area("OS", "操作系统", "Operating system");
    b.area("DB", "数据库", "Database");
    b.target("host-1", "host", "ssh");
    b.target("db-1", "database", "sql");
    b.clause("OS-01", "内核", "Kernel", true, &[("release", Method::Test)]);
    b.clause("OS-02", "手册", "Manual", true, &[("manual", Method::Inspection)]);
    b.clause("DB-01", "触发器", "Triggers", true, &[("fires", Method::Test), ("order", Method::Test)]);
    b.clause("DB-02", "序列", "Sequences", false, &[("only", Method::Test)]);
    for (id, target, decides, met) in [
        ("os/kernel", "host-1", "OS-01/release", true),
        ("db/fires", "db-1", "DB-01/fires", true),
        ("db/order", "db-1", "DB-01/order", false),
        ("db/sequences", "db-1", "DB-02/only", false),
    ] {
        let key = b.item(id, target, "检查", "A check", &[decides]);
        let visits = b"0 ms #1 1500 us 200 ok\n20 ms #1 2500 us 200 ok\n40 ms #1 900 us 0 refused\n";
        b.observe(&key, 1, "$ uname -r", ActResult::Exited { code: 0 }, &[("visits", visits)]);
        b.report(&key, "first", Judgement::Met, "1", "1");
        b.report(&key, "second", if met { Judgement::Met } else { Judgement::Unmet }, "2", if met { "2" } else { "3" });
        b.finish(&key, Termination::Decided, 12);
    }
    let waiver = Waiver {
        id: "W-1".into(),
        scope: Scope { clause: "DB-01".into(), aspect: Some("order".into()), target: None },
        approver: "A. Person".into(),
        reason: text("下一版本修复", "repaired in the next version"),
        from: "2026-01-01T00:00:00+08:00".into(),
        until: "2036-01-01T00:00:00+08:00".into(),
    };
    b.event(Event::WaiversLaid { sha256: Digest::of("waivers"), waivers: vec![waiver], copy: None });
    let facts = BTreeMap::from([("kernel".into(), "6.1.0".into())]);
    b.event(Event::Surveyed(Survey { target: "host-1".into(), part: "node".into(), facts }));
    b.leave_out(
        "os/disk",
        Some("host-1"),
        &["OS-02/manual"],
        LeftOutReason::Impact { needed: Impact::Destroy, allowed: Impact::Scratch },
    );
    b.build(false)
}

/// So many checks over a hundred clauses, each with four observations.
pub fn many(checks: usize, evidence_bytes: usize) -> Built {
    let mut b = Builder::default();
    for area in ["GEN", "MW", "OS", "DB", "OPS"] {
        b.area(area, &format!("领域 {area}"), &format!("Area {area}"));
    }
    for n in 0..4 {
        b.target(&format!("host-{n}"), "host", "ssh");
    }
    for n in 0..100 {
        let area = ["GEN", "MW", "OS", "DB", "OPS"][n / 20];
        b.clause(&format!("{area}-{n:02}"), &format!("条款 {n}"), &format!("Clause {n}"), n % 5 != 0, &[("only", Method::Test)]);
    }
    for n in 0..checks {
        let area = ["GEN", "MW", "OS", "DB", "OPS"][n % 100 / 20];
        let decides = format!("{area}-{:02}/only", n % 100);
        let key = b.item(&format!("os/check-{n}"), &format!("host-{}", n % 4), "内核版本", "Kernel version", &[&decides]);
        for id in 1..=4 {
            let content = format!("{n} {id} ").repeat(evidence_bytes / 4 / 8 + 1);
            b.observe(&key, id, "$ uname -r", ActResult::Exited { code: 0 }, &[("stdout", content.as_bytes())]);
        }
        b.report(&key, "first", Judgement::Met, "≥ 4.9", "6.1.0");
        b.report(&key, "second", if n % 37 == 0 { Judgement::Unmet } else { Judgement::Met }, "一", "二");
        let verdict = if n % 37 == 0 {
            touchstone_model::verdict::Verdict::Nonconforming
        } else {
            touchstone_model::verdict::Verdict::Conforming
        };
        b.event(Event::CheckFinished { item: key, termination: Termination::Decided, verdict, elapsed_ms: n as u64 });
    }
    b.build(false)
}
