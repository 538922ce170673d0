//! Bundles (`*.mgb`): records on a stick or in a shared folder.
//!
//! ```text
//! in clear   "MGB2" | suite 1 | org 8 | to 1 (0 all, 1 lane, 2 device, 3 members, 4 admins) | lane 16 | length of the file 8 | salt 32
//!            | to a device: HPKE box 80 | to members or admins: number 2, HPKE box 80 each
//! chunks     64 KiB each: commit 32 ‖ AES-256-GCM; key derived from place and "last" too
//! inside     length 4 ‖ manifest | count 4 | (length 4 ‖ record)… | signature 64
//! trailer    checksum 32 of all before it
//! ```
//!
//! # Invariants
//!
//! - **Whole or nothing.** [`open`] reads the file to its end, and checks the checksum, every chunk and the structure
//!   before it returns; [`CheckedBundle::verify`] the sender's signature before a record comes out.
//! - **Nothing says who sent what** but what is inside.
//! - **No allocation on a promise**: every declared size is held against its cap and against the bytes that are there.

mod chunks;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crypto::sign::{SignatureKind, SigningKey, verify};
use crypto::{SecretKey, kem, sha256};

use self::chunks::{ChunkReader, ChunkWriter, Span, Stream, checksum, read_sealed, sealed_len};
use crate::body::Have;
use crate::cbor::{self, Bytes, as_array};
use crate::envelope::{LaneKey, MAX_RECORD, SUITE};
use crate::ids::{Device, Hash, Lane, Org};
use crate::take::Take;

/// The largest bundle; more is split over several files.
pub const MAX_BUNDLE: u64 = 512 << 20;
/// The largest manifest.
pub const MAX_MANIFEST: u64 = 32 << 20;

const MAGIC: &[u8; 4] = b"MGB2";
const FIXED: usize = 70;
const SLOT: usize = 80;
/// The most devices that a bundle to members names.
pub const MAX_MEMBERS: usize = 4096;
const TRAILER: u64 = 32;
/// Where the address stands, and the one that says: for the administrators.
const ADDRESS: usize = 13;
const ADMINS: u8 = 4;

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The device that made it.
    pub sender: Device,
    /// The sender's claim of the time, in milliseconds since 1970.
    pub made_at: i64,
    /// Whether it holds all that the sender has, or only what the reader lacked.
    pub complete: bool,
    /// Up to where its records reach, by lane and author.
    pub contains: Vec<Have>,
    /// What the sender has: so that an answer can leave that out.
    pub acknowledges: Vec<Have>,
    /// Directory operations, the first one in front.
    pub directory: Vec<Bytes>,
    /// Signed key boxes.
    pub boxes: Vec<Bytes>,
    /// What the digests in the records stand for.
    pub heads: Vec<BTreeSet<Hash>>,
}
as_array!(Manifest {
    sender,
    made_at,
    complete,
    contains,
    acknowledges,
    directory,
    boxes,
    heads
});

/// Who is to read a bundle.
#[derive(Debug)]
pub enum To<'a> {
    /// Everybody in the office: the key of the office's team vault.
    All(&'a SecretKey),
    /// Everybody in the office, by its newest key, and these devices by their public keys: they may not have it yet.
    Members(&'a SecretKey, &'a [[u8; 32]]),
    /// Everybody in a lane.
    Lane(Lane, &'a LaneKey),
    /// One device, by its public key.
    Device([u8; 32]),
    /// The devices of the administrators, by their public keys, and nobody else in the office: what a laptop hands over
    /// that may exchange no longer (rescue, 救出ファイル).
    Admins(&'a [[u8; 32]]),
}

/// What a reader opens bundles with. All keys are tried.
#[derive(Debug, Default)]
pub struct BundleKeys<'a> {
    /// The keys of the office's team vault, of all generations.
    pub office: &'a [&'a SecretKey],
    /// The keys of lanes.
    pub lanes: &'a [(Lane, &'a LaneKey)],
    /// The device's own keys: the one that it receives with, and the one before.
    pub device: &'a [&'a kem::KemKey],
}

