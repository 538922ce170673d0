//! The record envelope: one author's words about one document, sealed in two layers and signed.
//!
//! ```text
//! on the wire  outer (149) ‖ commit (32) ‖ signature (64) ‖ ct
//! outer        "MGR2" | suite 1 | org 16 | lane 16 | device 16 | incarnation 4 | seq 8 | prev 32 | lkid 16 | salt 32 | padded length 4
//! ct           AES-256-GCM of pad(inner) under the record key: derived from the lane key for this salt and outer alone
//! inner        vault 16 | vkid 16 | kind 2 | dir head 32 | roster head 32 | doc 16 | salt 32 | commit 32 | AES-256-GCM of zstd(body)
//! record id    SHA-256("mg/rid/1" ‖ outer ‖ commit ‖ SHA-256(ct)); the signature is over it
//! ```
//!
//! Numbers have the big end first.
//!
//! # Invariants
//!
//! - **Trust is in the type**: [`Sealed`] (bytes of the right shape) → [`Verified`] (the author's signature holds) →
//!   [`LaneOpened`] → [`Opened`]. Only what is verified can be opened or stored.
//! - **Both layers are bound.** The outer to all of its header; the inner to the outer, so that a body cannot be moved
//!   to another place, author, vault or document by somebody who holds the keys.
//! - **A key seals once**: each layer's key is derived for a salt that is drawn anew and mixed with the body.

mod pad;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;

use crypto::sign::{SignatureKind, SigningKey, verify};
use crypto::{SecretKey, once, sha256};

use crate::body::{Body, BodyError, Kind};
use crate::ids::{Device, Doc, Hash, Kid, Lane, Org, Vault};
use crate::take::Take;

/// The only suite of this version: Ed25519, X25519, HKDF-SHA256, AES-256-GCM.
pub const SUITE: u8 = 1;
/// The longest record.
pub const MAX_RECORD: usize = HEAD_LEN + pad::MAX + TAG_LEN;
/// The largest padded size but for a `carry` and a `passed`, which must hold a whole record.
pub const MAX_PADDED: usize = pad::MAX / 2;
/// The largest body, inflated.
pub const MAX_BODY: usize = 64 << 20;

const MAGIC: &[u8; 4] = b"MGR2";
const OUTER_LEN: usize = 149;
const HEAD_LEN: usize = OUTER_LEN + 32 + 64;
/// The length of what is kept of an erased record: outer ‖ commit ‖ SHA-256(ct) ‖ signature.
pub const STUB_LEN: usize = HEAD_LEN + 32;
const TAG_LEN: usize = 16;
const ZSTD_LEVEL: i32 = 3;
/// 2^26 bytes: a frame that asks for a larger window than the largest body is refused.
const ZSTD_WINDOW: u32 = 26;

/// The key of a lane: opens the outer layer of every record in it.
pub struct LaneKey(SecretKey);

/// The key of the outer layer of one record: can be handed on without the lane's other records.
pub struct RecordKey(SecretKey);

impl LaneKey {
    /// The lane key that follows from the key of the lane's team vault; in the organisation's lane, from the key of
    /// the record's own vault.
    #[must_use]
    pub fn of(vault_key: &SecretKey) -> Self {
        Self(vault_key.derive(&[b"mg/lane/1"]))
    }

    /// Its name, as it stands in the outer header (zero there in the organisation's lane).
    #[must_use]
    pub fn id(&self) -> Kid {
        Kid::of(&self.0)
    }

    /// The key of one record.
    #[must_use]
    pub fn record_key(&self, outer: &Outer) -> RecordKey {
        RecordKey(
            self.0
                .derive(&[b"mg/record/1", &outer.salt, &sha256(&[&outer.to_bytes()])]),
        )
    }

    pub(crate) fn for_bundle(&self) -> &SecretKey {
        &self.0
    }
}

impl fmt::Debug for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LaneKey(..)")
    }
}

impl RecordKey {
    pub(crate) fn new(key: SecretKey) -> Self {
        Self(key)
    }

