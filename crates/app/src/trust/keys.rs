//! Keys of vaults: the boxes that carry them, and new ones where somebody holds the old who may not read on.
//!
//! # Invariants
//!
//! - **A new key follows the newest and opens all history**; so whoever gets a box reads all of a vault.
//! - **New keys come before what they guard**: they are made while sealing, before anything of the vault is sealed.
//! - **Nobody is left without**: who came in while a colleague made a key gets a box from whoever sees it first.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use store::table::trust::{Signed, VaultBytes};
use store::{Reader, Transaction};
use wire::directory::{Directory, Standing};
use wire::ids::{Device, Group, Kid, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::roster::{Class, Roster};

use super::vaults::read_roster;
use super::{Trust, settled};
use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;

/// Makes a new key for a vault whose readers are single devices, and boxes it for those that read it now.
pub(super) fn rotate(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
) -> Result<()> {
    let key = SecretKey::make();
    box_up(tx, identity, trust, roster, &key, None)?;
    tx.put_vault_key(roster.vault().as_bytes(), &key)?;
    Ok(())
}

/// Makes a new key for a vault where one who holds the newest may not read what is written from now on.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn follow_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
) -> Result<()> {
    let before = settled::ground(tx, trust, vault)?;
    if trust.settled.holds(Vault::new(*vault), before) {
        return Ok(());
    }
    make_due(tx, identity, trust, vault)?;
    // What was written may be taken back with the rest of the transaction, and is looked at once more.
    if settled::ground(tx, trust, vault)? == before {
        trust.settled.note(Vault::new(*vault), before);
    }
    Ok(())
}

fn make_due(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
) -> Result<()> {
    let Some(key) = tx.vault_keys(vault)?.into_iter().next() else {
        return Ok(());
    };
    let holders = holders(tx, trust, Vault::new(*vault), Kid::of(&key))?;
    let office = trust.directory.state();
    let own = Device::new(identity.device);
    let group = Group::new(*vault);
    if office.groups.contains_key(&group) {
        // Whoever opened a team, or handed its key out, reads on only while it is in it.
        // The escrow in force holds each team's key, and an earlier one no more.
        let reads = |device: &Device| {
            office.is_member(*device, group) || office.escrow_seat(*device).is_some()
        };
        if reads(&own) && !holders.devices.iter().all(reads) {
            rotate_team(tx, identity, trust, group)?;
        }
        return if reads(&own) {
            serve_all(tx, identity, trust, group)
        } else {
            Ok(())
        };
    }
    let Some(roster) = read_roster(tx, &trust.directory, vault)? else {
        return Ok(());
    };
    let readers = roster.state();
    if !readers.reads(own, office) {
        return Ok(());
    }
    // Wrapped for a group, it is held by whoever held that group's key.
    let mut is_new = true;
    for (group, kid) in &holders.groups {
        let newest = tx.vault_keys(group.vault().as_bytes())?;
        let is_newest = newest.first().is_none_or(|key| Kid::of(key) == *kid);
        // A team from which the case went holds what was, and nothing that comes.
        is_new &= is_newest && readers.readers.groups.contains(group);
    }
    if is_new
        && holders
            .devices
            .iter()
            .all(|device| readers.reads(*device, office))
    {
        let all: BTreeSet<Kid> = tx.vault_keys(vault)?.iter().map(Kid::of).collect();
        let has_all =
            |(group, kids): (Group, BTreeSet<Kid>)| kids.is_superset(&all).then_some(group);
        let held = holders.given.into_iter().filter_map(has_all).collect();
        return box_for_teams(tx, identity, trust, &roster, &key, &held);
    }
    if readers.class == Class::Case {
        rotate_case(tx, identity, trust, &roster)
    } else {
        rotate(tx, identity, trust, &roster)
    }
}

