//! Shielded fields: only readers know the value, and nowhere else is it shown.

use serde_json::{Value, json};

use super::{everybody, household, on_day, team, worker};
use crate::App;
use crate::exchange::tests::{attempt, call, id};

const SECRET: &str = "みほん市隠町9-8-7";

fn get(app: &mut App, household: &str) -> Value {
    call(app, "household.get", json!({ "id": household }))
}

fn shared(app: &mut App, household: &str) -> Value {
    let mut view = get(app, household);
    view.as_object_mut().unwrap().remove("local");
    view
}

fn person(app: &mut App, household: &str) -> String {
    let member = json!({ "householdId": household, "familyName": "見本", "givenName": "春子" });
    id(&call(app, "member.add", member))
}

/// How often the secret stands in the bytes that this laptop has decrypted: changes, rows and searched words.
fn held(app: &App) -> usize {
    let needle = "隠町9".as_bytes();
    let count = |bytes: &[u8]| {
        bytes
            .windows(needle.len())
            .filter(|at| *at == needle)
            .count()
    };
    app.store
        .read(|reader| {
            let mut found = 0;
            for row in reader.documents()? {
                for change in reader.changes(&row.vault, &row.doc)? {
                    found += count(&change.bytes);
                }
            }
            for row in reader.all_projections()? {
                found += count(row.view.as_bytes());
            }
            for row in reader.all_indexed()? {
                found += count(row.text.as_bytes());
            }
            Ok::<_, store::Error>(found)
        })
        .unwrap()
}

/// Everything that views of the office may say to this laptop, as one text.
fn all_views(app: &mut App, household: &str, person: &str) -> String {
    let mut text = String::new();
    for (name, arguments) in [
        ("household.get", json!({ "id": household })),
        (
            "household.get",
            json!({ "id": household, "asOf": "2026-11-23" }),
        ),
        ("household.list", json!({})),
        ("household.list", json!({ "query": SECRET })),
        ("search", json!({ "text": SECRET })),
        ("search", json!({ "text": "隠町" })),
        ("history", json!({ "id": person })),
        ("history", json!({ "id": household })),
        ("today.get", json!({})),
        ("conflict.list", json!({})),
        ("link.offers", json!({})),
        ("restricted.list", json!({})),
        ("intake.list", json!({})),
    ] {
        let view = call(app, name, arguments);
        text.push_str(&serde_json::to_string(&view).unwrap());
    }
    text
}

#[test]
fn only_readers_who_opened_it_know_a_shielded_value_and_no_list_does() {
    let mut team = team(831, "worker");
    let home = household(&mut team[0], "見本家");
    let person = person(&mut team[0], &home);
    everybody(&mut team);
    let reader = worker(&team[1]);
    let shield =
        json!({ "id": person, "address": SECRET, "restrictTo": [reader], "reason": "支援措置" });
    let open = call(&mut team[0], "member.shield", shield);
    assert_eq!(open["shielded"], json!(["address"]));
    assert_eq!(open["address"], Value::Null);
    everybody(&mut team);
    for app in &mut team {
        assert_eq!(
            shared(app, &home)["members"][0]["shielded"],
            json!(["address"])
        );
    }
    assert_eq!(shared(&mut team[0], &home), shared(&mut team[2], &home));
    assert!(!all_views(&mut team[2], &home, &person).contains("隠町9"));
    assert!(
        !all_views(&mut team[1], &home, &person).contains("隠町9"),
        "closed"
    );
    assert_eq!(held(&team[2]), 0, "not a byte of it on a third laptop");
    assert!(
        held(&team[1]) > 0,
        "the red control: its reader's laptop holds it"
    );

    let list = call(
        &mut team[1],
        "restricted.list",
        json!({ "householdId": home }),
    );
    assert_eq!(list["items"][0]["kinds"], json!({ "shielded": 1 }));
    let vault = list["items"][0]["id"].clone();
    call(
        &mut team[1],
        "restricted.open",
        json!({ "id": vault, "reason": "訪問の道順を確かめる" }),
    );
    // Red control: opened, it is there, and on this page alone.
    let local = get(&mut team[1], &home)["local"]["shielded"].clone();
    assert_eq!(local[0]["address"], json!(SECRET));
    assert_eq!(local[0]["memberId"], json!(person));
    for (name, arguments) in [
        ("household.list", json!({ "query": SECRET })),
        ("search", json!({ "text": "隠町" })),
    ] {
        let found = call(&mut team[1], name, arguments);
        assert_eq!(found["items"], json!([]), "{name}");
    }
    // The reader changes it; a third is told to leave it.
    let change = json!({ "id": person, "address": "みほん市別町1" });
    call(&mut team[1], "member.shield", change.clone());
    let local = get(&mut team[1], &home)["local"]["shielded"].clone();
    assert_eq!(local.as_array().unwrap().len(), 1);
    assert_eq!(local[0]["address"], json!("みほん市別町1"));
    let refused = attempt(&mut team[2], "member.shield", change).unwrap_err();
    assert_eq!(refused.code.as_str(), "not_found");
    let typed = json!({ "id": person, "field": "address", "value": "どこか" });
    let refused = attempt(&mut team[2], "member.update", typed).unwrap_err();
    assert_eq!(refused.code.as_str(), "shielded");
}

