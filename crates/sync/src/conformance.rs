//! The laws of [`SyncStore`], to be run by each implementation: `sync::conformance::all(|| MyStore::empty())`.
#![expect(
    clippy::expect_used,
    reason = "a conformance check fails by panicking, as a test does"
)]

mod authors;
pub mod memory;

use wire::body::Have;
use wire::envelope::{Verified, open_outer};
use wire::ids::Hash;

use self::authors::Author;
use crate::plan::{Scope, missing, plan, plan_for};
use crate::receive::{Arrival, behind_itself, receive};
use crate::run::{Run, covered, runs};
use crate::store::{SyncStore, Waits};
use crate::vector::Line;

/// Runs every law on a fresh store each.
///
/// # Panics
///
/// When the store breaks one.
pub fn all<S: SyncStore>(mut empty: impl FnMut() -> S) {
    bytes_come_back_as_they_went_in(empty());
    the_same_record_again_changes_nothing(empty());
    any_order_gives_the_same_vector(empty(), empty());
    what_lies_behind_a_gap_is_kept(empty());
    two_records_at_one_place_are_both_kept_and_told(empty());
    a_complete_plan_carries_everything(empty(), empty());
    an_acknowledgement_leaves_out_what_the_reader_has(empty(), empty());
    an_acknowledgement_of_another_history_is_not_believed(empty());
    several_readers_have_what_the_last_of_them_has(empty());
    what_is_missing_of_what_somebody_has_is_counted(empty(), empty());
    a_run_covers_exactly_the_records_that_it_was_made_of(empty());
    an_old_copy_is_told_that_it_is_one(empty());
    what_waits_is_remembered(empty());
}

fn bytes_come_back_as_they_went_in<S: SyncStore>(mut store: S) {
    let author = Author::new(1);
    for record in author.chain(0, 3, b"a") {
        receive(&mut store, &record).expect("a store that works");
        let bytes = store.record(record.id()).expect("readable").expect("here");
        assert_eq!(bytes, record.as_bytes(), "a record is kept byte for byte");
        assert!(
            open_outer(bytes, author.org()).is_ok(),
            "what is kept can be verified again"
        );
    }
    assert_eq!(
        store.record(Hash::new([7; 32])).expect("readable"),
        None,
        "what never came is not here"
    );
}

fn the_same_record_again_changes_nothing<S: SyncStore>(mut store: S) {
    let records = Author::new(1).chain(0, 3, b"a");
    for record in &records {
        assert_eq!(
            receive(&mut store, record).expect("works"),
            Arrival::New {
                gap: false,
                evidence: None
            }
        );
    }
    let before = (
        store.vector().expect("readable"),
        plan(&store, Scope::All, None).expect("readable"),
    );
    for record in &records {
        assert_eq!(receive(&mut store, record).expect("works"), Arrival::Known);
        store
            .put(
                record,
                &Arrival::New {
                    gap: false,
                    evidence: None,
                },
            )
            .expect("putting twice is no error");
    }
    let after = (
        store.vector().expect("readable"),
        plan(&store, Scope::All, None).expect("readable"),
    );
    assert_eq!(before, after, "a record again changes nothing");
}

fn any_order_gives_the_same_vector<S: SyncStore>(mut forwards: S, mut backwards: S) {
    let mut records = Author::new(1).chain(0, 4, b"a");
    records.extend(Author::new(2).chain(3, 4, b"b"));
    for record in &records {
        receive(&mut forwards, record).expect("works");
    }
    for record in records.iter().rev() {
        receive(&mut backwards, record).expect("works");
    }
    let vector = forwards.vector().expect("readable");
    assert_eq!(
        vector,
        backwards.vector().expect("readable"),
        "the order of arrival does not show"
    );
    assert_eq!(vector.to_haves().len(), 2, "one line for each author");
    assert!(vector.gaps().is_empty() && backwards.evidence().expect("readable").is_empty());
}

fn what_lies_behind_a_gap_is_kept<S: SyncStore>(mut store: S) {
    let records = Author::new(1).chain(0, 4, b"a");
    let [first, second, third, fourth] = records.as_slice() else {
        return;
    };
    receive(&mut store, first).expect("works");
    assert_eq!(
        receive(&mut store, fourth).expect("works"),
        Arrival::New {
            gap: true,
            evidence: None
        }
    );
    let gaps = store.vector().expect("readable").gaps();
    assert_eq!(
        gaps.iter()
            .map(|gap| (gap.from, gap.to))
            .collect::<Vec<_>>(),
        [(2, 3)],
        "the gap is told"
    );
    assert_eq!(
        plan(&store, Scope::All, None)
            .expect("readable")
            .records
            .len(),
        2,
        "and relayed past"
    );
    receive(&mut store, third).expect("works");
    receive(&mut store, second).expect("works");
    assert!(
        store.vector().expect("readable").gaps().is_empty(),
        "and closed"
    );
}

