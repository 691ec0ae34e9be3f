//! Ends a statement when its time is over: SQLCancel from another thread, which is what that function is for.
#![allow(unsafe_code, reason = "odbc-api has no safe form of SQLCancel")]

use odbc_api::handles::{AsStatementRef, Statement};
use odbc_api::sys::{HStmt, SQLCancel};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a driver gets between two attempts: one that came before the statement reached the server had no effect.
const AGAIN: Duration = Duration::from_secs(1);
/// Attempts.
const MOST: u32 = 4;

/// Watches one statement; dropped, it watches no more, and its thread has ended.
pub struct Watch {
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Handle(HStmt);

// SAFETY: ODBC lets a statement be cancelled from any thread while another one is executing it; nothing else is done with it.
unsafe impl Send for Handle {}

impl Watch {
    /// From now on. The statement must outlive the watch, which `Drop` sees to by waiting for the thread.
    pub fn over(statement: &mut impl AsStatementRef, time: Duration) -> Self {
        let handle = Handle(statement.as_stmt_ref().as_sys());
        let (over, ended) = channel();
        let thread = std::thread::spawn(move || {
            // The whole of it moves here, not only the pointer in it.
            let handle = handle;
            let mut wait = time;
            for _ in 0..MOST {
                match ended.recv_timeout(wait) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => return,
                }
                // SAFETY: the handle is alive: whoever frees it waits for this thread before.
                let _ = unsafe { SQLCancel(handle.0) };
                wait = AGAIN;
            }
        });
        Self { over: Some(over), thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
