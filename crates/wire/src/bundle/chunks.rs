//! The sealed stream of a bundle: 64 KiB chunks, the last one marked, and a checksum behind it all.
//!
//! # Invariants
//!
//! - **Each chunk knows its place** and whether it is the last: chunks cannot be dropped, doubled or exchanged.

use std::io::{Read, Seek, SeekFrom, Write};

use crypto::{SecretKey, once, sha256};

use super::BundleError;

/// Plain bytes in a full chunk.
pub(super) const PLAIN: usize = 64 << 10;
const COMMIT: usize = 32;
const OVERHEAD: usize = COMMIT + 16;
const SEALED: usize = PLAIN + OVERHEAD;

/// The sealed length of `plain` bytes.
pub(super) fn sealed_len(plain: u64) -> u64 {
    plain + plain.div_ceil(PLAIN as u64) * OVERHEAD as u64
}

/// What all chunks of a file share.
pub(super) struct Stream {
    pub(super) key: SecretKey,
    pub(super) salt: [u8; 32],
    /// The file's header, bound to each chunk.
    pub(super) header: Vec<u8>,
}

impl Stream {
    fn info(index: u64, last: bool) -> Vec<u8> {
        [
            b"mg/bundle/1".as_slice(),
            &index.to_be_bytes(),
            &[u8::from(last)],
        ]
        .concat()
    }

    fn seal(&self, index: u64, last: bool, plain: &[u8]) -> Vec<u8> {
        let once::Once { commit, ct } = once::seal(
            &self.key,
            &self.salt,
            &Self::info(index, last),
            &self.header,
            plain,
        );
        [commit.as_slice(), &ct].concat()
    }

    pub(super) fn open(&self, index: u64, last: bool, sealed: &[u8]) -> Option<Vec<u8>> {
        let (commit, ct) = sealed.split_first_chunk::<COMMIT>()?;
        let plain = once::open(
            &self.key,
            &self.salt,
            &Self::info(index, last),
            &self.header,
            commit,
            ct,
        )
        .ok()?;
        Some(plain.to_vec())
    }
}

/// Writes plain bytes as chunks.
pub(super) struct ChunkWriter<W> {
    out: W,
    stream: Stream,
    index: u64,
    waiting: Vec<u8>,
    checksum: [u8; 32],
}

impl<W: Write> ChunkWriter<W> {
    pub(super) fn start(mut out: W, stream: Stream) -> Result<Self, BundleError> {
        out.write_all(&stream.header)?;
        let checksum = sha256(&[&stream.header]);
        Ok(Self {
            out,
            stream,
            index: 0,
            waiting: Vec::with_capacity(PLAIN),
            checksum,
        })
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), BundleError> {
        while !bytes.is_empty() {
            // A full chunk waits until more comes: it might be the last.
            if self.waiting.len() == PLAIN {
                self.flush(false)?;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(PLAIN - self.waiting.len()));
            self.waiting.extend(now);
            bytes = rest;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<W, BundleError> {
        self.flush(true)?;
        self.out.write_all(&self.checksum)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn flush(&mut self, last: bool) -> Result<(), BundleError> {
        let sealed = self.stream.seal(self.index, last, &self.waiting);
        self.checksum = sha256(&[&self.checksum, &sealed]);
        self.out.write_all(&sealed)?;
        self.index += 1;
        self.waiting.clear();
        Ok(())
    }
}

/// Where the chunks stand in the file.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) len: u64,
}

impl Span {
    fn count(self) -> u64 {
        self.len.div_ceil(SEALED as u64)
    }

    /// The plain length; nothing when no chunks have this length together.
    pub(super) fn plain_len(self) -> Option<u64> {
        let plain = self.len.checked_sub(self.count() * OVERHEAD as u64)?;
        (plain > 0 && sealed_len(plain) == self.len).then_some(plain)
    }
}

/// Reads the chunk at `index`.
pub(super) fn read_sealed<R: Read + Seek>(
    file: &mut R,
    span: Span,
    index: u64,
) -> Result<(Vec<u8>, bool), BundleError> {
    let offset = index * SEALED as u64;
    let len = span.len.saturating_sub(offset).min(SEALED as u64);
    let mut sealed = vec![0; usize::try_from(len).unwrap_or(0)];
    file.seek(SeekFrom::Start(span.start + offset))?;
    file.read_exact(&mut sealed)?;
    Ok((sealed, index + 1 >= span.count()))
}

/// The checksum of the header and all chunks, as the trailer has it.
pub(super) fn checksum<R: Read + Seek>(
    file: &mut R,
    header: &[u8],
    span: Span,
) -> Result<[u8; 32], BundleError> {
    let mut sum = sha256(&[header]);
    for index in 0..span.count() {
        sum = sha256(&[&sum, &read_sealed(file, span, index)?.0]);
    }
    Ok(sum)
}

/// Reads plain bytes from chunks, in order.
pub(super) struct ChunkReader {
    index: u64,
    plain: Vec<u8>,
    used: usize,
    left: u64,
}

impl ChunkReader {
    pub(super) fn start(span: Span) -> Option<Self> {
        Some(Self {
            index: 0,
            plain: Vec::new(),
            used: 0,
            left: span.plain_len()?,
        })
    }

    /// How many plain bytes are still to come.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next `len` bytes. Nothing is allocated for what the file does not hold.
    pub(super) fn read<R: Read + Seek>(
        &mut self,
        file: &mut R,
        stream: &Stream,
        span: Span,
        len: u64,
    ) -> Result<Vec<u8>, BundleError> {
        if len > self.left {
            return Err(BundleError::Malformed);
        }
        let len = usize::try_from(len).map_err(|_| BundleError::Malformed)?;
        let mut out = Vec::with_capacity(len);
        while out.len() < len {
            if self.used == self.plain.len() {
                let (sealed, last) = read_sealed(file, span, self.index)?;
                self.plain = stream
                    .open(self.index, last, &sealed)
                    .ok_or(BundleError::Forged { chunk: self.index })?;
                self.used = 0;
                self.index += 1;
            }
            let ready = self.plain.get(self.used..).unwrap_or_default();
            let now = ready
                .get(..ready.len().min(len - out.len()))
                .unwrap_or_default();
            out.extend(now);
            self.used += now.len();
        }
        self.left -= len as u64;
        Ok(out)
    }
}
