//! Digests beside SHA-256, which is the model's.

use sm3::{Digest as _, Sm3};

/// SM3 (GM/T 0004) in lower-case hexadecimal.
pub fn sm3(content: &[u8]) -> String {
    hex::encode(Sm3::digest(content))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_standards_example() {
        // GM/T 0004-2012, appendix A.1.
        assert_eq!(super::sm3(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }
}