    pub(crate) fn into_secret(self) -> SecretKey {
        self.0
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

/// What everybody on the way may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    /// The organisation.
    pub org: Org,
    /// The lane.
    pub lane: Lane,
    /// The author.
    pub device: Device,
    /// Which life of the author's store.
    pub incarnation: u32,
    /// The place in the lane within it, from 1 without gaps.
    pub seq: u64,
    /// The record before it; zero at the first.
    pub prev: Hash,
    /// The name of the lane key; zero in the organisation's lane.
    pub lkid: Kid,
    /// Drawn anew for each record.
    pub salt: [u8; 32],
    /// The padded length of what is inside.
    pub len: u32,
}

impl Outer {
    fn to_bytes(self) -> [u8; OUTER_LEN] {
        let parts: [&[u8]; 11] = [
            MAGIC,
            &[SUITE],
            self.org.as_bytes(),
            self.lane.as_bytes(),
            self.device.as_bytes(),
            &self.incarnation.to_be_bytes(),
            &self.seq.to_be_bytes(),
            self.prev.as_bytes(),
            self.lkid.as_bytes(),
            &self.salt,
            &self.len.to_be_bytes(),
        ];
        let mut bytes = [0; OUTER_LEN];
        bytes
            .iter_mut()
            .zip(parts.into_iter().flatten())
            .for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Reads the outer header at the start of a record.
    fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let mut input = Take(bytes);
        let too_short = EnvelopeError::Truncated { found: bytes.len() };
        let magic: [u8; 4] = input.array().ok_or(too_short)?;
        if magic != *MAGIC {
            return Err(EnvelopeError::BadMagic);
        }
        let [suite] = input.array().ok_or(too_short)?;
        if suite != SUITE {
            return Err(EnvelopeError::UnknownSuite { suite });
        }
        (|| {
            Some(Self {
                org: Org::new(input.array()?),
                lane: Lane::new(input.array()?),
                device: Device::new(input.array()?),
                incarnation: u32::from_be_bytes(input.array()?),
                seq: u64::from_be_bytes(input.array()?),
                prev: Hash::new(input.array()?),
                lkid: Kid::new(input.array()?),
                salt: input.array()?,
                len: u32::from_be_bytes(input.array()?),
            })
        })()
        .ok_or(too_short)
    }
}

/// What the readers of the lane may read, and the hub may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inner {
    /// The vault.
    pub vault: Vault,
    /// The name of the vault key.
    pub vkid: Kid,
    /// What the body is.
    pub kind: Kind,
    /// The directory as its author knew it when the change was made.
    pub dir_head: Hash,
    /// The roster likewise; zero where groups alone decide.
    pub roster_head: Hash,
    /// The document; zero where the record is about none.
    pub doc: Doc,
    salt: [u8; 32],
}

const INNER_LEN: usize = 146;

impl Inner {
    fn to_bytes(self) -> [u8; INNER_LEN] {
        let parts: [&[u8]; 7] = [
            self.vault.as_bytes(),
            self.vkid.as_bytes(),
            &self.kind.to_bits().to_be_bytes(),
            self.dir_head.as_bytes(),
            self.roster_head.as_bytes(),
            self.doc.as_bytes(),
            &self.salt,
        ];
        let mut bytes = [0; INNER_LEN];
        bytes
            .iter_mut()
            .zip(parts.into_iter().flatten())
            .for_each(|(to, from)| *to = *from);
        bytes
    }

    fn parse(input: &mut Take<'_>) -> Option<Self> {
        Some(Self {
            vault: Vault::new(input.array()?),
            vkid: Kid::new(input.array()?),
            kind: Kind::from_bits(u16::from_be_bytes(input.array()?)),
            dir_head: Hash::new(input.array()?),
            roster_head: Hash::new(input.array()?),
            doc: Doc::new(input.array()?),
            salt: input.array()?,
        })
    }
}

