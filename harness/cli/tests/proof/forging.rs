//! A forger who can write the whole folder: computes the journal's chain anew and writes the documents again.

use std::path::Path;
use touchstone_bundle::documents;
use touchstone_model::digest::Digest;
use touchstone_model::event::Entry;
use touchstone_model::run::Run;
use touchstone_model::text::Lang;
use touchstone_runner::journal::{FILE, link, zero};

/// The entries of a journal as JSON, without their hashes.
pub fn entries(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(FILE)).expect("a journal");
    text.lines().map(|line| line.split_once(' ').expect("a hash").1.to_owned()).collect()
}

/// Writes these entries as a journal whose chain and numbers are right, and every document anew.
pub fn forge(folder: &Path, entries: &[String]) {
    let mut head = zero();
    let mut text = String::new();
    let mut read: Vec<Entry> = Vec::new();
    for (seq, json) in entries.iter().enumerate() {
        let mut value: serde_json::Value = serde_json::from_str(json).expect("JSON");
        value["seq"] = seq.into();
        let json = value.to_string();
        head = link(&head, &json);
        text += &format!("{head} {json}\n");
        read.push(serde_json::from_value(value).expect("an entry"));
    }
    std::fs::write(folder.join(FILE), text).expect("written");
    rewrite(folder, &read, head);
}

fn rewrite(folder: &Path, entries: &[Entry], head: Digest) {
    let Ok(run) = Run::from_entries(entries, head) else { return };
    for document in documents(folder, &run, Lang::En) {
        std::fs::write(folder.join(document.name), document.content()).expect("written");
    }
}

/// A copy of a run's folder to do harm to.
pub fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("a folder");
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_into(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
