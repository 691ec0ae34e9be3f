//! Documents that clauses are inspected by: the slots of a suite, the register that fills them, and what is wrong with it.
//!
//! Days are ISO 8601 (`2026-11-24`), so that they compare as text.

use crate::digest::Digest;
use crate::suite::AspectRef;
use crate::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place for a document: one for every aspect that is inspected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// The aspect it decides.
    pub aspect: AspectRef,
    /// What document is expected.
    pub document: Text,
    /// Who issues such documents.
    pub issuer: Text,
    /// Role of whoever must hold it, like `operator`; the register says who that is.
    pub holder: String,
}

/// What was handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    /// First and last day of service; documents must last until the end of it.
    pub service: Option<(String, String)>,
    /// Who plays which role.
    pub holders: BTreeMap<String, String>,
    /// The documents, in order.
    pub documents: Vec<Document>,
}

/// A document, as registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The slot it fills.
    pub slot: AspectRef,
    /// Name of the file; absent where only its digest is kept.
    pub file: Option<String>,
    /// Of the file.
    pub sha256: Digest,
    /// Who issued it.
    pub issuer: String,
    /// Whom it was issued to.
    pub holder: String,
    /// What it covers.
    pub scope: String,
    /// First day it is valid.
    pub from: String,
    /// Last day it is valid; absent: without end.
    pub until: Option<String>,
    /// Who looked at it and vouches for it.
    pub attested_by: Option<String>,
    /// When.
    pub attested_on: Option<String>,
    /// What became of the file.
    pub state: FileState,
}

/// What became of a document's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// It is there and has its digest.
    Kept,
    /// Confidential: only its digest is kept, and whoever attests has seen it.
    DigestOnly,
    /// It is not there.
    Missing,
    /// It is there but has another digest.
    Changed,
}

/// Something about the documents of a slot that a reader must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum EvidenceFinding {
    /// No named person vouches for it.
    NotAttested,
    /// Its file is not there.
    FileMissing,
    /// Its file has another digest.
    FileChanged,
    /// It was not valid yet.
    NotYetValid {
        /// First day it is valid.
        from: String,
    },
    /// It is valid no longer.
    Expired {
        /// Last day it was valid.
        until: String,
    },
    /// It is valid now but not until the end of service.
    ExpiresInService {
        /// Last day it is valid.
        until: String,
        /// Last day of service.
        service_until: String,
    },
    /// It was issued to somebody else.
    WrongHolder {
        /// Who must hold it.
        expected: String,
    },
    /// The register does not say who must hold it.
    HolderUnknown {
        /// The role.
        role: String,
    },
    /// The same file stands in slots of other clauses.
    UsedElsewhere {
        /// Those slots.
        slots: Vec<AspectRef>,
    },
    /// The same file stands in other slots of the same clause.
    UsedTwice {
        /// Those slots.
        slots: Vec<AspectRef>,
    },
    /// Attested before it was issued, or later than the day of the assessment.
    AttestedWrongly {
        /// The day given.
        on: String,
    },
}

/// A document with what was found about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspected {
    /// The document.
    pub document: Document,
    /// What was found; empty: nothing.
    pub findings: Vec<EvidenceFinding>,
}

/// A slot on the day of the assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// The slot.
    pub slot: Slot,
    /// Day of the assessment, in China.
    pub on: String,
    /// What fills it; empty: it is missing.
    pub documents: Vec<Inspected>,
}

/// Looks at every slot on a day. What follows for the aspects is [`crate::verdict::inspect`].
pub fn inspections(slots: &[Slot], register: &Register, on: &str) -> Vec<Inspection> {
    let inspect = |slot: &Slot| {
        let documents = register.documents.iter().filter(|document| document.slot == slot.aspect);
        let documents =
            documents.map(|document| Inspected { document: document.clone(), findings: findings(slot, document, register, on) });
        Inspection { slot: slot.clone(), on: on.to_owned(), documents: documents.collect() }
    };
    slots.iter().map(inspect).collect()
}