fn two_records_at_one_place_are_both_kept_and_told<S: SyncStore>(mut store: S) {
    let author = Author::new(1);
    let (ours, theirs) = (
        author.chain(0, 3, b"before"),
        author.chain(0, 3, b"after a restore"),
    );
    for record in &ours {
        receive(&mut store, record).expect("works");
    }
    for record in &theirs {
        let Arrival::New {
            evidence: Some(evidence),
            ..
        } = receive(&mut store, record).expect("works")
        else {
            unreachable!("a second record at a place is new, and evidence");
        };
        assert_eq!(evidence.seq, record.outer().seq);
        let both = store.ids_at(evidence.line, evidence.seq).expect("readable");
        assert!(
            both.contains(&evidence.ours) && both.contains(&evidence.theirs),
            "both sides are kept"
        );
    }
    assert_eq!(
        store.evidence().expect("readable").len(),
        3,
        "the evidence is kept"
    );
    assert_eq!(
        plan(&store, Scope::All, None).expect("readable").load.count,
        6,
        "both histories travel on"
    );
}

fn a_complete_plan_carries_everything<S: SyncStore>(mut sender: S, mut reader: S) {
    let mut records = Author::new(1).chain(0, 3, b"a");
    records.extend(Author::new(2).chain(0, 2, b"b"));
    for record in &records {
        receive(&mut sender, record).expect("works");
    }
    let plan = plan(&sender, Scope::All, None).expect("readable");
    let mut bytes = 0;
    for id in &plan.records {
        let record = records
            .iter()
            .find(|record| record.id() == *id)
            .expect("one of ours");
        bytes += sender.record(*id).expect("readable").expect("here").len() as u64;
        receive(&mut reader, record).expect("works");
    }
    assert_eq!(
        (plan.load.count as usize, plan.load.bytes),
        (records.len(), bytes),
        "the load is as announced"
    );
    assert_eq!(plan.contains, sender.vector().expect("readable").to_haves());
    assert_eq!(
        reader.vector().expect("readable"),
        sender.vector().expect("readable")
    );
}

fn an_acknowledgement_leaves_out_what_the_reader_has<S: SyncStore>(mut sender: S, mut reader: S) {
    let records = Author::new(1).chain(0, 5, b"a");
    for record in &records {
        receive(&mut sender, record).expect("works");
    }
    for record in records.iter().take(3) {
        receive(&mut reader, record).expect("works");
    }
    let has = reader.vector().expect("readable").to_haves();
    let lacking: Vec<_> = records.iter().skip(3).map(|record| record.id()).collect();
    assert_eq!(
        plan(&sender, Scope::All, Some(&has))
            .expect("readable")
            .records,
        lacking
    );
    let other_lane = Scope::Lane(wire::ids::Lane::new([9; 16]));
    assert!(
        plan(&sender, other_lane, None)
            .expect("readable")
            .records
            .is_empty(),
        "another lane's stay out"
    );
}

fn an_acknowledgement_of_another_history_is_not_believed<S: SyncStore>(mut sender: S) {
    let author = Author::new(1);
    for record in author.chain(0, 3, b"ours") {
        receive(&mut sender, &record).expect("works");
    }
    let mut has = sender.vector().expect("readable").to_haves();
    for have in &mut has {
        have.record = Hash::new([1; 32]);
    }
    assert_eq!(
        plan(&sender, Scope::All, Some(&has))
            .expect("readable")
            .load
            .count,
        3
    );
}

fn several_readers_have_what_the_last_of_them_has<S: SyncStore>(mut sender: S) {
    let (one, two) = (
        Author::new(1).chain(0, 4, b"a"),
        Author::new(2).chain(0, 2, b"b"),
    );
    for record in one.iter().chain(&two) {
        receive(&mut sender, record).expect("works");
    }
    let up_to = |record: &Verified| Have {
        lane: record.outer().lane,
        device: record.outer().device,
        incarnation: record.outer().incarnation,
        seq: record.outer().seq,
        record: record.id(),
    };
    let at = |chain: &[Verified], seq: usize| up_to(chain.get(seq - 1).expect("so long"));
    let lacks = |readers: &[Vec<Have>]| {
        let plan = plan_for(&sender, Scope::All, readers).expect("readable");
        assert_eq!(
            plan.contains.len(),
            2,
            "what is left out is said all the same"
        );
        (plan.load.count, plan.left_out.values().sum::<u64>())
    };
    let (ahead, behind) = (
        vec![at(&one, 3), at(&two, 2)],
        vec![at(&one, 1), at(&two, 2)],
    );
    assert_eq!(lacks(std::slice::from_ref(&ahead)), (1, 5));
    assert_eq!(lacks(&[ahead.clone(), behind.clone()]), (3, 3));
    assert_eq!(
        lacks(&[ahead.clone(), vec![at(&one, 3)]]),
        (3, 3),
        "of the other line it has nothing"
    );
    assert_eq!(
        lacks(&[ahead.clone(), Vec::new()]),
        (6, 0),
        "who said nothing"
    );
    assert_eq!(lacks(&[]), (6, 0), "nobody");
    let mut other = at(&one, 4);
    other.record = Hash::new([1; 32]);
    assert_eq!(
        lacks(&[behind, vec![other, at(&two, 2)]]),
        (4, 2),
        "a higher place of another history counts as nothing"
    );
}

