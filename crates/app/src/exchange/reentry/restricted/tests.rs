//! What two shares open of restricted records, with all that a hub has of them.

use serde_json::{Value, json};
use wire::cbor::Bytes;
use wire::directory::{Act, DeviceKeys, Role};
use wire::hub::FeedPoint;

use super::*;
use crate::App;
use crate::exchange::escrow::{key_of, keys_of};
use crate::exchange::seal::tests::TELLS_READERS_ALONE;
use crate::exchange::tests::{attempt, call, founding, give, id, joining};
use crate::session::view::MakeEscrow;
use crate::trust::keys::tests::{ESCROW_UNSERVED, KEEPS_ESCROW};

/// The first two read a restricted note, which the first wrote; the third is in the office.
struct Scene {
    sato: App,
    tanaka: App,
    mori: App,
    paper: String,
    household: String,
    note: String,
    vault: Value,
}

fn worker(app: &App) -> String {
    app.identity.worker.clone()
}

fn escrow(app: &mut App, paper: &str) -> Vec<String> {
    let holders = ["所長", "課長", "係長"].map(str::to_owned).to_vec();
    let made = app.escrow_make(&MakeEscrow { holders }).unwrap();
    app.escrow_sign(&made.set, Some(paper)).unwrap();
    made.cards.into_iter().take(2).map(|it| it.text).collect()
}

fn scene() -> (Scene, Vec<String>) {
    let (mut sato, paper) = founding("佐藤", 71);
    let paper = crypto::paper::print(&paper).to_string();
    let mut tanaka = joining(&mut sato, "田中", 72);
    let mut mori = joining(&mut sato, "森", 73);
    let shares = escrow(&mut sato, &paper);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    let note = restrict(&mut sato, &household, &[&tanaka]);
    let vault = call(&mut sato, "restricted.list", json!({}))["items"][0]["id"].clone();
    give(&mut sato, &mut tanaka);
    give(&mut sato, &mut mori);
    let mut scene = Scene {
        sato,
        tanaka,
        mori,
        paper,
        household,
        note,
        vault,
    };
    let open = json!({ "id": scene.vault, "reason": "訪問の前に確かめる" });
    call(&mut scene.tanaka, "restricted.open", open);
    (scene, shares)
}

fn restrict(by: &mut App, household: &str, with: &[&App]) -> String {
    let with: Vec<_> = with.iter().map(|app| worker(app)).collect();
    let note = json!({ "householdId": household, "text": "避難先は北町。", "restrictTo": with });
    id(&call(by, "note.create", note))
}

fn says(app: &mut App, vault: &Value, opens: bool) -> Value {
    let escrow = json!({ "id": vault, "opens": opens });
    call(app, "access.escrow", escrow)
}

fn writes(app: &mut App, note: &str) {
    let base = call(app, "note.get", json!({ "id": note }))["version"].clone();
    let edit = json!({ "id": note, "text": "南町へ移った。", "base": base });
    call(app, "note.edit", edit);
}

/// The key under which this laptop writes into the vault.
fn newest(app: &App, vault: &Value) -> Kid {
    let vault: domain::DocId = vault.as_str().unwrap().parse().unwrap();
    let keys = app
        .store
        .read(|reader| reader.vault_keys(&vault.to_bytes()))
        .unwrap();
    Kid::of(&keys[0])
}

/// What a hub with all that these laptops sent has of the organisation's lane.
fn page(apps: &[&App]) -> Page {
    let mut records = BTreeMap::new();
    for app in apps {
        app.store
            .read(|reader| {
                for place in reader.record_places()? {
                    let bytes = reader.record(&place.id)?.unwrap().bytes;
                    let (outer, _) = name_of(&bytes, app.trust.directory.org()).unwrap();
                    if outer.lane == Lane::ORG {
                        records.insert(place.id, Bytes(bytes));
                    }
                }
                Ok::<_, store::Error>(())
            })
            .unwrap();
    }
    Page {
        from: FeedPoint::start([1; 16]),
        records: records.into_values().collect(),
        more: false,
    }
}

