//! Which chunks of attachments go along with records in a bundle.
//!
//! # Invariants
//!
//! - **With the record goes the file**: where a bundle holds a record about an attachment, the chunks that are here follow
//!   behind all records. Who said to have the record is not brought the file again.
//! - **Nobody else can tell.** Chunks of a restricted record travel only in a bundle for one of its readers: in one for the
//!   whole office they would show that something is there.

use std::collections::BTreeSet;

use store::{Chunks, Reader};
use wire::chunk;
use wire::ids::{Device, Hash};

use crate::error::Result;
use crate::restricted;
use crate::trust::Trust;

/// What stands before a chunk in a bundle, besides its length.
const MARK: u64 = 4;

/// The chunks that go along with these records, with the lengths that they have in a bundle.
pub(super) fn chunks_of(
    reader: &Reader<'_>,
    trust: &Trust,
    chunks: &Chunks,
    to: Option<Device>,
    records: &[(Hash, u64)],
) -> Result<Vec<(Hash, u64)>> {
    let mut attachments = BTreeSet::new();
    for (record, _) in records {
        attachments.extend(reader.attachments_in_record(record.as_bytes())?);
    }
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for (vault, doc) in attachments {
        if reader.is_restricted(&vault)? {
            let readers = restricted::readers_now(reader, &trust.directory, &vault)?;
            if !to.is_some_and(|to| readers.contains(&to)) {
                continue;
            }
        }
        for hash in reader.chunks_of(&vault, &doc)? {
            if seen.insert(hash)
                && let Some(length) = chunks.length(&hash)?
                && length <= chunk::MOST_BYTES as u64
            {
                found.push((Hash::new(hash), length + MARK));
            }
        }
    }
    Ok(found)
}

/// Chunks that are here, one after the other.
pub(super) struct Read<'a> {
    chunks: &'a Chunks,
    names: Vec<(Hash, u64)>,
}

/// Those of these chunks that hold what their names say. One that is damaged here is brought to nobody.
pub(super) fn read<'a>(chunks: &'a Chunks, names: &[(Hash, u64)]) -> Result<Read<'a>> {
    let mut whole = Vec::new();
    for (name, length) in names {
        let bytes = chunks.get(name.as_bytes())?;
        if bytes.is_some_and(|bytes| Hash::of(&[&bytes]) == *name) {
            whole.push((*name, *length));
        }
    }
    Ok(Read {
        chunks,
        names: whole,
    })
}

impl Read<'_> {
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.names.iter().map(|(_, length)| length).sum()
    }

    /// Hands over each; none is held longer than that.
    pub(super) fn each(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for (name, _) in &self.names {
            let bytes = self.chunks.get(name.as_bytes())?.unwrap_or_default();
            take(&bytes)?;
        }
        Ok(())
    }
}
