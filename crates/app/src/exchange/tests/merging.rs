//! What two people do at the same time, and that neither loses a word.

use serde_json::json;

use super::*;
use crate::exchange::export::LeaveOut;

/// A household with one member, one round and one note, on both devices.
struct Shared {
    sato: App,
    tanaka: App,
    household: String,
    member: String,
    round: String,
    note: String,
}

fn begun() -> Shared {
    let [mut sato, mut tanaka] = office(7);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    let member = id(&call(
        &mut sato,
        "member.add",
        json!({ "householdId": household, "familyName": "見本" }),
    ));
    let round = id(&call(
        &mut sato,
        "assessment.start",
        json!({ "householdId": household, "pack": "marugoto-household" }),
    ));
    let note = id(&call(
        &mut sato,
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    ));
    let brought = give(&mut sato, &mut tanaka);
    assert!(
        brought.refused.is_empty() && brought.held == 0,
        "{brought:?}"
    );
    assert_same(&sato, &tanaka);
    Shared {
        sato,
        tanaka,
        household,
        member,
        round,
        note,
    }
}

fn answer(app: &mut App, round: &str, value: &str) {
    call(
        app,
        "assessment.answer",
        json!({ "roundId": round, "subject": "household", "item": "home_need", "value": value }),
    );
}

#[test]
fn bundles_in_any_order_and_twice_leave_both_the_same() {
    let mut s = begun();
    call(
        &mut s.sato,
        "member.update",
        json!({ "id": s.member, "field": "phone", "value": "000-0000-0001" }),
    );
    call(
        &mut s.tanaka,
        "member.update",
        json!({ "id": s.member, "field": "note", "value": "耳が遠い" }),
    );
    let first = s.sato.bundle_bytes().unwrap();
    call(
        &mut s.sato,
        "note.create",
        json!({ "householdId": s.household, "text": "後から。" }),
    );
    let second = s.sato.bundle_bytes().unwrap();
    // The newer one first; half a copy in between; everything once more.
    s.tanaka.import_bytes(&second).unwrap();
    assert!(s.tanaka.import_bytes(&first[..first.len() / 2]).is_err());
    let again = s.tanaka.import_bytes(&first).unwrap();
    assert_eq!((again.new, again.held, again.refused.len()), (0, 0, 0));
    give(&mut s.tanaka, &mut s.sato);
    let again = give(&mut s.tanaka, &mut s.sato);
    assert_eq!((again.new, again.held, again.refused.len()), (0, 0, 0));
    assert_same(&s.sato, &s.tanaka);
    assert_eq!(
        shared(&mut s.sato, &s.household),
        shared(&mut s.tanaka, &s.household)
    );
}

#[test]
fn an_own_bundle_brings_nothing_new() {
    let mut s = begun();
    let bundle = s.sato.bundle_bytes().unwrap();
    let brought = s.sato.import_bytes(&bundle).unwrap();
    assert!(brought.known > 0);
    assert_eq!(
        (brought.new, brought.held, brought.refused.len()),
        (0, 0, 0)
    );
    let incarnation = s.sato.store.incarnation();
    s.sato.bundle_bytes().unwrap();
    assert_eq!(s.sato.store.incarnation(), incarnation);
}

