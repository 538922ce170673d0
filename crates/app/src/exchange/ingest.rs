//! The records of one delivery, taken in within one transaction.
//!
//! Each record goes through, in this order: length and caps, outer header, author and signature, both layers, the right
//! to write at the record's own directory and roster, a look at its changes before automerge sees a byte, a trial on a
//! copy of the document. Only then is anything of it written.
//!
//! # Invariants
//!
//! - **A gap, an unknown head or key holds, and refuses nothing.** What is held is tried again whenever something came.
//! - **What is refused is put aside** with a stable code, and holds up nothing else.
//! - **A document is named by vault and id.** An id that is known in another vault is another document, never a merge.

mod ahead;
mod anew;
mod audit;
mod carried;
mod changes;
mod erased;
mod keys;
mod layers;
pub(in crate::exchange) mod passed;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crypto::SecretKey;
use record::{DocKey, Document};
use store::Transaction;
use store::table::record::{PeerRow, RecordRow};
use store::table::trust::Signed;
use sync::receive::receive;
use sync::settle::{Outcome, order, settle};
use sync::store::{SyncStore as _, Waits};
use wire::body::{Body, Have, Kind, Witness};
use wire::cbor;
use wire::directory::Directory;
use wire::envelope::{LaneKey, LaneOpened, Opened, Outer, Sealed, Verified, is_stub, open_outer};
use wire::ids::{Device, Hash, Kid, Lane, Org, Vault};
use wire::rights::{NoRight, Right, Unknown, author_key};
use wire::roster::Roster;

use self::ahead::Look;
use super::ledger::{Ledger, MOST_BYTES, standing};
use super::refusal::{self, Halt, Step, code};
use super::{side_by_side, witness};
use crate::error::Result;
use crate::identity::Identity;
use crate::project::Made;
use crate::session::view::RefusedView;

/// Bytes of opened records that are kept at hand. A delivery that brings more is let take effect part by part.
#[cfg(not(test))]
const AT_HAND: usize = 64 << 20;
#[cfg(test)]
const AT_HAND: usize = 16 << 10;
/// Records of which the signatures are looked at together.
const ARRIVED: usize = 512;
/// Stands in the place of a record's name where a key box came in front of the records.
const IN_FRONT: [u8; 32] = [0; 32];

/// What a record of the organisation's lane waits for that no key of this device opens: perhaps for ever. It is kept and
/// passed on, counts for nothing here, and is looked at again only when a key has come.
pub(super) const FOREIGN: Waits = Waits::LaneKey(Kid::ZERO);

/// The kinds of records that bring changes.
const BRING_CHANGES: [Kind; 5] = [
    Kind::CHANGES,
    Kind::CARRY,
    Kind::PASSED,
    // What others of these have their place by.
    Kind::LINEAGE,
    Kind::PASSED_ON,
];

/// What came of a delivery.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Records that took effect now.
    pub(super) new: u32,
    /// Records that were here.
    pub(super) known: u32,
    /// Records of this delivery that waited when it was over. They may have taken effect with a later one of the same talk.
    pub(super) held: BTreeSet<Hash>,
    /// Records that were refused now.
    pub(super) refused: Vec<RefusedView>,
}

/// A record that is to take effect.
struct Item {
    id: Hash,
    device: Device,
    came_now: bool,
    opened: Option<LaneOpened>,
}

/// What waits of one author.
#[derive(Clone, Copy, Default)]
struct Waiting {
    bytes: u64,
    changes: u64,
}

impl Waiting {
    /// Whether this is more than may wait: what waits is tried again with whatever comes.
    fn is_flood(self) -> bool {
        #[cfg(not(test))]
        const MOST_CHANGES: u64 = 10_000;
        #[cfg(test)]
        const MOST_CHANGES: u64 = 100;
        self.bytes > MOST_BYTES || self.changes > MOST_CHANGES
    }
}

