//! A household passes from one lead worker to another.

use record::Kind;
use serde_json::{Value, json};

use super::{everybody, household, on_day, team, worker};
use crate::App;
use crate::exchange::tests::{attempt, call, id};
use crate::facts::said::FIELDS;
use crate::write::put;

fn refused(app: &mut App, name: &str, arguments: Value) -> &'static str {
    attempt(app, name, arguments).unwrap_err().code.as_str()
}

fn offer(households: &[&str], to: &str, on: &str) -> Value {
    let words: Vec<Value> = households
        .iter()
        .map(|id| json!({ "householdId": id, "avoid": "大きな声を出さない" }))
        .collect();
    json!({ "households": words, "toWorkerId": to, "on": on })
}

fn accept(handover: &Value) -> Value {
    json!({ "ids": [handover["id"]], "answer": "accepted" })
}

fn decline(handover: &Value) -> Value {
    json!({ "ids": [handover["id"]], "answer": "declined", "reason": "受け持ちがいっぱいです" })
}

fn get(app: &mut App, household: &str) -> Value {
    call(app, "household.get", json!({ "id": household }))
}

fn lead(app: &mut App, household: &str) -> String {
    let view = get(app, household);
    view["leadWorker"]["name"].as_str().unwrap().to_owned()
}

#[test]
fn the_lead_changes_on_the_day_and_not_on_the_day_of_the_answer() {
    let mut team = team(501, "worker");
    let home = household(&mut team[0], "みほん家");
    for (field, value) in [
        ("summary", "母と息子"),
        ("promise", "水曜に電話"),
        ("nextOn", "2026-11-24"),
    ] {
        let edit = json!({ "id": home, "field": field, "value": value });
        call(&mut team[0], "household.update", edit);
    }
    let to = worker(&team[1]);
    let offered = call(
        &mut team[0],
        "handover.offer",
        offer(&[&home], &to, "2026-12-01"),
    );
    let handover = &offered["items"][0];
    assert_eq!(handover["state"], json!("offered"));
    assert_eq!(
        handover["summary"],
        json!("母と息子"),
        "taken over from the household"
    );
    assert_eq!(handover["promise"], json!("水曜に電話"));
    everybody(&mut team);

    let line = call(&mut team[1], "today.get", json!({}))["handovers"][0].clone();
    assert_eq!(line["direction"], json!("toMe"));
    assert_eq!(line["title"], json!("みほん家"));
    call(&mut team[1], "handover.answer", accept(handover));
    everybody(&mut team);

    let line = call(&mut team[0], "today.get", json!({}))["handovers"][0].clone();
    assert_eq!(
        (&line["direction"], &line["state"]),
        (&json!("fromMe"), &json!("accepted"))
    );
    let before = get(&mut team[0], &home);
    assert_eq!(before["leadWorker"]["name"], json!("佐藤"));
    assert_eq!(before["leadNext"]["on"], json!("2026-12-01"));
    assert_eq!(before["leadNext"]["worker"]["name"], json!("田中"));
    // The day of the visit still stands on the first screen of the one who leads until then.
    let visits = |app: &mut App| {
        let view = call(app, "today.get", json!({}));
        view["visits"].as_array().unwrap().len() + view["due"].as_array().unwrap().len()
    };
    let [first, second, third] = team;
    let mut team = [
        on_day(first, 7, 1),
        on_day(second, 7, 2),
        on_day(third, 7, 3),
    ];
    assert_eq!(
        (visits(&mut team[0]), visits(&mut team[1])),
        (1, 0),
        "11-30"
    );
    let [first, second, third] = team;
    let mut team = [
        on_day(first, 8, 4),
        on_day(second, 8, 5),
        on_day(third, 8, 6),
    ];
    assert_eq!(
        (visits(&mut team[0]), visits(&mut team[1])),
        (0, 1),
        "12-01"
    );
    assert_eq!(lead(&mut team[0], &home), "田中");
    assert_eq!(get(&mut team[0], &home)["leadNext"], Value::Null);
    let past = json!({ "id": home, "asOf": "2026-11-30" });
    let past = call(&mut team[0], "household.get", past);
    assert_eq!(past["leadWorker"]["name"], json!("佐藤"));
    let listed = call(&mut team[2], "household.list", json!({}));
    assert_eq!(listed["items"][0]["leadWorker"]["name"], json!("田中"));
}

