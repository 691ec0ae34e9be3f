//! Secrets that cannot be kept by blotting them out: they occur in texts that have nothing to do with them, and a check that
//! is shown `***` for the name of a database would judge wrongly.

use touchstone_model::text::Text;

/// Shorter ones occur everywhere by chance.
const SHORT: usize = 6;
/// The same for numbers.
const SHORT_NUMBER: usize = 8;

/// Words that stand in many texts, or are tried first by whoever guesses.
const COMMON: [&str; 64] = [
    "111111",
    "123123",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "access",
    "account",
    "admin123",
    "administrator",
    "application",
    "backup",
    "changeit",
    "changeme",
    "client",
    "cluster",
    "connect",
    "console",
    "database",
    "default",
    "demouser",
    "develop",
    "development",
    "example",
    "guest123",
    "hello123",
    "install",
    "letmein",
    "localhost",
    "manager",
    "master",
    "monitor",
    "network",
    "nobody",
    "operator",
    "passphrase",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "private",
    "production",
    "public",
    "qwerty",
    "qwerty123",
    "readonly",
    "replica",
    "schema",
    "secret",
    "secrets",
    "security",
    "select",
    "server",
    "service",
    "session",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "tester",
    "testing",
    "testuser",
    "welcome",
    "welcome1",
];

/// Why a secret is weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// So short that it occurs by chance.
    Short,
    /// A word that occurs everywhere.
    Common,
    /// Also a name of the inventory (a user, a database, a product), or part of one.
    Name,
}

impl Weakness {
    /// In words.
    pub fn words(self) -> Text {
        match self {
            Weakness::Short => Text::new("过短", "it is too short"),
            Weakness::Common => Text::new("是常用词", "it is a common word"),
            Weakness::Name => Text::new("与清单中的名称相同或被其包含", "it is, or is part of, a name in the inventory"),
        }
    }
}

/// Whether a secret is weak, beside these names (in lower case).
pub(super) fn weakness(secret: &str, names: &[String]) -> Option<Weakness> {
    let small = secret.to_lowercase();
    let number = small.bytes().all(|byte| byte.is_ascii_digit());
    if small.chars().count() < if number { SHORT_NUMBER } else { SHORT } {
        Some(Weakness::Short)
    } else if COMMON.contains(&small.as_str()) {
        Some(Weakness::Common)
    } else if names.iter().any(|name| name.contains(&small)) {
        Some(Weakness::Name)
    } else {
        None
    }
}

/// Whether what stands around a weak secret says that it is one: `password=...`, `PASSWORD '...'`, `user:...@host`.
pub(super) fn is_told(before: &[u8], after: &[u8]) -> bool {
    const KEYS: [&[u8]; 9] =
        [b"password", b"passwd", b"passphrase", b"pass", b"pwd", b"secret", b"token", b"identified by", b"pw"];
    const FAR: usize = 40;
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    if after.first().is_some_and(joins) || before.last().is_some_and(joins) {
        return false;
    }
    if before.last() == Some(&b':') && after.first() == Some(&b'@') {
        return true;
    }
    let near = before[before.len().saturating_sub(FAR)..].to_ascii_lowercase();
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b"=:\"'`,>(\\".contains(byte);
    let end = near.iter().rposition(|byte| !is_between(byte)).map_or(0, |at| at + 1);
    end < near.len() && KEYS.iter().any(|key| near[..end].ends_with(key))
}