/// Boxes the keys of a case vault for the teams that read it and have not all: it came to one, and whoever made the key was
/// not in it; or the team that had it made one, and had not heard of that.
fn box_for_teams(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
    key: &SecretKey,
    held: &BTreeSet<Group>,
) -> Result<()> {
    let vault = roster.vault();
    for group in roster.state().readers.groups.difference(held) {
        let keys = tx.vault_keys(group.vault().as_bytes())?;
        let Some(group_key) = keys.first() else {
            continue;
        };
        let (mut parents, _) = parents(tx, &trust.directory, vault)?;
        let all = tx.vault_keys(vault.as_bytes())?;
        let earlier: Vec<_> = all
            .iter()
            .filter(|old| Kid::of(old) != Kid::of(key))
            .collect();
        let keybox = Keybox::make(
            &trust.directory,
            (Device::new(identity.device), &identity.sign),
            (vault, key),
            Some(roster),
            &[Recipient::Group(*group, group_key)],
            parents.remove(&Kid::of(key)).unwrap_or_default(),
            &earlier,
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    Ok(())
}

/// Who holds a key, as the boxes for it say: who made one, and for whom.
struct Holders {
    devices: BTreeSet<Device>,
    groups: BTreeSet<(Group, Kid)>,
    /// All keys of the vault that each team has.
    given: BTreeMap<Group, BTreeSet<Kid>>,
}

fn holders(tx: &Transaction<'_>, trust: &Trust, vault: Vault, kid: Kid) -> Result<Holders> {
    let mut holders = Holders {
        devices: BTreeSet::new(),
        groups: BTreeSet::new(),
        given: BTreeMap::new(),
    };
    for row in tx.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        let devices: Vec<_> = sealed.devices().collect();
        let Ok(keybox) = sealed.verify(&trust.directory) else {
            continue;
        };
        for (group, _) in keybox.team_kids() {
            let kids = holders.given.entry(group).or_default();
            kids.insert(keybox.kid());
            kids.extend(keybox.earlier_kids());
        }
        if keybox.kid() == kid {
            holders.devices.extend(devices);
            holders.devices.insert(keybox.author());
            holders.groups.extend(keybox.team_kids());
        }
    }
    Ok(holders)
}

/// Makes a box for the members whom no box gives all keys of their team: who made a key did not know of them, for two
/// things were done in the office at the same time.
fn serve_all(tx: &Transaction<'_>, identity: &Identity, trust: &Trust, group: Group) -> Result<()> {
    let (vault, office) = (group.vault(), trust.directory.state());
    let keys = tx.vault_keys(vault.as_bytes())?;
    let Some((newest, earlier)) = keys.split_first() else {
        return Ok(());
    };
    let mut known: BTreeMap<Device, BTreeSet<Kid>> = BTreeMap::new();
    for row in tx.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        let devices: Vec<_> = sealed.devices().collect();
        if let Ok(keybox) = sealed.verify(&trust.directory) {
            for device in devices.into_iter().chain([keybox.author()]) {
                let kids = known.entry(device).or_default();
                kids.insert(keybox.kid());
                kids.extend(keybox.earlier_kids());
            }
        }
    }
    let own = Device::new(identity.device);
    let lacks = |device: &Device| {
        let kids = known.get(device);
        *device != own
            && !keys
                .iter()
                .all(|key| kids.is_some_and(|kids| kids.contains(&Kid::of(key))))
    };
    let members = office
        .members(group)
        .filter_map(|device| Some(office.devices.get(&device)?.keys));
    let escrow = office.escrow.and_then(|escrow| escrow.seat());
    let recipients: Vec<_> = members
        .chain(escrow)
        .filter(|keys| lacks(&keys.device()))
        .map(|keys| Recipient::Device(keys.device(), keys.kem))
        .collect();
    if recipients.is_empty() {
        return Ok(());
    }
    let (mut parents, _) = parents(tx, &trust.directory, vault)?;
    let keybox = Keybox::make(
        &trust.directory,
        (own, &identity.sign),
        (vault, newest),
        None,
        &recipients,
        parents.remove(&Kid::of(newest)).unwrap_or_default(),
        &earlier.iter().collect::<Vec<_>>(),
    )
    .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
    put_keybox(tx, &keybox)
}

/// Makes a new key for a team, and boxes it for its members.
fn rotate_team(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
) -> Result<()> {
    let office = trust.directory.state();
    let members: Vec<_> = office
        .members(group)
        .filter_map(|device| {
            Some(Recipient::Device(
                device,
                office.devices.get(&device)?.keys.kem,
            ))
        })
        .collect();
    box_new_key(tx, identity, trust, (group.vault(), None), &[members])
}

/// Makes a new key for a case vault, and boxes it for its groups and single readers.
fn rotate_case(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
) -> Result<()> {
    let office = trust.directory.state();
    let readers = &roster.state().readers;
    let mut keys = Vec::new();
    for group in &readers.groups {
        if let Some(key) = tx.vault_keys(group.vault().as_bytes())?.into_iter().next() {
            keys.push((*group, key));
        }
    }
    let devices = readers
        .devices
        .union(&readers.stewards)
        .filter_map(|device| {
            let member = office.devices.get(device)?;
            office
                .is_active(*device)
                .then_some(Recipient::Device(*device, member.keys.kem))
        });
    // A box for each team, since each finds it in its own lane; single readers stand in the first.
    let mut recipients: Vec<Vec<Recipient<'_>>> = keys
        .iter()
        .map(|(group, key)| vec![Recipient::Group(*group, key)])
        .collect();
    match recipients.first_mut() {
        Some(first) => first.extend(devices),
        None => recipients.push(devices.collect()),
    }
    box_new_key(
        tx,
        identity,
        trust,
        (roster.vault(), Some(roster)),
        &recipients,
    )
}

