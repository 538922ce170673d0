//! Every call, through the router: what is let in, what is refused, and that nothing is half done.

#[cfg(test)]
mod world;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use crypto::SecretKey;
use futures_util::StreamExt;
use relay::conformance::people::{Person, enrol, everybody, found, operations, paper};
use relay::settings::Settings;
use serde_json::Value;
use tower::ServiceExt;
use wire::cbor::{self, Bytes};
use wire::directory::{Act, CutAt, Role, paper_device};
use wire::hub::{
    Admitted, Answer, Asks, Batch, Challenge, Drop, DropBlobs, Dropped, HaveAsked, HaveTold, Join,
    Joined, Notices, Page, Seeks, Sought, Stored, Stubs, Taken, have_digest,
};
use wire::ids::{Device, Group, Hash, Lane, Org};
use wire::keybox::{Keybox, Recipient};

use self::world::{Hub, ORIGIN, Office};

fn codes(stored: &Stored) -> Vec<&str> {
    let statuses = stored.statuses.iter();
    statuses.map(|status| status.refused.as_str()).collect()
}

fn batch(records: &[wire::envelope::Verified]) -> Batch {
    let records = records.iter();
    Batch {
        records: records
            .map(|record| Bytes(record.as_bytes().to_vec()))
            .collect(),
    }
}

#[tokio::test]
async fn an_office_joins_with_an_invitation_that_serves_once() {
    let hub = Hub::new(Settings::default());
    let invitation = hub.hub.invite(100).await.unwrap();
    let (first, other) = (Person::new(1), Person::new(2));
    let mut directory = found(&first);
    enrol(&mut directory, &first, &other, [everybody()].into());
    let join = |directory, device, code| Join {
        code,
        directory,
        device,
    };
    let ops = operations(&directory);
    let by = |device| join(ops.clone(), device, invitation.code);
    let refused = hub
        .refused(Method::POST, "/v1/join", None, &by(other.device()))
        .await;
    assert_eq!(refused, (403, "not_an_admin".into()));
    let wrong = join(ops.clone(), first.device(), [9; 16]);
    let refused = hub.refused(Method::POST, "/v1/join", None, &wrong).await;
    assert_eq!(refused, (403, "no_invitation".into()));
    let mut torn = ops.clone();
    torn[1].0[40] ^= 1;
    let torn = join(torn, first.device(), invitation.code);
    let refused = hub.refused(Method::POST, "/v1/join", None, &torn).await;
    assert_eq!(refused, (400, "malformed".into()));
    let joined: Joined = hub.post("/v1/join", None, &by(first.device())).await;
    assert!(invitation.is_to(&joined.hub));
    let stranger = Person::new(3);
    let second = join(
        operations(&found(&stranger)),
        stranger.device(),
        invitation.code,
    );
    let refused = hub.refused(Method::POST, "/v1/join", None, &second).await;
    assert_eq!(refused, (403, "no_invitation".into()));
}

#[tokio::test]
async fn a_device_is_let_in_by_its_own_signature_on_a_fresh_challenge() {
    let settings = Settings {
        origin: Some(ORIGIN.to_owned()),
        ..Settings::default()
    };
    let hub = Hub::new(settings);
    let office = Office::joined(&hub).await;
    let (org, first) = (office.directory.org(), &office.first);
    let ask = async || {
        let asks = Asks {
            org,
            device: first.device(),
        };
        let challenge: Challenge = hub.post("/v1/auth", None, &asks).await;
        challenge
    };
    let refused = async |answer: Answer| {
        let refused = hub.refused(Method::POST, "/v1/auth", None, &answer).await;
        assert_eq!(refused, (401, "not_admitted".into()));
    };
    let challenge = ask().await;
    // Red control: the answer from which the refused ones differ in one thing is let in, and once only.
    let good = first.answer(org, &challenge, ORIGIN);
    let admitted: Admitted = hub.post("/v1/auth", None, &good).await;
    assert!(admitted.exchanges);
    refused(good).await;
    refused(first.answer(org, &ask().await, "https://elsewhere.example")).await;
    let stranger = Person::new(9).answer(org, &ask().await, ORIGIN);
    refused(stranger).await;
    let mut forged = first.answer(org, &ask().await, ORIGIN);
    forged.signature[5] ^= 1;
    refused(forged).await;
    let elsewhere = Challenge {
        hub: [8; 32],
        ..ask().await
    };
    refused(first.answer(org, &elsewhere, ORIGIN)).await;
    let late = ask().await;
    hub.clock.forward(61);
    refused(first.answer(org, &late, ORIGIN)).await;
    let foreign = first.answer(Org::new([1; 16]), &ask().await, ORIGIN);
    refused(foreign).await;
    // A device that nobody knows is told nothing, not even that.
    let asks = Asks {
        org: Org::new([1; 16]),
        device: Device::new([1; 16]),
    };
    let _: Challenge = hub.post("/v1/auth", None, &asks).await;
    let token = Some(admitted.token);
    let _: Notices = hub.get("/v1/directory", token).await;
    hub.clock.forward(3600);
    let refused = hub.refused(Method::GET, "/v1/directory", token, &0_u64);
    assert_eq!(refused.await, (401, "not_admitted".into()));
}

