//! OSCAL 1.2.2 (NIST): assessment plan, assessment results, and the plan of action for what is to be rectified.
//!
//! A clause is a control, an aspect an objective, a check on a target an observation, a decided clause a finding. A clause that is
//! not assessed, or does not apply, has no finding: a property of the result says so.

mod node;
mod uuid;

use crate::clean::clean_line;
use crate::rounds::defect_words;
use crate::verdict_map;
use crate::view::{Pair, View};
use node::Node;
use serde_json::{Value, json};
use touchstone_model::catalogue::Clause;
use touchstone_model::rounds::Defect;
use touchstone_model::run::{ClauseResult, Run};
use touchstone_model::text::Text;
use uuid::uuid;

const VERSION: &str = "1.2.2";
/// Name space of properties that OSCAL does not have.
const NS: &str = "https://touchstone.invalid/ns/oscal";

/// File name of the assessment plan; the results refer to it.
pub const PLAN: &str = "oscal-assessment-plan.json";
/// File name of the assessment results.
pub const RESULTS: &str = "oscal-assessment-results.json";
/// File name of the plan of action and milestones.
pub const POAM: &str = "oscal-poam.json";

/// The assessment plan: what was to be assessed, of what.
pub fn plan(run: &Run) -> String {
    let view = View::new(run);
    document(&Node::Whole(json!({ "assessment-plan": {
        "uuid": uuid(run, "plan"),
        "metadata": metadata(run, &Text::new("评估计划", "Assessment plan")),
        "import-ssp": {
            "href": "report.json",
            "remarks": "No system security plan exists for the platform under test; its description is in report.json.",
        },
        "local-definitions": { "components": components(run) },
        "reviewed-controls": reviewed(&view),
        "assessment-subjects": [{ "type": "component", "include-all": {} }],
        "assessment-assets": { "assessment-platforms": [{
            "uuid": uuid(run, "platform"),
            "title": format!("touchstone {}", run.tool),
        }] },
    } })))
}

/// The assessment results: an observation per check on a target, a finding per decided clause.
pub fn results(run: &Run) -> String {
    let view = View::new(run);
    let mut result = json!({
        "uuid": uuid(run, "result"),
        "title": both(&run.plan.suite_title),
        "description": both(&run.conclusion.words()),
        "start": run.started,
        "local-definitions": { "components": components(run) },
        "props": props(&view),
        "reviewed-controls": reviewed(&view),
    });
    if let Some(end) = &run.finished {
        result["end"] = end.clone().into();
    }
    let head = json!({
        "uuid": uuid(run, "results"),
        "metadata": metadata(run, &Text::new("评估结果", "Assessment results")),
        "import-ap": { "href": PLAN },
    });
    let observations = Node::list("observations", || view.pairs.iter().map(|pair| observation(&view, pair)));
    let findings = Node::list("findings", || view.selected().filter_map(|(clause, result)| finding(&view, clause, result)));
    let result = Node::object(&result, observations.into_iter().chain(findings).collect());
    let results = Node::object(&head, vec![("results", Node::List(vec![result]))]);
    document(&Node::Map(vec![("assessment-results", results)]))
}

/// Whether anything is to be rectified.
pub fn has_poam(run: &Run) -> bool {
    View::new(run).selected().any(|(_, result)| is_open(result))
}

fn is_open(result: &ClauseResult) -> bool {
    verdict_map::oscal(result.verdict) == Some("not-satisfied")
}

/// What is to be rectified; none when nothing is.
pub fn poam(run: &Run) -> Option<String> {
    let view = View::new(run);
    let open: Vec<(&Clause, &ClauseResult)> = view.selected().filter(|(_, result)| is_open(result)).collect();
    if open.is_empty() {
        return None;
    }
    let related = |clause: &Clause| view.of_clause(&clause.id).map(|pair| pair.check.item.clone()).collect::<Vec<_>>();
    let mut keys: Vec<String> = open.iter().flat_map(|(clause, _)| related(clause)).collect();
    keys.sort();
    keys.dedup();
    let item = |clause: &Clause, result: &ClauseResult| {
        without_empty(json!({
            "uuid": uuid(run, &format!("poam {}", clause.id)),
            "title": title(clause),
            "description": both(&result.verdict.words()),
            "props": waived(&view, clause),
            "related-risks": risk_of(run, clause).map(|_| json!({ "risk-uuid": uuid(run, &format!("risk {}", clause.id)) })).into_iter().collect::<Vec<_>>(),
            "related-findings": [{ "finding-uuid": uuid(run, &format!("finding {}", clause.id)) }],
        }))
    };
    let head = json!({
        "uuid": uuid(run, "poam"),
        "metadata": metadata(run, &Text::new("整改计划", "Plan of action and milestones")),
        "system-id": { "id": run.run },
        "local-definitions": { "components": components(run) },
    });
    let concerned = || view.pairs.iter().filter(|pair| keys.binary_search(&pair.check.item).is_ok());
    let lists = [
        Node::list("findings", || open.iter().filter_map(|(clause, result)| finding(&view, clause, result))),
        Node::list("poam-items", || open.iter().map(|(clause, result)| item(clause, result))),
        Node::list("risks", || open.iter().filter_map(|(clause, _)| risk(run, clause))),
        Node::list("observations", || concerned().map(|pair| observation(&view, pair))),
    ];
    let plan = Node::object(&head, lists.into_iter().flatten().collect());
    Some(document(&Node::Map(vec![("plan-of-action-and-milestones", plan)])))
}

