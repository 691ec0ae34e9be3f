//! Each ledger's rows into the types that are assessed.

use super::super::catalogue::Unique;
use super::super::problem::Code;
use super::super::table::Str;
use super::super::words::{both, quote, suggest_one};
use super::columns::{CHANNELS, CLASSES, COMPLAINTS, OUTCOMES, QUESTIONS};
use super::row::Reader;
use jiff::civil::Date;
use std::collections::BTreeSet;
use touchstone_assess::exact::Exact;
use touchstone_assess::ledger::*;
use touchstone_model::text::Text;

/// Reads one row into its ledger. Every field is asked for before any missing one drops the row: all mistakes are told.
pub(super) fn read<'r>(kind: Kind, row: &Reader<'r, '_>, ids: &mut Unique<'r>, ledgers: &mut Ledgers) -> Option<()> {
    if kind == Kind::Attendance {
        let hours = attendance(row, &ledgers.attendance)?;
        ledgers.attendance.push(hours);
        return Some(());
    }
    let id = row.text("id").filter(|id| ids.note(id, ("编号", "id")));
    match kind {
        Kind::Systems => ledgers.systems.push(system(row, id)?),
        Kind::Incidents => {
            let incident = incident(row, id, ledgers)?;
            ledgers.incidents.push(incident);
        }
        Kind::Outages => ledgers.outages.push(outage(row, id)?),
        Kind::MeasuredOutages => ledgers.measured_outages.push(measured(row, id)?),
        Kind::WorkOrders => ledgers.work_orders.push(work_order(row, id)?),
        Kind::IrregularDeliveries => ledgers.irregular_deliveries.push(irregular(row, id)?),
        Kind::Tasks => ledgers.tasks.push(task(row, id)?),
        Kind::Complaints => ledgers.complaints.push(complaint(row, id)?),
        Kind::Changes => ledgers.changes.push(change(row, id)?),
        Kind::Violations => ledgers.violations.push(violation(row, id)?),
        Kind::Surveys => ledgers.surveys.push(survey(row, id)?),
        Kind::Trainings => ledgers.trainings.push(training(row, id)?),
        Kind::SecurityFindings => ledgers.security_findings.push(security_finding(row, id)?),
        Kind::SecurityIncidents => ledgers.security_incidents.push(security_incident(row, id)?),
        Kind::UnmetClauses => ledgers.unmet_clauses.push(unmet_clause(row, id)?),
        Kind::Licences => ledgers.licences.push(licence(row, id)?),
        Kind::Attendance => {}
    }
    Some(())
}

type Id<'r> = Option<Str<'r>>;

fn system(row: &Reader<'_, '_>, id: Id<'_>) -> Option<System> {
    let (name, class) = (row.text("name"), row.word("class", CLASSES));
    let (from, until) = (row.date_opt("from"), row.date_opt("until"));
    let fine = row.ordered(("from", from.flatten()), ("until", until.flatten()));
    let id = id?.value.to_owned();
    fine.then_some(())?;
    Some(System { place: row.place(&id), id, name: name?.value.to_owned(), class: class?, from: from?, until: until? })
}

fn incident(row: &Reader<'_, '_>, id: Id<'_>, ledgers: &Ledgers) -> Option<Incident> {
    let (service, began) = (row.service(), row.moment("began"));
    let (recovered, reported) = (row.moment_opt("recovered"), row.moment_opt("reported"));
    let in_order = [("recovered", recovered.flatten()), ("reported", reported.flatten())];
    let fine = in_order.into_iter().all(|later| row.ordered(("began", began), later));
    let channel = row.word_opt("channel", CHANNELS);
    let (unusable, affected) = (systems(row, "unusable"), systems(row, "affected"));
    let (confirmed, responsible, truthful) = (row.finding("confirmed"), row.party(), row.finding("truthful"));
    let (service_unusable, data_lost) = (row.finding("service_unusable"), row.finding("data_lost"));
    let capacity_lost = row.number_opt("capacity_lost");
    if let (Some(Some(lost)), Some(cell)) = (capacity_lost, row.text_opt("capacity_lost"))
        && lost > Exact::whole(100)
    {
        let shown = quote(cell.value);
        let message = both!("{shown}超过100%", "{shown} is more than 100 %");
        row.report(Code::BadNumber, cell.span, message, Text::new("写0到100", "write 0 to 100"));
        return None;
    }
    let none = |systems: &Systems| matches!(systems, Systems::These(ids) if ids.is_empty());
    if let (Some(unusable), Some(affected)) = (&unusable, &affected)
        && none(unusable)
        && none(affected)
    {
        let message =
            Text::new("故障没有列出任何业务系统，无法定级", "the incident names no business system and cannot be graded");
        let help = Text::new(
            "在unusable或affected中写系统编号，用;分隔，或写all",
            "put ids of systems into unusable or affected, with ; between them, or all",
        );
        row.report(Code::MissingKey, row.row.span.clone(), message, help);
        return None;
    }
    let known = began.is_none_or(|began| {
        let day = touchstone_assess::time::day_of(began);
        [("unusable", &unusable), ("affected", &affected)]
            .into_iter()
            .all(|(key, systems)| on_cloud(row, key, systems, day, ledgers))
    });
    let id = id?.value.to_owned();
    (fine && known).then_some(())?;
    Some(Incident {
        place: row.place(&id),
        id,
        service: service?,
        began: began?,
        recovered: recovered?,
        reported: reported?,
        channel: channel?,
        unusable: unusable?,
        affected: affected?,
        confirmed: confirmed?,
        responsible: responsible?,
        truthful: truthful?,
        service_unusable: service_unusable?,
        capacity_lost: capacity_lost?,
        data_lost: data_lost?,
    })
}

