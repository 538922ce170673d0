//! An old copy of a store that goes on working.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::session::view::{FoundOffice, RequestDevice};
use crate::session::{self, Cost, Rules, Unlocked};

pub(super) const PASSPHRASE: &str = "みず そら やま かわ もり うみ つき";

pub(super) fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

pub(super) fn unlock(dir: &Path, seed: u64) -> App {
    match session::unlock(
        dir,
        PASSPHRASE,
        Box::new(Fixed::new(NOON + 1_000_000, seed)),
    )
    .unwrap()
    {
        Unlocked::Open(app) => *app,
        Unlocked::Waiting(_) => panic!("the device waits"),
    }
}

/// Every place of every chain that a device holds, with how many records stand there.
fn places(app: &App) -> BTreeMap<([u8; 16], u32, u64), usize> {
    let mut places = BTreeMap::new();
    for row in app.store.read(|reader| reader.record_places()).unwrap() {
        *places
            .entry((row.device, row.incarnation, row.seq))
            .or_insert(0) += 1;
    }
    places
}

#[test]
fn an_old_copy_of_a_store_takes_its_own_records_back_and_uses_no_place_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (home, old) = (folder.path().join("store"), folder.path().join("old"));
    let (mut sato, _) = founding("佐藤", 21);
    let request = RequestDevice {
        worker: "田中".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut waiting, bytes, _) = session::request(
        &home,
        &request,
        Cost::Floor,
        Rules::Waived,
        Box::new(Fixed::new(NOON, 22)),
    )
    .unwrap();
    waiting
        .accept(&sato.approve(&bytes, "worker", None).unwrap())
        .unwrap();
    let mut tanaka = waiting.open(Box::new(Fixed::new(NOON, 22))).unwrap();

    let household = id(&call(
        &mut tanaka,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    give(&mut tanaka, &mut sato);
    // Written before the copy, and sealed after it: in the old copy it still waits to leave.
    call(
        &mut tanaka,
        "note.create",
        json!({ "householdId": household, "text": "写しの前。" }),
    );
    tanaka.lock().unwrap();
    copy(&home, &old);

    let mut tanaka = unlock(&home, 23);
    call(
        &mut tanaka,
        "note.create",
        json!({ "householdId": household, "text": "写しの後。" }),
    );
    give(&mut tanaka, &mut sato);
    tanaka.lock().unwrap();

    // The disk is lost; the old copy goes on. It meets a colleague before it seals.
    copy(&old, &home);
    let mut tanaka = unlock(&home, 24);
    call(
        &mut tanaka,
        "note.create",
        json!({ "householdId": household, "text": "戻した後。" }),
    );
    assert_eq!(tanaka.store.incarnation(), 1);
    let brought = give(&mut sato, &mut tanaka);
    assert!(
        brought.new > 0 && brought.refused.is_empty() && brought.held == 0,
        "{brought:?}"
    );
    assert_eq!(
        tanaka.store.incarnation(),
        2,
        "what the colleague had was ahead"
    );
    give(&mut tanaka, &mut sato);
    assert_same(&sato, &tanaka);
    assert_eq!(
        shared(&mut sato, &household),
        shared(&mut tanaka, &household)
    );
    let notes = shared(&mut sato, &household)["notes"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(notes, 3, "nobody's words are lost");
    for app in [&sato, &tanaka] {
        assert!(
            places(app).values().all(|count| *count == 1),
            "no place is used twice"
        );
    }
    // Once begun, it stays.
    give(&mut sato, &mut tanaka);
    assert_eq!(tanaka.store.incarnation(), 2);
    tanaka.lock().unwrap();
}

/// Where the old copy seals before it meets anybody, two records stand at one place: both are taken in.
#[test]
fn an_old_copy_that_sealed_before_it_met_anybody_loses_nobodys_words() {
    let folder = tempfile::tempdir().unwrap();
    let (home, old) = (folder.path().join("store"), folder.path().join("old"));
    let request = FoundOffice {
        office: "みほん市".to_owned(),
        worker: "佐藤".to_owned(),
        role: "worker".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut sato, _) = session::found(
        &home,
        &request,
        Cost::Floor,
        Rules::Waived,
        Box::new(Fixed::new(NOON, 31)),
    )
    .unwrap();
    let mut tanaka = joining(&mut sato, "田中", 32);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    give(&mut sato, &mut tanaka);
    sato.lock().unwrap();
    copy(&home, &old);
    let mut sato = unlock(&home, 33);
    call(
        &mut sato,
        "note.create",
        json!({ "householdId": household, "text": "一つの未来。" }),
    );
    give(&mut sato, &mut tanaka);
    sato.lock().unwrap();

    copy(&old, &home);
    let mut sato = unlock(&home, 34);
    call(
        &mut sato,
        "note.create",
        json!({ "householdId": household, "text": "別の未来。" }),
    );
    give(&mut sato, &mut tanaka);
    assert!(
        places(&tanaka).values().any(|count| *count == 2),
        "the evidence is kept"
    );
    give(&mut tanaka, &mut sato);
    assert_eq!(sato.store.incarnation(), 2);
    call(
        &mut sato,
        "note.create",
        json!({ "householdId": household, "text": "ここから。" }),
    );
    give(&mut sato, &mut tanaka);
    assert_same(&sato, &tanaka);
    assert_eq!(
        shared(&mut tanaka, &household)["notes"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    sato.lock().unwrap();
}
