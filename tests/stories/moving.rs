//! Two colleagues away from the office: a member who moves, a household taken in twice, and an address that only two
//! people may know.

use app::verify::Rebuild;
use serde_json::{Value, json};
use testkit::Laptop;

const ADDRESS: &str = "みほん市隠町九丁目八番";

fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

fn get(laptop: &mut Laptop, household: &str) -> Value {
    laptop.call("household.get", json!({ "id": household }))
}

/// A household view without what concerns only one laptop.
fn shared(laptop: &mut Laptop, household: &str) -> Value {
    let mut view = get(laptop, household);
    view.as_object_mut().unwrap().remove("local");
    view
}

fn swap(one: &mut Laptop, two: &mut Laptop) {
    one.give(two);
    two.give(one);
}

fn worker(laptop: &mut Laptop) -> String {
    let own = laptop.call("household.create", json!({ "name": "自分を知るため" }));
    own["leadWorker"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_daughter_moves_while_both_write_and_a_household_taken_in_twice_becomes_one() {
    let (mut sato, _) = Laptop::founding("佐藤", 841);
    let mut tanaka = Laptop::joining(&mut sato, "田中", 842);
    let home = id(&sato.call("household.create", json!({ "name": "見本家" })));
    let daughter = json!({ "householdId": home, "familyName": "見本", "givenName": "花子",
        "familyKana": "ミホン", "givenKana": "ハナコ", "birth": "H16.5.2" });
    let daughter = id(&sato.call("member.add", daughter));
    swap(&mut sato, &mut tanaka);

    // She moves into a household of her own; the colleague, away, takes her in as somebody new and writes about her here.
    let going = json!({ "id": daughter, "householdId": home, "newHousehold": "花子さんの世帯", "on": "2026-11-20" });
    let gone = sato.call("member.move", going);
    let own = gone["movedTo"]["householdId"].as_str().unwrap().to_owned();
    let twin = id(&tanaka.call("household.create", json!({ "name": "みほん花子さん" })));
    let double = json!({ "householdId": twin, "familyName": "見本", "givenName": "はな子",
        "familyKana": "みほん", "givenKana": "はなこ", "birth": "2004-05-02" });
    tanaka.call("member.add", double);
    tanaka.call(
        "note.create",
        json!({ "householdId": twin, "text": "新しい部屋を見た。" }),
    );
    tanaka.call(
        "member.update",
        json!({ "id": daughter, "field": "note", "value": "夜勤の仕事" }),
    );
    swap(&mut sato, &mut tanaka);
    let kept = get(&mut sato, &home)["members"][0].clone();
    assert_eq!(
        kept["note"],
        json!("夜勤の仕事"),
        "nothing is lost where she left"
    );

    // Found: her own household and the twin; and the one she left, where nobody said yet what the twin is.
    let offers = |laptop: &mut Laptop, household: &str| {
        let list = laptop.call("link.offers", json!({ "householdId": household }));
        list["items"].as_array().unwrap().clone()
    };
    let found = offers(&mut tanaka, &own);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["b"]["id"], json!(twin));
    let pair = json!([{ "a": found[0]["people"][0]["a"], "b": found[0]["people"][0]["b"] }]);
    let link = json!({ "kind": "same_household", "a": own, "b": twin, "samePeople": pair });
    tanaka.call("link.make", link);
    swap(&mut sato, &mut tanaka);
    assert!(offers(&mut sato, &own).is_empty());
    assert!(
        offers(&mut sato, &home).is_empty(),
        "she is known there now"
    );
    for place in [&home, &own, &twin] {
        assert_eq!(shared(&mut sato, place), shared(&mut tanaka, place));
    }
    let joined = get(&mut sato, &own)["linked"][0].clone();
    assert_eq!(joined["notes"][0]["text"], json!("新しい部屋を見た。"));
    sato.restart(0);
    assert_eq!(shared(&mut sato, &own), shared(&mut tanaka, &own));
    for laptop in [&mut sato, &mut tanaka] {
        let checked = laptop.verify(Rebuild::Refill);
        assert!(checked.ok, "{checked:?}");
    }
}

#[test]
fn a_shielded_address_passes_through_a_laptop_that_cannot_tell_it_and_is_read_by_who_may() {
    let (mut sato, _) = Laptop::founding("佐藤", 851);
    let mut tanaka = Laptop::joining(&mut sato, "田中", 852);
    let mut mori = Laptop::joining(&mut sato, "森", 853);
    let reader = worker(&mut tanaka);
    let home = id(&sato.call("household.create", json!({ "name": "見本家" })));
    let member = json!({ "householdId": home, "familyName": "見本", "givenName": "春子" });
    let member = id(&sato.call("member.add", member));
    let shield =
        json!({ "id": member, "address": ADDRESS, "restrictTo": [reader], "reason": "支援措置" });
    sato.call("member.shield", shield);
    for _ in 0..2 {
        sato.give(&mut mori);
        mori.give(&mut tanaka);
        tanaka.give(&mut sato);
    }
    let seen = shared(&mut mori, &home);
    assert_eq!(seen["members"][0]["shielded"], json!(["address"]));
    assert_eq!(seen, shared(&mut tanaka, &home));
    let found = mori.call("search", json!({ "text": ADDRESS }));
    assert_eq!(found["items"], json!([]));
    assert_eq!(mori.call("restricted.list", json!({}))["items"], json!([]));
    // The red control: it came to the reader through her laptop, and there it is.
    let list = tanaka.call("restricted.list", json!({}));
    let open = json!({ "id": list["items"][0]["id"], "reason": "訪問の道順" });
    tanaka.call("restricted.open", open);
    let local = get(&mut tanaka, &home)["local"]["shielded"].clone();
    assert_eq!(local[0]["address"], json!(ADDRESS));
}
