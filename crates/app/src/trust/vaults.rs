//! Vaults: founding one, and its roster, which says who reads it.

use std::collections::BTreeSet;

use crypto::SecretKey;
use store::table::trust::{Signed, VaultBytes};
use store::table::vault::VaultRow;
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::ids::{Device, Group, Lane, Vault};
use wire::keybox::{Keybox, Recipient};
use wire::roster::{Class, Grant, Readers, Roster, RosterError, RosterOp};

use super::keys::{box_up, newest_key, put_keybox, rotate, serve_escrow};
use super::{Trust, wraps};
use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;

/// Founds a case vault that a team reads (the whole office, or a part of it): its roster, its key, and the box that carries
/// the key.
///
/// # Errors
/// [`ErrorCode::StoreDamaged`] when the team's key is not here.
pub(crate) fn found_case_vault(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
) -> Result<[u8; 16]> {
    let wrap =
        wraps::under(tx, identity, &trust.directory, group)?.ok_or(ErrorCode::StoreDamaged)?;
    let author = (Device::new(identity.device), &identity.sign);
    let readers = Readers {
        groups: BTreeSet::from([group]),
        ..Readers::default()
    };
    let internal =
        |e: &dyn std::error::Error| AppError::new(ErrorCode::Internal).because(e.to_string());
    let roster =
        Roster::found(&trust.directory, author, Class::Case, readers).map_err(|e| internal(&e))?;
    let key = SecretKey::make();
    let recipients = [Recipient::Group(group, &wrap)];
    let keybox = Keybox::make(
        &trust.directory,
        author,
        (roster.vault(), &key),
        Some(&roster),
        &recipients,
        BTreeSet::new(),
        &[],
    )
    .map_err(|e| internal(&e))?;
    let vault = *roster.vault().as_bytes();
    put_vault(tx, &roster, &key, "case", *group.lane().as_bytes())?;
    put_keybox(tx, &keybox)?;
    Ok(vault)
}

/// Founds a vault that these devices alone read: its roster, its key, and a box for each. All of them may name further
/// readers: if one could, nobody could once that device is gone.
pub(crate) fn found_restricted_vault(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    readers: BTreeSet<Device>,
) -> Result<[u8; 16]> {
    #[cfg(test)]
    let readers = if tests::READ_BY_ALL.get() {
        let office = trust.directory.state();
        let all = office.devices.keys().copied();
        all.filter(|it| office.is_active(*it)).collect()
    } else {
        readers
    };
    let readers = Readers {
        stewards: readers,
        ..Readers::default()
    };
    let author = (Device::new(identity.device), &identity.sign);
    let roster = Roster::found(&trust.directory, author, Class::Restricted, readers)
        .map_err(|e| of_roster(&e))?;
    let key = SecretKey::make();
    let vault = *roster.vault().as_bytes();
    put_vault(tx, &roster, &key, "restricted", *Lane::ORG.as_bytes())?;
    box_up(tx, identity, trust, &roster, &key, None)?;
    Ok(vault)
}

/// Founds the audit vault of this device, for the devices of auditors. Only this device may name others.
pub(crate) fn found_audit_vault(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    auditors: BTreeSet<Device>,
) -> Result<[u8; 16]> {
    let author = (Device::new(identity.device), &identity.sign);
    let readers = Readers {
        devices: auditors,
        stewards: BTreeSet::from([author.0]),
        ..Readers::default()
    };
    let roster = Roster::found(&trust.directory, author, Class::Audit, readers)
        .map_err(|e| of_roster(&e))?;
    let key = SecretKey::make();
    let vault = *roster.vault().as_bytes();
    put_vault(tx, &roster, &key, "audit", *Lane::ORG.as_bytes())?;
    box_up(tx, identity, trust, &roster, &key, None)?;
    Ok(vault)
}

