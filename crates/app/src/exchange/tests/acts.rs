//! Freezing, shutting out, leaving, adopting: what counts is the same on all laptops, and nobody loses a word of others.

use serde_json::{Value, json};
use wire::ids::{Device, Kid};

use super::{assert_same, call, changes_opened_by, founding, give, id, joining};
use crate::exchange::seal::tests::NO_NEW_KEYS;
use crate::verify::{Rebuild, VerifyView, contents};
use crate::{App, ErrorCode};

/// An office: an admin with the paper key, two workers; a household that all have.
struct Scene {
    admin: App,
    paper: String,
    sato: App,
    thief: App,
    household: String,
}

fn scene() -> Scene {
    let (mut admin, paper) = founding("管理", 1);
    let paper = crypto::paper::print(&paper).to_string();
    let mut sato = joining(&mut admin, "佐藤", 2);
    let mut thief = joining(&mut admin, "田中", 3);
    let household = id(&call(
        &mut admin,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    give(&mut admin, &mut sato);
    give(&mut admin, &mut thief);
    Scene {
        admin,
        paper,
        sato,
        thief,
        household,
    }
}

fn note(app: &mut App, household: &str, text: &str) -> String {
    id(&call(
        app,
        "note.create",
        json!({ "householdId": household, "text": text }),
    ))
}

fn notes(app: &mut App, household: &str) -> Vec<String> {
    let view = call(app, "household.get", json!({ "id": household }));
    let mut texts: Vec<String> = view["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

fn edit(app: &mut App, note: &str, text: &str) -> Value {
    let open = call(app, "note.get", json!({ "id": note }));
    call(
        app,
        "note.edit",
        json!({ "id": note, "text": text, "base": open["version"] }),
    )
}

/// How many records of a bundle, new to this device, its keys open to the last layer, whatever the directory says.
fn opened_by(app: &App, bundle: &[u8]) -> usize {
    changes_opened_by(app, bundle).len()
}

#[test]
fn what_was_merged_beyond_the_cut_is_taken_out_on_all_laptops_and_an_adoption_brings_it_back() {
    let mut s = scene();
    note(&mut s.thief, &s.household, "盗まれる前");
    give(&mut s.thief, &mut s.admin);
    give(&mut s.thief, &mut s.sato);
    // Stolen: what is written on it now reaches one colleague before the admin hears of it.
    note(&mut s.thief, &s.household, "盗まれた後");
    give(&mut s.thief, &mut s.sato);
    assert_eq!(
        notes(&mut s.sato, &s.household),
        ["盗まれた後", "盗まれる前"]
    );
    let device = s.thief.identity.device;
    s.admin.revoke_device(device, Some(&s.paper)).unwrap();
    give(&mut s.admin, &mut s.sato);
    assert_eq!(notes(&mut s.sato, &s.household), ["盗まれる前"]);
    // The other order: the record comes after the act.
    give(&mut s.sato, &mut s.admin);
    assert_eq!(notes(&mut s.admin, &s.household), ["盗まれる前"]);
    assert_same(&s.admin, &s.sato);

    let (adopted, _) = s.admin.adopt_from(device).unwrap();
    assert_eq!(adopted, 1);
    assert_eq!(
        notes(&mut s.admin, &s.household),
        ["盗まれた後", "盗まれる前"]
    );
    give(&mut s.admin, &mut s.sato);
    assert_eq!(
        notes(&mut s.sato, &s.household),
        ["盗まれた後", "盗まれる前"]
    );
    assert_same(&s.admin, &s.sato);
}

#[test]
fn a_colleagues_words_keep_what_they_rest_on_in_every_order() {
    for admin_had_it in [true, false] {
        let mut s = scene();
        let shared = note(&mut s.thief, &s.household, "はじめ。");
        give(&mut s.thief, &mut s.admin);
        give(&mut s.thief, &mut s.sato);
        edit(&mut s.thief, &shared, "はじめ。盗まれた後。");
        let alone = note(&mut s.thief, &s.household, "だれも触れない");
        give(&mut s.thief, &mut s.sato);
        // Sato writes on, offline, with the thief's sentence before her eyes.
        edit(&mut s.sato, &shared, "はじめ。盗まれた後。佐藤の続き。");
        if admin_had_it {
            // The admin gets the thief's record first, the act follows, then Sato's words.
            give(&mut s.thief, &mut s.admin);
        }
        let device = s.thief.identity.device;
        let cut_before = s.admin.revoke_device(device, Some(&s.paper)).unwrap();
        assert!(cut_before.contains(&"devices".to_owned()));
        give(&mut s.admin, &mut s.sato);
        give(&mut s.sato, &mut s.admin);
        give(&mut s.admin, &mut s.sato);
        let text = call(&mut s.admin, "note.get", json!({ "id": shared }));
        assert_eq!(text["text"], "はじめ。盗まれた後。佐藤の続き。");
        assert_same(&s.admin, &s.sato);
        let stays = notes(&mut s.admin, &s.household).contains(&"だれも触れない".to_owned());
        // Where the admin had it before, the cut lies behind it.
        assert_eq!(stays, admin_had_it, "{alone}");
    }
}

/// Sato's words and the thief's beside them, about one note, come to a new laptop together. Gives what its list says, and
/// what the admin's says.
fn refused_beside_what_counts() -> [Vec<String>; 2] {
    let mut s = scene();
    let shared = note(&mut s.thief, &s.household, "はじめ。");
    give(&mut s.thief, &mut s.admin);
    give(&mut s.thief, &mut s.sato);
    edit(&mut s.sato, &shared, "はじめ。佐藤。");
    edit(&mut s.thief, &shared, "はじめ。盗人。");
    give(&mut s.thief, &mut s.sato);
    let device = s.thief.identity.device;
    s.admin.revoke_device(device, Some(&s.paper)).unwrap();
    give(&mut s.admin, &mut s.sato);
    give(&mut s.sato, &mut s.admin);
    let mut ito = joining(&mut s.admin, "伊藤", 9);
    give(&mut s.admin, &mut ito);
    [
        notes(&mut ito, &s.household),
        notes(&mut s.admin, &s.household),
    ]
}

#[test]
fn what_is_refused_beside_what_counts_shows_on_no_new_laptop() {
    let [new, admins] = refused_beside_what_counts();
    assert_eq!(new, ["はじめ。佐藤。"]);
    assert_eq!(new, admins);
}

#[test]
fn who_is_shut_out_reads_nothing_that_is_written_later() {
    let mut s = scene();
    let device = s.thief.identity.device;
    let before = s.admin.bundle_bytes().unwrap();
    assert!(s.thief.import_bytes(&before).is_ok(), "red control");
    s.admin.revoke_device(device, Some(&s.paper)).unwrap();
    note(&mut s.admin, &s.household, "あとで書いた");
    let bundle = s.admin.bundle_bytes().unwrap();
    // The file is under a key that the thief was never given, and so is what is in it.
    assert_eq!(opened_by(&s.thief, &bundle), 0);
    let refused = s.thief.import_bytes(&bundle).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotForThisDevice);
    give(&mut s.admin, &mut s.sato);
    assert_eq!(notes(&mut s.sato, &s.household), ["あとで書いた"]);
    note(&mut s.sato, &s.household, "佐藤も");
    give(&mut s.sato, &mut s.admin);
    assert_same(&s.admin, &s.sato);
    // Whoever joins now reads all history, under keys old and new.
    let mut ito = joining(&mut s.admin, "伊藤", 9);
    give(&mut s.admin, &mut ito);
    assert_eq!(notes(&mut ito, &s.household), ["あとで書いた", "佐藤も"]);
    assert_same(&s.admin, &ito);
}

/// The red control: the same, and nobody makes new keys.
#[test]
fn without_new_keys_who_is_shut_out_reads_on() {
    let mut s = scene();
    s.admin
        .revoke_device(s.thief.identity.device, Some(&s.paper))
        .unwrap();
    note(&mut s.admin, &s.household, "あとで書いた");
    NO_NEW_KEYS.set(true);
    let bundle = s.admin.bundle_bytes().unwrap();
    NO_NEW_KEYS.set(false);
    // A thief's program does not listen to the directory: the records alone, as they stand in the file.
    assert!(opened_by(&s.thief, &bundle) > 0);
}

#[test]
fn new_keys_are_made_once_and_two_that_were_made_apart_serve_both() {
    let mut s = scene();
    let vault = s.admin.identity.office_vault;
    let keys = |app: &App| -> Vec<Kid> {
        let keys = app.store.read(|reader| reader.vault_keys(&vault)).unwrap();
        keys.iter().map(Kid::of).collect()
    };
    s.admin
        .revoke_device(s.thief.identity.device, Some(&s.paper))
        .unwrap();
    // Sato hears of it in a bundle that was sealed before the admin made a new key.
    let ops: Vec<_> = s
        .admin
        .trust
        .directory
        .ops()
        .map(|op| wire::cbor::Bytes(op.to_bytes()))
        .collect();
    let grown = s.sato.grow(&ops, &[]).unwrap();
    s.sato
        .take_in(
            grown,
            &super::super::delivery::Delivery::default(),
            |_| Ok(()),
            |_| Ok(()),
        )
        .unwrap();
    note(&mut s.admin, &s.household, "管理");
    note(&mut s.sato, &s.household, "佐藤");
    let (one, two) = (
        s.admin.bundle_bytes().unwrap(),
        s.sato.bundle_bytes().unwrap(),
    );
    assert_ne!(keys(&s.admin)[0], keys(&s.sato)[0]);
    // Neither has the other's key yet: the files name their readers besides, and bring it.
    s.sato.import_bytes(&one).unwrap();
    s.admin.import_bytes(&two).unwrap();
    give(&mut s.admin, &mut s.sato);
    give(&mut s.sato, &mut s.admin);
    assert_eq!(
        keys(&s.admin)[0],
        keys(&s.sato)[0],
        "both write under one key from now on"
    );
    assert_eq!(notes(&mut s.admin, &s.household), ["佐藤", "管理"]);
    assert_same(&s.admin, &s.sato);
    let count = keys(&s.admin).len();
    note(&mut s.admin, &s.household, "もう一つ");
    give(&mut s.admin, &mut s.sato);
    assert_eq!(
        keys(&s.admin).len(),
        count,
        "nothing is made anew without need"
    );
}

#[test]
fn frozen_it_exchanges_nothing_writes_on_and_hands_over_once_released() {
    let mut s = scene();
    let device = s.thief.identity.device;
    s.admin.freeze_device(device).unwrap();
    let news = s.admin.bundle_bytes().unwrap();
    let refused = s.thief.import_bytes(&news).unwrap_err();
    assert_eq!(refused.code, ErrorCode::DeviceFrozen);
    note(&mut s.thief, &s.household, "止められている間");
    let view = s.admin.devices().unwrap();
    let frozen = view
        .items
        .iter()
        .find(|it| it.id == Device::new(device).to_string());
    assert!(frozen.unwrap().frozen);
    s.admin.release_device(device).unwrap();
    give(&mut s.admin, &mut s.thief);
    give(&mut s.thief, &mut s.admin);
    assert_eq!(notes(&mut s.admin, &s.household), ["止められている間"]);
    assert_same(&s.admin, &s.thief);
}

#[test]
fn who_left_is_heard_with_what_was_written_before_it_knew() {
    let mut s = scene();
    note(&mut s.thief, &s.household, "異動の前に、訪問先で");
    s.admin.device_has_left(s.thief.identity.device).unwrap();
    give(&mut s.thief, &mut s.admin);
    assert_eq!(notes(&mut s.admin, &s.household), ["異動の前に、訪問先で"]);
    note(&mut s.admin, &s.household, "後任");
    let bundle = s.admin.bundle_bytes().unwrap();
    assert_eq!(
        s.thief.import_bytes(&bundle).unwrap_err().code,
        ErrorCode::NotForThisDevice
    );
    give(&mut s.admin, &mut s.sato);
    assert_same(&s.admin, &s.sato);
}

#[test]
fn one_alone_destroys_nothing() {
    let mut s = scene();
    let (device, own) = (s.thief.identity.device, s.admin.identity.device);
    let code = |outcome: crate::error::Result<Vec<String>>| outcome.unwrap_err().code;
    assert_eq!(
        code(s.admin.revoke_device(device, None)),
        ErrorCode::NeedsSecond
    );
    assert_eq!(
        code(s.admin.revoke_device(device, Some("XXXX"))),
        ErrorCode::WrongPaperKey
    );
    let (_, other) = founding("よそ", 77);
    let other = crypto::paper::print(&other).to_string();
    assert_eq!(
        code(s.admin.revoke_device(device, Some(&other))),
        ErrorCode::WrongPaperKey
    );
    assert_eq!(
        code(s.sato.revoke_device(device, Some(&s.paper))),
        ErrorCode::NotAdmin
    );
    assert_eq!(code(s.sato.freeze_device(device)), ErrorCode::NotAdmin);
    assert_eq!(code(s.admin.device_has_left(own)), ErrorCode::LastAdmin);
    assert_eq!(
        code(s.admin.revoke_device(own, Some(&s.paper))),
        ErrorCode::LastAdmin
    );
    assert_eq!(
        code(s.admin.freeze_device([9; 16])),
        ErrorCode::UnknownDevice
    );
    // A supervisor freezes a device of her team, and does nothing else.
    s.admin
        .set_device_role(s.sato.identity.device, "supervisor")
        .unwrap();
    give(&mut s.admin, &mut s.sato);
    s.sato.freeze_device(device).unwrap();
    assert_eq!(code(s.sato.release_device(device)), ErrorCode::NotAdmin);
    give(&mut s.sato, &mut s.admin);
    let list = s.admin.devices().unwrap();
    assert!(list.items.iter().any(|it| it.frozen));
}

#[test]
fn a_store_checks_well_with_words_put_aside() {
    let mut s = scene();
    note(&mut s.thief, &s.household, "盗まれた後");
    give(&mut s.thief, &mut s.sato);
    s.admin
        .revoke_device(s.thief.identity.device, Some(&s.paper))
        .unwrap();
    give(&mut s.admin, &mut s.sato);
    let mut view = VerifyView {
        ok: false,
        findings: Vec::new(),
        documents: 0,
        rebuilt: false,
        last_compared: None,
    };
    for rebuild in [Rebuild::Compare, Rebuild::Refill] {
        let findings = contents(&mut s.sato, rebuild, crate::Lang::Ja, &mut view).unwrap();
        assert_eq!(findings, []);
    }
}
