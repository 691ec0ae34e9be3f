//! What a publisher signs: that a component is theirs, under which name, and in which role. A signature over the digest
//! alone could be carried from an adapter over to a check.

use crate::{Ed25519Key, Ed25519Public};
use touchstone_model::digest::Digest;

/// What a component is, and so what the publisher's key must be trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It decides: the purchaser's side.
    Check,
    /// It knows a product: the vendor's side.
    Adapter,
}

impl Role {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Check => "check",
            Role::Adapter => "adapter",
        }
    }

    /// The role of that name.
    pub fn of(name: &str) -> Option<Role> {
        [Role::Check, Role::Adapter].into_iter().find(|role| role.name() == name)
    }
}

/// The bytes that are signed.
pub fn message(role: Role, name: &str, sha256: &Digest) -> Vec<u8> {
    format!("touchstone plugin 1\n{}\n{name}\n{sha256}\n", role.name()).into_bytes()
}

/// A publisher's signature.
pub fn sign(key: &Ed25519Key, role: Role, name: &str, sha256: &Digest) -> Vec<u8> {
    key.sign(&message(role, name, sha256))
}

/// Whether the key signed exactly this.
pub fn verifies(key: &Ed25519Public, role: Role, name: &str, sha256: &Digest, signature: &[u8]) -> bool {
    key.verifies(&message(role, name, sha256), signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_one_role_one_name_and_one_content() {
        let key = Ed25519Key::generate().expect("a key");
        let (public, sha256) = (key.public(), Digest::of(b"component"));
        let signature = sign(&key, Role::Adapter, "tomcat", &sha256);
        assert!(verifies(&public, Role::Adapter, "tomcat", &sha256, &signature));
        assert!(!verifies(&public, Role::Check, "tomcat", &sha256, &signature));
        assert!(!verifies(&public, Role::Adapter, "os", &sha256, &signature));
        assert!(!verifies(&public, Role::Adapter, "tomcat", &Digest::of(b"other"), &signature));
        let other = Ed25519Key::generate().expect("a key").public();
        assert!(!verifies(&other, Role::Adapter, "tomcat", &sha256, &signature));
    }
}
