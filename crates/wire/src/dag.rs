//! A growing graph of signed operations, each naming the ones its author knew.
//!
//! # Invariants
//!
//! - **Closed.** An operation enters after all it names; so any set of heads spans a known past.
//! - **The order of arrival does not show.** [`Dag::order`] depends on the operations alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::ids::{Device, Hash};

/// What the graph must know of an operation.
pub(crate) trait Node {
    fn id(&self) -> Hash;
    fn author(&self) -> Device;
    /// The author's own counter, from 1.
    fn seq(&self) -> u64;
    /// The author's operation before this one; zero at the first.
    fn prev(&self) -> Hash;
    /// The heads that the author knew.
    fn seen(&self) -> &BTreeSet<Hash>;
}

/// Where an operation stands in the graph, in order of arrival here.
pub(crate) type At = usize;

/// A set of positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set(Vec<u64>);

impl Set {
    pub(crate) fn has(&self, at: At) -> bool {
        self.0
            .get(at / 64)
            .is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn add(&mut self, at: At) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0
            .iter_mut()
            .zip(&other.0)
            .for_each(|(word, more)| *word |= more);
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

struct Entry<T> {
    op: T,
    /// What it names, once each.
    parents: BTreeSet<At>,
    /// All that is before it.
    past: Set,
}

/// The graph. `T` is a verified operation.
pub(crate) struct Dag<T> {
    entries: Vec<Entry<T>>,
    index: BTreeMap<Hash, At>,
    heads: BTreeSet<Hash>,
    places: BTreeSet<(Device, u64)>,
    forked: bool,
    /// Digests of head sets that somebody may name, and what they stand for.
    named: BTreeMap<Hash, BTreeSet<Hash>>,
}

/// Two operations at one place in an author's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fork {
    pub(crate) author: Device,
    pub(crate) seq: u64,
    pub(crate) a: At,
    pub(crate) b: At,
}

impl<T: Node> Dag<T> {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            index: BTreeMap::new(),
            heads: BTreeSet::new(),
            places: BTreeSet::new(),
            forked: false,
            named: BTreeMap::new(),
        }
    }

    /// Whether any author wrote two operations for one place.
    pub(crate) fn is_forked(&self) -> bool {
        self.forked
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn has(&self, id: Hash) -> bool {
        self.index.contains_key(&id)
    }

    pub(crate) fn find(&self, id: Hash) -> Option<At> {
        self.index.get(&id).copied()
    }

    pub(crate) fn get(&self, at: At) -> Option<&T> {
        self.entries.get(at).map(|entry| &entry.op)
    }

    pub(crate) fn heads(&self) -> &BTreeSet<Hash> {
        &self.heads
    }

    /// All operations, each after what it names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (At, &T)> {
        self.entries.iter().map(|entry| &entry.op).enumerate()
    }

    /// What the operation names that is not here.
    pub(crate) fn missing(&self, op: &T) -> BTreeSet<Hash> {
        named_by(op).filter(|id| !self.has(*id)).collect()
    }

    /// Whether the operation continues its author's chain as it claims to.
    pub(crate) fn chains(&self, op: &T) -> bool {
        if op.seq() <= 1 {
            return op.seq() == 1 && op.prev() == Hash::ZERO;
        }
        self.find(op.prev())
            .and_then(|at| self.get(at))
            .is_some_and(|prev| prev.author() == op.author() && prev.seq() + 1 == op.seq())
    }

    /// The past that the operation has, or would have. Names that are not here are left out.
    pub(crate) fn past_of(&self, op: &T) -> Set {
        self.closure(named_by(op))
    }

    /// All that these operations and their pasts hold.
    pub(crate) fn closure(&self, ids: impl IntoIterator<Item = Hash>) -> Set {
        let mut set = Set::default();
        for at in ids.into_iter().filter_map(|id| self.find(id)) {
            set.add(at);
            if let Some(entry) = self.entries.get(at) {
                set.join(&entry.past);
            }
        }
        set
    }

    /// Everything.
    pub(crate) fn all(&self) -> Set {
        self.closure(self.heads.iter().copied())
    }

    /// Adds an operation of which nothing is [`Dag::missing`].
    pub(crate) fn insert(&mut self, op: T) -> At {
        let at = self.entries.len();
        let past = self.past_of(&op);
        let parents = named_by(&op).filter_map(|id| self.find(id)).collect();
        for id in named_by(&op) {
            self.heads.remove(&id);
        }
        self.heads.insert(op.id());
        self.forked |= !self.places.insert((op.author(), op.seq()));
        self.index.insert(op.id(), at);
        self.name([op.id()].into());
        self.name(op.seen().clone());
        self.entries.push(Entry { op, parents, past });
        self.name(self.heads.clone());
        at
    }

    /// Whether `a` is in the past of `b`.
    pub(crate) fn before(&self, a: At, b: At) -> bool {
        self.entries.get(b).is_some_and(|entry| entry.past.has(a))
    }

    /// Whether neither author knew the other's operation.
    pub(crate) fn concurrent(&self, a: At, b: At) -> bool {
        a != b && !self.before(a, b) && !self.before(b, a)
    }

    /// Remembers what a peer says the digest of these heads stands for.
    pub(crate) fn learn(&mut self, heads: BTreeSet<Hash>) {
        const MOST_HEADS: usize = 64;
        const MOST_NAMED: usize = 100_000;
        if heads.len() <= MOST_HEADS && self.named.len() < MOST_NAMED {
            self.name(heads);
        }
    }

    fn name(&mut self, heads: BTreeSet<Hash>) {
        self.named.insert(Hash::of_heads(&heads), heads);
    }

    /// The heads behind a digest, where they are known and here. Zero is the empty set.
    pub(crate) fn behind(&self, digest: Hash) -> Option<BTreeSet<Hash>> {
        if digest == Hash::ZERO {
            return Some(BTreeSet::new());
        }
        let known = self
            .named
            .get(&digest)
            .cloned()
            .or_else(|| self.pair_behind(digest))?;
        known.iter().all(|id| self.has(*id)).then_some(known)
    }

    /// Two laptops that met without the directory's news often leave exactly two heads.
    fn pair_behind(&self, digest: Hash) -> Option<BTreeSet<Hash>> {
        const NEWEST: usize = 100;
        let ids = || {
            self.entries
                .iter()
                .rev()
                .take(NEWEST)
                .map(|entry| entry.op.id())
        };
        let pair = |a: Hash| {
            ids()
                .filter(move |b| a < *b)
                .map(move |b| BTreeSet::from([a, b]))
        };
        ids()
            .flat_map(pair)
            .find(|heads| Hash::of_heads(heads) == digest)
    }

    /// The set in the one order that all replicas agree on: the past first, ties by hash.
    pub(crate) fn order(&self, set: &Set) -> Vec<At> {
        let inside = || {
            self.entries
                .iter()
                .enumerate()
                .filter(|(at, _)| set.has(*at))
        };
        let mut waiting: BTreeMap<At, usize> = BTreeMap::new();
        let mut children: BTreeMap<At, Vec<At>> = BTreeMap::new();
        let mut ready = BinaryHeap::new();
        for (at, entry) in inside() {
            waiting.insert(at, entry.parents.len());
            entry
                .parents
                .iter()
                .for_each(|parent| children.entry(*parent).or_default().push(at));
            if entry.parents.is_empty() {
                ready.push(Reverse((entry.op.id(), at)));
            }
        }
        let mut order = Vec::with_capacity(set.len());
        while let Some(Reverse((_, at))) = ready.pop() {
            order.push(at);
            for child in children.remove(&at).unwrap_or_default() {
                if let Some(left) = waiting.get_mut(&child) {
                    *left -= 1;
                    if *left == 0
                        && let Some(op) = self.get(child)
                    {
                        ready.push(Reverse((op.id(), child)));
                    }
                }
            }
        }
        order
    }

    /// The forks within a set.
    pub(crate) fn forks(&self, set: &Set) -> Vec<Fork> {
        let mut places: BTreeMap<(Device, u64), Vec<At>> = BTreeMap::new();
        for (at, op) in self.iter().filter(|(at, _)| set.has(*at)) {
            places.entry((op.author(), op.seq())).or_default().push(at);
        }
        let mut forks = Vec::new();
        for ((author, seq), at) in places {
            if let [a, more @ ..] = at.as_slice() {
                forks.extend(more.iter().map(|b| Fork {
                    author,
                    seq,
                    a: *a,
                    b: *b,
                }));
            }
        }
        forks
    }

    /// The newest operation of an author's chain; of two at one place, the one with the smaller hash.
    pub(crate) fn newest_of(&self, author: Device) -> Option<&T> {
        let own = self
            .iter()
            .map(|(_, op)| op)
            .filter(|op| op.author() == author);
        own.max_by_key(|op| (op.seq(), Reverse(op.id())))
    }
}

fn named_by<T: Node>(op: &T) -> impl Iterator<Item = Hash> {
    let prev = (op.prev() != Hash::ZERO).then(|| op.prev());
    op.seen().iter().copied().chain(prev)
}
