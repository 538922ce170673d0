//! The same household or person entered twice: found after a merge, joined, and taken apart again.

use serde_json::{Value, json};

use super::{everybody, household, team, worker};
use crate::App;
use crate::exchange::tests::{attempt, call, id};

fn get(app: &mut App, household: &str) -> Value {
    call(app, "household.get", json!({ "id": household }))
}

fn shared(app: &mut App, household: &str) -> Value {
    let mut view = get(app, household);
    view.as_object_mut().unwrap().remove("local");
    view
}

fn offers(app: &mut App) -> Vec<Value> {
    let list = call(app, "link.offers", json!({}));
    list["items"].as_array().unwrap().clone()
}

fn mother(household: &str) -> Value {
    json!({ "householdId": household, "familyName": "見本", "givenName": "春子",
        "familyKana": "ミホン", "givenKana": "ハルコ", "birth": "S35.1.8" })
}

/// Two colleagues who are away take in the same household: by reading and birth of the mother.
fn twice(seed: u64) -> ([App; 3], String, String, [String; 2]) {
    let mut team = team(seed, "worker");
    let one = household(&mut team[0], "見本家");
    let two = household(&mut team[1], "みほんさん");
    let mothers = [
        id(&call(&mut team[0], "member.add", mother(&one))),
        id(&call(&mut team[1], "member.add", mother(&two))),
    ];
    call(
        &mut team[0],
        "note.create",
        json!({ "householdId": one, "text": "窓口で会った。" }),
    );
    call(
        &mut team[1],
        "note.create",
        json!({ "householdId": two, "text": "電話で話した。" }),
    );
    (team, one, two, mothers)
}

#[test]
fn the_same_household_entered_twice_is_found_after_the_merge_and_shown_as_one() {
    let (mut team, one, two, mothers) = twice(821);
    assert!(offers(&mut team[0]).is_empty());
    everybody(&mut team);
    for app in &mut team {
        let found = offers(app);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["because"], json!(["name"]));
        assert_eq!(found[0]["people"].as_array().unwrap().len(), 1);
        let own = call(app, "link.offers", json!({ "householdId": two }));
        assert_eq!(
            own["items"][0]["a"]["id"],
            json!(two),
            "the asked one first"
        );
        assert_eq!(own["items"][0]["people"][0]["a"], json!(mothers[1]));
    }
    let before = (shared(&mut team[2], &one), shared(&mut team[2], &two));
    let link = json!({ "kind": "same_household", "a": one, "b": two, "reason": "同じ住所で確かめた",
        "samePeople": [{ "a": mothers[0], "b": mothers[1] }] });
    call(&mut team[2], "link.make", link);
    everybody(&mut team);
    for app in &mut team {
        assert!(offers(app).is_empty());
        let view = get(app, &one);
        let other = &view["linked"][0];
        assert_eq!(other["household"]["id"], json!(two));
        assert_eq!(other["notes"][0]["text"], json!("電話で話した。"));
        assert_eq!(other["members"][0]["samePersonAs"], json!([mothers[0]]));
        assert_eq!(view["links"][0]["reason"], json!("同じ住所で確かめた"));
        assert_eq!(get(app, &two)["linked"][0]["household"]["id"], json!(one));
        let hits = call(app, "search", json!({ "text": "窓口で" }));
        assert_eq!(hits["items"][0]["linked"][0]["id"], json!(two));
        let rows = call(app, "household.list", json!({ "query": "見本家" }));
        let ids: Vec<_> = rows["items"].as_array().unwrap().iter().map(id).collect();
        assert!(ids.contains(&one) && ids.contains(&two));
    }
    // Taken back, it is as it was.
    call(&mut team[0], "link.retract", json!({ "a": two, "b": one }));
    let persons = json!({ "a": mothers[1], "b": mothers[0] });
    call(&mut team[0], "link.retract", persons);
    everybody(&mut team);
    for app in &mut team {
        assert_eq!((shared(app, &one), shared(app, &two)), before);
        assert_eq!(offers(app).len(), 1);
    }
    let nothing = attempt(&mut team[0], "link.retract", json!({ "a": two, "b": one }));
    assert_eq!(nothing.unwrap_err().code.as_str(), "not_found");
}