/// What comes of it for whoever comes with these shares: the vaults that are opened, and the names of all keys that the boxes
/// in there give to the escrow.
fn comes_in(page: &Page, office: &App, shares: &[String]) -> (Vec<Found>, BTreeSet<Kid>) {
    let known = &office.trust.directory;
    let mut directory = Directory::open(&known.first().to_bytes()).unwrap();
    let ops: Vec<_> = known.ops().map(wire::directory::Op::to_bytes).collect();
    directory.receive(ops.iter().map(Vec::as_slice));
    let key = key_of(shares).unwrap();
    let seat = keys_of(&key).device();
    let (sign, kem) = (SigningKey::make(), KemKey::make());
    let device = DeviceKeys {
        sign: sign.public(),
        kem: kem.public(),
    };
    let act = Act::Enrol {
        device,
        groups: directory.state().groups.keys().copied().collect(),
        roles: [Role::Supervisor].into(),
        admin: true,
        request: Hash::ZERO,
    };
    // An earlier escrow takes nobody in; whoever has its key opens its boxes all the same.
    let is_in = directory.write(&act, (seat, &key.sign), None).is_ok();
    let mut search = Search::default();
    while search
        .take(&directory, (seat, &key.kem), page.clone())
        .unwrap()
    {}
    let boxes = search.boxes.values();
    let held = boxes.flat_map(|boxes| keys_of_boxes(&directory, (seat, &key.kem), boxes));
    let held = held.collect();
    let own = ((device.device(), &sign), kem.public());
    let found = search
        .found(&directory, (seat, &key.sign), &key.kem, own)
        .unwrap();
    assert!(is_in || found.is_empty());
    for it in &found {
        let state = it.roster.state();
        assert!(state.may_change(device.device(), directory.state()));
        assert!(it.keybox.check(&directory, Some(&it.roster)).is_ok());
    }
    (found, held)
}

fn keys_of_boxes(
    directory: &Directory,
    escrow: (Device, &KemKey),
    boxes: &[Keybox],
) -> BTreeSet<Kid> {
    keys_in(directory, escrow, boxes).keys.into_keys().collect()
}

#[test]
fn two_shares_open_the_vaults_that_were_given_to_the_escrow_and_no_others() {
    let (mut scene, shares) = scene();
    let other = restrict(&mut scene.sato, &scene.household, &[&scene.mori]);
    give(&mut scene.sato, &mut scene.mori);
    let hub = |scene: &Scene| page(&[&scene.sato, &scene.tanaka, &scene.mori]);
    let (found, held) = comes_in(&hub(&scene), &scene.sato, &shares);
    assert!(found.is_empty() && held.is_empty(), "{found:?}");

    let view = says(&mut scene.sato, &scene.vault, true);
    assert_eq!(view["escrow"]["opens"], json!(true));
    assert_eq!(view["escrow"]["by"]["name"], json!("佐藤"));
    assert_eq!(view["readers"].as_array().unwrap().len(), 2);
    give(&mut scene.sato, &mut scene.tanaka);
    let (found, held) = comes_in(&hub(&scene), &scene.sato, &shares);
    let vaults: Vec<_> = found
        .iter()
        .map(|it| *it.roster.vault().as_bytes())
        .collect();
    let given: domain::DocId = scene.vault.as_str().unwrap().parse().unwrap();
    assert_eq!(vaults, [given.to_bytes()]);
    assert_eq!(held, [newest(&scene.sato, &scene.vault)].into());
    let _ = other;
}

#[test]
fn a_readers_word_that_is_refused_gives_nothing_to_the_escrow() {
    let (mut scene, _) = scene();
    let word = json!({ "id": scene.vault, "opens": true });
    let code = |app: &mut App| {
        let refused = attempt(app, "access.escrow", word.clone());
        refused.unwrap_err().code
    };
    assert_eq!(code(&mut scene.mori), ErrorCode::NotFound);
    let third = json!({ "id": scene.vault, "workerIds": [worker(&scene.mori)] });
    call(&mut scene.sato, "access.grant", third);
    give(&mut scene.sato, &mut scene.mori);
    assert_eq!(code(&mut scene.mori), ErrorCode::ReasonNeeded);
    let open = json!({ "id": scene.vault, "reason": "訪問の前に確かめる" });
    call(&mut scene.mori, "restricted.open", open);
    assert_eq!(code(&mut scene.mori), ErrorCode::NotSteward);

    // An office without an escrow has nobody to give it to.
    let (mut alone, _) = founding("鈴木", 81);
    let with = joining(&mut alone, "林", 82);
    let household = id(&call(&mut alone, "household.create", json!({})));
    restrict(&mut alone, &household, &[&with]);
    let vault = call(&mut alone, "restricted.list", json!({}))["items"][0]["id"].clone();
    let refused = attempt(
        &mut alone,
        "access.escrow",
        json!({ "id": vault, "opens": true }),
    );
    assert_eq!(refused.unwrap_err().code, ErrorCode::EscrowNoSeat);
}

