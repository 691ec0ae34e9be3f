//! Members of a cluster as an inventory's settings have them, whatever the product; `{member}` stands for a member's name:
//! - `members`: name and place of each, `a=10.0.0.1:5432 b=10.0.0.2:5432`; a node of that name, where the target has one, is the
//!   machine that it runs on, else the target's first node is;
//! - `data`: folder of a member's data;
//! - `write`: places for writers, in turn (default: the inventory's own); `read`: the place for readers, if there is one;
//! - `start`: how a member is started after a loss of power, and `hold`: what keeps it from being started again by itself (default:
//!   nothing does); both are given to `sh -c`.

use super::{Entrances, Error, Place, Said, failed, setting, shell, target};
use crate::shell::{Output, Shell};

/// Name and place of each.
pub fn places() -> Result<Vec<(String, Place)>, Error> {
    let text = setting("members").ok_or_else(|| failed("the inventory's setting members is missing"))?;
    let one = |word: &str| {
        let (name, place) = word.split_once('=')?;
        let known = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter));
        Some((known.then(|| name.to_owned())?, place_of(place)?))
    };
    let members: Option<Vec<_>> = text.split_whitespace().map(one).collect();
    members.ok_or_else(|| failed(format!("members = {text:?}: it must be like a=10.0.0.1:5432 b=10.0.0.2:5432")))
}

/// The same, as the interface has it.
pub fn members() -> Result<Vec<super::Member>, Error> {
    Ok(places()?.into_iter().map(|(name, place)| super::Member { name, place }).collect())
}

/// Where clients go.
pub fn entrances() -> Result<Entrances, Error> {
    let place = |text: &str| place_of(text).ok_or_else(|| failed(format!("{text:?} is no host:port")));
    let write = match setting("write") {
        Some(text) => text.split_whitespace().map(place).collect::<Result<_, _>>()?,
        None => vec![Place { host: None, port: None, database: None }],
    };
    let read = setting("read").as_deref().map(place).transpose()?;
    Ok(Entrances { write, read })
}

/// `host:port`.
fn place_of(text: &str) -> Option<Place> {
    let (host, port) = text.rsplit_once(':')?;
    Some(Place { host: Some(host.to_owned()), port: Some(port.parse().ok()?), database: None })
}

/// The machine of a member.
pub struct Machine {
    /// Commands there.
    pub shell: Shell,
    /// Folder of its data.
    pub data: String,
    name: String,
}

impl Machine {
    /// Of the member of that name.
    pub fn find(name: &str) -> Result<Self, Error> {
        if !places()?.iter().any(|(known, _)| known == name) {
            return Err(failed(format!("no member is named {name}")));
        }
        let node = target().nodes.into_iter().find(|node| node == name);
        let data = setting("data").ok_or_else(|| failed("the inventory's setting data is missing"))?;
        Ok(Self { shell: shell(node.as_deref())?, data: data.replace("{member}", name), name: name.to_owned() })
    }

    /// A setting of the inventory, for this member.
    pub fn setting(&self, key: &str) -> Option<String> {
        setting(key).map(|text| text.replace("{member}", &self.name))
    }

    /// Starts it after a loss of power.
    pub fn start(&self, default: &str) -> [String; 3] {
        self.by_shell("start", default)
    }

    /// Keeps it from being started by itself.
    pub fn hold(&self) -> [String; 3] {
        self.by_shell("hold", ":")
    }

    fn by_shell(&self, key: &str, default: &str) -> [String; 3] {
        ["sh".to_owned(), "-c".to_owned(), self.setting(key).unwrap_or_else(|| default.to_owned())]
    }
}

/// What a script did to processes; one that found none says `nobody is there`.
pub fn hit(output: &Output) -> Said {
    Said { accepted: output.ok() && !output.text().contains("nobody is there"), words: output.said() }
}
