//! The laws of [`HubStore`], to be run by each database: `relay::conformance::all(|| async { MyStore::empty() })`.
#![expect(
    clippy::expect_used,
    reason = "a conformance check fails by panicking, as a test does"
)]

mod authors;
pub mod people;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use wire::envelope::{Verified, open_outer};
use wire::hub::FeedPoint;
use wire::ids::{Device, Hash, Lane, Org};

pub use self::authors::Author;
use crate::store::{
    Carried, Founding, HubStore, Notice, NoticeKind, PieceCap, Placed, Poke, Pusher, TicketKind,
};

const WIDE: PieceCap = PieceCap {
    records: 10_000,
    bytes: 1 << 30,
};

/// A pusher to whom nothing is denied.
#[must_use]
pub fn free() -> Pusher {
    Pusher {
        device: Device::new([1; 16]),
        day: 20_000,
        records_a_day: 1 << 40,
        office_bytes: 1 << 40,
    }
}

/// Runs every law on a fresh store each.
///
/// # Panics
///
/// When the store breaks one.
pub async fn all<S, F>(mut empty: impl FnMut() -> F)
where
    S: HubStore,
    F: Future<Output = S>,
{
    a_feed_gives_what_was_pushed_in_its_order(empty().await).await;
    a_record_that_comes_again_keeps_its_cursor(empty().await).await;
    a_page_is_as_large_as_allowed(empty().await).await;
    what_is_had_ends_before_the_first_gap(empty().await).await;
    two_records_at_one_place_are_both_kept(empty().await).await;
    a_full_day_and_a_full_office_refuse_only_what_is_new(empty().await).await;
    offices_are_apart(empty().await).await;
    an_invitation_serves_one_office(empty().await).await;
    notices_are_numbered_and_kept_once(empty().await).await;
    an_office_is_found_by_its_escrow(empty().await).await;
    a_challenge_serves_once_and_a_token_until_its_end(empty().await).await;
    what_is_dropped_leaves_its_stub_in_its_place(empty().await).await;
    what_is_new_is_poked(empty().await).await;
    concurrent_writers_never_make_a_reader_skip(empty().await).await;
}

fn notice(kind: NoticeKind, number: u8) -> Notice {
    Notice {
        kind,
        bytes: vec![number; 8],
    }
}

/// Makes the store carry an office.
///
/// # Panics
///
/// When it does not.
pub async fn carry<S: HubStore>(store: &S, org: Org) {
    let code = Hash::of(&[org.as_bytes()]);
    store.invite(code, 10).await.expect("works");
    let notices = vec![notice(NoticeKind::Operation, 0)];
    let founded = store.found(code, 5, org, notices).await.expect("works");
    assert_eq!(founded, Founding::Carried);
}

async fn cursors<S: HubStore>(store: &S, pusher: Pusher, records: &[Verified]) -> Vec<Placed> {
    let org = records.first().expect("some").outer().org;
    let placed = store.append(org, pusher, carried(records)).await;
    placed.expect("a store that works")
}

fn carried(records: &[Verified]) -> Vec<Carried> {
    records.iter().map(Carried::from).collect()
}

fn at(cursor: u64, new: bool) -> Placed {
    Placed::At { cursor, new }
}

async fn a_feed_gives_what_was_pushed_in_its_order<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let records = author.chain(0, 3, b"a");
    let placed = cursors(&store, free(), &records).await;
    assert_eq!(placed, [at(1, true), at(2, true), at(3, true)]);
    let (org, lane) = (author.org(), author.lane());
    let mut point = FeedPoint::start(store.generation());
    for (cursor, record) in (0..).zip(&records) {
        let piece = store.feed(org, lane, cursor, WIDE).await.expect("works");
        assert_eq!(piece.from, point, "the chain goes over each record");
        let first = piece.records.into_iter().next().expect("one more");
        assert_eq!(first, record.as_bytes(), "kept byte for byte");
        assert!(open_outer(first, org).is_ok());
        point = point.after(record.id());
    }
    for beyond in [3, 4, u64::MAX] {
        let piece = store.feed(org, lane, beyond, WIDE).await.expect("works");
        assert_eq!((piece.from, piece.more), (point, false));
        assert!(piece.records.is_empty());
    }
    let other = Lane::new([0x77; 16]);
    let piece = store.feed(org, other, 2, WIDE).await.expect("works");
    assert_eq!(piece.from, FeedPoint::start(store.generation()));
}

