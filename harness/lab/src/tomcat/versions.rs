//! Two versions of the product beside each other, and a stand-in for one that cannot be embedded.

use super::HOME;
use crate::error::Doing;
use crate::{Lab, LabError, system};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Where the package of the older version (9.0) puts its libraries, which is all that it has.
const OLDER: &str = "/usr/share/java";

/// `NAME=HOME NAME=HOME`, oldest first, as the adapter's setting `versions` has it: Tomcat 9 and Tomcat 10.
///
/// # Errors
/// A package is absent.
pub fn versions(lab: &Lab) -> Result<String, LabError> {
    let home = lab.folder("tomcat-9")?;
    for folder in ["lib", "bin"] {
        system::make_folder(&home.join(folder), 0o755)?;
    }
    let mut found = false;
    for entry in std::fs::read_dir(OLDER).doing(|| format!("reading {OLDER}"))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Each library is there under its name, and again with its version.
        let own = name.starts_with("tomcat9-") && name.ends_with(".jar") && !name.contains("-9.") && !name.contains("i18n");
        if own || name == "eclipse-jdt-core.jar" {
            found |= own;
            symlink(entry.path(), home.join("lib").join(&name)).doing(|| format!("linking {name}"))?;
        }
    }
    if !found {
        return Err(LabError::Missing { what: format!("{OLDER}/tomcat9-*.jar") });
    }
    // What starts either version is the same.
    for name in ["bootstrap.jar", "tomcat-juli.jar"] {
        let from = Path::new(HOME).join("bin").join(name);
        std::fs::copy(&from, home.join("bin").join(name)).doing(|| format!("copying {}", from.display()))?;
    }
    Ok(format!("9.0={} 10.1={HOME}", home.display()))
}

/// Another name for the same version: an upgrade that is none.
#[must_use]
pub fn versions_in_name_only() -> String {
    format!("10.1={HOME} 10.2={HOME}")
}

/// A stand-in for a product that cannot be embedded: its library has the server run in a process beside the program. The class path
/// of programs that use it.
///
/// # Errors
/// No Java compiler here.
pub fn outside_stand_in(lab: &Lab) -> Result<String, LabError> {
    let folder = lab.folder("outside-stand-in")?;
    let real = format!("{HOME}/lib/*:{HOME}/bin/tomcat-juli.jar:{OLDER}/eclipse-jdt-core.jar");
    let (library, runner) = (folder.join("library"), folder.join("runner"));
    for place in [&library, &runner] {
        system::make_folder(place, 0o755)?;
    }
    let compile = |class_path: &str, place: &Path, files: &[(&str, String)]| -> Result<(), LabError> {
        let mut javac = Command::new(system::program("javac")?);
        javac.args(["-nowarn", "-proc:none", "-cp", class_path, "-d"]).arg(place);
        for (name, text) in files {
            let path = place.join(name);
            system::write_file(&path, text)?;
            javac.arg(path);
        }
        system::run(&mut javac).map(drop)
    };
    let runner_path = format!("{real}:{}", runner.display());
    let source = include_str!("../../engines/OutsideStandIn.java");
    let mut parts = source.split("// ----\n").map(|part| part.replace("CLASS_PATH", &runner_path));
    let mut next = || parts.next().unwrap_or_default();
    compile(&real, &runner, &[("Outside.java", next())])?;
    compile(".", &library, &[("Tomcat.java", next()), ("Connector.java", next())])?;
    Ok(library.display().to_string())
}