/// The taking in of one delivery.
pub(super) struct Ingest<'a, 't> {
    tx: &'a Transaction<'t>,
    directory: &'a Directory,
    identity: &'a Identity,
    heads: &'a [BTreeSet<Hash>],
    ledger: Ledger<'a, 't>,
    /// Keys of the lanes, of all generations.
    lanes: Vec<(Lane, LaneKey)>,
    rosters: HashMap<Vault, Option<Roster>>,
    /// The directories of other offices that passed cases on, as far as they are here.
    others: HashMap<Org, Option<Directory>>,
    /// Keys from boxes that cannot be judged before the vault's roster is here. The roster itself is sealed under them;
    /// it proves itself, so nothing but a roster is opened with these.
    early: Vec<(Vault, SecretKey)>,
    /// Keys with which records of others are to be looked at again, and those with which they were.
    fresh: BTreeSet<Kid>,
    tried: BTreeSet<Kid>,
    open: BTreeMap<DocKey, Document>,
    unsettled: BTreeSet<DocKey>,
    changed: BTreeSet<DocKey>,
    /// What was made of the last document, before it is settled.
    made: Option<Made>,
    /// Records that are not here yet, with the keys that their authors sign with.
    arrived: Vec<(Sealed, [u8; 32])>,
    items: Vec<(Item, Option<Kind>, Outer)>,
    at_hand: usize,
    /// What of the parts before waits.
    left: Vec<Item>,
    /// Whether a lineage said something new of where a case went through.
    has_new_roots: bool,
    origins: Option<HashMap<[u8; 32], DocKey>>,
    /// The records that signed orders name, once they were asked for.
    named: Option<BTreeSet<Hash>>,
    pub(super) tally: Tally,
    pub(super) touched: BTreeSet<String>,
    /// What witnesses say of everybody's records.
    told: Vec<Have>,
    /// Records that took effect and are no news of anybody.
    silent: u32,
    /// How many changes lie in each record that waits for others.
    loose: HashMap<Hash, u64>,
    now: i64,
    /// Authors of whom something new came.
    pub(super) authors: BTreeSet<Device>,
}

impl<'a, 't> Ingest<'a, 't> {
    pub(super) fn new(
        tx: &'a Transaction<'t>,
        directory: &'a Directory,
        identity: &'a Identity,
        heads: &'a [BTreeSet<Hash>],
        now: i64,
    ) -> Result<Self> {
        let mut ingest = Self {
            tx,
            directory,
            identity,
            heads,
            ledger: Ledger::open(tx, now)?,
            lanes: Vec::new(),
            rosters: HashMap::new(),
            others: HashMap::new(),
            early: Vec::new(),
            fresh: BTreeSet::new(),
            tried: BTreeSet::new(),
            open: BTreeMap::new(),
            unsettled: BTreeSet::new(),
            changed: BTreeSet::new(),
            made: None,
            arrived: Vec::new(),
            items: Vec::new(),
            at_hand: 0,
            left: Vec::new(),
            has_new_roots: false,
            origins: None,
            named: None,
            tally: Tally::default(),
            touched: BTreeSet::new(),
            told: Vec::new(),
            silent: 0,
            loose: HashMap::new(),
            now,
            authors: BTreeSet::new(),
        };
        ingest.find_lanes()?;
        Ok(ingest)
    }

    /// Takes a key box that came in front of the records. One that does not serve yet comes again with the next bundle.
    pub(super) fn key_in_front(&mut self, bytes: &[u8]) -> Result<()> {
        if self
            .tx
            .has_signed(Signed::Keybox, &crypto::sha256(&[bytes]))?
        {
            return Ok(());
        }
        match self.keybox(bytes, &IN_FRONT) {
            Ok(()) | Err(Halt::Waits(_) | Halt::Newer(_) | Halt::Erased | Halt::Refused(_)) => {
                Ok(())
            }
            Err(Halt::Fault(error)) => Err(error),
        }
    }

    /// Keeps a record of what `sender` packed, to take effect in [`Ingest::settle`].
    pub(super) fn admit(&mut self, bytes: Vec<u8>, sender: Option<Device>) -> Result<()> {
        if is_stub(&bytes) {
            return self.admit_stub(bytes, sender);
        }
        let sealed = match open_outer(bytes, self.directory.org()) {
            Ok(sealed) => sealed,
            Err(error) => {
                // It has no name to be kept under; whoever packed it answers for it.
                self.tally.refused.push(RefusedView {
                    code: refusal::of_envelope(error).to_owned(),
                    device: sender.map(|it| it.to_string()).unwrap_or_default(),
                });
                return Ok(());
            }
        };
        let (id, outer) = (sealed.id(), *sealed.outer());
        if self.arrived.iter().any(|(here, _)| here.id() == id) {
            self.admit_arrived()?;
        }
        if let Some(place) = self.tx.record_place(id.as_bytes())? {
            return self.admit_known(&place, sealed);
        }
        if self.is_of_another_team(outer.lane) {
            return Ok(());
        }
        let Some(public) = author_key(self.directory, outer.device) else {
            // Whom a newer directory will know. Nothing vouches for these bytes until then, so they are not kept; they
            // come again with every bundle.
            self.tally.held.insert(id);
            return Ok(());
        };
        self.arrived.push((sealed, public));
        if self.arrived.len() >= ARRIVED {
            self.admit_arrived()?;
        }
        Ok(())
    }

