//! What lies in a folder: plain files by their paths below it, and whatever is not a plain file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// How deep the folder of a run or bundle may be; nothing of ours is deeper.
const DEPTH: usize = 8;

/// What lies in a folder.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Size in bytes by path, with `/`.
    pub(crate) files: BTreeMap<String, u64>,
    /// Links, sockets and the like, by path.
    pub(crate) odd: Vec<String>,
}

/// Lists it without following links.
pub(crate) fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    enter(folder, "", 0, &mut listing)?;
    Ok(listing)
}

fn enter(folder: &Path, below: &str, depth: usize, listing: &mut Listing) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEPTH {
            enter(&entry.path(), &format!("{name}/"), depth + 1, listing)?;
        } else if kind.is_file() {
            listing.files.insert(name, entry.metadata()?.len());
        } else {
            listing.odd.push(name);
        }
    }
    Ok(())
}
