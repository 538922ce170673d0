//! A laptop: its store, its directory, and what it does at a contact.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crypto::SecretKey;
use crypto::kem::KemKey;
use crypto::sign::SigningKey;
use sync::conformance::memory::MemoryStore;
use sync::feed::{Follow, Turn};
use sync::plan::{Scope, plan};
use sync::receive::{Arrival, behind_itself, receive};
use sync::store::SyncStore as _;
use sync::vector::Line;
use wire::body::{Body, Have, Kind};
use wire::directory::{DeviceKeys, Directory, Op, Standing};
use wire::envelope::{Author, Draft, LaneKey, SealKeys, Verified, open_outer, seal_record};
use wire::hub::FeedPoint;
use wire::ids::{Device, Doc, Group, Hash, Lane};
use wire::rights::{Right, author_key, is_cut_off, right_to_write};

use super::Dice;
use super::hub::{Hub, Manner};

/// Which protection is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Without {
    Nothing,
    /// Records are not verified.
    Signatures,
    /// A laptop does not ask whether it is an old copy.
    LookAtOwnPast,
    /// The running hash of a feed is not compared.
    RunningHash,
    /// Of two records at one place, the second is dropped.
    SecondHistory,
    /// What is beyond a cut counts.
    Cut,
}

/// What an old copy of a store holds.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) store: MemoryStore,
    feed: Option<FeedPoint>,
    incarnation: u32,
    unsigned: BTreeSet<Hash>,
    drafts: Vec<u32>,
}

pub(super) struct Laptop {
    pub(super) device: Device,
    sign: SigningKey,
    pub(super) directory: Directory,
    pub(super) here: Copy,
    pub(super) without: Without,
    /// Its own places that somebody told it of since its store was put back: (incarnation, place).
    told: BTreeSet<(u32, u64)>,
    /// Own records came that were not here.
    met_itself: bool,
}

pub(super) fn keys(sign: &SigningKey, number: u16) -> DeviceKeys {
    let mut kem = [7; 32];
    kem[..2].copy_from_slice(&number.to_be_bytes());
    DeviceKeys {
        sign: sign.public(),
        kem: KemKey::from_bytes(kem).public(),
    }
}