/// What is still to be rectified about a clause.
fn risk_of<'a>(run: &'a Run, clause: &Clause) -> Option<&'a Defect> {
    run.defects.iter().find(|defect| defect.clause == clause.id && !defect.state.is_rectified())
}

/// A clause that is to be rectified, with the last moment for it.
fn risk(run: &Run, clause: &Clause) -> Option<Value> {
    let defect = risk_of(run, clause)?;
    let mut risk = json!({
        "uuid": uuid(run, &format!("risk {}", clause.id)),
        "title": title(clause),
        "description": both(&defect_words(defect)),
        "statement": line(&both(&clause.text)),
        "props": [prop("found-in-round", &defect.found_in.to_string(), None), prop("state", &both(&defect.state.words()), None)],
        "status": "open",
    });
    if let Some(due) = &defect.due {
        // The last day counts to its end, in China.
        risk["deadline"] = format!("{due}T23:59:59+08:00").into();
    }
    Some(risk)
}

fn document(value: &Node) -> String {
    // Nothing that a document is made of cannot be written.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn metadata(run: &Run, what: &Text) -> Value {
    json!({
        "title": format!("{} · {}", both(&run.plan.suite_title), both(what)),
        "last-modified": run.finished.as_ref().unwrap_or(&run.started),
        "version": run.run,
        "oscal-version": VERSION,
        "parties": [{ "uuid": uuid(run, "tool"), "type": "organization", "name": format!("touchstone {}", run.tool) }],
    })
}

fn components(run: &Run) -> Vec<Value> {
    let component = |target: &touchstone_model::plan::PlannedTarget| {
        json!({
            "uuid": uuid(run, &format!("target {}", target.name)),
            "type": "system",
            "title": line(&target.name),
            "description": line(&format!("{}: {}", target.kind, target.access)),
            "status": { "state": "operational" },
        })
    };
    run.plan.targets.iter().map(component).collect()
}

fn reviewed(view: &View) -> Value {
    let controls: Vec<Value> = view.selected().map(|(clause, _)| json!({ "control-id": token(&clause.id) })).collect();
    let objectives: Vec<Value> = view
        .selected()
        .flat_map(|(clause, _)| clause.aspects.iter().map(|a| json!({ "objective-id": objective(&clause.id, &a.id) })))
        .collect();
    json!({
        "control-selections": [{ "include-controls": controls }],
        "control-objective-selections": [{ "include-objectives": objectives }],
    })
}

/// What OSCAL has no place for: the conclusion, clauses without a finding, waivers, plugins that nobody vouches for.
fn props(view: &View) -> Vec<Value> {
    let run = view.run;
    let mut props = vec![
        prop("conclusion", &both(&run.conclusion.words()), None),
        prop("conclusion-without-waivers", &both(&run.without_waivers.words()), None),
        prop("journal-head", &run.journal_head.0, None),
    ];
    for (clause, result) in view.selected().filter(|(_, result)| verdict_map::oscal(result.verdict).is_none()) {
        let reasons: Vec<String> = result.aspects.iter().flat_map(|a| a.reasons.iter().map(both)).collect();
        let value = format!("{}: {}", clause.id, result.verdict.words().zh);
        props.push(prop(result.verdict.name(), &value, reasons.first().map(String::as_str)));
    }
    for waiver in &run.waivers {
        let value = format!("{}: {}", waiver.waiver.scope, waiver.state.name());
        let remarks = format!("{} · {}", both(&waiver.waiver.words()), both(&waiver.waiver.reason));
        props.push(prop("waiver", &value, Some(&remarks)));
    }
    for (name, why) in view.unvouched() {
        props.push(prop("unsigned-plugin", name, Some(&both(why))));
    }
    props
}

