//! Every kind of problem is found, and only where it is.

use serde_json::{Value, json};

use super::*;

fn sound() -> Value {
    let label = json!({"ja": "語", "en": "word"});
    json!({
        "id": "form", "version": "1.0.0", "effectiveFrom": "2026-04-01",
        "title": label, "about": label,
        "provenance": {"kind": "own", "comparedWithOriginal": false, "note": label},
        "areas": [{"id": "one", "label": label, "front": true}],
        "optionSets": {"yesNo": [{"code": "yes", "label": label}, {"code": "no", "label": label}]},
        "items": [
            {"id": "a", "area": "one", "label": label, "type": "single", "side": "fact", "appliesTo": ["person"],
             "options": "yesNo", "point": "value == 'yes'"},
            {"id": "b", "area": "one", "label": label, "type": "text", "side": "wish", "appliesTo": ["person"]}
        ],
        "scores": [
            {"id": "sum", "label": label, "result": "count", "appliesTo": "person", "expression": "size([a].filter(x, x))"},
            {"id": "many", "label": label, "result": "decision", "appliesTo": "person", "expression": "sum >= 1"}
        ]
    })
}

fn found(change: impl FnOnce(&mut Value)) -> Vec<(String, ProblemKind)> {
    let mut pack = sound();
    change(&mut pack);
    check(pack.to_string().as_bytes())
        .into_iter()
        .map(|problem| (problem.at, problem.kind))
        .collect()
}

#[track_caller]
fn finds(at: &str, kind: ProblemKind, pointer: &str, value: Value) {
    let problems = found(|pack| match pack.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            pack.pointer_mut(parent).unwrap()[key] = value;
        }
    });
    assert!(problems.contains(&(at.into(), kind)), "{problems:?}");
}

#[test]
fn a_sound_pack_has_no_problems() {
    assert_eq!(found(|_| ()), []);
}

#[test]
fn each_problem_is_found_where_it_is() {
    use ProblemKind::*;
    finds("id", BadId, "/id", json!("Form 1"));
    finds("version", BadVersion, "/version", json!("1.0"));
    finds("version", BadVersion, "/version", json!("01.0.0"));
    finds(
        "effectiveFrom",
        BadDate,
        "/effectiveFrom",
        json!("2026-02-30"),
    );
    finds(
        "effectiveTo",
        EndsBeforeItBegins,
        "/effectiveTo",
        json!("2026-03-31"),
    );
    finds("title/label", EmptyLabel, "/title/en", json!(" "));
    finds("items/a/area", UnknownArea, "/items/0/area", json!("two"));
    finds("areas/one", EmptyArea, "/items", json!([]));
    finds(
        "items/a/options",
        UnknownOptions,
        "/items/0/options",
        json!("other"),
    );
    finds(
        "optionSets/yesNo",
        UnusedOptions,
        "/items/0/options",
        json!("other"),
    );
    finds(
        "optionSets/yesNo",
        TooFewOptions,
        "/optionSets/yesNo",
        json!([]),
    );
    finds("items/a/options", Missing, "/items/0/options", Value::Null);
    finds(
        "items/b/options",
        NotForThisType,
        "/items/1/options",
        json!("yesNo"),
    );
    finds("items/b/columns", Missing, "/items/1/type", json!("table"));
    finds("items/b/min", NotForThisType, "/items/1/min", json!(1));
    finds(
        "items/b/min",
        BadRange,
        "/items/1",
        json!({
            "id": "b", "area": "one", "label": {"ja": "数", "en": "n"}, "type": "number", "side": "fact",
            "appliesTo": ["person"], "min": 2, "max": 1
        }),
    );
    finds(
        "items/b/appliesTo",
        NoSubject,
        "/items/1/appliesTo",
        json!([]),
    );
    finds("items/a", Duplicate, "/items/1/id", json!("a"));
    finds("items/a", Duplicate, "/scores/0/id", json!("a"));
    finds(
        "optionSets/yesNo/yes",
        Duplicate,
        "/optionSets/yesNo/1/code",
        json!("yes"),
    );
    finds(
        "items/a/point",
        BadExpression,
        "/items/0/point",
        json!("value =="),
    );
    finds(
        "items/a/point/other",
        UnknownReference,
        "/items/0/point",
        json!("other == 1"),
    );
    finds(
        "scores/sum/expression/b",
        UnknownReference,
        "/scores/0/expression",
        json!("size([b].filter(x, x))"),
    );
    finds(
        "scores/sum/expression/many",
        UnknownReference,
        "/scores/0/expression",
        json!("many ? 1 : 0"),
    );
    finds(
        "scores/sum/expression/a",
        UnknownReference,
        "/items/0/appliesTo",
        json!(["household"]),
    );
    finds(
        "scores/sum/expression",
        WrongResult,
        "/scores/0/expression",
        json!("a"),
    );
    finds(
        "scores/many/expression",
        WrongResult,
        "/scores/1/expression",
        json!("sum"),
    );
    finds(
        "scores/many/expression",
        WrongResult,
        "/scores/1/expression",
        json!("sum.nothing"),
    );
}

#[test]
fn a_misspelt_field_is_not_passed_over() {
    let problems = found(|pack| pack["optionSets"]["yesNo"][0]["cauton"] = json!(true));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].1, ProblemKind::Unreadable);
}

#[test]
fn no_bytes_make_the_check_fall_over() {
    for bytes in [
        b"".as_slice(),
        b"\xff\xfe",
        b"[]",
        b"{",
        b"null",
        &[b'['; 100_000],
    ] {
        assert_eq!(check(bytes)[0].kind, ProblemKind::Unreadable);
    }
    assert_eq!(
        check(&vec![b' '; FILE_BYTES + 1])[0].kind,
        ProblemKind::TooLarge
    );
}
