//! The one secret type of 32 bytes, and what may be done with it.
//!
//! # Invariants
//!
//! - **It does not print, copy, compare or serialise.** [`SecretKey::duplicate`] is the only second copy, and is named.
//! - **Zeroed on drop.** The bytes live on the heap, so that moving the key leaves no copy behind.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::bytes::{random, sha256};

/// A symmetric key of 32 bytes.
pub struct SecretKey(Box<Zeroizing<[u8; 32]>>);

impl SecretKey {
    /// Draws a new key.
    #[must_use]
    pub fn make() -> Self {
        Self::from_bytes(random())
    }

    /// Takes over the bytes of a key and zeroes the copy it was handed.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let mut key = Self::zero();
        key.as_mut_slice().copy_from_slice(&bytes);
        bytes.zeroize();
        key
    }

    /// Lends the bytes. Each caller says in an `EXPOSE:` comment why it must have them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Makes a second copy, for two owners that are locked apart.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        let mut copy = Self::zero();
        copy.as_mut_slice().copy_from_slice(self.expose());
        copy
    }

    /// Derives the key of one purpose: HKDF-SHA256 without salt over the parts of `info`, one after the other.
    #[must_use]
    pub fn derive(&self, info: &[&[u8]]) -> SecretKey {
        let mut derived = Self::zero();
        expand(&[], self.expose(), info, derived.as_mut_slice());
        derived
    }

    /// Names the key: `SHA-256("mg/kid" ‖ key)[..16]`. The name tells nothing about the key.
    #[must_use]
    pub fn kid(&self) -> [u8; 16] {
        let [kid, _] = halves(sha256(&[b"mg/kid", self.expose()]));
        kid
    }

    /// HMAC-SHA256 of the parts, under the key derived for `info`. Compare the result with [`equal`](crate::equal).
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub fn hmac(&self, info: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let key = self.derive(&[info]);
        let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("any length is a key");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A place for 32 bytes that are written at once, without passing over the stack.
    pub(crate) fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_mut_slice()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// HKDF-SHA256 of `key` into `out`, the parts of `info` one after the other. An empty salt is RFC 5869's "not provided".
#[expect(
    clippy::expect_used,
    reason = "only lengths of this crate's own are asked for, far below 255 hashes"
)]
pub(crate) fn expand(salt: &[u8], key: &[u8], info: &[&[u8]], out: &mut [u8]) {
    Hkdf::<Sha256>::new(Some(salt), key)
        .expand_multi_info(info, out)
        .expect("a short output");
}

fn halves(hash: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    halves.as_flattened_mut().copy_from_slice(&hash);
    halves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, to_hex};

    #[test]
    fn hkdf_agrees_with_rfc_5869() {
        // Test case 1: with salt and info.
        let info: [u8; 10] = from_hex("f0f1f2f3f4f5f6f7f8f9").unwrap();
        let mut out = [0; 42];
        expand(
            &from_hex::<13>("000102030405060708090a0b0c").unwrap(),
            &[0x0b; 22],
            &[&info[..4], &info[4..]],
            &mut out,
        );
        assert_eq!(
            to_hex(&out),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
        // Test case 3: neither.
        expand(&[], &[0x0b; 22], &[], &mut out);
        assert_eq!(
            to_hex(&out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
        );
    }

    #[test]
    fn hmac_agrees_with_its_definition() {
        // HMAC written out (RFC 2104), so that a change of the purpose label or of the order shows.
        let key = SecretKey::from_bytes([7; 32]);
        let inner = key.derive(&[b"purpose"]);
        let pad = |with: u8| {
            let mut block = [with; 64];
            block
                .iter_mut()
                .zip(inner.expose())
                .for_each(|(byte, key)| *byte ^= key);
            block
        };
        let expected = sha256(&[&pad(0x5c), &sha256(&[&pad(0x36), b"ab", b"c"])]);
        assert_eq!(key.hmac(b"purpose", &[b"a", b"bc"]), expected);
        assert_ne!(key.hmac(b"other", &[b"abc"]), expected);
    }

    #[test]
    fn a_key_is_named_by_its_hash_alone() {
        let key = SecretKey::from_bytes([1; 32]);
        assert_eq!(key.kid(), key.duplicate().kid());
        assert_ne!(key.kid(), SecretKey::from_bytes([2; 32]).kid());
    }

    #[test]
    fn purposes_do_not_share_a_key() {
        let key = SecretKey::make();
        assert_ne!(key.derive(&[b"a"]).expose(), key.derive(&[b"b"]).expose());
        assert_eq!(
            key.derive(&[b"a", b"b"]).expose(),
            key.derive(&[b"ab"]).expose()
        );
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(
            format!("{:?}", SecretKey::from_bytes([0xab; 32])),
            "SecretKey(..)"
        );
    }
}