/// Why bytes are not a record of use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// They do not begin as a record does.
    #[error("not a record")]
    BadMagic,
    /// A suite of a newer version.
    #[error("suite {suite} is not known")]
    UnknownSuite {
        /// Its number.
        suite: u8,
    },
    /// They end too early.
    #[error("the record ends after {found} bytes")]
    Truncated {
        /// How many there are.
        found: usize,
    },
    /// They are more than declared.
    #[error("there are bytes behind the record")]
    Trailing,
    /// The declared size is none of the padded sizes.
    #[error("{declared} bytes are declared, at most {cap} are allowed, in powers of two")]
    Oversized {
        /// What it says.
        declared: u64,
        /// The most.
        cap: u64,
    },
    /// It belongs to another organisation.
    #[error("the record belongs to another organisation")]
    ForeignOrg,
    /// It stands at place zero, or names a record before the first.
    #[error("the place in the chain cannot be")]
    BadPlace,
    /// The signature does not hold.
    #[error("the signature on the record does not hold")]
    BadSignature,
    /// It does not open with this key.
    #[error("the record does not open with this key")]
    WrongKey,
    /// What was sealed is not formed as it must be.
    #[error("what the author sealed is malformed")]
    Malformed,
    /// The body inflates beyond the cap.
    #[error("the body is larger than {cap} bytes")]
    Bomb {
        /// The most.
        cap: u64,
    },
}

/// A record's bytes: of the right shape, from this organisation, not verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    outer: Outer,
    id: Hash,
    bytes: Vec<u8>,
}

/// A record whose author's signature holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified(Sealed);

/// A record whose outer layer is open.
pub struct LaneOpened {
    record: Verified,
    inner: Inner,
    commit: [u8; 32],
    ct: Vec<u8>,
}

/// A record that is open.
#[derive(Debug)]
pub struct Opened {
    /// The record as it came.
    pub record: Verified,
    /// Its inner header.
    pub inner: Inner,
    /// What it says.
    pub body: Body,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("id", &self.id)
            .field("outer", &self.outer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("id", &self.0.id)
            .field("outer", &self.0.outer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LaneOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LaneOpened")
            .field("record", &self.record)
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

/// Checks length, caps, shape and organisation, before anything is decrypted or allocated.
///
/// # Errors
///
/// [`EnvelopeError`] up to [`EnvelopeError::BadPlace`].
pub fn open_outer(bytes: Vec<u8>, org: Org) -> Result<Sealed, EnvelopeError> {
    let outer = Outer::parse(&bytes)?;
    let len = usize::try_from(outer.len).unwrap_or(usize::MAX);
    if !pad::is_size(len) {
        return Err(EnvelopeError::Oversized {
            declared: outer.len.into(),
            cap: pad::MAX as u64,
        });
    }
    match bytes.len().cmp(&(HEAD_LEN + len + TAG_LEN)) {
        std::cmp::Ordering::Less => return Err(EnvelopeError::Truncated { found: bytes.len() }),
        std::cmp::Ordering::Greater => return Err(EnvelopeError::Trailing),
        std::cmp::Ordering::Equal => {}
    }
    if outer.org != org {
        return Err(EnvelopeError::ForeignOrg);
    }
    if outer.seq == 0
        || (outer.seq == 1) != (outer.prev == Hash::ZERO)
        || (outer.lane == Lane::ORG) != (outer.lkid == Kid::ZERO)
    {
        return Err(EnvelopeError::BadPlace);
    }
    let id = Parts::of(&bytes)
        .map(|parts| parts.id())
        .ok_or(EnvelopeError::Truncated { found: bytes.len() })?;
    Ok(Sealed { outer, id, bytes })
}

/// A record's bytes, cut at the seams.
struct Parts<'a> {
    outer: &'a [u8; OUTER_LEN],
    commit: &'a [u8; 32],
    signature: &'a [u8; 64],
    ct: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (outer, rest) = bytes.split_first_chunk()?;
        let (commit, rest) = rest.split_first_chunk()?;
        let (signature, ct) = rest.split_first_chunk()?;
        Some(Self {
            outer,
            commit,
            signature,
            ct,
        })
    }

    fn id(&self) -> Hash {
        record_id(self.outer, self.commit, &sha256(&[self.ct]))
    }
}

fn record_id(outer: &[u8; OUTER_LEN], commit: &[u8; 32], ct_hash: &[u8; 32]) -> Hash {
    Hash::of(&[b"mg/rid/1", outer, commit, ct_hash])
}

impl Sealed {
    /// What everybody may read.
    #[must_use]
    pub fn outer(&self) -> &Outer {
        &self.outer
    }

    /// The record's name.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.id
    }