#[tokio::test]
async fn a_frozen_device_reads_the_directory_and_nothing_else() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let second = Person::new(2);
    enrol(
        &mut office.directory,
        &office.first,
        &second,
        [everybody()].into(),
    );
    let admin = office.token(&hub, &office.first).await;
    office.tell(&hub, admin).await;
    let token = office.token(&hub, &second).await;
    let feed = format!("/v1/feed?lane={}&cursor=0", everybody().lane());
    let _: Page = hub.get(&feed, Some(token)).await;
    let mut events = hub.events(token).await;
    let device = second.device();
    let freeze = Act::Freeze { device };
    office
        .directory
        .write(&freeze, office.first.pen(), None)
        .unwrap();
    office.tell(&hub, admin).await;
    let no = (403, "no_exchange".to_owned());
    let t = Some(token);
    assert_eq!(hub.refused(Method::GET, &feed, t, &0_u64).await, no);
    let nothing = batch(&[]);
    assert_eq!(
        hub.refused(Method::POST, "/v1/records", t, &nothing).await,
        no
    );
    let nothing = Notices::default();
    assert_eq!(
        hub.refused(Method::POST, "/v1/directory", t, &nothing)
            .await,
        no
    );
    let nothing = HaveAsked { lanes: Vec::new() };
    assert_eq!(hub.refused(Method::POST, "/v1/have", t, &nothing).await, no);
    assert_eq!(hub.refused(Method::GET, "/v1/events", t, &0_u64).await, no);
    let blob = format!("/v1/blobs/{}", Hash::ZERO);
    assert_eq!(hub.refused(Method::GET, &blob, t, &0_u64).await, no);
    let notices: Notices = hub.get("/v1/directory", t).await;
    assert_eq!(notices.directory, operations(&office.directory));
    while let Some(event) = events.next().await {
        let event = event.unwrap();
        assert!(event.starts_with(b"data: "), "only what came before");
    }
    assert!(!office.admitted(&hub, &second).await.exchanges);
    let thaw = Act::Unfreeze { device };
    office
        .directory
        .write(&thaw, office.first.pen(), None)
        .unwrap();
    office.tell(&hub, admin).await;
    let _: Page = hub.get(&feed, t).await;
}

#[tokio::test]
async fn a_receipt_says_where_the_record_stands() {
    let hub = Hub::new(Settings::default());
    let office = Office::joined(&hub).await;
    let token = Some(office.token(&hub, &office.first).await);
    let lane = everybody().lane();
    let author = office.first.author(office.directory.org(), lane);
    let records = author.chain(0, 3, b"a");
    for _ in 0..2 {
        let stored: Stored = hub.post("/v1/records", token, &batch(&records)).await;
        for ((cursor, record), status) in (1..).zip(&records).zip(stored.statuses) {
            let receipt = status.receipt.unwrap();
            assert_eq!(receipt.verify(&hub.key), Ok(()));
            let said = receipt.statement;
            assert_eq!((said.record, said.cursor), (record.id(), cursor));
        }
    }
    let feed = |cursor| format!("/v1/feed?lane={lane}&cursor={cursor}");
    let page: Page = hub.get(&feed(1), token).await;
    assert_eq!(page.records, batch(&records[1..]).records);
    let start = wire::hub::FeedPoint::start(page.from.generation);
    assert_eq!(page.from, start.after(records[0].id()));
    let none = (have_digest(&BTreeSet::new()), 1);
    let asked = |digest| HaveAsked {
        lanes: vec![(lane, digest)],
    };
    let told: HaveTold = hub.post("/v1/have", token, &asked(none.0)).await;
    assert_eq!(told.lanes[0].1[0].record, records[2].id());
    let same = have_digest(&told.lanes[0].1.iter().copied().collect());
    let told: HaveTold = hub.post("/v1/have", token, &asked(same)).await;
    assert_eq!(told.lanes, []);
}

