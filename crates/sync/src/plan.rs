//! What goes into a bundle.
//!
//! # Invariants
//!
//! - **Complete unless the reader's own word says otherwise**, and that word counts only where it names our record.

use wire::body::Have;
use wire::bundle::Load;
use wire::ids::{Hash, Lane};

use crate::store::SyncStore;
use crate::vector::Line;

/// Which lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// One.
    Lane(Lane),
}

/// The records of a bundle, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Their names.
    pub records: Vec<Hash>,
    /// Their number and size.
    pub load: Load,
    /// Up to where they reach, for the manifest.
    pub contains: Vec<Have>,
}

/// Plans a bundle: all there is, or what the reader lacks by its own acknowledgement.
///
/// # Errors
///
/// The store's.
pub fn plan<S: SyncStore>(
    store: &S,
    scope: Scope,
    reader_has: Option<&[Have]>,
) -> Result<Plan, S::Error> {
    let mut plan = Plan {
        records: Vec::new(),
        load: Load { count: 0, bytes: 0 },
        contains: Vec::new(),
    };
    for have in store.vector()?.to_haves() {
        if scope == Scope::All || scope == Scope::Lane(have.lane) {
            plan.contains.push(have);
        }
    }
    let vector = store.vector()?;
    for (line, _) in vector
        .lines()
        .filter(|(line, _)| scope == Scope::All || scope == Scope::Lane(line.lane))
    {
        let from = known_to(store, *line, reader_has.unwrap_or_default())? + 1;
        for (id, len) in store.ids_from(*line, from)? {
            plan.records.push(id);
            plan.load.count += 1;
            plan.load.bytes += u64::from(len);
        }
    }
    Ok(plan)
}

/// Up to where the reader has the line. A fork below is not left out: the reader may have its other side.
fn known_to<S: SyncStore>(store: &S, line: Line, reader_has: &[Have]) -> Result<u64, S::Error> {
    let of_line = |have: &&Have| {
        (have.lane, have.device, have.incarnation) == (line.lane, line.device, line.incarnation)
    };
    let Some(have) = reader_has
        .iter()
        .filter(of_line)
        .max_by_key(|have| have.seq)
    else {
        return Ok(0);
    };
    let forked = store
        .evidence()?
        .iter()
        .any(|evidence| evidence.line == line);
    let ours = store.ids_at(line, have.seq)?;
    Ok(if ours.contains(&have.record) && !forked {
        have.seq
    } else {
        0
    })
}
