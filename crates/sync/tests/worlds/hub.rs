//! A hub, honest or not: the order of its feed is what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use wire::body::Have;
use wire::envelope::Verified;
use wire::hub::FeedPoint;
use wire::ids::{Device, Hash};

use sync::vector::{Line, VersionVector};

/// What a hub does to those who trust it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Honest,
    /// Signs for everything, and shows every third record to nobody.
    Withholding,
    /// Shows what came a while later.
    Delaying,
    /// Gives each record twice.
    Replaying,
    /// Shows one feed to some and another to the others.
    TwoFaced,
    /// Shows the directory as it was at first, and lets everybody in.
    Stale,
}

impl Manner {
    pub(super) const ALL: [Self; 6] = [
        Self::Honest,
        Self::Withholding,
        Self::Delaying,
        Self::Replaying,
        Self::TwoFaced,
        Self::Stale,
    ];
}

#[derive(Clone, Debug, Default)]
struct Feed {
    order: Vec<Hash>,
    vector: VersionVector,
}

/// What a backup of it holds.
#[derive(Clone, Debug)]
pub(super) struct Hub {
    manner: Manner,
    generation: [u8; 16],
    faces: [Feed; 2],
    late: Vec<(usize, Hash)>,
    known: BTreeSet<Hash>,
    /// Records of a page, at most.
    pub(super) most: usize,
    /// The bytes, of all that ever lay here.
    pub(super) records: BTreeMap<Hash, Rc<Verified>>,
}

impl Hub {
    pub(super) fn new(manner: Manner, life: u8) -> Self {
        Self {
            manner,
            generation: [life; 16],
            faces: [Feed::default(), Feed::default()],
            late: Vec::new(),
            known: BTreeSet::new(),
            most: 7,
            records: BTreeMap::new(),
        }
    }

    pub(super) fn manner(&self) -> Manner {
        self.manner
    }

    /// After a restore that its city told it of.
    pub(super) fn renew(&mut self, life: u8) {
        self.generation = [life; 16];
    }

    /// Whether its feed, as all see it, holds each record once.
    pub(super) fn holds_each_once(&self) -> bool {
        let order = &self.faces[0].order;
        order.iter().collect::<BTreeSet<_>>().len() == order.len()
            && order.len() == self.records.len()
    }

    fn face(&self, reader: Device) -> usize {
        usize::from(self.manner == Manner::TwoFaced && reader.as_bytes()[0] % 2 == 1)
    }

    fn show(&mut self, face: usize, id: Hash) {
        let Some(record) = self.records.get(&id) else {
            return;
        };
        let (line, seq) = (Line::of(record.outer()), record.outer().seq);
        let feed = &mut self.faces[face];
        feed.vector.note(line, seq, id);
        feed.order.push(id);
        if self.manner == Manner::Replaying {
            feed.order.push(id);
        }
    }

    /// Takes a record in and signs for it.
    pub(super) fn take(&mut self, from: Device, record: &Rc<Verified>) {
        let id = record.id();
        if !self.known.insert(id) {
            return;
        }
        self.records.insert(id, Rc::clone(record));
        let number = self.known.len();
        match self.manner {
            Manner::Withholding if number.is_multiple_of(3) => {}
            Manner::Delaying if number.is_multiple_of(2) => self.late.push((number + 6, id)),
            _ => self.show(self.face(from), id),
        }
        let now = self.known.len();
        let due = |(at, _): &(usize, Hash)| *at <= now;
        let ripe: Vec<Hash> = self
            .late
            .iter()
            .filter(|it| due(it))
            .map(|it| it.1)
            .collect();
        self.late.retain(|it| !due(it));
        ripe.into_iter().for_each(|id| self.show(0, id));
    }

    /// The point at a cursor, and the records behind it; beyond its end, the end.
    pub(super) fn page(
        &self,
        reader: Device,
        cursor: u64,
        most: usize,
    ) -> (FeedPoint, Vec<Rc<Verified>>, bool) {
        let order = &self.faces[self.face(reader)].order;
        let at = order.len().min(cursor as usize);
        let start = FeedPoint::start(self.generation);
        let from = order[..at].iter().fold(start, |point, id| point.after(*id));
        let rest = &order[at..];
        let page = rest.iter().take(most);
        let page = page.map(|id| Rc::clone(&self.records[id])).collect();
        (from, page, rest.len() > most)
    }

    /// What it says to have. It that withholds says to have what it hides.
    pub(super) fn haves(&self, reader: Device) -> Vec<Have> {
        if self.manner == Manner::Withholding {
            let mut all = VersionVector::default();
            for (id, record) in &self.records {
                if self.known.contains(id) {
                    all.note(Line::of(record.outer()), record.outer().seq, *id);
                }
            }
            return all.to_haves();
        }
        self.faces[self.face(reader)].vector.to_haves()
    }
}