/// A note for the same readers joins the record that is open, and the list says beforehand that the escrow opens it.
#[test]
fn what_is_written_for_the_same_readers_joins_what_the_escrow_opens() {
    let (mut scene, _) = scene();
    let listed = |app: &mut App| {
        let list = call(app, "restricted.list", json!({}));
        let items = list["items"].as_array().unwrap().clone();
        let said = |item: &Value| (item["kinds"]["note"].as_u64(), item["escrow"].as_bool());
        items.iter().map(said).collect::<Vec<_>>()
    };
    let before = listed(&mut scene.sato);
    assert!(before.iter().all(|(_, escrow)| *escrow == Some(false)));
    says(&mut scene.sato, &scene.vault, true);
    let home =
        call(&mut scene.sato, "restricted.list", json!({}))["items"][0]["householdId"].clone();
    restrict(&mut scene.sato, home.as_str().unwrap(), &[&scene.tanaka]);
    let after = listed(&mut scene.sato);
    assert_eq!(after.len(), before.len(), "no new record");
    let open: Vec<_> = after.iter().filter(|it| it.1 == Some(true)).collect();
    assert_eq!(open, [&(Some(2), Some(true))]);
}

#[test]
fn the_escrow_is_none_of_the_two_who_must_stay() {
    let (mut scene, _) = scene();
    says(&mut scene.sato, &scene.vault, true);
    let going = json!({ "id": scene.vault, "workerIds": [worker(&scene.tanaka)] });
    let refused = attempt(&mut scene.sato, "access.remove", going.clone());
    assert_eq!(refused.unwrap_err().code, ErrorCode::TooFewReaders);
    let list = call(&mut scene.sato, "restricted.list", json!({}));
    assert_eq!(list["items"][0]["readers"].as_array().unwrap().len(), 2);
    let coming = json!({ "id": scene.vault, "workerIds": [worker(&scene.mori)] });
    call(&mut scene.sato, "access.grant", coming);
    let left = call(&mut scene.sato, "access.remove", going);
    assert_eq!(left["readers"].as_array().unwrap().len(), 2, "red control");
    assert_eq!(left["escrow"]["opens"], json!(true));
}

/// The one who gave it to the escrow is lost before that reached the hub in full; each reader's device has boxed it.
#[test]
fn any_reader_who_heard_of_it_boxes_it_for_the_escrow_and_so_does_whoever_makes_a_key() {
    let (mut scene, shares) = scene();
    says(&mut scene.sato, &scene.vault, true);
    give(&mut scene.sato, &mut scene.tanaka);
    let first = newest(&scene.sato, &scene.vault);
    let third = json!({ "id": scene.vault, "workerIds": [worker(&scene.mori)] });
    call(&mut scene.tanaka, "access.grant", third.clone());
    give(&mut scene.tanaka, &mut scene.mori);
    let of = |scene: &Scene| page(&[&scene.tanaka]);
    let boxed_by = |page: &Page, scene: &Scene| {
        let own = Device::new(scene.sato.identity.device);
        let mut page = page.clone();
        let org = scene.sato.trust.directory.org();
        let is_ours =
            |record: &Bytes| name_of(&record.0, org).is_some_and(|(it, _)| it.device == own);
        page.records.retain(|record| !is_ours(record));
        comes_in(&page, &scene.sato, &shares).1
    };
    assert_eq!(boxed_by(&of(&scene), &scene), [first].into());

    call(&mut scene.tanaka, "access.remove", third);
    give(&mut scene.tanaka, &mut scene.mori);
    let second = newest(&scene.tanaka, &scene.vault);
    assert_ne!(first, second);
    assert_eq!(boxed_by(&of(&scene), &scene), [first, second].into());
}

#[test]
fn taken_back_the_escrow_opens_nothing_that_is_written_later() {
    for red_control in [false, true] {
        let (mut scene, shares) = scene();
        says(&mut scene.sato, &scene.vault, true);
        give(&mut scene.sato, &mut scene.tanaka);
        KEEPS_ESCROW.set(red_control);
        let view = says(&mut scene.sato, &scene.vault, false);
        assert_eq!(view["escrow"]["opens"], json!(false));
        assert!(view["escrow"]["by"].is_null());
        writes(&mut scene.sato, &scene.note);
        give(&mut scene.sato, &mut scene.tanaka);
        KEEPS_ESCROW.set(false);
        let page = page(&[&scene.sato, &scene.tanaka, &scene.mori]);
        let (found, held) = comes_in(&page, &scene.sato, &shares);
        // The program opens nothing of it any more; whoever goes around it with the shares, nothing new.
        assert!(found.is_empty(), "{found:?}");
        assert!(!held.is_empty(), "what it had, it had");
        let opens = held.contains(&newest(&scene.sato, &scene.vault));
        assert_eq!(opens, red_control);
        let read = call(&mut scene.tanaka, "note.get", json!({ "id": scene.note }));
        assert_eq!(read["text"], json!("南町へ移った。"));
    }
}

