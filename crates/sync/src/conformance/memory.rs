//! The smallest store that keeps the laws; and one that breaks them, so that the laws are seen to bite.

use std::collections::BTreeMap;
use std::convert::Infallible;

use wire::envelope::Verified;
use wire::ids::Hash;

use crate::receive::{Arrival, Evidence};
use crate::store::{SyncStore, Waits};
use crate::vector::{Line, VersionVector};

/// Everything in maps.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    vector: VersionVector,
    places: BTreeMap<(Line, u64), Vec<Hash>>,
    records: BTreeMap<Hash, Vec<u8>>,
    evidence: Vec<Evidence>,
    held: BTreeMap<Hash, Waits>,
    /// The red control: keeps only the first record at a place.
    first_only: bool,
}

impl MemoryStore {
    /// One that breaks a law: it keeps only the first of two records at one place.
    #[must_use]
    pub fn with_one_history() -> Self {
        Self {
            first_only: true,
            ..Self::default()
        }
    }

    /// All records that are here.
    pub fn records(&self) -> impl Iterator<Item = Hash> {
        self.records.keys().copied()
    }
}

impl SyncStore for MemoryStore {
    type Error = Infallible;

    fn vector(&self) -> Result<VersionVector, Infallible> {
        Ok(self.vector.clone())
    }

    fn ids_at(&self, line: Line, seq: u64) -> Result<Vec<Hash>, Infallible> {
        Ok(self.places.get(&(line, seq)).cloned().unwrap_or_default())
    }

    fn ids_from(&self, line: Line, from: u64) -> Result<Vec<(Hash, u32)>, Infallible> {
        let ids = self
            .places
            .range((line, from)..=(line, u64::MAX))
            .flat_map(|(_, ids)| ids);
        Ok(ids
            .map(|id| {
                (
                    *id,
                    self.records.get(id).map_or(0, |bytes| bytes.len() as u32),
                )
            })
            .collect())
    }

    fn record(&self, id: Hash) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.records.get(&id).cloned())
    }

    fn put(&mut self, record: &Verified, arrival: &Arrival) -> Result<(), Infallible> {
        let (line, seq, id) = (Line::of(record.outer()), record.outer().seq, record.id());
        let here = self.places.entry((line, seq)).or_default();
        if here.contains(&id) || (self.first_only && !here.is_empty()) {
            return Ok(());
        }
        here.push(id);
        self.records.insert(id, record.as_bytes().to_vec());
        self.vector.note(line, seq, id);
        if let Arrival::New {
            evidence: Some(evidence),
            ..
        } = arrival
        {
            self.evidence.push(*evidence);
        }
        Ok(())
    }

    fn evidence(&self) -> Result<Vec<Evidence>, Infallible> {
        Ok(self.evidence.clone())
    }

    fn hold(&mut self, id: Hash, waits: Waits) -> Result<(), Infallible> {
        self.held.insert(id, waits);
        Ok(())
    }

    fn release(&mut self, id: Hash) -> Result<(), Infallible> {
        self.held.remove(&id);
        Ok(())
    }

    fn held(&self) -> Result<Vec<(Hash, Waits)>, Infallible> {
        Ok(self.held.iter().map(|(id, waits)| (*id, *waits)).collect())
    }
}

#[test]
fn a_store_in_memory_keeps_the_laws() {
    super::all(MemoryStore::default);
}

/// Red control.
#[test]
fn a_store_that_keeps_one_of_two_histories_is_caught() {
    let caught = std::panic::catch_unwind(|| super::all(MemoryStore::with_one_history));
    assert!(caught.is_err());
}
