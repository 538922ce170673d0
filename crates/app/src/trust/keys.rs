//! Keys of vaults: the boxes that carry them, and new ones where somebody holds the old who may not read on.
//!
//! # Invariants
//!
//! - **A new key follows the newest and opens all history**; so whoever gets a box reads all of a vault.
//! - **New keys come before what they guard**: they are made while sealing, before anything of the vault is sealed.
//! - **Nobody is left without**: who came in while a colleague made a key gets a box from whoever sees it first.
//! - **The escrow gets a restricted vault's key where the roster says so**, and only the one in force: what is sealed after it
//!   was taken back, or after a newer one came, is under a key that the earlier one never had. No colleague sees whether
//!   another boxed it, so each reader's device does it once.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use store::table::trust::{Signed, VaultBytes};
use store::{Reader, Transaction};
use wire::cbor::Bytes;
use wire::directory::{Directory, Standing, State};
use wire::ids::{Device, Group, Kid, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::roster::{Class, Grant, Readership, Roster, RosterOp};

use super::moves::vaults_of_devices;
use super::vaults::read_roster;
use super::{Trust, settled, wraps};
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
    let office = trust.directory.state();
    let own = Device::new(identity.device);
    let group = Group::new(*vault);
    let holders = holders(tx, trust, Vault::new(*vault), Kid::of(&key))?;
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
            let keys = tx.vault_keys(vault)?;
            serve(tx, identity, trust, group, group.vault(), &keys)
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
    if only_readers_hold(tx, trust, &holders, &[readers])? {
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

/// Whether nobody holds a key who reads the vault in none of these ways.
fn only_readers_hold(
    tx: &Transaction<'_>,
    trust: &Trust,
    holders: &Holders,
    ways: &[&Readership],
) -> Result<bool> {
    let office = trust.directory.state();
    // Wrapped for a group, it is held by whoever held that group's key.
    let mut is_new = true;
    for (group, kid) in &holders.groups {
        let reads = |device: &Device| {
            office.is_member(*device, *group) || office.escrow_seat(*device).is_some()
        };
        // Whoever made the next one knew of somebody who left, perhaps by a box that is not here.
        let told = trust.team_keys.told(tx, trust, (*group, *kid))?;
        let own = tx.vault_keys(group.vault().as_bytes())?;
        let is_old_teams = own.iter().skip(1).any(|key| Kid::of(key) == *kid);
        is_new &= !told.is_followed && !is_old_teams && told.held.iter().all(reads);
        // A team from which the case went holds what was, and nothing that comes.
        is_new &= ways.iter().any(|way| way.readers.groups.contains(group));
    }
    let reads = |device: &Device| ways.iter().any(|way| way.reads(*device, office));
    // An escrow is no device of the office; what it may hold is judged in `serve_escrow`.
    let may_hold = |device: &Device| reads(device) || !office.devices.contains_key(device);
    Ok(is_new && holders.devices.iter().all(may_hold))
}

/// The same of a key by its name.
pub(super) fn is_held_by_readers(
    tx: &Transaction<'_>,
    trust: &Trust,
    (vault, kid): (Vault, Kid),
    ways: &[&Readership],
) -> Result<bool> {
    only_readers_hold(tx, trust, &holders(tx, trust, vault, kid)?, ways)
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
    for group in roster.state().readers.groups.difference(held) {
        if let Some(wrap) = wraps::under(tx, identity, &trust.directory, *group)? {
            box_for_team(tx, identity, trust, roster, key, (*group, &wrap))?;
        }
    }
    Ok(())
}

/// Boxes the newest key of a case vault for a team, under this wrapping key; it opens all history.
pub(super) fn box_for_team(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    roster: &Roster,
    key: &SecretKey,
    (group, wrap): (Group, &SecretKey),
) -> Result<()> {
    let vault = roster.vault();
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
        &[Recipient::Group(group, wrap)],
        parents.remove(&Kid::of(key)).unwrap_or_default(),
        &earlier,
    )
    .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
    put_keybox(tx, &keybox)
}

/// Who holds a key of a team's vault, as its boxes say, be it that a box carries it beside a newer one.
pub(super) fn all_who_hold(
    reader: &Reader<'_>,
    trust: &Trust,
    vault: Vault,
    kid: Kid,
) -> Result<BTreeSet<Device>> {
    let mut all = BTreeSet::new();
    for row in reader.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        let devices: Vec<_> = sealed.devices().collect();
        if let Ok(keybox) = sealed.verify(&trust.directory)
            && (keybox.kid() == kid || keybox.earlier_kids().any(|it| it == kid))
        {
            all.extend(devices);
            all.insert(keybox.author());
        }
    }
    Ok(all)
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
    let mut roster = None;
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
            if keybox.team_kids().next().is_none() && !sees_own_alone() {
                if roster.is_none() {
                    roster = read_roster(tx, &trust.directory, vault.as_bytes())?;
                }
                let beside = roster
                    .iter()
                    .flat_map(|it| keybox.beside(&trust.directory, it));
                holders.devices.extend(beside);
            }
        }
    }
    Ok(holders)
}

