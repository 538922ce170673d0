//! Which records lie in a file, said shortly: a run of places of one line, and a digest of the records there.
//!
//! # Invariants
//!
//! - **A run vouches for records, not for places.** Where other records stand in its places, or more, it covers none.

use std::collections::{BTreeMap, BTreeSet};

use wire::ids::Hash;

use crate::vector::Line;

/// Places of one line without a gap, and what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The line.
    pub line: Line,
    /// The first place.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Over the names of the records, in the order of their places and of the names.
    pub digest: Hash,
}

/// Records by their places.
type Places = BTreeMap<(Line, u64), BTreeSet<Hash>>;

/// The runs of these records, in whatever order they come.
pub fn runs(records: impl IntoIterator<Item = (Line, u64, Hash)>) -> Vec<Run> {
    let mut runs = Vec::new();
    let (mut open, mut ids): (Option<(Line, u64, u64)>, Vec<Hash>) = (None, Vec::new());
    let mut close = |open: Option<(Line, u64, u64)>, ids: &mut Vec<Hash>| {
        if let Some((line, first, last)) = open {
            let digest = digest(std::mem::take(ids).iter());
            runs.push(Run {
                line,
                first,
                last,
                digest,
            });
        }
    };
    for ((line, seq), here) in places(records) {
        open = match open {
            Some((of, first, last)) if of == line && seq == last + 1 => Some((line, first, seq)),
            other => {
                close(other, &mut ids);
                Some((line, seq, seq))
            }
        };
        ids.extend(here);
    }
    close(open, &mut ids);
    runs
}

/// Those of the records here that lie in one of the runs.
pub fn covered(here: impl IntoIterator<Item = (Line, u64, Hash)>, runs: &[Run]) -> BTreeSet<Hash> {
    let places = places(here);
    let mut covered = BTreeSet::new();
    for run in runs.iter().filter(|run| run.first <= run.last) {
        let stand = places.range((run.line, run.first)..=(run.line, run.last));
        let ids: Vec<Hash> = stand.flat_map(|(_, ids)| ids.iter().copied()).collect();
        if digest(ids.iter()) == run.digest {
            covered.extend(ids);
        }
    }
    covered
}

fn places(records: impl IntoIterator<Item = (Line, u64, Hash)>) -> Places {
    let mut places = Places::new();
    for (line, seq, id) in records {
        places.entry((line, seq)).or_default().insert(id);
    }
    places
}

fn digest<'a>(ids: impl Iterator<Item = &'a Hash>) -> Hash {
    let bytes: Vec<u8> = ids.flat_map(|id| *id.as_bytes()).collect();
    Hash::of(&[&bytes])
}
