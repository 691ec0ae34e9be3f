//! What each ledger's columns are called, and the words that some of them choose from; English and Chinese alike.

use touchstone_assess::ledger::{Channel, Class, ComplaintBy, Finding, Kind, Outcome, Party};

/// A column.
pub(super) struct Column {
    pub key: &'static str,
    pub zh: &'static str,
    /// It must be there; whether a cell may be empty is another question.
    pub required: bool,
}

const fn must(key: &'static str, zh: &'static str) -> Column {
    Column { key, zh, required: true }
}

const fn may(key: &'static str, zh: &'static str) -> Column {
    Column { key, zh, required: false }
}

const ID: Column = must("id", "编号");
const SERVICE: Column = must("service", "服务项");
const BEGAN: Column = must("began", "开始时间");
const ENDED: Column = must("ended", "结束时间");
const FOUND: Column = must("found", "发现日期");
const DATE: Column = must("date", "日期");
const CONFIRMED: Column = must("confirmed", "是否确认");
const RESPONSIBLE: Column = must("responsible", "责任方");
const COUNTS: Column = must("counts", "是否计入");
/// Every ledger may have remarks; they change nothing.
const REMARK: Column = may("remark", "备注");

/// Columns of a ledger.
pub(super) fn of(kind: Kind) -> Vec<Column> {
    let mut columns = match kind {
        Kind::Systems => {
            vec![ID, must("name", "名称"), must("class", "类别"), may("from", "上云日期"), may("until", "下云日期")]
        }
        Kind::Incidents => vec![
            ID,
            SERVICE,
            BEGAN,
            must("recovered", "恢复时间"),
            must("reported", "上报时间"),
            must("channel", "上报方式"),
            must("unusable", "无法使用的系统"),
            must("affected", "受影响的系统"),
            CONFIRMED,
            RESPONSIBLE,
            must("truthful", "上报是否属实"),
            must("service_unusable", "服务是否无法使用"),
            may("capacity_lost", "服务能力丧失百分比"),
            must("data_lost", "是否丢失数据"),
        ],
        Kind::Outages => vec![ID, SERVICE, BEGAN, ENDED, COUNTS, may("reason", "不计入原因")],
        Kind::MeasuredOutages => {
            vec![ID, SERVICE, BEGAN, ENDED, COUNTS, must("run", "运行编号"), must("evidence", "证据摘要")]
        }
        Kind::WorkOrders => vec![
            ID,
            SERVICE,
            must("approved", "审核通过时间"),
            must("fed_back", "反馈时间"),
            must("as_approved", "是否如实发放"),
            RESPONSIBLE,
        ],
        Kind::IrregularDeliveries => vec![ID, FOUND, must("rectified", "整改完毕日期"), CONFIRMED],
        Kind::Tasks => vec![ID, must("due", "应完成日期"), must("finished", "完成日期"), RESPONSIBLE],
        Kind::Attendance => {
            vec![
                must("person", "人员"),
                must("month", "月份"),
                must("required_hours", "应出勤工时"),
                must("actual_hours", "实际出勤工时"),
            ]
        }
        Kind::Complaints => vec![ID, must("received", "收到日期"), must("by", "渠道"), RESPONSIBLE],
        Kind::Changes => vec![
            ID,
            must("submitted", "上报时间"),
            must("executed", "执行时间"),
            must("outcome", "结果"),
            must("urgent", "是否紧急"),
            must("interrupts", "是否中断服务"),
        ],
        Kind::Violations => vec![ID, FOUND, CONFIRMED],
        Kind::Surveys => {
            let questions = [
                ("q1", "第1题"),
                ("q2", "第2题"),
                ("q3", "第3题"),
                ("q4", "第4题"),
                ("q5", "第5题"),
                ("q6", "第6题"),
                ("q7", "第7题"),
                ("q8", "第8题"),
                ("q9", "第9题"),
                ("q10", "第10题"),
            ];
            [ID, DATE].into_iter().chain(questions.map(|(key, zh)| must(key, zh))).collect()
        }
        Kind::Trainings => vec![
            ID,
            DATE,
            must("attendees", "人数"),
            must("material", "教材"),
            must("notice", "通知"),
            must("record", "签到或记录"),
        ],
        Kind::SecurityFindings => vec![
            ID,
            FOUND,
            must("due", "整改期限"),
            must("fixed", "整改完成日期"),
            RESPONSIBLE,
            must("harmed_business", "是否影响业务安全"),
        ],
        Kind::SecurityIncidents => {
            vec![ID, DATE, must("grade", "等级"), CONFIRMED, RESPONSIBLE, must("data_leaked", "是否泄露数据")]
        }
        Kind::UnmetClauses => vec![ID, must("clause", "条款"), FOUND, CONFIRMED],
        Kind::Licences => vec![
            ID,
            must("product", "产品"),
            must("counted", "清点日期"),
            must("running", "运行套数"),
            must("billed", "计费套数"),
            must("licensed", "授权套数"),
        ],
    };
    columns.push(REMARK);
    columns
}

/// Questions of the survey, in order.
pub(super) const QUESTIONS: [&str; 10] = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"];

/// A list of words that a column chooses from.
pub(super) type Words<T> = &'static [(&'static str, &'static str, T)];

pub(super) const FINDINGS: Words<Finding> =
    &[("yes", "是", Finding::Yes), ("no", "否", Finding::No), ("pending", "待定", Finding::Pending)];
pub(super) const PARTIES: Words<Party> =
    &[("operator", "云服务商", Party::Operator), ("other", "其他", Party::Other), ("pending", "待定", Party::Pending)];
pub(super) const CLASSES: Words<Class> = &[("A", "A类", Class::A), ("B", "B类", Class::B), ("C", "C类", Class::C)];
pub(super) const CHANNELS: Words<Channel> =
    &[("phone", "电话", Channel::Phone), ("wechat", "微信", Channel::Wechat), ("other", "其他", Channel::Other)];
pub(super) const COMPLAINTS: Words<ComplaintBy> =
    &[("letter", "来函", ComplaintBy::Letter), ("other", "其他", ComplaintBy::Other)];
pub(super) const OUTCOMES: Words<Outcome> = &[
    ("as-planned", "按方案完成", Outcome::AsPlanned),
    ("rolled-back", "按方案回退", Outcome::RolledBack),
    ("failed", "未按方案", Outcome::Failed),
];
