//! The office's laptops burned. Two of three people hold a share, the hub has the records, and a fresh laptop brings the
//! office back.

use app::session::view::{DeviceAct, MakeEscrow, RecoverySheet};
use app::verify::Rebuild;
use app::{AppError, ErrorCode};
use serde_json::{Value, json};
use testkit::Laptop;
use testkit::hub::{Fate, Hub};

const MARKER: &str = "避難先は北町";

struct Scene {
    hub: Hub,
    sato: Laptop,
    paper: String,
    tanaka: Laptop,
    shares: [String; 3],
}

fn in_force(admin: &mut Laptop, paper: &str) -> [String; 3] {
    let holders = ["所長", "総務課長", "中央センター長"].map(str::to_owned);
    let request = MakeEscrow {
        holders: holders.into(),
    };
    let cards = admin.app().escrow_make(&request).unwrap();
    let (view, _) = admin.app().escrow_sign(&cards.set, Some(paper)).unwrap();
    assert_eq!(
        view.unreached,
        Some(0),
        "the office's own key is boxed at once"
    );
    let texts: Vec<String> = cards.cards.into_iter().map(|card| card.text).collect();
    texts.try_into().unwrap()
}

/// Two laptops, a household, a note that both alone read, and all of it at the hub.
fn scene() -> Scene {
    let hub = Hub::default();
    let (mut sato, sheet) = Laptop::founding("佐藤 一子", 1);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 2);
    sato.join_hub(&hub);
    let household = tanaka.call("household.create", json!({ "name": "みほん家" }));
    let own = household["leadWorker"]["id"].as_str().unwrap().to_owned();
    let with = sato.call("household.create", json!({ "name": "べつの家" }));
    let note = json!({
        "householdId": household["id"],
        "text": format!("{MARKER}。"),
        "restrictTo": [with["leadWorker"]["id"]],
    });
    assert_ne!(own, with["leadWorker"]["id"].as_str().unwrap());
    tanaka.call("note.create", note);
    let open = json!({ "householdId": household["id"], "text": "訪問した。" });
    tanaka.call("note.create", open);
    tanaka.sync(&hub);
    sato.sync(&hub);
    let shares = in_force(&mut sato, &sheet.paper_admin_key);
    sato.sync(&hub);
    Scene {
        hub,
        sato,
        paper: sheet.paper_admin_key,
        tanaka,
        shares,
    }
}

fn enter(hub: &Hub, seed: u64, shares: &[&str]) -> Result<(Laptop, RecoverySheet), AppError> {
    Laptop::entering("森 三枝", seed, shares, &mut hub.line()).map_err(|(error, _)| error)
}

fn names(laptop: &mut Laptop) -> Vec<String> {
    let list = laptop.call("household.list", json!({}));
    let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(name).collect()
}

#[test]
fn two_holders_and_the_hub_bring_an_office_back_of_which_no_laptop_is_left() {
    let Scene {
        hub,
        mut sato,
        tanaka,
        shares,
        ..
    } = scene();
    let lost = sato.app().devices().unwrap().items;
    drop((sato, tanaka));
    let (mut mori, sheet) = enter(&hub, 5, &[&shares[2], &shares[0]]).unwrap();
    assert!(sheet.recovery_code.is_empty() && !sheet.paper_admin_key.is_empty());

    // It is on record before anything else is done, and no words need be compared: the shares have told the office.
    let used = mori.app().escrow().unwrap().used;
    assert_eq!((used.len(), used[0].name.as_str()), (1, "森 三枝"));
    let log = mori.call("audit.list", json!({})).to_string();
    assert!(log.contains("escrowEnter"), "{log}");
    assert!(mori.app().office_confirmed().unwrap());

    let came = mori.sync(&hub);
    assert!(came.refused.is_empty(), "{came:?}");
    let mut all = names(&mut mori);
    all.sort();
    assert_eq!(all, ["べつの家", "みほん家"]);
    let found = mori.call("search", json!({ "text": "訪問" }));
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    // What only named people read does not come back with it.
    let restricted = mori.call("restricted.list", json!({}));
    assert_eq!(restricted["items"], json!([]));
    let found = mori.call("search", json!({ "text": MARKER }));
    assert_eq!(found["items"], json!([]));

    // The new sheet is the second signature from here on: lost laptops go, and a newer escrow comes.
    let paper = sheet.paper_admin_key;
    for device in lost {
        let act = DeviceAct {
            device: device.id,
            act: "revoke".to_owned(),
            role: None,
            reason: None,
            paper_admin_key: Some(paper.clone()),
        };
        mori.app().device_act(&act).unwrap();
    }
    in_force(&mut mori, &paper);
    assert!(mori.app().escrow().unwrap().used.is_empty());
    mori.call("household.create", json!({ "name": "あとの家" }));
    mori.sync(&hub);
    let verified = mori.verify(Rebuild::Compare);
    assert!(verified.ok && verified.findings.is_empty(), "{verified:?}");

    // The office goes on as any other.
    let mut new = Laptop::joining(&mut mori, "林 四郎", 9);
    mori.sync(&hub);
    new.sync(&hub);
    assert_eq!(names(&mut new).len(), 3);
    // The shares of before are of no use any more.
    let again = enter(&hub, 11, &[&shares[0], &shares[1]]);
    assert_eq!(again.map(drop).unwrap_err().code, ErrorCode::EscrowEarlier);
}

