//! Restricted records: their readers read, nobody else can tell that there are any.

use crate::exchange::seal::tests::NO_NEW_KEYS;
use serde_json::json;

use super::*;
use crate::error::ErrorCode;

/// Stands in restricted records only.
const MARKER: &str = "ひみつのしるし";

/// A household that all three know; the first two share a restricted note of it.
struct Scene {
    sato: App,
    tanaka: App,
    mori: App,
    household: String,
}

fn worker(app: &App) -> String {
    app.identity.worker.clone()
}

fn scene() -> Scene {
    let [mut sato, mut tanaka, mut mori] = office(31);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "見本家" }),
    ));
    call(
        &mut sato,
        "member.add",
        json!({ "householdId": household, "familyName": "見本", "givenName": "梅" }),
    );
    call(
        &mut sato,
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    );
    give(&mut sato, &mut tanaka);
    give(&mut sato, &mut mori);
    Scene {
        sato,
        tanaka,
        mori,
        household,
    }
}

/// The first restricts a note to herself and the second; all get everything. Gives the note.
fn restrict(scene: &mut Scene) -> String {
    let readers = [worker(&scene.tanaka)];
    let note = id(&call(
        &mut scene.sato,
        "note.create",
        json!({ "householdId": scene.household, "text": format!("{MARKER}。夫には言わない。"), "restrictTo": readers }),
    ));
    give(&mut scene.sato, &mut scene.tanaka);
    give(&mut scene.sato, &mut scene.mori);
    note
}

fn only_restricted(app: &mut App) -> Value {
    let list = call(app, "restricted.list", json!({}));
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    list["items"][0].clone()
}

fn open(app: &mut App) -> Value {
    let id = only_restricted(app)["id"].clone();
    call(
        app,
        "restricted.open",
        json!({ "id": id, "reason": "訪問の前に確かめる" }),
    )
}

/// What every operation answers when it is asked about these ids, refusals included.
fn everything(app: &mut App, household: &str, ids: &[&str]) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for name in ops::NAMES {
        // These change what is compared, or answer with a new id.
        let makes = [
            "intake.create",
            "household.create",
            "member.add",
            "note.create",
            "memo.create",
            "assessment.start",
            "undo",
            "redo",
            // These tell that it was asked before.
            "audit.list",
            "audit.books",
            "audit.handIn",
        ];
        if makes.contains(name) {
            continue;
        }
        let arguments = [
            json!({}),
            json!({ "householdId": household }),
            json!({ "text": MARKER }),
            json!({ "query": MARKER }),
        ]
        .into_iter()
        .chain(ids.iter().flat_map(|id| {
            [
                json!({ "id": id }),
                json!({ "roundId": id }),
                json!({ "id": id, "reason": "知りたい" }),
                json!({ "id": id, "text": "書きかえ" }),
                json!({ "id": id, "asOf": "2026-11-23" }),
                json!({ "householdId": id }),
                json!({ "id": id, "workerIds": [] }),
            ]
        }));
        for arguments in arguments {
            let answer = match attempt(app, name, arguments.clone()) {
                Ok(value) => value,
                Err(error) => json!({ "refused": error.code.as_str() }),
            };
            answers.push((format!("{name} {arguments}"), answer));
        }
    }
    answers
}

fn says(answers: &[(String, Value)], words: &str) -> usize {
    answers
        .iter()
        .filter(|(_, answer)| answer.to_string().contains(words))
        .count()
}

