//! April: a household passes to a colleague while both are out of the office, and a cover while one is on leave.

use app::verify::Rebuild;
use serde_json::{Value, json};
use testkit::Laptop;

const DAY: i64 = 86_400_000;

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

/// The administrator's laptop, a colleague's, the colleague's worker id, and a household that the administrator leads.
fn office(seed: u64) -> (Laptop, Laptop, String, String) {
    let (mut sato, _) = Laptop::founding("佐藤", seed);
    let household = id(&sato.call("household.create", json!({ "name": "みほん家" })));
    let mut tanaka = Laptop::joining(&mut sato, "田中", seed + 1);
    let mine = id(&tanaka.call("household.create", json!({ "name": "田中が受けた家" })));
    swap(&mut sato, &mut tanaka);
    let tanaka_id = get(&mut sato, &mine)["leadWorker"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    (sato, tanaka, tanaka_id, household)
}

fn offer(household: &str, to: &str, on: &str) -> Value {
    let words = json!({ "householdId": household, "summary": "母と息子の二人", "promise": "水曜に電話",
                        "avoid": "玄関からは入らない" });
    json!({ "households": [words], "toWorkerId": to, "on": on })
}

#[test]
fn a_household_passes_on_while_both_write_and_nothing_is_lost() {
    let (mut sato, mut tanaka, to, household) = office(701);
    let handover = sato.call("handover.offer", offer(&household, &to, "2026-11-26"));
    let handover = id(&handover["items"][0]);
    sato.give(&mut tanaka);

    // Both are away from the office. One accepts, the other goes on writing in the household.
    let seen = get(&mut tanaka, &household)["handovers"][0].clone();
    assert_eq!(seen["avoid"], json!("玄関からは入らない"));
    tanaka.call(
        "handover.answer",
        json!({ "ids": [handover], "answer": "accepted" }),
    );
    tanaka.call(
        "household.update",
        json!({ "id": household, "field": "nextOn", "value": "2026-11-26" }),
    );
    sato.call(
        "household.update",
        json!({ "id": household, "field": "promise", "value": "木曜に電話" }),
    );
    let late = sato.call(
        "note.create",
        json!({ "householdId": household, "text": "引き継ぐ前の最後の訪問。" }),
    );
    swap(&mut sato, &mut tanaka);
    assert_eq!(
        shared(&mut sato, &household),
        shared(&mut tanaka, &household)
    );
    let view = get(&mut tanaka, &household);
    assert_eq!(view["conflicts"], json!([]));
    assert_eq!(view["promise"], json!("木曜に電話"));
    assert_eq!(view["notes"][0]["id"], late["id"]);
    assert_eq!(view["leadWorker"]["name"], json!("佐藤"));
    assert_eq!(view["leadNext"]["worker"]["name"], json!("田中"));
    let told = sato.call("today.get", json!({}))["handovers"][0].clone();
    assert_eq!(told["state"], json!("accepted"));

    // The day comes, with no network and nothing written; the one who led before may still add.
    sato.restart(3 * DAY);
    tanaka.restart(3 * DAY);
    assert_eq!(
        get(&mut sato, &household)["leadWorker"]["name"],
        json!("田中")
    );
    let visits = tanaka.call("today.get", json!({}))["visits"].clone();
    assert_eq!(visits[0]["id"], json!(household));
    assert_eq!(sato.call("today.get", json!({}))["visits"], json!([]));
    sato.call(
        "note.edit",
        json!({ "id": late["id"], "text": "引き継ぐ前の最後の訪問。庭の話をした。", "base": late["version"] }),
    );
    sato.give(&mut tanaka);
    let note = tanaka.call("note.get", json!({ "id": late["id"] }));
    assert!(note["text"].as_str().unwrap().contains("庭の話"));
    for laptop in [&mut sato, &mut tanaka] {
        assert!(laptop.verify(Rebuild::Refill).ok);
    }
}

#[test]
fn an_offer_to_somebody_else_meanwhile_leaves_both_in_sight() {
    let (mut sato, mut tanaka, to, household) = office(711);
    let mut suzuki = Laptop::joining(&mut sato, "鈴木", 713);
    let theirs = id(&suzuki.call("household.create", json!({ "name": "鈴木が受けた家" })));
    swap(&mut sato, &mut suzuki);
    swap(&mut sato, &mut tanaka);
    let other = get(&mut sato, &theirs)["leadWorker"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = sato.call("handover.offer", offer(&household, &to, "2026-11-23"));
    sato.give(&mut tanaka);
    let second = sato.call("handover.offer", offer(&household, &other, "2026-11-23"));
    sato.give(&mut suzuki);

    // Both accept, neither knows of the other.
    tanaka.call(
        "handover.answer",
        json!({ "ids": [first["items"][0]["id"]], "answer": "accepted" }),
    );
    suzuki.call(
        "handover.answer",
        json!({ "ids": [second["items"][0]["id"]], "answer": "accepted" }),
    );
    tanaka.give(&mut sato);
    suzuki.give(&mut sato);
    sato.give(&mut tanaka);
    sato.give(&mut suzuki);
    for laptop in [&mut sato, &mut tanaka, &mut suzuki] {
        let view = get(laptop, &household);
        assert_eq!(view["handovers"].as_array().unwrap().len(), 2);
        let held = &view["conflicts"][0];
        assert_eq!(held["path"], json!("fields/leadWorkerId"));
        let mut values: Vec<&str> = held["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["value"].as_str().unwrap())
            .collect();
        values.sort_unstable();
        let mut both = [to.as_str(), other.as_str()];
        both.sort_unstable();
        assert_eq!(values, both);
    }
    assert_eq!(
        shared(&mut tanaka, &household),
        shared(&mut suzuki, &household)
    );
}

#[test]
fn whoever_comes_back_reads_what_happened_meanwhile() {
    let (mut sato, mut tanaka, to, household) = office(721);
    let cover = sato.call(
        "cover.start",
        json!({ "covererId": to, "until": "2026-11-25", "householdIds": [household] }),
    );
    swap(&mut sato, &mut tanaka);
    tanaka.restart(DAY);
    let covered = tanaka.call("today.get", json!({}))["covers"].clone();
    assert_eq!(covered[0]["worker"]["name"], json!("佐藤"));
    let note = tanaka.call(
        "note.create",
        json!({ "householdId": household, "text": "大家さんから電話。" }),
    );

    // Ended early on both laptops, neither knowing of the other; then back in the office.
    tanaka.call("cover.end", json!({ "id": cover["id"] }));
    sato.restart(DAY);
    sato.call("cover.end", json!({ "id": cover["id"] }));
    assert_eq!(sato.call("today.get", json!({}))["away"], json!([]));
    swap(&mut sato, &mut tanaka);
    assert_eq!(sato.call("conflict.list", json!({}))["items"], json!([]));
    let line = sato.call("today.get", json!({}))["away"][0].clone();
    assert_eq!(line["id"], cover["id"]);
    let away = sato.call("cover.away", json!({ "id": cover["id"] }));
    assert_eq!(away["households"][0]["items"][0]["id"], note["id"]);
    sato.call("cover.read", json!({ "id": cover["id"] }));
    assert_eq!(sato.call("today.get", json!({}))["away"], json!([]));
    swap(&mut sato, &mut tanaka);
    assert_eq!(
        sato.call("cover.list", json!({})),
        tanaka.call("cover.list", json!({}))
    );
}