    /// Keeps what has arrived and is signed.
    fn admit_arrived(&mut self) -> Result<()> {
        let arrived = std::mem::take(&mut self.arrived);
        let authors: Vec<_> = arrived
            .iter()
            .map(|(sealed, _)| sealed.outer().device)
            .collect();
        let lanes = &self.lanes;
        let seen = side_by_side::each(arrived, |(sealed, public)| {
            let verified = sealed.verify(&public).ok()?;
            let opened = layers::open_team_lane(lanes, &verified).ok();
            Some((verified, opened))
        });
        for (author, seen) in authors.into_iter().zip(seen) {
            // What nobody signed proves nothing and is not kept: the record itself may still come.
            let Some((verified, opened)) = seen else {
                self.refused(author, code::FORGED);
                continue;
            };
            receive(&mut self.ledger, &verified)?;
            self.authors.insert(author);
            self.queue(verified, opened);
        }
        if self.at_hand >= AT_HAND {
            self.settle_part()?;
        }
        Ok(())
    }

    /// Lets what is at hand take effect, as far as it can. What waits is read and opened again when its turn comes.
    fn settle_part(&mut self) -> Result<()> {
        let before = std::mem::take(&mut self.left);
        for (mut item, _) in self.settle_items(before)? {
            item.opened = None;
            self.left.push(item);
        }
        self.at_hand = 0;
        Ok(())
    }

    /// Whether it travels in the lane of a team that this device is not in and never was: it is nothing to this device, and
    /// is not kept. Whoever comes in later is sent all of it.
    fn is_of_another_team(&self, lane: Lane) -> bool {
        let (office, own) = (self.directory.state(), Device::new(self.identity.device));
        let team = office.groups.keys().find(|group| group.lane() == lane);
        team.is_some_and(|team| !office.is_member(own, *team))
            && !self.lanes.iter().any(|(known, _)| *known == lane)
    }

    fn admit_known(&mut self, place: &RecordRow, sealed: Sealed) -> Result<()> {
        let id = sealed.id();
        if place.state == standing::HELD {
            let queued = self.items.iter_mut().map(|(item, ..)| item);
            if let Some(item) = queued.chain(&mut self.left).find(|item| item.id == id) {
                item.came_now = true;
            }
            return Ok(());
        }
        let is_put_off =
            place.state == standing::REFUSED && place.reason.as_deref() == Some(code::FLOOD);
        if is_put_off || place.state == standing::STUB {
            // Of this one only a stub was kept.
            let public = author_key(self.directory, sealed.outer().device);
            if let Some(verified) = public.and_then(|public| sealed.verify(&public).ok()) {
                self.tx
                    .replace_record_bytes(id.as_bytes(), verified.as_bytes())?;
                self.ledger.hold(id, Waits::Changes)?;
                self.queue(verified, None);
                return Ok(());
            }
        }
        self.tally.known += 1;
        Ok(())
    }

    /// Queues what is held from earlier.
    pub(super) fn take_up_held(&mut self) -> Result<()> {
        let held = self.ledger.held()?.into_iter().map(|(id, _)| id).collect();
        self.take_up(held)
    }

    /// Queues the records that brought changes, `own` and others'.
    pub(super) fn take_up_changes(&mut self, own: &[[u8; 32]]) -> Result<()> {
        let ids = self.tx.record_ids_in(standing::APPLIED)?;
        self.take_up(ids.iter().chain(own).copied().map(Hash::new).collect())?;
        self.items
            .retain(|(_, kind, _)| BRING_CHANGES.iter().any(|of| *kind == Some(*of)));
        Ok(())
    }

