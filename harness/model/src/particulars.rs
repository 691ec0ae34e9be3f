//! What an acceptance report says about itself that no program can find out: its number, the parties, the object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Particulars of the report; whatever is absent is left blank for people to fill in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Particulars {
    /// Number of the report.
    pub number: Option<String>,
    /// Name of what is accepted.
    pub object: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Who buys.
    pub purchaser: Option<String>,
    /// Who delivers.
    pub supplier: Option<String>,
    /// Who tests.
    pub tester: Option<String>,
    /// Contract that the delivery rests on.
    pub contract: Option<String>,
    /// Where the test took place.
    pub place: Option<String>,
}

impl Particulars {
    /// Names of the fields, in the order of the report's cover.
    pub const FIELDS: [&'static str; 8] = ["number", "object", "version", "purchaser", "supplier", "tester", "contract", "place"];

    /// The field of that name.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "number" => &mut self.number,
            "object" => &mut self.object,
            "version" => &mut self.version,
            "purchaser" => &mut self.purchaser,
            "supplier" => &mut self.supplier,
            "tester" => &mut self.tester,
            "contract" => &mut self.contract,
            "place" => &mut self.place,
            _ => return None,
        })
    }

    /// `over` where it says something, else this.
    pub fn with(mut self, mut over: Particulars) -> Particulars {
        for name in Self::FIELDS {
            if let (Some(field), Some(said)) = (self.field_mut(name), over.field_mut(name).and_then(Option::take)) {
                *field = Some(said);
            }
        }
        self
    }
}