fn what_is_missing_of_what_somebody_has_is_counted<S: SyncStore>(mut sender: S, mut reader: S) {
    let records = Author::new(1).chain(0, 5, b"a");
    for record in &records {
        receive(&mut sender, record).expect("works");
    }
    let told = sender.vector().expect("readable").to_haves();
    let lacking = |reader: &S, told: &[Have]| missing(reader, told).expect("readable");
    assert_eq!(lacking(&reader, &told), 5);
    for number in [0, 3] {
        receive(&mut reader, records.get(number).expect("five")).expect("works");
    }
    assert_eq!(lacking(&reader, &told), 3, "what lies behind a gap is here");
    for record in &records {
        receive(&mut reader, record).expect("works");
    }
    assert_eq!(lacking(&reader, &told), 0);
    let mut other = told;
    for have in &mut other {
        have.record = Hash::new([1; 32]);
    }
    assert_eq!(
        lacking(&reader, &other),
        1,
        "another record at the last place"
    );
}

fn a_run_covers_exactly_the_records_that_it_was_made_of<S: SyncStore>(mut store: S) {
    let author = Author::new(1);
    let (ours, fork) = (author.chain(0, 6, b"ours"), author.chain(0, 3, b"other"));
    let place = |record: &Verified| (Line::of(record.outer()), record.outer().seq, record.id());
    for record in &ours {
        receive(&mut store, record).expect("works");
    }
    let here = |store: &S| -> Vec<(Line, u64, Hash)> {
        let (vector, mut places) = (store.vector().expect("readable"), Vec::new());
        for (line, seen) in vector.lines() {
            for seq in 1..=seen.highest() {
                let ids = store.ids_at(*line, seq).expect("readable");
                places.extend(ids.into_iter().map(|id| (*line, seq, id)));
            }
        }
        places
    };
    let some: Vec<_> = [0, 1, 4, 5]
        .iter()
        .filter_map(|at| ours.get(*at).map(place))
        .collect();
    let made: Vec<Run> = runs(some.iter().rev().copied());
    assert_eq!(made.len(), 2, "a gap ends a run");
    let is_covered: Vec<_> = covered(here(&store), &made).into_iter().collect();
    let mut expected: Vec<_> = some.iter().map(|(_, _, id)| *id).collect();
    expected.sort();
    assert_eq!(is_covered, expected);
    // Where a second record came to a place, the run that was made before does not cover what is there.
    receive(&mut store, fork.get(1).expect("three")).expect("works");
    let mut expected: Vec<_> = ours.iter().skip(4).map(|record| record.id()).collect();
    expected.sort();
    let is_covered: Vec<_> = covered(here(&store), &made).into_iter().collect();
    assert_eq!(is_covered, expected);
}

fn an_old_copy_is_told_that_it_is_one<S: SyncStore>(mut store: S) {
    let author = Author::new(1);
    let records = author.chain(0, 3, b"a");
    for record in records.iter().take(2) {
        receive(&mut store, record).expect("works");
    }
    let mut told = store.vector().expect("readable").to_haves();
    let is_old = |device, told: &[Have]| behind_itself(&store, device, told).expect("readable");
    assert!(
        !is_old(author.device(), &told),
        "what it has itself is no news"
    );
    for (have, record) in told.iter_mut().zip(records.last()) {
        (have.seq, have.record) = (3, record.id());
    }
    assert!(
        is_old(author.device(), &told),
        "a later record of its own is"
    );
    assert!(
        !is_old(Author::new(2).device(), &told),
        "somebody else's is not"
    );
}

fn what_waits_is_remembered<S: SyncStore>(mut store: S) {
    let records = Author::new(1).chain(0, 2, b"a");
    for record in &records {
        receive(&mut store, record).expect("works");
        store.hold(record.id(), Waits::Directory).expect("works");
    }
    let ids: Vec<_> = records.iter().map(|record| record.id()).collect();
    store
        .hold(*ids.first().expect("two"), Waits::Roster)
        .expect("works");
    let mut expected: Vec<_> = ids
        .iter()
        .copied()
        .zip([Waits::Roster, Waits::Directory])
        .collect();
    expected.sort();
    assert_eq!(
        store.held().expect("readable"),
        expected,
        "the latest reason counts"
    );
    for id in &ids {
        store.release(*id).expect("works");
    }
    assert!(store.held().expect("readable").is_empty());
}