#[tokio::test]
async fn only_what_two_signed_is_dropped_and_the_feed_gives_its_stub() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let own = office.token(&hub, &office.first).await;
    let token = Some(own);
    let lane = everybody().lane();
    let author = office.first.author(office.directory.org(), lane);
    let records = author.chain(0, 3, b"a");
    let _: Stored = hub.post("/v1/records", token, &batch(&records)).await;
    let gone: BTreeSet<Hash> = [records[1].id()].into();
    let act = Act::Erase {
        order: Hash::new([4; 32]),
        records: wire::erase::digest(&gone),
    };
    let mut unsigned = office.directory.ops().count();
    let alone = office.directory.write(&act, office.first.pen(), None);
    assert!(alone.is_err(), "one admin alone");
    assert_eq!(office.directory.ops().count(), unsigned);
    let second = paper();
    let pen = (paper_device(&second.public()), &second);
    let op = office.directory.write(&act, office.first.pen(), Some(pen));
    let op = op.unwrap().id();
    unsigned += 1;
    assert_eq!(office.directory.ops().count(), unsigned);
    let asked = |records: &BTreeSet<Hash>| Drop {
        op,
        records: records.clone(),
    };
    let refused = async |drop: Drop| {
        let refused = hub.refused(Method::POST, "/v1/drop", token, &drop).await;
        assert_eq!(refused, (403, "not_ordered".into()));
    };
    // The hub has not heard of the signatures yet.
    refused(asked(&gone)).await;
    office.tell(&hub, own).await;
    // Not one record more, and not one less.
    let more = gone.iter().copied().chain([records[2].id()]).collect();
    refused(asked(&more)).await;
    refused(asked(&BTreeSet::new())).await;
    let dropped: Dropped = hub.post("/v1/drop", token, &asked(&gone)).await;
    assert_eq!(dropped, Dropped { now: 1, before: 0 });
    let dropped: Dropped = hub.post("/v1/drop", token, &asked(&gone)).await;
    assert_eq!(dropped, Dropped { now: 0, before: 1 });
    // The same for the chunks of its attachments; who does not have the order drops none.
    let (chunk, other) = (b"a chunk".to_vec(), b"another".to_vec());
    for bytes in [&chunk, &other] {
        let path = format!("/v1/blobs/{}", Hash::of(&[bytes]));
        let put = hub.request(Method::PUT, &path, token);
        let put = put.body(Body::from(bytes.clone())).unwrap();
        assert_eq!(hub.send(put).await.0, 201);
    }
    let chunks = |records: &BTreeSet<Hash>| DropBlobs {
        op,
        records: records.clone(),
        blobs: [Hash::of(&[&chunk])].into(),
    };
    let without = chunks(&BTreeSet::new());
    let strange = hub.refused(Method::POST, "/v1/blobs/drop", token, &without);
    assert_eq!(strange.await, (403, "not_ordered".into()));
    for told in [Dropped { now: 1, before: 0 }, Dropped { now: 0, before: 1 }] {
        let dropped: Dropped = hub.post("/v1/blobs/drop", token, &chunks(&gone)).await;
        assert_eq!(dropped, told);
    }
    let there = async |bytes: &Vec<u8>| {
        let path = format!("/v1/blobs/{}", Hash::of(&[bytes]));
        let asked = hub.request(Method::HEAD, &path, token);
        hub.send(asked.body(Body::empty()).unwrap()).await.0
    };
    assert_eq!((there(&chunk).await, there(&other).await), (404, 200));
    let page: Page = hub
        .get(&format!("/v1/feed?lane={lane}&cursor=0"), token)
        .await;
    assert_eq!(page.records[1].0, records[1].to_stub());
    assert_eq!(page.records[2].0, records[2].as_bytes());
    // Taken back, nothing more is dropped.
    let back = Act::CancelErase { op };
    let pen = office.first.pen();
    office.directory.write(&back, pen, None).unwrap();
    office.tell(&hub, own).await;
    refused(asked(&gone)).await;
}

