//! Sealing under a key that is used once, with a commitment to that key.
//!
//! `HKDF-SHA256(key, salt, info ‖ SHA-256(header))` gives 32 bytes of AES-256-GCM key and 32 bytes of commitment;
//! the nonce is 0, the additional data `header ‖ commitment`.
//!
//! # Invariants
//!
//! - **One salt, one message.** The caller draws a fresh `salt` for each [`seal`]; that is what makes nonce 0 safe.
//! - **One key opens one box.** AES-GCM alone lets two keys open the same bytes to different texts; the commitment,
//!   checked before anything is decrypted, does not.
//! - **One answer.** Whatever is wrong, [`OpenError`] says the same.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use zeroize::Zeroizing;

use crate::bytes::{equal, sha256};
use crate::secret::{SecretKey, expand};

/// A sealed text: the commitment to its key, and the ciphertext with its 16-byte tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The second half of the derived bytes, written in clear.
    pub commit: [u8; 32],
    /// AES-256-GCM of the text.
    pub ct: Vec<u8>,
}

/// The key, salt, header, commitment or ciphertext is not the one that was sealed. It does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes do not open")]
pub struct OpenError;

/// Seals `plain`, bound to `header`. Never call it twice with the same key, salt, info and header.
#[must_use]
#[expect(clippy::expect_used, reason = "AES-GCM refuses only more than 64 GiB")]
pub fn seal(key: &SecretKey, salt: &[u8; 32], info: &[u8], header: &[u8], plain: &[u8]) -> Once {
    let (cipher, commit) = schedule(key, salt, info, header);
    let aad = [header, &commit].concat();
    let ct = cipher
        .encrypt(
            &Nonce::default(),
            Payload {
                msg: plain,
                aad: &aad,
            },
        )
        .expect("below 64 GiB");
    Once { commit, ct }
}

/// Opens what [`seal`] made from the same key, salt, info and header.
///
/// # Errors
///
/// [`OpenError`] when anything differs by a bit.
pub fn open(
    key: &SecretKey,
    salt: &[u8; 32],
    info: &[u8],
    header: &[u8],
    commit: &[u8; 32],
    ct: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (cipher, expected) = schedule(key, salt, info, header);
    if !equal(&expected, commit) {
        return Err(OpenError);
    }
    let aad = [header, commit].concat();
    let plain = cipher
        .decrypt(&Nonce::default(), Payload { msg: ct, aad: &aad })
        .map_err(|_| OpenError)?;
    Ok(Zeroizing::new(plain))
}

