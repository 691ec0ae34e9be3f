//! The cover: number, parties, object and version, dates. What nobody said is blank, never made up.

use super::Paper;
use super::block::{Cell, Inline};
use crate::units;
use touchstone_model::text::Text;

pub(crate) struct Cover {
    pub(crate) maker: Text,
    pub(crate) title: Text,
    pub(crate) kind: Text,
    pub(crate) facts: Vec<(Text, Cell)>,
}

pub(crate) fn cover(paper: &Paper) -> Cover {
    let run = paper.view.run;
    let said = &run.plan.particulars;
    let mut tested = vec![Inline::Plain(units::day(&run.started))];
    match run.finished.as_deref().map(units::day) {
        Some(day) if day != units::day(&run.started) => tested.extend([Inline::Plain(format!(" – {day}"))]),
        Some(_) => {}
        None => tested.push(Inline::warn("，未完成", ", not finished")),
    }
    let fact = |zh: &str, en: &str, value: Cell| (Text::new(zh, en), value);
    let blank = |value: &Option<String>| vec![Inline::or_blank(value.as_ref())];
    Cover {
        maker: Text::new(format!("试金石 {}", run.tool), format!("Touchstone {}", run.tool)),
        title: run.plan.suite_title.clone(),
        kind: Text::new("验收测试报告", "Acceptance test report"),
        facts: vec![
            fact("报告编号", "Report number", blank(&said.number)),
            fact("运行编号", "Run", vec![Inline::Code(run.run.clone())]),
            fact("验收对象", "Object", blank(&said.object)),
            fact("版本", "Version", blank(&said.version)),
            fact("采购人", "Purchaser", blank(&said.purchaser)),
            fact("供应商", "Supplier", blank(&said.supplier)),
            fact("测试机构", "Tested by", blank(&said.tester)),
            fact("合同", "Contract", blank(&said.contract)),
            fact("测试地点", "Place", blank(&said.place)),
            fact("测试日期", "Tested on", tested),
        ],
    }
}
