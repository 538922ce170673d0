//! Wrapping keys (鍵を包む鍵): what the keys of a team's cases are boxed under, so that it can be given up.
//!
//! A team's own key opens what was written in its lane and stays for ever. What is boxed under it could be opened for ever
//! too, by whoever kept the records. So beside it each team has wrapping keys, one generation after the other:
//!
//! ```text
//!            sweep             sweep
//! W1 ─► W1' ───────► W2 ──────────────► W3        W1, W1' are given up once W3 is here
//!    │
//!    └ somebody left: W1' carries W1 on, and they live and end together
//! ```
//!
//! # Invariants
//!
//! - **A sweep carries nothing on**: no box opens a wrapping key of an earlier generation by one of a later.
//! - **No clock gives a key up**: two later generations must be here, and the keys of all that is not erased be boxed under
//!   those that stay.
//! - **What was given up does not come back**, whoever boxes it anew.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use store::table::trust::Signed;
use store::table::vault::VaultRow;
use store::{Reader, Transaction};
use wire::directory::Directory;
use wire::ids::{Device, Group, Kid, Lane};
use wire::keybox::SealedKeybox;
use wire::roster::{Class, Roster};

use super::Trust;
use super::keys::{all_who_hold, box_for_team, box_new_key, members_of, parents, serve};
use super::vaults::read_roster;
use crate::error::Result;
use crate::identity::Identity;

/// The class of the vault of a team's wrapping keys, as the store keeps it.
const CLASS: &str = "wrap";

/// The vault of a team's wrapping keys as it is kept.
pub(crate) fn wrap_row(group: Group) -> VaultRow {
    VaultRow {
        vault: *group.wraps().as_bytes(),
        class: CLASS.to_owned(),
        lane: *group.lane().as_bytes(),
    }
}

/// Keeps a wrapping key of a team, as the one to box under.
pub(crate) fn put_wrap(tx: &Transaction<'_>, group: Group, key: &SecretKey) -> Result<()> {
    tx.put_vault(&wrap_row(group))?;
    Ok(tx.put_vault_key(group.wraps().as_bytes(), key)?)
}

/// The wrapping key to box under for a team. A member that has none makes the first; none for a team whose key is not here.
pub(super) fn under(
    tx: &Transaction<'_>,
    identity: &Identity,
    directory: &Directory,
    group: Group,
) -> Result<Option<SecretKey>> {
    let newest = tx.vault_keys(group.wraps().as_bytes())?.into_iter().next();
    if newest.is_some() {
        return Ok(newest);
    }
    let is_in = directory
        .state()
        .is_member(Device::new(identity.device), group);
    if !is_in || tx.vault_keys(group.vault().as_bytes())?.is_empty() {
        return Ok(None);
    }
    let key = SecretKey::make();
    put_wrap(tx, group, &key)?;
    Ok(Some(key))
}

/// The wrapping keys of a team and their generations, as its boxes say: one more than the key that it follows, unless it
/// carries that on.
pub(crate) fn generations(
    reader: &Reader<'_>,
    directory: &Directory,
    group: Group,
) -> Result<BTreeMap<Kid, usize>> {
    let vault = group.wraps();
    let (mut follows, _) = parents(reader, directory, vault)?;
    for key in reader.vault_keys(vault.as_bytes())? {
        follows.entry(Kid::of(&key)).or_default();
    }
    // The first key came in no box, and may be given up.
    let named: Vec<_> = follows.values().flatten().copied().collect();
    for kid in named {
        follows.entry(kid).or_default();
    }
    let mut carried: BTreeMap<Kid, BTreeSet<Kid>> = BTreeMap::new();
    for row in reader.signed_of(Signed::Keybox, vault.as_bytes())? {
        if let Ok(keybox) =
            SealedKeybox::parse(&row.bytes).and_then(|sealed| sealed.verify(directory))
        {
            let with = carried.entry(keybox.kid()).or_default();
            with.extend(keybox.earlier_kids());
        }
    }
    let step = |kid: &Kid, parent: &Kid| {
        let is_carried = carried.get(kid).is_some_and(|with| with.contains(parent));
        usize::from(!is_carried)
    };
    let mut of: BTreeMap<Kid, usize> = follows.keys().map(|kid| (*kid, 1)).collect();
    // A chain is no longer than there are keys; a cycle cannot make this run on.
    for _ in 0..follows.len() {
        let mut changed = false;
        for (kid, before) in &follows {
            let above = before
                .iter()
                .filter_map(|parent| Some(of.get(parent)? + step(kid, parent)));
            let above = above.max().unwrap_or(1);
            changed |= of.insert(*kid, above) != Some(above);
        }
        if !changed {
            break;
        }
    }
    Ok(of)
}

