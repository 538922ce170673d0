//! What a record says, by kind.
//!
//! # Invariants
//!
//! - **Unknown kinds survive**, marked; one flagged critical stops writes to its vault, never reads.
//! - **No content in `Debug`.**

use std::collections::BTreeSet;
use std::fmt;

use crypto::SecretKey;

use crate::audit::Page;
use crate::cbor::{self, Bytes, Cbor, CborError, Reader, Writer, as_array};
use crate::directory::Directory;
use crate::envelope::{EnvelopeError, LaneOpened, Opened, RecordKey, Sealed, Verified, open_outer};
use crate::ids::{Device, Hash, Lane, Org};

/// The most entries of a [`Witness`].
pub const MAX_WITNESSED: usize = 256;

/// The kind of a body: 15 bits of number, and in the highest bit whether a program that does not know it must stop
/// writing to the vault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(u16);

impl Kind {
    /// Changes of a document.
    pub const CHANGES: Self = Self(1);
    /// A key box.
    pub const KEYBOX: Self = Self(2);
    /// Operations of the vault's roster.
    pub const ROSTER: Self = Self(3);
    /// A record from another lane, as it was.
    pub const CARRY: Self = Self(4);
    /// The chunks and the key of an attachment.
    pub const ATTACHMENT: Self = Self(5);
    /// What the author has seen.
    pub const WITNESS: Self = Self(6);
    /// Records of somebody cut off that count after all.
    pub const ADOPTION: Self = Self(7);
    /// An order of erasure; see [`crate::erase`].
    pub const ORDER: Self = Self(9);
    /// A page of the access log.
    pub const AUDIT: Self = Self(12);
    /// Operations of the directory of another office, which passed cases on.
    pub const OFFICE: Self = Self(13);
    /// A record of another office, as it was.
    pub const PASSED: Self = Self(14);
    /// What vaults a case went through from office to office; see [`crate::passing::Lineage`].
    pub const LINEAGE: Self = Self(15);
    /// A record of another office, as it was, of a case that went through several.
    pub const PASSED_ON: Self = Self(16);
    const CRITICAL: u16 = 1 << 15;

    /// From its two bytes.
    #[must_use]
    pub fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// As two bytes.
    #[must_use]
    pub fn to_bits(self) -> u16 {
        self.0
    }

    /// Whether this version knows it.
    #[must_use]
    pub fn is_known(self) -> bool {
        (Self::CHANGES..=Self::ADOPTION).contains(&self)
            || [Self::ORDER, Self::AUDIT].contains(&self)
            || (Self::OFFICE..=Self::PASSED_ON).contains(&self)
    }

    /// Whether it is unknown and stops writes to the vault.
    #[must_use]
    pub fn stops_writes(self) -> bool {
        !self.is_known() && self.0 & Self::CRITICAL != 0
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CHANGES => f.write_str("changes"),
            Self::KEYBOX => f.write_str("keybox"),
            Self::ROSTER => f.write_str("roster"),
            Self::CARRY => f.write_str("carry"),
            Self::ATTACHMENT => f.write_str("attachment"),
            Self::WITNESS => f.write_str("witness"),
            Self::ADOPTION => f.write_str("adoption"),
            Self::ORDER => f.write_str("order"),
            Self::AUDIT => f.write_str("audit"),
            Self::OFFICE => f.write_str("office"),
            Self::PASSED => f.write_str("passed"),
            Self::LINEAGE => f.write_str("lineage"),
            Self::PASSED_ON => f.write_str("passed on"),
            Self(bits) => write!(f, "unknown({bits:#06x})"),
        }
    }
}

/// A change with the hash under which it is announced.
#[derive(Clone, PartialEq, Eq)]
pub struct RawChange {
    /// The announced hash.
    pub hash: Hash,
    /// The change, never compressed.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for RawChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawChange")
            .field(&self.hash)
            .field(&self.bytes.len())
            .finish()
    }
}

impl Cbor for RawChange {
    fn encode(&self, out: &mut Writer) {
        out.array(2);
        self.hash.encode(out);
        out.bytes(&self.bytes);
    }
    fn decode(input: &mut Reader<'_>) -> Result<Self, CborError> {
        input.array_of(2)?;
        Ok(Self {
            hash: Hash::decode(input)?,
            bytes: input.bytes()?.to_vec(),
        })
    }
}

/// The place up to which somebody has a device's records without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Have {
    /// The lane.
    pub lane: Lane,
    /// The device.
    pub device: Device,
    /// Its incarnation.
    pub incarnation: u32,
    /// The last place.
    pub seq: u64,
    /// The record there.
    pub record: Hash,
}
as_array!(Have {
    lane,
    device,
    incarnation,
    seq,
    record
});

/// A record from another lane, with the key of its outer layer.
#[derive(Debug)]
pub struct Carry {
    record: Bytes,
    key: SecretKey,
}

