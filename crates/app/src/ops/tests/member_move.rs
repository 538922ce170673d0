//! A member moves to another household.

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

/// A daughter with all that can be known of her.
fn daughter(app: &mut App, household: &str) -> String {
    let member = json!({ "householdId": household, "familyName": "見本", "givenName": "花子",
        "familyKana": "ミホン", "givenKana": "ハナコ", "birth": "H16.5.2", "sex": "female",
        "phone": "090-1111-2222", "note": "朝は電話に出ない" });
    id(&call(app, "member.add", member))
}

fn going(person: &str, from: &str, to: &str, on: &str) -> Value {
    json!({ "id": person, "householdId": from, "toHouseholdId": to, "on": on })
}

fn members(view: &Value) -> Vec<Value> {
    view["members"].as_array().unwrap().clone()
}

fn undecided(app: &mut App, household: &str) -> Vec<Value> {
    let list = call(app, "conflict.list", json!({ "householdId": household }));
    list["items"].as_array().unwrap().clone()
}

#[test]
fn a_member_leaves_here_and_joins_there_and_undo_takes_both_back() {
    let mut team = team(811, "worker");
    let app = &mut team[0];
    let (home, other) = (household(app, "見本家"), household(app, "北町の家"));
    let person = daughter(app, &home);
    let before = (shared(app, &home), shared(app, &other));
    let mut arguments = going(&person, &home, &other, "2026-11-20");
    arguments["reason"] = json!("marriage");
    arguments["role"] = json!("partner");
    let gone = call(app, "member.move", arguments);
    assert_eq!(gone["leftOn"], json!("2026-11-20"));
    assert_eq!(gone["leaveReason"], json!("marriage"));
    assert_eq!(gone["movedTo"]["householdName"], json!("北町の家"));
    assert_eq!(
        gone["phone"],
        json!("090-1111-2222"),
        "nothing is lost here"
    );

    let there = members(&get(app, &other))[0].clone();
    assert_eq!(gone["movedTo"]["personId"], there["id"]);
    assert_eq!(there["givenName"], json!("花子"));
    assert_eq!(there["birth"]["iso"], json!("2004-05-02"));
    assert_eq!(there["joinedOn"], json!("2026-11-20"));
    assert_eq!(there["movedFrom"]["householdId"], json!(home));
    assert_eq!(there["samePersonAs"], json!([person]));
    assert_eq!(
        (&there["phone"], &there["note"]),
        (&Value::Null, &Value::Null),
        "only what was asked for goes along"
    );
    everybody(&mut team);
    for place in [&home, &other] {
        let first = shared(&mut team[0], place);
        assert_eq!(first, shared(&mut team[1], place));
    }
    call(&mut team[0], "undo", json!({}));
    assert_eq!(members(&before.0).len(), 1);
    let now = get(&mut team[0], &home);
    assert_eq!(members(&now)[0]["leftOn"], Value::Null);
    assert_eq!(members(&now)[0]["movedTo"], Value::Null);
    assert_eq!(members(&now)[0]["samePersonAs"], json!([]));
    assert!(members(&get(&mut team[0], &other)).is_empty());
    everybody(&mut team);
    assert!(members(&get(&mut team[1], &other)).is_empty());
    // And once more, now that it was taken back.
    call(
        &mut team[1],
        "member.move",
        going(&person, &home, &other, "2026-11-21"),
    );
    everybody(&mut team);
    assert_eq!(members(&get(&mut team[0], &other)).len(), 1);
}

#[test]
fn what_is_named_goes_along_and_what_is_unknown_or_impossible_is_refused() {
    let mut team = team(812, "worker");
    let app = &mut team[0];
    let (home, other) = (household(app, "見本家"), household(app, "北町の家"));
    let person = daughter(app, &home);
    for (name, value) in [
        ("carry", json!(["address_of_god"])),
        ("toHouseholdId", json!(home)),
        ("on", json!("2026")),
        ("on", json!("11月31日")),
        ("newHousehold", json!("二つの行き先")),
    ] {
        let mut arguments = going(&person, &home, &other, "2026-11-20");
        arguments[name] = value;
        attempt(app, "member.move", arguments).unwrap_err();
        assert!(members(&get(app, &other)).is_empty(), "{name}");
    }
    let stranger = going(&other, &home, &other, "2026-11-20");
    let refused = attempt(app, "member.move", stranger).unwrap_err();
    assert_eq!(refused.code.as_str(), "unknown_subject");
    let own = json!({ "id": person, "householdId": home, "newHousehold": "花子さんの世帯",
        "on": "2026-11-20", "carry": ["phone", "note"] });
    let gone = call(app, "member.move", own);
    assert_eq!(gone["movedTo"]["householdName"], json!("花子さんの世帯"));
    let own = gone["movedTo"]["householdId"].as_str().unwrap().to_owned();
    let there = members(&get(app, &own))[0].clone();
    assert_eq!(there["phone"], json!("090-1111-2222"));
    assert_eq!(there["note"], json!("朝は電話に出ない"));
    assert_eq!(there["birth"], Value::Null);
}

