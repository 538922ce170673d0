//! What a store must promise, so that exchange loses and invents nothing.

use wire::envelope::Verified;
use wire::ids::{Hash, Kid};

use crate::receive::{Arrival, Evidence};
use crate::vector::{Line, Seen, VersionVector};

/// What a record that is here still waits for before it takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// The author, whom a newer directory will know, or the directory that the record names.
    Directory,
    /// The key of its lane.
    LaneKey(Kid),
    /// The key of its vault.
    VaultKey(Kid),
    /// The roster that it names.
    Roster,
    /// Changes that it builds on.
    Changes,
}

/// Where the sealed records are.
///
/// # Promises
///
/// - [`SyncStore::put`] is all or nothing: record, vector and evidence, durably before it returns.
/// - It is idempotent: the same record again changes nothing.
/// - Bytes come back as they went in.
/// - Two records at one place are both kept.
pub trait SyncStore {
    /// What can go wrong in it.
    type Error: std::error::Error + 'static;

    /// What is here.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn vector(&self) -> Result<VersionVector, Self::Error>;

    /// The last place of a line before its first gap; zero when its first record is missing.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn reached(&self, line: Line) -> Result<u64, Self::Error> {
        Ok(self.vector()?.line(&line).map_or(0, Seen::reached))
    }

    /// The records at one place: none, one, or several where the author's history forked.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn ids_at(&self, line: Line, seq: u64) -> Result<Vec<Hash>, Self::Error>;

    /// The records of a line from a place on, in order, with the lengths of their bytes. What lies behind a gap too.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn ids_from(&self, line: Line, from: u64) -> Result<Vec<(Hash, u32)>, Self::Error>;

    /// A record's bytes.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn record(&self, id: Hash) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Keeps a record, notes it in the vector, and keeps the evidence in `arrival`.
    ///
    /// # Errors
    ///
    /// The store cannot be written; nothing has changed.
    fn put(&mut self, record: &Verified, arrival: &Arrival) -> Result<(), Self::Error>;

    /// All evidence of forked histories.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn evidence(&self) -> Result<Vec<Evidence>, Self::Error>;

    /// Remembers that a record waits. A later call replaces what it waits for.
    ///
    /// # Errors
    ///
    /// The store cannot be written; nothing has changed.
    fn hold(&mut self, id: Hash, waits: Waits) -> Result<(), Self::Error>;

    /// Forgets that a record waits.
    ///
    /// # Errors
    ///
    /// The store cannot be written; nothing has changed.
    fn release(&mut self, id: Hash) -> Result<(), Self::Error>;

    /// All records that wait, in the order of their ids.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn held(&self) -> Result<Vec<(Hash, Waits)>, Self::Error>;
}
