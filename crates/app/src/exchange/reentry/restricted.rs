//! The restricted vaults that the escrow opens, looked for in the organisation's lane with the shares at hand.
//!
//! The lane is read twice, page by page, and nothing of it is kept: once for the key boxes that are for the escrow, and, where
//! there are any, once more for the rosters that those keys open. What came in is then a steward of each vault whose roster
//! lets the escrow in today; the records come as to any reader.

use std::collections::{BTreeMap, BTreeSet};

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use store::Transaction;
use store::table::trust::{Signed, VaultBytes};
use store::table::vault::VaultRow;
use sync::feed::{Follow, Turn};
use wire::body::{Body, Kind};
use wire::directory::Directory;
use wire::envelope::{LaneKey, LaneOpened, Verified, is_stub, name_of, open_outer};
use wire::hub::Page;
use wire::ids::{Device, Hash, Kid, Lane, Vault};
use wire::keybox::{Keybox, Recipient, SealedKeybox};
use wire::pair::Pair;
use wire::rights::{Right, author_key, right_to_write};
use wire::roster::{Class, Grant, Roster, RosterOp};

use super::Keys;
use crate::error::{ErrorCode, Result};
use crate::restricted::CLASS;
use crate::trust;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Search {
    follow: Follow,
    /// Those of the escrow with each author whose records came.
    pairs: BTreeMap<Device, Vec<Pair>>,
    boxes: BTreeMap<Vault, Vec<Keybox>>,
    /// The keys of the vaults whose rosters are looked for; none while boxes are.
    keys: Option<Vec<(Vault, LaneKey, SecretKey)>>,
    /// By operation: the record that it came in, and itself.
    rosters: BTreeMap<Vault, BTreeMap<Hash, (Hash, Vec<u8>)>>,
}

/// A vault that this device reads from now on.
#[derive(Debug)]
pub(super) struct Found {
    roster: Roster,
    /// The records that its operations came in; that of the escrow is in none yet.
    records: BTreeMap<Hash, Hash>,
    keys: Keys,
    keybox: Keybox,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            follow: Follow::from(None),
            pairs: BTreeMap::new(),
            boxes: BTreeMap::new(),
            keys: None,
            rosters: BTreeMap::new(),
        }
    }
}

impl Search {
    /// Where the next page begins.
    pub(super) fn cursor(&self) -> u64 {
        self.follow.cursor()
    }

    /// Looks through a page; whether there is more to ask for.
    ///
    /// # Errors
    /// [`ErrorCode::HubFaulty`] when it is not the page that was asked for.
    pub(super) fn take(
        &mut self,
        directory: &Directory,
        escrow: (Device, &KemKey),
        page: Page,
    ) -> Result<bool> {
        if self.follow.turn(page.from) != Turn::On {
            return Err(ErrorCode::HubFaulty.into());
        }
        let names = page.records.iter();
        let names: Vec<_> = names
            .map(|record| name_of(&record.0, directory.org()).map(|(_, id)| id))
            .collect();
        for record in page.records {
            let Some(record) = verified(directory, record.0) else {
                continue;
            };
            if self.keys.is_some() {
                self.take_roster(directory, &record);
            } else {
                self.take_box(directory, escrow, &record);
            }
        }
        self.follow.pass(page.from, names);
        if page.more || !self.follow.is_sure() {
            return Ok(true);
        }
        if self.keys.is_some() || self.boxes.is_empty() {
            return Ok(false);
        }
        self.follow = Follow::from(None);
        let mut keys = Vec::new();
        for (vault, boxes) in &self.boxes {
            let all = keys_in(directory, escrow, boxes).keys;
            keys.extend(
                all.into_values()
                    .map(|key| (*vault, LaneKey::of(&key), key)),
            );
        }
        self.keys = Some(keys);
        Ok(true)
    }

    /// Keeps the key box in a record, where it is one for the escrow.
    fn take_box(
        &mut self,
        directory: &Directory,
        (seat, kem): (Device, &KemKey),
        record: &Verified,
    ) -> Option<()> {
        let author = record.outer().device;
        let pairs = self
            .pairs
            .entry(author)
            .or_insert_with(|| pairs_with(directory, (seat, kem), author));
        let (pair, lane) = pairs.iter().find_map(|pair| {
            let opened = record.open_lane_layer(&LaneKey::of(&pair.key));
            opened.ok().map(|lane| (pair, lane))
        })?;
        may_be(directory, &lane, Kind::KEYBOX)?;
        let Body::Keybox(bytes) = lane.open_body(&pair.key).ok()?.body else {
            return None;
        };
        let keybox = SealedKeybox::parse(&bytes).ok()?.verify(directory).ok()?;
        keybox.open_for(directory.org(), seat, kem).ok()??;
        self.boxes.entry(keybox.vault()).or_default().push(keybox);
        Some(())
    }