#[test]
fn a_value_that_was_open_is_hidden_in_every_view_from_then_on() {
    let mut team = team(832, "worker");
    let home = household(&mut team[0], "見本家");
    let person = person(&mut team[0], &home);
    let typed = json!({ "id": person, "field": "address", "value": SECRET });
    call(&mut team[0], "member.update", typed);
    everybody(&mut team);
    assert!(
        all_views(&mut team[2], &home, &person).contains("隠町9"),
        "the red control"
    );
    let [first, second, third] = team;
    let mut team = [
        on_day(first, 1, 1),
        on_day(second, 1, 2),
        on_day(third, 1, 3),
    ];
    let reader = worker(&team[1]);
    let shield =
        json!({ "id": person, "address": SECRET, "restrictTo": [reader], "reason": "支援措置" });
    call(&mut team[0], "member.shield", shield);
    // At the same hour a colleague who has not heard of it writes another one.
    let moved = json!({ "id": person, "field": "address", "value": "みほん市隠町9-9" });
    call(&mut team[2], "member.update", moved);
    everybody(&mut team);
    let seen = all_views(&mut team[2], &home, &person);
    assert!(!seen.contains("隠町9"), "{seen}");
    assert_eq!(shared(&mut team[0], &home), shared(&mut team[2], &home));
    call(
        &mut team[1],
        "member.unshield",
        json!({ "id": person, "field": "address" }),
    );
    everybody(&mut team);
    assert!(all_views(&mut team[2], &home, &person).contains("隠町9-9"));
}

#[test]
fn what_is_shielded_does_not_go_along_to_another_household() {
    let mut team = team(833, "worker");
    let (home, other) = (
        household(&mut team[0], "見本家"),
        household(&mut team[0], "北町の家"),
    );
    let person = person(&mut team[0], &home);
    for (field, value) in [("phone", "090-1111-2222"), ("school", "北小学校")] {
        let typed = json!({ "id": person, "field": field, "value": value });
        call(&mut team[0], "member.update", typed);
    }
    let reader = worker(&team[1]);
    let shield = json!({ "id": person, "phone": "090-1111-2222", "restrictTo": [reader], "reason": "支援措置" });
    call(&mut team[0], "member.shield", shield);
    let going = json!({ "id": person, "householdId": home, "toHouseholdId": other, "on": "2026-11-20",
        "carry": ["phone", "school"] });
    call(&mut team[0], "member.move", going);
    let there = get(&mut team[0], &other)["members"][0].clone();
    assert_eq!(
        (&there["phone"], &there["school"]),
        (&Value::Null, &json!("北小学校"))
    );
}

#[test]
fn too_few_readers_no_field_and_a_restricted_household_are_refused() {
    let mut team = team(834, "worker");
    let home = household(&mut team[0], "見本家");
    let person = person(&mut team[0], &home);
    let reader = worker(&team[1]);
    let alone = json!({ "id": person, "address": SECRET, "restrictTo": [], "reason": "支援措置" });
    let refused = attempt(&mut team[0], "member.shield", alone).unwrap_err();
    assert_eq!(refused.code.as_str(), "too_few_readers");
    let nothing = json!({ "id": person, "restrictTo": [reader], "reason": "支援措置" });
    let refused = attempt(&mut team[0], "member.shield", nothing).unwrap_err();
    assert_eq!(refused.code.as_str(), "invalid_value");
    assert_eq!(
        shared(&mut team[0], &home)["members"][0]["shielded"],
        json!([])
    );
    let field = json!({ "id": person, "field": "note" });
    let refused = attempt(&mut team[0], "member.unshield", field).unwrap_err();
    assert_eq!(refused.code.as_str(), "unknown_field");
}