#[test]
fn two_answers_stand_beside_each_other_until_one_decides() {
    let mut s = begun();
    answer(&mut s.sato, &s.round, "concern");
    answer(&mut s.tanaka, &s.round, "urgent");
    give(&mut s.sato, &mut s.tanaka);
    assert_eq!(give(&mut s.tanaka, &mut s.sato).conflicts, 1);
    assert_same(&s.sato, &s.tanaka);
    let listed = |app: &mut App| call(app, "conflict.list", json!({}));
    let (at_sato, at_tanaka) = (listed(&mut s.sato), listed(&mut s.tanaka));
    assert_eq!(at_sato, at_tanaka);
    let items = at_sato["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    let values = items[0]["values"].as_array().unwrap();
    assert_eq!(values.len(), 2);
    assert!(values.iter().all(|value| value["author"]["name"] != ""));

    call(
        &mut s.tanaka,
        "conflict.resolve",
        json!({ "id": items[0]["id"], "value": "concern" }),
    );
    give(&mut s.tanaka, &mut s.sato);
    assert_eq!(listed(&mut s.sato)["items"], json!([]));
    assert_same(&s.sato, &s.tanaka);
}

#[test]
fn an_editor_that_was_open_while_a_bundle_came_loses_nothing() {
    let mut s = begun();
    let open = call(&mut s.sato, "note.get", json!({ "id": s.note }));
    call(
        &mut s.tanaka,
        "note.edit",
        json!({ "id": s.note, "text": "前置き。訪問した。" }),
    );
    give(&mut s.tanaka, &mut s.sato);
    call(
        &mut s.sato,
        "note.edit",
        json!({ "id": s.note, "text": "訪問した。後書き。", "base": version(&open) }),
    );
    give(&mut s.sato, &mut s.tanaka);
    for app in [&mut s.sato, &mut s.tanaka] {
        assert_eq!(
            call(app, "note.get", json!({ "id": s.note }))["text"],
            "前置き。訪問した。後書き。"
        );
    }
    assert_same(&s.sato, &s.tanaka);
}

/// The red control: the same without `base` takes the colleague's sentence away.
#[test]
fn without_its_base_the_same_editor_loses_a_sentence() {
    let mut s = begun();
    call(
        &mut s.tanaka,
        "note.edit",
        json!({ "id": s.note, "text": "前置き。訪問した。" }),
    );
    give(&mut s.tanaka, &mut s.sato);
    call(
        &mut s.sato,
        "note.edit",
        json!({ "id": s.note, "text": "訪問した。後書き。" }),
    );
    assert_eq!(
        call(&mut s.sato, "note.get", json!({ "id": s.note }))["text"],
        "訪問した。後書き。"
    );
}

#[test]
fn what_a_third_device_passes_on_is_as_good() {
    let [mut sato, mut tanaka, mut ito] = office(8);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    give(&mut sato, &mut tanaka);
    call(
        &mut tanaka,
        "note.create",
        json!({ "householdId": household, "text": "又聞き。" }),
    );
    let brought = give(&mut tanaka, &mut ito);
    assert!(
        brought.refused.is_empty() && brought.held == 0,
        "{brought:?}"
    );
    assert_same(&tanaka, &ito);
    assert_eq!(
        shared(&mut tanaka, &household),
        shared(&mut ito, &household)
    );
}

#[test]
fn what_was_said_to_be_waiting_has_left_with_the_bundle() {
    let mut s = begun();
    answer(&mut s.sato, &s.round, "concern");
    assert_eq!(s.sato.waiting().unwrap().unsent_changes, 1);
    give(&mut s.sato, &mut s.tanaka);
    let waiting = s.sato.waiting().unwrap();
    assert_eq!(
        (waiting.unsent_changes, waiting.held, waiting.quarantined),
        (0, 0, 0)
    );
    let list = s.tanaka.devices().unwrap();
    assert!(
        list.items
            .iter()
            .find(|device| !device.current)
            .unwrap()
            .last_merged_at
            .is_some()
    );
}

#[test]
fn what_colleagues_say_to_have_and_is_not_here_is_told() {
    let [mut sato, mut tanaka, mut ito] = office(91);
    call(&mut sato, "household.create", json!({ "name": "みほん家" }));
    give(&mut sato, &mut tanaka);
    // Somebody keeps all records back, and not what Tanaka says to have.
    let empty = tanaka
        .bundle_in_memory(&LeaveOut::Nothing, || false)
        .unwrap();
    ito.import_bytes(&empty).unwrap();
    assert!(ito.waiting().unwrap().missing > 0);
    give(&mut tanaka, &mut ito);
    assert_eq!(ito.waiting().unwrap().missing, 0);
}