fn schedule(key: &SecretKey, salt: &[u8; 32], info: &[u8], header: &[u8]) -> (Aes256Gcm, [u8; 32]) {
    let mut derived = Zeroizing::new([[0; 32]; 2]);
    // EXPOSE: HKDF reads the key; the derived half is zeroed when this returns.
    expand(
        salt,
        key.expose(),
        &[info, &sha256(&[header])],
        derived.as_flattened_mut(),
    );
    let [key, commit] = &*derived;
    (Aes256Gcm::new(key.into()), *commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 32] = [3; 32];

    fn key() -> SecretKey {
        SecretKey::from_bytes([1; 32])
    }

    fn open_box(sealed: &Once, header: &[u8]) -> Option<Vec<u8>> {
        open(&key(), &SALT, b"info", header, &sealed.commit, &sealed.ct)
            .ok()
            .map(|plain| plain.to_vec())
    }

    #[test]
    fn what_is_sealed_opens() {
        for length in [0, 1, 15, 16, 17, 5000] {
            let plain = vec![7; length];
            let sealed = seal(&key(), &SALT, b"info", b"header", &plain);
            assert_eq!(sealed.ct.len(), length + 16);
            assert_eq!(open_box(&sealed, b"header"), Some(plain));
        }
    }

    #[test]
    fn no_flipped_bit_opens() {
        let sealed = seal(&key(), &SALT, b"info", b"header", b"plain");
        for bit in 0..8 * 32 {
            let mut bad = sealed.clone();
            bad.commit[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open_box(&bad, b"header"), None, "commitment bit {bit}");
        }
        for bit in 0..8 * sealed.ct.len() {
            let mut bad = sealed.clone();
            bad.ct[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open_box(&bad, b"header"), None, "ciphertext bit {bit}");
        }
        for bit in 0..8 * 6 {
            let mut bad = *b"header";
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open_box(&sealed, &bad), None, "header bit {bit}");
        }
        for length in 0..sealed.ct.len() {
            let short = Once {
                commit: sealed.commit,
                ct: sealed.ct[..length].to_vec(),
            };
            assert_eq!(open_box(&short, b"header"), None, "cut to {length}");
        }
    }

    #[test]
    fn key_salt_and_info_are_all_needed() {
        let sealed = seal(&key(), &SALT, b"info", b"header", b"plain");
        let with = |key: &SecretKey, salt, info: &[u8]| {
            open(key, salt, info, b"header", &sealed.commit, &sealed.ct)
        };
        assert_eq!(
            with(&SecretKey::from_bytes([2; 32]), &SALT, b"info"),
            Err(OpenError)
        );
        assert_eq!(with(&key(), &[4; 32], b"info"), Err(OpenError));
        assert_eq!(with(&key(), &SALT, b"other"), Err(OpenError));
        assert!(with(&key(), &SALT, b"info").is_ok());
    }

    /// Red control: the same flips open when the box neither commits to its key nor takes the header in.
    #[test]
    fn without_commitment_and_header_the_flips_would_open() {
        let (cipher, mut commit) = schedule(&key(), &SALT, b"info", b"");
        let ct = cipher
            .encrypt(&Nonce::default(), b"plain".as_slice())
            .unwrap();
        commit[0] ^= 1;
        assert_eq!(
            cipher.decrypt(&Nonce::default(), ct.as_slice()).unwrap(),
            b"plain"
        );
        assert_eq!(open_box(&Once { commit, ct }, b""), None);
    }

    /// Red control: AES-GCM alone opens one box under two keys, whatever commitment is in the additional data; only the
    /// comparison of the commitment refuses the second key.
    #[test]
    fn one_box_for_two_keys_is_refused() {
        let (first, second) = (
            SecretKey::from_bytes([1; 32]),
            SecretKey::from_bytes([2; 32]),
        );
        let [(one, commit), (two, _)] = [&first, &second].map(|key| schedule(key, &SALT, b"", b""));
        let ct = two_key_box(&one, &two, &commit);
        let payload = || Payload {
            msg: &ct,
            aad: &commit,
        };
        let plains =
            [&one, &two].map(|cipher| cipher.decrypt(&Nonce::default(), payload()).unwrap());
        assert_ne!(
            plains[0], plains[1],
            "bare AES-GCM opens the box to two texts"
        );
        assert!(open(&first, &SALT, b"", b"", &commit, &ct).is_ok());
        assert_eq!(open(&second, &SALT, b"", b"", &commit, &ct), Err(OpenError));
    }

    /// One block and a tag that both ciphers accept: a tag is `rest ^ block·h²`, which is solved for the block.
    fn two_key_box(one: &Aes256Gcm, two: &Aes256Gcm, aad: &[u8]) -> Vec<u8> {
        let (rest1, rest2) = (tag_of_zeros(one, 16, aad), tag_of_zeros(two, 16, aad));
        // Without additional data, `rest` is the empty text's tag and the length (128 bits) times h.
        let square = |cipher: &Aes256Gcm| {
            let h = times(
                tag_of_zeros(cipher, 0, b"") ^ tag_of_zeros(cipher, 16, b""),
                inverse(128),
            );
            times(h, h)
        };
        let (square1, square2) = (square(one), square(two));
        let block = times(rest1 ^ rest2, inverse(square1 ^ square2));
        [
            block.to_be_bytes(),
            (rest1 ^ times(block, square1)).to_be_bytes(),
        ]
        .concat()
    }

    /// The tag of so many zero bytes of ciphertext.
    fn tag_of_zeros(cipher: &Aes256Gcm, length: usize, aad: &[u8]) -> u128 {
        let seal = |msg: &[u8]| {
            cipher
                .encrypt(&Nonce::default(), Payload { msg, aad })
                .unwrap()
        };
        // The stream itself, sealed, is zeros.
        let stream = seal(&vec![0; length])[..length].to_vec();
        u128::from_be_bytes(seal(&stream)[length..].try_into().unwrap())
    }

    /// Multiplication in the field of GHASH (SP 800-38D, §6.3).
    fn times(x: u128, y: u128) -> u128 {
        let (mut product, mut v) = (0, y);
        for bit in (0..128).rev() {
            if x >> bit & 1 == 1 {
                product ^= v;
            }
            v = (v >> 1) ^ if v & 1 == 1 { 0xe1 << 120 } else { 0 };
        }
        product
    }

    /// x to the power 2¹²⁸ - 2.
    fn inverse(x: u128) -> u128 {
        let (mut power, mut square) = (1 << 127, x);
        for _ in 1..128 {
            square = times(square, square);
            power = times(power, square);
        }
        power
    }
}
