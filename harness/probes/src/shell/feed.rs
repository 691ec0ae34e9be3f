//! Standard input, and sudo's password before it.

use super::capture::Stage;
use crate::secret::Secret;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

/// Writes the password when sudo asks for it, then `content` once the program runs, then the end.
///
/// The password is never written unasked: where sudo needs none, it would become the program's input. Errors are not told:
/// a program need not read what it is given.
pub(crate) async fn feed(
    mut to: impl AsyncWrite + Unpin,
    content: &[u8],
    password: Option<&Secret>,
    mut stage: watch::Receiver<Stage>,
) {
    if let Some(password) = password {
        let mut answered = false;
        loop {
            let now = *stage.borrow_and_update();
            match now {
                Stage::Started(_) => break,
                Stage::Asked(1) if !answered => {
                    answered = true;
                    let line = zeroize::Zeroizing::new(format!("{}\n", password.expose()));
                    if to.write_all(line.as_bytes()).await.is_err() || to.flush().await.is_err() {
                        return;
                    }
                }
                // Asked again: it was wrong. Trying on could lock the account.
                Stage::Absent | Stage::Asked(2..) => return drop(to.shutdown().await),
                Stage::Silent | Stage::Asked(_) => {}
            }
            if stage.changed().await.is_err() {
                return;
            }
        }
    }
    if !content.is_empty() {
        let _ = to.write_all(content).await;
    }
    let _ = to.shutdown().await;
}
