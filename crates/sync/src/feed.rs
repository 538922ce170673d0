//! Following the feed of a lane at a hub.
//!
//! # Invariants
//!
//! - **A hub with another past is noticed**, by the generation or by the running hash at the follower's own place, and
//!   then the lane is read from its beginning, once.

use wire::hub::FeedPoint;
use wire::ids::Hash;

/// Where a reader stands in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    point: Option<FeedPoint>,
    /// Whether the running hash at the point is known: not behind a record that cannot be named.
    sure: bool,
    again: bool,
}

/// What a page is to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It goes on from where the reader stands.
    On,
    /// The feed has another past than the one that was read: begin [`Follow::anew`].
    OtherPast,
    /// It answers no question that was asked.
    Faulty,
}

impl Follow {
    /// On from where this reader stood; nothing before the first page ever.
    #[must_use]
    pub fn from(point: Option<FeedPoint>) -> Self {
        Self {
            point,
            sure: true,
            again: false,
        }
    }

    /// From the beginning of a feed with another past.
    #[must_use]
    pub fn anew() -> Self {
        Self {
            again: true,
            ..Self::from(None)
        }
    }

    /// The cursor to ask for.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.point.map_or(0, |point| point.cursor)
    }

    /// The place to keep together with what was read up to it.
    #[must_use]
    pub fn point(&self) -> Option<FeedPoint> {
        self.point
    }

    /// Whether the place holds. One behind a record that cannot be named must be asked for again.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.sure
    }

    /// Whether the lane is read from its beginning once more.
    #[must_use]
    pub fn is_anew(&self) -> bool {
        self.again
    }

    /// What a page is that begins at `from`.
    #[must_use]
    pub fn turn(&self, from: FeedPoint) -> Turn {
        let goes_on = match self.point {
            None => from == FeedPoint::start(from.generation),
            Some(point) if self.sure => point == from,
            Some(point) => (point.generation, point.cursor) == (from.generation, from.cursor),
        };
        match goes_on {
            true => Turn::On,
            false if self.again || self.point.is_none() => Turn::Faulty,
            false => Turn::OtherPast,
        }
    }

    /// Goes past the records of a page that begins at `from`, by their names; nothing for one that cannot be named.
    pub fn pass(&mut self, from: FeedPoint, names: impl IntoIterator<Item = Option<Hash>>) {
        let (mut point, mut sure) = (from, true);
        for name in names {
            sure &= name.is_some();
            point = point.after(name.unwrap_or(Hash::ZERO));
        }
        (self.point, self.sure) = (Some(point), sure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: [u8; 16] = [1; 16];

    fn at(records: &[u8]) -> FeedPoint {
        let start = FeedPoint::start(LIFE);
        records
            .iter()
            .fold(start, |point, number| point.after(Hash::new([*number; 32])))
    }

    #[test]
    fn another_life_another_record_and_an_earlier_end_are_another_past() {
        let mut follow = Follow::from(None);
        assert_eq!(follow.turn(at(&[])), Turn::On);
        follow.pass(at(&[]), [1, 2].map(|it| Some(Hash::new([it; 32]))));
        assert_eq!((follow.cursor(), follow.point()), (2, Some(at(&[1, 2]))));
        assert_eq!(follow.turn(at(&[1, 2])), Turn::On);
        let other_life = FeedPoint {
            generation: [2; 16],
            ..at(&[1, 2])
        };
        for other in [at(&[1]), at(&[1, 3]), other_life] {
            assert_eq!(follow.turn(other), Turn::OtherPast);
        }
    }

    #[test]
    fn what_begins_anew_begins_at_the_beginning_and_once() {
        assert_eq!(Follow::anew().turn(at(&[])), Turn::On);
        assert_eq!(Follow::anew().turn(at(&[1])), Turn::Faulty);
        assert_eq!(Follow::from(None).turn(at(&[1])), Turn::Faulty);
    }

    #[test]
    fn behind_a_record_without_a_name_only_the_place_is_compared() {
        let mut follow = Follow::from(None);
        follow.pass(at(&[]), [None]);
        assert!(!follow.is_sure());
        assert_eq!(follow.turn(at(&[7])), Turn::On);
        assert_eq!(follow.turn(at(&[7, 7])), Turn::OtherPast);
    }
}
