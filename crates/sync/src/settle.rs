//! In which order records take effect, and trying again those that wait.
//!
//! Directory operations come first, from the bundle's manifest; then key boxes, rosters, adoptions, and the rest.
//!
//! # Invariants
//!
//! - **What waits holds up nothing else.** Each record is tried by itself, round after round, until a round changes
//!   nothing.

use wire::body::Kind;
use wire::envelope::Outer;

pub use crate::store::Waits;
use crate::vector::Line;

/// What trying a record gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has taken effect, or is put aside for good.
    Done,
    /// It waits.
    Waits(Waits),
}

/// Sorts by what others need first. Records whose outer layer is still closed have no kind: they come last.
#[must_use]
pub fn order(kind: Option<Kind>, outer: &Outer) -> impl Ord + use<> {
    let rank = match kind {
        Some(Kind::KEYBOX) => 0,
        Some(Kind::ROSTER) => 1,
        Some(Kind::ADOPTION) => 2,
        Some(Kind::CARRY | Kind::OFFICE) => 3,
        Some(Kind::LINEAGE) => 4,
        Some(_) => 5,
        None => 6,
    };
    (rank, Line::of(outer), outer.seq)
}

/// Tries all, and again those that wait, for as long as any gets done. Gives those that still wait, in order.
///
/// # Errors
///
/// The first error of `try_one`; what was done before it stays done.
pub fn settle<T, E>(
    mut waiting: Vec<T>,
    mut try_one: impl FnMut(&T) -> Result<Outcome, E>,
) -> Result<Vec<(T, Waits)>, E> {
    loop {
        let before = waiting.len();
        let mut left = Vec::new();
        for item in waiting {
            if let Outcome::Waits(waits) = try_one(&item)? {
                left.push((item, waits));
            }
        }
        if left.is_empty() || left.len() == before {
            return Ok(left);
        }
        waiting = left.into_iter().map(|(item, _)| item).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_waits_is_tried_again_and_holds_up_nothing() {
        // Each waits for the one above it; 9 waits for ever; 7 is alone.
        let mut done = BTreeSet::new();
        let left = settle(vec![1, 2, 3, 9, 7], |item| {
            let needs = [(1, 2), (2, 3), (9, 10)]
                .into_iter()
                .find(|(of, _)| of == item);
            if needs.is_some_and(|(_, need)| !done.contains(&need)) {
                return Ok::<_, ()>(Outcome::Waits(Waits::Changes));
            }
            done.insert(*item);
            Ok(Outcome::Done)
        });
        assert_eq!(left, Ok(vec![(9, Waits::Changes)]));
        assert_eq!(done, [1, 2, 3, 7].into());
    }
}
