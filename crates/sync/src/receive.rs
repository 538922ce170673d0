//! What a record is to the one who receives it.
//!
//! # Invariants
//!
//! - **Nothing is withheld.** A gap before a record, or another record at its place, is noted; the record is kept.

use wire::body::Have;
use wire::envelope::Verified;
use wire::ids::{Device, Hash};

use crate::store::SyncStore;
use crate::vector::Line;

/// What came of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was here.
    Known,
    /// It is new.
    New {
        /// Whether records before it are missing.
        gap: bool,
        /// What it proves against its author, if anything.
        evidence: Option<Evidence>,
    },
}

/// Two signed records of which one author should have made only one. Both names lead to records that prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The author's chain.
    pub line: Line,
    /// The place.
    pub seq: u64,
    /// The record that was here.
    pub ours: Hash,
    /// The record that came, or its neighbour's predecessor.
    pub theirs: Hash,
}

/// Keeps a record and says what it was.
///
/// # Errors
///
/// The store's; then nothing has changed.
pub fn receive<S: SyncStore>(store: &mut S, record: &Verified) -> Result<Arrival, S::Error> {
    let arrival = classify(store, record)?;
    if arrival != Arrival::Known {
        store.put(record, &arrival)?;
    }
    Ok(arrival)
}

/// Says what a record would be.
///
/// # Errors
///
/// The store's.
pub fn classify<S: SyncStore>(store: &S, record: &Verified) -> Result<Arrival, S::Error> {
    let (outer, id) = (record.outer(), record.id());
    let (line, seq) = (Line::of(outer), outer.seq);
    let here = store.ids_at(line, seq)?;
    if here.contains(&id) {
        return Ok(Arrival::Known);
    }
    let fork = |seq, ours, theirs| Evidence {
        line,
        seq,
        ours,
        theirs,
    };
    let same_place = here.first().map(|ours| fork(seq, *ours, id));
    // A record that follows another one than ours: its author made two at the place before.
    let before = store.ids_at(line, seq.saturating_sub(1))?;
    let other_past = before
        .first()
        .filter(|_| !before.contains(&outer.prev))
        .map(|ours| fork(seq - 1, *ours, outer.prev));
    Ok(Arrival::New {
        gap: seq > store.reached(line)? + 1,
        evidence: same_place.or(other_past),
    })
}

/// Whether a peer has seen more of this device's own records than the device itself, or others: its store is an old
/// copy. Then it fetches its own records and starts a new incarnation before it seals anything.
///
/// # Errors
///
/// The store's.
pub fn behind_itself<S: SyncStore>(
    store: &S,
    device: Device,
    told: &[Have],
) -> Result<bool, S::Error> {
    for have in told.iter().filter(|have| have.device == device) {
        let line = Line {
            lane: have.lane,
            device,
            incarnation: have.incarnation,
        };
        if !store.ids_at(line, have.seq)?.contains(&have.record) {
            return Ok(true);
        }
    }
    Ok(false)
}
