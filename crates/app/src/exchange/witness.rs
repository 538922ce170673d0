//! Witness (立ち会い): once a day each device says in every lane up to where it has everybody's records.
//!
//! So colleagues know when it last merged, what need not be sent to it again, and whether somebody keeps records from them.
//!
//! # Invariants
//!
//! - **At most one per device, lane and day**, with what changed since the last, at most [`MAX_WITNESSED`] places.
//! - **A claim proves nothing.** It is shown, it saves bytes, it makes a device ask for its own records; no record counts or
//!   does not count by it.

use std::collections::BTreeMap;

use store::{Reader, Transaction};
use sync::vector::{Line, VersionVector};
use wire::body::{Have, MAX_WITNESSED, Witness};
use wire::cbor;
use wire::ids::{Device, Group, Lane};

use super::state;
use crate::error::Result;
use crate::identity::Identity;
use crate::trust::Trust;

const DAY: i64 = 86_400_000;

/// By line, so that a later claim takes the place of an earlier one.
type Places = BTreeMap<Line, Have>;

fn line(have: &Have) -> Line {
    Line {
        lane: have.lane,
        device: have.device,
        incarnation: have.incarnation,
    }
}

/// What was last said in a lane, and on which day.
type Said = Vec<(Lane, (u32, Vec<Have>))>;

fn said(reader: &Reader<'_>) -> Result<BTreeMap<Lane, (u32, Vec<Have>)>> {
    let kept = reader.device_state(state::WITNESSED)?;
    let said: Said = kept
        .and_then(|bytes| cbor::from_slice(&bytes).ok())
        .unwrap_or_default();
    Ok(said.into_iter().collect())
}

/// What is to be said today, by team; from then on it counts as said.
pub(super) fn due(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vector: &VersionVector,
    now: i64,
) -> Result<Vec<(Group, Witness)>> {
    let (office, own) = (trust.directory.state(), Device::new(identity.device));
    let today = u32::try_from(now / DAY).unwrap_or_default();
    let mut said = said(tx)?;
    let mut due = Vec::new();
    for group in office.groups.keys() {
        let lane = group.lane();
        let (day, before) = said.remove(&lane).unwrap_or_default();
        if day == today || !office.is_member(own, *group) {
            said.insert(lane, (day, before));
            continue;
        }
        let mut known: Places = before.iter().map(|have| (line(have), *have)).collect();
        // A device's own records speak for themselves.
        let of_others = |have: &Have| have.lane == lane && have.device != own;
        let changed: Vec<Have> = vector
            .to_haves()
            .into_iter()
            .filter(|have| of_others(have) && known.get(&line(have)) != Some(have))
            .take(MAX_WITNESSED)
            .collect();
        if !changed.is_empty() {
            known.extend(changed.iter().map(|have| (line(have), *have)));
            due.push((
                *group,
                Witness {
                    day: today,
                    have: changed,
                    directory: trust.directory.heads().clone(),
                    heads: Vec::new(),
                },
            ));
        }
        said.insert(lane, (today, known.into_values().collect()));
    }
    if !due.is_empty() {
        let said: Said = said.into_iter().collect();
        tx.put_device_state(state::WITNESSED, &cbor::to_vec(&said))?;
    }
    Ok(due)
}

/// What a device has, with what it says now.
pub(super) fn heard(before: Option<&[u8]>, witness: &Witness) -> Vec<Have> {
    let before: Vec<Have> = before
        .and_then(|bytes| cbor::from_slice(bytes).ok())
        .unwrap_or_default();
    let mut places: Places = before.into_iter().map(|have| (line(&have), have)).collect();
    places.extend(witness.have.iter().map(|have| (line(have), *have)));
    places.into_values().collect()
}