/// The protection taken out, for a red control.
fn sees_own_alone() -> bool {
    #[cfg(test)]
    return tests::SEES_OWN_ALONE.get();
    #[cfg(not(test))]
    false
}

/// Makes a box for the members whom no box gives all of these keys of their team, the newest first: who made a key did not
/// know of them, for two things were done in the office at the same time; or it sealed to a key that the device has given up
/// since.
pub(super) fn serve(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
    vault: Vault,
    keys: &[SecretKey],
) -> Result<()> {
    let office = trust.directory.state();
    let Some((newest, earlier)) = keys.split_first() else {
        return Ok(());
    };
    let (own, mut has_own) = (Device::new(identity.device), false);
    let mut known: BTreeMap<Device, BTreeSet<Kid>> = BTreeMap::new();
    for row in tx.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        let devices: Vec<_> = sealed.devices().collect();
        if let Ok(keybox) = sealed.verify(&trust.directory) {
            let opens = |device: &Device| {
                let to = keybox.sealed_to(&trust.directory, *device);
                let member = office.devices.get(device);
                member.is_none_or(|member| to.is_some_and(|to| member.receives(&to)))
            };
            let devices: Vec<_> = devices.into_iter().filter(opens).collect();
            has_own |= devices.contains(&own) && keybox.kid() == Kid::of(newest);
            for device in devices.into_iter().chain([keybox.author()]) {
                let kids = known.entry(device).or_default();
                kids.insert(keybox.kid());
                kids.extend(keybox.earlier_kids());
            }
        }
    }
    let lacks = |device: &Device| {
        let kids = known.get(device);
        *device != own
            && !keys
                .iter()
                .all(|key| kids.is_some_and(|kids| kids.contains(&Kid::of(key))))
    };
    let members = office
        .members(group)
        .filter_map(|device| Some((device, office.devices.get(&device)?.kem())));
    let escrow = office.escrow.and_then(|escrow| escrow.seat());
    let mut recipients: Vec<_> = members
        .chain(escrow.map(|keys| (keys.device(), keys.kem)))
        .filter(|(device, _)| lacks(device))
        .map(|(device, kem)| Recipient::Device(device, kem))
        .collect();
    if recipients.is_empty() {
        return Ok(());
    }
    // Its own maker finds it again in this box, where its store is put back to before it.
    if !has_own && let Some(member) = office.devices.get(&own) {
        recipients.push(Recipient::Device(own, member.kem()));
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
    let (vault, members) = (group.vault(), members_of(trust, group));
    let earlier = tx.vault_keys(vault.as_bytes())?;
    box_new_key(tx, identity, trust, (vault, None), &[members], &earlier)
}

