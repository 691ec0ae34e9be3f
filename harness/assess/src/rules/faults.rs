//! What can be wrong with rules beyond their form.

use super::{Breach, Deduct, Rules};
use crate::exact::Exact;
use touchstone_model::text::Text;

/// Monthly indicators that are known how to count.
pub const MONTHLY: [&str; 14] = ["A1", "A2", "A3", "A4", "B1", "C1", "D1", "E1", "E2", "E3", "E4", "F1", "F2", "G1"];
/// Annual indicators that are known how to count.
pub const ANNUAL: [&str; 4] = ["H1", "I1", "J1", "J2"];

impl Rules {
    /// Everything wrong with the data beyond its form, in Chinese and English.
    pub fn faults(&self) -> Vec<Text> {
        let mut faults = Vec::new();
        let mut wrong = |zh: String, en: String| faults.push(Text::new(zh, en));
        if self.schema != 1 {
            wrong("不认识的格式版本".into(), "this version of the format is not known".into());
        }
        for (name, rules, known) in [("month", &self.months, &MONTHLY[..]), ("year", &self.years, &ANNUAL[..])] {
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            if ids != known {
                wrong(
                    format!("[[{name}]] 应依次为 {}", known.join(" ")),
                    format!("[[{name}]] must be {} in this order", known.join(" ")),
                );
            }
            let sum: Exact = rules.iter().map(|rule| rule.weight).sum();
            if sum != Exact::whole(100) {
                wrong(
                    format!("[[{name}]] 分值合计为 {sum}，不是 100"),
                    format!("the weights of [[{name}]] add up to {sum}, not 100"),
                );
            }
            for rule in rules {
                if !rule.deduct.fits(&rule.id) {
                    wrong(format!("{} 的扣分方式不适用", rule.id), format!("{} cannot be deducted for that way", rule.id));
                }
            }
        }
        if self.weights.months + self.weights.year != Exact::whole(1) {
            wrong("月度与年度权重之和不为 1".into(), "the weights of months and year do not add up to 1".into());
        }
        for (at, row) in self.fault.rows.iter().enumerate() {
            let number = row.number;
            if usize::from(number) != at + 1 {
                wrong(
                    format!("故障表第 {} 行编号为 {number}", at + 1),
                    format!("row {} of the fault table is numbered {number}", at + 1),
                );
            }
            let banded = row.systems.as_ref().map(|id| self.fault.bands.iter().any(|band| &band.id == id));
            if !(1..=6).contains(&row.grade) || banded == Some(false) || row.systems.is_some() == row.class.is_some() {
                wrong(
                    format!("故障表第 {number} 行：等级为 1 到 6，且须恰好给出已定义的 systems 或 class 之一"),
                    format!(
                        "row {number} of the fault table: a grade is 1 to 6, and exactly one of a known `systems` and a `class` must be given"
                    ),
                );
            }
        }
        for rule in &self.breaches {
            let score = rule.when == Breach::LowScore;
            let fits = if score {
                rule.below.is_some() && rule.percent.is_some() && rule.amount.is_none()
            } else {
                rule.amount.is_some()
            };
            if !fits {
                wrong(
                    format!("违约表第 {} 行金额不完整", rule.row),
                    format!("row {} of the breach table lacks its amount", rule.row),
                );
            }
        }
        faults
    }
}

impl Deduct {
    fn fits(&self, id: &str) -> bool {
        match id {
            "B1" | "D1" | "H1" | "I1" => matches!(self, Deduct::Step(step) if step.step > Exact::ZERO),
            "E1" => matches!(self, Deduct::ByGrade(grades) if grades.len() == 6),
            "J2" => matches!(self, Deduct::ByGrade(grades) if grades.len() == 5),
            _ => matches!(self, Deduct::Each(_)),
        }
    }
}
