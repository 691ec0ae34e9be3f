//! Small questions to the operating system: programs, users, random bytes, folders.

use crate::LabError;
use crate::error::Doing;
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where system programs are, whatever the caller's PATH says.
const PROGRAM_FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Search path for the services themselves.
pub(crate) const SERVICE_PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// Full path of a program.
pub(crate) fn program(name: &str) -> Result<PathBuf, LabError> {
    PROGRAM_FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| LabError::Missing { what: name.to_owned() })
}

/// True if this process may change users, mount and make namespaces.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// An error for services that need root.
pub(crate) fn need_root(service: &str) -> Result<(), LabError> {
    if is_root() {
        return Ok(());
    }
    Err(LabError::Unable { service: service.to_owned(), reason: "needs root (mounts, namespaces)".to_owned() })
}

/// A command that runs `program` as `user` with an empty environment but for a path and a language. Without root
/// there is nobody to drop to, and it runs as the caller.
pub(crate) fn command_as(user: &str, program: &Path) -> Result<Command, LabError> {
    let mut command = if is_root() {
        let mut setpriv = Command::new(self::program("setpriv")?);
        setpriv.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--clear-groups").arg(program);
        setpriv
    } else {
        Command::new(program)
    };
    command.env_clear().env("PATH", SERVICE_PATH).env("LANG", "C.UTF-8").stdin(Stdio::null());
    Ok(command)
}

/// Gives a folder and what is in it to a service's user.
pub(crate) fn give_to(user: &str, path: &Path) -> Result<(), LabError> {
    if !is_root() {
        return Ok(());
    }
    run(Command::new(program("chown")?).arg("-R").arg(format!("{user}:{user}")).arg(path)).map(drop)
}

/// Runs a helper command to its end; its standard output, or an error with all it wrote.
pub(crate) fn run(command: &mut Command) -> Result<String, LabError> {
    let name = Path::new(command.get_program()).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match command.get_args().next() {
        // What setpriv runs matters, not setpriv.
        Some(_) if name == "setpriv" => command
            .get_args()
            .find(|arg| !arg.to_string_lossy().starts_with("--"))
            .map_or(name, |arg| arg.to_string_lossy().into_owned()),
        _ => name,
    };
    let output = command.stdin(Stdio::null()).output().doing(|| format!("starting {name}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stdout));
    Err(LabError::Command { command: name, status: output.status.to_string(), output: said.trim().chars().take(2_000).collect() })
}

/// Bytes of the kernel's generator.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], LabError> {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .doing(|| "reading /dev/urandom".to_owned())?;
    Ok(bytes)
}

/// A password of 32 hexadecimal digits.
pub(crate) fn random_password() -> Result<String, LabError> {
    let bytes = random_bytes::<16>()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a file that only its owner reads.
pub(crate) fn write_secret(path: &Path, content: &str) -> Result<(), LabError> {
    use std::io::Write;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .doing(|| format!("writing {}", path.display()))
}

/// Writes a file that everybody reads.
pub(crate) fn write_file(path: &Path, content: &str) -> Result<(), LabError> {
    std::fs::write(path, content).doing(|| format!("writing {}", path.display()))
}

/// Makes a folder (and those above it) with these permissions.
pub(crate) fn make_folder(path: &Path, mode: u32) -> Result<(), LabError> {
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
        .doing(|| format!("making {}", path.display()))
}

/// Makes a file one that everybody may run.
pub(crate) fn make_executable(path: &Path) -> Result<(), LabError> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).doing(|| format!("opening {}", path.display()))
}
