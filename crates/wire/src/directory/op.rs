//! One directory operation: its body, its place in its author's chain, its signatures.

use std::collections::BTreeSet;

use super::act::Act;
use crate::cbor::{self, Bytes, CborError, as_array};
use crate::dag::Node;
use crate::ids::{Device, Hash};
use crate::signed::Signed;

const TAG: &str = "mg/dir/1";

/// What is signed. The tag keeps it apart from everything else that is signed as an operation.
struct Body {
    tag: String,
    author: Device,
    cosigner: Option<Device>,
    seq: u64,
    prev: Hash,
    seen: BTreeSet<Hash>,
    critical: bool,
    kind: u64,
    payload: Bytes,
}
as_array!(Body {
    tag,
    author,
    cosigner,
    seq,
    prev,
    seen,
    critical,
    kind,
    payload
});

/// An operation of the directory. One that [`super::Directory`] holds is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    id: Hash,
    author: Device,
    cosigner: Option<Device>,
    seq: u64,
    prev: Hash,
    seen: BTreeSet<Hash>,
    critical: bool,
    act: Act,
    signed: Signed,
}

impl Op {
    /// Names it: SHA-256 of the signed body.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.id
    }

    /// Who wrote it.
    #[must_use]
    pub fn author(&self) -> Device {
        self.author
    }

    /// Who signed beside the author.
    #[must_use]
    pub fn cosigner(&self) -> Option<Device> {
        self.cosigner
    }

    /// What it does.
    #[must_use]
    pub fn act(&self) -> &Act {
        &self.act
    }

    /// Whether a program that does not know it must stop writing.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    /// Body and signatures, to be stored and relayed as they are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_vec()
    }

    /// The body alone; of the first operation, its hash names the office.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.signed.body()
    }

    /// Reads an operation that nobody has checked yet.
    ///
    /// # Errors
    ///
    /// [`CborError`] when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        Self::from_signed(Signed::from_slice(bytes)?)
    }

    pub(super) fn from_signed(signed: Signed) -> Result<Self, CborError> {
        let Body {
            tag,
            author,
            cosigner,
            seq,
            prev,
            seen,
            critical,
            kind,
            payload,
        } = cbor::from_slice(signed.body())?;
        if tag != TAG {
            return Err(CborError::Malformed);
        }
        let act = Act::from_coded((kind, payload))?;
        Ok(Self {
            id: signed.id(),
            author,
            cosigner,
            seq,
            prev,
            seen,
            critical,
            act,
            signed,
        })
    }

    pub(super) fn body_of(
        author: Device,
        cosigner: Option<Device>,
        (seq, prev): (u64, Hash),
        seen: BTreeSet<Hash>,
        act: &Act,
        critical: bool,
    ) -> Vec<u8> {
        let (kind, payload) = act.to_coded();
        cbor::to_vec(&Body {
            tag: TAG.to_owned(),
            author,
            cosigner,
            seq,
            prev,
            seen,
            critical,
            kind,
            payload,
        })
    }

    pub(super) fn signers(&self) -> impl Iterator<Item = Device> {
        [self.author].into_iter().chain(self.cosigner)
    }

    pub(super) fn signed(&self) -> &Signed {
        &self.signed
    }
}

impl Node for Op {
    fn id(&self) -> Hash {
        self.id
    }
    fn author(&self) -> Device {
        self.author
    }
    fn seq(&self) -> u64 {
        self.seq
    }
    fn prev(&self) -> Hash {
        self.prev
    }
    fn seen(&self) -> &BTreeSet<Hash> {
        &self.seen
    }
}
