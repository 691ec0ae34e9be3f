//! The cache of compiled components.

use super::guest::Guest;
use super::workshop::Workshop;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use touchstone_host::{Host, HostConfig};
use touchstone_model::verdict::Termination;

fn kept(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "cwasm"));
    files.sort();
    files
}

fn again(workshop: &Workshop) -> Workshop {
    let mut other = Workshop::new();
    other.host = Host::new(HostConfig { cache_dir: workshop.folder.path().join("cache"), limits: Default::default() }).unwrap();
    other
}

#[tokio::test]
async fn damaged_or_foreign_files_are_compiled_anew() {
    let workshop = Workshop::new();
    let decided = Guest::new(&[]).checks();
    let mut guest = Guest::new(&[]);
    guest.run = "(unreachable)".to_owned();
    let trapping = guest.checks();
    let cache = workshop.folder.path().join("cache");
    workshop.load(&decided).await;
    let [first] = kept(&cache).try_into().unwrap();
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    let sound = fs::read(&first).unwrap();
    workshop.load(&trapping).await;
    let second = kept(&cache).into_iter().find(|path| *path != first).unwrap();

    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    let foreign = fs::read(&second).unwrap();
    for (what, bad) in [("flipped", flipped), ("cut", sound[..100].to_vec()), ("empty", Vec::new()), ("foreign", foreign)] {
        fs::write(&first, bad).unwrap();
        let fresh = again(&workshop);
        let plugin = fresh.load(&decided).await;
        let went = fresh.run_loaded(&plugin, None, Duration::from_secs(10)).await;
        assert_eq!(went.termination, Termination::Decided, "{what}");
        assert_eq!(fs::read(&first).unwrap().len(), sound.len(), "{what}: not written anew");
    }
}

#[tokio::test]
async fn a_sound_file_is_used() {
    let workshop = Workshop::new();
    let decided = Guest::new(&[]).checks();
    workshop.load(&decided).await;
    let cache = workshop.folder.path().join("cache");
    let [first] = kept(&cache).try_into().unwrap();
    let before = fs::metadata(&first).unwrap().modified().unwrap();
    let fresh = again(&workshop);
    let plugin = fresh.load(&decided).await;
    assert_eq!(fs::metadata(&first).unwrap().modified().unwrap(), before, "compiled anew");
    assert_eq!(fresh.run_loaded(&plugin, None, Duration::from_secs(10)).await.termination, Termination::Decided);
}

#[tokio::test]
async fn a_folder_that_others_can_change_is_not_trusted() {
    let workshop = Workshop::new();
    let cache = workshop.folder.path().join("shared");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let mut open = Workshop::new();
    open.host = Host::new(HostConfig { cache_dir: cache.clone(), limits: Default::default() }).unwrap();
    open.load(&Guest::new(&[]).checks()).await;
    assert!(kept(&cache).is_empty());
}
