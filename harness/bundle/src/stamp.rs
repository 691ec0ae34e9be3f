//! Time stamps of a bundle: asked for its statement, kept beside the seal, each under its own hash.

use crate::make::{BundleError, names};
use crate::verify::{Weight, verify};
use std::path::Path;
use touchstone_model::digest::Digest;
use touchstone_model::text::Text;
use touchstone_seal::random;
use touchstone_seal::time_stamp::{Imprint, query, stamped};

/// Folder of the time stamps in a bundle.
pub(crate) const STAMPS: &str = "timestamps/";
/// End of their names.
pub(crate) const ENDING: &str = ".tsr";

/// What to send to a time-stamping authority for a bundle.
pub fn stamp_query(bundle: &Path, imprint: Imprint) -> Result<Vec<u8>, BundleError> {
    let [a, b, c, d, e, f, g, h, ..] = random()?;
    Ok(query(&statement(bundle)?, imprint, [a, b, c, d, e, f, g, h]))
}

/// Puts an authority's answer into the bundle; by which digest it stamps the statement.
pub fn add_stamp(bundle: &Path, response: &[u8]) -> Result<Imprint, BundleError> {
    let statement = statement(bundle)?;
    let wrong = verify(bundle, None).findings.0.into_iter().find(|finding| finding.weight == Weight::Altered);
    if let Some(finding) = wrong {
        let (place, Text { zh, en }) = (finding.place(), finding.what);
        let text = Text::new(format!("交付包被改动：{place}：{zh}"), format!("the bundle was altered: {place}: {en}"));
        return Err(BundleError::Unfit(text));
    }
    let imprint = stamped(response, &statement)
        .map_err(|why| BundleError::Unfit(Text::new(format!("时间戳不可用：{why}"), format!("no usable time stamp: {why}"))))?;
    let folder = bundle.join(STAMPS);
    let path = folder.join(format!("{}{ENDING}", Digest::of(response)));
    let failed = |error| BundleError::Io(path.display().to_string(), error);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    std::fs::write(&path, response).map_err(failed)?;
    Ok(imprint)
}

fn statement(bundle: &Path) -> Result<Vec<u8>, BundleError> {
    let path = bundle.join(names::STATEMENT);
    std::fs::read(&path).map_err(|error| BundleError::Io(path.display().to_string(), error))
}
