//! Sealing to somebody's public key: HPKE base mode (RFC 9180), X25519 / HKDF-SHA256 / AES-256-GCM; and the key that two
//! devices share without a word passing between them: X25519 of their own keys, then HKDF-SHA256.
//!
//! The sealed bytes are `enc (32) ‖ ciphertext with tag`.
//!
//! # Invariants
//!
//! - **Nobody is proven to have sealed.** Whoever seals must also sign.
//! - **A public key of small order is refused** by both sides: the shared secret would be all zeros.
//!
//! That the library computes what RFC 9180 prints is tested in `outside.rs`.

use std::fmt;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use x25519_dalek::x25519;
use zeroize::Zeroizing;

use crate::equal;
use crate::once::OpenError;
use crate::secret::SecretKey;

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The private key with which a device opens what was sealed to it.
pub struct KemKey(SecretKey);

impl KemKey {
    /// Draws a new key.
    #[must_use]
    pub fn make() -> Self {
        Self(SecretKey::make())
    }

    /// Takes over the 32 bytes of a key and zeroes the copy it was handed.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretKey::from_bytes(bytes))
    }

    /// The public half, as it stands in the directory.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        X25519HkdfSha256::sk_to_pk(&self.private())
            .to_bytes()
            .into()
    }

    /// Opens what [`seal_to`] sealed to this key with the same `info` and `aad`.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when anything differs, or the sender's key is of small order.
    pub fn open(
        &self,
        info: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (enc, ct) = sealed.split_at_checked(32).ok_or(OpenError)?;
        let enc = EncappedKey::from_bytes(enc).map_err(|_| OpenError)?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.private(),
            &enc,
            info,
            ct,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError)
    }

    /// The key that this device and the holder of `public`'s private half derive alike: HKDF-SHA256, without salt, of
    /// X25519 between the two, over the parts of `info`. It proves neither to the other by itself.
    ///
    /// # Errors
    ///
    /// [`SealError`] when `public` is of small order.
    pub fn agree(&self, public: &[u8; 32], info: &[&[u8]]) -> Result<SecretKey, SealError> {
        // EXPOSE: the curve needs the scalar.
        let shared = SecretKey::from_bytes(x25519(*self.0.expose(), *public));
        // EXPOSE: compared with zero, in constant time.
        if equal(shared.expose(), &[0; 32]) {
            return Err(SealError);
        }
        Ok(shared.derive(info))
    }

    /// Lends the bytes. Each caller says in an `EXPOSE:` comment why it must have them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    #[expect(
        clippy::expect_used,
        reason = "32 bytes are always a key: X25519 clamps them"
    )]
    fn private(&self) -> PrivateKey {
        // EXPOSE: the curve needs the scalar; its own copy is zeroed on drop.
        PrivateKey::from_bytes(self.0.expose()).expect("32 bytes")
    }
}

impl fmt::Debug for KemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemKey(..)")
    }
}

/// The public key is of small order, so nothing may be sealed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the public key is of small order")]
pub struct SealError;

/// Seals `plain` so that only the holder of `public`'s private half opens it.
///
/// # Errors
///
/// [`SealError`] when `public` is of small order.
pub fn seal_to(
    public: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let public = PublicKey::from_bytes(public).map_err(|_| SealError)?;
    let (enc, ct) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        info,
        plain,
        aad,
    )
    .map_err(|_| SealError)?;
    Ok([enc.to_bytes().as_slice(), &ct].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::from_hex;

    #[test]
    fn what_is_sealed_opens_for_its_recipient_alone() {
        let key = KemKey::make();
        let sealed = seal_to(&key.public(), b"info", b"aad", b"plain").unwrap();
        assert_eq!(
            key.open(b"info", b"aad", &sealed).unwrap().as_slice(),
            b"plain"
        );
        assert_eq!(
            KemKey::make().open(b"info", b"aad", &sealed),
            Err(OpenError)
        );
        assert_eq!(key.open(b"other", b"aad", &sealed), Err(OpenError));
        assert_eq!(key.open(b"info", b"other", &sealed), Err(OpenError));
    }

    #[test]
    fn no_flipped_bit_and_no_cut_opens() {
        let key = KemKey::make();
        let sealed = seal_to(&key.public(), b"info", b"aad", b"plain").unwrap();
        for byte in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[byte] ^= 1;
            assert_eq!(
                key.open(b"info", b"aad", &bad),
                Err(OpenError),
                "byte {byte}"
            );
            assert_eq!(
                key.open(b"info", b"aad", &sealed[..byte]),
                Err(OpenError),
                "cut to {byte}"
            );
        }
    }

    #[test]
    fn a_public_key_of_small_order_is_refused() {
        let low = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        let key = KemKey::make();
        let mut sealed = seal_to(&key.public(), b"", b"", b"plain").unwrap();
        for point in low.map(|point| from_hex::<32>(point).unwrap()) {
            assert_eq!(key.agree(&point, &[]).err(), Some(SealError));
            assert_eq!(seal_to(&point, b"", b"", b"plain"), Err(SealError));
            sealed[..32].copy_from_slice(&point);
            assert_eq!(key.open(b"", b"", &sealed), Err(OpenError));
        }
    }

    /// That the curve and the derivation are the ones meant is pinned by `tests/vectors/agree.json`.
    #[test]
    fn two_devices_agree_without_a_word() {
        let (alice, bob) = (KemKey::make(), KemKey::make());
        let of = |one: &KemKey, two: &KemKey, info: &[u8]| {
            one.agree(&two.public(), &[info]).unwrap().kid()
        };
        assert_eq!(of(&alice, &bob, b"pair"), of(&bob, &alice, b"pair"));
        assert_ne!(of(&alice, &bob, b"pair"), of(&alice, &bob, b"other"));
        assert_ne!(
            of(&alice, &bob, b"pair"),
            of(&KemKey::make(), &bob, b"pair")
        );
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(
            format!("{:?}", KemKey::from_bytes([0xab; 32])),
            "KemKey(..)"
        );
    }
}
