//! Keys of late words (移したあとに届く記録の鍵): a case went to another team, and whoever of the old one had not heard of it made a
//! new key and wrote under it.
//!
//! Where nobody is in both teams ([`super::moves`]), nobody of the new one is given that key. So those of the old team who
//! carry late words on box the keys under which these lie for each device of the new one, as whoever moved the case did:
//!
//! ```text
//! the roster of the case     found ──► the new team comes in ──► the old team goes out
//! a late box is judged here            ▲ both read
//! ```
//!
//! # Invariants
//!
//! - **A late box is judged where both teams read**: by the rule for all boxes, which every laptop has.
//! - **It brings what was, and nothing that came after**: no key of which a box knows that the old team went out.
//! - **Nobody writes under a late key who knows that the old team went out.** Whoever made a key without knowing it stands
//!   behind whoever knew it ([`ranks`]).
//! - **Nobody else gets it**: where somebody who is in neither team by now holds the newest key of the old one, late words
//!   are carried under another.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use store::table::trust::Signed;
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::ids::{Device, Group, Hash, Kid, Lane, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::roster::{Class, Grant, Readership, Roster};

use super::keys::{box_new_key, is_held_by_readers, parents, put_keybox};
use super::vaults::read_roster;
use super::{Trust, settled, wraps};
use crate::error::{AppError, ErrorCode, Result};
use crate::identity::Identity;

/// How many were taken out of a vault's roster as far as whoever made a key knew. Keys of which nobody was are left out.
pub(crate) fn ranks(
    reader: &Reader<'_>,
    directory: &Directory,
    vault: Vault,
) -> Result<BTreeMap<Kid, usize>> {
    let mut ranks = BTreeMap::new();
    #[cfg(test)]
    if tests::ALL_ONE_RANK.get() {
        return Ok(ranks);
    }
    let Some(roster) = read_roster(reader, directory, vault.as_bytes())? else {
        return Ok(ranks);
    };
    let is_removal = |grant: &Grant| matches!(grant, Grant::Remove(_));
    let removals: Vec<Hash> = roster
        .ops()
        .filter(|op| is_removal(op.grant()))
        .map(|op| op.id())
        .collect();
    if removals.is_empty() {
        return Ok(ranks);
    }
    for keybox in boxes(reader, directory, vault)? {
        let knew = |op: &&Hash| roster.includes(keybox.roster(), **op);
        let known = removals.iter().filter(knew).count();
        let rank = ranks.entry(keybox.kid()).or_default();
        *rank = known.max(*rank);
    }
    Ok(ranks)
}

/// The boxes of a vault that count.
fn boxes(reader: &Reader<'_>, directory: &Directory, vault: Vault) -> Result<Vec<Keybox>> {
    let refused = reader.signed_in_records(Signed::Keybox, vault.as_bytes(), true)?;
    let mut boxes = Vec::new();
    for row in reader.signed_of(Signed::Keybox, vault.as_bytes())? {
        let sealed = SealedKeybox::parse(&row.bytes);
        if let Ok(keybox) = sealed.and_then(|sealed| sealed.verify(directory))
            && !refused.contains(&row.id)
        {
            boxes.push(keybox);
        }
    }
    Ok(boxes)
}

/// Where a team came in while this device read a case that it reads no more.
struct Way {
    to: Group,
    /// The roster as it was then.
    past: Roster,
    /// The keys that were there then, or were made by somebody who did not know what followed.
    due: BTreeSet<Kid>,
}

/// Boxes the keys of a case that went on without this device for the devices of the team that it went to: where this device
/// carries its late words there or ever did, and where such a key came to it alone. `carries` says that it does so now.
///
/// # Errors
/// When the store cannot be written.
pub(crate) fn hand_on(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: &[u8; 16],
    carries: bool,
) -> Result<()> {
    #[cfg(test)]
    if tests::HANDS_NOTHING_ON.get() {
        return Ok(());
    }
    let (of, before) = (Vault::new(*vault), settled::ground(tx, trust, vault)?);
    if !carries && trust.handed.holds(of, before) {
        return Ok(());
    }
    hand_on_due(tx, identity, trust, of, carries)?;
    if settled::ground(tx, trust, vault)? == before {
        trust.handed.note(of, before);
    }
    Ok(())
}

fn hand_on_due(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: Vault,
    carries: bool,
) -> Result<()> {
    let directory = &trust.directory;
    let Some(roster) = read_roster(tx, directory, vault.as_bytes())? else {
        return Ok(());
    };
    let (office, own) = (directory.state(), Device::new(identity.device));
    if roster.state().class != Class::Case || roster.state().reads(own, office) {
        return Ok(());
    }
    let known = boxes(tx, directory, vault)?;
    let carried = tx.has_carried(vault.as_bytes(), Lane::ORG.as_bytes(), own.as_bytes())?;
    let alone = alone(&known, directory, own);
    let mut ways = ways(&roster, directory, own, &known);
    ways.retain(|way| carries || carried || !way.due.is_disjoint(&alone));
    if carries {
        choose_key(tx, identity, trust, vault, &mut ways)?;
    }
    let given = given(&boxes(tx, directory, vault)?, own);
    for way in &ways {
        let keys = tx.vault_keys(vault.as_bytes())?;
        let due: Vec<&SecretKey> = keys
            .iter()
            .filter(|key| way.due.contains(&Kid::of(key)))
            .collect();
        let has_all = |device: Device| {
            let kids = given.get(&device);
            due.iter()
                .all(|key| kids.is_some_and(|kids| kids.contains(&Kid::of(key))))
        };
        // Whoever comes into the team later finds them in its own lane.
        if !office.members(way.to).any(has_all) {
            box_for_devices(tx, identity, trust, way, &due)?;
        }
    }
    Ok(())
}

/// The keys that came to this device alone, and that none of its teams has: it was its case no more by then.
fn alone(boxes: &[Keybox], directory: &Directory, own: Device) -> BTreeSet<Kid> {
    let of = |keybox: &Keybox| -> Vec<Kid> {
        let earlier = keybox.earlier_kids();
        earlier.chain([keybox.kid()]).collect()
    };
    let is_ours = |group| directory.state().is_member(own, group);
    let of_team = |keybox: &&Keybox| keybox.team_kids().any(|(group, _)| is_ours(group));
    let shared: BTreeSet<Kid> = boxes.iter().filter(of_team).flat_map(of).collect();
    let to_own = |keybox: &&Keybox| keybox.devices().any(|device| device == own);
    let came = boxes.iter().filter(to_own).flat_map(of);
    came.filter(|kid| !shared.contains(kid)).collect()
}

/// The last ways by which a case went on without this device.
fn ways(roster: &Roster, directory: &Directory, own: Device, boxes: &[Keybox]) -> Vec<Way> {
    let office = directory.state();
    let mut came: BTreeMap<Group, Hash> = BTreeMap::new();
    for op in roster.ops() {
        let Grant::Grant(new) = op.grant() else {
            continue;
        };
        let both = roster.at(&BTreeSet::from([op.id()]));
        if both.is_some_and(|both| both.reads(own, office)) {
            let others = |group: &Group| !office.is_member(own, *group);
            came.extend(
                new.groups
                    .iter()
                    .copied()
                    .filter(others)
                    .map(|it| (it, op.id())),
            );
        }
    }
    let all: Vec<Hash> = came.values().copied().collect();
    let later_than =
        |head: Hash| move |op: &Hash| *op != head && roster.includes(&BTreeSet::from([*op]), head);
    let mut ways = Vec::new();
    for (to, head) in came {
        if all.iter().any(later_than(head)) {
            continue;
        }
        let Some(past) = as_of(roster, directory, head) else {
            continue;
        };
        let later: Vec<Hash> = roster
            .ops()
            .map(|op| op.id())
            .filter(later_than(head))
            .collect();
        let of_then = |keybox: &&Keybox| {
            let knew = |op: &Hash| roster.includes(keybox.roster(), *op);
            !later.iter().any(knew)
        };
        let due = boxes.iter().filter(of_then);
        let due = due.flat_map(|keybox| keybox.earlier_kids().chain([keybox.kid()]));
        ways.push(Way {
            to,
            past,
            due: due.collect(),
        });
    }
    ways
}

/// A roster as it was at one of its operations.
fn as_of(roster: &Roster, directory: &Directory, head: Hash) -> Option<Roster> {
    let heads = BTreeSet::from([head]);
    let mut ops = roster.ops().filter(|op| roster.includes(&heads, op.id()));
    let mut past = Roster::open(&ops.next()?.to_bytes(), directory).ok()?;
    for op in ops {
        past.receive(&op.to_bytes(), directory).ok()?;
    }
    Some(past)
}

/// The keys that each device has by a box of this one.
fn given(boxes: &[Keybox], own: Device) -> BTreeMap<Device, BTreeSet<Kid>> {
    let mut given = BTreeMap::<Device, BTreeSet<Kid>>::new();
    for keybox in boxes.iter().filter(|keybox| keybox.author() == own) {
        for device in keybox.devices() {
            let kids = given.entry(device).or_default();
            kids.insert(keybox.kid());
            kids.extend(keybox.earlier_kids());
        }
    }
    given
}

/// Makes a key that was there then the one to carry late words under; another one, where somebody holds the newest of these
/// who was in neither team then, or is no more.
fn choose_key(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    vault: Vault,
    ways: &mut [Way],
) -> Result<()> {
    let (directory, own) = (&trust.directory, Device::new(identity.device));
    let keys = tx.vault_keys(vault.as_bytes())?;
    let is_due = |key: &&SecretKey| ways.iter().all(|way| way.due.contains(&Kid::of(key)));
    let Some(newest) = keys.iter().find(is_due) else {
        return Ok(());
    };
    tx.put_vault_key(vault.as_bytes(), newest)?;
    let readers: Vec<&Readership> = ways.iter().map(|way| way.past.state()).collect();
    if is_held_by_readers(tx, trust, (vault, Kid::of(newest)), &readers)? || keeps_key() {
        return Ok(());
    }
    let mut teams = Vec::new();
    let Some(way) = ways.first() else {
        return Ok(());
    };
    for group in &way.past.state().readers.groups {
        if directory.state().is_member(own, *group)
            && let Some(wrap) = wraps::under(tx, identity, directory, *group)?
        {
            teams.push((*group, wrap));
        }
    }
    let recipients: Vec<Vec<Recipient<'_>>> = teams
        .iter()
        .map(|(group, wrap)| vec![Recipient::Group(*group, wrap)])
        .collect();
    let earlier: Vec<SecretKey> = keys
        .iter()
        .filter(is_due)
        .map(SecretKey::duplicate)
        .collect();
    let about = (vault, Some(&way.past));
    box_new_key(tx, identity, trust, about, &recipients, &earlier)?;
    let made = tx.vault_keys(vault.as_bytes())?;
    for way in ways {
        way.due.extend(made.first().map(Kid::of));
    }
    Ok(())
}

/// The protection taken out, for a red control.
fn keeps_key() -> bool {
    #[cfg(test)]
    return tests::KEEPS_KEY.get();
    #[cfg(not(test))]
    false
}

/// Makes a box with these keys, the newest first, for each device of the team that came in.
fn box_for_devices(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    way: &Way,
    keys: &[&SecretKey],
) -> Result<()> {
    let Some((newest, earlier)) = keys.split_first() else {
        return Ok(());
    };
    let (directory, vault) = (&trust.directory, way.past.vault());
    let office = directory.state();
    let (mut parents, _) = parents(tx, directory, vault)?;
    let parents = parents.remove(&Kid::of(newest)).unwrap_or_default();
    for device in office.members(way.to) {
        let Some(member) = office.devices.get(&device) else {
            continue;
        };
        let keybox = Keybox::make(
            directory,
            (Device::new(identity.device), &identity.sign),
            (vault, newest),
            Some(&way.past),
            &[Recipient::Device(device, member.kem())],
            parents.clone(),
            earlier,
        )
        .map_err(|e| AppError::new(ErrorCode::Internal).because(e))?;
        put_keybox(tx, &keybox)?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(crate) static HANDS_NOTHING_ON: Cell<bool> = const { Cell::new(false) };
        pub(crate) static KEEPS_KEY: Cell<bool> = const { Cell::new(false) };
        pub(crate) static ALL_ONE_RANK: Cell<bool> = const { Cell::new(false) };
    }
}