#[tokio::test]
async fn a_stub_fills_the_place_of_a_record_that_the_hub_never_had_under_a_signed_order_alone() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let own = office.token(&hub, &office.first).await;
    let token = Some(own);
    let lane = everybody().lane();
    let author = office.first.author(office.directory.org(), lane);
    let mut records = author.chain(0, 3, b"a");
    let gone = records.remove(1);
    let _: Stored = hub.post("/v1/records", token, &batch(&records)).await;
    let reached = async || {
        let nothing = have_digest(&BTreeSet::new());
        let lanes = vec![(lane, nothing)];
        let told: HaveTold = hub.post("/v1/have", token, &HaveAsked { lanes }).await;
        told.lanes[0].1[0].seq
    };
    assert_eq!(reached().await, 1, "there is a gap");
    let named: BTreeSet<Hash> = [gone.id()].into();
    let act = Act::Erase {
        order: Hash::new([4; 32]),
        records: wire::erase::digest(&named),
    };
    let second = paper();
    let pen = (paper_device(&second.public()), &second);
    let op = office.directory.write(&act, office.first.pen(), Some(pen));
    let op = op.unwrap().id();
    let stubs = |bytes: Vec<u8>| Stubs {
        op,
        records: named.clone(),
        stubs: vec![Bytes(bytes)],
    };
    let refused = async |status: u16, code: &str, given: &Stubs| {
        let refused = hub.refused(Method::POST, "/v1/stubs", token, given).await;
        assert_eq!(refused, (status, code.into()));
    };
    // The hub has not heard of the signatures yet.
    refused(403, "not_ordered", &stubs(gone.to_stub())).await;
    office.tell(&hub, own).await;
    refused(403, "not_ordered", &stubs(records[1].to_stub())).await;
    refused(400, "malformed", &stubs(gone.as_bytes().to_vec())).await;
    let mut forged = gone.to_stub();
    *forged.last_mut().unwrap() ^= 1;
    refused(400, "malformed", &stubs(forged)).await;
    assert_eq!(reached().await, 1);

    for taken in [Dropped { now: 1, before: 0 }, Dropped { now: 0, before: 1 }] {
        let answer: Dropped = hub.post("/v1/stubs", token, &stubs(gone.to_stub())).await;
        assert_eq!(answer, taken);
        assert_eq!(reached().await, 3);
    }
    // Whoever has it whole brings nothing back.
    let _: Stored = hub
        .post("/v1/records", token, &batch(std::slice::from_ref(&gone)))
        .await;
    let page: Page = hub
        .get(&format!("/v1/feed?lane={lane}&cursor=2"), token)
        .await;
    assert_eq!(page.records, [Bytes(gone.to_stub())]);
}

#[tokio::test]
async fn a_bad_record_is_named_and_blocks_no_other() {
    let hub = Hub::new(Settings::default());
    let office = Office::joined(&hub).await;
    let token = Some(office.token(&hub, &office.first).await);
    let (org, lane) = (office.directory.org(), everybody().lane());
    let records = office.first.author(org, lane).chain(0, 2, b"a");
    let mut bad = batch(&records);
    let mut push = |bytes: &[u8], change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.to_vec();
        change(&mut bytes);
        bad.records.insert(1, Bytes(bytes));
    };
    let good = records[0].as_bytes();
    push(good, &|it| it.truncate(200));
    push(good, &|it| it[190] ^= 1);
    push(good, &|it| it[0] ^= 1);
    let nowhere = office.first.author(org, Lane::new([1; 16]));
    push(nowhere.chain(0, 1, b"a")[0].as_bytes(), &|_| {});
    let stranger = Person::new(9).author(org, lane);
    push(stranger.chain(0, 1, b"a")[0].as_bytes(), &|_| {});
    let foreign = office.first.author(Org::new([1; 16]), lane);
    push(foreign.chain(0, 1, b"a")[0].as_bytes(), &|_| {});
    let stored: Stored = hub.post("/v1/records", token, &bad).await;
    let expected = [
        "",
        "foreign_office",
        "unknown_author",
        "unknown_lane",
        "malformed",
        "bad_signature",
        "malformed",
        "",
    ];
    assert_eq!(codes(&stored), expected);
    let feed = format!("/v1/feed?lane={lane}&cursor=0");
    let page: Page = hub.get(&feed, token).await;
    assert_eq!(page.records, batch(&records).records);
}

#[tokio::test]
async fn who_left_and_who_was_shut_out_bring_nothing_themselves_and_are_heard_through_others() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let admin = office.token(&hub, &office.first).await;
    let (gone, shut) = (Person::new(2), Person::new(3));
    let all: BTreeSet<_> = [everybody()].into();
    enrol(&mut office.directory, &office.first, &gone, all.clone());
    enrol(&mut office.directory, &office.first, &shut, all);
    let (org, lane) = (office.directory.org(), everybody().lane());
    let late = gone.author(org, lane).chain(0, 1, b"a");
    let words = shut.author(org, lane).chain(0, 3, b"a");
    let leave = Act::Leave {
        device: gone.device(),
    };
    let cut = CutAt {
        lane,
        incarnation: 0,
        seq: 1,
        record: words[0].id(),
    };
    let revoke = Act::Revoke {
        device: shut.device(),
        cut: [cut].into(),
    };
    let key = paper();
    let paper = (paper_device(&key.public()), &key);
    office
        .directory
        .write(&leave, office.first.pen(), None)
        .unwrap();
    office
        .directory
        .write(&revoke, office.first.pen(), Some(paper))
        .unwrap();
    office.tell(&hub, admin).await;
    let token = Some(admin);
    let stored: Stored = hub.post("/v1/records", token, &batch(&late)).await;
    assert_eq!(codes(&stored), [""]);
    let stored: Stored = hub.post("/v1/records", token, &batch(&words)).await;
    // What lies beyond the cut is carried for others: it may be what a colleague's words rest on.
    assert_eq!(codes(&stored), ["", "", ""]);
    for person in [&gone, &shut] {
        assert!(!office.admitted(&hub, person).await.exchanges);
    }
}

