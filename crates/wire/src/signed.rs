//! A body with the signatures over it, kept byte for byte: directory operations, roster operations, key boxes.
//!
//! # Invariants
//!
//! - **Named by the body alone.** A second signature over the same body is the same thing, not a second one.
//! - **Never re-encoded.** The bytes that were signed are the bytes that are stored and relayed.

use crypto::sign::{SignatureKind, SigningKey, verify};

use crate::cbor::{self, Bytes, CborError, as_array};
use crate::ids::{Device, Hash, Org};

/// The longest signed thing, in bytes.
pub(crate) const MAX_SIGNED: usize = 1 << 20;

/// A body and signatures that nobody has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    body: Bytes,
    signatures: Vec<Signature>,
}
as_array!(Signed { body, signatures });

#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    by: Device,
    bytes: [u8; 64],
}
as_array!(Signature { by, bytes });

impl Signed {
    /// Signs a body that this program made itself.
    pub(crate) fn make(body: Vec<u8>, org: Org, signers: &[(Device, &SigningKey)]) -> Self {
        let signatures = signers
            .iter()
            .map(|(by, key)| Signature {
                by: *by,
                bytes: key.sign(SignatureKind::DirOp, org.as_bytes(), &body),
            })
            .collect();
        Self {
            body: Bytes(body),
            signatures,
        }
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Result<Self, CborError> {
        if bytes.len() > MAX_SIGNED {
            return Err(CborError::Malformed);
        }
        cbor::from_slice(bytes)
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body.0
    }

    pub(crate) fn id(&self) -> Hash {
        Hash::of(&[&self.body.0])
    }

    /// How many signed.
    pub(crate) fn count(&self) -> usize {
        self.signatures.len()
    }

    /// The same with one more signature, which nobody has checked yet.
    pub(crate) fn and(&self, by: Device, bytes: [u8; 64]) -> Self {
        let mut signed = self.clone();
        signed.signatures.push(Signature { by, bytes });
        signed
    }

    /// Whether exactly these signers signed, in this order, and each signature holds.
    pub(crate) fn is_signed_by(&self, org: Org, signers: &[(Device, [u8; 32])]) -> bool {
        self.signatures.len() == signers.len()
            && self
                .signatures
                .iter()
                .zip(signers)
                .all(|(signature, (by, public))| {
                    signature.by == *by
                        && verify(
                            public,
                            SignatureKind::DirOp,
                            org.as_bytes(),
                            self.body(),
                            &signature.bytes,
                        )
                        .is_ok()
                })
    }
}
