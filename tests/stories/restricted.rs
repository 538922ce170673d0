//! A record that two people may read: a third carries it and cannot tell that it is there; later she may; then one goes.

use app::verify::Rebuild;
use serde_json::{Value, json};
use testkit::Laptop;

const MARKER: &str = "避難先は北町";
const DAY: i64 = 86_400_000;

fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

fn worker(laptop: &mut Laptop) -> String {
    // Whoever opens a household leads it.
    let own = laptop.call("household.create", json!({ "name": "自分を知るため" }));
    own["leadWorker"]["id"].as_str().unwrap().to_owned()
}

fn restricted(laptop: &mut Laptop) -> Vec<Value> {
    let list = laptop.call("restricted.list", json!({}));
    list["items"].as_array().unwrap().clone()
}

fn open(laptop: &mut Laptop, why: &str) {
    for item in restricted(laptop) {
        laptop.call(
            "restricted.open",
            json!({ "id": item["id"], "reason": why }),
        );
    }
}

fn shared(laptop: &mut Laptop, household: &str) -> Value {
    let mut view = laptop.call("household.get", json!({ "id": household }));
    view.as_object_mut().unwrap().remove("local");
    view
}

#[test]
fn two_read_a_third_cannot_tell_a_later_reader_reads_all_and_a_removed_one_nothing_new() {
    let (mut sato, _) = Laptop::founding("佐藤 一子", 11);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 12);
    let mut mori = Laptop::joining(&mut sato, "森 三枝", 13);
    let (tanaka_id, mori_id) = (worker(&mut tanaka), worker(&mut mori));
    let household = id(&sato.call("household.create", json!({ "name": "見本家" })));
    sato.call(
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    );
    let note = id(&sato.call(
        "note.create",
        json!({ "householdId": household, "text": format!("{MARKER}。"), "restrictTo": [tanaka_id] }),
    ));

    // By stick to the third, and from her to the reader.
    let came = sato.give(&mut mori);
    assert!(came.refused.is_empty() && came.held == 0, "{came:?}");
    assert!(restricted(&mut mori).is_empty());
    let found = mori.call("search", json!({ "text": MARKER }));
    assert_eq!(found["items"], json!([]));
    let refused = mori.attempt("note.get", json!({ "id": note })).unwrap_err();
    let nothing = mori
        .attempt("note.get", json!({ "id": household }))
        .unwrap_err();
    assert_eq!(refused.code, nothing.code);
    mori.give(&mut tanaka);
    assert_eq!(restricted(&mut tanaka).len(), 1);
    assert_eq!(
        shared(&mut tanaka, &household),
        shared(&mut mori, &household)
    );
    open(&mut tanaka, "訪問の前に確かめる");
    let read = tanaka.call("note.get", json!({ "id": note }));
    assert!(read["text"].as_str().unwrap().contains(MARKER));
    // Opened, it stands apart from what all see alike.
    assert_eq!(
        shared(&mut tanaka, &household),
        shared(&mut mori, &household)
    );

    // Locked, it is closed again.
    tanaka.restart(DAY);
    assert!(tanaka.attempt("note.get", json!({ "id": note })).is_err());
    open(&mut tanaka, "電話があった");
    assert!(tanaka.attempt("note.get", json!({ "id": note })).is_ok());

    // The check of a store counts and says the same with it and without it, and rebuilding makes no row of it.
    tanaka.give(&mut mori);
    let without = mori.verify(Rebuild::Refill);
    let with = tanaka.verify(Rebuild::Refill);
    assert!(with.ok && without.ok, "{with:?} {without:?}");
    assert_eq!(with.documents, without.documents);
    assert_eq!(with.findings, without.findings);
    assert!(tanaka.attempt("note.get", json!({ "id": note })).is_err());
    open(&mut tanaka, "電話があった");

    // The third is named later and reads what was written before.
    let vault = restricted(&mut sato)[0]["id"].clone();
    sato.call(
        "access.grant",
        json!({ "id": vault, "workerIds": [mori_id], "keeper": true }),
    );
    sato.give(&mut mori);
    open(&mut mori, "担当を引き継ぐ");
    let base = mori.call("note.get", json!({ "id": note }));
    assert!(base["text"].as_str().unwrap().contains(MARKER));

    // The second goes; the third, a keeper now, is who takes him out.
    mori.call(
        "access.remove",
        json!({ "id": vault, "workerIds": [tanaka_id] }),
    );
    mori.call(
        "note.edit",
        json!({ "id": note, "text": "南町へ移った。", "base": base["version"] }),
    );
    mori.give(&mut tanaka);
    mori.give(&mut sato);
    let of = |laptop: &mut Laptop| laptop.call("note.get", json!({ "id": note }))["text"].clone();
    assert_eq!(of(&mut sato), json!("南町へ移った。"));
    assert!(of(&mut tanaka).as_str().unwrap().contains(MARKER));
    let found = tanaka.call("search", json!({ "text": "南町" }));
    assert_eq!(found["items"], json!([]));
    // And the two who stay keep being two.
    let refused = sato
        .attempt(
            "access.remove",
            json!({ "id": vault, "workerIds": [mori_id] }),
        )
        .unwrap_err();
    assert_eq!(refused.code.as_str(), "too_few_readers");
}

#[test]
fn a_restricted_household_that_was_opened_is_found_with_its_members_and_its_last_contact() {
    let (mut sato, _) = Laptop::founding("佐藤 一子", 21);
    let mut tanaka = Laptop::joining(&mut sato, "田中 次郎", 22);
    let tanaka_id = worker(&mut tanaka);
    let readers = json!([tanaka_id]);
    let household = id(&sato.call(
        "household.create",
        json!({ "name": "秘密の家", "restrictTo": readers }),
    ));
    let member = json!({ "householdId": household, "familyName": "秘密", "givenName": "花" });
    sato.call("member.add", member);
    let note = json!({ "householdId": household, "text": "会えた。" });
    sato.call("note.create", note);
    // A record of its own beside it is none of the household's contacts.
    let beside = json!({ "householdId": household, "text": MARKER, "restrictTo": readers, "occurredAt": "2030-01-01" });
    sato.call("note.create", beside);
    sato.give(&mut tanaka);
    let find = json!({ "query": "秘密" });
    assert_eq!(
        tanaka.call("household.list", find.clone())["items"],
        json!([])
    );
    open(&mut tanaka, "訪問の前に確かめる");
    let page = tanaka.call("household.get", json!({ "id": household }));
    let found = tanaka.call("household.list", find);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let line = &found["items"][0];
    assert_eq!(line["members"], json!(["秘密 花"]));
    assert_eq!(line["lastContactAt"], page["notes"][0]["occurredAt"]);
    assert!(!line["lastContactAt"].is_null());
}
