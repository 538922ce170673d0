//! The chunks of an attachment: a file cut into mebibytes, each sealed by itself and named by the hash of its ciphertext.
//!
//! ```text
//! chunk        commit32 ‖ AES-256-GCM of the mebibyte; the last one filled with zeros to a power of two, 1 KiB at least
//! sealed by    the file's key, salt 0, info "mg/chunk/1", header place u32 ‖ count u32 ‖ size u64, big end first
//! in a bundle  "MGC1" ‖ chunk, where a record would stand
//! ```
//!
//! # Invariants
//!
//! - **The same bytes everywhere**: on the disk, on a stick and at the hub.
//! - **Each in its place.** Place, count and size are bound into every chunk, and its hash stands in the manifest: a chunk
//!   cut, flipped, moved or of another file is refused. The digest of the whole file is checked besides.
//! - **A key is drawn for one file**, so that place, count and size never repeat under it.
//! - **A size tells one of eleven things**, as that of a record does, and how many mebibytes there are.

use crypto::{SecretKey, once};

use crate::body::Attachment;
use crate::ids::Hash;

/// Bytes of a file in one chunk.
pub const CHUNK: usize = 1 << 20;
/// The most chunks of one attachment; a manifest that names more is refused unread.
pub const MOST_CHUNKS: usize = 64;
/// The longest chunk as it is kept.
pub const MOST_BYTES: usize = COMMIT + CHUNK + 16;

const COMMIT: usize = 32;
const SMALLEST: usize = 1 << 10;
const MAGIC: &[u8; 4] = b"MGC1";
const INFO: &[u8] = b"mg/chunk/1";
const SALT: [u8; 32] = [0; 32];

/// Why chunks do not make a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// The manifest names more than [`MOST_CHUNKS`], or not as many as its size asks for.
    #[error("the manifest declares {declared} chunks for {size} bytes")]
    NotAsDeclared {
        /// Chunks in the manifest.
        declared: usize,
        /// Bytes of the file.
        size: u64,
    },
    /// The bytes have another hash than the manifest says.
    #[error("chunk {place} is another")]
    Another {
        /// Counted from 0.
        place: usize,
    },
    /// The bytes do not open at this place of this file.
    #[error("chunk {place} does not open")]
    DoesNotOpen {
        /// Counted from 0.
        place: usize,
    },
    /// All chunks open, and together are not the file that the manifest means.
    #[error("the chunks are not the file")]
    NotTheFile,
}

/// Cuts a file into sealed chunks, under a key drawn for it.
///
/// # Errors
/// [`ChunkError::NotAsDeclared`] when the file is empty or would take more than [`MOST_CHUNKS`].
pub fn seal(file: &[u8]) -> Result<(Attachment, Vec<Vec<u8>>), ChunkError> {
    seal_with(SecretKey::make(), file)
}

pub(crate) fn seal_with(
    key: SecretKey,
    file: &[u8],
) -> Result<(Attachment, Vec<Vec<u8>>), ChunkError> {
    let size = file.len() as u64;
    let count = must_be(file.len().div_ceil(CHUNK), size)?;
    let mut sealed = Vec::new();
    for (place, part) in file.chunks(CHUNK).enumerate() {
        let mut padded = part.to_vec();
        padded.resize(padded_size(part.len()), 0);
        let once = once::seal(&key, &SALT, INFO, &header(place, count, size), &padded);
        sealed.push([once.commit.as_slice(), &once.ct].concat());
    }
    let attachment = Attachment {
        size,
        digest: Hash::of(&[file]),
        chunks: sealed.iter().map(|chunk| Hash::of(&[chunk])).collect(),
        key,
    };
    Ok((attachment, sealed))
}

