//! A stand-in for an old kernel.

use crate::{Lab, LabError, system};

/// This machine's kernel under its own UNAME26 personality, which makes `uname -r` say 2.6.x. A stand-in: only the
/// version that is told is old, everything else is this machine's.
#[derive(Debug)]
pub struct OldKernelStandIn {
    /// Prefix for commands.
    pub enter: Vec<String>,
}

impl OldKernelStandIn {
    /// Looks whether the personality works here; there is nothing to start.
    ///
    /// # Errors
    /// `setarch` is absent or the kernel does not know the personality.
    pub fn start(_lab: &Lab) -> Result<Self, LabError> {
        let enter = vec!["setarch".to_owned(), std::env::consts::ARCH.to_owned(), "--uname-2.6".to_owned()];
        let told = system::run(std::process::Command::new(system::program("setarch")?).args(&enter[1..]).args(["uname", "-r"]))?;
        if !told.starts_with("2.6.") {
            return Err(LabError::Unable {
                service: "old-kernel-stand-in".to_owned(),
                reason: format!("uname still says {}", told.trim()),
            });
        }
        Ok(Self { enter })
    }
}
