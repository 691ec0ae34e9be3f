//! The fonts that a document is set in, out of the folders where systems keep them.

use std::path::{Path, PathBuf};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};

/// Folder to look into before all others.
const FOLDER: &str = "TOUCHSTONE_FONTS";
const FOLDERS: [&str; 3] = ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts"];
/// Files by how their names begin; text first, then what has symbols that it lacks.
const FILES: [&str; 5] = ["NotoSansCJK-Regular", "NotoSansCJK-Bold", "NotoSansCJKsc-Regular", "NotoSansCJKsc-Bold", "DejaVuSans"];
/// What text is set in, then what stands in for characters that it lacks.
const FAMILIES: [&str; 2] = ["Noto Sans CJK SC", "DejaVu Sans"];

/// The fonts, or what is missing and how to get it.
pub fn load() -> Result<Vec<Font>, String> {
    let given = std::env::var_os(FOLDER).map(PathBuf::from);
    let mut files = Vec::new();
    for folder in given.iter().map(PathBuf::as_path).chain(FOLDERS.map(Path::new)) {
        find(folder, 0, &mut files);
    }
    // The same whatever order a folder lists them in.
    files.sort();
    let mut fonts: Vec<Font> = Vec::new();
    for file in files {
        let Ok(content) = std::fs::read(&file) else { continue };
        let wanted = Font::iter(Bytes::new(content)).filter(|font| FAMILIES.contains(&font.info().family.as_str()));
        for font in wanted {
            let known = fonts.iter().any(|f| f.info().family == font.info().family && f.info().variant == font.info().variant);
            if !known {
                fonts.push(font);
            }
        }
    }
    if fonts.iter().any(|font| font.info().family == FAMILIES[0]) {
        return Ok(fonts);
    }
    Err(format!(
        "no font \"{}\" in {}: install the package fonts-noto-cjk, or name a folder that holds NotoSansCJK-Regular.ttc in {FOLDER}",
        FAMILIES[0],
        FOLDERS.join(", ")
    ))
}

/// Families among the fonts, in the order in which they are asked for a character.
pub fn families(fonts: &[Font]) -> Vec<&'static str> {
    let book = FontBook::from_fonts(fonts);
    FAMILIES.into_iter().filter(|family| book.contains_family(&family.to_lowercase())).collect()
}

fn find(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() && depth < 4 {
            find(&path, depth + 1, files);
        } else if FILES
            .iter()
            .any(|file| name.rsplit_once('.').is_some_and(|(stem, _)| stem == *file || stem == format!("{file}-Bold")))
        {
            files.push(path);
        }
    }
}
