//! Who may load what. A component runs only if the suite's lock pins exactly this file and its publisher is trusted for
//! exactly this role: a vendor's key for adapters cannot bring a check into a purchaser's suite.

use crate::input::{Lock, Pin, Root};
use touchstone_model::digest::Digest;
use touchstone_model::plan::{PlannedPlugin, Vouched};
use touchstone_model::text::Text;
use touchstone_seal::plugin::{Role, verifies};

/// What is let in.
#[derive(Clone, Debug)]
pub struct Policy {
    rule: Rule,
    unsigned_allowed: bool,
}

#[derive(Clone, Debug)]
enum Rule {
    /// What the lock pins; absent: the suite has none.
    Lock(Option<Lock>),
    /// What a run began with.
    Plan(Vec<PlannedPlugin>),
}

impl Policy {
    /// As a lock says; with `unsigned_allowed` also whatever nobody vouches for.
    pub fn lock(lock: Option<Lock>, unsigned_allowed: bool) -> Policy {
        Policy { rule: Rule::Lock(lock), unsigned_allowed }
    }

    /// Only the very components that a run began with.
    pub fn plan(plugins: &[PlannedPlugin]) -> Policy {
        Policy { rule: Rule::Plan(plugins.to_vec()), unsigned_allowed: false }
    }

    /// Whether what nobody vouches for may run.
    pub fn unsigned_allowed(&self) -> bool {
        self.unsigned_allowed
    }

    /// The lock, where there is one.
    pub fn locked(&self) -> Option<&Lock> {
        match &self.rule {
            Rule::Lock(lock) => lock.as_ref(),
            Rule::Plan(_) => None,
        }
    }

    /// Who vouches for a component of that name and content in that role; the error says what is wrong and what to do.
    pub fn admit(&self, name: &str, role: Role, sha256: &Digest) -> Result<Vouched, Text> {
        let vouched = match &self.rule {
            Rule::Plan(plugins) => {
                let same = plugins.iter().find(|p| p.name == name && p.sha256 == *sha256);
                return same.map(|p| p.vouched.clone()).ok_or_else(|| {
                    Text::new("与运行开始时不同；请重新运行", "is not the one that the run began with; run anew")
                });
            }
            Rule::Lock(None) => Err(Text::new(
                "套件旁没有 touchstone.lock，无人为其担保",
                "nobody vouches for it: there is no touchstone.lock beside the suite",
            )),
            Rule::Lock(Some(lock)) => vouch(lock, name, role, sha256),
        };
        match vouched {
            Err(why) if self.unsigned_allowed => Ok(Vouched::Nobody { why }),
            Err(why) => Err(Text::new(
                format!(
                    "{}。先用 touchstone plugin sign 签名、plugin trust 登记公钥、plugin lock 锁定；仅开发时可加 --allow-unsigned",
                    why.zh
                ),
                format!(
                    "{}. Have it signed (touchstone plugin sign), its key trusted (plugin trust) and the suite locked (plugin lock); \
                     for development only: --allow-unsigned",
                    why.en
                ),
            )),
            vouched => vouched,
        }
    }
}

fn vouch(lock: &Lock, name: &str, role: Role, sha256: &Digest) -> Result<Vouched, Text> {
    let pin = lock.pins.iter().find(|pin| pin.name == name);
    let Some(pin) = pin else {
        return Err(Text::new("touchstone.lock 中没有它", "touchstone.lock does not pin it"));
    };
    if pin.sha256 != *sha256 {
        let (was, is) = (pin.sha256.short(), sha256.short());
        return Err(Text::new(
            format!("文件已改变：锁定的是 sha256 {was}…，现在是 {is}…"),
            format!("it was changed: sha256 {was}... was locked, this is {is}..."),
        ));
    }
    let root = trusted(lock, pin, role)?;
    Ok(Vouched::Signed { by: root.name.clone(), key: root.key.fingerprint(), role: role.name().to_owned() })
}

/// The trusted publisher whose signature a pin carries, in the role that the component is wanted for.
pub fn trusted<'l>(lock: &'l Lock, pin: &Pin, role: Role) -> Result<&'l Root, Text> {
    if !verifies(&pin.key, pin.role, &pin.name, &pin.sha256, &pin.signature) {
        return Err(Text::new(
            "签名与其名称、角色、内容和公钥不符",
            "its signature does not fit its name, role, content and key",
        ));
    }
    if pin.role != role {
        let (signed, wanted) = (words(pin.role), words(role));
        return Err(Text::new(
            format!("它是作为{}签名的，不能用作{}", signed.zh, wanted.zh),
            format!("it was signed as {}, and cannot be used as {}", signed.en, wanted.en),
        ));
    }
    let fingerprint = pin.key.fingerprint();
    let short = fingerprint.short();
    let known: Vec<&Root> = lock.roots.iter().filter(|root| root.key == pin.key).collect();
    match known.iter().find(|root| root.role == role) {
        Some(root) => Ok(root),
        None if known.is_empty() => Err(Text::new(
            format!("签名公钥（指纹 {short}…）不受信任"),
            format!("the key that signed it (fingerprint {short}...) is not trusted"),
        )),
        None => {
            let (other, wanted) = (words(known[0].role), words(role));
            let name = &known[0].name;
            Err(Text::new(
                format!("{name} 的公钥（指纹 {short}…）只获准签署{}，不能签署{}", other.zh, wanted.zh),
                format!(
                    "the key of {name} (fingerprint {short}...) is trusted for {}, not for {}",
                    many(known[0].role),
                    many(role)
                ),
            ))
        }
    }
}

fn words(role: Role) -> Text {
    match role {
        Role::Check => Text::new("检查", "a check"),
        Role::Adapter => Text::new("适配器", "an adapter"),
    }
}

fn many(role: Role) -> &'static str {
    match role {
        Role::Check => "checks",
        Role::Adapter => "adapters",
    }
}