/// Puts a file together from its chunks, which `chunk` gives by place and name.
///
/// # Errors
/// [`ChunkError`] says which chunk does not hold; what `chunk` says.
pub fn open<E: From<ChunkError>>(
    attachment: &Attachment,
    mut chunk: impl FnMut(usize, Hash) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let count = must_be(attachment.chunks.len(), attachment.size)?;
    let mut left = usize::try_from(attachment.size).map_err(|_| ChunkError::NotTheFile)?;
    let mut file = Vec::with_capacity(left);
    for (place, name) in attachment.chunks.iter().enumerate() {
        let bytes = chunk(place, *name)?;
        if Hash::of(&[&bytes]) != *name {
            return Err(ChunkError::Another { place }.into());
        }
        let head = header(place, count, attachment.size);
        let opened = bytes
            .split_first_chunk::<COMMIT>()
            .and_then(|(commit, ct)| {
                once::open(&attachment.key, &SALT, INFO, &head, commit, ct).ok()
            });
        let length = left.min(CHUNK);
        let part = opened
            .as_ref()
            .filter(|opened| opened.len() == padded_size(length))
            .and_then(|opened| opened.split_at_checked(length))
            .filter(|(_, zeros)| zeros.iter().all(|byte| *byte == 0))
            .ok_or(ChunkError::DoesNotOpen { place })?;
        file.extend_from_slice(part.0);
        left -= length;
    }
    if Hash::of(&[&file]) != attachment.digest {
        return Err(ChunkError::NotTheFile.into());
    }
    Ok(file)
}

/// Refuses a manifest whose chunks and size do not go together.
///
/// # Errors
/// [`ChunkError::NotAsDeclared`].
pub fn check(attachment: &Attachment) -> Result<(), ChunkError> {
    must_be(attachment.chunks.len(), attachment.size).map(drop)
}

/// A chunk as it stands in a bundle.
#[must_use]
pub fn carried(chunk: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), chunk].concat()
}

/// The chunk in what stands in a bundle where a record would; none where it is a record.
#[must_use]
pub fn from_bundle(bytes: &[u8]) -> Option<&[u8]> {
    bytes
        .strip_prefix(MAGIC.as_slice())
        .filter(|chunk| chunk.len() <= MOST_BYTES)
}

fn must_be(declared: usize, size: u64) -> Result<u32, ChunkError> {
    let needed = size.div_ceil(CHUNK as u64);
    let holds = declared > 0 && declared <= MOST_CHUNKS && declared as u64 == needed;
    u32::try_from(declared)
        .ok()
        .filter(|_| holds)
        .ok_or(ChunkError::NotAsDeclared { declared, size })
}

fn padded_size(length: usize) -> usize {
    length.next_power_of_two().max(SMALLEST)
}

