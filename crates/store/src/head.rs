//! `journal.head`: the newest acknowledged commit, kept outside the database.
//!
//! SQLite drops a damaged or removed write-ahead log without a word. This file is what it is told by.
//!
//! ```text
//! slot (96 bytes, twice)   "MGJ1" ‖ store id 16 ‖ incarnation u32 ‖ counter u64 ‖ hash 32 ‖ HMAC-SHA256 32
//! ```
//!
//! # Invariants
//!
//! - **Never ahead of the disk**: a slot is written after its commit was fsynced.
//! - **One slot is always whole.** Between two fsyncs only the other slot is written, so that a torn write costs at
//!   most what was not fsynced.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use crypto::SecretKey;

use crate::dir::{Dir, HEAD};
use crate::error::{Error, Loss};
use crate::journal::Place;

const MAGIC: &[u8; 4] = b"MGJ1";
const SLOT: usize = 96;
const INFO: &[u8] = b"mg/head/1";

/// What `journal.head` says.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) place: Place,
    /// The slot in which it stands.
    slot: Slot,
    /// Whether the other slot was unreadable.
    pub(crate) other_damaged: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    First,
    Second,
}

impl Slot {
    fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    fn offset(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Second => SLOT as u64,
        }
    }
}

/// Reads the file. The inner result says what it tells, or what was lost.
///
/// # Errors
///
/// [`Error::ForeignFile`] when it names another store.
pub(crate) fn read(
    dir: &Dir,
    key: &SecretKey,
    store: &[u8; 16],
) -> Result<Result<Told, Loss>, Error> {
    let Some(bytes) = dir.read(HEAD)? else {
        return Ok(Err(Loss::HeadMissing));
    };
    // A shorter or longer file is not ours, whatever its slots say.
    let Some((first, second)) = bytes
        .split_at_checked(SLOT)
        .filter(|(_, second)| second.len() == SLOT)
    else {
        return Ok(Err(Loss::HeadDamaged));
    };
    let told = match (unseal(key, store, first), unseal(key, store, second)) {
        (Some(first), Some(second)) if newer(&first, &second) => Told::whole(first, Slot::First),
        (_, Some(second)) if unseal(key, store, first).is_some() => {
            Told::whole(second, Slot::Second)
        }
        (Some(first), _) => Told {
            other_damaged: true,
            ..Told::whole(first, Slot::First)
        },
        (None, Some(second)) => Told {
            other_damaged: true,
            ..Told::whole(second, Slot::Second)
        },
        (None, None) if is_foreign(first, store) && is_foreign(second, store) => {
            return Err(Error::ForeignFile { file: HEAD });
        }
        (None, None) => return Ok(Err(Loss::HeadDamaged)),
    };
    Ok(Ok(told))
}

impl Told {
    fn whole(place: Place, slot: Slot) -> Self {
        Self {
            place,
            slot,
            other_damaged: false,
        }
    }
}

/// The file, open for writing.
#[derive(Debug)]
pub(crate) struct Head {
    file: File,
    /// The slot that is on the disk for certain, and is not written until the other one is too.
    stable: Slot,
    /// The newest place written.
    written: Place,
    /// The newest place on the disk for certain.
    synced: Place,
}

impl Head {
    /// Makes the file anew, both slots at `place`, on the disk.
    pub(crate) fn make(
        dir: &Dir,
        key: &SecretKey,
        store: &[u8; 16],
        place: Place,
    ) -> Result<Self, Error> {
        let slot = seal(key, store, &place);
        dir.replace(HEAD, &[slot.as_slice(), slot.as_slice()].concat())?;
        Ok(Self {
            file: open(dir)?,
            stable: Slot::First,
            written: place,
            synced: place,
        })
    }

    /// Goes on with the file that was read, and takes it to `place`, the newest commit of the database.
    pub(crate) fn resume(
        dir: &Dir,
        key: &SecretKey,
        store: &[u8; 16],
        told: &Told,
        place: Place,
    ) -> Result<Self, Error> {
        let mut head = Self {
            file: open(dir)?,
            stable: told.slot,
            written: told.place,
            synced: told.place,
        };
        if told.place != place || told.other_damaged {
            head.write(key, store, place)?;
            head.flush()?;
        }
        Ok(head)
    }

    /// Writes the newest place, without an fsync.
    pub(crate) fn write(
        &mut self,
        key: &SecretKey,
        store: &[u8; 16],
        place: Place,
    ) -> Result<(), Error> {
        self.file
            .seek(SeekFrom::Start(self.stable.other().offset()))?;
        self.file.write_all(&seal(key, store, &place))?;
        self.written = place;
        Ok(())
    }

