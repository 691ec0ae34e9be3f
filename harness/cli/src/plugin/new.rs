//! `touchstone plugin new`: a crate that builds as it is.

use super::cargo::{self, SDK};
use anyhow::{Context, bail};
use std::path::{Component, Path, PathBuf};
use touchstone_model::text::Lang;

/// Arguments of `plugin new`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Kebab-case; the component's name too. 名称，小写字母加连字符，亦为组件名。
    name: String,
    /// What it is. 种类：检查或适配器。
    #[arg(long, value_enum, default_value_t = Kind::Checks)]
    kind: Kind,
    /// Where to make its folder. 在何处新建目录。
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Folder of touchstone-sdk; that of the workspace around by default. touchstone-sdk 所在目录；缺省为所在工作区的。
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

/// Kinds of plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Decides. 检查。
    Checks,
    /// Knows one product. 适配器。
    Adapter,
}

/// Makes it, and says what to do next.
pub fn run(arguments: &Arguments, lang: Lang) -> anyhow::Result<()> {
    let name = &arguments.name;
    if !is_kebab(name) {
        bail!(
            "{name}: {}",
            lang.pick(
                "名称须为小写字母、数字与连字符，以字母开头",
                "a name is made of a-z, 0-9 and hyphens, and begins with a letter"
            )
        );
    }
    let sdk = find_sdk(arguments, lang)?;
    let folder = arguments.dir.join(name);
    if folder.exists() {
        bail!("{}: {}", folder.display(), lang.pick("已存在", "exists already"));
    }
    std::fs::create_dir_all(folder.join("src")).with_context(|| folder.display().to_string())?;
    let folder = folder.canonicalize()?;
    let manifest = manifest(name, &relative(&folder, &sdk));
    for (file, content) in files(arguments.kind, name) {
        std::fs::write(folder.join(file), content)?;
    }
    std::fs::write(folder.join("Cargo.toml"), &manifest)?;
    if cargo::workspace(&folder, lang).is_err() {
        // Below a workspace that does not list it: one of its own.
        std::fs::write(folder.join("Cargo.toml"), manifest + "\n[workspace]\n")?;
        cargo::workspace(&folder, lang)?;
    }
    println!("{}", folder.display());
    println!("{}: touchstone plugin build {}", lang.pick("构建", "build it with"), folder.display());
    Ok(())
}

fn is_kebab(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn find_sdk(arguments: &Arguments, lang: Lang) -> anyhow::Result<PathBuf> {
    let found = match &arguments.sdk {
        Some(folder) => Some(folder.clone()),
        None => cargo::workspace(&arguments.dir, lang).ok().and_then(|workspace| workspace.sdk),
    };
    match found {
        Some(folder) if folder.join("Cargo.toml").is_file() => Ok(folder.canonicalize()?),
        Some(folder) => {
            bail!("{}: {}", folder.display(), lang.pick("不是 touchstone-sdk 的目录", "is not the folder of touchstone-sdk"))
        }
        None => bail!(lang.pick(
            "此处不在含 touchstone-sdk 的工作区内；请用 --sdk 指出其目录",
            "this is not inside a workspace with touchstone-sdk; say where it is with --sdk",
        )),
    }
}

fn manifest(name: &str, sdk: &Path) -> String {
    let (crate_name, sdk) = (name.replace('-', "_"), sdk.display().to_string().replace('\\', "/"));
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [lib]\nname = \"{crate_name}\"\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\n{SDK} = {{ path = \"{sdk}\" }}\n"
    )
}

fn files(kind: Kind, name: &str) -> Vec<(&'static str, String)> {
    let fill = |template: &str| template.replace("{name}", name);
    match kind {
        Kind::Checks => vec![
            ("src/lib.rs", fill(include_str!("templates/checks.rs"))),
            ("src/example.rs", fill(include_str!("templates/check.rs"))),
        ],
        Kind::Adapter => vec![("src/lib.rs", fill(include_str!("templates/adapter.rs")))],
    }
}

/// `to` as seen from the folder `from`; both absolute and without links.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<Component>, Vec<Component>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common <= 1 {
        return to.iter().collect();
    }
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - common);
    up.chain(to[common..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::{is_kebab, relative};
    use std::path::Path;

    #[test]
    fn names_are_kebab_case() {
        assert!(is_kebab("my-check2"));
        for name in ["", "My", "a_b", "-a", "a-", "a--b", "2a", "a/b", ".."] {
            assert!(!is_kebab(name), "{name}");
        }
    }

    #[test]
    fn one_folder_from_another() {
        let from = |a, b| relative(Path::new(a), Path::new(b));
        assert_eq!(from("/w/plugins/checks/x", "/w/plugins/sdk"), Path::new("../../sdk"));
        assert_eq!(from("/home/x", "/opt/sdk"), Path::new("/opt/sdk"));
    }
}
