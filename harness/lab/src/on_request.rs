//! A command that has the lab do something to a service of its own, as a machine's service manager would.

use crate::{Lab, LabError, system};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Does something whenever its command is run; the command ends when it is done.
#[derive(Debug)]
pub struct OnRequest {
    /// The command: a program without arguments.
    pub command: PathBuf,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl OnRequest {
    /// Makes the command.
    ///
    /// # Errors
    /// It can't be written.
    pub fn start(lab: &Lab, name: &str, mut act: impl FnMut() + Send + 'static) -> Result<Self, LabError> {
        let folder = lab.folder(name)?;
        let (asked, command) = (folder.join("asked"), folder.join(name));
        let script = format!("#!/bin/sh\n: > '{0}'\nwhile [ -e '{0}' ]; do sleep 0.1; done\n", asked.display());
        system::write_file(&command, &script)?;
        system::make_executable(&command)?;
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                if asked.exists() {
                    act();
                    // A file that cannot be removed keeps the command waiting, which is seen.
                    let _ = std::fs::remove_file(&asked);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Ok(Self { command, over, thread: Some(thread) })
    }
}

impl Drop for OnRequest {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
