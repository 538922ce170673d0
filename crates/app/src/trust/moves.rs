//! Moving a case to another team (担当チームの変更): who reads it from then on.
//!
//! # Invariants
//!
//! - **Putting in before taking out**: at no moment does nobody read the case.
//! - **Nobody has to be in both teams**, and nobody has to stay in both. Whoever moves a case to a team without being in it
//!   boxes its key for each device of that team, one by one, as for a restricted record; the records follow in the
//!   organisation's lane ([`crate::exchange`], carrying). So do late words where whoever was in both is so no more.
//! - **What is known of a move follows from the roster and the directory**, on every laptop alike; the table beside it is a
//!   note of that.

use std::collections::BTreeSet;

use store::table::carried::MovedRow;
use store::table::trust::{Signed, VaultBytes};
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::ids::{Device, Group, Lane};
use wire::roster::{Class, Grant, Readers, Roster, RosterError};

use super::Trust;
use super::keys::{box_up, newest_key};
use super::vaults::read_roster;
use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;

/// Lets another team read a case vault, and none of those that read it until now.
///
/// # Errors
/// [`ErrorCode::NotSupervisor`] when this device may not; [`ErrorCode::NotFound`] when the vault is no case's;
/// [`ErrorCode::NobodyInTeam`] when no device is in the new one.
pub(crate) fn change_team(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
    to: Group,
) -> Result<()> {
    let directory = &trust.directory;
    let mut roster = read_roster(tx, directory, vault)?.ok_or(ErrorCode::NotFound)?;
    if roster.state().class != Class::Case {
        return Err(ErrorCode::NotFound.into());
    }
    let office = directory.state();
    let own = Device::new(identity.device);
    if !roster.state().may_change(own, office) {
        return Err(ErrorCode::NotSupervisor.into());
    }
    let from: BTreeSet<Group> = roster.state().readers.groups.clone();
    let leaving: BTreeSet<Group> = from.iter().copied().filter(|group| *group != to).collect();
    let coming: BTreeSet<Device> = office.members(to).collect();
    if !coming.iter().any(|device| office.writes(*device)) {
        return Err(ErrorCode::NobodyInTeam.into());
    }
    let groups = |groups| Readers {
        groups,
        ..Readers::default()
    };
    let mut grants = Vec::new();
    if !from.contains(&to) {
        grants.push(Grant::Grant(groups(BTreeSet::from([to]))));
    }
    if !leaving.is_empty() {
        grants.push(Grant::Remove(groups(leaving)));
    }
    for grant in grants {
        let op = roster
            .write(directory, (own, &identity.sign), &grant)
            .map_err(|error| of_roster(&error))?;
        let row = VaultBytes {
            vault: *vault,
            id: *op.id().as_bytes(),
            bytes: op.to_bytes(),
        };
        tx.put_signed(Signed::Roster, &row, None)?;
        // While this device reads it still: nobody else could make them.
        if let Grant::Grant(_) = grant
            && !coming.contains(&own)
            && !boxes_nothing()
        {
            let key = newest_key(tx, vault)?;
            box_up(tx, identity, trust, &roster, &key, Some(coming.clone()))?;
        }
    }
    note_move(tx, identity, directory, vault)
}

/// The protection taken out, for a red control.
fn boxes_nothing() -> bool {
    #[cfg(test)]
    return tests::BOXES_NOTHING.get();
    #[cfg(not(test))]
    false
}

fn of_roster(error: &RosterError) -> AppError {
    let code = if *error == RosterError::NoRight {
        ErrorCode::NotSupervisor
    } else {
        ErrorCode::Internal
    };
    AppError::new(code).because(error.to_string())
}

