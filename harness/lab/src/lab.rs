//! The scratch folder that services live in.

use crate::LabError;
use crate::error::Doing;
use crate::guard::Guard;
use crate::system;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A scratch folder and a guard. Cheap to clone; the folder goes when the last service and the last clone are gone.
#[derive(Clone, Debug)]
pub struct Lab {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    made: AtomicU32,
    guard: Guard,
}

impl Lab {
    /// Makes the scratch folder, in the system's folder for temporary files.
    ///
    /// # Errors
    /// The folder can't be made or the guard process can't be started.
    pub fn new() -> Result<Self, LabError> {
        let root = tempfile::Builder::new()
            .prefix("touchstone-lab-")
            .tempdir_in(reachable_temp_folder())
            .doing(|| "making the lab's scratch folder".to_owned())?
            .keep();
        // Services run as users of their own and must get in; secrets inside are files of mode 0600.
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o755))
            .doing(|| format!("opening {}", root.display()))?;
        let guard = Guard::start(&root)?;
        Ok(Self { inner: Arc::new(Inner { root, made: AtomicU32::new(0), guard }) })
    }

    /// The scratch folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// A port on loopback that nobody listens on, below 32768.
    ///
    /// # Errors
    /// None is free.
    pub fn free_port(&self) -> Result<u16, LabError> {
        crate::ports::free()
    }

    /// Writes a secret into a file of mode 0600 in the scratch folder.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn secret_file(&self, name: &str, secret: &str) -> Result<PathBuf, LabError> {
        let folder = self.inner.root.join("secrets");
        system::make_folder(&folder, 0o700)?;
        let number = self.number();
        let path = folder.join(format!("{name}-{number}"));
        system::write_secret(&path, secret)?;
        Ok(path)
    }

    /// A new folder for one service.
    pub(crate) fn folder(&self, service: &str) -> Result<PathBuf, LabError> {
        let number = self.number();
        let path = self.inner.root.join(format!("{service}-{number}"));
        system::make_folder(&path, 0o755)?;
        Ok(path)
    }

    /// A number that this lab gives only once.
    pub(crate) fn number(&self) -> u32 {
        self.inner.made.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.inner.guard
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Never delete through a mount that somehow is still there.
        if mounts_below(&self.root).is_empty() {
            // A folder that can't be removed is a nuisance, not an error of a test that has its answer.
            let _ = std::fs::remove_dir_all(&self.root);
            self.guard.dismiss();
        }
    }
}

/// Mount points of this process at or below a folder, deepest first.
pub(crate) fn mounts_below(folder: &Path) -> Vec<PathBuf> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut found: Vec<PathBuf> = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(PathBuf::from)
        .filter(|path| path.starts_with(folder))
        .collect();
    found.sort();
    found.reverse();
    found
}

/// The system's folder for temporary files, if every user may pass through to it.
fn reachable_temp_folder() -> PathBuf {
    let wanted = std::env::temp_dir();
    let wanted = wanted.canonicalize().unwrap_or(wanted);
    let open =
        wanted.ancestors().all(|folder| std::fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0));
    if open { wanted } else { PathBuf::from("/tmp") }
}