/// Why a bundle is not read, or not written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It does not begin as a bundle does.
    #[error("not a bundle")]
    BadMagic,
    /// A suite or address of a newer version.
    #[error("the bundle is of a newer version")]
    Newer,
    /// It ends too early: half copied.
    #[error("the bundle ends after {found} of {declared} bytes")]
    Truncated {
        /// What it says.
        declared: u64,
        /// What is there.
        found: u64,
    },
    /// It is longer than it says.
    #[error("there are bytes behind the bundle")]
    Trailing,
    /// Something in it is larger than allowed.
    #[error("{declared} bytes are declared, at most {cap} are allowed")]
    Oversized {
        /// What it says.
        declared: u64,
        /// The most.
        cap: u64,
    },
    /// The checksum does not fit: damaged on the way.
    #[error("the bundle is damaged")]
    Damaged,
    /// It belongs to another office.
    #[error("the bundle belongs to another office")]
    ForeignOrg,
    /// It is sealed to another device.
    #[error("the bundle is for another device")]
    NotForThisDevice,
    /// It is sealed to the administrators of the office, and this device was none when it was made.
    #[error("the bundle is for the administrators")]
    OnlyForAdmins,
    /// None of the keys here opens it.
    #[error("no key here opens the bundle")]
    WrongKey,
    /// A chunk was tampered with.
    #[error("chunk {chunk} of the bundle was altered")]
    Forged {
        /// Which, from 0.
        chunk: u64,
    },
    /// What the sender sealed is malformed.
    #[error("what is inside the bundle is malformed")]
    Malformed,
    /// The sender's signature does not hold.
    #[error("the sender's signature on the bundle does not hold")]
    BadSignature,
    /// What was pushed is not what was announced.
    #[error("the records differ from what was announced")]
    NotAsPlanned,
    /// The recipient's public key is of no use.
    #[error("the recipient's public key is not valid")]
    BadRecipient,
    /// The file cannot be read or written.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
}

/// Who makes a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The organisation.
    pub org: Org,
    /// The signing key of [`Manifest::sender`].
    pub sign: &'a SigningKey,
}

/// How many records a bundle will hold, and their lengths together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many.
    pub count: u32,
    /// Bytes.
    pub bytes: u64,
}

/// Writes a bundle, record by record.
pub struct BundleWriter<'a, W> {
    chunks: ChunkWriter<W>,
    sender: Sender<'a>,
    left: Load,
    content: [u8; 32],
    header: Vec<u8>,
}