/// Keeps what the roster of a case vault says of its team, where that was ever changed.
pub(crate) fn note_move(
    tx: &Transaction<'_>,
    identity: &Identity,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<()> {
    let Some(roster) = read_roster(tx, directory, vault)? else {
        return Ok(());
    };
    let state = roster.state();
    let Some(team) = team_of(&roster) else {
        return Ok(());
    };
    if state.class == Class::Case && roster.ops().nth(1).is_some() {
        let reads = state.reads(Device::new(identity.device), directory.state());
        tx.put_moved(&MovedRow {
            vault: *vault,
            team: *team.vault().as_bytes(),
            reads,
            apart: is_apart(&roster, directory) || is_parted(&roster, directory),
        })?;
    }
    Ok(())
}

/// Looks at all moves anew, where the directory has grown: who was in two teams may be in one by now.
pub(crate) fn note_moves(
    tx: &Transaction<'_>,
    identity: &Identity,
    directory: &Directory,
) -> Result<()> {
    for row in tx.all_moved()?.into_iter().filter(|row| !row.apart) {
        note_move(tx, identity, directory, &row.vault)?;
    }
    Ok(())
}

/// The vaults whose keys are boxed for single devices, in the organisation's lane: those of that lane, and the cases that
/// went to a team by the hand of somebody who was not in it.
pub(crate) fn vaults_of_devices(reader: &Reader<'_>) -> Result<BTreeSet<[u8; 16]>> {
    let apart = reader.all_moved()?.into_iter().filter(|row| row.apart);
    let of_lane = reader.vaults_in(Lane::ORG.as_bytes())?;
    let of_lane = of_lane.into_iter().map(|row| row.vault);
    Ok(of_lane.chain(apart.map(|row| row.vault)).collect())
}

/// The team whose case it is. Of a move of which only the first half is here, both read it: then it is the one that it was
/// with until now, for the new one was let in by an operation that nothing follows yet.
fn team_of(roster: &Roster) -> Option<Group> {
    let groups = &roster.state().readers.groups;
    let coming: BTreeSet<Group> = roster
        .ops()
        .filter(|op| roster.heads().contains(&op.id()))
        .filter_map(|op| match op.grant() {
            Grant::Grant(new) => Some(new.groups.iter().copied()),
            _ => None,
        })
        .flatten()
        .collect();
    let stays = groups.iter().find(|group| !coming.contains(group));
    stays.or(groups.first()).copied()
}

/// Whether a case ever went to a team by the hand of somebody who was not in it.
fn is_apart(roster: &Roster, directory: &Directory) -> bool {
    roster.ops().any(|op| {
        let Grant::Grant(new) = op.grant() else {
            return false;
        };
        let office = directory.at(op.directory());
        office.is_some_and(|office| {
            let is_in = |group| office.is_member(op.author(), group);
            !new.groups.iter().copied().all(is_in)
        })
    })
}

/// Whether there is a team that read a case before and of which nobody is in one that reads it now: nobody is left who has
/// the lanes of both.
fn is_parted(roster: &Roster, directory: &Directory) -> bool {
    #[cfg(test)]
    if tests::NEVER_PARTED.get() {
        return false;
    }
    let (office, readers) = (directory.state(), &roster.state().readers.groups);
    let before = roster.ops().filter_map(|op| match op.grant() {
        Grant::Found { readers, .. } | Grant::Grant(readers) => Some(&readers.groups),
        _ => None,
    });
    before
        .flatten()
        .filter(|group| !readers.contains(group))
        .any(|group| {
            let reads = |device| readers.iter().any(|now| office.is_member(device, *now));
            !office
                .members(*group)
                .any(|device| office.writes(device) && reads(device))
        })
}

/// The teams that read a vault and that this device is in, with their keys here: it can seal into the lanes of these.
pub(crate) fn own_teams(
    reader: &Reader<'_>,
    identity: &Identity,
    directory: &Directory,
    roster: &Roster,
) -> Result<Vec<Group>> {
    let (office, own) = (directory.state(), Device::new(identity.device));
    let mut teams = Vec::new();
    for group in &roster.state().readers.groups {
        if office.is_member(own, *group) && !reader.vault_keys(group.vault().as_bytes())?.is_empty()
        {
            teams.push(*group);
        }
    }
    Ok(teams)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// A protection taken out, for a red control.
        pub(crate) static BOXES_NOTHING: Cell<bool> = const { Cell::new(false) };
        pub(crate) static NEVER_PARTED: Cell<bool> = const { Cell::new(false) };
    }
}
