//! What a device has: per line the place reached without a gap, and what lies beyond it.
//!
//! # Invariants
//!
//! - **It never goes back.** Noting a record only adds.
//! - **The order of arrival does not show** once all has arrived, where each place has one record.

use std::collections::BTreeMap;

use wire::body::Have;
use wire::envelope::{Outer, Place};
use wire::ids::{Device, Hash, Lane};

/// One author's chain in one lane: the places in it are contiguous, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The lane.
    pub lane: Lane,
    /// The author.
    pub device: Device,
    /// Which life of the author's store.
    pub incarnation: u32,
}

impl Line {
    /// The line of a record.
    #[must_use]
    pub fn of(outer: &Outer) -> Self {
        Self {
            lane: outer.lane,
            device: outer.device,
            incarnation: outer.incarnation,
        }
    }

    /// The line that somebody says to have.
    #[must_use]
    pub fn of_have(have: &Have) -> Self {
        Self {
            lane: have.lane,
            device: have.device,
            incarnation: have.incarnation,
        }
    }
}

/// What is here of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    reached: Option<(u64, Hash)>,
    beyond: BTreeMap<u64, Hash>,
}

impl Seen {
    /// The last place before the first gap; zero when the first record is missing.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.reached.map_or(0, |(seq, _)| seq)
    }

    /// The record there; zero when there is none.
    #[must_use]
    pub fn last(&self) -> Hash {
        self.reached.map_or(Hash::ZERO, |(_, record)| record)
    }

    /// What is here behind gaps.
    #[must_use]
    pub fn beyond(&self) -> &BTreeMap<u64, Hash> {
        &self.beyond
    }

    /// How many of the places from the first to this one are here.
    #[must_use]
    pub fn up_to(&self, seq: u64) -> u64 {
        self.reached().min(seq) + self.beyond.range(..=seq).count() as u64
    }

    /// The highest place that is here.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.beyond
            .keys()
            .next_back()
            .copied()
            .unwrap_or_else(|| self.reached())
    }
}

/// Places of a line that are missing before one that is here, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The line.
    pub line: Line,
    /// The first that is missing.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// What is here of all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionVector {
    lines: BTreeMap<Line, Seen>,
}

impl VersionVector {
    /// Notes that a record is here. A second record at one place changes nothing: the first stays noted.
    pub fn note(&mut self, line: Line, seq: u64, record: Hash) {
        let seen = self.lines.entry(line).or_default();
        if seq <= seen.reached() {
            return;
        }
        seen.beyond.entry(seq).or_insert(record);
        while let Some((seq, record)) = seen.beyond.remove_entry(&(seen.reached() + 1)) {
            seen.reached = Some((seq, record));
        }
    }

    /// Notes that a line is here from its first place to this one, which holds this record, and nothing beyond.
    pub fn note_whole(&mut self, line: Line, seq: u64, record: Hash) {
        let seen = Seen {
            reached: (seq > 0).then_some((seq, record)),
            beyond: BTreeMap::new(),
        };
        self.lines.insert(line, seen);
    }

    /// All lines.
    pub fn lines(&self) -> impl Iterator<Item = (&Line, &Seen)> {
        self.lines.iter()
    }

    /// What is here of one line.
    #[must_use]
    pub fn line(&self, line: &Line) -> Option<&Seen> {
        self.lines.get(line)
    }

    /// The next free place of a line, for its own author.
    #[must_use]
    pub fn next(&self, line: Line) -> Place {
        let seen = self.lines.get(&line).cloned().unwrap_or_default();
        Place {
            lane: line.lane,
            incarnation: line.incarnation,
            seq: seen.reached() + 1,
            prev: seen.last(),
        }
    }

    /// What is missing before what is here.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (line, seen) in &self.lines {
            let mut next = seen.reached() + 1;
            for seq in seen.beyond.keys() {
                if next < *seq {
                    gaps.push(Gap {
                        line: *line,
                        from: next,
                        to: seq - 1,
                    });
                }
                next = seq + 1;
            }
        }
        gaps
    }

    /// What is here without gaps, as it is told to others.
    #[must_use]
    pub fn to_haves(&self) -> Vec<Have> {
        let have = |(line, seen): (&Line, &Seen)| {
            let (seq, record) = seen.reached?;
            Some(Have {
                lane: line.lane,
                device: line.device,
                incarnation: line.incarnation,
                seq,
                record,
            })
        };
        self.lines.iter().filter_map(have).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line() -> Line {
        Line {
            lane: Lane::new([1; 16]),
            device: Device::new([2; 16]),
            incarnation: 0,
        }
    }

    fn record(seq: u64) -> Hash {
        Hash::of(&[&seq.to_be_bytes()])
    }

    #[test]
    fn a_gap_is_told_and_then_closed() {
        let mut vector = VersionVector::default();
        for seq in [1, 5, 3] {
            vector.note(line(), seq, record(seq));
        }
        let gap = |from, to| Gap {
            line: line(),
            from,
            to,
        };
        assert_eq!(vector.gaps(), [gap(2, 2), gap(4, 4)]);
        assert_eq!(vector.next(line()).seq, 2);
        vector.note(line(), 2, record(2));
        vector.note(line(), 4, record(4));
        assert_eq!(vector.gaps(), []);
        assert_eq!(vector.next(line()).prev, record(5));
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_show(order in Just((1..=12_u64).collect::<Vec<_>>()).prop_shuffle(), keep in 1..=12_usize) {
            let kept = &order[..keep];
            let mut shuffled = VersionVector::default();
            kept.iter().chain(kept).for_each(|seq| shuffled.note(line(), *seq, record(*seq)));
            let mut sorted: Vec<_> = kept.to_vec();
            sorted.sort_unstable();
            let mut straight = VersionVector::default();
            sorted.iter().for_each(|seq| straight.note(line(), *seq, record(*seq)));
            prop_assert_eq!(&shuffled, &straight);
            let missing: u64 = shuffled.gaps().iter().map(|gap| gap.to - gap.from + 1).sum();
            let highest = shuffled.line(&line()).unwrap().highest();
            prop_assert_eq!(missing + keep as u64, highest);
        }
    }
}
