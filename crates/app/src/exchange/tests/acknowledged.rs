//! Bundles that leave out what their readers said to have.

use serde_json::json;
use sync::store::SyncStore as _;

use super::restored::{PASSPHRASE, copy, unlock};
use super::*;
use crate::exchange::export::LeaveOut;
use crate::exchange::ledger::Ledger;
use crate::facts::said::hex;
use crate::session::view::{DeviceAct, ExportBundle, ImportView, RequestDevice};
use crate::session::{self, Cost, Rules};

/// What nobody has, from one device to another.
fn pass(from: &mut App, to: &mut App) -> ImportView {
    let bundle = from
        .bundle_in_memory(&LeaveOut::Acknowledged, || true)
        .unwrap();
    to.import_bytes(&bundle).unwrap()
}

#[test]
fn a_file_carries_what_its_reader_lacks_and_on_demand_everything() {
    let [mut sato, mut tanaka] = office(71);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("to.mgb");
    for name in ["一家", "二家", "三家"] {
        call(&mut sato, "household.create", json!({ "name": name }));
    }
    let all = ExportBundle::default();
    let whole = sato.bundle_export(&path, &all).unwrap();
    assert!(whole.complete, "nobody said a word yet");
    tanaka.bundle_import(&path).unwrap();
    pass(&mut tanaka, &mut sato);

    call(&mut sato, "household.create", json!({ "name": "四家" }));
    let one = ExportBundle {
        for_device: Some(hex(&tanaka.identity.device)),
        ..ExportBundle::default()
    };
    for request in [&one, &all] {
        let less = sato.bundle_export(&path, request).unwrap();
        assert!(!less.complete && less.records < whole.records, "{less:?}");
        assert!(less.bytes < whole.bytes);
    }
    let (brought, _) = tanaka.bundle_import(&path).unwrap();
    assert_eq!((brought.known, brought.held, brought.missing), (0, 0, 0));
    assert_same(&sato, &tanaka);

    let everything = ExportBundle {
        complete: Some(true),
        ..ExportBundle::default()
    };
    let again = sato.bundle_export(&path, &everything).unwrap();
    assert!(again.complete && again.records > whole.records);
}

#[test]
fn for_all_the_one_who_has_least_counts() {
    let [mut sato, mut tanaka, mut ito] = office(72);
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    give(&mut sato, &mut tanaka);
    pass(&mut tanaka, &mut sato);
    // Ito never said a word: what tanaka has is for ito's sake in it too.
    let brought = pass(&mut sato, &mut ito);
    assert_eq!((brought.held, brought.missing), (0, 0));
    assert_same(&sato, &ito);
    pass(&mut ito, &mut sato);
    call(&mut sato, "household.create", json!({ "name": "二家" }));
    let brought = pass(&mut sato, &mut ito);
    assert!(brought.new > 0 && brought.known == 0, "{brought:?}");
    // Tanaka did not see that one; what is made for all still is for tanaka.
    call(&mut sato, "household.create", json!({ "name": "三家" }));
    pass(&mut ito, &mut sato);
    let brought = pass(&mut sato, &mut tanaka);
    assert_eq!((brought.held, brought.missing), (0, 0));
    assert_same(&sato, &tanaka);
}

/// Who is frozen is sent nothing, so nothing is put in for its sake.
#[test]
fn for_all_the_word_of_the_frozen_does_not_count() {
    let [mut sato, mut tanaka, ito] = office(78);
    call(&mut sato, "household.create", json!({ "name": "一家" }));
    give(&mut sato, &mut tanaka);
    pass(&mut tanaka, &mut sato);
    let known = |app: &mut App, to: &mut App| pass(app, to).known;
    assert!(
        known(&mut sato, &mut tanaka) > 0,
        "all of it for Ito, who never said a word"
    );
    let freeze = DeviceAct {
        device: hex(&ito.identity.device),
        act: "freeze".to_owned(),
        role: None,
        reason: None,
        paper_admin_key: None,
    };
    sato.device_act(&freeze).unwrap();
    call(&mut sato, "household.create", json!({ "name": "二家" }));
    let brought = pass(&mut sato, &mut tanaka);
    assert!(brought.new > 0 && brought.known == 0, "{brought:?}");
    assert_same(&sato, &tanaka);
}