#[test]
fn colleagues_see_who_came_in_and_lose_nothing() {
    let mut s = scene();
    let (mut mori, _) = enter(&s.hub, 5, &[&s.shares[0], &s.shares[1]]).unwrap();
    mori.sync(&s.hub);
    s.tanaka
        .call("household.create", json!({ "name": "まだ送っていない家" }));
    s.tanaka.sync(&s.hub);
    mori.sync(&s.hub);
    assert!(names(&mut mori).contains(&"まだ送っていない家".to_owned()));
    s.sato.sync(&s.hub);
    let used = s.sato.app().escrow().unwrap().used;
    assert_eq!((used.len(), used[0].name.as_str()), (1, "森 三枝"));
    assert!(used[0].at.is_some());
    let devices = s.sato.app().devices().unwrap().items;
    let mori_here = devices.iter().find(|it| it.worker.name == "森 三枝");
    assert!(mori_here.is_some_and(|it| it.admin));
}

/// The directory is all that a thief with two shares cannot leave out.
#[test]
fn who_came_in_is_told_by_the_directory_alone() {
    let mut s = scene();
    let (mori, _) = enter(&s.hub, 5, &[&s.shares[0], &s.shares[1]]).unwrap();
    drop(mori);
    s.sato.sync(&s.hub);
    let used = s.sato.app().escrow().unwrap().used;
    assert_eq!((used.len(), used[0].at.as_deref()), (1, None));
}

#[test]
fn each_slip_on_the_way_in_is_told_apart_and_the_laptop_waits_on() {
    let s = scene();
    let [first, second, _] = s.shares.each_ref().map(String::as_str);
    let mistyped = first.replacen('\n', "\nちがう ", 1);
    let (mut other, sheet) = Laptop::founding("よその人", 9);
    let foreign = in_force(&mut other, &sheet.paper_admin_key);
    for (shares, code) in [
        (vec![first], ErrorCode::EscrowOne),
        (vec![first, first], ErrorCode::EscrowSame),
        (vec![mistyped.as_str(), second], ErrorCode::EscrowRow),
        (vec![first, foreign[1].as_str()], ErrorCode::EscrowMixed),
        (
            vec![foreign[0].as_str(), foreign[1].as_str()],
            ErrorCode::EscrowNoOffice,
        ),
    ] {
        let refused = Laptop::entering("森", 5, &shares, &mut s.hub.line());
        let (error, mut waits) = refused.map(drop).unwrap_err();
        assert_eq!(error.code, code);
        // The right shares lead in all the same.
        waits.enter(&[first, second], &mut s.hub.line()).unwrap();
    }
}

/// Each call is lost on the way there, and each answer on the way back.
#[test]
fn a_line_that_is_cut_anywhere_leaves_a_laptop_that_comes_in_with_the_same_shares() {
    let mut s = scene();
    let [first, second, _] = s.shares.each_ref().map(String::as_str);
    let calls = {
        let mut line = s.hub.line();
        Laptop::entering("森 零", 50, &[first, second], &mut line)
            .map(drop)
            .unwrap();
        line.calls
    };
    assert_eq!(calls, 8);
    let mut seed = 60;
    for fate in [Fate::LostThere, Fate::LostBack] {
        for at in 0..calls {
            seed += 1;
            let cut = fate.clone();
            let mut line = s.hub.line_that(|call| {
                if call == at {
                    cut.clone()
                } else {
                    Fate::Through
                }
            });
            let (error, mut waits) = Laptop::entering("森 三枝", seed, &[first, second], &mut line)
                .map(drop)
                .unwrap_err();
            assert_eq!(error.code, ErrorCode::HubUnreachable);
            waits.enter(&[first, second], &mut s.hub.line()).unwrap();
            waits.sync(&s.hub);
            assert_eq!(names(&mut waits).len(), 2);
        }
    }
    // Nobody came in twice.
    s.sato.sync(&s.hub);
    let devices = s.sato.app().devices().unwrap().items;
    assert_eq!(devices.len(), 2 + 1 + 2 * calls);
    let _ = &s.paper;
}

