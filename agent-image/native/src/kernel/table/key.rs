//! What a trace is known by.

use sha2::{Digest, Sha256};

const SIZE: usize = 16;

/// The id of a trace, or, where that has not the 16 bytes it should have, a hash of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; SIZE]);

impl Key {
    pub fn of(id: &[u8]) -> Self {
        match id.try_into() {
            Ok(id) => Self(id),
            Err(_) => {
                let mut key = [0; SIZE];
                key.copy_from_slice(&Sha256::digest(id)[..SIZE]);
                Self(key)
            }
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The last eight bytes of an id of 16, which are the random ones.
pub fn random_part(id: &[u8]) -> u64 {
    let part = id.get(8..id.len().min(SIZE)).unwrap_or_default();
    part.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_have_keys_that_do() {
        let ids = [&b""[..], b"a", b"a\0", b"0123456789abcdef", b"0123456789abcdef0"];
        for (index, id) in ids.iter().enumerate() {
            assert_eq!(ids.iter().position(|other| Key::of(other) == Key::of(id)), Some(index));
        }
    }

    #[test]
    fn the_random_part_is_what_stands_behind_eight_bytes() {
        assert_eq!(random_part(b"01234567\x01\x02\0\0\0\0\0\0"), 0x0201);
        assert_eq!(random_part(b"01234567\x01"), 1);
        assert_eq!(random_part(b"0123"), 0);
    }
}