impl Carry {
    /// Carries a record on for readers who do not have its lane's key.
    #[must_use]
    pub fn of(record: &Verified, key: RecordKey) -> Self {
        Self {
            record: Bytes(record.as_bytes().to_vec()),
            key: key.into_secret(),
        }
    }

    /// The record as it travelled in its own lane: of the right shape, not verified.
    ///
    /// # Errors
    ///
    /// As [`open_outer`].
    pub fn sealed(&self, org: Org) -> Result<Sealed, EnvelopeError> {
        open_outer(self.record.0.clone(), org)
    }

    /// Opens the outer layer of the carried record, once it is verified.
    ///
    /// # Errors
    ///
    /// As [`Verified::open_with_record_key`].
    pub fn unlock(&self, record: &Verified) -> Result<LaneOpened, EnvelopeError> {
        record.open_with_record_key(&RecordKey::new(self.key.duplicate()))
    }

    /// Opens the outer layer of the carried record, after checking its own author's signature.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`]; an author whom the directory does not know counts as [`EnvelopeError::BadSignature`].
    pub fn open(&self, directory: &Directory) -> Result<LaneOpened, EnvelopeError> {
        let sealed = self.sealed(directory.org())?;
        let public = directory
            .state()
            .sign_key(sealed.outer().device)
            .ok_or(EnvelopeError::BadSignature)?;
        self.unlock(&sealed.verify(&public)?)
    }
}

/// A record of another office that passed a case on, with the keys of both its layers.
#[derive(Debug)]
pub struct Passed {
    org: Org,
    carry: Carry,
    key: SecretKey,
}

impl Passed {
    /// Passes a record of an office on. `key` is that of its vault under which it was sealed.
    #[must_use]
    pub fn of(org: Org, carry: Carry, key: SecretKey) -> Self {
        Self { org, carry, key }
    }

    fn from_slice(bytes: &[u8]) -> Result<Self, CborError> {
        let (org, (record, (outer, inner))) = cbor::from_slice(bytes)?;
        let carry = Carry {
            record,
            key: SecretKey::from_bytes(outer),
        };
        Ok(Self::of(org, carry, SecretKey::from_bytes(inner)))
    }

    /// The office in which it was written.
    #[must_use]
    pub fn org(&self) -> Org {
        self.org
    }

    /// Who says to have written it.
    ///
    /// # Errors
    ///
    /// As [`open_outer`].
    pub fn author(&self) -> Result<Device, EnvelopeError> {
        Ok(self.carry.sealed(self.org)?.outer().device)
    }

    /// What it is called in the office in which it was written.
    ///
    /// # Errors
    ///
    /// As [`open_outer`].
    pub fn name(&self) -> Result<Hash, EnvelopeError> {
        Ok(self.carry.sealed(self.org)?.id())
    }

    /// Opens both layers, after checking its own author's signature by that office's directory.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`]; an author whom the directory does not know counts as [`EnvelopeError::BadSignature`].
    pub fn open(&self, directory: &Directory) -> Result<Opened, EnvelopeError> {
        self.carry.open(directory)?.open_body(&self.key)
    }
}

/// An attachment: chunks named by their hashes, and the key that opens them.
#[derive(Debug)]
pub struct Attachment {
    /// The size of the file.
    pub size: u64,
    /// SHA-256 of the file.
    pub digest: Hash,
    /// SHA-256 of each encrypted chunk.
    pub chunks: Vec<Hash>,
    /// Drawn for this file.
    pub key: SecretKey,
}

/// What a device has seen, so that others notice what was kept from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// The author's claim of the day, in days since 1970.
    pub day: u32,
    /// Whose records it has up to where: only what changed, at most [`MAX_WITNESSED`].
    pub have: Vec<Have>,
    /// The heads of its directory.
    pub directory: BTreeSet<Hash>,
    /// What the digests in its records stand for.
    pub heads: Vec<BTreeSet<Hash>>,
}
as_array!(Witness {
    day,
    have,
    directory,
    heads
});

/// Records of somebody cut off that count after all in this vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The records.
    pub records: BTreeSet<Hash>,
}

/// A body.
pub enum Body {
    /// Changes of one document.
    Changes(Vec<RawChange>),
    /// A signed key box; see [`crate::keybox`].
    Keybox(Vec<u8>),
    /// Signed roster operations; see [`crate::roster`].
    Roster(Vec<Vec<u8>>),
    /// A record from another lane.
    Carry(Carry),
    /// An attachment.
    Attachment(Attachment),
    /// What the author has seen.
    Witness(Witness),
    /// Records that count after all.
    Adoption(Adoption),
    /// An order of erasure, verbatim: its bytes are what its name is made of.
    Order(Vec<u8>),
    /// A page of the access log.
    Audit(Page),
    /// Operations of another office's directory.
    Office(Org, Vec<Bytes>),
    /// A record of another office.
    Passed(Passed),
    /// A signed lineage, and the office that signed it.
    Lineage(Org, Vec<u8>),
    /// A record of another office, of a case that went through several.
    PassedOn(Passed),
    /// A kind of a newer version, as it came.
    Unknown(Kind, Vec<u8>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({:?})", self.kind())
    }
}