    /// Keeps the operations of a roster in a record that one of the keys opens.
    fn take_roster(&mut self, directory: &Directory, record: &Verified) -> Option<()> {
        let keys = self.keys.as_deref().unwrap_or_default();
        let lane = keys
            .iter()
            .find_map(|(_, lane, _)| record.open_lane_layer(lane).ok())?;
        may_be(directory, &lane, Kind::ROSTER)?;
        let inner = lane.inner();
        let named = |(vault, _, key): &&(Vault, LaneKey, SecretKey)| {
            (*vault, Kid::of(key)) == (inner.vault, inner.vkid)
        };
        let (vault, _, key) = keys.iter().find(named)?;
        let Body::Roster(ops) = lane.open_body(key).ok()?.body else {
            return None;
        };
        let kept = self.rosters.entry(*vault).or_default();
        for bytes in ops {
            if let Ok(op) = RosterOp::parse(&bytes)
                && op.vault() == *vault
            {
                kept.entry(op.id()).or_insert((record.id(), bytes));
            }
        }
        Some(())
    }

    /// The vaults whose rosters let the escrow in: it lets this device in, as a steward.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when this device's own key is of no use.
    pub(super) fn found(
        self,
        directory: &Directory,
        escrow: (Device, &SigningKey),
        kem: &KemKey,
        (author, own): ((Device, &SigningKey), [u8; 32]),
    ) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for (vault, boxes) in self.boxes {
            let Some(ops) = self.rosters.get(&vault) else {
                continue;
            };
            let Some(mut roster) = roster_of(directory, vault, ops) else {
                continue;
            };
            let counts = |keybox: &Keybox| keybox.check(directory, Some(&roster)).is_ok();
            let boxes: Vec<_> = boxes.into_iter().filter(counts).collect();
            let keys = keys_in(directory, (escrow.0, kem), &boxes);
            let enter = Grant::Enter(author.0);
            if roster.state().class != Class::Restricted
                || roster.write(directory, escrow, &enter).is_err()
            {
                continue;
            }
            let newcomer = Recipient::Device(author.0, own);
            let Some(keybox) =
                keys.box_for(directory, author, (vault, Some(&roster)), &newcomer)?
            else {
                continue;
            };
            found.push(Found {
                records: ops.iter().map(|(op, (record, _))| (*op, *record)).collect(),
                roster,
                keys,
                keybox,
            });
        }
        Ok(found)
    }
}

impl Found {
    /// Keeps the vault with its keys and its roster.
    pub(super) fn keep(&self, tx: &Transaction<'_>) -> Result<()> {
        let vault = *self.roster.vault().as_bytes();
        tx.put_vault(&VaultRow {
            vault,
            class: CLASS.to_owned(),
            lane: *Lane::ORG.as_bytes(),
        })?;
        // The one to write under comes last.
        let newest = self.keys.newest().map(|(kid, _)| *kid);
        let keys = &self.keys.keys;
        let earlier = keys.iter().filter(|(kid, _)| Some(**kid) != newest);
        for key in earlier
            .map(|(_, key)| key)
            .chain(newest.and_then(|kid| keys.get(&kid)))
        {
            tx.put_vault_key(&vault, key)?;
        }
        for op in self.roster.ops() {
            let (id, bytes) = (*op.id().as_bytes(), op.to_bytes());
            let record = self.records.get(&op.id()).map(Hash::as_bytes);
            tx.put_signed(Signed::Roster, &VaultBytes { vault, id, bytes }, record)?;
        }
        trust::put_keybox(tx, &self.keybox)
    }
}

/// A record of the lane whose signature holds.
fn verified(directory: &Directory, bytes: Vec<u8>) -> Option<Verified> {
    if is_stub(&bytes) {
        return None;
    }
    let sealed = open_outer(bytes, directory.org()).ok()?;
    if sealed.outer().lane != Lane::ORG {
        return None;
    }
    let public = author_key(directory, sealed.outer().device)?;
    sealed.verify(&public).ok()
}

/// Whether a record is of this kind and its author might write it.
fn may_be(directory: &Directory, lane: &LaneOpened, kind: Kind) -> Option<()> {
    let may = right_to_write(directory, None, lane.record(), lane.inner()) == Right::Granted;
    (lane.inner().kind == kind && may).then_some(())
}

/// The pairs of the escrow and an author, for each key that it ever received with: a box may be as old as the escrow.
fn pairs_with(directory: &Directory, escrow: (Device, &KemKey), author: Device) -> Vec<Pair> {
    let member = directory.state().devices.get(&author);
    let keys = member.into_iter().flat_map(|member| &member.received);
    keys.rev()
        .filter_map(|key| Pair::of(directory.org(), escrow, (author, &key.public)).ok())
        .collect()
}

/// What the boxes of one vault give to the escrow.
fn keys_in(directory: &Directory, escrow: (Device, &KemKey), boxes: &[Keybox]) -> Keys {
    let mut keys = Keys::default();
    for keybox in boxes {
        keys.take(directory.org(), keybox, escrow);
    }
    keys
}

/// The roster of these operations, as far as each has what it rests on.
fn roster_of(
    directory: &Directory,
    vault: Vault,
    ops: &BTreeMap<Hash, (Hash, Vec<u8>)>,
) -> Option<Roster> {
    let opened = ops
        .values()
        .find_map(|(_, op)| Roster::open(op, directory).ok());
    let mut roster = opened.filter(|roster| roster.vault() == vault)?;
    let mut left: BTreeSet<&Hash> = ops.keys().collect();
    loop {
        let before = left.len();
        left.retain(|id| {
            let taken = ops.get(*id).map(|(_, op)| roster.receive(op, directory));
            taken.is_some_and(|taken| taken.is_err_and(|error| error.may_pass()))
        });
        if left.len() == before {
            return Some(roster);
        }
    }
}

#[cfg(test)]
mod tests;