#[test]
fn who_comes_back_is_the_same_person_here() {
    let mut team = team(813, "worker");
    let app = &mut team[0];
    let (home, other) = (household(app, "見本家"), household(app, "北町の家"));
    let person = daughter(app, &home);
    call(
        app,
        "member.move",
        going(&person, &home, &other, "2026-10-01"),
    );
    let there = id(&members(&get(app, &other))[0]);
    call(
        app,
        "member.move",
        going(&there, &other, &home, "2026-11-20"),
    );
    let back = members(&get(app, &home));
    assert_eq!(back.len(), 1);
    assert_eq!(id(&back[0]), person);
    assert_eq!(back[0]["leftOn"], Value::Null);
    assert_eq!(back[0]["joinedOn"], json!("2026-11-20"));
    assert_eq!(back[0]["movedFrom"]["householdId"], json!(other));
}

#[test]
fn two_laptops_that_move_a_member_alike_make_one_person_there() {
    let mut team = team(814, "worker");
    let (home, other) = (
        household(&mut team[0], "見本家"),
        household(&mut team[0], "北町の家"),
    );
    let person = daughter(&mut team[0], &home);
    everybody(&mut team);
    for app in team.iter_mut().take(2) {
        call(
            app,
            "member.move",
            going(&person, &home, &other, "2026-11-20"),
        );
    }
    everybody(&mut team);
    for app in &mut team {
        let there = members(&get(app, &other));
        assert_eq!(there.len(), 1);
        assert_eq!(there[0]["movedFrom"]["undecided"], json!(false));
        assert!(undecided(app, &home).is_empty());
    }
}

#[test]
fn two_laptops_that_move_a_member_differently_show_both_and_one_decides() {
    let mut team = team(815, "worker");
    let home = household(&mut team[0], "見本家");
    let (north, south) = (
        household(&mut team[0], "北町の家"),
        household(&mut team[0], "南町の家"),
    );
    let person = daughter(&mut team[0], &home);
    everybody(&mut team);
    call(
        &mut team[0],
        "member.move",
        going(&person, &home, &north, "2026-11-20"),
    );
    call(
        &mut team[1],
        "member.move",
        going(&person, &home, &south, "2026-11-20"),
    );
    everybody(&mut team);
    for app in &mut team {
        for place in [&north, &south] {
            let there = members(&get(app, place))[0].clone();
            assert_eq!(there["leftOn"], Value::Null, "both stand");
            assert_eq!(there["movedFrom"]["undecided"], json!(true));
        }
        let standing = undecided(app, &home);
        assert_eq!(standing.len(), 1);
        let mut names: Vec<_> = standing[0]["values"].as_array().unwrap().clone();
        names.sort_by_key(|held| held["label"].to_string());
        let names: Vec<_> = names.iter().map(|held| held["label"].clone()).collect();
        assert_eq!(names, [json!("北町の家"), json!("南町の家")]);
    }
    let standing = undecided(&mut team[2], &home);
    call(
        &mut team[2],
        "conflict.resolve",
        json!({ "id": standing[0]["id"], "value": south }),
    );
    everybody(&mut team);
    for app in &mut team {
        assert!(undecided(app, &home).is_empty());
        let lost = members(&get(app, &north))[0].clone();
        assert_eq!(lost["leaveReason"], json!("elsewhere"), "seen, and gone");
        let kept = members(&get(app, &south))[0].clone();
        assert_eq!(kept["leftOn"], Value::Null);
        assert_eq!(kept["movedFrom"]["undecided"], json!(false));
        let gone = members(&get(app, &home))[0].clone();
        assert_eq!(gone["movedTo"]["householdId"], json!(south));
    }
    // Taken back, it is open again.
    call(&mut team[2], "undo", json!({}));
    everybody(&mut team);
    assert_eq!(undecided(&mut team[0], &home).len(), 1);
    assert_eq!(
        members(&get(&mut team[0], &north))[0]["leftOn"],
        Value::Null
    );
}

#[test]
fn a_household_that_everybody_sees_names_no_restricted_one() {
    let mut team = team(816, "worker");
    let home = household(&mut team[0], "見本家");
    let person = daughter(&mut team[0], &home);
    everybody(&mut team);
    let reader = worker(&team[1]);
    let refuge = json!({ "name": "避難先の家", "restrictTo": [reader], "reason": "避難" });
    let refuge = id(&call(&mut team[0], "household.create", refuge));
    call(
        &mut team[0],
        "member.move",
        going(&person, &home, &refuge, "2026-11-20"),
    );
    everybody(&mut team);
    let gone = members(&shared(&mut team[0], &home))[0].clone();
    assert_eq!(gone["leftOn"], json!("2026-11-20"));
    assert_eq!(
        (&gone["movedTo"], &gone["samePersonAs"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(shared(&mut team[0], &home), shared(&mut team[2], &home));
    let seen = serde_json::to_string(&shared(&mut team[2], &home)).unwrap();
    assert!(!seen.contains(&refuge));
    // The readers see where she came from.
    let there = members(&get(&mut team[0], &refuge))[0].clone();
    assert_eq!(there["movedFrom"]["householdId"], json!(home));
    assert_eq!(there["samePersonAs"], json!([person]));
}