    /// Checks the signature. `public` is the signing key that the directory has for `outer().device`.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::BadSignature`].
    pub fn verify(self, public: &[u8; 32]) -> Result<Verified, EnvelopeError> {
        let parts = Parts::of(&self.bytes).ok_or(EnvelopeError::BadSignature)?;
        verify(
            public,
            SignatureKind::Record,
            self.outer.org.as_bytes(),
            self.id.as_bytes(),
            parts.signature,
        )
        .map_err(|_| EnvelopeError::BadSignature)?;
        Ok(Verified(self))
    }
}

impl Verified {
    /// What everybody may read.
    #[must_use]
    pub fn outer(&self) -> &Outer {
        &self.0.outer
    }

    /// The record's name.
    #[must_use]
    pub fn id(&self) -> Hash {
        self.0.id
    }

    /// The record as it travels.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// What is kept when the ciphertext is erased, so that the chain still verifies.
    #[must_use]
    pub fn to_stub(&self) -> Vec<u8> {
        stub_of(&self.0.bytes).unwrap_or_default()
    }

    /// Opens the outer layer with the lane's key.
    ///
    /// # Errors
    ///
    /// - [`EnvelopeError::WrongKey`] when it does not open.
    /// - [`EnvelopeError::Malformed`] when the author sealed something else than an inner record.
    pub fn open_lane_layer(&self, key: &LaneKey) -> Result<LaneOpened, EnvelopeError> {
        self.open_with_record_key(&key.record_key(self.outer()))
    }

    /// Opens the outer layer with the key of this one record, as a `carry` hands it on.
    ///
    /// # Errors
    ///
    /// As [`Verified::open_lane_layer`].
    pub fn open_with_record_key(&self, key: &RecordKey) -> Result<LaneOpened, EnvelopeError> {
        let parts = Parts::of(&self.0.bytes).ok_or(EnvelopeError::Malformed)?;
        let padded = once::open(
            &key.0,
            &self.outer().salt,
            LANE_INFO,
            parts.outer,
            parts.commit,
            parts.ct,
        )
        .map_err(|_| EnvelopeError::WrongKey)?;
        let mut input = Take(pad::unpad(&padded).ok_or(EnvelopeError::Malformed)?);
        let inner = Inner::parse(&mut input).ok_or(EnvelopeError::Malformed)?;
        let commit = input.array().ok_or(EnvelopeError::Malformed)?;
        Ok(LaneOpened {
            record: self.clone(),
            inner,
            commit,
            ct: input.0.to_vec(),
        })
    }
}

impl LaneOpened {
    /// The record.
    #[must_use]
    pub fn record(&self) -> &Verified {
        &self.record
    }

    /// The inner header: says which vault's key is needed.
    #[must_use]
    pub fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Opens the body with the vault's key. It can be tried again with another key of the same name.
    ///
    /// # Errors
    ///
    /// - [`EnvelopeError::WrongKey`] when it does not open.
    /// - [`EnvelopeError::Bomb`] when it inflates beyond the cap.
    /// - [`EnvelopeError::Malformed`] when the author sealed something else than a body of this kind.
    pub fn open_body(&self, vault_key: &SecretKey) -> Result<Opened, EnvelopeError> {
        let (outer, inner) = (self.record.outer(), self.inner);
        let info = body_info(outer, &inner);
        let packed = once::open(
            vault_key,
            &inner.salt,
            &info,
            &inner.to_bytes(),
            &self.commit,
            &self.ct,
        )
        .map_err(|_| EnvelopeError::WrongKey)?;
        let body = Body::decode(inner.kind, &inflate(&packed)?)
            .map_err(|BodyError::Malformed| EnvelopeError::Malformed)?;
        Ok(Opened {
            record: self.record.clone(),
            inner,
            body,
        })
    }
}

/// Checks a stub that [`Verified::to_stub`] made: the record's header and name, if the signature holds.
///
/// # Errors
///
/// As [`open_outer`] and [`Sealed::verify`].
pub fn verify_stub(
    stub: &[u8],
    org: Org,
    public: &[u8; 32],
) -> Result<(Outer, Hash), EnvelopeError> {
    let (outer, id, signature) = read_stub(stub, org)?;
    verify(
        public,
        SignatureKind::Record,
        org.as_bytes(),
        id.as_bytes(),
        &signature,
    )
    .map_err(|_| EnvelopeError::BadSignature)?;
    Ok((outer, id))
}