fn findings(slot: &Slot, document: &Document, register: &Register, on: &str) -> Vec<EvidenceFinding> {
    let mut found = Vec::new();
    match (&document.attested_by, &document.attested_on) {
        (Some(_), Some(day)) if day.as_str() > on || *day < document.from => {
            found.push(EvidenceFinding::AttestedWrongly { on: day.clone() });
        }
        (Some(_), Some(_)) => {}
        _ => found.push(EvidenceFinding::NotAttested),
    }
    match document.state {
        FileState::Kept | FileState::DigestOnly => {}
        FileState::Missing => found.push(EvidenceFinding::FileMissing),
        FileState::Changed => found.push(EvidenceFinding::FileChanged),
    }
    if document.from.as_str() > on {
        found.push(EvidenceFinding::NotYetValid { from: document.from.clone() });
    }
    if let Some(until) = &document.until {
        match &register.service {
            _ if until.as_str() < on => found.push(EvidenceFinding::Expired { until: until.clone() }),
            Some((_, service_until)) if until < service_until => {
                found.push(EvidenceFinding::ExpiresInService { until: until.clone(), service_until: service_until.clone() });
            }
            _ => {}
        }
    }
    match register.holders.get(&slot.holder) {
        None => found.push(EvidenceFinding::HolderUnknown { role: slot.holder.clone() }),
        Some(expected) if *expected != document.holder => {
            found.push(EvidenceFinding::WrongHolder { expected: expected.clone() });
        }
        Some(_) => {}
    }
    let same = register.documents.iter().filter(|other| other.sha256 == document.sha256 && other.slot != document.slot);
    let (near, far): (Vec<AspectRef>, Vec<AspectRef>) =
        same.map(|other| other.slot.clone()).partition(|other| other.clause == document.slot.clause);
    if !far.is_empty() {
        found.push(EvidenceFinding::UsedElsewhere { slots: far });
    }
    if !near.is_empty() {
        found.push(EvidenceFinding::UsedTwice { slots: near });
    }
    found
}

impl EvidenceFinding {
    /// In words.
    pub fn words(&self) -> Text {
        let list = |slots: &[AspectRef]| slots.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            EvidenceFinding::NotAttested => {
                Text::new("无人具名作证已审阅原件", "no named person vouches for having looked at it")
            }
            EvidenceFinding::FileMissing => Text::new("文件不在登记处", "its file is not there"),
            EvidenceFinding::FileChanged => Text::new("文件与登记的摘要不符", "its file has another digest than registered"),
            EvidenceFinding::NotYetValid { from } => Text::new(format!("{from}起才有效"), format!("not valid before {from}")),
            EvidenceFinding::Expired { until } => Text::new(format!("已于{until}到期"), format!("expired on {until}")),
            EvidenceFinding::ExpiresInService { until, service_until } => Text::new(
                format!("{until}到期，早于服务期末{service_until}"),
                format!("expires on {until}, before the end of service on {service_until}"),
            ),
            EvidenceFinding::WrongHolder { expected } => {
                Text::new(format!("持有人应为{expected}"), format!("its holder should be {expected}"))
            }
            EvidenceFinding::HolderUnknown { role } => {
                Text::new(format!("登记中没有写明{role}是谁"), format!("the register does not say who is the {role}"))
            }
            EvidenceFinding::UsedElsewhere { slots } => Text::new(
                format!("同一文件又用于其他条款：{}", list(slots)),
                format!("the same file stands for other clauses, too: {}", list(slots)),
            ),
            EvidenceFinding::UsedTwice { slots } => Text::new(
                format!("同一文件又用于同一条款的{}", list(slots)),
                format!("the same file stands for {} of the same clause, too", list(slots)),
            ),
            EvidenceFinding::AttestedWrongly { on } => Text::new(
                format!("作证日期{on}早于材料生效或晚于考核日"),
                format!("attested on {on}: before it was valid, or after the day of the assessment"),
            ),
        }
    }
}

impl Inspection {
    /// Everything a reader must know, as sentences; the missing document first.
    pub fn reasons(&self) -> Vec<Text> {
        if self.documents.is_empty() {
            let Text { zh, en } = &self.slot.document;
            return vec![Text::new(format!("缺少材料：{zh}"), format!("document missing: {en}"))];
        }
        let said = |inspected: &Inspected, finding: &EvidenceFinding| {
            let (name, words) = (inspected.document.name(), finding.words());
            Text::new(format!("{name}：{}", words.zh), format!("{name}: {}", words.en))
        };
        let all = self.documents.iter().flat_map(|inspected| inspected.findings.iter().map(move |finding| (inspected, finding)));
        all.map(|(inspected, finding)| said(inspected, finding)).collect()
    }
}

impl Document {
    /// Its file, or the beginning of its digest.
    pub fn name(&self) -> String {
        self.file.clone().unwrap_or_else(|| format!("sha256:{}", self.sha256.0.get(..12).unwrap_or(&self.sha256.0)))
    }
}
