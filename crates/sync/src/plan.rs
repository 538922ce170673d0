//! What goes into a bundle.
//!
//! # Invariants
//!
//! - **Complete unless the reader's own word says otherwise**, and that word counts only where it names our record.

use std::collections::BTreeMap;

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
    /// Up to which place a line is left out, because every reader has it; nothing where all there is goes in.
    pub left_out: BTreeMap<Line, u64>,
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
    plan_for(store, scope, reader_has.as_slice())
}

/// Plans a bundle for several readers, by what each of them acknowledged: only what all have is left out. Without
/// readers it is all there is.
///
/// # Errors
///
/// The store's.
pub fn plan_for<S: SyncStore, H: AsRef<[Have]>>(
    store: &S,
    scope: Scope,
    readers: &[H],
) -> Result<Plan, S::Error> {
    let mut plan = Plan {
        records: Vec::new(),
        load: Load { count: 0, bytes: 0 },
        contains: Vec::new(),
        left_out: BTreeMap::new(),
    };
    let is_meant = |lane: Lane| scope == Scope::All || scope == Scope::Lane(lane);
    let vector = store.vector()?;
    plan.contains = vector.to_haves();
    plan.contains.retain(|have| is_meant(have.lane));
    for (line, _) in vector.lines().filter(|(line, _)| is_meant(line.lane)) {
        let known = known_to_all(store, *line, readers)?;
        if known > 0 {
            plan.left_out.insert(*line, known);
        }
        for (id, len) in store.ids_from(*line, known + 1)? {
            plan.records.push(id);
            plan.load.count += 1;
            plan.load.bytes += u64::from(len);
        }
    }
    Ok(plan)
}

/// Up to where every reader has the line: the lowest place. Each word is held against our records by itself, so that a
/// reader with another history lowers it to nothing, wherever the others are.
fn known_to_all<S: SyncStore, H: AsRef<[Have]>>(
    store: &S,
    line: Line,
    readers: &[H],
) -> Result<u64, S::Error> {
    let mut lowest = None;
    for reader in readers {
        let known = known_to(store, line, reader.as_ref())?;
        lowest = Some(lowest.map_or(known, |lowest: u64| lowest.min(known)));
        if known == 0 {
            break;
        }
    }
    Ok(lowest.unwrap_or_default())
}

/// Up to where the reader has the line. A fork below is not left out: the reader may have its other side.
fn known_to<S: SyncStore>(store: &S, line: Line, reader_has: &[Have]) -> Result<u64, S::Error> {
    let Some(have) = reader_has
        .iter()
        .filter(|have| Line::of_have(have) == line)
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

/// How many records are missing here of what somebody said to have: places that are empty, and a last record that is not
/// ours.
///
/// # Errors
///
/// The store's.
pub fn missing<S: SyncStore>(store: &S, told: &[Have]) -> Result<u64, S::Error> {
    let mut highest: BTreeMap<Line, &Have> = BTreeMap::new();
    for have in told {
        let known = highest.entry(Line::of_have(have)).or_insert(have);
        if known.seq < have.seq {
            *known = have;
        }
    }
    let (vector, mut missing) = (store.vector()?, 0_u64);
    for (line, have) in highest {
        let here = vector.line(&line).map_or(0, |seen| seen.up_to(have.seq));
        let empty = have.seq.saturating_sub(here);
        let other = empty == 0 && !store.ids_at(line, have.seq)?.contains(&have.record);
        missing = missing.saturating_add(empty + u64::from(other));
    }
    Ok(missing)
}