/// Whether a later wrapping key of the same generation carries this one on: somebody had left.
pub(super) fn is_carried_on(
    reader: &Reader<'_>,
    directory: &Directory,
    group: Group,
    kid: Kid,
) -> Result<bool> {
    for row in reader.signed_of(Signed::Keybox, group.wraps().as_bytes())? {
        if let Ok(keybox) =
            SealedKeybox::parse(&row.bytes).and_then(|sealed| sealed.verify(directory))
            && keybox.parents().contains(&kid)
            && keybox.earlier_kids().any(|earlier| earlier == kid)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The wrapping keys that are here of the newest key's generation, that one first.
fn of_newest(reader: &Reader<'_>, directory: &Directory, group: Group) -> Result<Vec<SecretKey>> {
    let keys = reader.vault_keys(group.wraps().as_bytes())?;
    let generations = generations(reader, directory, group)?;
    let of = |key: &SecretKey| generations.get(&Kid::of(key)).copied();
    let newest = keys.first().and_then(of);
    Ok(keys.into_iter().filter(|key| of(key) == newest).collect())
}

/// The wrapping keys that whoever comes into a team is given, the newest first: those of its generation, and none before.
pub(super) fn for_newcomer(
    reader: &Reader<'_>,
    directory: &Directory,
    group: Group,
) -> Result<Vec<SecretKey>> {
    of_newest(reader, directory, group)
}

/// Which cases are to be boxed under the newest wrapping key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All that are here.
    All,
    /// Those that this device boxed.
    Own,
}

/// Brings the wrapping keys of a team up to date: the first one, another where somebody left, and a box for each member.
pub(super) fn keep_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
) -> Result<()> {
    let office = trust.directory.state();
    let own = Device::new(identity.device);
    if !office.is_member(own, group) {
        return Ok(());
    }
    let Some(newest) = under(tx, identity, &trust.directory, group)? else {
        return Ok(());
    };
    let vault = group.wraps();
    let reads =
        |device: &Device| office.is_member(*device, group) || office.escrow_seat(*device).is_some();
    if !all_who_hold(tx, trust, vault, Kid::of(&newest))?
        .iter()
        .all(reads)
    {
        let earlier = of_newest(tx, &trust.directory, group)?;
        box_new_key(
            tx,
            identity,
            trust,
            (vault, None),
            &[members_of(trust, group)],
            &earlier,
        )?;
    }
    let keys = of_newest(tx, &trust.directory, group)?;
    serve(tx, identity, trust, group, vault, &keys)
}

/// Makes the wrapping key of the next generation for a team, and boxes the keys of all its cases under it.
pub(super) fn renew(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
) -> Result<()> {
    keep_up(tx, identity, trust, group)?;
    let members = members_of(trust, group);
    let vault = group.wraps();
    #[cfg(test)]
    let carried = if tests::CARRIES_ON.get() {
        tx.vault_keys(vault.as_bytes())?
    } else {
        Vec::new()
    };
    #[cfg(not(test))]
    let carried = Vec::new();
    box_new_key(tx, identity, trust, (vault, None), &[members], &carried)?;
    // The escrow's seat is served beside the members.
    keep_up(tx, identity, trust, group)?;
    box_again(tx, identity, trust, group, Which::All)?;
    Ok(())
}

/// Boxes the keys of a team's cases under its newest wrapping key, where they are not. What an order of erasure is in effect
/// on is left out. Gives how many cases that were.
pub(super) fn box_again(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
    which: Which,
) -> Result<usize> {
    let keys = of_newest(tx, &trust.directory, group)?;
    let Some(newest) = keys.first() else {
        return Ok(0);
    };
    let under: BTreeSet<Kid> = keys.iter().map(Kid::of).collect();
    let mut boxed = 0;
    for (roster, keys) in lacking(tx, identity, trust, group, &under, which)? {
        if let Some(key) = keys.first() {
            box_for_team(tx, identity, trust, &roster, key, (group, newest))?;
            boxed += 1;
        }
    }
    Ok(boxed)
}

