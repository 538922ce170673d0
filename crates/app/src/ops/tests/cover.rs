//! A colleague looks after households for a while.

use serde_json::{Value, json};

use super::{everybody, household, on_day, team, worker};
use crate::App;
use crate::exchange::tests::{attempt, call, id};

fn refused(app: &mut App, name: &str, arguments: Value) -> &'static str {
    attempt(app, name, arguments).unwrap_err().code.as_str()
}

fn today(app: &mut App) -> Value {
    call(app, "today.get", json!({}))
}

fn all_on(team: [App; 3], days: i64) -> [App; 3] {
    let mut seed = 1_000 * days.unsigned_abs();
    team.map(|app| {
        seed += 1;
        on_day(app, days, seed)
    })
}

#[test]
fn a_cover_shows_the_due_dates_while_it_runs_and_ends_by_itself() {
    let mut team = team(601, "worker");
    let home = household(&mut team[0], "みほん家");
    let other = household(&mut team[0], "別の家");
    for (home, on) in [(&home, "2026-11-24"), (&other, "2026-11-24")] {
        let edit = json!({ "id": home, "field": "nextOn", "value": on });
        call(&mut team[0], "household.update", edit);
    }
    let start = json!({ "covererId": worker(&team[1]), "householdIds": [home], "from": "2026-11-24", "until": "2026-11-26" });
    let cover = call(&mut team[0], "cover.start", start);
    assert_eq!(cover["state"], json!("coming"));
    everybody(&mut team);
    assert_eq!(today(&mut team[1])["covers"], json!([]), "11-23: not yet");

    let mut team = all_on(team, 1);
    let first = today(&mut team[1]);
    assert_eq!(first["covers"][0]["worker"]["name"], json!("佐藤"));
    assert_eq!(first["covers"][0]["count"], json!(1));
    let visits = first["visits"].as_array().unwrap();
    assert_eq!(visits.len(), 1, "the covered household alone");
    assert_eq!(visits[0]["id"], json!(home));
    assert_eq!(visits[0]["coveringFor"]["name"], json!("佐藤"));
    assert_eq!(today(&mut team[2])["visits"], json!([]), "nobody else's");
    let page = call(&mut team[2], "household.get", json!({ "id": home }));
    assert_eq!(page["covers"][0]["coverer"]["name"], json!("田中"));
    assert_eq!(page["covers"][0]["until"], json!("2026-11-26"));
    assert_eq!(page["leadWorker"]["name"], json!("佐藤"), "the lead stays");

    let mut team = all_on(team, 3);
    assert_eq!(
        today(&mut team[1])["due"].as_array().unwrap().len(),
        1,
        "11-26: the last day"
    );
    let mut team = all_on(team, 4);
    assert_eq!(today(&mut team[1])["due"], json!([]), "11-27: over");
    assert_eq!(today(&mut team[1])["covers"], json!([]));
    let page = call(&mut team[2], "household.get", json!({ "id": home }));
    assert_eq!(page["covers"], json!([]));
    let over = call(&mut team[2], "cover.list", json!({ "open": false }));
    assert_eq!(over["items"][0]["state"], json!("over"));
    assert_eq!(
        call(&mut team[2], "cover.list", json!({ "open": true }))["items"],
        json!([])
    );
}

#[test]
fn what_others_wrote_meanwhile_is_told_until_it_is_read() {
    let mut team = team(602, "worker");
    let home = household(&mut team[0], "みほん家");
    let quiet = household(&mut team[0], "静かな家");
    everybody(&mut team);
    let note = |app: &mut App, text: &str| {
        let note = json!({ "householdId": home, "text": text });
        id(&call(app, "note.create", note))
    };
    note(&mut team[1], "前の日に書いた");
    let start =
        json!({ "covererId": worker(&team[1]), "from": "2026-11-24", "until": "2026-11-25" });
    let cover = id(&call(&mut team[0], "cover.start", start));
    everybody(&mut team);

    let mut team = all_on(team, 1);
    let written = note(&mut team[1], "大家さんから電話");
    let edit = json!({ "id": home, "field": "promise", "value": "金曜に折り返す" });
    call(&mut team[1], "household.update", edit);
    note(&mut team[0], "自分で書いた");
    // Taken back, it is none of what happened.
    note(&mut team[2], "まちがい");
    call(&mut team[2], "undo", json!({}));
    // Written down meanwhile, and not given on before the colleague is back.
    note(&mut team[2], "遅れて届く");
    let late = team[2].bundle_bytes().unwrap();
    let bundle = team[1].bundle_bytes().unwrap();
    team[0].import_bytes(&bundle).unwrap();
    assert_eq!(today(&mut team[0])["away"], json!([]), "not back yet");

    let mut team = all_on(team, 3);
    note(&mut team[1], "もう帰ってきた");
    let bundle = team[1].bundle_bytes().unwrap();
    team[0].import_bytes(&bundle).unwrap();
    let line = today(&mut team[0])["away"][0].clone();
    assert_eq!((&line["id"], &line["count"]), (&json!(cover), &json!(1)));
    assert_eq!(
        today(&mut team[1])["away"],
        json!([]),
        "the one who was away alone"
    );

    let away = call(&mut team[0], "cover.away", json!({ "id": cover }));
    assert_eq!(
        away["households"].as_array().unwrap().len(),
        1,
        "{quiet} was quiet"
    );
    let items = away["households"][0]["items"].as_array().unwrap();
    let told: Vec<(&str, &str, bool)> = items
        .iter()
        .map(|item| {
            let text = |key: &str| item[key].as_str().unwrap();
            (text("kind"), text("id"), item["new"] == json!(true))
        })
        .collect();
    assert_eq!(told.len(), 2, "{items:?}");
    assert!(told.contains(&("note", &written, true)));
    assert!(told.contains(&("household", &home, false)));
    let changed = items
        .iter()
        .find(|item| item["kind"] == json!("household"))
        .unwrap();
    assert_eq!(changed["fields"], json!(["fields/promise"]));
    assert_eq!(changed["author"]["name"], json!("田中"));

    assert_eq!(
        refused(&mut team[1], "cover.read", json!({ "id": cover })),
        "not_for_you"
    );
    call(&mut team[0], "cover.read", json!({ "id": cover }));
    assert_eq!(today(&mut team[0])["away"], json!([]));
    // What arrives after that is told again.
    team[0].import_bytes(&late).unwrap();
    assert_eq!(today(&mut team[0])["away"][0]["id"], json!(cover));
    let away = call(&mut team[0], "cover.away", json!({ "id": cover }));
    assert_eq!(away["unread"], json!(true));
    let items = away["households"][0]["items"].as_array().unwrap();
    let titles: Vec<&Value> = items.iter().map(|item| &item["title"]).collect();
    assert!(titles.contains(&&json!("遅れて届く")), "{titles:?}");
    assert!(!titles.contains(&&json!("まちがい")), "{titles:?}");
}