async fn a_record_that_comes_again_keeps_its_cursor<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let records = author.chain(0, 3, b"a");
    let (a, b, c) = (
        records.first().expect("3").clone(),
        records.get(1).expect("3").clone(),
        records.get(2).expect("3").clone(),
    );
    let placed = cursors(&store, free(), &[a.clone(), b.clone(), a.clone()]).await;
    assert_eq!(placed, [at(1, true), at(2, true), at(1, false)]);
    let placed = cursors(&store, free(), &[b, c, a]).await;
    assert_eq!(placed, [at(2, false), at(3, true), at(1, false)]);
    let piece = store.feed(author.org(), author.lane(), 0, WIDE).await;
    assert_eq!(piece.expect("works").records.len(), 3);
}

async fn a_page_is_as_large_as_allowed<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let records = author.chain(0, 5, b"a");
    cursors(&store, free(), &records).await;
    let len = records.first().expect("5").as_bytes().len();
    for (cap, count, more) in [
        ((2, 1 << 30), 2, true),
        ((5, 1 << 30), 5, false),
        ((6, 1 << 30), 5, false),
        ((6, len * 3), 3, true),
        ((6, 1), 1, true),
    ] {
        let cap = PieceCap {
            records: cap.0,
            bytes: cap.1,
        };
        let piece = store.feed(author.org(), author.lane(), 0, cap).await;
        let piece = piece.expect("works");
        assert_eq!((piece.records.len(), piece.more), (count, more), "{cap:?}");
    }
}

async fn what_is_had_ends_before_the_first_gap<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let records = author.chain(0, 6, b"a");
    let reached = async |store: &S| {
        let haves = store.haves(author.org(), author.lane()).await;
        let haves = haves.expect("works");
        haves.first().map(|have| (have.seq, have.record))
    };
    let seq = |seq: usize| records.get(seq - 1).expect("6").clone();
    assert_eq!(reached(&store).await, None);
    cursors(&store, free(), &[seq(5), seq(2)]).await;
    assert_eq!(reached(&store).await, None);
    cursors(&store, free(), &[seq(1)]).await;
    assert_eq!(reached(&store).await, Some((2, seq(2).id())));
    cursors(&store, free(), &[seq(4), seq(3)]).await;
    assert_eq!(reached(&store).await, Some((5, seq(5).id())));
    cursors(&store, free(), &[seq(6)]).await;
    assert_eq!(reached(&store).await, Some((6, seq(6).id())));
}

async fn two_records_at_one_place_are_both_kept<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let (first, second) = (author.chain(0, 1, b"a"), author.chain(0, 1, b"b"));
    assert_eq!(cursors(&store, free(), &first).await, [at(1, true)]);
    assert_eq!(cursors(&store, free(), &second).await, [at(2, true)]);
    let haves = store.haves(author.org(), author.lane()).await;
    let haves = haves.expect("works");
    let told: Vec<_> = haves.iter().map(|have| have.record).collect();
    let stands: Vec<_> = first.iter().map(Verified::id).collect();
    assert_eq!(told, stands, "the one that came first is told");
}

async fn what_is_dropped_leaves_its_stub_in_its_place<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let (org, lane) = (author.org(), author.lane());
    let records = author.chain(0, 3, b"a");
    cursors(&store, free(), &records).await;
    let end = store.feed(org, lane, 3, WIDE).await.expect("works").from;
    let gone = records.get(1).expect("3").clone();
    let named = BTreeSet::from([gone.id(), Hash::new([9; 32])]);
    let dropped = store.drop_records(org, named.clone()).await;
    assert_eq!(
        dropped.expect("works"),
        (1, 0),
        "what is not here is passed over"
    );
    let again = store.drop_records(org, named.clone()).await;
    assert_eq!(again.expect("works"), (0, 1), "once more is no more");
    let elsewhere = store.drop_records(Org::new([3; 16]), named).await;
    assert_eq!(elsewhere.expect("works"), (0, 0), "offices are apart");
    let piece = store.feed(org, lane, 0, WIDE).await.expect("works");
    let kept: Vec<_> = piece.records.iter().map(Vec::as_slice).collect();
    let stub = gone.to_stub();
    let whole = |at: usize| records.get(at).expect("3").as_bytes();
    assert_eq!(kept, [whole(0), stub.as_slice(), whole(2)]);
    // Whoever brings it whole once more brings nothing back.
    assert_eq!(cursors(&store, free(), &[gone]).await, [at(2, false)]);
    let piece = store.feed(org, lane, 1, WIDE).await.expect("works");
    assert_eq!(piece.records.first(), Some(&stub));
    let after = store.feed(org, lane, 3, WIDE).await.expect("works").from;
    assert_eq!(after, end, "the feed's running hash goes over it as before");
    let haves = store.haves(org, lane).await.expect("works");
    assert_eq!(haves.first().map(|have| have.seq), Some(3));
}