/// A stub's header, name and signature, not verified.
fn read_stub(stub: &[u8], org: Org) -> Result<(Outer, Hash, [u8; 64]), EnvelopeError> {
    let outer = Outer::parse(stub)?;
    if outer.org != org {
        return Err(EnvelopeError::ForeignOrg);
    }
    let mut input = Take(stub);
    let found = stub.len();
    let parts = (|| {
        Some((
            input.array::<OUTER_LEN>()?,
            input.array::<32>()?,
            input.array::<32>()?,
            input.array::<64>()?,
        ))
    })();
    let (head, commit, ct_hash, signature) = parts.ok_or(EnvelopeError::Truncated { found })?;
    if !input.0.is_empty() {
        return Err(EnvelopeError::Trailing);
    }
    let id = record_id(&head, &commit, &ct_hash);
    Ok((outer, id, signature))
}

/// Header and name of a record, whole or a stub of it; neither is verified. Nothing where the bytes are neither.
#[must_use]
pub fn name_of(bytes: &[u8], org: Org) -> Option<(Outer, Hash)> {
    if is_stub(bytes) {
        return read_stub(bytes, org).ok().map(|(outer, id, _)| (outer, id));
    }
    let sealed = open_outer(bytes.to_vec(), org).ok()?;
    Some((*sealed.outer(), sealed.id()))
}

/// The stub of a whole record that was verified before it was stored; nothing where the bytes are too short for one.
#[must_use]
pub fn stub_of(record: &[u8]) -> Option<Vec<u8>> {
    let parts = Parts::of(record)?;
    let ct = sha256(&[parts.ct]);
    Some([parts.outer.as_slice(), parts.commit, &ct, parts.signature].concat())
}

/// Whether the bytes have a stub's length: a whole record is never as short.
#[must_use]
pub fn is_stub(bytes: &[u8]) -> bool {
    bytes.len() == STUB_LEN
}

/// Who seals.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The organisation.
    pub org: Org,
    /// The device.
    pub device: Device,
    /// Its signing key.
    pub sign: &'a SigningKey,
}

/// The next free place in the author's chain of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The lane.
    pub lane: Lane,
    /// Which life of the store.
    pub incarnation: u32,
    /// From 1.
    pub seq: u64,
    /// The record before it; zero at the first.
    pub prev: Hash,
}

/// The keys of both layers.
#[derive(Clone, Copy, Debug)]
pub struct SealKeys<'a> {
    /// Of the lane; in the organisation's lane, [`LaneKey::of`] the vault's key.
    pub lane: &'a LaneKey,
    /// Of the vault.
    pub vault: &'a SecretKey,
}

/// What is sealed.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The vault; of a key box, the team vault whose members are to find it.
    pub vault: Vault,
    /// The directory as it was known when the change was made.
    pub dir_head: Hash,
    /// The roster likewise; zero for a team vault.
    pub roster_head: Hash,
    /// The document, or zero.
    pub doc: Doc,
    /// What it says.
    pub body: &'a Body,
}

/// The body does not fit into one record: padded it takes more than [`MAX_PADDED`], or in itself more than [`MAX_BODY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed body would take {len} bytes, one record holds {cap}")]
pub struct TooLarge {
    /// What it would take.
    pub len: usize,
    /// What fits.
    pub cap: usize,
}

/// Seals one record. It must be stored before a byte of it leaves, and never sealed again for the same place.
///
/// # Errors
///
/// [`TooLarge`]: split the body.
pub fn seal_record(
    author: Author<'_>,
    place: Place,
    keys: SealKeys<'_>,
    draft: &Draft<'_>,
) -> Result<Verified, TooLarge> {
    seal_with(
        author,
        place,
        keys,
        draft,
        [crypto::random(), crypto::random()],
    )
}

pub(crate) fn seal_with(
    author: Author<'_>,
    place: Place,
    keys: SealKeys<'_>,
    draft: &Draft<'_>,
    random: [[u8; 32]; 2],
) -> Result<Verified, TooLarge> {
    let body = draft.body.encode();
    if body.len() > MAX_BODY {
        return Err(TooLarge {
            len: body.len(),
            cap: MAX_BODY,
        });
    }
    let packed = deflate(&body);
    let (len, cap) = (
        padded_len(&packed),
        if [Kind::CARRY, Kind::PASSED, Kind::PASSED_ON].contains(&draft.body.kind()) {
            pad::MAX
        } else {
            MAX_PADDED
        },
    );
    if len > cap {
        return Err(TooLarge { len, cap });
    }
    seal_packed(author, place, keys, draft, &packed, random)
}