    fn take_up(&mut self, ids: Vec<Hash>) -> Result<()> {
        for id in ids {
            let Some(row) = self.tx.record(id.as_bytes())? else {
                continue;
            };
            let Ok(sealed) = open_outer(row.bytes, self.directory.org()) else {
                continue;
            };
            let (outer, device) = (*sealed.outer(), sealed.outer().device);
            let verified =
                author_key(self.directory, device).and_then(|public| sealed.verify(&public).ok());
            let opened = verified.and_then(|verified| self.open_lane(&verified).ok());
            let kind = opened.as_ref().map(|opened| opened.inner().kind);
            let opened = opened.filter(|_| self.room());
            self.items.push((
                Item {
                    id,
                    device,
                    came_now: false,
                    opened,
                },
                kind,
                outer,
            ));
        }
        Ok(())
    }

    /// Lets everything take effect that can: first keys, then rosters, then the rest, again until nothing moves.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.admit_arrived()?;
        let before = std::mem::take(&mut self.left);
        let mut left = self.settle_items(before)?;
        // A key that came may open what was here all along.
        while !self.fresh.is_empty() {
            self.tried.append(&mut self.fresh);
            let foreign = self.ledger.foreign()?;
            self.take_up(foreign)?;
            let again = left.into_iter().map(|(item, _)| item).collect();
            left = self.settle_items(again)?;
        }
        if std::mem::take(&mut self.has_new_roots) {
            left = self.look_again_by_roots(left)?;
        }
        let (mut waiting, mut foreign) = (self.waiting_before(&left)?, BTreeMap::new());
        for (item, waits) in left {
            if waits == FOREIGN {
                self.ledger.hold(item.id, waits)?;
                if item.came_now
                    && self.is_too_foreign(&item, &mut foreign)?
                    && let Ok(record) = self.verified(item.id)
                {
                    self.ledger.put_off(&record)?;
                }
                continue;
            }
            if item.came_now && self.floods(&item, &mut waiting)? {
                continue;
            }
            self.ledger.hold(item.id, waits)?;
            self.note_waiting(&item);
        }
        self.settle_documents()?;
        self.settle_erasures()
    }

    /// What was taken for another document's may be of a case that came back: where a case went through, is known now.
    fn look_again_by_roots(&mut self, left: Vec<(Item, Waits)>) -> Result<Vec<(Item, Waits)>> {
        let mut again = Vec::new();
        for place in self.tx.record_places()? {
            if place.state == standing::REFUSED
                && place.reason.as_deref() == Some(code::FOREIGN_DOCUMENT)
            {
                again.push(Hash::new(place.id));
            }
        }
        // Those that are refused still are told again.
        let is_other = |it: &RefusedView| it.code != code::FOREIGN_DOCUMENT;
        self.tally.refused.retain(is_other);
        self.take_up(again)?;
        self.settle_items(left.into_iter().map(|(item, _)| item).collect())
    }

    fn note_waiting(&mut self, item: &Item) {
        if item.came_now {
            self.tally.held.insert(item.id);
        }
    }

    fn settle_items(&mut self, before: Vec<Item>) -> Result<Vec<(Item, Waits)>> {
        let mut items = std::mem::take(&mut self.items);
        items.sort_by_cached_key(|(_, kind, outer)| order(*kind, outer));
        let (mut front, mut changes) = (before, Vec::new());
        for (item, kind, outer) in items {
            // In the organisation's lane they are few, and under keys of their own.
            let of_documents = kind == Some(Kind::CHANGES) && outer.lane != Lane::ORG;
            match of_documents && item.opened.is_some() {
                true => changes.push(item),
                false => front.push(item),
            }
        }
        let mut left = settle(front, |item| self.try_one(item, None))?;
        if changes.is_empty() {
            return Ok(left);
        }
        left.extend(self.settle_changes(changes)?);
        let again = left.into_iter().map(|(item, _)| item).collect();
        settle(again, |item| self.try_one(item, None))
    }

    /// Takes note of a key that may open records of the organisation's lane which were here before it.
    fn look_again_with(&mut self, kid: Kid) {
        if !self.tried.contains(&kid) {
            self.fresh.insert(kid);
        }
    }

    /// Whether records of this device itself are known to somebody and were not to this store: it is an old copy. Gives
    /// the incarnation to leave behind.
    pub(super) fn left_behind(
        &self,
        told: &[wire::body::Have],
        incarnation: u32,
    ) -> Result<Option<u32>> {
        /// A claim without the record is believed only near what can be.
        const NEAR: u32 = 1000;
        let own = Device::new(self.identity.device);
        let mut behind = self.authors.contains(&own);
        let mut newest = self
            .ledger
            .newest_incarnation(own)
            .unwrap_or_default()
            .max(incarnation);
        let told = told.iter().chain(&self.told);
        for have in told.filter(|have| have.device == own) {
            if sync::receive::behind_itself(&self.ledger, own, std::slice::from_ref(have))? {
                behind = true;
                if have.incarnation < newest.saturating_add(NEAR) {
                    newest = newest.max(have.incarnation);
                }
            }
        }
        Ok(behind.then_some(newest))
    }

    /// The documents that are not what they were.
    pub(super) fn into_changed(mut self) -> (Tally, BTreeSet<String>, BTreeSet<DocKey>) {
        self.tally.new = self.tally.new.saturating_sub(self.silent);
        (self.tally, self.touched, self.changed)
    }

    /// What waited of each author before this delivery, of those of whom more is to wait.
    fn waiting_before(&self, left: &[(Item, Waits)]) -> Result<BTreeMap<Device, Waiting>> {
        let mut waiting = BTreeMap::new();
        for (item, _) in left {
            if let Entry::Vacant(empty) = waiting.entry(item.device) {
                empty.insert(Waiting {
                    bytes: self.ledger.waiting_bytes(item.device)?,
                    changes: 0,
                });
            }
        }
        for (item, _) in left.iter().filter(|(item, _)| !item.came_now) {
            if let Some(waiting) = waiting.get_mut(&item.device) {
                waiting.changes += self.loose(item);
            }
        }
        Ok(waiting)
    }

    /// How many changes of a record wait for others.
    fn loose(&self, item: &Item) -> u64 {
        self.loose.get(&item.id).copied().unwrap_or_default()
    }

    /// Keeps only a stub of a record that waits, where its author has filled what may.
    fn floods(&mut self, item: &Item, waiting: &mut BTreeMap<Device, Waiting>) -> Result<bool> {
        let with = waiting.get(&item.device).copied().unwrap_or_default();
        let with = Waiting {
            bytes: with.bytes + self.tx.record_length(item.id.as_bytes())?,
            changes: with.changes + self.loose(item),
        };
        if !with.is_flood() {
            waiting.insert(item.device, with);
            return Ok(false);
        }
        if let Ok(record) = self.verified(item.id) {
            self.ledger.put_off(&record)?;
            self.refused(item.device, code::FLOOD);
        }
        Ok(true)
    }

    /// Whether an author has filled what room there is for others' business, which nobody here can look into.
    fn is_too_foreign(&self, item: &Item, foreign: &mut BTreeMap<Device, u64>) -> Result<bool> {
        let total = match foreign.entry(item.device) {
            Entry::Occupied(total) => total.into_mut(),
            Entry::Vacant(empty) => empty.insert(self.ledger.foreign_bytes(item.device)?),
        };
        *total += self.tx.record_length(item.id.as_bytes())?;
        Ok(*total > MOST_BYTES)
    }

    fn room(&self) -> bool {
        self.at_hand < AT_HAND
    }

    fn refused(&mut self, device: Device, code: &str) {
        self.tally.refused.push(RefusedView {
            code: code.to_owned(),
            device: device.to_string(),
        });
    }

    fn queue(&mut self, verified: Verified, opened: Option<LaneOpened>) {
        let (id, outer) = (verified.id(), *verified.outer());
        let opened = opened.or_else(|| self.open_lane(&verified).ok());
        let kind = opened.as_ref().map(|opened| opened.inner().kind);
        let opened = opened.filter(|_| self.room());
        if opened.is_some() {
            self.at_hand += verified.as_bytes().len();
        }
        self.items.push((
            Item {
                id,
                device: outer.device,
                came_now: true,
                opened,
            },
            kind,
            outer,
        ));
    }

    fn try_one(&mut self, item: &Item, ahead: Option<(Opened, Look)>) -> Result<Outcome> {
        let (record, effect) = match self.effect(item, ahead) {
            (_, Ok(())) => {
                // What came now was put down as taken in.
                if !item.came_now || self.ledger.is_held(item.id) {
                    self.ledger.release(item.id)?;
                }
                self.tally.new += 1;
                return Ok(Outcome::Done);
            }
            (record, Err(halt)) => (record, halt),
        };
        match effect {
            Halt::Waits(waits) => Ok(Outcome::Waits(waits)),
            Halt::Newer(stops) => {
                self.ledger.hold_for_newer(item.id, stops)?;
                self.note_waiting(item);
                Ok(Outcome::Done)
            }
            Halt::Erased => {
                if let Some(record) = &record {
                    self.ledger.erase(record)?;
                }
                self.tally.known += u32::from(item.came_now);
                Ok(Outcome::Done)
            }
            Halt::Refused(code) => {
                self.ledger.refuse(item.id, record.as_ref(), code)?;
                self.refused(item.device, code);
                Ok(Outcome::Done)
            }
            Halt::Fault(error) => Err(error),
        }
    }

    fn effect(
        &mut self,
        item: &Item,
        ahead: Option<(Opened, Look)>,
    ) -> (Option<Verified>, Step<()>) {
        let reopened;
        let lane = match &item.opened {
            Some(opened) => opened,
            None => match self.verified(item.id) {
                Err(halt) => return (None, Err(halt)),
                Ok(verified) => match self.open_lane(&verified) {
                    Err(halt) => return (Some(verified), Err(halt)),
                    Ok(opened) => {
                        reopened = opened;
                        &reopened
                    }
                },
            },
        };
        let inner = lane.inner();
        let done = match self
            .tx
            .is_erased(inner.vault.as_bytes(), inner.doc.as_bytes())
        {
            Ok(true) if inner.kind != Kind::ORDER => match self.note_late(inner, item.id) {
                Ok(()) => Err(Halt::Erased),
                Err(error) => Err(Halt::Fault(error)),
            },
            Ok(_) => match ahead {
                Some((opened, look)) => self.apply(&opened, Some(look)),
                None => self
                    .open_body(lane)
                    .and_then(|opened| self.apply(&opened, None)),
            },
            Err(error) => Err(Halt::Fault(error.into())),
        };
        if done.is_ok() {
            return (None, done);
        }
        (Some(lane.record().clone()), done)
    }

    /// Takes note of what a device says to have.
    fn witness(&mut self, device: Device, witness: &Witness) -> Step<()> {
        let before = self.tx.peer(device.as_bytes())?;
        let has = witness::heard(before.as_ref().and_then(|row| row.has.as_deref()), witness);
        self.tx.put_peer(&PeerRow {
            device: *device.as_bytes(),
            merged_at: before.map_or(self.now, |row| row.merged_at.max(self.now)),
            has: Some(cbor::to_vec(&has)),
        })?;
        self.told.extend(&witness.have);
        self.silent += 1;
        Ok(())
    }

    fn apply(&mut self, opened: &Opened, look: Option<Look>) -> Step<()> {
        let (record, inner) = (&opened.record, &opened.inner);
        if let Body::Carry(carry) = &opened.body {
            return self.carried(opened, carry);
        }
        match self.right_of(opened)? {
            Right::Granted => {}
            Right::Waits(Unknown::Directory) => return Err(Halt::Waits(Waits::Directory)),
            Right::Waits(Unknown::Roster) => return Err(Halt::Waits(Waits::Roster)),
            Right::Refused(right) => {
                if let (NoRight::BeyondCut, Body::Changes(changes)) = (right, &opened.body) {
                    self.put_aside(opened, changes, record.id())?;
                }
                return Err(Halt::Refused(refusal::of_right(right)));
            }
        }
        match &opened.body {
            Body::Keybox(bytes) => self.keybox(bytes, record.id().as_bytes()),
            Body::Roster(ops) => self.roster(opened, ops, (record.id(), record.outer().lane)),
            Body::Changes(changes) => self.changes(opened, changes, record.id(), look),
            Body::Witness(witness) => self.witness(record.outer().device, witness),
            Body::Order(bytes) => self.order(inner.vault, record.id(), bytes),
            Body::Audit(page) => self.audit(opened, page),
            Body::Office(org, ops) => self.other_office(opened, *org, ops),
            Body::Passed(passed) => self.passed(inner.vault, passed, record.id()),
            Body::Lineage(org, signed) => self.lineage(inner.vault, *org, signed, record.id()),
            Body::PassedOn(passed) => self.passed_on(inner.vault, passed, record.id()),
            Body::Unknown(kind, _) if kind.stops_writes() => Err(Halt::Newer(Some(inner.vault))),
            Body::Carry(_) | Body::Attachment(_) | Body::Adoption(_) | Body::Unknown(..) => {
                Err(Halt::Newer(None))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// The protection taken out, for red controls.
        pub(in crate::exchange) static NOT_ANEW: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static ANY_STUB: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static STANDS_ON: Cell<bool> = const { Cell::new(false) };
        pub(in crate::exchange) static ANY_VERSION: Cell<bool> = const { Cell::new(false) };
    }
}