async fn a_full_day_and_a_full_office_refuse_only_what_is_new<S: HubStore>(store: S) {
    let author = Author::new(1);
    carry(&store, author.org()).await;
    let records = author.chain(0, 4, b"a");
    let len = records.first().expect("4").as_bytes().len() as u64;
    let tight = Pusher {
        records_a_day: 2,
        ..free()
    };
    let placed = cursors(&store, tight, &records).await;
    let full = Placed::DayIsFull;
    assert_eq!(placed, [at(1, true), at(2, true), full, full]);
    let placed = cursors(&store, tight, &records).await;
    assert_eq!(placed, [at(1, false), at(2, false), full, full]);
    let tomorrow = Pusher {
        day: tight.day + 1,
        office_bytes: 3 * len,
        ..tight
    };
    let placed = cursors(&store, tomorrow, &records).await;
    let full = Placed::OfficeIsFull;
    assert_eq!(placed, [at(1, false), at(2, false), at(3, true), full]);
    let org = author.org();
    assert!(!store.charge(org, 2, 3 * len + 1).await.expect("works"));
    assert!(store.charge(org, 1, 3 * len + 1).await.expect("works"));
    assert!(!store.charge(org, 1, 3 * len + 1).await.expect("works"));
}

async fn offices_are_apart<S: HubStore>(store: S) {
    let (one, other) = (Author::new(1), Author::of(1, Org::new([8; 16])));
    carry(&store, one.org()).await;
    carry(&store, other.org()).await;
    cursors(&store, free(), &one.chain(0, 2, b"a")).await;
    let placed = cursors(&store, free(), &other.chain(0, 1, b"a")).await;
    assert_eq!(placed, [at(1, true)]);
    let piece = store.feed(other.org(), other.lane(), 0, WIDE).await;
    assert_eq!(piece.expect("works").records.len(), 1);
    let haves = store.haves(other.org(), other.lane()).await;
    assert_eq!(haves.expect("works").len(), 1);
    let unknown = store.notices(Org::new([3; 16]), 0).await;
    assert_eq!(unknown.expect("works"), None);
    let digest = Hash::new([1; 32]);
    let device = Device::new([1; 16]);
    let kind = TicketKind::Token;
    let given = store.give_ticket(one.org(), kind, digest, device, 10, 1);
    given.await.expect("works");
    let foreign = store.token(other.org(), digest, 2).await;
    assert_eq!(foreign.expect("works"), None);
}

async fn an_invitation_serves_one_office<S: HubStore>(store: S) {
    let (one, other) = (Org::new([1; 16]), Org::new([2; 16]));
    let (code, late) = (Hash::new([7; 32]), Hash::new([8; 32]));
    store.invite(code, 10).await.expect("works");
    store.invite(late, 10).await.expect("works");
    let found = async |code, now, org| {
        let notices = vec![notice(NoticeKind::Operation, 0)];
        store.found(code, now, org, notices).await.expect("works")
    };
    let none = Founding::NoInvitation;
    assert_eq!(found(Hash::new([9; 32]), 5, one).await, none);
    assert_eq!(found(late, 10, one).await, none, "it has ended");
    assert_eq!(store.notices(one, 0).await.expect("works"), None);
    assert_eq!(found(code, 5, one).await, Founding::Carried);
    assert_eq!(found(code, 5, other).await, none, "it was used");
    let again = found(code, 6, one).await;
    assert_eq!(again, Founding::Carried, "the answer may have been lost");
    assert_eq!(store.notices(other, 0).await.expect("works"), None);
}

async fn notices_are_numbered_and_kept_once<S: HubStore>(store: S) {
    let org = Org::new([1; 16]);
    carry(&store, org).await;
    let (a, b) = (notice(NoticeKind::Keybox, 1), notice(NoticeKind::Heads, 2));
    store
        .add_notices(org, vec![a.clone()])
        .await
        .expect("works");
    store
        .add_notices(org, vec![b.clone(), a.clone(), b.clone()])
        .await
        .expect("works");
    let all = store.notices(org, 0).await.expect("works");
    let first = notice(NoticeKind::Operation, 0);
    assert_eq!(all, Some(vec![(1, first), (2, a), (3, b.clone())]));
    let rest = store.notices(org, 2).await.expect("works");
    assert_eq!(rest, Some(vec![(3, b)]));
    let rest = store.notices(org, 3).await.expect("works");
    assert_eq!(rest, Some(Vec::new()));
}