#[tokio::test]
async fn a_lane_is_read_by_its_group_alone() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let admin = office.token(&hub, &office.first).await;
    let (other, group) = (Person::new(2), Group::new([5; 16]));
    let first = office.first.pen();
    let create = Act::GroupCreate { group };
    office.directory.write(&create, first, None).unwrap();
    enrol(&mut office.directory, &office.first, &other, [group].into());
    office.tell(&hub, admin).await;
    let token = Some(office.token(&hub, &other).await);
    let feed = |lane| format!("/v1/feed?lane={lane}&cursor=0");
    let closed = (403, "lane_closed".to_owned());
    let everybody = everybody().lane();
    let refused = hub
        .refused(Method::GET, &feed(everybody), token, &0_u64)
        .await;
    assert_eq!(refused, closed);
    let asked = HaveAsked {
        lanes: vec![(everybody, Hash::ZERO)],
    };
    let refused = hub.refused(Method::POST, "/v1/have", token, &asked);
    assert_eq!(refused.await, closed);
    let unknown = feed(Lane::new([3; 16]));
    assert_eq!(
        hub.refused(Method::GET, &unknown, token, &0_u64).await,
        closed,
        "a lane that is not there looks the same"
    );
    for lane in [group.lane(), Lane::ORG] {
        let _: Page = hub.get(&feed(lane), token).await;
    }
}

#[tokio::test]
async fn notices_are_kept_when_they_hold() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let admin = office.token(&hub, &office.first).await;
    let token = Some(admin);
    let recipients = [Recipient::Device(
        office.first.device(),
        office.first.keys().kem,
    )];
    let key = SecretKey::from_bytes([7; 32]);
    let keybox = |author: &Person| {
        let vault = (everybody().vault(), &key);
        let made = Keybox::make(
            &office.directory,
            author.pen(),
            vault,
            None,
            &recipients,
            BTreeSet::new(),
            &[],
        );
        Bytes(made.unwrap().to_bytes())
    };
    let good = keybox(&office.first);
    let mut torn = good.clone();
    *torn.0.last_mut().unwrap() ^= 1;
    let heads: BTreeSet<_> = [Hash::new([1; 32])].into();
    let flood: BTreeSet<_> = (0..65).map(|number| Hash::new([number; 32])).collect();
    let notices = Notices {
        directory: vec![Bytes(vec![1, 2, 3])],
        boxes: vec![good.clone(), torn, keybox(&Person::new(9))],
        heads: vec![heads.clone(), flood],
    };
    let taken: Taken = hub.post("/v1/directory", token, &notices).await;
    let expected = Taken {
        new: 2,
        held: 1,
        refused: 3,
    };
    assert_eq!(taken, expected, "held: a box of an author not known yet");
    let taken: Taken = hub.post("/v1/directory", token, &notices).await;
    assert_eq!(taken, Taken { new: 0, ..expected });
    let kept: Notices = hub.get("/v1/directory", token).await;
    assert_eq!(kept.boxes, [good]);
    assert_eq!(kept.heads, [heads]);
    // An operation that names one that is not here waits for it.
    let before = operations(&office.directory).len();
    for number in [2, 3] {
        let new = Person::new(number);
        enrol(&mut office.directory, &office.first, &new, BTreeSet::new());
    }
    let notices = Notices {
        directory: operations(&office.directory).split_off(before + 1),
        ..Notices::default()
    };
    let taken: Taken = hub.post("/v1/directory", token, &notices).await;
    assert_eq!((taken.new, taken.held), (0, 1));
    office.tell(&hub, admin).await;
    let kept: Notices = hub.get("/v1/directory", token).await;
    assert_eq!(kept.directory, operations(&office.directory));
}

