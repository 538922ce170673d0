//! Undo takes back what this worker did, and never a colleague's words.

use serde_json::{Value, json};
use testkit::Laptop;

fn id(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

/// Two laptops that both hold one household with one note.
fn office() -> (Laptop, Laptop, String, String) {
    let (mut sato, _) = Laptop::founding("佐藤", 21);
    let household = id(&sato.call("household.create", json!({ "name": "みほん家" })));
    let note = id(&sato.call(
        "note.create",
        json!({ "householdId": household, "text": "訪問した。" }),
    ));
    let mut tanaka = Laptop::joining(&mut sato, "田中", 22);
    sato.give(&mut tanaka);
    (sato, tanaka, household, note)
}

#[test]
fn a_decision_that_is_taken_back_leaves_both_views_under_their_own_names() {
    let (mut sato, mut tanaka, household, _) = office();
    let update = |promise: &str| json!({ "id": household, "field": "promise", "value": promise });
    sato.call("household.update", update("月曜に電話"));
    tanaka.call("household.update", update("火曜に訪問"));
    sato.give(&mut tanaka);
    let standing = tanaka.call("conflict.list", json!({}));
    let conflict = &standing["items"][0];
    tanaka.call(
        "conflict.resolve",
        json!({ "id": conflict["id"], "value": "月曜に電話" }),
    );
    assert_eq!(tanaka.call("conflict.list", json!({}))["items"], json!([]));

    tanaka.call("undo", json!({}));
    let again = tanaka.call("conflict.list", json!({}));
    let values = |list: &Value| -> Vec<(String, String)> {
        let mut pairs: Vec<_> = list["items"][0]["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|held| {
                let name = held["author"]["name"].as_str().unwrap().to_owned();
                (held["value"].as_str().unwrap().to_owned(), name)
            })
            .collect();
        pairs.sort();
        pairs
    };
    assert_eq!(values(&again), values(&standing));

    tanaka.call("redo", json!({}));
    assert_eq!(tanaka.call("conflict.list", json!({}))["items"], json!([]));
    let view = tanaka.call("household.get", json!({ "id": household }));
    assert_eq!(view["promise"], json!("月曜に電話"));
}

#[test]
fn what_a_colleague_changed_since_is_not_taken_back() {
    let (mut sato, mut tanaka, household, _) = office();
    sato.call(
        "household.update",
        json!({ "id": household, "field": "summary", "value": "母と息子" }),
    );
    sato.give(&mut tanaka);
    tanaka.call(
        "household.update",
        json!({ "id": household, "field": "summary", "value": "母と息子、猫一匹" }),
    );
    tanaka.give(&mut sato);

    let refused = sato.attempt("undo", json!({})).unwrap_err();
    assert_eq!(refused.code.as_str(), "superseded");
    assert!(refused.view(app::Lang::Ja).message.contains("田中"));
    let view = sato.call("household.get", json!({ "id": household }));
    assert_eq!(view["summary"], json!("母と息子、猫一匹"));
}

#[test]
fn a_note_that_a_colleague_wrote_into_does_not_disappear() {
    let (mut sato, mut tanaka, household, _) = office();
    let note = id(&sato.call(
        "note.create",
        json!({ "householdId": household, "text": "二回目の訪問。" }),
    ));
    sato.give(&mut tanaka);
    let shown = tanaka.call("note.get", json!({ "id": note }));
    tanaka.call(
        "note.edit",
        json!({ "id": note, "text": "二回目の訪問。猫がいた。", "base": shown["version"] }),
    );
    tanaka.give(&mut sato);
    assert_eq!(
        sato.attempt("undo", json!({})).unwrap_err().code.as_str(),
        "superseded"
    );
    // The control: without the colleague's words it goes, and comes back.
    let own = id(&tanaka.call(
        "note.create",
        json!({ "householdId": household, "text": "間違えた" }),
    ));
    tanaka.call("undo", json!({}));
    assert_eq!(
        tanaka
            .attempt("note.get", json!({ "id": own }))
            .unwrap_err()
            .code
            .as_str(),
        "not_found"
    );
    tanaka.call("redo", json!({}));
    assert_eq!(
        tanaka.call("note.get", json!({ "id": own }))["text"],
        json!("間違えた")
    );
}

#[test]
fn a_text_goes_back_without_the_colleagues_sentence() {
    let (mut sato, mut tanaka, _, note) = office();
    let shown = sato.call("note.get", json!({ "id": note }));
    sato.call(
        "note.edit",
        json!({ "id": note, "text": "訪問した。玄関で話した。", "base": shown["version"] }),
    );
    sato.give(&mut tanaka);
    let there = tanaka.call("note.get", json!({ "id": note }));
    tanaka.call(
        "note.edit",
        json!({ "id": note, "text": "朝、訪問した。玄関で話した。", "base": there["version"] }),
    );
    tanaka.give(&mut sato);
    sato.call("undo", json!({}));
    assert_eq!(
        sato.call("note.get", json!({ "id": note }))["text"],
        json!("朝、訪問した。")
    );
}