/// Changes who reads a restricted or audit vault. Whoever comes, the office's escrow too, gets the newest key, which opens all
/// history; where somebody goes, those who stay get a new one, and everything from now on is under it.
///
/// # Errors
/// [`ErrorCode::NotSteward`], [`ErrorCode::TooFewReaders`].
pub(crate) fn change_readers(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
    grant: &Grant,
) -> Result<()> {
    let mut roster = read_roster(tx, &trust.directory, vault)?.ok_or(ErrorCode::NotFound)?;
    let author = (Device::new(identity.device), &identity.sign);
    let op = roster
        .write(&trust.directory, author, grant)
        .map_err(|e| of_roster(&e))?;
    tx.put_signed(
        Signed::Roster,
        &VaultBytes {
            vault: *vault,
            id: *op.id().as_bytes(),
            bytes: op.to_bytes(),
        },
        None,
    )?;
    match grant {
        Grant::Grant(new) => {
            let key = newest_key(tx, vault)?;
            let coming = new.devices.union(&new.stewards).copied().collect();
            box_up(tx, identity, trust, &roster, &key, Some(coming))
        }
        Grant::Escrow(true) => serve_escrow(tx, identity, trust),
        Grant::Remove(_) | Grant::Escrow(false) => {
            #[cfg(test)]
            if super::keys::tests::KEEPS_ESCROW.get() {
                return Ok(());
            }
            rotate(tx, identity, trust, &roster)
        }
        Grant::Found { .. } | Grant::Enter(_) | Grant::Unknown { .. } => {
            Err(ErrorCode::Internal.into())
        }
    }
}

fn of_roster(error: &RosterError) -> AppError {
    let code = match error {
        RosterError::TooFewReaders => ErrorCode::TooFewReaders,
        RosterError::NoRight => ErrorCode::NotSteward,
        RosterError::Malformed(_)
        | RosterError::ForeignVault
        | RosterError::Founding
        | RosterError::BrokenChain
        | RosterError::BadSignature
        | RosterError::Incomplete { .. }
        | RosterError::NewerDirectory => ErrorCode::Internal,
    };
    AppError::new(code).because(error.to_string())
}

fn put_vault(
    tx: &Transaction<'_>,
    roster: &Roster,
    key: &SecretKey,
    class: &str,
    lane: [u8; 16],
) -> Result<()> {
    let vault = *roster.vault().as_bytes();
    tx.put_vault(&VaultRow {
        vault,
        class: class.to_owned(),
        lane,
    })?;
    tx.put_vault_key(&vault, key)?;
    for op in roster.ops() {
        tx.put_signed(
            Signed::Roster,
            &VaultBytes {
                vault,
                id: *op.id().as_bytes(),
                bytes: op.to_bytes(),
            },
            None,
        )?;
    }
    Ok(())
}

/// Reads the roster of a vault; none for a team vault, whose readers are its group. What came in a record that was refused
/// since counts only where an operation that counts rests on it.
pub(crate) fn read_roster(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<Option<Roster>> {
    let damaged = |e: wire::roster::RosterError| AppError::new(ErrorCode::StoreDamaged).because(e);
    let mut ops = reader.signed_of(Signed::Roster, vault)?;
    let mut refused = reader.signed_in_records(Signed::Roster, vault, true)?;
    if !refused.is_empty() {
        for row in ops.iter().rev() {
            if !refused.contains(&row.id) {
                for seen in RosterOp::parse(&row.bytes).map_err(damaged)?.rests_on() {
                    refused.remove(seen.as_bytes());
                }
            }
        }
        ops.retain(|row| !refused.contains(&row.id));
    }
    let Some((first, rest)) = ops.split_first() else {
        return Ok(None);
    };
    let mut roster = Roster::open(&first.bytes, directory).map_err(damaged)?;
    for op in rest {
        roster.receive(&op.bytes, directory).map_err(damaged)?;
    }
    Ok(Some(roster))
}

/// Digest of the heads of a vault's roster; zero where groups alone decide.
pub(crate) fn roster_head(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: &[u8; 16],
) -> Result<[u8; 32]> {
    Ok(read_roster(reader, directory, vault)?.map_or([0; 32], |roster| *roster.head().as_bytes()))
}

/// A team vault as it is kept.
pub(crate) fn team_row(group: Group) -> VaultRow {
    VaultRow {
        vault: *group.vault().as_bytes(),
        class: "team".to_owned(),
        lane: *group.lane().as_bytes(),
    }
}

/// Keeps a team vault with its key.
pub(crate) fn put_team_vault(tx: &Transaction<'_>, group: Group, key: &SecretKey) -> Result<()> {
    let vault: Vault = group.vault();
    tx.put_vault(&team_row(group))?;
    tx.put_vault_key(vault.as_bytes(), key)?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(crate) static READ_BY_ALL: Cell<bool> = const { Cell::new(false) };
        pub(crate) static BOXED_FOR_NOBODY: Cell<bool> = const { Cell::new(false) };
    }
}
