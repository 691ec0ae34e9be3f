//! What the inventory says of the members.

use touchstone_sdk::adapter::{Error, Place, failed, setting, shell, target};
use touchstone_sdk::shell::Shell;

/// Name and place of each.
pub(crate) fn all() -> Result<Vec<(String, Place)>, Error> {
    let text = setting("members").ok_or_else(|| failed("the inventory's setting members is missing"))?;
    let one = |word: &str| {
        let (name, place) = word.split_once('=')?;
        let known = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter));
        Some((known.then(|| name.to_owned())?, place_of(place)?))
    };
    let members: Option<Vec<_>> = text.split_whitespace().map(one).collect();
    members.ok_or_else(|| failed(format!("members = {text:?}: it must be like a=10.0.0.1:5432 b=10.0.0.2:5432")))
}

/// `host:port`.
pub(crate) fn place_of(text: &str) -> Option<Place> {
    let (host, port) = text.rsplit_once(':')?;
    Some(Place { host: Some(host.to_owned()), port: Some(port.parse().ok()?), database: None })
}

/// One member, and how its machine is reached.
pub(crate) struct Member {
    pub(crate) shell: Shell,
    pub(crate) data: String,
    /// Empty: no Patroni.
    pub(crate) config: String,
    name: String,
}

impl Member {
    pub(crate) fn find(name: &str) -> Result<Self, Error> {
        if !all()?.iter().any(|(known, _)| known == name) {
            return Err(failed(format!("no member is named {name}")));
        }
        let node = target().nodes.into_iter().find(|node| node == name);
        let of = |key: &str| setting(key).map(|text| text.replace("{member}", name));
        Ok(Self {
            shell: shell(node.as_deref())?,
            data: of("data").ok_or_else(|| failed("the inventory's setting data is missing"))?,
            config: of("config").unwrap_or_default(),
            name: name.to_owned(),
        })
    }

    /// Starts it after a loss of power.
    pub(crate) fn start(&self) -> [String; 3] {
        self.by_shell(setting("start").unwrap_or_else(|| "systemctl start patroni".into()))
    }

    /// Keeps it from being started by itself.
    pub(crate) fn hold(&self) -> [String; 3] {
        self.by_shell(setting("hold").unwrap_or_else(|| ":".into()))
    }

    fn by_shell(&self, command: String) -> [String; 3] {
        ["sh".to_owned(), "-c".to_owned(), command.replace("{member}", &self.name)]
    }

    /// A command as the servers' user, with the server's programs at hand.
    pub(crate) fn as_owner(&self, words: &[&str]) -> Vec<String> {
        let owner = setting("owner").unwrap_or_else(|| "postgres".into());
        let script =
            "cd /; for d in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do [ -d \"$d\" ] && PATH=$d:$PATH; done; exec \"$@\"";
        let mut all: Vec<String> = ["runuser", "-u", &owner, "--", "sh", "-c", script, "sh"].map(str::to_owned).to_vec();
        all.extend(words.iter().map(|word| (*word).to_owned()));
        all
    }
}
