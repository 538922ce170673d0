//! Whether a record's author had the right to write it.
//!
//! # Invariants
//!
//! - **Judged where it was written.** The directory and the roster are taken at the heads that the record names; only a
//!   revocation, which carries a cut, and directory operations that turn out to be void reach back. So records are
//!   judged again when the directory changes.
//! - **Not knowing is not refusing.** A head that is not here leaves the record waiting.

#[cfg(test)]
mod tests;

use crate::body::Kind;
use crate::directory::{Directory, Standing, State};
use crate::envelope::{Inner, Outer, Verified};
use crate::ids::{Device, Group, Hash, Lane, Vault};
use crate::pair;
use crate::roster::{Class, Roster};

/// What is to be done with a verified record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Its author might write it.
    Granted,
    /// It cannot be told yet.
    Waits(Unknown),
    /// Its author might not; kept aside with the reason.
    Refused(NoRight),
}

/// What is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The directory that it names: ask for a newer one.
    Directory,
    /// The roster that it names.
    Roster,
}

/// Why an author has no right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRight {
    /// The device was not in the office.
    NotInOffice,
    /// No role of the device writes.
    NoWritingRole,
    /// The device did not read the vault.
    NotAReader,
    /// The device was shut out, the record is beyond the cut, and nobody adopted it.
    BeyondCut,
    /// It lies in the vault of two devices and is no key box.
    OnlyKeyBoxes,
}

/// Judges a verified record whose outer layer is open. `roster` is that of the record's vault, if there is one here.
#[must_use]
pub fn right_to_write(
    directory: &Directory,
    roster: Option<&Roster>,
    record: &Verified,
    inner: &Inner,
) -> Right {
    let (outer, now) = (record.outer(), directory.state());
    if is_cut_off(now, outer, record.id()) {
        return Right::Refused(NoRight::BeyondCut);
    }
    let Some(office) = directory.judged_at_head(inner.dir_head) else {
        return Right::Waits(Unknown::Directory);
    };
    if !office.is_active(outer.device) {
        return Right::Refused(NoRight::NotInOffice);
    }
    let team = Group::new(*inner.vault.as_bytes());
    if office.groups.contains_key(&team) {
        return right_in_team(&office, outer, inner, team);
    }
    if outer.lane == Lane::ORG && is_of_pair(&office, outer.device, inner.vault) {
        return right_in_pair(inner);
    }
    // Each roster operation is judged by itself, and the first has no roster before it.
    if inner.kind == Kind::ROSTER {
        return Right::Granted;
    }
    let Some(roster) = roster.filter(|roster| roster.vault() == inner.vault) else {
        return Right::Waits(Unknown::Roster);
    };
    match roster.at_head(inner.roster_head) {
        None => Right::Waits(Unknown::Roster),
        Some(readership) if !readership.reads(outer.device, &office) => {
            Right::Refused(NoRight::NotAReader)
        }
        // Everybody's device appends to its own audit vault, and nobody else does.
        Some(readership) if readership.class == Class::Audit => {
            if inner.kind == Kind::AUDIT && roster.founder() == Some(outer.device) {
                Right::Granted
            } else {
                Right::Refused(NoRight::NotAReader)
            }
        }
        // Whoever reads a restricted vault logs that, also where nothing else is theirs to write.
        Some(_) if !office.writes(outer.device) && inner.kind != Kind::AUDIT => {
            Right::Refused(NoRight::NoWritingRole)
        }
        Some(_) => Right::Granted,
    }
}

fn right_in_team(office: &State, outer: &Outer, inner: &Inner, team: Group) -> Right {
    let reads = office.is_member(outer.device, team);
    // An admin hands the group's key to a device that it takes in.
    let hands_out = inner.kind == Kind::KEYBOX && office.is_admin(outer.device);
    let witnesses = inner.kind == Kind::WITNESS;
    if !reads && !hands_out {
        Right::Refused(NoRight::NotAReader)
    } else if !office.writes(outer.device) && !witnesses && !hands_out {
        Right::Refused(NoRight::NoWritingRole)
    } else {
        Right::Granted
    }
}

/// Whether it is the vault of the author and some device, or the office's escrow. Its name is a hash, so it is no vault with a
/// roster.
fn is_of_pair(office: &State, author: Device, vault: Vault) -> bool {
    let escrow = office.escrow.and_then(|escrow| escrow.seat());
    let peers = office.devices.keys().copied();
    peers
        .chain(escrow.map(|keys| keys.device()))
        .any(|peer| pair::vault_of(author, peer) == vault)
}

/// One hands the other a key. Whether it may is judged by the box and the roster of the vault that it opens.
fn right_in_pair(inner: &Inner) -> Right {
    if inner.kind == Kind::KEYBOX {
        Right::Granted
    } else {
        Right::Refused(NoRight::OnlyKeyBoxes)
    }
}

/// Whether the device is shut out now and the record lies beyond the cut, and no admin adopted it.
#[must_use]
pub fn is_cut_off(now: &State, outer: &Outer, record: Hash) -> bool {
    let place = (outer.incarnation, outer.seq);
    is_beyond_cut(now, (outer.device, outer.lane), place, record)
}

/// The same by a record's place: author and lane, incarnation and number.
#[must_use]
pub fn is_beyond_cut(
    now: &State,
    (device, lane): (Device, Lane),
    (incarnation, seq): (u32, u64),
    record: Hash,
) -> bool {
    let Some(member) = now.devices.get(&device) else {
        return false;
    };
    let Standing::Revoked { cut } = &member.standing else {
        return false;
    };
    // Each incarnation has a cut of its own: whoever holds an old copy of the store could write on in an earlier one.
    let within = cut.get(&(lane, incarnation)).is_some_and(|last| {
        // At the cut itself, only the record that is named: another one there is a fork.
        seq < last.seq || (seq == last.seq && record == last.record)
    });
    !within && !now.adopted.contains(&record)
}

/// The public key with which a record's author signs, if the directory knows the device.
#[must_use]
pub fn author_key(directory: &Directory, device: Device) -> Option<[u8; 32]> {
    directory
        .state()
        .devices
        .get(&device)
        .map(|member| member.keys.sign)
}