#[test]
fn a_cover_ends_early_and_the_end_is_undone() {
    let mut team = team(603, "worker");
    let home = household(&mut team[0], "みほん家");
    let start = json!({ "covererId": worker(&team[1]), "until": "2026-11-30" });
    let cover = id(&call(&mut team[0], "cover.start", start));
    everybody(&mut team);
    assert_eq!(
        refused(&mut team[2], "cover.end", json!({ "id": cover })),
        "not_lead"
    );
    // Both end it, offline: it is over, and nobody is asked which end counts.
    for at in [0, 1] {
        let ended = call(&mut team[at], "cover.end", json!({ "id": cover }));
        assert_eq!(ended["state"], json!("over"));
    }
    everybody(&mut team);
    for app in &mut team {
        assert_eq!(
            call(app, "cover.list", json!({ "open": true }))["items"],
            json!([])
        );
        assert_eq!(call(app, "conflict.list", json!({}))["items"], json!([]));
        let page = call(app, "household.get", json!({ "id": home }));
        assert_eq!(page["covers"], json!([]));
    }

    let start = json!({ "covererId": worker(&team[1]), "until": "2026-11-30" });
    let again = id(&call(&mut team[0], "cover.start", start));
    call(&mut team[0], "cover.end", json!({ "id": again }));
    call(&mut team[0], "undo", json!({}));
    let running = call(&mut team[0], "cover.list", json!({ "open": true }));
    assert_eq!(running["items"][0]["id"], json!(again));
    call(&mut team[0], "undo", json!({}));
    assert_eq!(
        call(&mut team[0], "cover.list", json!({ "open": true }))["items"],
        json!([])
    );
}

#[test]
fn a_supervisor_names_the_cover_of_a_sick_colleague_and_a_worker_does_not() {
    let mut team = team(604, "supervisor");
    let home = household(&mut team[0], "みほん家");
    household(&mut team[1], "田中の世帯");
    let closed = household(&mut team[0], "終結した家");
    let edit = json!({ "id": closed, "field": "stage", "value": "closed" });
    call(&mut team[0], "household.update", edit);
    everybody(&mut team);
    let [sato, tanaka, suzuki] = [&team[0], &team[1], &team[2]].map(worker);
    let start = |coverer: &str, until: &str| json!({ "workerId": sato, "covererId": coverer, "until": until });
    assert_eq!(
        refused(&mut team[1], "cover.start", start(&tanaka, "2026-11-30")),
        "not_lead"
    );
    let cover = call(&mut team[2], "cover.start", start(&tanaka, "2026-11-30"));
    assert_eq!(
        cover["householdIds"],
        json!([home]),
        "all that the colleague leads, less closed ones"
    );
    assert_eq!(cover["worker"]["name"], json!("佐藤"));
    for (given, code) in [
        (start(&sato, "2026-11-30"), "invalid_value"),
        (start(&tanaka, "2026-11-22"), "invalid_value"),
        (start(&tanaka, "来週"), "invalid_value"),
        (start("nobody", "2026-11-30"), "unknown_worker"),
    ] {
        assert_eq!(refused(&mut team[2], "cover.start", given), code);
    }
    // The supervisor leads no household.
    let own = json!({ "covererId": tanaka, "until": "2026-11-30" });
    assert_eq!(
        refused(&mut team[2], "cover.start", own),
        "nothing_to_cover"
    );

    let make = json!({ "name": "限定", "restrictTo": [suzuki], "reason": "本人の希望" });
    let restricted = id(&call(&mut team[1], "household.create", make));
    let named = json!({ "covererId": suzuki, "householdIds": [restricted], "until": "2026-11-30" });
    assert_eq!(
        refused(&mut team[1], "cover.start", named),
        "restricted_record"
    );
    let all = json!({ "covererId": suzuki, "until": "2026-11-30" });
    let cover = call(&mut team[1], "cover.start", all);
    assert_eq!(
        cover["householdIds"].as_array().unwrap().len(),
        1,
        "without the restricted one"
    );
}
