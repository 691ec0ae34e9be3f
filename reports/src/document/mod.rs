//! The acceptance document: chapters of plain blocks in the order that acceptance teams expect, a file each.
//!
//! HTML and PDF are made of the same chapters, so that neither says what the other doesn't.

mod annex;
mod basis;
mod block;
mod conclusion;
mod cover;
mod defects;
mod load;
mod method;
mod object;
mod open;
mod performance;
mod plot;
mod results;
mod rounds;
mod score;
mod signatures;
mod trace;
mod waivers;

pub(crate) use block::{Block, Cell, Inline, Table, Width};
pub(crate) use cover::cover;
pub(crate) use results::area_rows;

use crate::view::View;
use touchstone_assess::Assessment;
use touchstone_model::digest::Digest;
use touchstone_model::run::Run;
use touchstone_model::text::Text;

/// What a document is made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The run.
    pub run: &'a Run,
    /// Content of evidence that the journal does not hold itself, by its hash.
    pub evidence: &'a dyn Fn(&Digest) -> Option<Vec<u8>>,
    /// The operator's score, where one is attached.
    pub assessment: Option<&'a Assessment>,
}

/// The source with what every chapter looks up.
pub(crate) struct Paper<'a> {
    pub(crate) view: View<'a>,
    pub(crate) source: Source<'a>,
}

/// A chapter.
pub(crate) struct Chapter {
    /// Its anchor.
    pub(crate) id: &'static str,
    pub(crate) title: Text,
    pub(crate) blocks: Vec<Block>,
}

/// Anchor of the chapter that lists every clause's result.
pub(crate) const RESULTS: &str = "clauses";

impl<'a> Paper<'a> {
    pub(crate) fn new(source: Source<'a>) -> Self {
        Paper { view: View::new(source.run), source }
    }

    /// Every chapter behind the cover, in order.
    pub(crate) fn chapters(&self) -> Vec<Chapter> {
        let chapter = |id, zh: &str, en: &str, blocks| Chapter { id, title: Text::new(zh, en), blocks };
        let rounds = self.rounds();
        let mut chapters = vec![
            chapter("conclusion", "验收结论", "Conclusion", self.conclusion()),
            chapter("basis", "验收依据", "Basis", self.basis()),
            chapter("object", "验收对象与环境指纹", "Object and fingerprint", self.object()),
            chapter("method", "测试环境与方法", "Environment and method", self.method()),
            chapter(RESULTS, "逐条结果", "Results per clause", self.results()),
            chapter("trace", "追溯矩阵", "Traceability matrix", self.trace()),
            chapter("defects", "缺陷与整改", "Defects and rectification", self.defects()),
            chapter("open", "偏离与未测", "Deviations, and what was not tested", self.open()),
            chapter("waivers", "豁免", "Waivers", self.waivers()),
            chapter("performance", "性能与故障切换", "Performance and failover", self.performance()),
            chapter("score", "服务考核评分", "Score of the service", self.score()),
            chapter("signatures", "签署页", "Signatures", self.signatures()),
            chapter("annex", "附录：证据清单", "Annex: evidence", self.annex()),
        ];
        if !rounds.is_empty() {
            let behind = chapters.iter().position(|chapter| chapter.id == "defects").map_or(0, |at| at + 1);
            chapters.insert(behind, chapter("rounds", "验收轮次", "Rounds of the acceptance", rounds));
        }
        chapters
    }
}