impl<W> fmt::Debug for BundleWriter<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundleWriter")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl<'a, W: Write> BundleWriter<'a, W> {
    /// Starts a bundle of exactly this load.
    ///
    /// # Errors
    ///
    /// - [`BundleError::Oversized`] when it would be larger than [`MAX_BUNDLE`]: split it.
    /// - [`BundleError::BadRecipient`], [`BundleError::Io`].
    pub fn start(
        out: W,
        to: &To<'_>,
        sender: Sender<'a>,
        manifest: &Manifest,
        load: Load,
    ) -> Result<Self, BundleError> {
        Self::start_with(
            out,
            to,
            sender,
            manifest,
            load,
            (crypto::random(), SecretKey::make()),
        )
    }

    pub(crate) fn start_with(
        out: W,
        to: &To<'_>,
        sender: Sender<'a>,
        manifest: &Manifest,
        load: Load,
        (salt, file_key): ([u8; 32], SecretKey),
    ) -> Result<Self, BundleError> {
        let manifest = cbor::to_vec(manifest);
        let manifest_len = manifest.len() as u64;
        let too_large = |declared, cap| BundleError::Oversized { declared, cap };
        if manifest_len > MAX_MANIFEST {
            return Err(too_large(manifest_len, MAX_MANIFEST));
        }
        let plain =
            4 + manifest_len + 4 + 4 * u64::from(load.count) + load.bytes.min(MAX_BUNDLE) + 64;
        let slots = match to {
            To::All(_) | To::Lane(..) => 0,
            To::Device(_) => SLOT,
            To::Members(_, members) | To::Admins(members) => {
                if members.len() > MAX_MEMBERS {
                    return Err(too_large(members.len() as u64, MAX_MEMBERS as u64));
                }
                2 + SLOT * members.len()
            }
        };
        let length = (FIXED + slots) as u64 + sealed_len(plain) + TRAILER;
        if length > MAX_BUNDLE {
            return Err(too_large(length, MAX_BUNDLE));
        }
        let (kind, lane) = match to {
            To::All(_) => (0, Lane::ORG),
            To::Lane(lane, _) => (1, *lane),
            To::Device(_) => (2, Lane::ORG),
            To::Members(..) => (3, Lane::ORG),
            To::Admins(_) => (ADMINS, Lane::ORG),
        };
        let mut header = [
            MAGIC.as_slice(),
            &[SUITE],
            &sender.org.short(),
            &[kind],
            lane.as_bytes(),
            &length.to_be_bytes(),
            &salt,
        ]
        .concat();
        let key = match to {
            To::All(office) => for_all(office),
            To::Lane(_, key) => key.for_bundle().duplicate(),
            To::Device(public) => {
                // EXPOSE: the key of this one file is what is sealed to the device.
                let slot = kem::seal_to(public, KEM_INFO, &header, file_key.expose());
                header.extend(slot.map_err(|_| BundleError::BadRecipient)?);
                file_key
            }
            To::Members(office, members) => {
                let key = for_all(office);
                seal_to_each(&mut header, members, &key)?;
                key
            }
            To::Admins(admins) => {
                seal_to_each(&mut header, admins, &file_key)?;
                file_key
            }
        };
        let mut chunks = ChunkWriter::start(
            out,
            Stream {
                key,
                salt,
                header: header.clone(),
            },
        )?;
        chunks.write(&declared(manifest.len())?)?;
        chunks.write(&manifest)?;
        chunks.write(&load.count.to_be_bytes())?;
        Ok(Self {
            chunks,
            sender,
            left: load,
            content: sha256(&[&manifest]),
            header,
        })
    }

    /// Adds a record, verbatim.
    ///
    /// # Errors
    ///
    /// [`BundleError::NotAsPlanned`] when it is more than announced; [`BundleError::Io`].
    pub fn push(&mut self, record: &[u8]) -> Result<(), BundleError> {
        self.left.count = self
            .left
            .count
            .checked_sub(1)
            .ok_or(BundleError::NotAsPlanned)?;
        self.left.bytes = self
            .left
            .bytes
            .checked_sub(record.len() as u64)
            .ok_or(BundleError::NotAsPlanned)?;
        if record.len() > MAX_RECORD {
            return Err(BundleError::Oversized {
                declared: record.len() as u64,
                cap: MAX_RECORD as u64,
            });
        }
        self.content = extend(&self.content, record);
        self.chunks.write(&declared(record.len())?)?;
        self.chunks.write(record)
    }

    /// Signs and closes the bundle. The caller syncs and renames the file.
    ///
    /// # Errors
    ///
    /// [`BundleError::NotAsPlanned`] when records are missing; [`BundleError::Io`].
    pub fn finish(mut self) -> Result<W, BundleError> {
        if (self.left.count, self.left.bytes) != (0, 0) {
            return Err(BundleError::NotAsPlanned);
        }
        let message = statement(&self.header, &self.content);
        let signature =
            self.sender
                .sign
                .sign(SignatureKind::Bundle, self.sender.org.as_bytes(), &message);
        self.chunks.write(&signature)?;
        self.chunks.finish()
    }
}

/// A bundle that is whole and opened; its sender is not verified.
pub struct CheckedBundle<R> {
    file: R,
    stream: Stream,
    span: Span,
    manifest: Manifest,
    load: Load,
    statement: Vec<u8>,
    signature: [u8; 64],
    org: Org,
}

/// A bundle whose sender's signature holds. Each record has its own author's signature besides.
pub struct VerifiedBundle<R>(CheckedBundle<R>);

