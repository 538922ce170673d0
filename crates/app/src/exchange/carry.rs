//! Carrying a case to the lane of its new team (担当チームの変更): what was written before, and what comes late.
//!
//! A record stays in the lane in which it was sealed. Whoever is in both teams seals beside it, in the other lane, a record
//! that holds it as it was, with the key of its outer layer.
//!
//! Where the case went to a team by the hand of somebody who is not in it (`apart`), nobody need be in both: those of the old
//! team seal it in the organisation's lane, under the key of the case that they have, and box that key for the new team where
//! whoever moved the case did not know it ([`crate::trust::late`]); whoever is in the new team carries it on into that team's
//! lane.
//!
//! # Invariants
//!
//! - **What was written before the move goes to those who read it then**, under the key that they have; what is written
//!   after it goes into the new team's lane under a key that the old team does not get.
//! - **In the lane of each team that reads a case lies all of it**, the late words of the old team included, as soon as
//!   somebody who is in both has exchanged; or somebody of the old team and then somebody of the new one.
//! - **Nothing is carried twice** by one who knows that it was; carried twice all the same, it has one effect.

use std::collections::{BTreeMap, BTreeSet};

use store::table::trust::{Signed, VaultBytes};
use store::{Reader, Transaction};
use wire::body::{Body, Carry, Passed};
use wire::directory::Directory;
use wire::envelope::{LaneKey, Outer, Verified, open_outer};
use wire::ids::{Device, Doc, Hash, Lane, Org, Vault};
use wire::keybox::SealedKeybox;
use wire::rights::author_key;
use wire::roster::{Grant, RosterOp};

use crate::error::Result;
use crate::identity::Identity;
use crate::trust::{self, Trust};

/// A record on its way into another lane.
pub(super) struct Carried {
    pub(super) vault: Vault,
    pub(super) doc: Doc,
    /// The lane that it is to be in.
    pub(super) lane: Lane,
    pub(super) roster_head: Hash,
    pub(super) carry: Carry,
    pub(super) origin: (Hash, Outer),
}

/// The vaults that this device seals in the old team's lane so far and from now on in the new one's: of each the lane, and
/// the roster's head. Of one that went where this device is not, the lane stays.
pub(super) type Turning = BTreeMap<[u8; 16], (Lane, Hash)>;

/// Lets the cases that came in the organisation's lane travel in that of the team that they came to: what is written in one
/// goes there, also where it went on before anything of it was sealed here.
pub(super) fn come_home(tx: &Transaction<'_>, directory: &Directory) -> Result<()> {
    #[cfg(test)]
    if tests::STAYS_ABROAD.get() {
        return Ok(());
    }
    for moved in tx.all_moved()?.into_iter().filter(|moved| moved.apart) {
        let row = tx.vault(&moved.vault)?;
        if row.is_none_or(|row| Lane::new(row.lane) != Lane::ORG) {
            continue;
        }
        let Some(roster) = trust::read_roster(tx, directory, &moved.vault)? else {
            continue;
        };
        let mut home = None;
        for op in roster.ops() {
            if let Grant::Found { readers, .. } | Grant::Grant(readers) = op.grant() {
                for group in &readers.groups {
                    if !tx.vault_keys(group.vault().as_bytes())?.is_empty() {
                        home = Some(group.lane());
                    }
                }
            }
        }
        if let Some(home) = home {
            tx.set_vault_lane(&moved.vault, home.as_bytes())?;
        }
    }
    Ok(())
}

/// Finds them.
pub(super) fn turning(
    tx: &Transaction<'_>,
    identity: &Identity,
    directory: &Directory,
) -> Result<Turning> {
    let mut turning = Turning::new();
    for moved in tx.all_moved()? {
        let (Some(row), Some(roster)) = (
            tx.vault(&moved.vault)?,
            trust::read_roster(tx, directory, &moved.vault)?,
        ) else {
            continue;
        };
        let teams = trust::own_teams(tx, identity, directory, &roster)?;
        let stays = teams
            .iter()
            .any(|group| *group.lane().as_bytes() == row.lane);
        let lane = match teams.first() {
            Some(group) if !stays => group.lane(),
            None if moved.apart => Lane::new(row.lane),
            _ => continue,
        };
        turning.insert(moved.vault, (lane, roster.head()));
    }
    Ok(turning)
}

/// From now on their records travel in the new team's lane.
pub(super) fn turn(tx: &Transaction<'_>, turning: &Turning) -> Result<()> {
    #[cfg(test)]
    if tests::STAYS.get() {
        return Ok(());
    }
    for (vault, (lane, _)) in turning {
        tx.set_vault_lane(vault, lane.as_bytes())?;
    }
    Ok(())
}