/// Ids with semicolons between them, or `all`. Whether they exist is seen when every ledger has been read.
fn systems(row: &Reader<'_, '_>, key: &'static str) -> Option<Systems> {
    let Some(cell) = row.text_opt(key) else { return Some(Systems::These(Vec::new())) };
    if cell.value.eq_ignore_ascii_case("all") || cell.value == "全部" {
        return Some(Systems::All);
    }
    let mut seen = BTreeSet::new();
    let mut ids = Vec::new();
    for id in cell.value.split([';', '；', '、']).map(str::trim).filter(|id| !id.is_empty()) {
        if !seen.insert(id) {
            let shown = quote(id);
            let message = both!("系统{shown}写了两次", "system {shown} is there twice");
            row.report(Code::Duplicate, cell.span.clone(), message, Text::new("删去一个", "remove one of them"));
        }
        ids.push(id.to_owned());
    }
    Some(Systems::These(ids))
}

/// Whether every system named was on the cloud that day, as far as that is known.
fn on_cloud(row: &Reader<'_, '_>, key: &'static str, systems: &Option<Systems>, day: Date, ledgers: &Ledgers) -> bool {
    let (true, Some(systems), Some(cell)) = (row.known.systems, systems, row.text_opt(key)) else { return true };
    let here: BTreeSet<&str> = ledgers.systems_on(day).map(|system| system.id.as_str()).collect();
    let ids = match systems {
        Systems::All if here.is_empty() => {
            let message = both!("{day}没有云上系统", "no system was on the cloud on {day}");
            row.report(
                Code::UnknownSystem,
                cell.span,
                message,
                Text::new("检查系统台账的日期", "check the days in the ledger of systems"),
            );
            return false;
        }
        Systems::All => return true,
        Systems::These(ids) => ids,
    };
    let mut fine = true;
    for id in ids.iter().filter(|id| !here.contains(id.as_str())) {
        let shown = quote(id);
        let message = both!("{day}的云上系统中没有{shown}", "there was no system {shown} on the cloud on {day}");
        let list = Text::new("系统编号和上下云日期见系统台账", "ids and days are those of the ledger of systems");
        row.report(Code::UnknownSystem, cell.span.clone(), message, suggest_one(id, here.iter().copied(), list));
        fine = false;
    }
    fine
}