#[test]
fn readers_read_after_saying_why() {
    let mut scene = scene();
    let note = restrict(&mut scene);
    for app in [&mut scene.sato, &mut scene.tanaka] {
        let item = only_restricted(app);
        assert_eq!(item["householdId"], json!(scene.household));
        assert_eq!(item["kinds"], json!({ "note": 1 }));
        assert_eq!(item["readers"].as_array().unwrap().len(), 2);
    }
    // For its author it is open: she has just written it.
    assert!(attempt(&mut scene.sato, "note.get", json!({ "id": note })).is_ok());

    let tanaka = &mut scene.tanaka;
    assert!(!only_restricted(tanaka).to_string().contains(MARKER));
    let closed = attempt(tanaka, "note.get", json!({ "id": note })).unwrap_err();
    assert_eq!(closed.code, ErrorCode::NotFound);
    let blank = json!({ "id": only_restricted(tanaka)["id"], "reason": "  " });
    let blank = attempt(tanaka, "restricted.open", blank).unwrap_err();
    assert_eq!(blank.code, ErrorCode::ReasonNeeded);
    assert_eq!(open(tanaka)["opened"], json!(true));
    let read = call(tanaka, "note.get", json!({ "id": note }));
    assert!(read["text"].as_str().unwrap().contains(MARKER));
    let local = call(tanaka, "household.get", json!({ "id": scene.household }));
    assert_eq!(
        local["local"]["restrictedNotes"].as_array().unwrap().len(),
        1
    );
    let found = call(tanaka, "search", json!({ "text": MARKER }));
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let why = tanaka.store.read(|reader| reader.openings()).unwrap();
    assert_eq!(why.last().unwrap().reason, "訪問の前に確かめる");

    // An edit goes back the same way.
    call(
        tanaka,
        "note.edit",
        json!({ "id": note, "text": "書き足した。", "base": version(&read) }),
    );
    give(tanaka, &mut scene.sato);
    let read = call(&mut scene.sato, "note.get", json!({ "id": note }));
    assert_eq!(read["text"], json!("書き足した。"));
}

/// The red control is the reader's own device once the record is open: there the same comparison finds the difference.
#[test]
fn for_others_every_view_is_the_same_with_and_without_a_restricted_record() {
    let mut scene = scene();
    let household = scene.household.clone();
    let look = |app: &mut App| -> Vec<Value> {
        let by_id = |name| (name, json!({ "id": household }));
        let calls = [
            by_id("household.get"),
            by_id("history"),
            ("search", json!({ "text": MARKER })),
            ("search", json!({ "text": "夫" })),
            ("household.list", json!({})),
            ("household.list", json!({ "query": MARKER })),
            ("intake.list", json!({})),
            ("conflict.list", json!({})),
            ("today.get", json!({})),
        ];
        calls
            .into_iter()
            .map(|(name, arguments)| call(app, name, arguments))
            .collect()
    };
    let somewhere = domain::DocId::from_bytes([7; 16]).to_string();
    let ids = [household.as_str(), &somewhere];
    let without = (
        everything(&mut scene.mori, &household, &ids),
        rows(&scene.mori),
        look(&mut scene.tanaka),
        rows(&scene.tanaka),
    );
    let note = restrict(&mut scene);
    let vault = only_restricted(&mut scene.sato)["id"]
        .as_str()
        .unwrap()
        .to_owned();

    // The third, whatever she asks for, as if it were not there; asked by its name, as by a name of nothing.
    assert_eq!(everything(&mut scene.mori, &household, &ids), without.0);
    assert_eq!(rows(&scene.mori), without.1);
    let by_name = |app: &mut App, id: &str| {
        let answers = everything(app, &household, &[id]).into_iter();
        answers.map(|(_, answer)| answer).collect::<Vec<_>>()
    };
    let nothing = by_name(&mut scene.mori, &somewhere);
    for name in [&note, &vault] {
        assert_eq!(by_name(&mut scene.mori, name), nothing);
    }
    assert_eq!(
        says(
            &everything(&mut scene.mori, &household, &[&note, &vault]),
            MARKER
        ),
        0
    );

    // A reader's lists, search, timeline and counts are the same too, while the record is closed.
    assert_eq!(look(&mut scene.tanaka), without.2);
    assert_eq!(rows(&scene.tanaka), without.3);
    open(&mut scene.tanaka);
    assert_ne!(
        look(&mut scene.tanaka),
        without.2,
        "red control: opened, the same comparison finds it"
    );
    let opened = everything(&mut scene.tanaka, &household, &[&note, &vault]);
    assert!(
        says(&opened, MARKER) > 0,
        "red control: opened, the same calls show the marker"
    );
}

