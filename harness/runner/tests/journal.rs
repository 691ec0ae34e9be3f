//! The journal: what was written is read back, and whatever was changed afterwards is found.

use std::path::Path;
use std::sync::{Arc, Mutex};
use touchstone_model::digest::Digest;
use touchstone_model::event::Event;
use touchstone_model::observation::Blob;
use touchstone_runner::journal::{self, EVIDENCE, FILE, Journal, JournalError};

fn event(item: &str) -> Event {
    Event::CheckStarted { item: item.into(), attempt: 1 }
}

async fn write(folder: &Path, items: &[&str]) {
    let (journal, thread) = Journal::create(folder, Arc::new(|_: &touchstone_model::event::Entry| ())).expect("a new journal");
    for item in items {
        journal.append(event(item), Vec::new());
    }
    journal.durable(Event::RunFinished { interrupted: false }).await.expect("on disk");
    drop(journal);
    thread.join();
}

fn broken_line(folder: &Path) -> usize {
    match journal::read(folder) {
        Err(JournalError::Broken { line, .. }) => line,
        other => panic!("not found out: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_written_is_read_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let heard = Arc::new(Mutex::new(0));
    let counting = heard.clone();
    let (journal, thread) =
        Journal::create(folder.path(), Arc::new(move |_: &touchstone_model::event::Entry| *counting.lock().expect("count") += 1))
            .expect("a new journal");
    let blob = Blob { sha256: Digest::of(b"seen"), content: b"seen".to_vec() };
    journal.append(event("a"), vec![blob.clone()]);
    journal.durable(event("b")).await.expect("on disk");
    let stored = journal::read(folder.path()).expect("whole");
    assert_eq!(stored.entries.iter().map(|e| e.event.clone()).collect::<Vec<_>>(), [event("a"), event("b")]);
    assert_eq!(*heard.lock().expect("count"), 2);
    let kept = std::fs::read(folder.path().join(EVIDENCE).join(&blob.sha256.0)).expect("evidence");
    assert_eq!(kept, b"seen");
    drop(journal);
    thread.join();
}

#[tokio::test]
async fn every_kind_of_tampering_shows_where() {
    let original = tempfile::tempdir().expect("a folder");
    write(original.path(), &["a", "b", "c", "d"]).await;
    let text = std::fs::read_to_string(original.path().join(FILE)).expect("text");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let try_with = |text: String| {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), text).expect("written");
        broken_line(folder.path())
    };
    assert_eq!(try_with(text.replacen("\"b\"", "\"x\"", 1)), 2, "changed");
    assert_eq!(try_with(lines[0].to_owned() + lines[2] + lines[3] + lines[4]), 2, "dropped");
    assert_eq!(try_with(lines[1..].concat()), 1, "first one dropped");
    assert_eq!(try_with(lines[0].to_owned() + lines[2] + lines[1] + lines[3]), 2, "reordered");
    assert_eq!(try_with(lines[0].to_owned() + lines[0] + &lines[1..].concat()), 2, "inserted");
    assert_eq!(try_with(lines[0].to_owned() + "\n" + &lines[1..].concat()), 2, "blank line");
}

#[tokio::test]
async fn every_single_changed_byte_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &["a", "b"]).await;
    let path = folder.path().join(FILE);
    let bytes = std::fs::read(&path).expect("bytes");
    for at in 0..bytes.len() - 1 {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).expect("written");
        assert!(journal::read(folder.path()).is_err(), "byte {at}");
    }
}

#[tokio::test]
async fn a_torn_last_line_is_cut_off_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &["a", "b"]).await;
    let path = folder.path().join(FILE);
    let whole = std::fs::read(&path).expect("bytes");
    for torn in [1, 20, 70] {
        std::fs::write(&path, &whole[..whole.len() - torn]).expect("written");
        let stored = journal::read(folder.path()).expect("the whole lines");
        assert_eq!(stored.entries.len(), 2);
        let (journal, thread) =
            Journal::resume(folder.path(), &stored, Arc::new(|_: &touchstone_model::event::Entry| ())).expect("goes on");
        journal.durable(event("after")).await.expect("on disk");
        drop(journal);
        thread.join();
        let stored = journal::read(folder.path()).expect("whole again");
        assert_eq!(stored.entries.last().map(|e| (e.seq, e.event.clone())), Some((2, event("after"))));
    }
}

#[tokio::test]
async fn a_second_run_never_writes_into_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &["a"]).await;
    assert!(matches!(
        Journal::create(folder.path(), Arc::new(|_: &touchstone_model::event::Entry| ())),
        Err(JournalError::Io { .. })
    ));
}

#[tokio::test]
async fn a_full_disk_is_told_to_whoever_waits() {
    // /dev/full answers every write with "no space left".
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink("/dev/full", folder.path().join(FILE)).expect("a link");
    let stored = journal::Stored { entries: Vec::new(), head: Digest("0".repeat(64)), whole: 0 };
    let Ok((journal, thread)) = Journal::resume(folder.path(), &stored, Arc::new(|_: &touchstone_model::event::Entry| ())) else {
        return; // Refused at once: told as well.
    };
    assert!(journal.durable(event("a")).await.is_err());
    assert!(journal.durable(event("b")).await.is_err());
    drop(journal);
    thread.join();
}
