//! Database: the declared rate of transactions is borne within the declared time, and what was acknowledged is there and consistent.

use touchstone_sdk::load::{
    Arrivals, CONDITIONS, Declared, Figures, Objective, Plan, Request, Stock, fill, order_entry, order_entry_tables, run as put,
    search, statement,
};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("performance")
    .title("声明负载下的性能", "Performance under the declared load")
    .question(
        "在声明的事务到达率下运行订单处理负载（按TPC-C方式，五种事务，非TPC-C结果）：99%的事务是否在声明时间内完成（从应到时刻起算），\
         之后数据是否满足全部一致性条件，已确认的订单和付款是否都在？",
        "Under the declared rate of transactions of the order-entry workload (in the manner of TPC-C, no TPC-C result): are 99 of 100 done \
         within the declared time, counted from the moment they were due, do all consistency conditions hold afterwards, and is every \
         order and payment there that was acknowledged?",
    )
    .effect("建自己的九张表并装入数据，按声明的速率施加负载，用后删除。", "Makes nine tables of its own, fills them, puts the declared load on them, drops them.")
    .on("database")
    .needs(&[Need::Sql, Need::Load])
    .impact(Impact::Scratch)
    .limit_s(900)
    .required_param("rate", "声明的事务到达率（每秒）", "declared rate of transactions, a second")
    .required_param("p99_ms", "声明的99%分位延迟（毫秒）", "declared 99th percentile of latency, in milliseconds")
    .param("failures_per_cent", "1", "允许失败的事务比例（%）", "transactions that may fail, in per cent")
    .param("seconds", "30", "负载持续时间（秒）", "seconds of load")
    .param("connections", "8", "连接数", "connections")
    .param("warehouses", "1", "仓库数（规模）", "warehouses: the scale")
    .param("districts", "10", "每仓库的区数，1至10", "districts of a warehouse, 1 to 10")
    .param("customers", "3000", "每区客户数，30至3000", "customers of a district, 30 to 3000")
    .param("items", "100000", "商品数，100至100000", "items, 100 to 100,000")
    .param("search_steps", "0", "寻找最高可承受速率的步数；0表示不找", "steps of a search for the highest rate borne; 0: none")
    .expect("rate", "达到声明的到达率", "the declared rate is borne")
    .expect("latency", "99%分位延迟不超过声明", "the 99th percentile of latency is as declared")
    .expect("failures", "失败比例不超过允许", "no more fail than may")
    .expect("consistent", "全部一致性条件成立", "all consistency conditions hold")
    .expect("acknowledged", "已确认的事务都在", "what was acknowledged is there")
    .run(run);

const ROLE: &str = "app";
/// A transaction is given up after this time.
const PATIENCE_MS: u32 = 20_000;