/// The cases of a team of which some key is boxed under none of these wrapping keys, with all their keys.
fn lacking(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
    under: &BTreeSet<Kid>,
    which: Which,
) -> Result<Vec<(Roster, Vec<SecretKey>)>> {
    let (directory, own) = (&trust.directory, Device::new(identity.device));
    let mut lacking = Vec::new();
    for lane in [group.lane(), Lane::ORG] {
        for row in tx.vaults_in(lane.as_bytes())? {
            if row.class != "case" || tx.is_hidden(&row.vault, &[0; 16])? {
                continue;
            }
            let keys = tx.vault_keys(&row.vault)?;
            let (mut given, mut is_own) = (BTreeSet::new(), false);
            for signed in tx.signed_of(Signed::Keybox, &row.vault)? {
                let Ok(keybox) =
                    SealedKeybox::parse(&signed.bytes).and_then(|sealed| sealed.verify(directory))
                else {
                    continue;
                };
                is_own |= keybox.author() == own;
                if keybox
                    .team_kids()
                    .any(|(of, kid)| of == group && under.contains(&kid))
                {
                    given.insert(keybox.kid());
                    given.extend(keybox.earlier_kids());
                }
            }
            let has_all = keys.iter().all(|key| given.contains(&Kid::of(key)));
            if has_all || (which == Which::Own && !is_own) {
                continue;
            }
            let Some(roster) = read_roster(tx, directory, &row.vault)? else {
                continue;
            };
            let state = roster.state();
            if state.class == Class::Case
                && state.readers.groups.contains(&group)
                && state.reads(own, directory.state())
            {
                lacking.push((roster, keys));
            }
        }
    }
    Ok(lacking)
}

/// Whether wrapping keys are here that two later generations follow.
pub(super) fn are_to_go(reader: &Reader<'_>, directory: &Directory, group: Group) -> Result<bool> {
    Ok(!parted(reader, directory, group)?.1.is_empty())
}

/// The wrapping keys of a team that are here: those that stay, and those that two later generations follow. By those that
/// are here: a generation that only boxes name does not count.
fn parted(
    reader: &Reader<'_>,
    directory: &Directory,
    group: Group,
) -> Result<(BTreeSet<Kid>, BTreeSet<Kid>)> {
    let generations = generations(reader, directory, group)?;
    let keys = reader.vault_keys(group.wraps().as_bytes())?;
    let of = |kid: &Kid| generations.get(kid).copied().unwrap_or(1);
    let kids: Vec<_> = keys.iter().map(Kid::of).collect();
    let newest = kids.iter().map(of).max().unwrap_or_default();
    Ok(kids.into_iter().partition(|kid| of(kid) + 2 > newest))
}

/// Destroys the wrapping keys of a team that two later generations follow. Where a case is boxed under none that stays, it
/// is boxed under the newest first. Gives how many keys that were.
pub(super) fn give_up(
    tx: &Transaction<'_>,
    identity: &Identity,
    trust: &Trust,
    group: Group,
) -> Result<usize> {
    #[cfg(test)]
    if tests::KEEPS_ALL.get() {
        return Ok(0);
    }
    let vault = *group.wraps().as_bytes();
    let (stays, goes) = parted(tx, &trust.directory, group)?;
    if goes.is_empty() {
        return Ok(0);
    }
    #[cfg(test)]
    let looks = !tests::UNLOOKED.get();
    #[cfg(not(test))]
    let looks = true;
    if looks && !lacking(tx, identity, trust, group, &stays, Which::All)?.is_empty() {
        box_again(tx, identity, trust, group, Which::All)?;
        if !lacking(tx, identity, trust, group, &stays, Which::All)?.is_empty() {
            return Ok(0);
        }
    }
    for kid in &goes {
        tx.give_up_key(&vault, kid.as_bytes())?;
    }
    Ok(goes.len())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(crate) static KEEPS_ALL: Cell<bool> = const { Cell::new(false) };
        pub(crate) static UNLOOKED: Cell<bool> = const { Cell::new(false) };
        pub(crate) static CARRIES_ON: Cell<bool> = const { Cell::new(false) };
    }
}