/// A reader whose store is an old copy is said to have what it lost. Its own next word puts that right.
#[test]
fn a_reader_restored_from_an_old_copy_recovers_in_one_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let (home, old) = (folder.path().join("store"), folder.path().join("old"));
    let (mut sato, _) = founding("佐藤", 73);
    let request = RequestDevice {
        worker: "田中".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
    };
    let (mut waiting, bytes, _) = session::request(
        &home,
        &request,
        Cost::Floor,
        Rules::Waived,
        Box::new(Fixed::new(NOON, 74)),
    )
    .unwrap();
    waiting
        .accept(&sato.approve(&bytes, "worker", None).unwrap())
        .unwrap();
    let mut tanaka = waiting.open(Box::new(Fixed::new(NOON, 74))).unwrap();
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    let write = |app: &mut App, text: &str| {
        call(
            app,
            "note.create",
            json!({ "householdId": household, "text": text }),
        );
    };
    give(&mut sato, &mut tanaka);
    tanaka.lock().unwrap();
    copy(&home, &old);

    let mut tanaka = unlock(&home, 75);
    write(&mut tanaka, "失われる端末で書いた。");
    write(&mut sato, "失われる端末が読んだ。");
    pass(&mut sato, &mut tanaka);
    pass(&mut tanaka, &mut sato);
    tanaka.lock().unwrap();
    copy(&old, &home);

    let mut tanaka = unlock(&home, 76);
    write(&mut sato, "その後。");
    let brought = pass(&mut sato, &mut tanaka);
    assert!(brought.missing > 0, "{brought:?}");
    // The control: without a word of tanaka's it stays so.
    assert!(pass(&mut sato, &mut tanaka).missing > 0);
    write(&mut tanaka, "戻した端末で書いた。");
    pass(&mut tanaka, &mut sato);
    let brought = pass(&mut sato, &mut tanaka);
    assert_eq!((brought.missing, brought.held), (0, 0), "{brought:?}");
    pass(&mut tanaka, &mut sato);
    assert_same(&sato, &tanaka);
    let notes = shared(&mut tanaka, &household)["notes"].clone();
    assert_eq!(notes.as_array().unwrap().len(), 4);
    assert!(tanaka.store.incarnation() > 1, "it was told what it is");
    tanaka.lock().unwrap();
}

/// Of a record that was put off only a stub is here. Whoever were told that it is here would leave it out for ever.
#[test]
fn what_was_put_off_is_not_acknowledged() {
    let [mut sato, mut tanaka] = office(77);
    for name in ["一家", "二家", "三家"] {
        call(&mut sato, "household.create", json!({ "name": name }));
    }
    give(&mut sato, &mut tanaka);
    let own = wire::ids::Device::new(sato.identity.device);
    // The highest place that has a row, and up to where this device says to have all.
    let told = |app: &mut App| {
        app.store
            .transact(|tx| {
                let places = tx.record_places()?.into_iter();
                let of_sato = places.filter(|row| row.device == *own.as_bytes());
                let haves = Ledger::open(tx, NOON)?.vector()?.to_haves();
                let said = haves.into_iter().filter(|have| have.device == own);
                Ok::<_, AppError>((
                    of_sato.map(|row| row.seq).max().unwrap_or_default(),
                    said.map(|have| have.seq).max().unwrap_or_default(),
                ))
            })
            .unwrap()
    };
    let (seen, said) = told(&mut tanaka);
    assert_eq!(seen, said);
    // The third record becomes a stub, as a flood would make of it.
    let third = tanaka
        .store
        .read(|reader| reader.record_places())
        .unwrap()
        .into_iter()
        .find(|row| row.device == sato.identity.device && row.seq == 3)
        .unwrap();
    let whole = tanaka
        .store
        .read(|reader| reader.record(&third.id))
        .unwrap();
    let org = wire::ids::Org::new(tanaka.identity.org);
    let verified = wire::envelope::open_outer(whole.unwrap().bytes, org)
        .unwrap()
        .verify(&sato.identity.sign.public())
        .unwrap();
    tanaka
        .store
        .transact(|tx| Ledger::open(tx, NOON)?.put_off(&verified))
        .unwrap();
    // What the rows alone would say is the red control.
    assert_eq!(told(&mut tanaka), (said, 2));
    pass(&mut tanaka, &mut sato);
    let brought = pass(&mut sato, &mut tanaka);
    assert_eq!((brought.held, brought.missing), (0, 0));
    assert_eq!(told(&mut tanaka), (said, said), "it has come again");
    assert_eq!(tanaka.waiting().unwrap().quarantined, 0);
}
