//! Deciding between two views: by one of them, or by a third that goes through the checks of its field.

use record::Kind;
use serde_json::json;

use super::*;
use crate::facts::said::FIELDS;
use crate::facts::settings::WORKERS;
use crate::write::put;

/// Two devices with the same records, and the arguments that name each of them.
struct Shared {
    sato: App,
    tanaka: App,
    household: Value,
    member: Value,
    round: Value,
    note: Value,
    intake: Value,
    memo: Value,
}

fn begun() -> Shared {
    let [mut sato, mut tanaka] = office(11);
    let household = call(&mut sato, "household.create", json!({}))["id"].clone();
    let inside = json!({ "householdId": household });
    let member = call(&mut sato, "member.add", inside.clone())["id"].clone();
    let note = call(&mut sato, "note.create", inside)["id"].clone();
    let started = json!({ "householdId": household, "pack": "marugoto-household" });
    let round = call(&mut sato, "assessment.start", started)["id"].clone();
    let intake = call(&mut sato, "intake.create", json!({}))["id"].clone();
    let memo = call(&mut sato, "memo.create", json!({ "text": "電話" }))["id"].clone();
    give(&mut sato, &mut tanaka);
    Shared {
        sato,
        tanaka,
        household,
        member,
        round,
        note,
        intake,
        memo,
    }
}