fn run(cx: &Context) -> CheckResult {
    let declared = Declared::of(cx)?;
    let (seconds, connections): (u32, u32) = (cx.param_as("seconds")?, cx.param_as("connections")?);
    let stock = Stock {
        warehouses: cx.param_as("warehouses")?,
        districts: cx.param_as("districts")?,
        customers: cx.param_as("customers")?,
        items: cx.param_as("items")?,
    };
    let name = cx.scratch_name();
    let db = cx.sql(ROLE)?;
    db.refuses_nonsense(&format!("SELEKT {name} FROMM NOWHERE"))?;
    match db.perform(&order_entry_tables(cx, &name)?)? {
        Performed::Whole => {}
        Performed::Refused { failure, at } => {
            return inconclusive(say(
                "无法建立负载用表",
                format!("statement {at} of the tables was refused: {}", failure.said()),
            ));
        }
    }
    let workload = order_entry(cx, &name, ROLE, stock)?;
    let filled = fill(&workload, connections)?;
    let rows = |table: &str| filled.iter().find(|(known, _)| known == table).map_or(0, |(_, rows)| *rows);
    let orders = Count::of(cx, &db, &name, "count-orders")?;
    let history = Count::of(cx, &db, &name, "count-history")?;
    if orders.before != rows("orders") || history.before != rows("history") || orders.before == 0 {
        let words = format!(
            "{} orders and {} payments are there, of {} and {} that were acknowledged",
            orders.before,
            history.before,
            rows("orders"),
            rows("history")
        );
        return inconclusive(say(
            "装入的数据不在：目标对写入的回答不可信",
            format!("the target does not keep what is written to it: {words}"),
        ));
    }
    let plan = Plan {
        request: Request::OrderEntry(workload),
        arrivals: Arrivals::Poisson(declared.rate),
        connections,
        duration_ms: seconds.saturating_mul(1000),
        timeout_ms: PATIENCE_MS,
        seed: cx.elapsed_ns(),
    };
    let figures = put(&plan)?;
    declared.hold(cx, &figures)?;
    cx.note(told(&figures));
    let mut broken = Vec::new();
    for condition in CONDITIONS {
        let count = db.scalar(&statement(cx, &name, condition)?)?;
        if count.trim() != "0" {
            broken.push(format!("{condition}: {count}"));
        }
    }
    cx.expect("consistent").that(
        broken.is_empty(),
        format!("0 contradictions of {} conditions", CONDITIONS.len()),
        if broken.is_empty() { "0".to_owned() } else { broken.join(", ") },
    )?;
    let orders = orders.grown(&db, &figures, "new-order")?;
    let history = history.grown(&db, &figures, "payment")?;
    cx.expect("acknowledged").that(
        orders.is_as_told() && history.is_as_told(),
        "as many orders and payments more as were acknowledged, and at most those more of which it is not known",
        format!("orders {}; payments {}", orders.words(), history.words()),
    )?;
    let steps: u32 = cx.param_as("search_steps")?;
    if steps > 0 {
        let objective = Objective { quantile: 0.99, latency_us: declared.p99_us, failures: declared.failures_per_cent / 100.0 };
        let found = search(&plan, objective, declared.rate, steps)?;
        let rate = found.rate.map_or("none".to_owned(), |rate| format!("{rate:.0}"));
        cx.note(format!("最高可承受速率 {rate} 事务/秒 / highest rate borne: {rate} transactions a second"));
    }
    decided()
}

/// What the load came to, under the workload's own name.
fn told(figures: &Figures) -> String {
    let orders = figures.parts.iter().find(|part| part.name == "new-order").map_or(0, |part| part.answered);
    let parts: Vec<String> =
        figures.parts.iter().map(|part| format!("{} {} (p99 {} us)", part.answered, part.name, part.latency.p99)).collect();
    format!(
        "订单处理负载（非tpmC）：新订单{orders}笔 / order-entry workload (no tpmC): {orders} new orders; {}",
        parts.join(", ")
    )
}

/// Rows of a table, before and after the load.
struct Count {
    query: String,
    before: u64,
}

/// By how much they grew.
struct Growth {
    rows: i128,
    acknowledged: u64,
    uncertain: u64,
}

impl Count {
    fn of(cx: &Context, db: &Sql, prefix: &str, name: &str) -> Result<Self, Stop> {
        let query = statement(cx, prefix, name)?;
        let before = count(db, &query)?;
        Ok(Self { query, before })
    }

    fn grown(&self, db: &Sql, figures: &Figures, part: &str) -> Result<Growth, Stop> {
        let part = figures.parts.iter().find(|known| known.name == part);
        let (acknowledged, uncertain) = part.map_or((0, 0), |part| (part.answered, part.uncertain));
        Ok(Growth { rows: i128::from(count(db, &self.query)?) - i128::from(self.before), acknowledged, uncertain })
    }
}

impl Growth {
    fn is_as_told(&self) -> bool {
        let least = i128::from(self.acknowledged);
        (least..=least + i128::from(self.uncertain)).contains(&self.rows)
    }

    fn words(&self) -> String {
        format!("{} more, {} acknowledged, {} not known", self.rows, self.acknowledged, self.uncertain)
    }
}

fn count(db: &Sql, query: &str) -> Result<u64, Stop> {
    let text = db.scalar(query)?;
    match text.trim().parse() {
        Ok(count) => Ok(count),
        Err(_) => inconclusive(say("计数不是整数", format!("a count is no whole number: {text:?}"))),
    }
}