fn restricted(laptop: &mut Laptop) -> Vec<Value> {
    let list = laptop.call("restricted.list", json!({}));
    list["items"].as_array().unwrap().clone()
}

/// Both readers' laptops are lost. One of their two restricted records was given to the escrow.
#[test]
fn a_restricted_record_that_was_given_to_the_escrow_comes_back_and_the_other_leaves_no_sign() {
    let mut s = scene();
    s.tanaka.sync(&s.hub);
    let [other] = restricted(&mut s.tanaka).try_into().unwrap();
    let households = s.tanaka.call("household.list", json!({}));
    let find = |name: &str| {
        let items = households["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["name"] == json!(name));
        item.unwrap()["id"].clone()
    };
    let own = |laptop: &mut Laptop| {
        let made = laptop.call("household.create", json!({ "name": "自分の家" }));
        made["leadWorker"]["id"].clone()
    };
    let sato_id = own(&mut s.sato);
    let text = "夫には知らせない。";
    let note = json!({ "householdId": find("べつの家"), "text": text, "restrictTo": [sato_id] });
    let note = s.tanaka.call("note.create", note)["id"].clone();
    let given = restricted(&mut s.tanaka);
    let given = given.iter().find(|item| item["id"] != other["id"]).unwrap()["id"].clone();
    let access = s
        .tanaka
        .call("access.escrow", json!({ "id": given, "opens": true }));
    assert_eq!(access["escrow"]["opens"], json!(true));
    s.tanaka.sync(&s.hub);
    s.sato.sync(&s.hub);
    assert_eq!(restricted(&mut s.sato).len(), 2);
    // Written by the other reader, who never touched the escrow's part in it.
    for item in restricted(&mut s.sato) {
        let open = json!({ "id": item["id"], "reason": "引き継ぎ" });
        s.sato.call("restricted.open", open);
    }
    let base = s.sato.call("note.get", json!({ "id": note }))["version"].clone();
    let more = format!("{text}\n保育園を変えた。");
    let edit = json!({ "id": note, "text": more, "base": base });
    s.sato.call("note.edit", edit);
    s.sato.sync(&s.hub);
    let Scene { hub, shares, .. } = s;

    let (mut mori, sheet) = enter(&hub, 5, &[&shares[1], &shares[2]]).unwrap();
    let came = mori.sync(&hub);
    assert!(came.refused.is_empty(), "{came:?}");
    // Closed, as to any reader; nothing else of the two is there.
    let [item] = restricted(&mut mori).try_into().unwrap();
    assert_eq!((&item["id"], &item["opened"]), (&given, &json!(false)));
    assert!(mori.attempt("note.get", json!({ "id": note })).is_err());
    let found = mori.call("search", json!({ "text": "保育園" }));
    assert_eq!(found["items"], json!([]));
    let open = json!({ "id": given, "reason": "担当を引き継ぐ" });
    mori.call("restricted.open", open);
    let read = mori.call("note.get", json!({ "id": note }));
    assert_eq!(read["text"], json!(more));
    let found = mori.call("search", json!({ "text": MARKER }));
    assert_eq!(found["items"], json!([]));
    let log = mori.call("audit.list", json!({})).to_string();
    assert!(
        log.contains("\"grant\"") && log.contains("escrowEnter"),
        "{log}"
    );

    // Whose word it is that she reads, all readers see.
    let access = |laptop: &mut Laptop| {
        let household = json!({ "householdId": find("べつの家") });
        let view = laptop.call("access.list", household);
        view["local"]["restricted"][0].clone()
    };
    let readers = access(&mut mori)["readers"].as_array().unwrap().clone();
    assert_eq!(readers.len(), 3);
    let herself = readers
        .iter()
        .find(|it| it["worker"]["name"] == json!("森 三枝"));
    let herself = herself.unwrap();
    assert_eq!(
        (&herself["byEscrow"], &herself["keeper"], &herself["by"]),
        (&json!(true), &json!(true), &Value::Null)
    );

    // She writes on, names a colleague, and the lost ones go.
    let edit = json!({ "id": note, "text": "続きを書いた。", "base": read["version"] });
    mori.call("note.edit", edit);
    let mut hayashi = Laptop::joining(&mut mori, "林 四郎", 9);
    let hayashi_id = own(&mut hayashi);
    let coming = json!({ "id": given, "workerIds": [hayashi_id], "keeper": true });
    mori.call("access.grant", coming);
    let mut lost = vec![
        readers[0]["worker"]["id"].clone(),
        readers[1]["worker"]["id"].clone(),
    ];
    lost.extend([readers[2]["worker"]["id"].clone()]);
    lost.retain(|id| *id != herself["worker"]["id"]);
    let going = json!({ "id": given, "workerIds": lost });
    let left = mori.call("access.remove", going);
    assert_eq!(left["readers"].as_array().unwrap().len(), 2);
    mori.sync(&hub);
    hayashi.sync(&hub);
    let open = json!({ "id": given, "reason": "担当になった" });
    hayashi.call("restricted.open", open);
    let read = hayashi.call("note.get", json!({ "id": note }));
    assert_eq!(read["text"], json!("続きを書いた。"));

    // The next escrow has it too, with no hand.
    let newer = in_force(&mut mori, &sheet.paper_admin_key);
    mori.sync(&hub);
    drop((mori, hayashi));
    let (mut kato, _) = enter(&hub, 12, &[&newer[0], &newer[1]]).unwrap();
    kato.sync(&hub);
    let [item] = restricted(&mut kato).try_into().unwrap();
    let open = json!({ "id": item["id"], "reason": "立て直し" });
    kato.call("restricted.open", open);
    let read = kato.call("note.get", json!({ "id": note }));
    assert_eq!(read["text"], json!("続きを書いた。"));
    let verified = kato.verify(Rebuild::Compare);
    let codes: Vec<_> = verified
        .findings
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert!(verified.ok && codes == ["escrow_used"], "{verified:?}");
}

/// A reader whose laptop is not lost sees who came in by the escrow, and takes her out.
#[test]
fn a_reader_who_is_left_sees_who_came_in_by_the_escrow_and_takes_her_out() {
    let mut s = scene();
    s.tanaka.sync(&s.hub);
    let given = restricted(&mut s.tanaka)[0]["id"].clone();
    let open = |laptop: &mut Laptop| {
        let open = json!({ "id": given, "reason": "確かめる" });
        laptop.call("restricted.open", open);
    };
    open(&mut s.tanaka);
    s.tanaka
        .call("access.escrow", json!({ "id": given, "opens": true }));
    s.tanaka.sync(&s.hub);
    let (mut mori, _) = enter(&s.hub, 5, &[&s.shares[0], &s.shares[1]]).unwrap();
    mori.sync(&s.hub);
    s.sato.sync(&s.hub);
    open(&mut s.sato);
    let list = restricted(&mut s.sato);
    let household = json!({ "householdId": list[0]["householdId"] });
    let access = s.sato.call("access.list", household);
    let readers = access["local"]["restricted"][0]["readers"].clone();
    let came = readers.as_array().unwrap().iter();
    let came: Vec<_> = came.filter(|it| it["byEscrow"] == json!(true)).collect();
    assert_eq!(came.len(), 1);
    assert_eq!(came[0]["worker"]["name"], json!("森 三枝"));
    let going = json!({ "id": given, "workerIds": [came[0]["worker"]["id"]] });
    s.sato.call("access.remove", going);
    s.sato
        .call("access.escrow", json!({ "id": given, "opens": false }));
    s.sato.sync(&s.hub);
    mori.sync(&s.hub);
    open(&mut mori);
    let edit = "南町へ移った。";
    let note = restricted(&mut s.sato)[0]["entries"][0]["id"].clone();
    let base = s.sato.call("note.get", json!({ "id": note }))["version"].clone();
    s.sato.call(
        "note.edit",
        json!({ "id": note, "text": edit, "base": base }),
    );
    s.sato.sync(&s.hub);
    mori.sync(&s.hub);
    let read = mori.call("note.get", json!({ "id": note }))["text"].clone();
    assert!(read.as_str().unwrap().contains(MARKER), "{read}");
    s.tanaka.sync(&s.hub);
    let read = s.tanaka.call("note.get", json!({ "id": note }))["text"].clone();
    assert_eq!(read, json!(edit));
}