/// The members of a team, each with the key that it receives with.
pub(super) fn members_of<'a>(trust: &Trust, group: Group) -> Vec<Recipient<'a>> {
    let office = trust.directory.state();
    office
        .members(group)
        .filter_map(|device| {
            let kem = office.devices.get(&device)?.kem();
            Some(Recipient::Device(device, kem))
        })
        .collect()
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
        if let Some(key) = wraps::under(tx, identity, &trust.directory, *group)? {
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
                .then_some(Recipient::Device(*device, member.kem()))
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
    let earlier = tx.vault_keys(roster.vault().as_bytes())?;
    box_new_key(
        tx,
        identity,
        trust,
        (roster.vault(), Some(roster)),
        &recipients,
        &earlier,
    )
}

/// Makes a new key that follows the newest and opens these, and a box with it for each of these recipients.
pub(super) fn box_new_key(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    (vault, roster): (Vault, Option<&Roster>),
    recipients: &[Vec<Recipient<'_>>],
    earlier: &[SecretKey],
) -> Result<()> {
    let key = SecretKey::make();
    let newest = tx.vault_keys(vault.as_bytes())?.into_iter().next();
    for recipients in recipients {
        let keybox = Keybox::make(
            &trust.directory,
            (Device::new(identity.device), &identity.sign),
            (vault, &key),
            roster,
            recipients,
            newest.iter().map(Kid::of).collect(),
            &earlier.iter().collect::<Vec<_>>(),
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    tx.put_vault_key(vault.as_bytes(), &key)?;
    Ok(())
}

/// The boxes for a device that comes into a team: one with the team's newest key, which opens all history, and one with the
/// newest wrapping key, where that is here.
///
/// # Errors
/// [`ErrorCode::StoreDamaged`] when the team's key is not here.
pub(crate) fn boxes_for_newcomer(
    reader: &Reader<'_>,
    identity: &Identity,
    directory: &Directory,
    group: Group,
    newcomer: (Device, [u8; 32]),
) -> Result<Vec<Keybox>> {
    let team = reader.vault_keys(group.vault().as_bytes())?;
    if team.is_empty() {
        return Err(ErrorCode::StoreDamaged.into());
    }
    let wraps = wraps::for_newcomer(reader, directory, group)?;
    [(group.vault(), team), (group.wraps(), wraps)]
        .into_iter()
        .filter_map(|(vault, keys)| {
            box_for(reader, identity, directory, vault, &keys, newcomer).transpose()
        })
        .collect()
}

/// The boxes of a team that travel in front of all records: with its own keys, without which nobody opens its lane, and with
/// the wrapping keys that are here, for the escrow finds them nowhere else.
pub(crate) fn boxes_in_front(reader: &Reader<'_>, group: Group) -> Result<Vec<Bytes>> {
    let own = reader.signed_of(Signed::Keybox, group.vault().as_bytes())?;
    let mut boxes: Vec<_> = own.into_iter().map(|row| Bytes(row.bytes)).collect();
    let wraps = reader.vault_keys(group.wraps().as_bytes())?;
    let wraps: BTreeSet<Kid> = wraps.iter().map(Kid::of).collect();
    for row in reader.signed_of(Signed::Keybox, group.wraps().as_bytes())? {
        // What a box says of itself will do: whoever takes it checks its signature.
        let sealed = SealedKeybox::parse(&row.bytes);
        if sealed.is_ok_and(|sealed| wraps.contains(&sealed.kid())) {
            boxes.push(Bytes(row.bytes));
        }
    }
    Ok(boxes)
}

/// A box with these keys of a team's vault, the newest first, for one device; none without a key.
fn box_for(
    reader: &Reader<'_>,
    identity: &Identity,
    directory: &Directory,
    vault: Vault,
    keys: &[SecretKey],
    newcomer: (Device, [u8; 32]),
) -> Result<Option<Keybox>> {
    let Some((newest, earlier)) = keys.split_first() else {
        return Ok(None);
    };
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
    .map(Some)
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
    let escrow = escrow_of(roster, office);
    let all = || {
        let readers = roster.state().devices(office).into_iter();
        readers.chain(escrow.map(|(device, _)| device)).collect()
    };
    for device in to.unwrap_or_else(all) {
        #[cfg(test)]
        if device != Device::new(identity.device) && super::vaults::tests::BOXED_FOR_NOBODY.get() {
            continue;
        }
        let member = office.devices.get(&device).map(|member| member.kem());
        let seat = escrow.filter(|(seat, _)| *seat == device);
        let Some(kem) = member.or(seat.map(|(_, kem)| kem)) else {
            continue;
        };
        let keybox = Keybox::make(
            &trust.directory,
            (Device::new(identity.device), &identity.sign),
            (vault, key),
            Some(roster),
            &[Recipient::Device(device, kem)],
            parents.clone(),
            &earlier,
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    Ok(())
}

/// The escrow in force with the key that it receives with, where the roster lets it in.
fn escrow_of(roster: &Roster, office: &State) -> Option<(Device, [u8; 32])> {
    let seat = office.escrow.and_then(|escrow| escrow.seat())?;
    let opens = roster.state().escrow;
    opens.then(|| (seat.device(), seat.kem))
}

/// Brings the keys of restricted vaults up to date with what their rosters say of the escrow. Where one may hold the newest key
/// that is not to read on, be it an earlier one or that it was taken back, there is a new key. Where the one in force opens the
/// vault and no box of this device gives it all keys, it gets one: a colleague let it in, or it is a newer one, or somebody
/// made a key.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn serve_escrow(tx: &Transaction<'_>, identity: &Identity, trust: &Trust) -> Result<()> {
    if trust.directory.state().escrow.is_none() {
        return Ok(());
    }
    for row in tx.vaults_of_class("restricted")? {
        if tx.is_hidden(&row.vault, &[0; 16])? {
            continue;
        }
        let vault = Vault::new(row.vault);
        let ground = settled::ground_alone(tx, trust, vault)?;
        if !trust.served.holds(vault, ground) && !serve_escrow_of(tx, identity, trust, vault)? {
            trust.served.note(vault, ground);
        }
    }
    Ok(())
}

/// The same for one vault; whether a box was made.
fn serve_escrow_of(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: Vault,
) -> Result<bool> {
    let (office, own) = (trust.directory.state(), Device::new(identity.device));
    let keys = tx.vault_keys(vault.as_bytes())?;
    let roster = read_roster(tx, &trust.directory, vault.as_bytes())?;
    let Some((roster, newest)) = roster.zip(keys.first()) else {
        return Ok(false);
    };
    let lets_in: Vec<&RosterOp> = roster
        .ops()
        .filter(|op| *op.grant() == Grant::Escrow(true))
        .collect();
    if lets_in.is_empty() || !roster.state().reads(own, office) {
        return Ok(false);
    }
    let boxes: Vec<Keybox> = tx
        .signed_of(Signed::Keybox, vault.as_bytes())?
        .into_iter()
        .filter_map(|row| SealedKeybox::parse(&row.bytes).ok())
        .filter_map(|sealed| sealed.verify(&trust.directory).ok())
        .collect();
    let mut of_newest = boxes.iter().filter(|it| it.kid() == Kid::of(newest));
    #[cfg(test)]
    let mut of_newest = of_newest.by_ref().filter(|_| !tests::KEEPS_ESCROW.get());
    if of_newest.any(|it| may_be_held(it, &trust.directory, &roster, &lets_in)) {
        rotate(tx, identity, trust, &roster)?;
        return Ok(true);
    }
    #[cfg(test)]
    if tests::ESCROW_UNSERVED.get() {
        return Ok(false);
    }
    let Some((seat, _)) = escrow_of(&roster, office) else {
        return Ok(false);
    };
    let gives_all = |keybox: &Keybox| {
        let gives = |key: &SecretKey| {
            let kid = Kid::of(key);
            keybox.kid() == kid || keybox.earlier_kids().any(|it| it == kid)
        };
        keybox.devices().any(|device| device == seat) && keys.iter().all(gives)
    };
    if boxes.iter().any(|it| it.author() == own && gives_all(it)) {
        return Ok(false);
    }
    box_up(tx, identity, trust, &roster, newest, Some([seat].into()))?;
    Ok(true)
}

/// Whether an escrow may hold the key in a box that is not to read what is written from now on. No colleague sees what another
/// boxed for it, so this is judged by what the maker of the box knew; `lets_in` are the operations that let the escrow in.
fn may_be_held(
    keybox: &Keybox,
    directory: &Directory,
    roster: &Roster,
    lets_in: &[&RosterOp],
) -> bool {
    if !roster.state().escrow {
        // It was let in when the key was made, or later, and taken back since.
        let opened = roster.at(keybox.roster());
        return opened.is_some_and(|readers| readers.escrow)
            || lets_in
                .iter()
                .any(|op| !roster.includes(keybox.roster(), op.id()));
    }
    // It was let in while an earlier one was in force, and the key is of that time.
    let Some(newer) = directory.escrow_since() else {
        return false;
    };
    let knows = |op: &&RosterOp| {
        let mut heads = op.directory().iter();
        heads.any(|head| directory.includes(*head, newer))
    };
    !keybox.knew(directory, newer) && !lets_in.iter().all(knows)
}

/// The newest key of a vault that somebody made without knowing of a roster operation; nothing where all knew of it, or no box
/// tells.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn key_before(
    reader: &Reader<'_>,
    trust: &Trust,
    roster: &Roster,
    op: &RosterOp,
) -> Result<Option<SecretKey>> {
    let vault = op.vault();
    let mut before = BTreeSet::new();
    for row in reader.signed_of(Signed::Keybox, vault.as_bytes())? {
        let Ok(sealed) = SealedKeybox::parse(&row.bytes) else {
            continue;
        };
        if let Ok(keybox) = sealed.verify(&trust.directory)
            && !roster.includes(keybox.roster(), op.id())
        {
            before.insert(keybox.kid());
        }
    }
    let keys = reader.vault_keys(vault.as_bytes())?;
    Ok(keys.into_iter().find(|key| before.contains(&Kid::of(key))))
}

/// Boxes the keys of vaults that single devices read anew for those whose boxes are sealed to a key that they have given up,
/// where this device made the box, or its maker is in no more: they may have been away when it came.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn serve_readers(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
) -> Result<()> {
    let (office, own) = (trust.directory.state(), Device::new(identity.device));
    if !office.devices.values().any(|it| it.received.len() > 2) {
        return Ok(());
    }
    for vault in vaults_of_devices(tx)? {
        let keys = tx.vault_keys(&vault)?;
        let Some(key) = keys.first() else {
            continue;
        };
        if tx.is_hidden(&vault, &[0; 16])? {
            continue;
        }
        let (mut opens, mut closed) = (BTreeMap::<Device, BTreeSet<Kid>>::new(), BTreeSet::new());
        for row in tx.signed_of(Signed::Keybox, &vault)? {
            let sealed = SealedKeybox::parse(&row.bytes);
            let Ok(keybox) = sealed.and_then(|sealed| sealed.verify(&trust.directory)) else {
                continue;
            };
            let is_ours = keybox.author() == own || !office.is_active(keybox.author());
            for (device, member) in &office.devices {
                let Some(to) = keybox.sealed_to(&trust.directory, *device) else {
                    continue;
                };
                if member.receives(&to) {
                    let kids = opens.entry(*device).or_default();
                    kids.insert(keybox.kid());
                    kids.extend(keybox.earlier_kids());
                } else if is_ours {
                    closed.insert(*device);
                }
            }
        }
        closed.retain(|device| {
            let has = |key: &SecretKey| {
                opens
                    .get(device)
                    .is_some_and(|kids| kids.contains(&Kid::of(key)))
            };
            *device != own && !keys.iter().all(has)
        });
        if closed.is_empty() {
            continue;
        }
        let Some(roster) = read_roster(tx, &trust.directory, &vault)? else {
            continue;
        };
        if roster.state().reads(own, office) {
            closed.retain(|device| roster.state().reads(*device, office));
            box_up(tx, identity, trust, &roster, key, Some(closed))?;
        }
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

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(crate) static KEEPS_ESCROW: Cell<bool> = const { Cell::new(false) };
        pub(crate) static ESCROW_UNSERVED: Cell<bool> = const { Cell::new(false) };
        pub(crate) static SEES_OWN_ALONE: Cell<bool> = const { Cell::new(false) };
    }
}