async fn an_office_is_found_by_its_escrow<S: HubStore>(store: S) {
    let offices = [1, 2].map(|number| Org::new([number; 16]));
    for (number, org) in (1..).zip(offices) {
        carry(&store, org).await;
        let notices = vec![
            notice(NoticeKind::Escrow, number),
            notice(NoticeKind::Heads, 7),
        ];
        store.add_notices(org, notices).await.expect("works");
    }
    let found = async |kind, number| {
        let id = notice(kind, number).id();
        store.office_of(id).await.expect("works")
    };
    for (number, org) in (1..).zip(offices) {
        assert_eq!(found(NoticeKind::Escrow, number).await, Some(org));
    }
    assert_eq!(found(NoticeKind::Heads, 7).await, None, "only by an escrow");
    assert_eq!(found(NoticeKind::Escrow, 3).await, None);
}

async fn a_challenge_serves_once_and_a_token_until_its_end<S: HubStore>(store: S) {
    let (org, device) = (Org::new([1; 16]), Device::new([2; 16]));
    carry(&store, org).await;
    let digest = |number| Hash::new([number; 32]);
    let give = async |kind, number, until, now| {
        let given = store.give_ticket(org, kind, digest(number), device, until, now);
        given.await.expect("works");
    };
    let take = async |number, now| {
        let taken = store.take_challenge(org, digest(number), now).await;
        taken.expect("works")
    };
    let token = async |number, now| store.token(org, digest(number), now).await.expect("works");
    give(TicketKind::Challenge, 1, 10, 1).await;
    give(TicketKind::Challenge, 2, 10, 1).await;
    give(TicketKind::Token, 3, 20, 1).await;
    assert_eq!(take(3, 2).await, None, "a token is no challenge");
    assert_eq!(token(1, 2).await, None, "a challenge is no token");
    assert_eq!(take(1, 9).await, Some(device));
    assert_eq!(take(1, 9).await, None, "it serves once");
    assert_eq!(take(2, 10).await, None, "it has ended");
    assert_eq!(token(3, 19).await, Some((device, 20)));
    assert_eq!(token(3, 19).await, Some((device, 20)));
    assert_eq!(token(3, 20).await, None, "it has ended");
}

async fn what_is_new_is_poked<S: HubStore>(store: S) {
    let author = Author::new(1);
    let (org, lane) = (author.org(), author.lane());
    carry(&store, org).await;
    let mut pokes = store.pokes();
    let records = author.chain(0, 1, b"a");
    cursors(&store, free(), &records).await;
    let wait = std::time::Duration::from_secs(10);
    let poke = async |pokes: &mut tokio::sync::broadcast::Receiver<Poke>, lane| {
        while pokes.recv().await.expect("open") != (Poke::New { org, lane }) {}
    };
    tokio::time::timeout(wait, poke(&mut pokes, lane))
        .await
        .expect("the lane is poked");
    store
        .add_notices(org, vec![notice(NoticeKind::Heads, 3)])
        .await
        .expect("works");
    tokio::time::timeout(wait, poke(&mut pokes, Lane::ORG))
        .await
        .expect("the directory is poked");
}

async fn concurrent_writers_never_make_a_reader_skip<S: HubStore>(store: S) {
    const WRITERS: u8 = 8;
    const PUSHES: u64 = 12;
    let store = Arc::new(store);
    let author = Author::new(1);
    let (org, lane) = (author.org(), author.lane());
    carry(&*store, org).await;
    let writers: Vec<_> = (1..=WRITERS)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for record in Author::new(number).chain(0, PUSHES, b"a") {
                    cursors(&*store, free(), &[record]).await;
                }
            })
        })
        .collect();
    let (all, mut read) = (usize::from(WRITERS) * PUSHES as usize, Vec::new());
    let mut point = FeedPoint::start(store.generation());
    loop {
        let over = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let piece = store.feed(org, lane, point.cursor, WIDE).await;
        let piece = piece.expect("works");
        assert_eq!(piece.from, point, "the chain is the one that was read");
        for bytes in piece.records {
            let record = open_outer(bytes, org).expect("a record");
            point = point.after(record.id());
            read.push(record.id());
        }
        if over {
            break;
        }
    }
    for writer in writers {
        writer.await.expect("a writer that ends well");
    }
    let distinct: std::collections::BTreeSet<_> = read.iter().collect();
    assert_eq!((read.len(), distinct.len()), (all, all));
}
