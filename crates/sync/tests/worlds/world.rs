//! What happens in a world, and what must hold at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crypto::sign::SigningKey;
use sync::store::SyncStore as _;
use sync::vector::Line;
use wire::directory::{Act, CutAt, Directory, Role, Standing, paper_device};
use wire::envelope::Verified;
use wire::ids::Hash;

use super::Dice;
use super::hub::{Hub, Manner};
use super::laptop::{Copy, Laptop, Without, group, keys, signer, tell};

/// A whole talk.
const TO_THE_END: usize = usize::MAX;

pub(super) struct World {
    dice: Dice,
    without: Without,
    paper: SigningKey,
    laptops: Vec<Laptop>,
    hub: Hub,
    /// The directory at the hub.
    hubs: Directory,
    backups: Vec<Hub>,
    copies: Vec<(usize, Copy)>,
    lives: u8,
    /// All records that were ever sealed.
    records: BTreeMap<Hash, Rc<Verified>>,
    written: u32,
    steps: usize,
}

impl World {
    pub(super) fn new(seed: u64, without: Without) -> Self {
        let mut dice = Dice(seed);
        let manner = Manner::ALL[dice.roll(Manner::ALL.len())];
        // Most offices are small; one in 500 is a large one.
        let (people, steps) = match dice.roll(500) {
            0 => (20 + dice.roll(31), 150),
            1..50 => (6 + dice.roll(7), 60),
            _ => (2 + dice.roll(4), 30),
        };
        let mut world = Self::founded(dice, without, manner);
        world.steps = steps;
        for _ in 1..people {
            let number = world.enrol();
            world.tell(0, number);
        }
        if world.dice.one_in(2) {
            let device = world.laptops[1].device;
            world.decide(0, &Act::AddAdmin { device }, true);
            world.tell(0, 1);
        }
        world
    }

    fn founded(dice: Dice, without: Without, manner: Manner) -> Self {
        let paper = SigningKey::from_bytes([0xaa; 32]);
        let sign = signer(0);
        let roles = [Role::Supervisor].into();
        let first = Directory::found(keys(&sign, 0), roles, group(), &sign, &paper).unwrap();
        Self {
            dice,
            without,
            paper,
            laptops: vec![Laptop::new(0, first.first(), without)],
            hub: Hub::new(manner, 1),
            hubs: Directory::open(&first.first().to_bytes()).unwrap(),
            backups: Vec::new(),
            copies: Vec::new(),
            lives: 1,
            records: BTreeMap::new(),
            written: 0,
            steps: 0,
        }
    }

    /// A large office with an honest hub, which all of it know of.
    pub(super) fn large(seed: u64, people: usize) -> Self {
        let mut world = Self::founded(Dice(seed), Without::Nothing, Manner::Honest);
        world.hub.most = 200;
        for _ in 1..people {
            world.enrol();
        }
        for at in 1..people {
            world.tell(0, at);
        }
        world
    }

    fn two(&mut self, one: usize, other: usize) -> [&mut Laptop; 2] {
        self.laptops.get_disjoint_mut([one, other]).unwrap()
    }

    fn tell(&mut self, from: usize, to: usize) {
        let [from, to] = self.two(from, to);
        tell(&from.directory, &mut to.directory);
    }

    /// An act of an admin; it may turn out that the laptop is none, or not yet.
    fn decide(&mut self, admin: usize, act: &Act, with_paper: bool) -> bool {
        let (sign, paper) = (signer(admin as u16), &self.paper);
        let second = (paper_device(&paper.public()), paper);
        let laptop = &mut self.laptops[admin];
        let pen = (laptop.pen().0, &sign);
        let done = laptop
            .directory
            .write(act, pen, with_paper.then_some(second));
        done.is_ok()
    }

    fn enrol(&mut self) -> usize {
        let number = self.laptops.len() as u16;
        let first = self.laptops[0].directory.first().clone();
        let newcomer = Laptop::new(number, &first, self.without);
        let act = Act::Enrol {
            device: keys(&signer(number), number),
            groups: [group()].into(),
            roles: [Role::Worker].into(),
            admin: false,
            request: Hash::ZERO,
        };
        self.laptops.push(newcomer);
        assert!(self.decide(0, &act, false));
        number.into()
    }

    pub(super) fn live(&mut self) {
        for _ in 0..self.steps {
            self.step();
        }
    }