#[tokio::test]
async fn a_directory_that_is_known_by_its_digest_does_not_travel_again() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let admin = office.token(&hub, &office.first).await;
    let notices = Notices {
        heads: vec![[Hash::new([1; 32])].into()],
        ..Notices::default()
    };
    let _: Taken = hub.post("/v1/directory", Some(admin), &notices).await;
    let all: Notices = hub.get("/v1/directory", Some(admin)).await;
    let known = format!("/v1/directory?digest={}", all.digest());
    let again: Notices = hub.get(&known, Some(admin)).await;
    assert!(again.is_empty(), "{again:?}");

    // The control: whatever is new makes all of it travel, to a device that is shut out as well.
    let new = Person::new(2);
    enrol(&mut office.directory, &office.first, &new, BTreeSet::new());
    office.tell(&hub, admin).await;
    let all: Notices = hub.get(&known, Some(admin)).await;
    assert_eq!(all.directory, operations(&office.directory));
    let other = format!("/v1/directory?digest={}", Hash::new([9; 32]));
    let told: Notices = hub.get(&other, Some(admin)).await;
    assert_eq!(told, all);
    let refused = hub
        .refused(Method::GET, "/v1/directory?digest=ab", Some(admin), &0_u64)
        .await;
    assert_eq!(refused, (400, "malformed".into()));
}

#[tokio::test]
async fn a_blob_goes_on_where_the_link_was_cut() {
    let settings = Settings {
        blob_bytes: 100,
        ..Settings::default()
    };
    let hub = Hub::new(settings);
    let office = Office::joined(&hub).await;
    let token = office.token(&hub, &office.first).await;
    let bytes: Vec<u8> = (0..100).collect();
    let path = |bytes: &[u8]| format!("/v1/blobs/{}", Hash::of(&[bytes]));
    let here = path(&bytes);
    let put = async |path: &str, range: Option<&str>, bytes: &[u8]| {
        let request = hub.request(Method::PUT, path, Some(token));
        let request = match range {
            Some(range) => request.header("content-range", range),
            None => request,
        };
        let body = Body::from(bytes.to_vec());
        let (status, headers, _) = hub.send(request.body(body).unwrap()).await;
        let offset = headers.get("upload-offset");
        let offset = offset.map(|it| it.to_str().unwrap().parse::<u64>().unwrap());
        (status, offset)
    };
    let at = |from: usize, to: usize| format!("bytes {from}-{}/100", to - 1);
    let part =
        async |from: usize, to: usize| put(&here, Some(&at(from, to)), &bytes[from..to]).await;
    assert_eq!(part(0, 40).await, (202, Some(40)));
    assert_eq!(part(50, 100).await, (409, None), "a hole is no blob");
    let missing = hub.request(Method::HEAD, &here, Some(token));
    let (status, headers, _) = hub.send(missing.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status, &headers["upload-offset"]),
        (404, &"40".parse().unwrap())
    );
    assert_eq!(
        hub.refused(Method::GET, &here, Some(token), &0_u64).await.0,
        404
    );
    assert_eq!(part(40, 100).await, (201, Some(100)));
    assert_eq!(part(0, 40).await, (201, Some(100)), "it is here already");
    let get = async |range: &str| {
        let request = hub.request(Method::GET, &here, Some(token));
        let request = request.header("range", range).body(Body::empty());
        let (status, _, body) = hub.send(request.unwrap()).await;
        (status, body)
    };
    assert_eq!(get("bytes=90-").await, (206, bytes[90..].to_vec()));
    assert_eq!(get("bytes=10-19").await, (206, bytes[10..20].to_vec()));
    assert_eq!(get("bytes=100-").await.0, 416);
    assert_eq!(get("bytes=x").await.0, 416);
    // Other bytes than the name says, and a name that is none.
    let liar = path(b"something else");
    assert_eq!(put(&liar, None, &bytes).await, (409, None));
    assert_eq!(
        hub.refused(Method::GET, &liar, Some(token), &0_u64).await.0,
        404
    );
    assert_eq!(put("/v1/blobs/..", None, &bytes).await.0, 404);
    assert_eq!(put(&path(&[0; 101]), None, &[0; 101]).await.0, 413);
    assert_eq!(put(&liar, Some("bytes 0-9/1000"), &[0; 10]).await.0, 413);
}