/// The body is not of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is malformed.
    #[error("the body is not of its kind")]
    Malformed,
}

impl From<CborError> for BodyError {
    fn from(_: CborError) -> Self {
        Self::Malformed
    }
}

type AttachmentForm = (u64, (Hash, (Vec<Hash>, [u8; 32])));

impl Body {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Changes(_) => Kind::CHANGES,
            Self::Keybox(_) => Kind::KEYBOX,
            Self::Roster(_) => Kind::ROSTER,
            Self::Carry(_) => Kind::CARRY,
            Self::Attachment(_) => Kind::ATTACHMENT,
            Self::Witness(_) => Kind::WITNESS,
            Self::Adoption(_) => Kind::ADOPTION,
            Self::Order(_) => Kind::ORDER,
            Self::Audit(_) => Kind::AUDIT,
            Self::Office(..) => Kind::OFFICE,
            Self::Passed(_) => Kind::PASSED,
            Self::Lineage(..) => Kind::LINEAGE,
            Self::PassedOn(_) => Kind::PASSED_ON,
            Self::Unknown(kind, _) => *kind,
        }
    }

    /// The bytes that are compressed and sealed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Changes(changes) => cbor::to_vec(changes),
            Self::Keybox(bytes) | Self::Order(bytes) | Self::Unknown(_, bytes) => bytes.clone(),
            Self::Roster(ops) => cbor::to_vec(&ops.iter().cloned().map(Bytes).collect::<Vec<_>>()),
            // EXPOSE: the key of this one record is what is handed on.
            Self::Carry(carry) => cbor::to_vec(&(carry.record.clone(), *carry.key.expose())),
            // EXPOSE: the manifest is where the file's key lives.
            Self::Attachment(Attachment {
                size,
                digest,
                chunks,
                key,
            }) => cbor::to_vec(&(*size, (*digest, (chunks.clone(), *key.expose())))),
            Self::Witness(witness) => cbor::to_vec(witness),
            Self::Adoption(adoption) => cbor::to_vec(&adoption.records),
            Self::Audit(page) => cbor::to_vec(page),
            Self::Office(org, ops) => cbor::to_vec(&(*org, ops.clone())),
            Self::Lineage(org, signed) => cbor::to_vec(&(*org, Bytes(signed.clone()))),
            // EXPOSE: the keys of this one record are what is handed on.
            Self::Passed(passed) | Self::PassedOn(passed) => cbor::to_vec(&(
                passed.org,
                (
                    passed.carry.record.clone(),
                    (*passed.carry.key.expose(), *passed.key.expose()),
                ),
            )),
        }
    }

    /// Reads a body of this kind.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] when it is not of the kind. An unknown kind is never malformed.
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self, BodyError> {
        Ok(match kind {
            Kind::CHANGES => Self::Changes(cbor::from_slice(bytes)?),
            Kind::KEYBOX => Self::Keybox(bytes.to_vec()),
            Kind::ORDER => Self::Order(bytes.to_vec()),
            Kind::ROSTER => Self::Roster(
                cbor::from_slice::<Vec<Bytes>>(bytes)?
                    .into_iter()
                    .map(|op| op.0)
                    .collect(),
            ),
            Kind::CARRY => {
                let (record, key) = cbor::from_slice(bytes)?;
                Self::Carry(Carry {
                    record,
                    key: SecretKey::from_bytes(key),
                })
            }
            Kind::ATTACHMENT => {
                let (size, (digest, (chunks, key))): AttachmentForm = cbor::from_slice(bytes)?;
                Self::Attachment(Attachment {
                    size,
                    digest,
                    chunks,
                    key: SecretKey::from_bytes(key),
                })
            }
            Kind::WITNESS => {
                let witness: Witness = cbor::from_slice(bytes)?;
                if witness.have.len() > MAX_WITNESSED {
                    return Err(BodyError::Malformed);
                }
                Self::Witness(witness)
            }
            Kind::ADOPTION => Self::Adoption(Adoption {
                records: cbor::from_slice(bytes)?,
            }),
            Kind::AUDIT => Self::Audit(cbor::from_slice(bytes)?),
            Kind::OFFICE => {
                let (org, ops) = cbor::from_slice(bytes)?;
                Self::Office(org, ops)
            }
            Kind::PASSED => Self::Passed(Passed::from_slice(bytes)?),
            Kind::LINEAGE => {
                let (org, signed): (Org, Bytes) = cbor::from_slice(bytes)?;
                Self::Lineage(org, signed.0)
            }
            Kind::PASSED_ON => Self::PassedOn(Passed::from_slice(bytes)?),
            kind => Self::Unknown(kind, bytes.to_vec()),
        })
    }
}