#[test]
fn what_a_colleague_holds_has_no_trace_but_sealed_records() {
    let mut scene = scene();
    let note = restrict(&mut scene);
    let vault = only_restricted(&mut scene.sato)["id"].clone();
    let vault: domain::DocId = vault.as_str().unwrap().parse().unwrap();
    let here = |app: &App| {
        app.store
            .read(|reader| {
                let named = reader.vault(&vault.to_bytes())?.is_some();
                let documents = reader.documents_in(&vault.to_bytes())?.len();
                let boxes = reader
                    .signed_of(store::table::trust::Signed::Keybox, &vault.to_bytes())?
                    .len();
                Ok::<_, store::Error>((named, documents, boxes > 0))
            })
            .unwrap()
    };
    assert_eq!(here(&scene.mori), (false, 0, false));
    assert_eq!(here(&scene.tanaka), (true, 1, true), "red control");
    // Whatever its tables hold, opened or sealed, none of it names the note, the vault or a word of it.
    let names = [
        MARKER.as_bytes().to_vec(),
        vault.to_bytes().to_vec(),
        note.parse::<domain::DocId>().unwrap().to_bytes().to_vec(),
    ];
    let traces = |app: &App| {
        app.store
            .read(|reader| {
                let mut bytes = Vec::new();
                for state in ["own", "applied", "held", "refused", "foreign"] {
                    bytes.extend(reader.records_in(state)?.into_iter().map(|row| row.bytes));
                }
                for row in reader.documents()? {
                    bytes.push([row.vault, row.doc].concat());
                    let changes = reader.changes(&row.vault, &row.doc)?;
                    bytes.extend(changes.into_iter().map(|change| change.bytes));
                }
                Ok::<_, store::Error>(bytes)
            })
            .unwrap()
            .iter()
            .filter(|bytes| {
                names
                    .iter()
                    .any(|name| bytes.windows(name.len()).any(|part| part == name))
            })
            .count()
    };
    assert_eq!(traces(&scene.mori), 0);
    assert!(traces(&scene.tanaka) > 0, "red control");
    let foreign = |app: &App| {
        app.store
            .read(|reader| reader.count_records("foreign"))
            .unwrap()
    };
    assert!(foreign(&scene.mori) > 0);
    // The author's box for itself is nobody else's either.
    assert_eq!(foreign(&scene.tanaka), 1);
}

#[test]
fn what_a_colleague_carries_reaches_the_reader() {
    let mut scene = scene();
    restrict(&mut scene);
    let [.., mut late] = [joining(&mut scene.sato, "遅番", 77)];
    // The record goes from its author to somebody who cannot read it, and from there to a reader.
    let note = id(&call(
        &mut scene.sato,
        "note.create",
        json!({ "householdId": scene.household, "text": "二つめ", "restrictTo": [worker(&late)] }),
    ));
    give(&mut scene.sato, &mut scene.mori);
    give(&mut scene.mori, &mut late);
    open(&mut late);
    assert_eq!(
        call(&mut late, "note.get", json!({ "id": note }))["text"],
        json!("二つめ")
    );
}

#[test]
fn fewer_than_two_readers_are_refused_and_nothing_is_made() {
    let mut scene = scene();
    let me = worker(&scene.sato);
    let before = changes(&scene.sato);
    let alone = json!({ "householdId": scene.household, "text": MARKER, "restrictTo": [me] });
    let refused = attempt(&mut scene.sato, "note.create", alone).unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooFewReaders);
    assert!(refused.view(crate::Lang::Ja).next.contains("職員1"));
    let nobody =
        json!({ "householdId": scene.household, "text": MARKER, "restrictTo": ["nobody"] });
    let refused = attempt(&mut scene.sato, "note.create", nobody).unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownWorker);
    assert_eq!(changes(&scene.sato), before);
}

