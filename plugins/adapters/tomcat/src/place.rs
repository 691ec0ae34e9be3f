//! Folders and users of a server, as the inventory says.

use touchstone_sdk::adapter::{Error, setting, target};

pub(crate) struct Base {
    /// Node of the inventory that it is on; absent: the only one.
    pub(crate) node: Option<String>,
    /// CATALINA_BASE.
    pub(crate) path: String,
}

/// The folders of all nodes.
pub(crate) fn bases() -> Result<Vec<Base>, Error> {
    let target = target();
    // Several servers of one machine are told apart by names that need be no nodes of the inventory.
    let of_node = |(name, path): &(String, String)| {
        let node = name.strip_prefix("base.")?.to_owned();
        Some(Base { node: Some(node).filter(|node| target.nodes.contains(node)), path: path.clone() })
    };
    let mut bases: Vec<Base> = target.settings.iter().filter_map(of_node).collect();
    if bases.is_empty() {
        bases.extend(setting("base").map(|path| Base { node: None, path }));
    }
    if bases.is_empty() {
        return Err(Error::Unavailable(
            "the inventory does not say where the server's folder is: settings = { base = \"...\" }".into(),
        ));
    }
    Ok(bases)
}

pub(crate) fn owner() -> String {
    setting("owner").unwrap_or_else(|| "tomcat".into())
}

pub(crate) fn home() -> String {
    setting("home").unwrap_or_else(|| "/usr/share/tomcat10".into())
}

/// `/app` as files are named: `app`; the root is `ROOT`.
pub(crate) fn file_name(path: &str) -> String {
    match path.trim_matches('/') {
        "" => "ROOT".into(),
        name => name.replace('/', "#"),
    }
}