    /// Puts what was written on the disk.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if self.written != self.synced {
            self.file.sync_data()?;
            self.stable = self.stable.other();
            self.synced = self.written;
        }
        Ok(())
    }

    /// Puts the newest place into both slots, so that one damaged slot costs nothing.
    pub(crate) fn settle(&mut self, key: &SecretKey, store: &[u8; 16]) -> Result<(), Error> {
        self.flush()?;
        self.write(key, store, self.synced)?;
        self.file.sync_data()?;
        Ok(())
    }

    /// The newest counter that is on the disk for certain.
    pub(crate) fn synced(&self) -> u64 {
        self.synced.counter
    }
}

fn open(dir: &Dir) -> Result<File, Error> {
    Ok(File::options().write(true).open(dir.path(HEAD))?)
}

fn newer(left: &Place, right: &Place) -> bool {
    (left.incarnation, left.counter) >= (right.incarnation, right.counter)
}

fn seal(key: &SecretKey, store: &[u8; 16], place: &Place) -> Vec<u8> {
    let mut slot = Vec::with_capacity(SLOT);
    slot.extend_from_slice(MAGIC);
    slot.extend_from_slice(store);
    slot.extend_from_slice(&place.incarnation.to_be_bytes());
    slot.extend_from_slice(&place.counter.to_be_bytes());
    slot.extend_from_slice(&place.hash);
    let mac = key.hmac(INFO, &[&slot]);
    slot.extend_from_slice(&mac);
    slot
}

/// Reads a slot, if it is one of this store and says what was written.
fn unseal(key: &SecretKey, store: &[u8; 16], slot: &[u8]) -> Option<Place> {
    let (magic, rest) = slot.split_first_chunk::<4>()?;
    let (id, rest) = rest.split_first_chunk::<16>()?;
    let (incarnation, rest) = rest.split_first_chunk::<4>()?;
    let (counter, rest) = rest.split_first_chunk::<8>()?;
    let (hash, mac) = rest.split_first_chunk::<32>()?;
    let place = Place {
        incarnation: u32::from_be_bytes(*incarnation),
        counter: u64::from_be_bytes(*counter),
        hash: *hash,
    };
    let whole = crypto::equal(
        mac,
        &key.hmac(INFO, &[magic, id, incarnation, counter, hash]),
    );
    (whole && magic == MAGIC && id == store).then_some(place)
}

/// Whether a slot names another store: more than half of the id differs, which no damage of a few bytes does.
fn is_foreign(slot: &[u8], store: &[u8; 16]) -> bool {
    let Some((MAGIC, rest)) = slot.split_first_chunk::<4>() else {
        return false;
    };
    rest.first_chunk::<16>()
        .is_some_and(|id| differs(id, store))
}

/// Whether two ids are of different stores, rather than one of them damaged.
pub(crate) fn differs(left: &[u8; 16], right: &[u8; 16]) -> bool {
    left.iter()
        .zip(right)
        .filter(|(left, right)| left != right)
        .count()
        > 8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slot with these bytes for key, store and place; worked out by another program.
    const GOLDEN: &str = concat!(
        "4d474a31222222222222222222222222222222220102030405060708090a0b0c33333333333333333333333333333333",
        "33333333333333333333333333333333a3052fc0f5572758f98c63bc3b218467231eafb83717ef463cc5da4a3f2121a7",
    );

    fn place() -> Place {
        Place {
            incarnation: 0x0102_0304,
            counter: 0x0506_0708_090a_0b0c,
            hash: [0x33; 32],
        }
    }

    #[test]
    fn a_slot_is_made_byte_for_byte() {
        let (key, store) = (SecretKey::from_bytes([0x11; 32]), [0x22; 16]);
        let slot = seal(&key, &store, &place());
        let hex: String = slot.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, GOLDEN);
        assert_eq!(unseal(&key, &store, &slot), Some(place()));
        let other = SecretKey::from_bytes([0x12; 32]);
        assert_eq!(unseal(&other, &store, &slot), None);
    }

    #[test]
    fn a_link_of_the_journal_is_made_byte_for_byte() {
        let next = place().next(&[0x22; 16], 0x0102_0305, b"pins");
        let hex: String = next.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "749eb28ff9f4c8035ce954822aa60916d5660177ef0a9f2eb6895788fee21c20"
        );
        assert_eq!(
            (next.incarnation, next.counter),
            (0x0102_0305, place().counter + 1)
        );
    }
}