    fn step(&mut self) {
        let (at, other) = (
            self.dice.roll(self.laptops.len()),
            self.dice.roll(self.laptops.len()),
        );
        match self.dice.roll(64) {
            0..20 => {
                self.written += 1;
                self.laptops[at].write(self.written);
            }
            20..36 => {
                let cut = if self.dice.one_in(3) {
                    1 + self.dice.roll(12)
                } else {
                    TO_THE_END
                };
                self.talk(at, cut);
            }
            36..44 if at != other => self.stick(at, other),
            44..48 if at != other => self.meet(at, other),
            48 => self.backups.push(self.hub.clone()),
            49 | 50 => self.put_hub_back(),
            51 | 52 => self.copies.push((at, self.laptops[at].here.clone())),
            53 | 54 | 61 | 62 => self.put_back(),
            55 if at != other => {
                let forged = self.laptops[at].forged(&mut self.dice, self.laptops[other].device);
                let to = self.dice.roll(self.laptops.len());
                self.laptops[to].admit(forged);
            }
            56..60 => self.rule(other),
            60 if self.laptops.len() < 50 => {
                let number = self.enrol();
                self.tell(0, number);
            }
            _ => {}
        }
    }

    /// A month in two buildings. The laptops below `border` have a line to the hub, which breaks in the middle of what they
    /// say, for it is stopped again and again; the others have sticks. Nobody reaches everybody, and once in ten days a
    /// stick goes over.
    pub(super) fn live_apart(&mut self, border: usize, days: usize) {
        let people = self.laptops.len();
        for day in 0..days {
            for at in 0..people {
                if self.dice.one_in(8) {
                    self.written += 1;
                    self.laptops[at].write(self.written);
                }
                let other = border + self.dice.roll(people - border);
                match at < border {
                    true if self.dice.one_in(5) => {
                        let cut = 1 + self.dice.roll(12);
                        self.talk(at, cut);
                    }
                    false if at != other && self.dice.one_in(10) => self.stick(at, other),
                    _ => {}
                }
            }
            if day % 10 == 9 {
                self.meet(border, 0);
            }
        }
    }

    /// The line holds, and a stick goes round in the other building, and over, there and back. Each laptop does this twice
    /// at most.
    pub(super) fn come_together(&mut self, border: usize, over: bool) {
        let people = self.laptops.len();
        for at in border + 1..people {
            self.meet(at, border);
        }
        for at in (0..border).chain(0..border) {
            self.talk(at, TO_THE_END);
        }
        if over {
            self.meet(border, 0);
        }
        for at in 0..border {
            self.talk(at, TO_THE_END);
        }
        for at in border + 1..people {
            self.meet(at, border);
        }
    }

    /// How many laptops lack something that was ever written. What is at the hub is there once, and two laptops judge alike.
    pub(super) fn lacking(&self) -> usize {
        assert!(
            self.hub.holds_each_once(),
            "what was said twice is there once"
        );
        assert_eq!(
            self.records.len(),
            self.written as usize,
            "each was sealed once"
        );
        let [first, last] =
            [0, self.laptops.len() - 1].map(|at| self.laptops[at].judged(&self.records));
        let alike = |(id, verdict)| last.get(id).is_none_or(|other| other == verdict);
        assert!(first.iter().all(alike));
        let lacks = |laptop: &&Laptop| {
            let here: BTreeSet<Hash> = laptop.here.store.records().collect();
            !self.records.keys().all(|id| here.contains(id))
                || !laptop.here.store.held().unwrap().is_empty()
        };
        self.laptops.iter().filter(lacks).count()
    }

    fn talk(&mut self, at: usize, calls: usize) {
        let Self {
            laptops,
            hub,
            hubs,
            records,
            ..
        } = self;
        laptops[at].talk(hub, hubs, calls, records);
    }

    /// Files on a stick: torn, mixed, repeated, and one of them perhaps changed.
    fn stick(&mut self, from: usize, to: usize) {
        let whole = self.dice.one_in(2);
        let acknowledged = self.dice.one_in(2).then(|| self.laptops[to].haves());
        let Self {
            laptops,
            records,
            dice,
            ..
        } = self;
        let [from, to] = laptops.get_disjoint_mut([from, to]).unwrap();
        let mut packed = from.packed(acknowledged.as_deref(), records);
        for at in (1..packed.len()).rev() {
            packed.swap(at, dice.roll(at + 1));
        }
        if !whole {
            packed.retain(|_| !dice.one_in(3));
            packed.extend(packed.clone().iter().filter(|_| dice.one_in(4)));
        }
        if let Some(id) = packed.first().filter(|_| dice.one_in(8)) {
            let mut bytes = records[id].as_bytes().to_vec();
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(8);
            to.admit(bytes);
        }
        tell(&from.directory, &mut to.directory);
        let told = from.haves();
        to.take_all(&packed, &told, records);
    }

    /// Two laptops in one room, both ways, each with what the other lacks.
    fn meet(&mut self, one: usize, other: usize) {
        for (from, to) in [(one, other), (other, one)] {
            let told = self.laptops[to].haves();
            let Self {
                laptops, records, ..
            } = self;
            let [from, to] = laptops.get_disjoint_mut([from, to]).unwrap();
            tell(&from.directory, &mut to.directory);
            let packed = from.packed(Some(&told), records);
            let told = from.haves();
            to.take_all(&packed, &told, records);
        }
    }