#[test]
fn undo_takes_a_link_back_with_its_people() {
    let (mut team, one, two, mothers) = twice(822);
    everybody(&mut team);
    let before = shared(&mut team[0], &one);
    let link = json!({ "kind": "same_household", "a": one, "b": two,
        "samePeople": [{ "a": mothers[0], "b": mothers[1] }] });
    call(&mut team[0], "link.make", link.clone());
    assert_ne!(shared(&mut team[0], &one), before);
    call(&mut team[0], "undo", json!({}));
    assert_eq!(shared(&mut team[0], &one), before);
    call(&mut team[0], "redo", json!({}));
    assert_eq!(
        get(&mut team[0], &one)["linked"].as_array().unwrap().len(),
        1
    );
    call(&mut team[0], "undo", json!({}));
    call(&mut team[0], "link.make", link);
    assert_eq!(
        get(&mut team[0], &one)["linked"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn another_household_is_not_asked_about_again() {
    let (mut team, one, two, _) = twice(823);
    everybody(&mut team);
    let not = json!({ "kind": "not_same", "a": one, "b": two, "reason": "同姓同名の別の方" });
    call(&mut team[1], "link.make", not);
    everybody(&mut team);
    for app in &mut team {
        assert!(offers(app).is_empty());
        let view = get(app, &one);
        assert_eq!(view["linked"], json!([]));
        assert_eq!(view["links"][0]["kind"], json!("not_same"));
    }
}

#[test]
fn two_who_judge_differently_both_stand_join_nothing_and_one_decides() {
    let (mut team, one, two, _) = twice(824);
    everybody(&mut team);
    let say = |kind: &str| json!({ "kind": kind, "a": one, "b": two });
    call(&mut team[0], "link.make", say("same_household"));
    call(&mut team[1], "link.make", say("not_same"));
    everybody(&mut team);
    for app in &mut team {
        let view = get(app, &two);
        assert_eq!(view["linked"], json!([]));
        let values = view["links"][0]["conflict"]["values"].as_array().unwrap();
        assert_eq!(values.len(), 2);
        assert!(offers(app).is_empty());
    }
    let conflict = get(&mut team[2], &one)["links"][0]["conflict"]["id"].clone();
    let decision = json!({ "id": conflict, "value": "same_household" });
    call(&mut team[2], "conflict.resolve", decision);
    everybody(&mut team);
    for app in &mut team {
        let view = get(app, &one);
        assert_eq!(view["linked"][0]["household"]["id"], json!(two));
        assert_eq!(view["links"][0]["conflict"], Value::Null);
    }
}

#[test]
fn two_who_judge_alike_make_one_link() {
    let (mut team, one, two, _) = twice(825);
    everybody(&mut team);
    for app in team.iter_mut().take(2) {
        let link = json!({ "kind": "same_household", "a": one, "b": two });
        call(app, "link.make", link);
    }
    everybody(&mut team);
    for app in &mut team {
        let links = get(app, &one)["links"].as_array().unwrap().clone();
        assert_eq!(links.len(), 1);
        assert_eq!(links[0]["conflict"], Value::Null);
    }
}

#[test]
fn a_restricted_household_is_offered_to_nobody_and_its_link_is_seen_by_readers_alone() {
    let mut team = team(826, "worker");
    let one = household(&mut team[0], "見本家");
    call(&mut team[0], "member.add", mother(&one));
    let reader = worker(&team[1]);
    let hidden = json!({ "name": "避難した世帯", "restrictTo": [reader], "reason": "避難" });
    let hidden = id(&call(&mut team[0], "household.create", hidden));
    call(&mut team[0], "member.add", mother(&hidden));
    everybody(&mut team);
    for app in &mut team {
        assert!(offers(app).is_empty());
    }
    // Red control: the same two in the open are found.
    let open = household(&mut team[0], "開いた世帯");
    call(&mut team[0], "member.add", mother(&open));
    assert_eq!(offers(&mut team[0]).len(), 1);
    call(&mut team[0], "undo", json!({}));
    let link = json!({ "kind": "same_household", "a": one, "b": hidden });
    call(&mut team[0], "link.make", link);
    everybody(&mut team);
    assert_eq!(shared(&mut team[0], &one), shared(&mut team[2], &one));
    assert_eq!(shared(&mut team[2], &one)["links"], json!([]));
    let local = get(&mut team[0], &one)["local"]["linked"].clone();
    assert_eq!(local[0]["household"]["id"], json!(hidden));
    assert_eq!(get(&mut team[2], &one)["local"]["linked"], json!([]));
}

#[test]
fn a_telephone_that_many_share_is_no_sign_and_one_that_two_share_is() {
    let mut team = team(827, "worker");
    let app = &mut team[0];
    let with = |app: &mut App| {
        let home = household(app, "");
        let phone = json!({ "householdId": home, "phone": "03-1234-5678" });
        call(app, "member.add", phone)
    };
    with(app);
    with(app);
    assert_eq!(offers(app)[0]["because"], json!(["phone"]));
    for _ in 0..5 {
        with(app);
    }
    assert!(offers(app).is_empty());
}

#[test]
fn a_change_for_a_person_is_offered_to_their_other_household_and_never_pushed() {
    let (mut team, one, two, mothers) = twice(828);
    everybody(&mut team);
    let link = json!({ "kind": "same_person", "a": mothers[0], "b": mothers[1] });
    call(&mut team[0], "link.make", link);
    everybody(&mut team);
    let update =
        |id: &str, field: &str, value: &str| json!({ "id": id, "field": field, "value": value });
    let [first, second, third] = team;
    let mut team = [
        super::on_day(first, 1, 1),
        super::on_day(second, 1, 2),
        super::on_day(third, 1, 3),
    ];
    call(
        &mut team[1],
        "member.update",
        update(&mothers[1], "phone", "090-5555-6666"),
    );
    everybody(&mut team);
    let offered = get(&mut team[0], &one)["offered"][0].clone();
    assert_eq!(offered["value"], json!("090-5555-6666"));
    assert_eq!(offered["household"]["id"], json!(two));
    let own = get(&mut team[0], &one)["members"][0]["phone"].clone();
    assert_eq!(own, Value::Null, "offered, not pushed");
    assert_eq!(
        get(&mut team[0], &two)["offered"],
        json!([]),
        "not back to where it came from"
    );
    // Left there, it is not offered again; the next change is.
    let decline = json!({ "id": mothers[0], "field": "phone", "value": "090-5555-6666" });
    call(&mut team[0], "member.decline", decline);
    everybody(&mut team);
    assert_eq!(get(&mut team[2], &one)["offered"], json!([]));
    call(
        &mut team[1],
        "member.update",
        update(&mothers[1], "phone", "090-7777-8888"),
    );
    everybody(&mut team);
    assert_eq!(
        get(&mut team[2], &one)["offered"][0]["value"],
        json!("090-7777-8888")
    );
    call(
        &mut team[2],
        "member.update",
        update(&mothers[0], "phone", "090-7777-8888"),
    );
    assert_eq!(get(&mut team[2], &one)["offered"], json!([]));
    // Red control of the shield: what is shielded anywhere is offered nowhere.
    call(
        &mut team[1],
        "member.update",
        update(&mothers[1], "address", "みほん市北町1-2-3"),
    );
    everybody(&mut team);
    assert_eq!(
        get(&mut team[2], &one)["offered"].as_array().unwrap().len(),
        1
    );
    let reader = worker(&team[1]);
    let shield =
        json!({ "id": mothers[0], "school": "", "restrictTo": [reader], "reason": "支援措置" });
    call(&mut team[2], "member.shield", shield);
    assert_eq!(get(&mut team[2], &one)["offered"], json!([]));
}
