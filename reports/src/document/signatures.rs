//! Fields for those who answer for the report. They are left to people: nothing here is filled in by a program.

use super::Paper;
use super::block::Block;
use touchstone_model::text::Text;

impl Paper<'_> {
    pub(super) fn signatures(&self) -> Vec<Block> {
        let note = Block::say(
            "以下由人工填写；本报告为测试记录，不代替主管部门或测评机构的结论。",
            "To be filled in by people. This report is a record of tests; it takes the place of no authority's or assessor's \
             conclusion.",
        );
        let fields = [("编制", "Drafted by"), ("审核", "Reviewed by"), ("批准", "Approved by")];
        vec![note, Block::Signatures(fields.map(|(zh, en)| Text::new(zh, en)).to_vec())]
    }
}