#[test]
fn an_offer_and_an_answer_are_undone_like_any_edit() {
    let mut team = team(502, "worker");
    let home = household(&mut team[0], "みほん家");
    let to = worker(&team[1]);
    call(
        &mut team[0],
        "handover.offer",
        offer(&[&home], &to, "2026-11-23"),
    );
    call(&mut team[0], "undo", json!({}));
    assert_eq!(get(&mut team[0], &home)["handovers"], json!([]));
    call(&mut team[0], "redo", json!({}));
    everybody(&mut team);

    let handover = get(&mut team[1], &home)["handovers"][0].clone();
    call(&mut team[1], "handover.answer", accept(&handover));
    assert_eq!(lead(&mut team[1], &home), "田中");
    call(&mut team[1], "undo", json!({}));
    assert_eq!(lead(&mut team[1], &home), "佐藤");
    assert_eq!(
        get(&mut team[1], &home)["handovers"][0]["state"],
        json!("offered")
    );
    call(&mut team[1], "redo", json!({}));
    assert_eq!(lead(&mut team[1], &home), "田中");
    everybody(&mut team);

    // What was answered is not offered away from under the answer.
    assert_eq!(refused(&mut team[0], "undo", json!({})), "superseded");
    assert_eq!(
        get(&mut team[0], &home)["handovers"][0]["state"],
        json!("accepted")
    );
}

#[test]
fn who_may_offer_and_who_may_answer() {
    let mut team = team(503, "supervisor");
    let home = household(&mut team[1], "田中の世帯");
    everybody(&mut team);
    let [sato, tanaka, suzuki] = [&team[0], &team[1], &team[2]].map(worker);

    // The administrator, the supervisor and the lead worker may; the same worker may not where a colleague leads.
    for (at, to) in [(0, &sato), (2, &sato), (1, &sato)] {
        let offered = attempt(
            &mut team[at],
            "handover.offer",
            offer(&[&home], to, "2026-12-01"),
        );
        assert!(offered.is_ok(), "laptop {at}");
    }
    let led = household(&mut team[0], "佐藤の世帯");
    everybody(&mut team);
    assert_eq!(
        refused(
            &mut team[1],
            "handover.offer",
            offer(&[&led], &tanaka, "2026-12-01")
        ),
        "not_lead"
    );
    // All of them or none: one that is not theirs keeps back the other.
    let before = get(&mut team[1], &home)["handovers"].clone();
    assert_eq!(
        refused(
            &mut team[1],
            "handover.offer",
            offer(&[&home, &led], &suzuki, "2026-12-01")
        ),
        "not_lead"
    );
    assert_eq!(get(&mut team[1], &home)["handovers"], before);
    for (given, code) in [
        (offer(&[], &sato, "2026-12-01"), "invalid_value"),
        (offer(&[&home, &home], &sato, "2026-12-01"), "invalid_value"),
        (offer(&[&home], &tanaka, "2026-12-01"), "invalid_value"),
        (offer(&[&home], &sato, "12月"), "invalid_value"),
        (offer(&[&home], "nobody", "2026-12-01"), "unknown_worker"),
    ] {
        assert_eq!(refused(&mut team[1], "handover.offer", given), code);
    }

    let handover = &before[0];
    assert_eq!(
        refused(&mut team[1], "handover.answer", accept(handover)),
        "not_for_you"
    );
    let silent = json!({ "ids": [handover["id"]], "answer": "declined" });
    assert_eq!(
        refused(&mut team[0], "handover.answer", silent),
        "reason_needed"
    );
    let odd = json!({ "ids": [handover["id"]], "answer": "perhaps" });
    assert_eq!(
        refused(&mut team[0], "handover.answer", odd),
        "invalid_value"
    );
    let declined = call(&mut team[0], "handover.answer", decline(handover));
    assert_eq!(declined["items"][0]["state"], json!("declined"));
    assert_eq!(
        declined["items"][0]["answers"][0]["reason"],
        json!("受け持ちがいっぱいです")
    );
    assert_eq!(
        lead(&mut team[0], &home),
        "田中",
        "declined, nothing changes"
    );
    assert_eq!(
        refused(&mut team[0], "handover.answer", accept(handover)),
        "already_answered"
    );
}

