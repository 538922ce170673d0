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
    assert_eq!(calls, 5);
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
