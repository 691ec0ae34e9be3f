//! Waivers: all of them in a table, and each beside what it covers.

use super::words::{badge, say, text};
use super::{Page, fragment};
use crate::clean::clean;
use crate::verdict_map;
use maud::{Markup, html};
use touchstone_model::waiver::WaiverResult;

impl Page<'_> {
    /// When the waivers were laid, where that was not before the verdicts were known.
    fn laid_later(&self) -> Option<&str> {
        let run = self.view.run;
        // Both in UTC and of one length: they compare as they are written.
        run.waivers_laid.as_deref().filter(|laid| run.finished.as_deref().is_some_and(|finished| *laid > finished))
    }

    pub(super) fn waivers(&self) -> Markup {
        let waivers = &self.view.run.waivers;
        html! { @if !waivers.is_empty() {
            section #waivers {
                h2 { (say("豁免", "Waivers")) " " span.n { (waivers.len()) } }
                p { (say(
                    "豁免与结论并列，不改变任何条款的结论。",
                    "A waiver lies beside a verdict; it changes the verdict of no clause.",
                )) }
                @if let Some(laid) = self.laid_later() {
                    p.warn { (say("这些豁免于运行完成之后补上：", "These were laid after the run had finished: ")) (laid) }
                }
                div.scroll { table {
                    thead { tr {
                        th { (say("编号", "Id")) } th { (say("状态", "State")) } th { (say("所豁免内容", "Covers")) }
                        th { (say("其结论", "Its verdict")) } th { (say("批准人", "Approved by")) }
                        th { (say("有效期", "Valid")) } th { (say("理由", "Reason")) }
                    } }
                    tbody { @for waived in waivers { tr {
                        td { (clean(&waived.waiver.id)) }
                        td { (badge(verdict_map::waiver(waived.state), &waived.state.words())) }
                        td { a.ref href=(fragment(&waived.waiver.scope.clause)) { (clean(&waived.waiver.scope.to_string())) } }
                        td { @match waived.verdict {
                            Some(verdict) => (badge(verdict_map::clause(verdict), &verdict.words())),
                            None => "–",
                        } }
                        td { (clean(&waived.waiver.approver)) }
                        td { (clean(&waived.waiver.from)) " – " (clean(&waived.waiver.until)) }
                        td.wrap { (text(&waived.waiver.reason)) }
                    } } }
                } }
            }
        } }
    }
}

/// One waiver beside what it covers.
pub(super) fn beside(waived: &WaiverResult) -> Markup {
    html! { p.waiver { strong { (text(&waived.waiver.words())) } " · " (text(&waived.waiver.reason)) } }
}