fn header(place: usize, count: u32, size: u64) -> Vec<u8> {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    [
        place.to_be_bytes().as_slice(),
        &count.to_be_bytes(),
        &size.to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(length: usize) -> Vec<u8> {
        (0..length)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect()
    }

    fn put_together(attachment: &Attachment, chunks: &[Vec<u8>]) -> Result<Vec<u8>, ChunkError> {
        open(attachment, |place, _| Ok(chunks[place].clone()))
    }

    /// The names that go with these bytes, so that what is bound besides the hash is what refuses.
    fn renamed(attachment: &Attachment, chunks: &[Vec<u8>]) -> Attachment {
        Attachment {
            size: attachment.size,
            digest: attachment.digest,
            chunks: chunks.iter().map(|chunk| Hash::of(&[chunk])).collect(),
            key: attachment.key.duplicate(),
        }
    }

    #[test]
    fn a_file_of_any_length_comes_back() {
        for length in [
            1,
            1023,
            1024,
            1025,
            CHUNK - 1,
            CHUNK,
            CHUNK + 1,
            3 * CHUNK + 7,
        ] {
            let (attachment, chunks) = seal(&file(length)).unwrap();
            assert!(check(&attachment).is_ok());
            assert!(chunks.iter().all(|chunk| {
                (chunk.len() - COMMIT - 16).is_power_of_two() && chunk.len() <= MOST_BYTES
            }));
            assert_eq!(put_together(&attachment, &chunks).unwrap(), file(length));
        }
        assert!(seal(b"").is_err());
    }

    #[test]
    fn a_chunk_that_is_cut_or_flipped_is_another() {
        let (attachment, chunks) = seal(&file(2 * CHUNK)).unwrap();
        let mut flipped = chunks.clone();
        flipped[1][700] ^= 1;
        assert_eq!(
            put_together(&attachment, &flipped),
            Err(ChunkError::Another { place: 1 })
        );
        let mut cut = chunks.clone();
        cut[0].pop();
        assert_eq!(
            put_together(&attachment, &cut),
            Err(ChunkError::Another { place: 0 })
        );
    }

    /// The hashes are taken along, so that only what is bound into each chunk can refuse.
    #[test]
    fn chunks_hold_their_place_their_count_and_their_size() {
        let (attachment, chunks) = seal(&file(3 * CHUNK)).unwrap();
        let mut turned = chunks.clone();
        turned.swap(0, 2);
        let refused = put_together(&renamed(&attachment, &turned), &turned);
        assert_eq!(refused, Err(ChunkError::DoesNotOpen { place: 0 }));
        let mut shorter = renamed(&attachment, &chunks[..2]);
        shorter.size = 2 * CHUNK as u64;
        let refused = put_together(&shorter, &chunks);
        assert_eq!(refused, Err(ChunkError::DoesNotOpen { place: 0 }));
        let mut resized = renamed(&attachment, &chunks);
        resized.size -= 1;
        let refused = put_together(&resized, &chunks);
        assert_eq!(refused, Err(ChunkError::DoesNotOpen { place: 0 }));
        let (_, foreign) = seal(&file(3 * CHUNK)).unwrap();
        let refused = put_together(&renamed(&attachment, &foreign), &foreign);
        assert_eq!(refused, Err(ChunkError::DoesNotOpen { place: 0 }));
        let mut meant = renamed(&attachment, &chunks);
        meant.digest = Hash::ZERO;
        let refused = put_together(&meant, &chunks);
        assert_eq!(refused, Err(ChunkError::NotTheFile));
    }

    /// Red control: sealed without their place, two chunks of one file change places unnoticed.
    #[test]
    fn without_the_place_in_it_a_chunk_would_open_anywhere() {
        let key = SecretKey::make();
        let sealed = once::seal(&key, &SALT, INFO, b"", &file(1024));
        assert!(once::open(&key, &SALT, INFO, b"", &sealed.commit, &sealed.ct).is_ok());
        let held = once::open(
            &key,
            &SALT,
            INFO,
            &header(1, 2, 2048),
            &sealed.commit,
            &sealed.ct,
        );
        assert!(held.is_err());
    }

    #[test]
    fn a_manifest_of_ten_thousand_chunks_is_refused_unread() {
        let (attachment, _) = seal(&file(5)).unwrap();
        let mut many = renamed(&attachment, &[]);
        many.chunks = vec![Hash::ZERO; 10_000];
        many.size = 10_000 * CHUNK as u64;
        let refused: Result<_, ChunkError> = open(&many, |_, _| panic!("read"));
        let named = ChunkError::NotAsDeclared {
            declared: 10_000,
            size: many.size,
        };
        assert_eq!(refused, Err(named));
        many.chunks.truncate(1);
        assert!(check(&many).is_err());
        many.size = u64::MAX;
        assert!(check(&many).is_err());
    }

    #[test]
    fn a_chunk_in_a_bundle_is_told_from_a_record() {
        assert_eq!(from_bundle(&carried(b"chunk")), Some(b"chunk".as_slice()));
        assert_eq!(from_bundle(b"MGR2 and so on"), None);
        assert_eq!(from_bundle(&carried(&vec![0; MOST_BYTES + 1])), None);
    }
}