impl<R> fmt::Debug for CheckedBundle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = (&self.manifest.sender, &self.load);
        f.debug_struct("CheckedBundle")
            .field("sender", fields.0)
            .field("load", fields.1)
            .finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for VerifiedBundle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifiedBundle").field(&self.0).finish()
    }
}

/// Opens a bundle and checks it to its end. Nothing is given out of one that is not whole.
///
/// # Errors
///
/// [`BundleError`], each variant before [`BundleError::BadSignature`].
pub fn open<R: Read + Seek>(
    mut file: R,
    org: Org,
    keys: &BundleKeys<'_>,
) -> Result<CheckedBundle<R>, BundleError> {
    let (header, fixed, found) = read_header(&mut file)?;
    if fixed.length > MAX_BUNDLE {
        return Err(BundleError::Oversized {
            declared: fixed.length,
            cap: MAX_BUNDLE,
        });
    }
    match found.cmp(&fixed.length) {
        std::cmp::Ordering::Less => {
            return Err(BundleError::Truncated {
                declared: fixed.length,
                found,
            });
        }
        std::cmp::Ordering::Greater => return Err(BundleError::Trailing),
        std::cmp::Ordering::Equal => {}
    }
    let start = header.len() as u64;
    let len = fixed
        .length
        .checked_sub(start + TRAILER)
        .ok_or(BundleError::Damaged)?;
    let span = Span { start, len };
    let mut trailer = [0; TRAILER as usize];
    file.seek(SeekFrom::Start(start + len))?;
    file.read_exact(&mut trailer)?;
    if checksum(&mut file, &header, span)? != trailer {
        return Err(BundleError::Damaged);
    }
    if fixed.suite != SUITE || fixed.to > ADMINS {
        return Err(BundleError::Newer);
    }
    if fixed.org != org.short() {
        return Err(BundleError::ForeignOrg);
    }
    let key = find_key(&mut file, span, &header, &fixed, keys)?;
    let stream = Stream {
        key,
        salt: fixed.salt,
        header,
    };
    walk(file, org, stream, span)
}

/// The office that made a bundle, as far as it says so in clear: the rest of the name is zero.
///
/// # Errors
///
/// [`BundleError`] when it does not begin as a bundle does.
pub fn org_of<R: Read + Seek>(file: &mut R) -> Result<Org, BundleError> {
    let mut org = [0; 16];
    let (_, fixed, _) = read_header(file)?;
    org.iter_mut()
        .zip(fixed.org)
        .for_each(|(to, from)| *to = from);
    Ok(Org::new(org))
}

impl<R: Read + Seek> CheckedBundle<R> {
    /// The same bundle, once its office's whole name is known from its manifest.
    ///
    /// # Errors
    ///
    /// [`BundleError::ForeignOrg`] when it is another's.
    pub fn of(mut self, org: Org) -> Result<Self, BundleError> {
        if org.short() != self.org.short() {
            return Err(BundleError::ForeignOrg);
        }
        self.org = org;
        Ok(self)
    }

    /// Whether it is what a laptop hands over to the administrators that may exchange no longer.
    #[must_use]
    pub fn is_rescue(&self) -> bool {
        self.stream.header.get(ADDRESS) == Some(&ADMINS)
    }

    /// What it says of itself. Directory operations and key boxes in it prove themselves; nothing else is to be
    /// believed before [`CheckedBundle::verify`].
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Checks the sender's signature. `public` is the signing key of [`Manifest::sender`] in the directory.
    ///
    /// # Errors
    ///
    /// [`BundleError::BadSignature`].
    pub fn verify(self, public: &[u8; 32]) -> Result<VerifiedBundle<R>, BundleError> {
        verify(
            public,
            SignatureKind::Bundle,
            self.org.as_bytes(),
            &self.statement,
            &self.signature,
        )
        .map_err(|_| BundleError::BadSignature)?;
        Ok(VerifiedBundle(self))
    }
}

impl<R: Read + Seek> VerifiedBundle<R> {
    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// How many records it holds.
    #[must_use]
    pub fn load(&self) -> Load {
        self.0.load
    }

