//! Signatures with a type and an organisation in them.
//!
//! What is signed is `"mg/sig/<type>/1" 0x00 ‖ org16 ‖ SHA-256(message)`, with Ed25519.
//!
//! # Invariants
//!
//! - **No bare bytes are signed.** A signature made for one kind or one organisation is worth nothing for another, so
//!   no peer can get a record signed by calling it a challenge.
//! - **Strict verification.** Keys of small order and second encodings of a signature are refused, so all devices agree.

use std::fmt;

use ed25519_dalek::{Signature, Signer, VerifyingKey};
use zeroize::Zeroize;

use crate::bytes::{random, sha256};

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// A record on the wire, over its record id.
    Record,
    /// An operation of the directory or of a roster.
    DirOp,
    /// The trailer of a bundle.
    Bundle,
    /// The answer to a hub's or a peer's challenge.
    Auth,
    /// A hub's word that a record is on its disk.
    Receipt,
    /// A certificate used between two devices.
    Tls,
    /// The end of a page of the access log.
    Audit,
    /// The escrow's word which office it belongs to.
    Escrow,
}

impl SignatureKind {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Record => b"mg/sig/record/1\0",
            Self::DirOp => b"mg/sig/dirop/1\0",
            Self::Bundle => b"mg/sig/bundle/1\0",
            Self::Auth => b"mg/sig/auth/1\0",
            Self::Receipt => b"mg/sig/receipt/1\0",
            Self::Tls => b"mg/sig/tls/1\0",
            Self::Audit => b"mg/sig/audit/1\0",
            Self::Escrow => b"mg/sig/escrow/1\0",
        }
    }
}

/// The private signing key of a device, or of the paper admin.
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// Draws a new key.
    #[must_use]
    pub fn make() -> Self {
        Self::from_bytes(random())
    }

    /// Takes over the 32 bytes of a key and zeroes the copy it was handed.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self(Box::new(ed25519_dalek::SigningKey::from_bytes(&bytes)));
        bytes.zeroize();
        key
    }

    /// The public half, as it stands in the directory.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs a message of one kind for one organisation.
    #[must_use]
    pub fn sign(&self, kind: SignatureKind, org: &[u8; 16], message: &[u8]) -> [u8; 64] {
        self.0.sign(&statement(kind, org, message)).to_bytes()
    }

    /// Lends the bytes. Each caller says in an `EXPOSE:` comment why it must have them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// The public key, or the signature, is not valid for this kind, organisation and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct VerifyError;

/// Checks a signature made by [`SigningKey::sign`].
///
/// # Errors
///
/// [`VerifyError`] when key, kind, organisation, message or signature differ, or are weak or malleable.
pub fn verify(
    public: &[u8; 32],
    kind: SignatureKind,
    org: &[u8; 16],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), VerifyError> {
    verify_bare(public, &statement(kind, org, message), signature)
}

/// Checks a signature over exactly these bytes.
pub(crate) fn verify_bare(
    public: &[u8; 32],
    bytes: &[u8],
    signature: &[u8; 64],
) -> Result<(), VerifyError> {
    let key = VerifyingKey::from_bytes(public).map_err(|_| VerifyError)?;
    key.verify_strict(bytes, &Signature::from_bytes(signature))
        .map_err(|_| VerifyError)
}

fn statement(kind: SignatureKind, org: &[u8; 16], message: &[u8]) -> Vec<u8> {
    [kind.label(), org, &sha256(&[message])].concat()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Verifier;

    use super::*;

    const KINDS: [SignatureKind; 8] = [
        SignatureKind::Record,
        SignatureKind::DirOp,
        SignatureKind::Bundle,
        SignatureKind::Auth,
        SignatureKind::Receipt,
        SignatureKind::Tls,
        SignatureKind::Audit,
        SignatureKind::Escrow,
    ];

    #[test]
    fn a_signature_holds_for_its_kind_organisation_and_message_alone() {
        let (key, org) = (SigningKey::make(), [7; 16]);
        for kind in KINDS {
            let signature = key.sign(kind, &org, b"message");
            for other in KINDS {
                let held = verify(&key.public(), other, &org, b"message", &signature);
                assert_eq!(held.is_ok(), other == kind, "{kind:?} as {other:?}");
            }
            assert_eq!(
                verify(&key.public(), kind, &[8; 16], b"message", &signature),
                Err(VerifyError)
            );
            assert_eq!(
                verify(&key.public(), kind, &org, b"messagf", &signature),
                Err(VerifyError)
            );
            assert_eq!(
                verify(
                    &SigningKey::make().public(),
                    kind,
                    &org,
                    b"message",
                    &signature
                ),
                Err(VerifyError)
            );
        }
    }

    #[test]
    fn no_flipped_bit_of_a_signature_holds() {
        let (key, org) = (SigningKey::make(), [7; 16]);
        let good = key.sign(SignatureKind::Record, &org, b"message");
        for bit in 0..8 * 64 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(
                verify(&key.public(), SignatureKind::Record, &org, b"message", &bad).is_err(),
                "bit {bit}"
            );
        }
    }

    /// The signing oracle: a peer has its challenge "signed", and the challenge is a record id.
    #[test]
    fn a_signed_challenge_is_no_record() {
        let (key, org, record_id) = (SigningKey::make(), [7; 16], [9; 32]);
        let answer = key.sign(SignatureKind::Auth, &org, &record_id);
        assert!(
            verify(
                &key.public(),
                SignatureKind::Record,
                &org,
                &record_id,
                &answer
            )
            .is_err()
        );
        // Red control: signed without a type, the same bytes hold as both.
        let bare = key.0.sign(&record_id);
        assert!(
            key.0
                .verifying_key()
                .verify_strict(&record_id, &bare)
                .is_ok()
        );
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(
            verify(
                &identity,
                SignatureKind::Record,
                &[7; 16],
                b"any message",
                &signature
            )
            .is_err()
        );
        // Red control: plain verification lets this key "sign" everything.
        let weak = VerifyingKey::from_bytes(&identity).unwrap();
        assert!(
            weak.verify(b"any message", &Signature::from_bytes(&signature))
                .is_ok()
        );
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(
            format!("{:?}", SigningKey::from_bytes([0xab; 32])),
            "SigningKey(..)"
        );
    }
}
