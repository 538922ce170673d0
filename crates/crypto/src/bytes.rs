//! Hashing, randomness, comparison and hex: the plain tools below every other module.
//!
//! # Invariants
//!
//! - **The only random generator of the product** is the operating system's, reached through [`random`].
//! - **No fallback.** Without randomness nothing may go on, so [`random`] ends the program.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of the parts, one after the other. The caller keeps the boundaries unambiguous.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Draws `N` bytes from the operating system.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a key without randomness is worse than an end of the program"
)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// Compares without telling by its duration where the first difference is.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// Lower-case hexadecimal digits, as written in `header.json`.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Reads exactly what [`to_hex`] writes for `N` bytes.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let [high, low] = *pair;
        *byte = value(high)? << 4 | value(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_hashed_as_one_text() {
        // FIPS 180-4, "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(to_hex(&sha256(&[b"a", b"", b"bc"])), expected);
    }

    #[test]
    fn two_draws_differ() {
        assert_ne!(random::<32>(), random::<32>());
    }

    #[test]
    fn hex_reads_only_what_it_writes() {
        assert_eq!(
            from_hex(&to_hex(&[0, 1, 0xab, 0xff])),
            Some([0, 1, 0xab, 0xff])
        );
        assert_eq!(
            from_hex::<1>("AB"),
            None,
            "upper case would be a second spelling of the same bytes"
        );
        assert_eq!(from_hex::<1>("abc"), None);
        assert_eq!(from_hex::<1>("g0"), None);
    }
}