#[test]
fn intakes_and_whole_households_can_be_restricted() {
    let mut scene = scene();
    let readers = [worker(&scene.tanaka)];
    let intake = call(
        &mut scene.sato,
        "intake.create",
        json!({ "text": MARKER, "callerName": "秘密 花", "restrictTo": readers }),
    );
    let household = id(&call(
        &mut scene.sato,
        "household.create",
        json!({ "name": MARKER, "restrictTo": readers, "reason": "避難中" }),
    ));
    let grown = id(&call(
        &mut scene.sato,
        "household.create",
        json!({ "name": "育った世帯", "intakeId": intake["id"] }),
    ));
    call(
        &mut scene.sato,
        "member.add",
        json!({ "householdId": household, "familyName": "秘密" }),
    );
    call(
        &mut scene.sato,
        "note.create",
        json!({ "householdId": household, "text": "避難先" }),
    );
    let round = id(&call(
        &mut scene.sato,
        "assessment.start",
        json!({ "householdId": household, "pack": "marugoto-household" }),
    ));
    call(
        &mut scene.sato,
        "assessment.answer",
        json!({ "roundId": round, "subject": "household", "item": "home_need", "value": "trouble" }),
    );
    give(&mut scene.sato, &mut scene.tanaka);
    give(&mut scene.sato, &mut scene.mori);

    let list = call(&mut scene.tanaka, "restricted.list", json!({}));
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    for item in list["items"].as_array().unwrap().clone() {
        call(
            &mut scene.tanaka,
            "restricted.open",
            json!({ "id": item["id"], "reason": "引き継ぎ" }),
        );
    }
    let view = call(
        &mut scene.tanaka,
        "household.get",
        json!({ "id": household }),
    );
    assert_eq!(view["name"], json!(MARKER));
    for part in ["members", "notes", "rounds"] {
        assert_eq!(view[part].as_array().unwrap().len(), 1, "{part}");
    }
    let view = call(&mut scene.tanaka, "household.get", json!({ "id": grown }));
    assert_eq!(view["intakes"][0]["text"], json!(MARKER));
    // Lists and counts know nothing of it, not even where it is open.
    let lists = [
        call(&mut scene.tanaka, "household.list", json!({})),
        call(&mut scene.tanaka, "intake.list", json!({})),
        call(&mut scene.tanaka, "today.get", json!({})),
    ];
    assert!(lists.iter().all(|list| !list.to_string().contains(MARKER)));
    let ids = [household.as_str(), &grown];
    let answers = everything(&mut scene.mori, &household, &ids);
    assert_eq!(says(&answers, MARKER), 0);
}

#[test]
fn a_later_reader_reads_the_history_and_a_removed_one_nothing_new() {
    let mut scene = scene();
    let note = restrict(&mut scene);
    let vault = only_restricted(&mut scene.sato)["id"].clone();
    let change = |app: &mut App, op: &str, who: String| {
        attempt(app, op, json!({ "id": vault, "workerIds": [who] }))
    };
    let (tanaka, mori) = (worker(&scene.tanaka), worker(&scene.mori));

    // Two are the least.
    let refused = change(&mut scene.sato, "access.remove", tanaka.clone()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooFewReaders);
    // She who has not opened it changes nothing.
    let refused = change(&mut scene.tanaka, "access.grant", mori.clone()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::ReasonNeeded);

    let readers = change(&mut scene.sato, "access.grant", mori).unwrap();
    assert_eq!(readers["readers"].as_array().unwrap().len(), 3);
    give(&mut scene.sato, &mut scene.mori);
    open(&mut scene.mori);
    let read = call(&mut scene.mori, "note.get", json!({ "id": note }));
    assert!(read["text"].as_str().unwrap().contains(MARKER));
    // Named later, she reads and names nobody.
    let refused = change(&mut scene.mori, "access.remove", tanaka.clone()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotSteward);

    give(&mut scene.sato, &mut scene.tanaka);
    open(&mut scene.tanaka);
    change(&mut scene.sato, "access.remove", tanaka).unwrap();
    call(
        &mut scene.sato,
        "note.edit",
        json!({ "id": note, "text": "あたらしい住まい", "base": version(&read) }),
    );
    give(&mut scene.sato, &mut scene.tanaka);
    give(&mut scene.sato, &mut scene.mori);
    let of = |app: &mut App| call(app, "note.get", json!({ "id": note }))["text"].clone();
    assert_eq!(of(&mut scene.mori), json!("あたらしい住まい"));
    assert!(of(&mut scene.tanaka).as_str().unwrap().contains(MARKER));
    // A second reader of later days opens with the newest key what was written under the first.
    let mut late = joining(&mut scene.sato, "遅番", 78);
    give(&mut scene.sato, &mut late);
    let who = worker(&late);
    change(&mut scene.sato, "access.grant", who).unwrap();
    give(&mut scene.sato, &mut late);
    open(&mut late);
    assert_eq!(of(&mut late), json!("あたらしい住まい"));
}