fn waived(view: &View, clause: &Clause) -> Vec<Value> {
    let one = |w: &touchstone_model::waiver::WaiverResult| {
        prop("waiver", &w.waiver.scope.to_string(), Some(&format!("{} · {}", both(&w.waiver.words()), both(&w.waiver.reason))))
    };
    view.waivers_of(&clause.id).map(one).collect()
}

fn finding(view: &View, clause: &Clause, result: &ClauseResult) -> Option<Value> {
    let run = view.run;
    let state = verdict_map::oscal(result.verdict)?;
    let observations: Vec<Value> = view
        .of_clause(&clause.id)
        .map(|pair| json!({ "observation-uuid": uuid(run, &format!("observation {}", pair.check.item)) }))
        .collect();
    let mut props = vec![prop("verdict", &both(&result.verdict.words()), None)];
    props.extend(waived(view, clause));
    Some(without_empty(json!({
        "uuid": uuid(run, &format!("finding {}", clause.id)),
        "title": title(clause),
        "description": line(&both(&clause.text)),
        "props": props,
        "target": {
            "type": "objective-id",
            "target-id": token(&clause.id),
            "status": { "state": state, "reason": if state == "satisfied" { "pass" } else { "fail" } },
        },
        "related-observations": observations,
    })))
}

fn observation(view: &View, pair: &Pair) -> Value {
    let (run, item, check) = (view.run, pair.item, pair.check);
    let mut props = vec![prop("verdict", check.verdict.name(), check.verdict.reason().map(both).as_deref())];
    for try_ in &check.earlier {
        let reason = try_.verdict.reason().map(both);
        props.push(prop("earlier-try", &format!("{}: {}", try_.attempt, try_.verdict.name()), reason.as_deref()));
    }
    for waiver in view.waivers_over(item) {
        props.push(prop("waiver", &waiver.waiver.scope.to_string(), Some(&both(&waiver.waiver.words()))));
    }
    let evidence: Vec<Value> = check
        .observations
        .iter()
        .flat_map(|seen| seen.evidence.iter().map(move |piece| (seen, piece)))
        .map(|(seen, piece)| {
            // What is short lies in the journal itself.
            let href = if piece.inline.is_some() { "journal.log".to_owned() } else { format!("evidence/{}", piece.sha256) };
            json!({
                "href": href,
                "description": line(&format!("#{} {}: {}", seen.id, seen.act, piece.name)),
                "props": [prop("sha256", &piece.sha256.0, None)],
            })
        })
        .collect();
    let reports: Vec<String> = check
        .reports
        .iter()
        .map(|r| {
            let symbol = verdict_map::judgement(Some(&r.judgement)).symbol;
            line(&format!("{symbol} {}: expected {}; actual {}", both(&pair.expectation(&r.expectation)), r.expected, r.actual))
        })
        .collect();
    let mut observation = json!({
        "uuid": uuid(run, &format!("observation {}", check.item)),
        "title": line(&format!("{} · {}", item.key, both(&item.check.title))),
        "description": line(&both(&item.check.question)),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "origins": [{ "actors": [{ "type": "tool", "actor-uuid": uuid(run, "tool") }] }],
        "subjects": [{ "subject-uuid": uuid(run, &format!("target {}", item.target)), "type": "component", "title": line(&item.target) }],
        "relevant-evidence": evidence,
        "collected": check.started.as_ref().unwrap_or(&run.started),
    });
    if !reports.is_empty() {
        observation["remarks"] = reports.join("\n\n").into();
    }
    without_empty(observation)
}

/// OSCAL allows no empty lists.
fn without_empty(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }
    value
}

fn prop(name: &str, value: &str, remarks: Option<&str>) -> Value {
    let mut prop = json!({ "name": name, "ns": NS, "value": line(value) });
    if let Some(remarks) = remarks.map(line).filter(|remarks| remarks != "–") {
        prop["remarks"] = remarks.into();
    }
    prop
}

fn title(clause: &Clause) -> String {
    line(&format!("{} · {}", clause.id, both(&clause.title)))
}

/// Tokens begin with a letter or underscore and hold letters, digits, dot, hyphen and underscore.
fn token(id: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let id: String = id.chars().map(kept).collect();
    if id.starts_with(|c: char| c.is_alphabetic() || c == '_') { id } else { format!("_{id}") }
}

fn objective(clause: &str, aspect: &str) -> String {
    token(&format!("{clause}.{aspect}"))
}

/// One line that is not empty and neither begins nor ends with white space, as OSCAL's strings must be.
fn line(text: &str) -> String {
    let text = clean_line(text);
    let text = text.trim();
    if text.is_empty() { "–".to_owned() } else { text.to_owned() }
}

fn both(text: &Text) -> String {
    if text.zh == text.en { text.zh.clone() } else { format!("{} / {}", text.zh, text.en) }
}