fn outage(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Outage> {
    let (service, began, ended) = (row.service(), row.moment("began"), row.moment_opt("ended"));
    let fine = row.ordered(("began", began), ("ended", ended.flatten()));
    let counts = row.finding("counts");
    let reason = row.text_opt("reason").map(|cell| cell.value.to_owned());
    if counts == Some(Finding::No) && reason.is_none() {
        let message = Text::new("不计入的失效没有写原因", "an outage that does not count needs a reason");
        let help = Text::new("在reason中写谁以何理由认定不计", "say in reason who found so, and why");
        row.report(Code::MissingKey, row.row.span.clone(), message, help);
        return None;
    }
    let id = id?.value.to_owned();
    fine.then_some(())?;
    Some(Outage { place: row.place(&id), id, service: service?, began: began?, ended: ended?, counts: counts?, reason })
}

fn measured(row: &Reader<'_, '_>, id: Id<'_>) -> Option<MeasuredOutage> {
    let (service, began, ended) = (row.service(), row.moment("began"), row.moment("ended"));
    let fine = row.ordered(("began", began), ("ended", ended));
    let (counts, run, evidence) = (row.finding("counts"), row.text("run"), row.text("evidence"));
    if let Some(digest) = &evidence
        && !(digest.value.len() == 64 && digest.value.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        let message = Text::new("不是SHA-256", "not a SHA-256");
        row.report(Code::BadId, digest.span.clone(), message, Text::new("64个十六进制字符", "64 hexadecimal digits"));
        return None;
    }
    let id = id?.value.to_owned();
    fine.then_some(())?;
    Some(MeasuredOutage {
        place: row.place(&id),
        id,
        service: service?,
        began: began?,
        ended: ended?,
        counts: counts?,
        run: run?.value.to_owned(),
        evidence: evidence?.value.to_lowercase(),
    })
}

fn work_order(row: &Reader<'_, '_>, id: Id<'_>) -> Option<WorkOrder> {
    let (service, approved, fed_back) = (row.service(), row.moment("approved"), row.moment_opt("fed_back"));
    let fine = row.ordered(("approved", approved), ("fed_back", fed_back.flatten()));
    let (as_approved, responsible) = (row.finding("as_approved"), row.party());
    let id = id?.value.to_owned();
    fine.then_some(())?;
    Some(WorkOrder {
        place: row.place(&id),
        id,
        service: service?,
        approved: approved?,
        fed_back: fed_back?,
        as_approved: as_approved?,
        responsible: responsible?,
    })
}

fn irregular(row: &Reader<'_, '_>, id: Id<'_>) -> Option<IrregularDelivery> {
    let (found, rectified, confirmed) = (row.past("found"), row.past_opt("rectified"), row.finding("confirmed"));
    let fine = row.ordered(("found", found), ("rectified", rectified.flatten()));
    let id = id?.value.to_owned();
    fine.then_some(())?;
    Some(IrregularDelivery { place: row.place(&id), id, found: found?, rectified: rectified?, confirmed: confirmed? })
}

fn task(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Task> {
    let (due, finished, responsible) = (row.date("due"), row.past_opt("finished"), row.party());
    let id = id?.value.to_owned();
    Some(Task { place: row.place(&id), id, due: due?, finished: finished?, responsible: responsible? })
}

fn attendance(row: &Reader<'_, '_>, before: &[Attendance]) -> Option<Attendance> {
    let (person, month) = (row.text("person"), row.month("month"));
    let (required, actual) = (row.number("required_hours"), row.number("actual_hours"));
    if let (Some(required), Some(actual), Some(cell)) = (required, actual, row.text_opt("actual_hours"))
        && actual > required
    {
        let message = both!("实际出勤{actual}小时多于应出勤{required}小时", "{actual} hours attended out of {required}");
        let help =
            Text::new("只写应出勤时段内的工时，加班不计", "count only hours out of those due; overtime is no part of them");
        row.report(Code::BadNumber, cell.span, message, help);
        return None;
    }
    let (person, month) = (person?.value.to_owned(), month?);
    if let Some(first) = before.iter().find(|first| first.person == person && first.month == month) {
        let (shown, line) = (quote(&person), first.place.line);
        let message = both!("{shown}在{month}已有一行（第{line}行）", "{shown} has a row for {month} already (line {line})");
        row.report(Code::Duplicate, row.row.span.clone(), message, Text::new("合并或删去一行", "join them or remove one"));
        return None;
    }
    Some(Attendance {
        place: row.place(&format!("{person} {month}")),
        person,
        month,
        required_hours: required?,
        actual_hours: actual?,
    })
}

fn complaint(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Complaint> {
    let (received, by, responsible) = (row.past("received"), row.word("by", COMPLAINTS), row.party());
    let id = id?.value.to_owned();
    Some(Complaint { place: row.place(&id), id, received: received?, by: by?, responsible: responsible? })
}

fn change(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Change> {
    let (submitted, executed) = (row.moment_opt("submitted"), row.moment("executed"));
    let (outcome, urgent, interrupts) = (row.word("outcome", OUTCOMES), row.finding("urgent"), row.finding("interrupts"));
    let id = id?.value.to_owned();
    Some(Change {
        place: row.place(&id),
        id,
        submitted: submitted?,
        executed: executed?,
        outcome: outcome?,
        urgent: urgent?,
        interrupts: interrupts?,
    })
}

fn violation(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Violation> {
    let (found, confirmed) = (row.past("found"), row.finding("confirmed"));
    let id = id?.value.to_owned();
    Some(Violation { place: row.place(&id), id, found: found?, confirmed: confirmed? })
}

fn survey(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Survey> {
    let date = row.past("date");
    let points = |key: &'static str| {
        if key == "q10" {
            row.whole(key, |n| n <= 8 && n % 2 == 0, Text::new("0、2、4、6或8", "0, 2, 4, 6 or 8"))
        } else {
            row.whole(key, |n| n <= 4, Text::new("0、1、2、3或4", "0, 1, 2, 3 or 4"))
        }
    };
    let answers: Vec<Option<u32>> = QUESTIONS.into_iter().map(points).collect();
    let answers = answers.into_iter().map(|points| points.map(|points| points as u8)).collect::<Option<Vec<u8>>>();
    let id = id?.value.to_owned();
    Some(Survey { place: row.place(&id), id, date: date?, answers: answers? })
}

fn training(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Training> {
    let (date, attendees) =
        (row.past("date"), row.whole("attendees", |n| n < 100_000, Text::new("人数，整数", "people, a whole number")));
    let (material, notice, record) = (row.finding("material"), row.finding("notice"), row.finding("record"));
    let id = id?.value.to_owned();
    Some(Training {
        place: row.place(&id),
        id,
        date: date?,
        attendees: attendees?,
        material: material?,
        notice: notice?,
        record: record?,
    })
}

fn security_finding(row: &Reader<'_, '_>, id: Id<'_>) -> Option<SecurityFinding> {
    let (found, due, fixed) = (row.past("found"), row.date("due"), row.past_opt("fixed"));
    let fine = [("due", due), ("fixed", fixed.flatten())].into_iter().all(|later| row.ordered(("found", found), later));
    let (responsible, harmed_business) = (row.party(), row.finding("harmed_business"));
    let id = id?.value.to_owned();
    fine.then_some(())?;
    Some(SecurityFinding {
        place: row.place(&id),
        id,
        found: found?,
        due: due?,
        fixed: fixed?,
        responsible: responsible?,
        harmed_business: harmed_business?,
    })
}

fn security_incident(row: &Reader<'_, '_>, id: Id<'_>) -> Option<SecurityIncident> {
    let (date, grade) = (row.past("date"), row.whole("grade", |n| (1..=5).contains(&n), Text::new("1到5", "1 to 5")));
    let (confirmed, responsible, data_leaked) = (row.finding("confirmed"), row.party(), row.finding("data_leaked"));
    let id = id?.value.to_owned();
    Some(SecurityIncident {
        place: row.place(&id),
        id,
        date: date?,
        grade: grade? as u8,
        confirmed: confirmed?,
        responsible: responsible?,
        data_leaked: data_leaked?,
    })
}

fn unmet_clause(row: &Reader<'_, '_>, id: Id<'_>) -> Option<UnmetClause> {
    let (clause, found, confirmed) = (row.text("clause"), row.past("found"), row.finding("confirmed"));
    if let Some(clause) = &clause
        && !row.known.clauses.contains(clause.value)
    {
        let shown = quote(clause.value);
        let message = both!("目录里没有条款{shown}", "the catalogue has no clause {shown}");
        let list = Text::new("条款编号见touchstone list clauses", "touchstone list clauses shows them");
        row.report(
            Code::UnknownClause,
            clause.span.clone(),
            message,
            suggest_one(clause.value, row.known.clauses.iter().copied(), list),
        );
        return None;
    }
    let id = id?.value.to_owned();
    Some(UnmetClause { place: row.place(&id), id, clause: clause?.value.to_owned(), found: found?, confirmed: confirmed? })
}

fn licence(row: &Reader<'_, '_>, id: Id<'_>) -> Option<Licence> {
    let sets = |key| row.whole(key, |_| true, Text::new("整数", "a whole number"));
    let (product, counted) = (row.text("product"), row.past("counted"));
    let (running, billed, licensed) = (sets("running"), sets("billed"), sets("licensed"));
    let id = id?.value.to_owned();
    Some(Licence {
        place: row.place(&id),
        id,
        product: product?.value.to_owned(),
        counted: counted?,
        running: running?,
        billed: billed?,
        licensed: licensed?,
    })
}
