//! Somebody else on the machine, with a mount of their own in the folder of temporary files.

use crate::stage::Stage;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Tells those inside where the neighbour's mount is outside.
pub const PLACE: &str = "TOUCHSTONE_TEST_NEIGHBOUR";

/// Goes when it is dropped, and also when we die: it reads from us.
pub struct Neighbour {
    child: Child,
    pub place: PathBuf,
}

impl Neighbour {
    pub fn move_in() -> Neighbour {
        let place = std::env::temp_dir().join(format!("touchstone neighbour {}", std::process::id()));
        let script = "mkdir \"$1\" && mount -t tmpfs neighbour \"$1\" && echo there; read -r _; umount \"$1\"; rmdir \"$1\"";
        let mut child = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut said).expect("a word");
        assert_eq!(said.trim(), "there");
        Neighbour { child, place }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.child.stdin.take().map(|mut stdin| stdin.write_all(b"\n"));
        let _ = self.child.wait();
    }
}

/// Nothing of the neighbour is seen inside, so nothing of theirs can come or go in a comparison.
pub fn is_not_seen(stage: &mut Stage) {
    let place = std::env::var(PLACE).expect("the neighbour's place");
    let name = Path::new(&place).file_name().expect("a name").to_string_lossy().replace(' ', "\\040");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("mounts");
    let theirs: Vec<&str> = mounts.lines().filter(|line| line.contains(&name)).collect();
    assert!(theirs.is_empty(), "{theirs:#?}");
    // Ours are.
    let bench = stage.bench();
    let places = stage.places(&bench);
    let before = places.look();
    let own = Path::new("/var/tmp/own place");
    std::fs::create_dir(own).expect("a folder");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "own"]).arg(own).status().expect("mount");
    let seen = before.to(&places.look());
    let unmounted = Command::new("umount").arg(own).status().expect("umount");
    std::fs::remove_dir(own).expect("removed");
    assert!(mounted.success() && unmounted.success());
    assert!(seen.added.iter().any(|thing| thing.starts_with("mount\t") && thing.contains("own\\040place")), "{seen}");
}