/// Makes a new key that follows the newest and opens all history, and a box with it for each of these.
fn box_new_key(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    (vault, roster): (Vault, Option<&Roster>),
    recipients: &[Vec<Recipient<'_>>],
) -> Result<()> {
    let key = SecretKey::make();
    let earlier = tx.vault_keys(vault.as_bytes())?;
    for recipients in recipients {
        let keybox = Keybox::make(
            &trust.directory,
            (Device::new(identity.device), &identity.sign),
            (vault, &key),
            roster,
            recipients,
            earlier.first().map(Kid::of).into_iter().collect(),
            &earlier.iter().collect::<Vec<_>>(),
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    tx.put_vault_key(vault.as_bytes(), &key)?;
    Ok(())
}

/// A box with a team's newest key for a device that comes in; it opens all history.
pub(crate) fn box_for_newcomer(
    reader: &Reader<'_>,
    identity: &Identity,
    directory: &Directory,
    group: Group,
    newcomer: (Device, [u8; 32]),
) -> Result<Keybox> {
    let vault = group.vault();
    let keys = reader.vault_keys(vault.as_bytes())?;
    let (newest, earlier) = keys.split_first().ok_or(ErrorCode::StoreDamaged)?;
    let (mut parents, _) = parents(reader, directory, vault)?;
    Keybox::make(
        directory,
        (Device::new(identity.device), &identity.sign),
        (vault, newest),
        None,
        &[Recipient::Device(newcomer.0, newcomer.1)],
        parents.remove(&Kid::of(newest)).unwrap_or_default(),
        &earlier.iter().collect::<Vec<_>>(),
    )
    .map_err(|e| AppError::new(ErrorCode::FileDamaged).because(e))
}

/// Makes a box for each of these devices, or for all readers: one each, so that none names another reader.
pub(super) fn box_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
    key: &SecretKey,
    to: Option<BTreeSet<Device>>,
) -> Result<()> {
    let (vault, office) = (roster.vault(), trust.directory.state());
    let keys = tx.vault_keys(vault.as_bytes())?;
    let kid = Kid::of(key);
    let earlier: Vec<_> = keys.iter().filter(|old| Kid::of(old) != kid).collect();
    let newest = keys.first().map(Kid::of);
    // A key that is here already keeps its parents, a new one follows the newest.
    let parents = if keys.iter().any(|known| Kid::of(known) == kid) {
        parents(tx, &trust.directory, vault)?
            .0
            .remove(&kid)
            .unwrap_or_default()
    } else {
        newest.into_iter().collect()
    };
    for device in to.unwrap_or_else(|| roster.state().devices(office)) {
        let Some(member) = office.devices.get(&device) else {
            continue;
        };
        let keybox = Keybox::make(
            &trust.directory,
            (Device::new(identity.device), &identity.sign),
            (vault, key),
            Some(roster),
            &[Recipient::Device(device, member.keys.kem)],
            parents.clone(),
            &earlier,
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    Ok(())
}

/// The keys of a vault, each with those that it follows.
pub(crate) type Parents = BTreeMap<Kid, BTreeSet<Kid>>;

/// Which keys of a vault follow which, as its boxes say; and the keys of which every box was refused since.
pub(crate) fn parents(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: Vault,
) -> Result<(Parents, BTreeSet<Kid>)> {
    let mut parents = Parents::new();
    let mut gone = BTreeSet::new();
    let refused = reader.signed_in_records(Signed::Keybox, vault.as_bytes(), true)?;
    let carried = reader.signed_in_records(Signed::Keybox, vault.as_bytes(), false)?;
    let devices = &directory.state().devices;
    let is_shut_out = |author: Device| {
        devices
            .get(&author)
            .is_some_and(|member| matches!(member.standing, Standing::Revoked { .. }))
    };
    for row in reader.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(keybox) =
            SealedKeybox::parse(&row.bytes).and_then(|sealed| sealed.verify(directory))
        else {
            continue;
        };
        // Of a box that came in no record nobody knows when it was made: of one who is shut out, it opens the past only.
        let undated = is_shut_out(keybox.author()) && !carried.contains(&row.id);
        if undated || refused.contains(&row.id) {
            gone.insert(keybox.kid());
        } else {
            parents
                .entry(keybox.kid())
                .or_default()
                .extend(keybox.parents());
        }
    }
    gone.retain(|kid| !parents.contains_key(kid));
    Ok((parents, gone))
}

pub(super) fn newest_key(reader: &Reader<'_>, vault: &[u8; 16]) -> Result<SecretKey> {
    let keys = reader.vault_keys(vault)?;
    Ok(keys.into_iter().next().ok_or(ErrorCode::StoreDamaged)?)
}

pub(crate) fn put_keybox(tx: &Transaction<'_>, keybox: &Keybox) -> Result<()> {
    let bytes = keybox.to_bytes();
    tx.put_signed(
        Signed::Keybox,
        &VaultBytes {
            vault: *keybox.vault().as_bytes(),
            id: crypto::sha256(&[&bytes]),
            bytes,
        },
        None,
    )?;
    Ok(())
}