fn padded_len(packed: &[u8]) -> usize {
    (4 + INNER_LEN + 32 + packed.len() + TAG_LEN)
        .next_power_of_two()
        .max(pad::MIN)
}

/// What a record adds to its compressed body before it is padded, in bytes: both headers, commitments, tags, signature.
pub const ADDED: usize = HEAD_LEN + TAG_LEN + 4 + INNER_LEN + 32 + TAG_LEN;

/// How long a body is once it is compressed, as a record holds it.
#[must_use]
pub fn compressed_len(body: &Body) -> usize {
    deflate(&body.encode()).len()
}

fn seal_packed(
    author: Author<'_>,
    place: Place,
    keys: SealKeys<'_>,
    draft: &Draft<'_>,
    packed: &[u8],
    [outer_random, inner_random]: [[u8; 32]; 2],
) -> Result<Verified, TooLarge> {
    let size = padded_len(packed);
    let too_large = TooLarge {
        len: size,
        cap: pad::MAX,
    };
    // Mixed with the body, so that a cloned random generator does not use a key twice.
    let body_hash = sha256(&[packed]);
    let outer = Outer {
        org: author.org,
        lane: place.lane,
        device: author.device,
        incarnation: place.incarnation,
        seq: place.seq,
        prev: place.prev,
        lkid: if place.lane == Lane::ORG {
            Kid::ZERO
        } else {
            keys.lane.id()
        },
        salt: keys.lane.0.hmac(b"mg/salt", &[&outer_random, &body_hash]),
        len: u32::try_from(size).map_err(|_| too_large)?,
    };
    let inner = Inner {
        vault: draft.vault,
        vkid: Kid::of(keys.vault),
        kind: draft.body.kind(),
        dir_head: draft.dir_head,
        roster_head: draft.roster_head,
        doc: draft.doc,
        salt: keys.vault.hmac(b"mg/salt", &[&inner_random, &body_hash]),
    };
    let head = inner.to_bytes();
    let sealed = once::seal(
        keys.vault,
        &inner.salt,
        &body_info(&outer, &inner),
        &head,
        packed,
    );
    let padded =
        pad::pad(&[head.as_slice(), &sealed.commit, &sealed.ct].concat()).ok_or(too_large)?;
    let outer_bytes = outer.to_bytes();
    let once::Once { commit, ct } = once::seal(
        &keys.lane.record_key(&outer).0,
        &outer.salt,
        LANE_INFO,
        &outer_bytes,
        &padded,
    );
    let id = record_id(&outer_bytes, &commit, &sha256(&[&ct]));
    let signature = author
        .sign
        .sign(SignatureKind::Record, author.org.as_bytes(), id.as_bytes());
    let bytes = [outer_bytes.as_slice(), &commit, &signature, &ct].concat();
    Ok(Verified(Sealed { outer, id, bytes }))
}

const LANE_INFO: &[u8] = b"mg/outer/1";

fn body_info(outer: &Outer, inner: &Inner) -> Vec<u8> {
    [
        b"mg/body/1".as_slice(),
        &sha256(&[&outer.to_bytes()]),
        &sha256(&[&inner.to_bytes()]),
    ]
    .concat()
}

#[expect(
    clippy::expect_used,
    reason = "compressing from memory into memory at a fixed level has nothing to fail on"
)]
fn deflate(body: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(body, ZSTD_LEVEL).expect("in memory")
}

fn inflate(packed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let malformed = |_| EnvelopeError::Malformed;
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)
        .map_err(malformed)?
        .single_frame();
    decoder.window_log_max(ZSTD_WINDOW).map_err(malformed)?;
    let mut body = Vec::new();
    decoder
        .by_ref()
        .take(MAX_BODY as u64 + 1)
        .read_to_end(&mut body)
        .map_err(malformed)?;
    if body.len() > MAX_BODY {
        return Err(EnvelopeError::Bomb {
            cap: MAX_BODY as u64,
        });
    }
    if !decoder.finish().is_empty() {
        return Err(EnvelopeError::Malformed);
    }
    Ok(body)
}