pub(super) fn signer(number: u16) -> SigningKey {
    let mut bytes = [3; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_bytes(bytes)
}

pub(super) fn group() -> Group {
    Group::new([0x0f; 16])
}

fn lane() -> Lane {
    group().lane()
}

fn vault_key() -> SecretKey {
    SecretKey::from_bytes([0x77; 32])
}

/// Gives one directory what another has.
pub(super) fn tell(from: &Directory, to: &mut Directory) {
    let lacking = |op: &&Op| to.op(op.id()).is_none();
    let ops: Vec<Vec<u8>> = from.ops().filter(lacking).map(Op::to_bytes).collect();
    let received = to.receive(ops.iter().map(Vec::as_slice));
    assert!(received.refused.is_empty(), "one office, one directory");
    to.learn_heads(from.heads().clone());
}

impl Laptop {
    pub(super) fn new(number: u16, first: &Op, without: Without) -> Self {
        let sign = signer(number);
        let store = match without {
            Without::SecondHistory => MemoryStore::with_one_history(),
            _ => MemoryStore::default(),
        };
        Self {
            device: keys(&sign, number).device(),
            sign,
            directory: Directory::open(&first.to_bytes()).unwrap(),
            here: Copy {
                store,
                feed: None,
                incarnation: 0,
                unsigned: BTreeSet::new(),
                drafts: Vec::new(),
            },
            without,
            told: BTreeSet::new(),
            met_itself: false,
        }
    }

    pub(super) fn pen(&self) -> (Device, &SigningKey) {
        (self.device, &self.sign)
    }

    fn may_exchange(&self) -> bool {
        let devices = &self.directory.state().devices;
        devices
            .get(&self.device)
            .is_none_or(|member| member.standing == Standing::Active && !member.frozen)
    }

    pub(super) fn write(&mut self, number: u32) {
        self.here.drafts.push(number);
    }

    /// Seals what was written, in the name of `as_whom`.
    pub(super) fn sealed(&self, number: u32, as_whom: Device) -> Verified {
        let vault = vault_key();
        let line = Line {
            lane: lane(),
            device: as_whom,
            incarnation: self.here.incarnation,
        };
        let place = self.here.store.vector().unwrap().next(line);
        let author = Author {
            org: self.directory.org(),
            device: as_whom,
            sign: &self.sign,
        };
        let draft = Draft {
            vault: group().vault(),
            dir_head: self.directory.head(),
            roster_head: Hash::ZERO,
            doc: Doc::ZERO,
            body: &Body::Unknown(Kind::from_bits(99), number.to_be_bytes().to_vec()),
        };
        let keys = SealKeys {
            lane: &LaneKey::of(&vault),
            vault: &vault,
        };
        seal_record(author, place, keys, &draft).unwrap()
    }

    /// Everything that was written becomes records: before a byte leaves.
    pub(super) fn seal(&mut self, world: &mut BTreeMap<Hash, Rc<Verified>>) {
        for number in std::mem::take(&mut self.here.drafts) {
            let record = self.sealed(number, self.device);
            let place = (record.outer().incarnation, record.outer().seq);
            let twice = world.values().any(|it| {
                it.outer().device == self.device
                    && (it.outer().incarnation, it.outer().seq) == place
            });
            let known = self
                .told
                .iter()
                .any(|(life, seq)| *life == place.0 && *seq >= place.1);
            assert!(
                !(twice && known),
                "told of its later self, it wrote at a place again"
            );
            receive(&mut self.here.store, &record).unwrap();
            self.here.unsigned.insert(record.id());
            world.insert(record.id(), Rc::new(record));
        }
    }

    /// Takes a record in as it came.
    pub(super) fn admit(&mut self, bytes: Vec<u8>) {
        let Ok(sealed) = open_outer(bytes, self.directory.org()) else {
            return;
        };
        let author = sealed.outer().device;
        let Some(public) = author_key(&self.directory, author) else {
            return;
        };
        let record = match sealed.clone().verify(&public) {
            Ok(record) => record,
            // Whoever sealed it vouches for it: the protection is out.
            Err(_) if self.without == Without::Signatures => {
                let signers = self.directory.state().devices.values();
                let mut keys = signers.map(|member| member.keys.sign);
                let Some(record) = keys.find_map(|key| sealed.clone().verify(&key).ok()) else {
                    return;
                };
                record
            }
            Err(_) => return,
        };
        receive(&mut self.here.store, &record).unwrap();
    }

    /// Takes in what is known to verify, without asking again: a laptop would, at a price.
    fn take(&mut self, record: &Rc<Verified>) {
        let outer = record.outer();
        if author_key(&self.directory, outer.device).is_none() {
            return;
        }
        let arrival = receive(&mut self.here.store, record).unwrap();
        if outer.device == self.device {
            self.told.insert((outer.incarnation, outer.seq));
            self.met_itself |= arrival != Arrival::Known;
        }
    }

    /// Whether somebody has more of this laptop than it has itself: then it is an old copy, and begins another life.
    fn look_at_own_past(&mut self, told: &[Have]) {
        let mine: Vec<Have> = told
            .iter()
            .filter(|have| have.device == self.device)
            .copied()
            .collect();
        self.told
            .extend(mine.iter().map(|have| (have.incarnation, have.seq)));
        if self.without == Without::LookAtOwnPast {
            return;
        }
        let behind = behind_itself(&self.here.store, self.device, &mine).unwrap();
        if std::mem::take(&mut self.met_itself) || behind {
            let newest = self.told.iter().map(|(life, _)| *life).max().unwrap_or(0);
            self.here.incarnation = 1 + self.here.incarnation.max(newest);
        }
    }

    /// A talk with the hub that ends after `calls` calls. Gives whether another past was noticed, and whether the talk
    /// came to its end.
    pub(super) fn talk(
        &mut self,
        hub: &mut Hub,
        hubs: &mut Directory,
        mut calls: usize,
        world: &mut BTreeMap<Hash, Rc<Verified>>,
    ) -> (bool, bool) {
        let mut noticed = false;
        let mut is_cut = || {
            calls = calls.saturating_sub(1);
            calls == 0
        };
        if is_cut() {
            return (noticed, false);
        }
        if hub.manner() != Manner::Stale {
            tell(&self.directory, hubs);
        }
        tell(hubs, &mut self.directory);
        let admitted = hubs.state().is_active(self.device) || hub.manner() == Manner::Stale;
        if !admitted || !self.may_exchange() {
            return (noticed, false);
        }
        let mut follow = Follow::from(self.here.feed);
        loop {
            let (from, page, more) = hub.page(self.device, follow.cursor(), hub.most);
            let turn = match follow.turn(from) {
                _ if self.without == Without::RunningHash => Turn::On,
                turn => turn,
            };
            match turn {
                Turn::On => {}
                Turn::OtherPast => {
                    noticed = true;
                    self.here.feed = None;
                    follow = Follow::anew();
                    continue;
                }
                Turn::Faulty => return (noticed, false),
            }
            page.iter().for_each(|record| self.take(record));
            follow.pass(from, page.iter().map(|record| Some(record.id())));
            self.here.feed = follow.point();
            if !more {
                break;
            }
            if is_cut() {
                self.look_at_own_past(&[]);
                return (noticed, false);
            }
        }
        let told = hub.haves(self.device);
        self.look_at_own_past(&told);
        self.seal(world);
        let lacking = plan(&self.here.store, Scope::All, Some(&told))
            .unwrap()
            .records;
        let lacking: BTreeSet<Hash> = lacking
            .into_iter()
            .chain(self.here.unsigned.clone())
            .collect();
        for id in lacking {
            if is_cut() {
                return (noticed, false);
            }
            hub.take(self.device, &world[&id]);
            // The receipt comes back with the next breath, or not.
            if is_cut() {
                return (noticed, false);
            }
            self.here.unsigned.remove(&id);
        }
        (noticed, true)
    }

    /// What goes onto a stick or over to a colleague: all, or what `reader` acknowledged to lack.
    pub(super) fn packed(
        &mut self,
        reader: Option<&[Have]>,
        world: &mut BTreeMap<Hash, Rc<Verified>>,
    ) -> Vec<Hash> {
        self.seal(world);
        plan(&self.here.store, Scope::All, reader).unwrap().records
    }

    pub(super) fn haves(&self) -> Vec<Have> {
        self.here.store.vector().unwrap().to_haves()
    }

    pub(super) fn take_all(
        &mut self,
        records: &[Hash],
        told: &[Have],
        world: &BTreeMap<Hash, Rc<Verified>>,
    ) {
        records.iter().for_each(|id| self.take(&world[id]));
        self.look_at_own_past(told);
    }

    /// What counts here, and what does not; nothing for what cannot be judged yet.
    pub(super) fn judged(
        &self,
        world: &BTreeMap<Hash, Rc<Verified>>,
    ) -> BTreeMap<Hash, Option<bool>> {
        let lane = LaneKey::of(&vault_key());
        let judge = |id: Hash| {
            let record = world.get(&id)?;
            let opened = record.open_lane_layer(&lane).ok()?;
            if self.without == Without::Cut
                && is_cut_off(self.directory.state(), record.outer(), id)
            {
                return Some(true);
            }
            match right_to_write(&self.directory, None, record, opened.inner()) {
                Right::Granted => Some(true),
                Right::Refused(_) => Some(false),
                Right::Waits(_) => None,
            }
        };
        self.here
            .store
            .records()
            .map(|id| (id, judge(id)))
            .collect()
    }

    /// Whether it ever read a feed.
    pub(super) fn has_read(&self) -> bool {
        self.here.feed.is_some()
    }

    /// Whether it stands where the hub's feed was, in the hub's own life.
    pub(super) fn agrees_with(&self, hub: &Hub) -> bool {
        let cursor = self.here.feed.map_or(0, |point| point.cursor);
        self.here.feed == Some(hub.page(self.device, cursor, 0).0)
    }

    /// Puts its store back to an old copy, by a restore, which says so, or behind its back.
    pub(super) fn put_back(&mut self, old: &Copy, said: bool) {
        self.here = old.clone();
        if said {
            self.here.incarnation += 1;
        }
        self.told.clear();
        self.met_itself = false;
    }

    /// Some record of somebody's, changed or sealed in another's name.
    pub(super) fn forged(&self, dice: &mut Dice, victim: Device) -> Vec<u8> {
        let mut bytes = self.sealed(u32::MAX, victim).as_bytes().to_vec();
        if dice.one_in(2) {
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(8);
        }
        bytes
    }
}