/// That it was taken back is told under a key that the escrow has: or else whoever comes with the shares would let themselves
/// in, as far as what was written before.
#[test]
fn that_it_was_taken_back_is_told_to_the_escrow_too() {
    for red_control in [false, true] {
        let (mut scene, shares) = scene();
        says(&mut scene.sato, &scene.vault, true);
        give(&mut scene.sato, &mut scene.tanaka);
        TELLS_READERS_ALONE.set(red_control);
        says(&mut scene.sato, &scene.vault, false);
        let third = json!({ "id": scene.vault, "workerIds": [worker(&scene.mori)] });
        call(&mut scene.sato, "access.grant", third.clone());
        call(&mut scene.sato, "access.remove", third);
        give(&mut scene.sato, &mut scene.tanaka);
        TELLS_READERS_ALONE.set(false);
        let page = page(&[&scene.sato, &scene.tanaka, &scene.mori]);
        let (found, _) = comes_in(&page, &scene.sato, &shares);
        assert_eq!(found.len(), usize::from(red_control));
    }
}

/// While one takes it back, another makes a key and boxes it for the escrow.
#[test]
fn taken_back_at_the_same_time_as_a_key_is_made_nothing_is_written_under_that() {
    for red_control in [false, true] {
        let (mut scene, shares) = scene();
        says(&mut scene.sato, &scene.vault, true);
        let third = json!({ "id": scene.vault, "workerIds": [worker(&scene.mori)] });
        call(&mut scene.sato, "access.grant", third.clone());
        give(&mut scene.sato, &mut scene.tanaka);
        says(&mut scene.sato, &scene.vault, false);
        // Two of his are followed by none of hers: of two lines the longer one counts.
        for _ in 0..2 {
            call(&mut scene.tanaka, "access.remove", third.clone());
            call(&mut scene.tanaka, "access.grant", third.clone());
        }
        let boxed = newest(&scene.tanaka, &scene.vault);
        give(&mut scene.tanaka, &mut scene.sato);
        assert_eq!(newest(&scene.sato, &scene.vault), boxed, "it is the newest");
        KEEPS_ESCROW.set(red_control);
        writes(&mut scene.sato, &scene.note);
        give(&mut scene.sato, &mut scene.tanaka);
        KEEPS_ESCROW.set(false);
        let page = page(&[&scene.sato, &scene.tanaka]);
        let (_, held) = comes_in(&page, &scene.sato, &shares);
        assert!(held.contains(&boxed));
        assert_eq!(
            held.contains(&newest(&scene.sato, &scene.vault)),
            red_control
        );
    }
}

#[test]
fn a_newer_escrow_opens_it_with_no_hand_and_the_earlier_one_nothing_new() {
    for red_control in [false, true] {
        let (mut scene, earlier) = scene();
        says(&mut scene.sato, &scene.vault, true);
        give(&mut scene.sato, &mut scene.tanaka);
        let paper = scene.paper.clone();
        let newer = escrow(&mut scene.sato, &paper);
        // Nobody touches the record: the exchange does it.
        KEEPS_ESCROW.set(red_control);
        ESCROW_UNSERVED.set(red_control);
        give(&mut scene.sato, &mut scene.tanaka);
        ESCROW_UNSERVED.set(false);
        let of_all = |scene: &Scene| page(&[&scene.sato, &scene.tanaka, &scene.mori]);
        let (found, _) = comes_in(&of_all(&scene), &scene.sato, &newer);
        assert_eq!(found.len(), usize::from(!red_control));

        writes(&mut scene.tanaka, &scene.note);
        give(&mut scene.tanaka, &mut scene.sato);
        give(&mut scene.sato, &mut scene.tanaka);
        KEEPS_ESCROW.set(false);
        let latest = newest(&scene.tanaka, &scene.vault);
        assert_eq!(latest, newest(&scene.sato, &scene.vault));
        let (found, held) = comes_in(&of_all(&scene), &scene.sato, &newer);
        assert_eq!(found.len(), 1);
        assert!(held.contains(&latest));
        let (found, held) = comes_in(&of_all(&scene), &scene.sato, &earlier);
        assert!(found.is_empty() && !held.is_empty());
        assert_eq!(held.contains(&latest), red_control);
    }
}
