//! What みほん市 promises: three families, two views on each, and the same office for the same seed.

use std::path::Path;

use app::demo::{self, Wish};
use app::{App, ops};
use serde_json::{Value, json};

/// Noon of a Friday in Tokyo.
const NOW: i64 = 1_789_700_400_000;

fn make(dir: &Path, households: u32, seed: u64) -> App {
    demo::make(dir, &Wish { households, seed }, NOW).unwrap_or_else(|error| panic!("{error:?}"))
}

fn call(app: &mut App, op: &str, args: Value) -> Value {
    ops::call(app, op, args)
        .unwrap_or_else(|error| panic!("{op}: {error:?}"))
        .value
}

fn items(app: &mut App, op: &str, args: Value) -> Vec<Value> {
    list(&call(app, op, args), "items")
}

fn list(view: &Value, key: &str) -> Vec<Value> {
    view[key].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// The month of an instant, counted from the year 0.
fn month(instant: &str) -> i32 {
    let mut parts = instant
        .split('-')
        .map(|part| part.parse::<i32>().unwrap_or(0));
    parts.next().unwrap() * 12 + parts.next().unwrap()
}

/// A view without what hangs on random keys: the versions.
fn lasting(view: Value) -> Value {
    match view {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(key, _)| key != "version")
            .map(|(key, value)| (key, lasting(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(lasting).collect(),
        plain => plain,
    }
}

/// Everything that the screens of this office show.
fn everything(app: &mut App) -> Vec<Value> {
    let mut views = vec![
        call(app, "today.get", json!({})),
        call(app, "intake.list", json!({ "limit": 500 })),
        call(app, "memo.list", json!({})),
        call(app, "conflict.list", json!({})),
    ];
    for household in items(app, "household.list", json!({ "limit": 500 })) {
        let view = call(app, "household.get", json!({ "id": household["id"] }));
        for note in list(&view, "notes") {
            views.push(call(app, "note.get", json!({ "id": note["id"] })));
        }
        for round in list(&view, "rounds") {
            views.push(call(
                app,
                "assessment.get",
                json!({ "roundId": round["id"] }),
            ));
        }
        views.push(view);
    }
    views.into_iter().map(lasting).collect()
}

#[test]
fn three_families_are_there_each_seen_in_two_ways() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = make(&dir.path().join("store"), 0, 1);
    let households = items(&mut app, "household.list", json!({}));
    assert_eq!(households.len(), 3);
    for household in &households {
        let view = call(&mut app, "household.get", json!({ "id": household["id"] }));
        let name = text(&view, "name");
        let notes = list(&view, "notes");
        assert!(notes.len() >= 8, "{name}: {}", notes.len());
        let months: Vec<_> = notes
            .iter()
            .map(|note| month(text(note, "occurredAt")))
            .collect();
        let span = months.iter().max().unwrap() - months.iter().min().unwrap();
        assert!((6..=24).contains(&span), "{name}: {span} months");
        assert!(
            list(&view, "rounds")
                .iter()
                .any(|round| round["answered"].as_u64().unwrap() > 8),
            "{name}"
        );
        for field in ["summary", "promise", "nextOn", "nextWhat"] {
            assert!(!text(&view, field).is_empty(), "{name}: {field}");
        }
        let conflicts = list(&view, "conflicts");
        assert_eq!(conflicts.len(), 1, "{name}");
        let values = list(&conflicts[0], "values");
        let authors: Vec<_> = values
            .iter()
            .map(|value| text(&value["author"], "name"))
            .collect();
        assert_eq!(values.len(), 2);
        assert!(
            authors.contains(&"見本 さくら") && authors.contains(&"例示 たける"),
            "{authors:?}"
        );
    }
    app.lock().unwrap();
    assert!(
        !dir.path().join("store/colleague").exists(),
        "the colleague's laptop is gone"
    );
}

#[test]
fn the_stories_leave_open_what_nobody_asked_and_respect_a_no() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = make(&dir.path().join("store"), 0, 1);
    let everything = everything(&mut app);
    let said = serde_json::to_string(&everything).unwrap();
    for state in ["unasked", "notNow", "declined"] {
        assert!(said.contains(&format!("\"state\":\"{state}\"")), "{state}");
    }
    let subjects = everything
        .iter()
        .filter_map(|view| view["subjects"].as_array())
        .flatten();
    let checklists: Vec<_> = subjects
        .filter(|subject| subject["scores"].get("eligible").is_some())
        .collect();
    assert_eq!(checklists.len(), 1);
    assert_eq!(checklists[0]["scores"]["eligible"], Value::Null, "判定保留");
    let households = items(&mut app, "household.list", json!({ "query": "みどり公園" }));
    let view = call(
        &mut app,
        "household.get",
        json!({ "id": households[0]["id"] }),
    );
    assert!(
        list(&view, "members")
            .iter()
            .all(|member| member["unnamed"] == json!(true))
    );
    let intakes = list(&view, "intakes");
    assert_eq!(
        (intakes.len(), &intakes[0]["callerName"]),
        (1, &Value::Null)
    );
    app.lock().unwrap();
}

#[test]
fn the_first_screen_has_something_to_do_and_nothing_to_take_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = make(&dir.path().join("store"), 0, 1);
    let today = call(&mut app, "today.get", json!({}));
    let (due, drafts) = (list(&today, "due"), list(&today, "drafts"));
    let count = |items: &[Value], kind: &str| {
        items
            .iter()
            .filter(|item| text(item, "kind") == kind)
            .count()
    };
    assert_eq!(list(&today, "visits").len(), 1);
    assert_eq!(
        due.iter()
            .filter(|item| item["overdue"] == json!(true))
            .count(),
        1
    );
    assert_eq!(count(&due, "intake"), 2);
    assert_eq!((count(&drafts, "memo"), count(&drafts, "note")), (2, 1));
    assert_eq!(call(&mut app, "undo", json!({}))["op"], Value::Null);
    app.lock().unwrap();
}

#[test]
fn the_same_seed_gives_the_same_ids_and_views() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for (folder, seed) in [("a", 7), ("b", 7), ("c", 8)] {
        let mut app = make(&dir.path().join(folder), 3, seed);
        seen.push(everything(&mut app));
        app.lock().unwrap();
    }
    for (one, other) in seen[0].iter().zip(&seen[1]) {
        assert_eq!(one, other);
    }
    assert_eq!(seen[0].len(), seen[1].len());
    // Red control: another seed is another office.
    assert_ne!(seen[0], seen[2]);
}

#[test]
fn a_load_has_as_many_households_as_were_wished_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut app = make(&dir.path().join("store"), 12, 1);
    let households = items(&mut app, "household.list", json!({ "limit": 500 }));
    assert_eq!(households.len(), 15);
    for household in &households {
        let view = call(&mut app, "household.get", json!({ "id": household["id"] }));
        let (members, notes) = (list(&view, "members").len(), list(&view, "notes"));
        assert!((2..=6).contains(&members));
        assert!(notes.len() >= 9, "{}", notes.len());
        assert!(
            notes
                .iter()
                .any(|note| text(note, "text").chars().count() > 100)
        );
    }
    app.lock().unwrap();
}