/// The red control of rotation: without the new key, whoever was removed reads on.
#[test]
fn without_a_new_key_a_removed_reader_would_read_on() {
    let mut scene = scene();
    let note = restrict(&mut scene);
    open(&mut scene.tanaka);
    let vault: domain::DocId = only_restricted(&mut scene.sato)["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mori = worker(&scene.mori);
    let grant = json!({ "id": vault, "workerIds": [mori] });
    call(&mut scene.sato, "access.grant", grant);
    let going = wire::ids::Device::new(scene.tanaka.identity.device);
    // As `access.remove` does it, but for the key.
    let sato = &mut scene.sato;
    sato.store
        .transact(|tx| {
            let directory = &sato.trust.directory;
            let mut roster = crate::trust::read_roster(tx, directory, &vault.to_bytes())
                .unwrap()
                .unwrap();
            let readers = wire::roster::Readers {
                stewards: [going].into(),
                devices: [going].into(),
                ..wire::roster::Readers::default()
            };
            let author = (
                wire::ids::Device::new(sato.identity.device),
                &sato.identity.sign,
            );
            let op = roster
                .write(directory, author, &wire::roster::Grant::Remove(readers))
                .unwrap();
            let row = store::table::trust::VaultBytes {
                vault: vault.to_bytes(),
                id: *op.id().as_bytes(),
                bytes: op.to_bytes(),
            };
            tx.put_signed(store::table::trust::Signed::Roster, &row, None)
        })
        .unwrap();
    let base = version(&call(&mut scene.sato, "note.get", json!({ "id": note })));
    call(
        &mut scene.sato,
        "note.edit",
        json!({ "id": note, "text": "あたらしい住まい", "base": base }),
    );
    NO_NEW_KEYS.set(true);
    give(&mut scene.sato, &mut scene.tanaka);
    NO_NEW_KEYS.set(false);
    let read = call(&mut scene.tanaka, "note.get", json!({ "id": note }));
    assert_eq!(read["text"], json!("あたらしい住まい"));
}

#[test]
fn a_new_contact_that_may_concern_a_restricted_record_is_told_to_its_readers_alone() {
    let mut scene = scene();
    restrict(&mut scene);
    let intake = call(
        &mut scene.mori,
        "intake.create",
        json!({ "callerName": "見本 梅", "text": "住民票を取りたい" }),
    );
    let other = call(
        &mut scene.mori,
        "intake.create",
        json!({ "callerName": "別の人" }),
    );
    give(&mut scene.mori, &mut scene.tanaka);
    let alerts = |app: &mut App, intake: &Value| {
        let view = call(app, "intake.get", json!({ "id": intake["id"] }));
        view["local"]["alerts"].as_array().unwrap().len()
    };
    assert_eq!(alerts(&mut scene.tanaka, &intake), 1);
    assert_eq!(alerts(&mut scene.tanaka, &other), 0);
    assert_eq!(alerts(&mut scene.mori, &intake), 0);
    let today = call(&mut scene.tanaka, "today.get", json!({}));
    assert_eq!(today["local"]["alerts"][0]["because"], json!("name"));
    // A hint is written nowhere.
    let before = changes(&scene.tanaka);
    alerts(&mut scene.tanaka, &intake);
    assert_eq!(changes(&scene.tanaka), before);
}

/// A colleague claims in the office's settings that her device is the reader's. She gets no key by that.
#[test]
fn a_claimed_name_makes_no_reader() {
    let mut scene = scene();
    let settings = scene.mori.identity.settings;
    let (device, claimed) = (scene.mori.identity.device, worker(&scene.tanaka));
    scene
        .mori
        .apply("test", |w| {
            let key = format!("{}/worker", crate::facts::said::hex(&device));
            let edit = crate::write::put(crate::facts::settings::WORKERS, key, json!(claimed));
            w.edit(&settings, record::Kind::Settings, None, &[edit])
        })
        .unwrap();
    give(&mut scene.mori, &mut scene.sato);
    let told = call(
        &mut scene.sato,
        "access.list",
        json!({ "householdId": scene.household }),
    );
    let as_tanaka = told["readers"].as_array().unwrap().iter();
    let as_tanaka = as_tanaka.filter(|reader| reader["worker"]["id"] == json!(claimed));
    assert_eq!(as_tanaka.count(), 2, "red control: the claim has arrived");
    restrict(&mut scene);
    let list = call(&mut scene.mori, "restricted.list", json!({}));
    assert_eq!(list["items"], json!([]));
    assert_eq!(
        call(&mut scene.tanaka, "restricted.list", json!({}))["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn one_reader_at_least_is_able_to_act_today() {
    let mut scene = scene();
    let devices =
        [&scene.sato, &scene.tanaka].map(|app| wire::ids::Device::new(app.identity.device));
    let readers = std::collections::BTreeSet::from(devices);
    let enough = |app: &App| crate::restricted::enough(&app.trust.directory, &app.names, &readers);
    let sato = &mut scene.sato;
    for (number, device) in devices.into_iter().rev().enumerate() {
        assert!(enough(sato).is_ok(), "{number} of two are frozen");
        let act = wire::directory::Act::Freeze { device };
        let author = wire::ids::Device::new(sato.identity.device);
        sato.trust
            .directory
            .write(&act, (author, &sato.identity.sign), None)
            .unwrap();
    }
    assert_eq!(enough(sato).unwrap_err().code, ErrorCode::TooFewReaders);
}

/// A device of the office that fills the organisation's lane fills nobody's disk.
#[test]
fn what_nobody_here_can_look_into_has_room_of_its_own_and_no_more() {
    let mut scene = scene();
    let note = restrict(&mut scene);
    for _ in 0..12 {
        // Random, so that it does not shrink.
        let noise: String = (0..1000)
            .map(|_| crate::facts::said::hex(&crypto::random::<16>()))
            .collect();
        let base = version(&call(&mut scene.sato, "note.get", json!({ "id": note })));
        let edit = json!({ "id": note, "text": noise, "base": base });
        call(&mut scene.sato, "note.edit", edit);
        let bundle = scene.sato.bundle_bytes().unwrap();
        scene.mori.import_bytes(&bundle).unwrap();
    }
    let kept = |app: &App| {
        let sato = scene.sato.identity.device;
        app.store
            .read(|reader| reader.record_bytes("foreign", &sato))
            .unwrap()
    };
    // In tests there is room for 256 KiB.
    assert!(kept(&scene.mori) <= 256 << 10);
    assert!(kept(&scene.mori) > 0);
    // Who may read it has all of it.
    let whole = scene.sato.bundle_bytes().unwrap();
    assert_eq!(scene.tanaka.import_bytes(&whole).unwrap().refused.len(), 0);
    assert_eq!(scene.mori.waiting().unwrap().held, 0);
}

/// Shut out from the office, a reader of a restricted record reads nothing that is written in it later.
#[test]
fn a_reader_who_is_shut_out_reads_on_nowhere() {
    let (mut sato, paper) = founding("佐藤", 301);
    let mut tanaka = joining(&mut sato, "田中", 302);
    let mut mori = joining(&mut sato, "森", 303);
    let paper = crypto::paper::print(&paper).to_string();
    give(&mut sato, &mut tanaka);
    give(&mut sato, &mut mori);
    let household = id(&call(
        &mut sato,
        "household.create",
        json!({ "name": "みほん家" }),
    ));
    let readers = json!([worker(&tanaka), worker(&mori)]);
    let note = id(&call(
        &mut sato,
        "note.create",
        json!({ "householdId": household, "text": "はじめ", "restrictTo": readers }),
    ));
    give(&mut sato, &mut tanaka);
    give(&mut sato, &mut mori);
    sato.revoke_device(tanaka.identity.device, Some(&paper))
        .unwrap();
    let base = version(&call(&mut sato, "note.get", json!({ "id": note })));
    let edit = json!({ "id": note, "text": "あたらしい住まい", "base": base });
    call(&mut sato, "note.edit", edit);
    let bundle = sato.bundle_bytes().unwrap();
    assert_eq!(super::changes_opened_by(&tanaka, &bundle).len(), 0);
    give(&mut sato, &mut mori);
    open(&mut mori);
    let read = call(&mut mori, "note.get", json!({ "id": note }));
    assert_eq!(read["text"], json!("あたらしい住まい"));
}