    /// Hands out each record's bytes, in order.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`], or the file changed since it was checked; what `each` refuses with.
    pub fn records<E: From<BundleError>>(
        &mut self,
        mut each: impl FnMut(Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let CheckedBundle {
            file,
            stream,
            span,
            load,
            ..
        } = &mut self.0;
        let mut reader = ChunkReader::start(*span).ok_or(BundleError::Malformed)?;
        let mut read = |len| reader.read(file, stream, *span, len);
        let manifest_len = be32(&read(4)?)?;
        read(manifest_len.into())?;
        read(4)?;
        for _ in 0..load.count {
            let len = be32(&read(4)?)?;
            each(read(len.into())?)?;
        }
        Ok(())
    }
}

struct Fixed {
    suite: u8,
    org: [u8; 8],
    to: u8,
    lane: Lane,
    length: u64,
    salt: [u8; 32],
}

const KEM_INFO: &[u8] = b"mg/bundle/device/1";

/// The header's bytes, its fields, and the length of the file.
fn read_header<R: Read + Seek>(file: &mut R) -> Result<(Vec<u8>, Fixed, u64), BundleError> {
    let found = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut header = Vec::new();
    file.take(FIXED as u64).read_to_end(&mut header)?;
    let mut input = Take(&header);
    let short = BundleError::Truncated {
        declared: FIXED as u64,
        found,
    };
    let Some(magic) = input.array::<4>() else {
        return Err(if MAGIC.starts_with(&header) {
            short
        } else {
            BundleError::BadMagic
        });
    };
    if magic != *MAGIC {
        return Err(BundleError::BadMagic);
    }
    let fixed = (|| {
        let [suite] = input.array()?;
        let org = input.array()?;
        let [to] = input.array()?;
        let lane = Lane::new(input.array()?);
        let length = u64::from_be_bytes(input.array()?);
        Some(Fixed {
            suite,
            org,
            to,
            lane,
            length,
            salt: input.array()?,
        })
    })();
    let fixed = fixed.ok_or(short)?;
    let mut more = |len: usize| {
        let before = header.len();
        file.take(len as u64).read_to_end(&mut header)?;
        let read = header
            .split_at_checked(before)
            .map(|(_, read)| read.to_vec());
        match read.filter(|read| read.len() == len) {
            Some(read) => Ok(read),
            None => Err(BundleError::Truncated {
                declared: fixed.length,
                found,
            }),
        }
    };
    match fixed.to {
        2 => _ = more(SLOT)?,
        3 | ADMINS => {
            let count = more(2)?
                .iter()
                .fold(0, |count, byte| (count << 8) | usize::from(*byte));
            if count > MAX_MEMBERS {
                return Err(BundleError::Oversized {
                    declared: count as u64,
                    cap: MAX_MEMBERS as u64,
                });
            }
            more(SLOT * count)?;
        }
        _ => {}
    }
    Ok((header, fixed, found))
}

/// Finds the key that opens the first chunk.
fn find_key<R: Read + Seek>(
    file: &mut R,
    span: Span,
    header: &[u8],
    fixed: &Fixed,
    keys: &BundleKeys<'_>,
) -> Result<SecretKey, BundleError> {
    let slots = |from: usize| -> Vec<SecretKey> {
        let Some((fixed, slots)) = header.split_at_checked(from) else {
            return Vec::new();
        };
        let opened = slots.chunks_exact(SLOT).filter_map(|slot| {
            let open = |key: &&kem::KemKey| key.open(KEM_INFO, fixed, slot).ok();
            let plain = keys.device.iter().find_map(open)?;
            Some(SecretKey::from_bytes(plain.as_slice().try_into().ok()?))
        });
        opened.collect()
    };
    let for_office = || keys.office.iter().map(|key| for_all(key));
    let candidates: Vec<SecretKey> = match fixed.to {
        0 => for_office().collect(),
        3 => for_office().chain(slots(FIXED + 2)).collect(),
        1 => {
            let of_lane = keys.lanes.iter().filter(|(lane, _)| *lane == fixed.lane);
            of_lane
                .map(|(_, key)| key.for_bundle().duplicate())
                .collect()
        }
        // Each box is under a key of this file alone, so that whoever opens one has the right one.
        ADMINS => {
            let key = slots(FIXED + 2).into_iter().next();
            return key.ok_or(BundleError::OnlyForAdmins);
        }
        _ => {
            let key = slots(FIXED).into_iter().next();
            return key.ok_or(BundleError::NotForThisDevice);
        }
    };
    let (sealed, last) = read_sealed(file, span, 0)?;
    for key in candidates {
        let stream = Stream {
            key,
            salt: fixed.salt,
            header: header.to_vec(),
        };
        if stream.open(0, last, &sealed).is_some() {
            return Ok(stream.key);
        }
    }
    Err(if fixed.to == 3 {
        BundleError::NotForThisDevice
    } else {
        BundleError::WrongKey
    })
}

/// Reads the whole of it once: each chunk opens, each size fits, nothing is left over.
fn walk<R: Read + Seek>(
    mut file: R,
    org: Org,
    stream: Stream,
    span: Span,
) -> Result<CheckedBundle<R>, BundleError> {
    let mut reader = ChunkReader::start(span).ok_or(BundleError::Malformed)?;
    let mut read = |len: u64, cap: u64| {
        if len > cap {
            return Err(BundleError::Oversized { declared: len, cap });
        }
        reader
            .read(&mut file, &stream, span, len)
            .map(|bytes| (bytes, reader.left()))
    };
    let (len, _) = read(4, 4)?;
    let (bytes, _) = read(be32(&len)?.into(), MAX_MANIFEST)?;
    let mut content = sha256(&[&bytes]);
    let manifest = cbor::from_slice(&bytes).map_err(|_| BundleError::Malformed)?;
    let (count, _) = read(4, 4)?;
    let mut load = Load {
        count: be32(&count)?,
        bytes: 0,
    };
    for _ in 0..load.count {
        let (len, _) = read(4, 4)?;
        let (record, _) = read(be32(&len)?.into(), MAX_RECORD as u64)?;
        load.bytes += record.len() as u64;
        content = extend(&content, &record);
    }
    let (signature, left) = read(64, 64)?;
    let signature = signature.try_into().map_err(|_| BundleError::Malformed)?;
    if left > 0 {
        return Err(BundleError::Malformed);
    }
    let statement = statement(&stream.header, &content);
    Ok(CheckedBundle {
        file,
        stream,
        span,
        manifest,
        load,
        statement,
        signature,
        org,
    })
}

/// Adds how many there are, and a box for each.
fn seal_to_each(
    header: &mut Vec<u8>,
    readers: &[[u8; 32]],
    key: &SecretKey,
) -> Result<(), BundleError> {
    let count = u16::try_from(readers.len()).unwrap_or(u16::MAX);
    header.extend(count.to_be_bytes());
    let fixed = header.clone();
    for public in readers {
        // EXPOSE: the key of the file is what is sealed to each.
        let slot = kem::seal_to(public, KEM_INFO, &fixed, key.expose());
        header.extend(slot.map_err(|_| BundleError::BadRecipient)?);
    }
    Ok(())
}

fn for_all(office: &SecretKey) -> SecretKey {
    office.derive(&[b"mg/bundle/all/1"])
}

/// What is signed: the header and, piece by piece, all that is inside.
fn statement(header: &[u8], content: &[u8; 32]) -> Vec<u8> {
    [header, content].concat()
}

fn extend(content: &[u8; 32], record: &[u8]) -> [u8; 32] {
    sha256(&[content, &sha256(&[record])])
}

fn declared(len: usize) -> Result<[u8; 4], BundleError> {
    u32::try_from(len)
        .map(u32::to_be_bytes)
        .map_err(|_| BundleError::NotAsPlanned)
}

fn be32(bytes: &[u8]) -> Result<u32, BundleError> {
    bytes
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| BundleError::Malformed)
}
