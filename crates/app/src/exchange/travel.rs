//! Which chunks of attachments go along with records in a bundle, and of which two laptops in one place speak.
//!
//! # Invariants
//!
//! - **With the record goes the file**: where a bundle holds a record about an attachment, the chunks that are here follow
//!   behind all records. Who said to have the record is not brought the file again.
//! - **Nobody else can tell.** Chunks of a restricted record travel only in a bundle for one of its readers: in one for the
//!   whole office they would show that something is there.
//! - **Two speak of what both read.** One asks a colleague's laptop only for chunks of attachments in a lane that both read,
//!   of a restricted record only where the colleague reads it too. What he asks for is weighed in the same way, by the one
//!   who is asked: whatever else he names is answered like a chunk that nobody has ever seen. So neither learns of an
//!   attachment that he may not read, nor whether one that he read once is still there. What an order of erasure hides is
//!   not spoken of.

use std::collections::{BTreeMap, BTreeSet};

use store::{Chunks, Reader};
use wire::chunk;
use wire::ids::{Device, Hash, Lane};

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
        if !may_know(reader, trust, &vault, to)? {
            continue;
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

/// The chunks of which this device speaks with another, that reads these lanes as this one does: those of the newest
/// attachments first.
pub(super) fn chunks_between(
    reader: &Reader<'_>,
    trust: &Trust,
    with: Device,
    lanes: &BTreeSet<Lane>,
) -> Result<Vec<Hash>> {
    let (mut vaults, mut seen) = (BTreeMap::new(), BTreeSet::new());
    let mut found = Vec::new();
    for row in reader.chunks_in_sight()? {
        let both_read = match vaults.get(&row.vault) {
            Some(known) => *known,
            None => {
                let vault = reader.vault(&row.vault)?;
                let in_lanes = vault.is_some_and(|it| lanes.contains(&Lane::new(it.lane)));
                let both_read = in_lanes && may_know(reader, trust, &row.vault, Some(with))?;
                vaults.insert(row.vault, both_read);
                both_read
            }
        };
        if both_read && seen.insert(row.hash) {
            found.push(Hash::new(row.hash));
        }
    }
    Ok(found)
}

/// Whether a device may know that there is something in a vault of its lanes. Without one: the whole office.
fn may_know(
    reader: &Reader<'_>,
    trust: &Trust,
    vault: &[u8; 16],
    device: Option<Device>,
) -> Result<bool> {
    if !reader.is_restricted(vault)? {
        return Ok(true);
    }
    let readers = restricted::readers_now(reader, &trust.directory, vault)?;
    Ok(device.is_some_and(|device| readers.contains(&device)))
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