#[tokio::test]
async fn limits_are_told_with_the_time_to_wait() {
    let settings = Settings {
        records_a_day: 2,
        asks_a_minute: 3,
        streams_a_device: 1,
        body_bytes: 100_000,
        ..Settings::default()
    };
    let hub = Hub::new(settings);
    let office = Office::joined(&hub).await;
    let token = Some(office.token(&hub, &office.first).await);
    let author = office.first.author(office.directory.org(), Lane::ORG);
    let author = (
        author,
        office
            .first
            .author(office.directory.org(), everybody().lane()),
    );
    let records = author.1.chain(0, 4, b"a");
    let stored: Stored = hub.post("/v1/records", token, &batch(&records[..3])).await;
    assert_eq!(codes(&stored), ["", "", "day_is_full"]);
    let rest = batch(&records[2..]);
    let refused = hub.refused(Method::POST, "/v1/records", token, &rest).await;
    assert_eq!(refused, (429, "day_is_full".into()));
    hub.clock.forward(86_400);
    let admitted = office.token(&hub, &office.first).await;
    let token = Some(admitted);
    let stored: Stored = hub.post("/v1/records", token, &rest).await;
    assert_eq!(codes(&stored), ["", ""], "tomorrow is another day");
    let large = Batch {
        records: vec![Bytes(vec![0; 100_001])],
    };
    let refused = hub.refused(Method::POST, "/v1/records", token, &large);
    assert_eq!(refused.await, (413, "too_large".into()));
    let many = Batch {
        records: vec![Bytes(Vec::new()); 201],
    };
    let refused = hub.refused(Method::POST, "/v1/records", token, &many);
    assert_eq!(refused.await, (413, "too_large".into()));
    let open = hub.events(admitted).await;
    let refused = hub.refused(Method::GET, "/v1/events", token, &0_u64);
    assert_eq!(refused.await, (429, "too_many".into()));
    drop(open);
    drop(hub.events(admitted).await);
    let asks = Asks {
        org: office.directory.org(),
        device: office.first.device(),
    };
    let mut last = (0, String::new());
    for _ in 0..3 {
        last = hub
            .refused_or_not(Method::POST, "/v1/auth", None, &asks)
            .await;
    }
    assert_eq!(last, (429, "too_many".into()), "one ask was made above");
    hub.clock.forward(60);
    let _: Challenge = hub.post("/v1/auth", None, &asks).await;
    let garbage = hub.request(Method::POST, "/v1/records", token);
    let (status, _, body) = hub.send(garbage.body(Body::from("x")).unwrap()).await;
    assert_eq!(status, 400);
    let refusal: wire::hub::Refusal = cbor::from_slice(&body).unwrap();
    assert_eq!(refusal.code, "malformed");
}

#[tokio::test]
async fn an_office_that_is_full_is_told_so() {
    let hub = Hub::new(Settings {
        office_bytes: 5000,
        ..Settings::default()
    });
    let office = Office::joined(&hub).await;
    let token = Some(office.token(&hub, &office.first).await);
    let author = office
        .first
        .author(office.directory.org(), everybody().lane());
    let records = author.chain(0, 9, b"a");
    let stored: Stored = hub.post("/v1/records", token, &batch(&records)).await;
    let kept = codes(&stored).iter().filter(|it| it.is_empty()).count();
    assert!((1..9).contains(&kept));
    let rest = batch(&records[kept..]);
    let refused = hub.refused(Method::POST, "/v1/records", token, &rest).await;
    assert_eq!(refused, (507, "office_is_full".into()));
    let known: Stored = hub
        .post("/v1/records", token, &batch(&records[..kept]))
        .await;
    assert!(codes(&known).iter().all(|it| it.is_empty()));
}

#[tokio::test]
async fn a_push_pokes_who_reads_the_lane() {
    let hub = Hub::new(Settings::default());
    let office = Office::joined(&hub).await;
    let token = office.token(&hub, &office.first).await;
    let mut events = hub.events(token).await;
    let lane = everybody().lane();
    let author = office.first.author(office.directory.org(), lane);
    let records = batch(&author.chain(0, 1, b"a"));
    let _: Stored = hub.post("/v1/records", Some(token), &records).await;
    let event = events.next().await.unwrap().unwrap();
    assert_eq!(event, format!("data: {lane}\n\n"));
    hub.hub.close();
    assert!(events.next().await.is_none(), "a hub that stops ends it");
}