/// The cases of which it is still to be said that they go to another team.
pub(super) fn untold(tx: &Transaction<'_>) -> Result<BTreeSet<[u8; 16]>> {
    let mut untold = BTreeSet::new();
    for row in tx.unsealed_signed(Signed::Roster)? {
        if tx.moved(&row.vault)?.is_some() {
            untold.insert(row.vault);
        }
    }
    Ok(untold)
}

/// The lanes in which an operation of a case's roster is said besides that of its vault: of the teams that it takes out, as
/// far as this device is in them.
pub(super) fn lanes_told(
    tx: &Transaction<'_>,
    identity: &Identity,
    directory: &Directory,
    row: &VaultBytes,
) -> Result<Vec<Lane>> {
    let mut lanes = Vec::new();
    let (office, own) = (directory.state(), Device::new(identity.device));
    let home = tx.vault(&row.vault)?.map(|vault| Lane::new(vault.lane));
    if let Ok(op) = RosterOp::parse(&row.bytes)
        && let Grant::Remove(gone) = op.grant()
    {
        for group in &gone.groups {
            let has_key = !tx.vault_keys(group.vault().as_bytes())?.is_empty();
            if has_key && office.is_member(own, *group) && home != Some(group.lane()) {
                lanes.push(group.lane());
            }
        }
    }
    Ok(lanes)
}

/// The lane in which the members look for a box with the key of a case that was moved; none where it goes where its vault's
/// records go.
pub(super) fn lane_of_box(
    tx: &Transaction<'_>,
    directory: &Directory,
    row: &VaultBytes,
) -> Result<Option<Lane>> {
    if tx.moved(&row.vault)?.is_none() {
        return Ok(None);
    }
    let verified = SealedKeybox::parse(&row.bytes).and_then(|sealed| sealed.verify(directory));
    // A box for no team is for a device of a team that its maker is not in.
    Ok(verified.ok().map(|keybox| {
        let team = keybox.team_kids().next();
        team.map_or(Lane::ORG, |(group, _)| group.lane())
    }))
}

/// What lies in another lane of the cases that were moved, and is still to be brought into the lanes of the teams that read
/// them and that this device is in.
pub(super) fn due(
    tx: &Transaction<'_>,
    identity: &Identity,
    directory: &Directory,
) -> Result<Vec<Carried>> {
    let mut due = Vec::new();
    let (office, own) = (directory.state(), Device::new(identity.device));
    let moved = tx.all_moved()?;
    if moved.is_empty() || !office.writes(own) {
        return Ok(due);
    }
    let keys = lane_keys(tx)?;
    for row in moved {
        if tx.is_hidden(&row.vault, &[0; 16])? {
            continue;
        }
        let Some(roster) = trust::read_roster(tx, directory, &row.vault)? else {
            continue;
        };
        let teams = trust::own_teams(tx, identity, directory, &roster)?;
        let mut lanes: Vec<Lane> = teams.iter().map(|group| group.lane()).collect();
        if lanes.is_empty() && row.apart && goes_apart(tx, &row.vault)? {
            lanes.push(Lane::ORG);
        }
        for lane in lanes {
            for id in tx.records_to_carry(&row.vault, lane.as_bytes())? {
                let found = take_up(tx, directory, &keys, &row.vault, &id)?;
                let Some((vault, doc, carry, origin)) = found else {
                    continue;
                };
                // What was written in the organisation's lane opens for the new team as it is.
                if origin.1.lane == Lane::ORG {
                    continue;
                }
                // What is to be erased goes nowhere; and a record of another vault may lie in the same change's name.
                if vault == Vault::new(row.vault) && !tx.is_hidden(&row.vault, doc.as_bytes())? {
                    due.push(Carried {
                        vault,
                        doc,
                        lane,
                        roster_head: roster.head(),
                        carry,
                        origin,
                    });
                }
            }
        }
    }
    Ok(due)
}

/// Boxes the keys of what goes into the organisation's lane for the devices of the team that is to read it.
pub(super) fn hand_on(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    carried: &[Carried],
) -> Result<()> {
    for row in tx.all_moved()? {
        if row.apart && !tx.is_hidden(&row.vault, &[0; 16])? {
            let vault = Vault::new(row.vault);
            let is_of_it = |it: &Carried| it.vault == vault && it.lane == Lane::ORG;
            trust::hand_on(
                tx,
                identity,
                trust,
                &row.vault,
                carried.iter().any(is_of_it),
            )?;
        }
    }
    Ok(())
}

/// Whether this device has the key under which a case goes to a team that it is not in.
fn goes_apart(reader: &Reader<'_>, vault: &[u8; 16]) -> Result<bool> {
    #[cfg(test)]
    if tests::NONE_APART.get() {
        return Ok(false);
    }
    Ok(!reader.vault_keys(vault)?.is_empty())
}

