//! A small shell process that cleans up when the lab's own process is killed and no `Drop` can run.

use crate::LabError;
use crate::error::Doing;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

const SCRIPT: &str = include_str!("guard.sh");

/// Told of everything that outlives a process; acts when its input ends without a good-bye.
#[derive(Debug)]
pub(crate) struct Guard {
    child: Mutex<(Child, Option<ChildStdin>)>,
}

impl Guard {
    pub(crate) fn start(root: &Path) -> Result<Self, LabError> {
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(SCRIPT)
            .arg("touchstone-lab-guard")
            .arg(root)
            .current_dir("/")
            .env("PATH", crate::system::SERVICE_PATH)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not in the terminal's foreground group: Ctrl-C is for the lab, the guard comes after it.
            .process_group(0)
            .spawn()
            .doing(|| "starting the lab's guard".to_owned())?;
        let stdin = child.stdin.take();
        Ok(Self { child: Mutex::new((child, stdin)) })
    }

    /// A process and its descendants; `started` tells it from a later one of the same number.
    pub(crate) fn process(&self, pid: u32, started: u64) {
        self.tell(&format!("pid {pid} {started}\n"));
    }

    /// A disk image outside the lab's folder, and loop devices on it.
    pub(crate) fn image(&self, path: &Path) {
        self.tell(&format!("image {}\n", path.display()));
    }

    /// All was cleaned up in good order.
    pub(crate) fn dismiss(&self) {
        self.tell("bye\n");
    }

    fn tell(&self, line: &str) {
        let mut child = self.child.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(stdin) = &mut child.1 {
            // A guard that is gone can't be told; the lab's own Drop still cleans up.
            let _ = stdin.write_all(line.as_bytes());
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        child.1.take();
        let _ = child.0.wait();
    }
}