#[test]
fn many_households_are_one_line_and_one_answer() {
    let mut team = team(504, "worker");
    let homes = ["一", "二", "三"].map(|name| household(&mut team[0], name));
    let to = worker(&team[1]);
    let all: Vec<&str> = homes.iter().map(String::as_str).collect();
    call(
        &mut team[0],
        "handover.offer",
        offer(&all, &to, "2026-11-23"),
    );
    everybody(&mut team);
    let today = call(&mut team[1], "today.get", json!({}));
    assert_eq!(today["handovers"].as_array().unwrap().len(), 1);
    assert_eq!(today["handovers"][0]["count"], json!(3));
    assert_eq!(today["handovers"][0]["householdId"], Value::Null);

    let open = json!({ "mine": true, "open": true });
    let waiting = call(&mut team[1], "handover.list", open.clone());
    let ids: Vec<&Value> = waiting["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids.len(), 3);
    let foreign = call(&mut team[2], "handover.list", open.clone());
    assert_eq!(foreign["items"], json!([]), "a third worker's own list");
    call(
        &mut team[1],
        "handover.answer",
        json!({ "ids": ids, "answer": "accepted" }),
    );
    for home in &homes {
        assert_eq!(lead(&mut team[1], home), "田中");
    }
    assert_eq!(
        call(&mut team[1], "handover.list", open)["items"],
        json!([])
    );
    // One step back for all three.
    call(&mut team[1], "undo", json!({}));
    for home in &homes {
        assert_eq!(lead(&mut team[1], home), "佐藤");
    }
}

#[test]
fn two_who_accept_one_household_stand_beside_each_other_even_one_after_the_other() {
    let mut team = team(505, "worker");
    let home = household(&mut team[0], "みほん家");
    let [_, tanaka, suzuki] = [&team[0], &team[1], &team[2]].map(worker);
    let first = call(
        &mut team[0],
        "handover.offer",
        offer(&[&home], &tanaka, "2026-11-23"),
    );
    let second = call(
        &mut team[0],
        "handover.offer",
        offer(&[&home], &suzuki, "2026-11-23"),
    );
    everybody(&mut team);
    call(&mut team[1], "handover.answer", accept(&first["items"][0]));
    everybody(&mut team);
    assert_eq!(
        lead(&mut team[2], &home),
        "田中",
        "suzuki's laptop has it already"
    );
    call(&mut team[2], "handover.answer", accept(&second["items"][0]));
    everybody(&mut team);
    for app in &mut team {
        let conflicts = get(app, &home)["conflicts"].clone();
        assert_eq!(conflicts[0]["path"], json!("fields/leadWorkerId"));
        assert_eq!(conflicts[0]["values"].as_array().unwrap().len(), 2);
    }

    // Deciding for one of the two is a plain choice, an answer for a later day included.
    let conflict = get(&mut team[0], &home)["conflicts"][0].clone();
    let chosen = json!({ "id": conflict["id"], "value": conflict["values"][1]["value"] });
    call(&mut team[0], "conflict.resolve", chosen);
    assert_eq!(get(&mut team[0], &home)["conflicts"], json!([]));

    // The red control: written at what stands now and not at what the offer was made against, the first is gone.
    let put = |value: &str| json!({ "id": home, "field": "leadWorkerId", "value": value });
    call(&mut team[1], "household.update", put(&tanaka));
    everybody(&mut team);
    call(&mut team[2], "household.update", put(&suzuki));
    everybody(&mut team);
    assert_eq!(get(&mut team[0], &home)["conflicts"], json!([]));
    assert_eq!(lead(&mut team[1], &home), "鈴木");
}

#[test]
fn two_answers_to_one_hand_over_stand_until_the_worker_decides() {
    let mut team = team(506, "worker");
    let home = household(&mut team[0], "みほん家");
    let to = worker(&team[1]);
    let offered = call(
        &mut team[0],
        "handover.offer",
        offer(&[&home], &to, "2026-11-23"),
    );
    let handover = offered["items"][0].clone();
    everybody(&mut team);
    call(&mut team[1], "handover.answer", accept(&handover));
    // What a second laptop of the same worker would write, without having seen the answer.
    let doc = handover["id"]
        .as_str()
        .unwrap()
        .parse::<domain::DocId>()
        .unwrap();
    team[2]
        .apply("handover.answer", |w| {
            let answer = json!({ "answer": "declined", "reason": "異動になります" });
            w.edit(
                &doc.to_bytes(),
                Kind::Handover,
                None,
                &[put(FIELDS, "answer", answer)],
            )
        })
        .unwrap();
    everybody(&mut team);
    for app in &mut team {
        let view = get(app, &home);
        assert_eq!(view["handovers"][0]["state"], json!("both"));
        assert_eq!(view["handovers"][0]["answers"].as_array().unwrap().len(), 2);
        assert_eq!(view["conflicts"][0]["path"], json!("fields/answer"));
        assert_eq!(view["conflicts"][0]["householdId"], json!(home));
    }
    // It waits again, and to decline it gives the household back.
    let line = call(&mut team[1], "today.get", json!({}))["handovers"][0].clone();
    assert_eq!(line["state"], json!("both"));
    assert_eq!(lead(&mut team[1], &home), "田中");
    call(&mut team[1], "handover.answer", decline(&handover));
    everybody(&mut team);
    for app in &mut team {
        let view = get(app, &home);
        assert_eq!(view["handovers"][0]["state"], json!("declined"));
        assert_eq!(view["conflicts"], json!([]));
        assert_eq!(view["leadWorker"]["name"], json!("佐藤"));
    }
}

#[test]
fn a_restricted_record_is_passed_on_only_to_somebody_who_reads_it() {
    let mut team = team(507, "worker");
    let [_, tanaka, suzuki] = [&team[0], &team[1], &team[2]].map(worker);
    let make = json!({ "name": "限定", "restrictTo": [tanaka], "reason": "本人の希望" });
    let home = id(&call(&mut team[0], "household.create", make));
    assert_eq!(
        refused(
            &mut team[0],
            "handover.offer",
            offer(&[&home], &suzuki, "2026-12-01")
        ),
        "not_reader"
    );
    call(
        &mut team[0],
        "handover.offer",
        offer(&[&home], &tanaka, "2026-12-01"),
    );
    assert_eq!(
        get(&mut team[0], &home)["handovers"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    everybody(&mut team);
    // No list of anybody tells of it, not even before the reader has opened the record.
    for app in &mut team {
        assert_eq!(call(app, "handover.list", json!({}))["items"], json!([]));
        assert_eq!(call(app, "today.get", json!({}))["handovers"], json!([]));
    }
    let by_id = json!({ "householdId": home });
    assert_eq!(
        call(&mut team[1], "handover.list", by_id.clone())["items"],
        json!([])
    );
    let closed = call(&mut team[1], "restricted.list", json!({}));
    let open = json!({ "id": closed["items"][0]["id"], "reason": "引き継ぎのため" });
    call(&mut team[1], "restricted.open", open);
    let seen = call(&mut team[1], "handover.list", by_id);
    assert_eq!(
        seen["items"].as_array().unwrap().len(),
        1,
        "opened, it is there"
    );
    call(&mut team[1], "handover.answer", accept(&seen["items"][0]));
    assert_eq!(
        get(&mut team[1], &home)["leadNext"]["worker"]["name"],
        json!("田中")
    );
}