pub(super) fn lane_keys(tx: &Reader<'_>) -> Result<Vec<(Lane, LaneKey)>> {
    let mut keys = Vec::new();
    for row in tx.vaults_of_class("team")? {
        for key in tx.vault_keys(&row.vault)? {
            keys.push((Lane::new(row.lane), LaneKey::of(&key)));
        }
    }
    Ok(keys)
}

type TakenUp = (Vault, Doc, Carry, (Hash, Outer));

/// A kept record, ready to be carried on; of one that carries another, that other. None where it does not open here.
fn take_up(
    tx: &Reader<'_>,
    directory: &Directory,
    keys: &[(Lane, LaneKey)],
    vault: &[u8; 16],
    id: &[u8; 32],
) -> Result<Option<TakenUp>> {
    let Some(row) = tx.record(id)? else {
        return Ok(None);
    };
    let Some(record) = verified(directory, row.bytes) else {
        return Ok(None);
    };
    let outer = *record.outer();
    let is_carrier = tx.carried(id)?.is_some();
    let mut own = Vec::new();
    if outer.lane == Lane::ORG {
        // A record in that lane is under the key of its own vault, and does not say under which.
        own.extend(tx.vault_keys(vault)?.iter().map(LaneKey::of));
    }
    let named = keys
        .iter()
        .filter(|(lane, key)| *lane == outer.lane && key.id() == outer.lkid);
    let opened = named
        .map(|(_, key)| key)
        .chain(&own)
        .find_map(|key| Some((record.open_lane_layer(key).ok()?, key)));
    let Some((lane, key)) = opened else {
        return Ok(None);
    };
    let inner = *lane.inner();
    let (vault, doc) = (inner.vault, inner.doc);
    if !is_carrier {
        let carry = Carry::of(&record, key.record_key(&outer));
        return Ok(Some((vault, doc, carry, (record.id(), outer))));
    }
    for key in tx.vault_keys(vault.as_bytes())? {
        if let Ok(opened) = lane.open_body(&key)
            && let Body::Carry(carry) = opened.body
        {
            let org: Org = directory.org();
            let Ok(sealed) = carry.sealed(org) else {
                return Ok(None);
            };
            let origin = (sealed.id(), *sealed.outer());
            return Ok(Some((vault, doc, carry, origin)));
        }
    }
    Ok(None)
}

/// A kept record as it is passed on to another office, with its name and author; none where it does not open here, or holds
/// no changes. One that came from another office itself goes on as it came.
pub(super) fn as_passed(
    reader: &Reader<'_>,
    directory: &Directory,
    keys: &[(Lane, LaneKey)],
    vault: &[u8; 16],
    id: &[u8; 32],
) -> Result<Option<(Hash, Device, Passed)>> {
    let found = take_up(reader, directory, keys, vault, id)?;
    let Some((of, _, carry, (name, outer))) = found.filter(|(of, ..)| of.as_bytes() == vault)
    else {
        return Ok(None);
    };
    let Ok(lane) = carry.open(directory) else {
        return Ok(None);
    };
    for key in reader.vault_keys(of.as_bytes())? {
        let Ok(opened) = lane.open_body(&key) else {
            continue;
        };
        if let Body::Changes(_) = &opened.body {
            let org = directory.org();
            #[cfg(test)]
            let org = tests::CLAIMS.get().unwrap_or(org);
            let passed = Passed::of(org, carry, key);
            return Ok(Some((name, outer.device, passed)));
        }
        if let Body::Passed(passed) | Body::PassedOn(passed) = opened.body
            && let (Ok(name), Ok(author)) = (passed.name(), passed.author())
        {
            return Ok(Some((name, author, passed)));
        }
    }
    Ok(None)
}

fn verified(directory: &Directory, bytes: Vec<u8>) -> Option<Verified> {
    let sealed = open_outer(bytes, directory.org()).ok()?;
    let public = author_key(directory, sealed.outer().device)?;
    sealed.verify(&public).ok()
}

/// Brings the keys of moved cases up to date, also where nothing new was written: the new team has none yet.
pub(super) fn follow_up(tx: &Transaction<'_>, identity: &Identity, trust: &Trust) -> Result<()> {
    for row in tx.all_moved()? {
        if !tx.is_hidden(&row.vault, &[0; 16])? {
            trust::follow_up(tx, identity, trust, &row.vault)?;
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use wire::ids::Org;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static STAYS: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static ANY_CARRY: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static STAYS_ABROAD: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static NONE_APART: Cell<bool> = const { Cell::new(false) };
        /// What office a passed record is said to be of.
        pub(in crate::exchange) static CLAIMS: Cell<Option<Org>> = const { Cell::new(None) };
    }
}
