//! A run's folder: where it lies, and the documents written into it.

use crate::failure::Failure;
use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use touchstone_bundle::Document;
use touchstone_model::digest::Digest;
use touchstone_model::event::InputFile;
use touchstone_model::run::Run;
use touchstone_model::text::{Lang, Text};
use touchstone_runner::input::{LOCK, WAIVERS};
use touchstone_runner::journal::{self, INPUTS, Stored};

/// What `resume` must know besides the journal; of this machine only, so not part of the journal.
#[derive(Serialize, Deserialize)]
pub struct Origin {
    /// Suite file.
    pub suite: PathBuf,
    /// Folder of the plugins.
    pub plugins: Option<PathBuf>,
    /// Inventory file; absent: this machine.
    pub inventory: Option<PathBuf>,
    /// By which everything is found that the run makes on its targets.
    pub marker: String,
}

const ORIGIN: &str = "origin.json";

impl Origin {
    /// Written when a run begins.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let json = serde_json::to_vec_pretty(self).map_err(Failure::broken)?;
        write(&folder.join(ORIGIN), &json)
    }

    /// Read when it is taken up again.
    pub fn read(folder: &Path) -> Result<Origin, Failure> {
        let path = folder.join(ORIGIN);
        let json = std::fs::read(&path).map_err(|e| Failure::broken(format!("{}: {e}", path.display())))?;
        serde_json::from_slice(&json).map_err(|e| Failure::broken(format!("{}: {e}", path.display())))
    }
}

/// Whether the run was stopped before its plan was on disk: then nothing was done to any target.
pub fn never_began(folder: &Path) -> bool {
    let began = journal::read(folder).is_ok_and(|stored| !stored.entries.is_empty());
    // Only what a run itself makes: any other folder is somebody's mistake.
    let empty = |name: &str| std::fs::read(folder.join(name)).is_ok_and(|content| !content.contains(&b'\n'));
    let nothing = !folder.join(journal::FILE).exists() || empty(journal::FILE);
    !began && nothing && (folder.join(ORIGIN).exists() || is_empty(folder))
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.all(|e| e.is_ok_and(|e| is_unfinished(&e.file_name()))))
}

fn is_unfinished(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().ends_with(UNFINISHED)
}

/// Makes the folder of a new run.
pub fn create(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let stamp = journal::now().replace([':', '-'], "").replace('.', "-");
    let folder = given.map_or_else(|| Path::new("runs").join(&stamp), Path::to_owned);
    if folder.exists() {
        let shown = folder.display();
        return Err(Failure::usage(
            format!("{shown} 已存在；一次运行需要新目录，接续已有运行请用 touchstone resume"),
            format!("{shown} exists already: a run needs a folder of its own (to go on with a run: touchstone resume)"),
        ));
    }
    std::fs::create_dir_all(&folder).map_err(|e| Failure::broken(format!("{}: {e}", folder.display())))?;
    Ok(folder)
}

/// Copies what the run is made from into its folder, so that it can be looked at when the originals have changed.
pub fn keep_inputs(folder: &Path, setup: &Setup, more: &[(String, Vec<u8>)]) -> Result<Vec<InputFile>, Failure> {
    let mut files: Vec<(&str, &[u8])> = setup.suite.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    files.extend(setup.waivers.iter().map(|waivers| (WAIVERS, waivers.bytes.as_slice())));
    files.extend(setup.lock.iter().map(|lock| (LOCK, lock.bytes.as_slice())));
    files.extend(more.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    let mut inputs = Vec::new();
    for (name, bytes) in files {
        // A catalogue from elsewhere may be called as another file is.
        let taken = inputs.iter().any(|input: &InputFile| input.name == name);
        let name = if taken { format!("other-{name}") } else { name.to_owned() };
        let path = folder.join(INPUTS).join(&name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| Failure::broken(format!("{}: {e}", parent.display())))?;
        }
        write(&path, bytes)?;
        inputs.push(InputFile { name, sha256: Digest::of(bytes) });
    }
    Ok(inputs)
}

/// The run as its journal tells it.
pub fn load(folder: &Path) -> Result<(Stored, Run), Failure> {
    let stored = journal::read(folder).map_err(Failure::broken)?;
    let run = Run::from_entries(&stored.entries, stored.head.clone()).map_err(Failure::broken)?;
    Ok((stored, run))
}

/// Writes every document; returns the path of the one for people.
pub fn write_documents(folder: &Path, run: &Run, lang: Lang) -> Result<PathBuf, Failure> {
    match write_each(folder, touchstone_bundle::documents(folder, run, lang)) {
        Ok(()) => Ok(folder.join(touchstone_bundle::PAGE)),
        Err(Failure::Said(exit, why)) => {
            let folder = folder.display();
            let zh = format!("{}。日志完好；排除故障后重写文档：touchstone report {folder}", why.zh);
            let en = format!("{}. The journal is whole: write the documents again by: touchstone report {folder}", why.en);
            Err(Failure::Said(exit, Text::new(zh, en)))
        }
        Err(other) => Err(other),
    }
}

/// The page, which takes as long as all the others, beside them. The two largest are never held in memory at the same time.
fn write_each(folder: &Path, documents: Vec<Document<'_>>) -> Result<(), Failure> {
    let put = |document: Document<'_>| write(&folder.join(document.name), &document.content());
    let (page, rest): (Vec<_>, Vec<_>) = documents.into_iter().partition(|document| document.name == touchstone_bundle::PAGE);
    let (whole, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|document| document.name == touchstone_bundle::WHOLE);
    std::thread::scope(|scope| {
        let page = scope.spawn(|| page.into_iter().try_for_each(put));
        let rest = rest.into_iter().try_for_each(put);
        let page = page.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        page.and(rest)
    })?;
    whole.into_iter().try_for_each(put)
}

/// End of the name of a file that is still being written.
const UNFINISHED: &str = ".part";

/// Writes a file, or says which one could not be written. Aside first: a reader never meets half a file, and the one of before stays until the new one is whole.
pub fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(UNFINISHED);
    let aside = PathBuf::from(aside);
    let put = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&aside)?;
        file.write_all(content)?;
        file.sync_data()?;
        std::fs::rename(&aside, path)
    };
    put().map_err(|e| {
        // It was of no use to anybody; where even that fails it is overwritten next time.
        let _ = std::fs::remove_file(&aside);
        Failure::broken(format!("{}: {e}", path.display()))
    })
}