#[tokio::test]
async fn the_description_names_every_route() {
    let hub = Hub::new(Settings::default());
    let described: Value = serde_json::from_str(relay::http::OPENAPI).unwrap();
    let described = described["paths"].as_object().unwrap();
    let source = include_str!("../../src/http.rs");
    let routed: BTreeSet<_> = source
        .split(".route(")
        .skip(1)
        .map(|it| it.split('"').nth(1).unwrap())
        .collect();
    let paths: BTreeSet<_> = described.keys().map(String::as_str).collect();
    assert_eq!(routed, paths);
    for (path, calls) in described {
        let path = path.replace("{sha256}", &Hash::ZERO.to_string());
        for method in ["get", "post", "put", "delete", "patch"] {
            let verb: Method = method.to_uppercase().parse().unwrap();
            let request = hub.request(verb, &path, None).body(Body::empty());
            let (status, _, _) = hub.send(request.unwrap()).await;
            let known = calls.get(method).is_some();
            assert_eq!(status != 405, known, "{method} {path}: {status}");
        }
    }
    let (status, code) = hub.refused(Method::GET, "/v1/nothing", None, &0_u64).await;
    assert_eq!((status, code.as_str()), (404, "not_found"));
}

#[tokio::test]
async fn health_and_figures_are_told_without_names() {
    let hub = Hub::new(Settings::default());
    let office = Office::joined(&hub).await;
    let token = Some(office.token(&hub, &office.first).await);
    let author = office
        .first
        .author(office.directory.org(), everybody().lane());
    let records = batch(&author.chain(0, 3, b"a"));
    let _: Stored = hub.post("/v1/records", token, &records).await;
    let text = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = hub.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await;
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    };
    assert_eq!(text("/healthz").await, "ok\n");
    assert_eq!(text("/readyz").await, "ready\n");
    let figures = text("/metrics").await;
    assert!(figures.contains("marugoto_hub_records_total{outcome=\"stored\"} 3\n"));
    assert!(figures.contains("marugoto_hub_auth_total{outcome=\"admitted\"} 1\n"));
    let org = office.directory.org().to_string();
    assert!(!figures.contains(org.split_at(8).0));
}

#[tokio::test]
async fn an_escrow_finds_its_office_tells_the_directory_and_reads_no_lane() {
    let hub = Hub::new(Settings::default());
    let mut office = Office::joined(&hub).await;
    let escrow = Person::new(9);
    let seeks = Seeks {
        escrow: escrow.device(),
    };
    let refused =
        async |path: &str, token, body: &Seeks| hub.refused(Method::POST, path, token, body).await;
    let nothing = (404, "not_found".to_owned());
    assert_eq!(refused("/v1/office", None, &seeks).await, nothing);
    office.seat(&escrow);
    let admin = office.token(&hub, &Person::new(1)).await;
    office.tell(&hub, admin).await;
    let sought: Sought = hub.post("/v1/office", None, &seeks).await;
    assert_eq!(sought.org, office.directory.org());

    // It is let in, and exchanges nothing.
    let admitted = office.admitted(&hub, &escrow).await;
    assert!(!admitted.exchanges);
    let token = Some(admitted.token);
    let told: Notices = hub.get("/v1/directory", token).await;
    assert_eq!(told.directory, operations(&office.directory));
    let asked = HaveAsked {
        lanes: vec![(Lane::ORG, Hash::ZERO)],
    };
    let no_exchange = (403, "no_exchange".to_owned());
    let have = hub.refused(Method::POST, "/v1/have", token, &asked);
    assert_eq!(have.await, no_exchange);
    let feed = format!("/v1/feed?lane={}&cursor=0", Lane::ORG);
    assert_eq!(
        hub.refused(Method::GET, &feed, token, &0_u64).await,
        no_exchange
    );
    let batch = Batch {
        records: Vec::new(),
    };
    let push = hub.refused(Method::POST, "/v1/records", token, &batch);
    assert_eq!(push.await, no_exchange);

    // What it may write is taken in.
    let fresh = Person::new(5);
    let act = Act::Enrol {
        device: fresh.keys(),
        groups: [everybody()].into(),
        roles: [Role::Supervisor].into(),
        admin: true,
        request: Hash::ZERO,
    };
    let op = office.directory.write(&act, escrow.pen(), None).unwrap();
    let notices = Notices {
        directory: vec![Bytes(op.to_bytes())],
        ..Notices::default()
    };
    let taken: Taken = hub.post("/v1/directory", token, &notices).await;
    assert_eq!((taken.new, taken.refused), (1, 0));
    assert!(office.admitted(&hub, &fresh).await.exchanges);

    // A newer one takes its seat; it is not let in again, and does nothing with the token that it still has.
    office.seat(&Person::new(10));
    office.tell(&hub, admin).await;
    let frozen_out = hub.refused(Method::POST, "/v1/directory", token, &notices);
    assert_eq!(frozen_out.await, no_exchange);
    let sought: Sought = hub.post("/v1/office", None, &seeks).await;
    assert_eq!(
        sought.org,
        office.directory.org(),
        "it is told that it is an earlier one"
    );
}