/// On the one point on which two views stand, each of `bad` is refused and writes nothing, and `good` decides.
fn decides(sato: &mut App, tanaka: &mut App, bad: &[Value], good: &Value) {
    give(tanaka, sato);
    let list = call(sato, "conflict.list", json!({}));
    let conflicts = list["items"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    let (conflict, path) = (id(&conflicts[0]), &conflicts[0]["path"]);
    for value in bad {
        let before = (sato.store.counter(), rows(sato), changes(sato));
        let arguments = json!({ "id": conflict, "value": value });
        let refused = attempt(sato, "conflict.resolve", arguments).unwrap_err();
        assert_eq!(refused.code.as_str(), "invalid_value", "{path}: {value}");
        let after = (sato.store.counter(), rows(sato), changes(sato));
        assert_eq!(after, before, "{path}: {value}");
    }
    let arguments = json!({ "id": conflict, "value": good });
    let left = call(sato, "conflict.resolve", arguments);
    assert_eq!(left["items"], json!([]), "{path}: {good}");
}

/// Both write with one operation, in one field, and `read` shows the third value that decided.
fn by_a_third_value(
    [operation, field]: [&str; 2],
    of: impl Fn(&Shared) -> Value,
    [one, two, third]: [Value; 3],
    bad: &[Value],
) {
    let mut shared = begun();
    let mut arguments = of(&shared);
    for (app, value) in [(&mut shared.sato, one), (&mut shared.tanaka, two)] {
        arguments[field] = value;
        call(app, operation, arguments.clone());
    }
    decides(&mut shared.sato, &mut shared.tanaka, bad, &third);
    let all = rows(&shared.sato);
    let shown = third.to_string();
    // An answer's words are not in a list.
    let told = operation == "assessment.answer"
        || field != "value"
        || all
            .iter()
            .any(|row| row.view.contains(shown.trim_matches(['[', ']'])));
    assert!(told, "{operation}: {third}");
}

fn strange() -> [Value; 3] {
    [json!(7), json!({ "a": 1 }), json!("二行\nある")]
}

#[test]
fn a_third_value_of_a_household_goes_through_the_checks_of_its_field() {
    let stage = |s: &Shared| json!({ "id": s.household, "field": "stage" });
    let values = [json!("support"), json!("closed"), json!("monitoring")];
    by_a_third_value(["household.update", "value"], stage, values, &strange());
    let next = |s: &Shared| json!({ "id": s.household, "field": "nextOn" });
    let values = [
        json!("2026-12-01"),
        json!("2026-12-02"),
        json!("2026-12-03"),
    ];
    let bad = [json!(7), json!("2027"), json!(["2026-12-01"])];
    by_a_third_value(["household.update", "value"], next, values, &bad);
}

#[test]
fn a_third_value_of_a_membership_goes_through_the_checks_of_its_field() {
    let role = |s: &Shared| json!({ "id": s.member, "field": "role" });
    let values = [json!("head"), json!("child"), json!("parent")];
    by_a_third_value(["member.update", "value"], role, values, &strange());
    let leaving = |s: &Shared| json!({ "id": s.member, "householdId": s.household });
    let values = [
        json!("2026-11-01"),
        json!("2026-11-02"),
        json!("2026-11-03"),
    ];
    let bad = [json!(7), json!("2026-10"), json!(true)];
    by_a_third_value(["member.leave", "on"], leaving, values, &bad);
}

#[test]
fn a_third_value_of_a_person_goes_through_the_checks_of_its_field() {
    let name = |s: &Shared| json!({ "id": s.member, "field": "familyName" });
    let values = [json!("見本"), json!("美本"), json!("三本")];
    by_a_third_value(["member.update", "value"], name, values, &strange());
    let mut shared = begun();
    let birth = |value| json!({ "id": shared.member, "field": "birth", "value": value });
    call(&mut shared.sato, "member.update", birth("S19.5.3"));
    call(&mut shared.tanaka, "member.update", birth("S20.5.3"));
    let (bad, good) = ([json!(19), json!({ "raw": "S19" })], json!("S21.5.3"));
    decides(&mut shared.sato, &mut shared.tanaka, &bad, &good);
    let view = json!({ "id": shared.household });
    let view = call(&mut shared.sato, "household.get", view);
    // Read as a date, as where it is typed.
    assert_eq!(view["members"][0]["birth"]["iso"], json!("1946-05-03"));
}

#[test]
fn a_third_value_of_a_note_goes_through_the_checks_of_its_field() {
    let method = |s: &Shared| json!({ "id": s.note, "field": "method" });
    let values = [json!("01"), json!("02"), json!("03")];
    by_a_third_value(["note.update", "value"], method, values, &strange());
    let present = |s: &Shared| json!({ "id": s.note, "field": "memberIds" });
    let one = |id: &str| json!([format!("018f0000-0000-7000-8000-00000000000{id}")]);
    let bad = [json!(["nobody"]), json!("018f"), json!(7)];
    let values = [one("1"), one("2"), one("3")];
    by_a_third_value(["note.update", "value"], present, values, &bad);
}

#[test]
fn a_third_value_of_an_intake_goes_through_the_checks_of_its_field() {
    let urgency = |s: &Shared| json!({ "id": s.intake, "field": "urgency" });
    let values = [json!("today"), json!("week"), json!("now")];
    by_a_third_value(["intake.update", "value"], urgency, values, &strange());
}

#[test]
fn a_third_answer_goes_through_the_checks_of_the_pack() {
    let item =
        |s: &Shared| json!({ "roundId": s.round, "subject": "household", "item": "home_need" });
    let values = [json!("trouble"), json!("urgent"), json!("none")];
    let bad = [
        json!("no such option"),
        json!(7),
        json!({ "state": "maybe" }),
        Value::Null,
    ];
    by_a_third_value(["assessment.answer", "value"], item, values, &bad);
    let values = [json!("寒い"), json!("暑い"), json!("夜は寒い")];
    by_a_third_value(
        ["assessment.answer", "comment"],
        item,
        values,
        &[json!(7), json!([])],
    );
}

#[test]
fn what_no_operation_writes_is_decided_among_the_listed_values_alone() {
    let mut shared = begun();
    let discarded = json!({ "id": shared.memo });
    call(&mut shared.sato, "memo.discard", discarded);
    let noted = json!({ "householdId": shared.household, "memoId": shared.memo });
    let note = call(&mut shared.tanaka, "note.create", noted);
    let bad = [json!("elsewhere"), Value::Null];
    decides(&mut shared.sato, &mut shared.tanaka, &bad, &note["id"]);

    for (map, key) in [(FIELDS, "officeName"), (WORKERS, "0011/name")] {
        let mut shared = begun();
        for (app, name) in [(&mut shared.sato, "北"), (&mut shared.tanaka, "南")] {
            app.apply("test", |w| {
                let all = w.tx.documents()?;
                let row = all.iter().find(|row| row.kind == Kind::Settings.as_str());
                let doc = row.unwrap().doc;
                w.edit(&doc, Kind::Settings, None, &[put(map, key, json!(name))])?;
                w.settle()
            })
            .unwrap();
        }
        let bad = [json!("東"), json!(7), Value::Null];
        decides(&mut shared.sato, &mut shared.tanaka, &bad, &json!("南"));
    }
}

/// The control: written straight into the register, as it once was, the value stands and the two views are gone.
#[test]
fn without_the_checks_a_strange_value_would_decide() {
    let mut shared = begun();
    let stage = |value: &str| json!({ "id": shared.household, "field": "stage", "value": value });
    call(&mut shared.sato, "household.update", stage("support"));
    call(&mut shared.tanaka, "household.update", stage("closed"));
    give(&mut shared.tanaka, &mut shared.sato);
    let household: domain::DocId = shared.household.as_str().unwrap().parse().unwrap();
    let edit = put(FIELDS, "stage", json!(7));
    shared
        .sato
        .apply("test", |w| {
            w.edit(&household.to_bytes(), Kind::Case, None, &[edit])?;
            w.settle()
        })
        .unwrap();
    let left = call(&mut shared.sato, "conflict.list", json!({}));
    assert_eq!(left["items"], json!([]));
}
