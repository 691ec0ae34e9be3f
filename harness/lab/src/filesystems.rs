//! File systems on sparse images: one with a low limit on file size, one that is large, one without owners and modes.

use crate::error::Doing;
use crate::{Lab, LabError, lab, system};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// ext3 with blocks of 1 KiB: no file can be larger than about 16 GiB.
#[derive(Debug)]
pub struct SmallFs {
    /// Mount point.
    pub dir: PathBuf,
    _mounted: Mounted,
}

impl SmallFs {
    /// Makes and mounts it.
    ///
    /// # Errors
    /// Not root, tools are absent, or there are no loop devices.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let folder = lab.folder("small-fs")?;
        let image = folder.join("image");
        let make = |image: &Path| {
            let mut command = Command::new(system::program("mkfs.ext3")?);
            command.args(["-q", "-F", "-b", "1024", "-E", "lazy_itable_init=1,nodiscard"]).arg(image);
            Ok(command)
        };
        let mounted = Mounted::make(lab, "small-fs", image, 64 << 20, make, &folder.join("mnt"))?;
        Ok(Self { dir: mounted.dir.clone(), _mounted: mounted })
    }
}

/// XFS of 20 TiB on a sparse image in memory.
#[derive(Debug)]
pub struct LargeFs {
    /// Mount point.
    pub dir: PathBuf,
    _mounted: Mounted,
}

impl LargeFs {
    /// Makes and mounts it.
    ///
    /// # Errors
    /// Not root, tools are absent, or there are no loop devices.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let folder = lab.folder("large-fs")?;
        // On a memory file system, for few others hold files of this size; the name ties it to this lab.
        let lab_name = lab.root().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let image = Path::new("/dev/shm").join(format!("{lab_name}-{}", lab.number()));
        let make = |image: &Path| {
            let mut command = Command::new(system::program("mkfs.xfs")?);
            command.args(["-q", "-f", "-K", "-l", "size=64m"]).arg(image);
            Ok(command)
        };
        let mounted = Mounted::make(lab, "large-fs", image, 20 << 40, make, &folder.join("mnt"))?;
        Ok(Self { dir: mounted.dir.clone(), _mounted: mounted })
    }
}

/// NTFS mounted without a map of users: owners and modes are accepted and not kept.
#[derive(Debug)]
pub struct NoRightsFs {
    /// Mount point.
    pub dir: PathBuf,
    _mounted: Mounted,
}

impl NoRightsFs {
    /// Makes and mounts it.
    ///
    /// # Errors
    /// Not root, tools are absent, or there are no loop devices.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let folder = lab.folder("no-rights-fs")?;
        let make = |image: &Path| {
            let mut command = Command::new(system::program("mkntfs")?);
            command.args(["-q", "-Q", "-F"]).arg(image);
            Ok(command)
        };
        let mounted = Mounted::make(lab, "no-rights-fs", folder.join("image"), 32 << 20, make, &folder.join("mnt"))?;
        Ok(Self { dir: mounted.dir.clone(), _mounted: mounted })
    }
}

#[derive(Debug)]
struct Mounted {
    dir: PathBuf,
    image: PathBuf,
}

impl Mounted {
    fn make(
        lab: &Lab,
        service: &str,
        image: PathBuf,
        bytes: u64,
        format: impl Fn(&Path) -> Result<Command, LabError>,
        dir: &Path,
    ) -> Result<Self, LabError> {
        system::need_root(service)?;
        system::make_folder(dir, 0o755)?;
        lab.guard().image(&image);
        // From here on the drop cleans up whatever was reached.
        let mounted = Self { dir: dir.to_owned(), image };
        std::fs::File::create(&mounted.image)
            .and_then(|file| file.set_len(bytes))
            .doing(|| format!("making an image of {bytes} bytes at {}", mounted.image.display()))?;
        system::run(&mut format(&mounted.image)?)?;
        // The loop device is made by mount, and the kernel takes it away at the unmount.
        system::run(Command::new(system::program("mount")?).args(["-o", "loop"]).arg(&mounted.image).arg(dir))?;
        Ok(mounted)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let begun = Instant::now();
        while !lab::mounts_below(&self.dir).is_empty() {
            let lazily = begun.elapsed() > Duration::from_secs(2);
            let mut command = Command::new("umount");
            if lazily {
                command.arg("-l");
            }
            if system::run(command.arg(&self.dir)).is_err() {
                if lazily {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // The kernel detaches the device a moment after the unmount.
        let begun = Instant::now();
        while has_loop_device(&self.image) && begun.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = std::fs::remove_file(&self.image);
    }
}

fn has_loop_device(image: &Path) -> bool {
    let image = image.to_string_lossy();
    std::fs::read_dir("/sys/block").into_iter().flatten().flatten().any(|entry| {
        std::fs::read_to_string(entry.path().join("loop/backing_file"))
            .is_ok_and(|file| file.trim_end().trim_end_matches(" (deleted)") == image)
    })
}