    fn put_hub_back(&mut self) {
        if self.backups.is_empty() {
            return;
        }
        self.hub = self.backups[self.dice.roll(self.backups.len())].clone();
        if self.dice.one_in(2) {
            self.lives += 1;
            self.hub.renew(self.lives);
        }
    }

    /// A laptop's store is an old copy of itself. What was only there is gone: that is what a backup is for.
    fn put_back(&mut self) {
        if self.copies.is_empty() {
            return;
        }
        let (at, copy) = self.copies[self.dice.roll(self.copies.len())].clone();
        let said = self.dice.one_in(2);
        self.laptops[at].put_back(&copy, said);
        self.written += 1;
        self.laptops[at].write(self.written);
    }

    /// An admin decides about a laptop.
    fn rule(&mut self, about: usize) {
        let admin = self.dice.roll(2);
        if about < 2 {
            return;
        }
        let device = self.laptops[about].device;
        match self.dice.roll(4) {
            0 => _ = self.decide(admin, &Act::Freeze { device }, false),
            1 => _ = self.decide(admin, &Act::Unfreeze { device }, false),
            2 => _ = self.decide(admin, &Act::Leave { device }, false),
            _ => {
                let haves = self.laptops[admin].haves().into_iter();
                let cut = haves
                    .filter(|have| have.device == device)
                    .map(|have| CutAt {
                        lane: have.lane,
                        incarnation: have.incarnation,
                        seq: have.seq,
                        record: have.record,
                    });
                let cut = cut.collect();
                self.decide(admin, &Act::Revoke { device, cut }, true);
            }
        }
    }

    /// The city sets up an honest hub, and everybody meets.
    pub(super) fn settle(&mut self) {
        self.lives += 1;
        self.hub = Hub::new(Manner::Honest, self.lives);
        let all = 0..self.laptops.len();
        for at in all.clone().skip(1) {
            self.meet(at, 0);
        }
        for at in all.clone() {
            let device = self.laptops[at].device;
            let member = &self.laptops[0].directory.state().devices[&device];
            if member.frozen {
                assert!(self.decide(0, &Act::Unfreeze { device }, false));
            }
        }
        for _ in 0..3 {
            for at in all.clone() {
                // What those who are out still have, they hand over.
                if !self.laptops[0]
                    .directory
                    .state()
                    .is_active(self.laptops[at].device)
                    && at > 0
                {
                    self.meet(at, 0);
                }
                let Self {
                    laptops,
                    hub,
                    hubs,
                    records,
                    ..
                } = self;
                let other_past = laptops[at].has_read() && !laptops[at].agrees_with(hub);
                let (noticed, done) = laptops[at].talk(hub, hubs, TO_THE_END, records);
                assert!(
                    noticed == other_past || !done,
                    "another past is noticed, and no other"
                );
            }
        }
    }

    pub(super) fn check(&self) {
        let state = self.laptops[0].directory.state();
        let inside = |laptop: &&Laptop| state.is_active(laptop.device);
        let all: BTreeSet<Hash> = self
            .laptops
            .iter()
            .flat_map(|it| it.here.store.records())
            .collect();
        for id in &all {
            assert!(self.records.contains_key(id), "a record that nobody sealed");
        }
        let verdicts = self.laptops[0].judged(&self.records);
        for laptop in self.laptops.iter().filter(inside) {
            let here: BTreeSet<Hash> = laptop.here.store.records().collect();
            assert_eq!(here, all, "all records are with all who are in");
            assert_eq!(laptop.directory.head(), self.laptops[0].directory.head());
            assert_eq!(laptop.judged(&self.records), verdicts, "all judge alike");
            assert!(laptop.here.store.held().unwrap().is_empty());
            self.check_forks(laptop);
        }
        for (id, verdict) in &verdicts {
            let outer = self.records[id].outer();
            let counts = match &state.devices[&outer.device].standing {
                Standing::Active => Some(true),
                // It may have known that it had left.
                Standing::Left => None,
                Standing::Revoked { cut } => {
                    let last = cut.get(&(outer.lane, outer.incarnation));
                    last.is_none_or(|last| outer.seq > last.seq)
                        .then_some(false)
                }
            };
            assert!(
                counts.is_none() || *verdict == counts,
                "{verdict:?}, not {counts:?}"
            );
            assert!(verdict.is_some(), "whoever is in can judge it");
        }
    }

    /// Where two records of one place are, there is evidence.
    fn check_forks(&self, laptop: &Laptop) {
        let mut places: BTreeMap<(Line, u64), u32> = BTreeMap::new();
        for id in laptop.here.store.records() {
            let outer = self.records[&id].outer();
            *places.entry((Line::of(outer), outer.seq)).or_default() += 1;
        }
        let evidence = laptop.here.store.evidence().unwrap();
        for ((line, _), count) in places {
            let told = evidence.iter().any(|it| it.line == line);
            assert!(
                count == 1 || told,
                "two records at one place, and nobody is told"
            );
        }
    }
}
